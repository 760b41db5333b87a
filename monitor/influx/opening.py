"""The server that the settings name."""

from contextlib import AbstractAsyncContextManager

from monitor.influx.line_server import LineServer
from monitor.influx.server_v1 import ServerV1
from monitor.settings.influx import InfluxSettings


def open_server(influx: InfluxSettings, secret: str | None) -> AbstractAsyncContextManager[LineServer]:
    """Prepare to write there; nothing is sent yet. `secret` is the token, of v1 `user:password`."""
    if influx.api == "v1":
        return ServerV1.open(influx.url, bucket=influx.bucket, user=secret)
    from monitor.influx.server_v2 import ServerV2  # noqa: PLC0415 (0.3 s of 400 modules, for whoever uses it)

    return ServerV2.open(influx.url, org=influx.org, bucket=influx.bucket, token=secret)
