from tests.servers.influxd import influxd
from tests.servers.victoriametrics import victoriametrics

__all__ = ["influxd", "victoriametrics"]
