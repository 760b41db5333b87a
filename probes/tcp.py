"""The `tcp` probe: can a connection be opened, and does the server greet? Sends nothing but a good-bye."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Self

from pydantic import Field, model_validator

from probes.connection import own_deadline
from probes.dial import dial
from probes.greeting import LINE_BYTES, hear, say_goodbye
from probes.handshake import TlsContexts, secure
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading
from probes.resolve import Resolver, ip_literal, open_resolver
from probes.trust import TlsVerification
from probes.wording import seconds

_GREETING_BYTES = 65_536

METRICS = {
    "connect_s": Metric("thời gian kết nối", "Time of the three-way handshake"),
    "tls_s": Metric("thời gian bắt tay TLS", "TLS handshake, with `tls`"),
    "greeting_s": Metric(
        "thời gian chờ lời chào", "From the open connection to the whole greeting, with `greeting`"
    ),
}
_PHASE_WORDS = {
    "prepare": "máy giám sát chưa chuẩn bị xong",
    "connect": "không kết nối được",
    "tls": "đã kết nối nhưng bắt tay TLS chưa xong",
    "greeting": "đã kết nối nhưng máy chủ chưa chào xong",
}


class TcpOptions(TlsVerification):
    """Options of `tcp`. The address is `host:port`, `[IPv6]:port`, or a host alone with `port` set."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port, when the address does not name one. Default: none."""
    greeting: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What the server must say first: `smtp`, `imap`, `pop3`, `ssh`, `ftp`, or the plain text it must begin with."""
    tls: bool = False
    """Whether the port begins with TLS. (The `tls` probe reads certificates.) The options below need it."""
    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})$")] | None = None
    """Name to ask for (SNI) and to find in the certificate. Default: the address's host."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        unmeasured = {
            name for name, is_on in (("tls_s", self.tls), ("greeting_s", self.greeting)) if not is_on
        }
        return frozenset(METRICS) - unmeasured

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if not self.tls:
            self.refuse_without_tls("tls: true")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _TcpProbe(resolver)


@dataclass(slots=True)
class _Run:
    """How far one run came. `ends_at` is loop time."""

    ends_at: float
    phase: str = "prepare"
    metrics: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    transport: asyncio.Transport | None = None

    def reading(self, reason: FailureReason | None, detail: str = "") -> Reading:
        return Reading(
            ok=reason is None, metrics=self.metrics, reason=reason, detail=detail, notes=self.notes
        )


class _TcpProbe:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._contexts = TlsContexts()

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Open and close one connection; `connect_s` is the time of the three-way handshake."""
        if not isinstance(options, TcpOptions):
            raise TypeError("tcp needs TcpOptions")
        loop = asyncio.get_running_loop()
        run = _Run(loop.time() + own_deadline(timeout_s))
        host, port = split_address(address, options.port)
        if port is None:
            return run.reading(FailureReason.LOCAL, "thiếu số cổng trong địa chỉ và trong tùy chọn port")
        try:
            ip = await self._resolver.first(host, within_s=run.ends_at - loop.time())
            async with asyncio.timeout_at(run.ends_at):
                reader = await self._measure(ip, port, host, options, run)
            if run.transport is not None and options.greeting is not None:
                within_s = run.ends_at - loop.time()
                await say_goodbye(reader, run.transport, options.greeting, within_s=within_s)
        except TimeoutError:
            detail = f"{_PHASE_WORDS[run.phase]} trong {seconds(timeout_s)}"
            return run.reading(
                FailureReason.LOCAL if run.phase == "prepare" else FailureReason.TIMEOUT, detail
            )
        except ProbeError as error:
            return run.reading(error.reason, error.detail)
        finally:
            if run.transport is not None:
                run.transport.close()
        return run.reading(None)

    async def _measure(
        self, ip: str, port: int, host: str, options: TcpOptions, run: _Run
    ) -> asyncio.StreamReader:
        """Go through the phases; return what reads from the run's transport, if there is one."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LINE_BYTES)
        if options.tls:
            await self._contexts.get(options.policy())
        run.phase = "connect"
        dialled = await dial((ip,), port, ends_at=run.ends_at)
        run.metrics["connect_s"] = dialled.connect_s
        if not options.tls and options.greeting is None:
            with dialled.sock:
                _close_politely(dialled.sock)
            return reader
        run.transport = await self._open(dialled.sock, reader, host, options, run)
        if options.greeting is not None:
            run.phase = "greeting"
            started_at = loop.time()
            run.notes["banner"] = await hear(reader, options.greeting)
            run.metrics["greeting_s"] = loop.time() - started_at
        return reader

    async def _open(
        self, sock: socket.socket, reader: asyncio.StreamReader, host: str, options: TcpOptions, run: _Run
    ) -> asyncio.Transport:
        """Return the transport of a connected socket, secured if wanted; the socket is its own from then on."""
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(reader)

        if not options.tls:
            transport, _ = await loop.create_connection(protocol, sock=sock)
            return transport
        run.phase = "tls"
        try:
            context = await self._contexts.get(options.policy())
        except BaseException:
            sock.close()
            raise
        started_at = loop.time()
        transport, _ = await secure(sock, context, options.server_name or host, protocol)
        run.metrics["tls_s"] = loop.time() - started_at
        return transport


def split_address(address: str, default_port: int | None) -> tuple[str, int | None]:
    """Split `host:port`, `[IPv6]:port` or a bare host; the port is None when neither names a valid one."""
    if ip_literal(address) is not None:
        return address, default_port
    host, colon, text = address.rpartition(":")
    if not colon:
        return address, default_port
    port = int(text) if text.isascii() and text.isdigit() else 0
    return host.removeprefix("[").removesuffix("]"), port if 0 < port <= 65_535 else None  # noqa: PLR2004 (16 bits)


def _close_politely(sock: socket.socket) -> None:
    """Send FIN and take a greeting that is already here: closing over unread data would send RST."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.recv(_GREETING_BYTES)


KIND = Kind(
    "tcp",
    "Open and close one TCP connection, with TLS and the server's greeting if wanted.",
    TcpOptions,
    METRICS,
    connect,
)
