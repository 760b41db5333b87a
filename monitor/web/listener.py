"""Where browsers and programs connect: few limits of our own around aiohttp's server, TLS, answers to what is no HTTP.

What aiohttp does by itself: a connection that has sent no whole request head within KEEPALIVE_S ends.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from aiohttp import web

from monitor.inputs.beat_http import Quiet, source_of
from monitor.web.headers import SERVER, security_headers

log = logging.getLogger(__name__)

KEEPALIVE_S: Final = 15.0
HANDSHAKE_S: Final = 5.0
BACKLOG: Final = 256
_LIMITS: Final[dict[str, Any]] = {"max_line_size": 8_190, "max_field_size": 8_190, "max_headers": 96}


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be; `of_one_source` does not count for this machine and trusted proxies."""

    connections: int = 1_000
    of_one_source: int = 200


class Listener:
    """Takes connections for an application that was set up."""

    def __init__(
        self,
        runner: web.AppRunner,
        tls: ssl.SSLContext | None,
        proxies: Sequence[IPv4Network | IPv6Network] = (),
        limits: ConnectionLimits = ConnectionLimits(),
    ) -> None:
        self._runner = runner
        self._tls = tls
        self._proxies = proxies
        self._limits = limits
        self._open: set[Connection] = set()
        self._silent: dict[Connection, None] = {}
        """Those that have not asked anything yet, the oldest first."""
        self._of_source: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self, sock: socket.socket) -> AsyncIterator[tuple[str, int]]:
        """Answer on a bound socket until the block ends; gives the address."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            self._connection,
            sock=sock,
            backlog=BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
            ssl_shutdown_timeout=1.0 if self._tls else None,
        )
        host, port = sock.getsockname()[:2]
        try:
            yield str(host), int(port)
        finally:
            server.close()

    def _connection(self) -> "Connection":
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner was not set up")
        return Connection(server, self)

    def admits(self, connection: "Connection", address: str) -> bool:
        """Count a connection in, or say that there is no room: whoever has said nothing yet goes first."""
        source = "" if self._is_ours(address) else source_of(address)
        if source and self._of_source[source] >= self._limits.of_one_source:
            return False
        if len(self._open) >= self._limits.connections:
            oldest = next(iter(self._silent), None)
            if oldest is None:
                return False
            self.forget(oldest)
            oldest.abort()
        connection.source = source
        self._open.add(connection)
        self._silent[connection] = None
        self._of_source[source] += 1
        return True

    def spoke(self, connection: "Connection") -> None:
        """Note that a request came."""
        self._silent.pop(connection, None)

    def forget(self, connection: "Connection") -> None:
        """Count a connection out."""
        self._silent.pop(connection, None)
        if connection not in self._open:
            return
        self._open.remove(connection)
        self._of_source[connection.source] -= 1
        if not self._of_source[connection.source]:
            del self._of_source[connection.source]

    def _is_ours(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0]) if address else None
        return ip is None or ip.is_loopback or any(ip in network for network in self._proxies)


class Connection(web.RequestHandler):
    """aiohttp's side of one connection, counted."""

    __slots__ = ("_listener", "source")

    def __init__(self, server: web.Server, listener: Listener) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=KEEPALIVE_S,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
            logger=Quiet(),
            lingering_time=2.0,
            auto_decompress=False,
            **_LIMITS,
        )
        self._listener = listener
        self.source = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or end it at once."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        if not self._listener.admits(self, str(peer[0]) if peer else ""):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count it out."""
        self._listener.forget(self)
        super().connection_lost(exc)

    def spoke(self) -> None:
        """Note that it has sent a request."""
        self._listener.spoke(self)

    def abort(self) -> None:
        """End it now."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or too long: in our words, with our headers, without a hint at what was sent."""
        super().handle_error(request, status, exc, message)
        response = web.Response(
            status=status,
            text="Yêu cầu không hợp lệ hoặc quá dài.\n",
            headers={
                **security_headers(is_secure=self._is_tls),
                "Cache-Control": "no-store",
                "Server": SERVER,
            },
        )
        response.force_close()
        return response

    @property
    def _is_tls(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address. OSError."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
