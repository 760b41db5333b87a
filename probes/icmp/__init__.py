"""ICMP echo: bursts with true round-trip times."""
