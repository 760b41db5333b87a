"""The `tls` probe: the certificate of any TLS port, after STARTTLS where the port begins in the clear.

One handshake, nothing said over it. The certificate is read even when it fails verification.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from probes import certificate
from probes.connection import own_deadline
from probes.dial import StreamError, dial
from probes.handshake import Handshake, TlsContexts
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading
from probes.resolve import Resolver, open_resolver
from probes.starttls import StartTls, ask_for_tls
from probes.tcp import split_address
from probes.trust import TlsVerification
from probes.wording import seconds

METRICS = {
    "dns_s": Metric("thời gian phân giải tên", "Look-up of the host's name; missing for an IP address"),
    "connect_s": Metric("thời gian kết nối", "TCP handshake"),
    "starttls_s": Metric("thời gian xin bắt tay TLS", "Dialogue in the clear before the handshake"),
    "tls_s": Metric("thời gian bắt tay TLS", "TLS handshake; missing when it fails"),
    **certificate.METRICS,
}
_PHASE_WORDS = {
    "prepare": "máy giám sát chưa chuẩn bị xong",
    "dns": "máy chủ phân giải tên (DNS) không trả lời",
    "connect": "không kết nối được",
    "starttls": "đã kết nối nhưng chưa được bắt tay TLS",
    "tls": "đã kết nối nhưng bắt tay TLS chưa xong",
}


_OUR_PHASES = frozenset({"prepare", "dns"})


class TlsOptions(TlsVerification):
    """Options of `tls`. The address is `host:port`, `[IPv6]:port`, or a host alone with `port` set."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port, when the address does not name one. Default: none."""
    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})$")] | None = None
    """Name to ask for (SNI) and to find in the certificate. Default: the address's host."""
    starttls: StartTls | None = None
    """Protocol of a port that begins in the clear (mail, directory): TLS is asked for in it. Default: none, the port
    begins with TLS."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _TlsProbe(resolver)


@dataclass(slots=True)
class _Run:
    """How far one run came. Times are loop time."""

    ends_at: float
    phase: str = "prepare"
    metrics: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


class _TlsProbe:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._contexts = TlsContexts()

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Shake hands once (twice when verification fails)."""
        if not isinstance(options, TlsOptions):
            raise TypeError("tls needs TlsOptions")
        run = _Run(asyncio.get_running_loop().time() + own_deadline(timeout_s))
        try:
            async with asyncio.timeout_at(run.ends_at):
                await self._measure(address, options, run)
        except TimeoutError:
            reason = FailureReason.LOCAL if run.phase in _OUR_PHASES else FailureReason.TIMEOUT
            return _reading(run, reason, f"{_PHASE_WORDS[run.phase]} trong {seconds(timeout_s)}")
        except ProbeError as error:
            return _reading(run, error.reason, error.detail)
        return _reading(run, None, "")

    async def _measure(self, address: str, options: TlsOptions, run: _Run) -> None:
        host, port = split_address(address, options.port)
        if port is None:
            raise StreamError(FailureReason.LOCAL, "thiếu số cổng trong địa chỉ và trong tùy chọn port")
        await self._contexts.get(options.policy())
        run.phase = "dns"
        addresses, took = await self._resolver.timed_addresses(host)
        run.metrics.update(took)

        async def reach() -> socket.socket:
            return await _reach(addresses, port, options.starttls, run)

        sock = await reach()
        run.phase = "tls"
        name = options.server_name or host
        handshake = Handshake(self._contexts, options.policy(), name, run.metrics, run.notes)
        transport, _ = await handshake.over(sock, asyncio.Protocol, reach_again=reach, ends_at=run.ends_at)
        transport.close()


async def _reach(addresses: Sequence[str], port: int, starttls: StartTls | None, run: _Run) -> socket.socket:
    """Return a connected socket that is ready for a handshake."""
    run.phase = "connect"
    sock, ip, connect_s = await dial(addresses, port, ends_at=run.ends_at)
    run.metrics.setdefault("connect_s", connect_s)
    run.notes["address"] = ip
    if starttls is None:
        return sock
    run.phase = "starttls"
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    try:
        await ask_for_tls(sock, starttls)
    except BaseException:
        sock.close()
        raise
    run.metrics.setdefault("starttls_s", loop.time() - started_at)
    return sock


def _reading(run: _Run, reason: FailureReason | None, detail: str) -> Reading:
    return Reading(ok=reason is None, metrics=run.metrics, reason=reason, detail=detail, notes=run.notes)


KIND = Kind("tls", "The certificate of any TLS port.", TlsOptions, METRICS, connect, lane=400)
