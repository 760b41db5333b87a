"""The `h323` probe: does a conference device take H.323 calls? Opens a connection to its signalling port, closes it.

Nothing is sent: no byte of Q.931 or H.225.0, so no call begins. Some devices show even that as an attempted call, so
one check starts at most once a minute. H.225.0 (port 1720).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from probes import tcp
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, Reading

MIN_GAP_S = 60.0
_MEANINGS = {
    FailureReason.REFUSED: "thiết bị có mạng nhưng không nhận cuộc gọi H.323",
    FailureReason.TIMEOUT: "cổng H.323 bị chặn hoặc thiết bị đã tắt",
}

METRICS = {"connect_s": Metric("thời gian kết nối H.323", "Time of the three-way handshake")}


class H323Options(Options):
    """Options of `h323`. The address is a host, `host:port` or `[IPv6]:port`.

    Refused means that the H.323 stack is off, a timeout that the port is filtered or the device dead.
    """

    port: Annotated[int, Field(ge=1, le=65_535)] = 1720
    """Port, when the address does not name one."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with tcp.connect(shared) as open_and_close:
        yield _H323Probe(open_and_close)


class _H323Probe:
    def __init__(self, open_and_close: Probe) -> None:
        self._open_and_close = open_and_close

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Open and close one connection."""
        if not isinstance(options, H323Options):
            raise TypeError("h323 needs H323Options")
        seen = await self._open_and_close(address, tcp.TcpOptions(port=options.port), timeout_s=timeout_s)
        metrics = {name: value for name, value in seen.metrics.items() if name in METRICS}
        meaning = _MEANINGS.get(seen.reason) if seen.reason else None
        detail = f"{seen.detail}: {meaning}" if meaning else seen.detail
        return replace(seen, metrics=metrics, detail=detail)


KIND = Kind(
    "h323",
    "Open and close one TCP connection to a device's H.323 port.",
    H323Options,
    METRICS,
    connect,
    min_gap_s=MIN_GAP_S,
)
