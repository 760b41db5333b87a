from tests.servers.mosquitto import mosquitto
from tests.servers.snmpd import snmpd
from tests.servers.snmpsim import snmpsim

__all__ = ["mosquitto", "snmpd", "snmpsim"]
