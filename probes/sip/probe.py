"""The `sip` probe: one OPTIONS request, which rings nowhere; any status line proves that the signalling lives."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from probes.connection import own_deadline
from probes.handshake import TlsContexts
from probes.kind import Kind, Metric, Probe, Shared
from probes.kind import Options as AnyOptions
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import Resolver, ascii_name, ip_literal, open_resolver
from probes.sip.exchange import Destination, Exchange, SipError, ask_by_datagrams, ask_by_stream
from probes.sip.message import Response
from probes.tcp import split_address
from probes.trust import TlsTrust, TrustedTls
from probes.wording import one_line, seconds

_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
_URI_HOST = re.compile(r"[A-Za-z0-9._-]+")
_REQUEST_TIMEOUT = 408
_NOT_IMPLEMENTED = 501
_SERVER_FAILURES = range(500, 600)
_PHASE_WORDS = {
    "prepare": "máy giám sát chưa chuẩn bị xong",
    "connect": "không kết nối được",
    "tls": "đã kết nối nhưng chưa bắt tay TLS xong",
}

METRICS = {
    "sip_status": Metric("mã trả lời SIP", "Status code of the final answer"),
    "answer_s": Metric(
        "thời gian trả lời SIP",
        "From the latest request to the answer: the least it can have been when `retransmissions` is not 0",
    ),
    "answer_most_s": Metric(
        "thời gian chờ trả lời SIP", "From the first request to the answer: the most it can have been"
    ),
    "retransmissions": Metric(
        "số lần gửi lại SIP", "Requests sent after the first for want of an answer (UDP only)"
    ),
    "ignored": Metric("số gói SIP lạ", "Messages from the device that are no answer to the request"),
    "connect_s": Metric("thời gian kết nối", "TCP handshake, TLS included (TCP and TLS only)"),
}


class SipOptions(TlsTrust):
    """Options of `sip`. The address is a host, `host:port` or `[IPv6]:port`; DNS SRV is not asked.

    Alive is every final status but 408 and 5xx, 501 excepted: 401, 404 or 486 come from a working stack too. Those
    others are an `unexpected_answer`. An answer has to come from the address and port that was asked.
    """

    transport: Literal["udp", "tcp", "tls"] = "udp"
    """What carries the request (the options of TLS need `tls`); UDP repeats it after 0.5, 1.5, 3.5, 7.5 ... s (RFC 3261)."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port, when the address does not name one. Default: 5060, with TLS 5061."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS) - ({"connect_s"} if self.transport == "udp" else {"retransmissions"})

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if self.transport != "tls":
            self.refuse_without_tls("transport: tls")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _SipProbe(resolver)


class _SipProbe:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._contexts = TlsContexts()

    async def __call__(self, address: str, options: AnyOptions, *, timeout_s: float) -> Reading:
        """Ask once."""
        if not isinstance(options, SipOptions):
            raise TypeError("sip needs SipOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        exchange = Exchange()
        try:
            to = await self._destination(address, options, ends_at=ends_at)
            ask = ask_by_datagrams if options.transport == "udp" else ask_by_stream
            async with asyncio.timeout_at(ends_at):
                if options.transport == "tls":
                    exchange.phase = "prepare"
                    await self._contexts.get(options.policy())
                answer = await ask(to, exchange, ends_at=ends_at)
            return _judge(answer, _metrics(exchange, options))
        except TimeoutError:
            reason, detail = _silence(exchange, timeout_s)
            return failed(reason, detail, **_metrics(exchange, options))
        except ProbeError as error:
            return failed(error.reason, error.detail, **_metrics(exchange, options))

    async def _destination(self, address: str, options: SipOptions, *, ends_at: float) -> Destination:
        usual_port = _PORTS[options.transport]
        host, port = split_address(address, options.port or usual_port)
        if port is None:
            raise SipError(FailureReason.LOCAL, "số cổng trong địa chỉ không hợp lệ")
        ip = await self._resolver.first(host, within_s=ends_at - asyncio.get_running_loop().time())
        plain_ip = ip.partition("%")[0]
        name = plain_ip if ip_literal(host) else ascii_name(host)
        in_uri = name if _URI_HOST.fullmatch(name) else plain_ip
        uri = f"sip:[{in_uri}]" if ":" in in_uri else f"sip:{in_uri}"
        tls = TrustedTls(self._contexts, options, name) if options.transport == "tls" else None
        return Destination(ip, port, uri + (f":{port}" if port != usual_port else ""), tls)


def _metrics(exchange: Exchange, options: SipOptions) -> dict[str, float]:
    transaction = exchange.transaction
    metrics = dict(exchange.metrics)
    if transaction.sent:
        metrics["ignored"] = float(transaction.ignored)
        if options.transport == "udp":
            metrics["retransmissions"] = float(transaction.sent - 1)
    return metrics


def _silence(exchange: Exchange, timeout_s: float) -> tuple[FailureReason, str]:
    """Tell what it means that no final answer came in time."""
    transaction = exchange.transaction
    if exchange.phase in _PHASE_WORDS:
        reason = FailureReason.LOCAL if exchange.phase == "prepare" else FailureReason.TIMEOUT
        return reason, f"{_PHASE_WORDS[exchange.phase]} trong {seconds(timeout_s)}"
    if transaction.is_proceeding:
        return FailureReason.TIMEOUT, f"chỉ có trả lời tạm (1xx) trong {seconds(timeout_s)}"
    if transaction.garbage and transaction.garbage == transaction.ignored:
        return FailureReason.PROTOCOL, "câu trả lời không đúng giao thức SIP"
    if transaction.ignored:
        return FailureReason.TIMEOUT, f"chỉ có gói SIP của câu hỏi khác trong {seconds(timeout_s)}"
    return FailureReason.TIMEOUT, f"SIP không trả lời trong {seconds(timeout_s)}"


def _judge(answer: Response, metrics: dict[str, float]) -> Reading:
    metrics["sip_status"] = float(answer.status)
    phrase = one_line(answer.reason, 60)
    server = one_line(answer.server, 80)
    notes = {"sip_answer": f"{answer.status} {phrase}".strip()} | ({"sip_server": server} if server else {})
    if is_alive(answer.status):
        return Reading(ok=True, metrics=metrics, notes=notes)
    detail = f"SIP báo lỗi: {notes['sip_answer']}"
    return Reading(
        ok=False, metrics=metrics, reason=FailureReason.UNEXPECTED_ANSWER, detail=detail, notes=notes
    )


def is_alive(status: int) -> bool:
    """Whether a final status comes from a stack that works.

    6xx speaks of the callee (600 is busy everywhere), 501 of OPTIONS alone; 408 and the rest of 5xx say that the
    device itself or what is behind it fails.
    """
    return status == _NOT_IMPLEMENTED or (status != _REQUEST_TIMEOUT and status not in _SERVER_FAILURES)


KIND = Kind(
    "sip", "One SIP OPTIONS request; any working stack answers it.", SipOptions, METRICS, connect, lane=500
)
