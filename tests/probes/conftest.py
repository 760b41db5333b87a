from tests.servers.mosquitto import mosquitto
from tests.servers.snmpd import snmpd

__all__ = ["mosquitto", "snmpd"]
