from tests.servers.mosquitto import mosquitto

__all__ = ["mosquitto"]
