"""How aiohttp is set up for one hostile server after another, and how far one exchange came. Judges nothing."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

_HEADER_BYTES = 16_384


@dataclass(slots=True)
class Exchange:
    """How far one run came. Times are loop time."""

    started_at: float
    tls: ssl.SSLContext | bool = True
    is_tls: bool = False
    phase: str = "connect"
    ip: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


UNDER_WAY: ContextVar[Exchange] = ContextVar("http_exchange")
"""The exchange of the current task: aiohttp's connector is shared and is told nothing of its caller."""


class Pinned(AbstractResolver):
    """Hands aiohttp the addresses that were looked up (and, for a redirect, checked) before."""

    def __init__(self) -> None:
        self.addresses: dict[str, Sequence[str]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses kept for the host."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in self.addresses.get(host, ())
            if family in {socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET}
        ]

    async def close(self) -> None:
        """Nothing is open."""


class TimedConnector(aiohttp.TCPConnector):
    """Notes in the `Exchange` under way how long TCP and TLS took.

    aiohttp's own tracing tells the same for 45 us a request, a tenth of a whole probe.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 (aiohttp's signature)
    ) -> Connection:
        """Open the connection of one request."""
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        connection = await super().connect(req, traces, timeout)
        exchange = UNDER_WAY.get()
        exchange.metrics["connect_s"] = loop.time() - started_at
        exchange.phase = "answer"
        return connection


def open_session(resolver: AbstractResolver) -> aiohttp.ClientSession:
    """Open a session without cookies, reuse, or compression but gzip; `UNDER_WAY` is set before each request."""
    return aiohttp.ClientSession(
        connector=TimedConnector(resolver=resolver, use_dns_cache=False, force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        # The deadline of the whole run is the probe's; aiohttp's own timers would only cost.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": "tslcd-monitor", "Accept": "*/*", "Accept-Encoding": "gzip"},
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )
