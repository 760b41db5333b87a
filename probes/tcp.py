"""The `tcp` probe: can a connection be opened? Sends no data, closes at once."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import Field

from probes.connection import connect_failure, own_deadline
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, Reading, failed
from probes.resolve import ResolveError, Resolver, ip_literal, open_resolver
from probes.wording import errno_words, seconds

_GREETING_BYTES = 65_536

METRICS = {"connect_s": Metric("thời gian kết nối", "Time of the three-way handshake")}


class TcpOptions(Options):
    """Options of `tcp`. The address is `host:port`, `[IPv6]:port`, or a host alone with `port` set."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port, when the address does not name one. Default: none."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(_shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver() as resolver:
        yield _TcpProbe(resolver)


class _TcpProbe:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Open and close one connection; `connect_s` is the time of the three-way handshake."""
        if not isinstance(options, TcpOptions):
            raise TypeError("tcp needs TcpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        host, port = split_address(address, options.port)
        if port is None:
            return failed(FailureReason.LOCAL, "thiếu số cổng trong địa chỉ và trong tùy chọn port")
        try:
            ip = await self._resolver.first(host, within_s=ends_at - loop.time())
        except ResolveError as error:
            return failed(error.reason, error.detail)
        try:
            async with asyncio.timeout_at(ends_at):
                return await _connect_once(ip, port)
        except TimeoutError:
            return failed(FailureReason.TIMEOUT, f"không kết nối được trong {seconds(timeout_s)}")


def split_address(address: str, default_port: int | None) -> tuple[str, int | None]:
    """Split `host:port`, `[IPv6]:port` or a bare host; the port is None when neither names a valid one."""
    if ip_literal(address) is not None:
        return address, default_port
    host, colon, text = address.rpartition(":")
    if not colon:
        return address, default_port
    port = int(text) if text.isascii() and text.isdigit() else 0
    return host.removeprefix("[").removesuffix("]"), port if 0 < port <= 65_535 else None  # noqa: PLR2004 (16 bits)


async def _connect_once(ip: str, port: int) -> Reading:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        return failed(FailureReason.LOCAL, errno_words(error.errno))
    with sock:
        started_at = loop.time()
        try:
            await loop.sock_connect(sock, (ip, port))
        except OSError as error:
            reason, detail = connect_failure(error, ip)
            return failed(reason, detail)
        connect_s = loop.time() - started_at
        _close_politely(sock)
    return Reading(ok=True, metrics={"connect_s": connect_s})


def _close_politely(sock: socket.socket) -> None:
    """Send FIN and take a greeting that is already here: closing over unread data would send RST."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.recv(_GREETING_BYTES)


KIND = Kind("tcp", "Open and close one TCP connection.", TcpOptions, METRICS, connect)
