from tests.servers.snmpd import snmpd

__all__ = ["snmpd"]
