"""Beats over HTTPS: a listener of its own that answers POST /beat and nothing else.

Machines of many offices reach it, so it trusts nobody: few connections at once, each for a few seconds and one
request, accepted no faster than the loop can bear; what does not fit waits in the kernel's queue or is turned away.
`curl -d '{"asset":"kiosk-01"}' -H 'Authorization: Bearer TOKEN' https://HOST:8443/beat` produces the traffic.
"""

import asyncio
import errno
import ipaddress
import logging
import socket
import ssl
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import BEAT_BYTES, TOKEN_CHARACTERS, Outcome
from probes.resolve import ip_literal
from probes.wording import errno_words

log = logging.getLogger(__name__)

WAY: Final = "http"
PATH: Final = "/beat"
BACKLOG: Final = 512
_SCHEME: Final = "Bearer "
_STATUS: Final = {
    Outcome.ACCEPTED: 204,
    Outcome.BAD_TOKEN: 401,
    Outcome.UNKNOWN_ASSET: 404,
    Outcome.NOT_A_BEAT: 404,
    Outcome.TOO_LARGE: 413,
    Outcome.TOO_FAST: 429,
    Outcome.BUG: 500,
}
"""400 for all others: the beat itself is wrong."""
_OUR_WANT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""accept(2): we lack what it takes, and beats stay outside. No asset is to blame for that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What strangers may have of us."""

    connections: int = 500
    of_one_source: int = 100
    connection_s: float = 10.0
    """A connection's whole life: handshake, request, answer."""
    handshake_s: float = 5.0
    accepts_a_second: float = 100.0
    """A handshake and a request cost some two milliseconds of the loop."""
    refusals_a_second: float = 1_000.0


class BeatListener:
    """Takes beats on a bound, listening socket; without `tls` the socket is a loopback one."""

    def __init__(
        self,
        intake: BeatIntake,
        sock: socket.socket,
        tls: ssl.SSLContext | None,
        limits: Limits = Limits(),
    ) -> None:
        self._intake = intake
        self._sock = sock
        self._tls = tls
        self._limits = limits
        self._of_source: Counter[str] = Counter()

    async def run(self) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        server = web.Server(self._answer)
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    connection, address = await loop.sock_accept(self._sock)
                except OSError as error:  # no descriptors, or the caller was gone before we came
                    log.warning("beat_accept_failed error=%s", errno_words(error.errno))
                    if error.errno in _OUR_WANT:
                        self._intake.cannot_hear(WAY, errno_words(error.errno))
                    await asyncio.sleep(1.0)
                    continue
                self._intake.hears_again(WAY)
                source = source_of(str(address[0]))
                if self._has_room(source) and self._intake.admits(source):
                    group.create_task(self._serve(server, connection, source), name=f"beat:{source}")
                    await asyncio.sleep(1 / self._limits.accepts_a_second)
                else:  # before the handshake, which is what costs
                    connection.close()
                    self._intake.refuse(Outcome.FLOODED, way=WAY, about=source)
                    await asyncio.sleep(1 / self._limits.refusals_a_second)

    def _has_room(self, source: str) -> bool:
        held = self._of_source
        return held.total() < self._limits.connections and held[source] < self._limits.of_one_source

    async def _serve(self, server: web.Server, connection: socket.socket, source: str) -> None:
        """Serve one connection and see to its end. Whatever a stranger does to it ends nothing else."""
        loop = asyncio.get_running_loop()
        protocol = _Connection(server, loop=loop)
        self._of_source[source] += 1
        try:
            async with asyncio.timeout(self._limits.connection_s):
                await loop.connect_accepted_socket(
                    lambda: protocol,
                    connection,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._limits.handshake_s if self._tls else None,
                    ssl_shutdown_timeout=1.0 if self._tls else None,
                )
                await protocol.lost.wait()
        except (OSError, TimeoutError):  # ssl.SSLError is one: a scanner, or a client that does not trust us
            return
        finally:
            self._of_source[source] -= 1
            if not self._of_source[source]:
                del self._of_source[source]
            if protocol.transport is not None:
                protocol.transport.abort()
            else:
                connection.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        source = source_of(request.remote or "")
        outcome = await self._outcome(request, source)
        response = web.Response(status=_STATUS.get(outcome, 400))
        if outcome is Outcome.BAD_TOKEN:
            response.headers["WWW-Authenticate"] = _SCHEME.strip()
        response.force_close()
        return response

    async def _outcome(self, request: web.BaseRequest, source: str) -> Outcome:
        def refused(outcome: Outcome) -> Outcome:
            return self._intake.refuse(outcome, way=WAY, about=source)

        if request.path != PATH or request.method != "POST":
            return refused(Outcome.NOT_A_BEAT)
        authorization = request.headers.get("Authorization", "")
        token = authorization[len(_SCHEME) :].strip()
        if not authorization.startswith(_SCHEME) or not 0 < len(token) <= TOKEN_CHARACTERS:
            return refused(Outcome.BAD_TOKEN)
        if (request.content_length or 0) > BEAT_BYTES:
            return refused(Outcome.TOO_LARGE)
        body = bytearray()
        while len(body) <= BEAT_BYTES and (part := await request.content.readany()):
            body += part
        return self._intake.take(bytes(body), way=WAY, token=token)


class _Connection(web.RequestHandler):
    """aiohttp's side of one connection, with small limits; it is done when `lost` is set."""

    __slots__ = ("lost",)

    def __init__(self, server: web.Server, *, loop: asyncio.AbstractEventLoop) -> None:
        limits: dict[str, Any] = {"max_line_size": 1_024, "max_field_size": 2_048, "max_headers": 32}
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
            logger=Quiet(),
            lingering_time=1.0,
            auto_decompress=False,
            **limits,
        )
        self.lost = asyncio.Event()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end."""
        super().connection_lost(exc)
        self.lost.set()


class Quiet(logging.Logger):
    """Swallows what aiohttp says of strangers' bytes: a flood of them would be a flood of tracebacks."""

    def __init__(self) -> None:
        super().__init__("strangers", logging.CRITICAL)
        self.addHandler(logging.NullHandler())


def source_of(address: str) -> str:
    """Return whom an address stands for: an IPv4 address itself, of IPv6 the network of a site (RFC 6177)."""
    ip = ip_literal(address.removeprefix("::ffff:")) or address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ":" in ip and "%" not in ip else ip
