"""SNMP polling."""
