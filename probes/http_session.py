"""How aiohttp is set up for one hostile server after another, and how far one exchange came. Judges nothing."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_HEADER_BYTES = 16_384


@dataclass(slots=True)
class Exchange:
    """How far one run came. Times are loop time."""

    started_at: float
    tls: ssl.SSLContext | bool = True
    is_tls: bool = False
    phase: str = "connect"
    ip: str = ""
    connect_started_at: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)


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


def open_session(resolver: AbstractResolver) -> aiohttp.ClientSession:
    """Open a session without cookies, reuse, compression but gzip; requests carry an `Exchange` as trace context."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(_on_connect_start)
    trace.on_connection_create_end.append(_on_connect_end)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        # The deadline of the whole run is asyncio.timeout_at below; aiohttp's own timers would only cost.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": "tslcd-monitor", "Accept": "*/*", "Accept-Encoding": "gzip"},
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
        trace_configs=[trace],
    )


async def _on_connect_start(_session: object, context: object, _params: object) -> None:
    exchange = context.trace_request_ctx  # type: ignore[attr-defined] # aiohttp types it as a namespace
    exchange.connect_started_at = asyncio.get_running_loop().time()


async def _on_connect_end(_session: object, context: object, _params: object) -> None:
    exchange = context.trace_request_ctx  # type: ignore[attr-defined] # aiohttp types it as a namespace
    exchange.metrics["connect_s"] = asyncio.get_running_loop().time() - exchange.connect_started_at
    exchange.phase = "answer"
