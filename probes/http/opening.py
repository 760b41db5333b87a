"""Opens the connection of one request and times it: TCP, a proxy's tunnel (RFC 9110 9.3.6), TLS. No HTTP but CONNECT."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from probes.dial import StreamError, dial
from probes.handshake import Handshake
from probes.reading import FailureReason

HEADER_BYTES = 16_384
_PROXY_CANNOT_REACH = frozenset({b"502", b"503", b"504"})
_PROXY_WANTS_ACCOUNT = b"407"

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


@dataclass(slots=True)
class Exchange:
    """How far one run came. Times are loop time."""

    started_at: float
    ends_at: float
    phase: str = "prepare"
    metrics: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def go_on(self, **metrics: float) -> None:
        """Begin the next request of the run: what was measured of the one before is not this one's."""
        self.phase = "connect"
        self.metrics.clear()
        self.metrics.update(metrics)
        self.notes = {name: words for name, words in self.notes.items() if name == "redirected_to"}


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What to ask a proxy for."""

    authority: str
    """`host:port` of the server."""
    authorization: str | None = field(repr=False)
    """Value of Proxy-Authorization."""


@dataclass(frozen=True, slots=True)
class Hop:
    """Where one request goes."""

    exchange: Exchange
    addresses: Sequence[str]
    """Of the server, or of the proxy."""
    port: int
    is_proxied: bool
    tunnel: Tunnel | None
    """None: no proxy, or one that is sent the request itself."""
    handshake: Handshake | None
    """None: no TLS."""

    async def open(self, protocol: Callable[[], Protocol]) -> Protocol:
        """Open the connection; what it shows goes into the exchange. StreamError, TimeoutError."""
        exchange = self.exchange
        sock = await self._reach()
        loop = asyncio.get_running_loop()
        if self.handshake is None:
            _, made = await loop.create_connection(protocol, sock=sock)
        else:
            exchange.phase = "tls"
            _, made = await self.handshake.over(
                sock, protocol, reach_again=self._reach, ends_at=exchange.ends_at
            )
        exchange.phase = "answer"
        return made

    async def _reach(self) -> socket.socket:
        """Return a connected socket whose other end is the server, or a proxy that takes the request itself."""
        self.exchange.phase = "proxy" if self.is_proxied else "connect"
        try:
            sock, ip, connect_s = await dial(self.addresses, self.port, ends_at=self.exchange.ends_at)
        except StreamError as error:
            raise _through_proxy(error) if self.is_proxied else error from error
        self.exchange.metrics.setdefault("connect_s", connect_s)
        self.exchange.notes["address"] = ip
        if self.tunnel is not None:
            self.exchange.phase = "tunnel"
            try:
                await _ask_for(sock, self.tunnel)
            except BaseException:
                sock.close()
                raise
        return sock


def _through_proxy(error: StreamError) -> StreamError:
    return StreamError(FailureReason.LOCAL, f"không tới được proxy: {error.detail}")


async def _ask_for(sock: socket.socket, tunnel: Tunnel) -> None:
    """Ask a proxy for a tunnel: what it cannot reach is unreachable, what it does not let us reach is our fault."""
    loop = asyncio.get_running_loop()
    lines = [f"CONNECT {tunnel.authority} HTTP/1.1", f"Host: {tunnel.authority}"]
    if tunnel.authorization is not None:
        lines.append(f"Proxy-Authorization: {tunnel.authorization}")
    head = b""
    try:
        await loop.sock_sendall(sock, "\r\n".join((*lines, "", "")).encode("ascii"))
        while b"\r\n\r\n" not in head and len(head) < HEADER_BYTES:
            received = await loop.sock_recv(sock, 4_096)
            if not received:
                break
            head += received
    except OSError:
        head = b""
    version, _, rest = head.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not head.endswith(b"\r\n\r\n"):
        raise StreamError(FailureReason.LOCAL, "proxy trả lời không đúng giao thức HTTP")
    if status == _PROXY_WANTS_ACCOUNT:
        raise StreamError(FailureReason.LOCAL, "proxy từ chối tài khoản (proxy_secret)")
    if status in _PROXY_CANNOT_REACH:
        raise StreamError(FailureReason.UNREACHABLE, f"proxy không tới được máy đích, mã {status.decode()}")
    if not status.startswith(b"2"):
        shown = status.decode("ascii", "replace") if status.isdigit() else "không rõ"
        raise StreamError(FailureReason.LOCAL, f"proxy không cho đi qua, mã {shown}")
