"""Sends one OPTIONS request over UDP, TCP or TLS and waits for its final answer. Judges nothing.

Over UDP lost requests are repeated by RFC 3261's timers until the deadline; whatever is no answer is ignored and
counted. Over a stream nothing is repeated, and bytes that are not SIP end it: where the next message begins is lost.
"""

import asyncio
import secrets
import socket
import ssl
from dataclasses import dataclass, field

from probes.connection import connect_failure
from probes.dial import dial
from probes.handshake import handshake_words
from probes.reading import FailureReason, ProbeError
from probes.sip.message import (
    HEAD_BYTES,
    HEAD_END,
    LONGEST_BODY_BYTES,
    Question,
    Response,
    may_begin,
    options_request,
    parse_response,
    request_body_bytes,
)
from probes.sip.transaction import Transaction
from probes.trust import TrustedTls
from probes.wording import errno_words

# linux/in.h, linux/in6.h: a router's "host unreachable" reaches a connected UDP socket only with these.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_READ_BYTES = 4_096
_NOT_SIP = "câu trả lời không đúng giao thức SIP"


class SipError(ProbeError):
    """An exchange without a final answer, for another reason than time."""


@dataclass(slots=True)
class Exchange:
    """How far one run came; filled in while it goes on, so that it tells something after the deadline too."""

    transaction: Transaction = field(
        default_factory=lambda: Transaction(
            Question(secrets.token_hex(16), "z9hG4bK" + secrets.token_hex(12))
        )
    )
    phase: str = "answer"
    """`connect` or `tls` while a stream is being opened, then `answer`."""
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to ask: `ip` and `port`, and the request's URI. `tls` is set exactly for TLS."""

    ip: str
    port: int
    uri: str
    tls: TrustedTls | None = None


async def ask_by_datagrams(to: Destination, exchange: Exchange, *, ends_at: float) -> Response:
    """Return the final answer over UDP. SipError tells why there is none, TimeoutError that there was none in time."""
    loop = asyncio.get_running_loop()
    transaction = exchange.transaction
    answered: asyncio.Future[Response | OSError] = loop.create_future()
    sock = _connected_datagrams(to)
    try:
        request = _request(sock, to, "UDP", transaction.question)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(transaction, answered), sock=sock
        )
    except BaseException:
        sock.close()
        raise
    try:
        while not answered.done():
            transport.sendto(request)
            transaction.note_sent(loop.time())
            await asyncio.wait({answered}, timeout=min(transaction.repeat_at, ends_at) - loop.time())
            if loop.time() >= ends_at and not answered.done():
                raise TimeoutError
    finally:
        transport.close()
    answer = answered.result()
    if isinstance(answer, OSError):
        raise SipError(*connect_failure(answer, to.ip))
    exchange.metrics |= transaction.metrics(loop.time())
    return answer


class _Datagrams(asyncio.DatagramProtocol):
    """One datagram for each turn of the loop, so that a flood keeps nobody from the deadline."""

    def __init__(self, transaction: Transaction, answered: asyncio.Future[Response | OSError]) -> None:
        self._transaction = transaction
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (connected: the kernel compares it)
        response = parse_response(data)
        is_sip = response is not None or request_body_bytes(data) is not None
        final = self._transaction.take(response, is_sip=is_sip)
        if final is not None and not self._answered.done():
            self._answered.set_result(final)

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError) and not self._answered.done():
            self._answered.set_result(exc)


def _connected_datagrams(to: Destination) -> socket.socket:
    family = socket.AF_INET6 if ":" in to.ip else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise SipError(FailureReason.LOCAL, errno_words(error.errno)) from error
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        sock.connect((to.ip, to.port))
    except OSError as error:
        sock.close()
        raise SipError(*connect_failure(error, to.ip)) from error
    return sock


async def ask_by_stream(to: Destination, exchange: Exchange, *, ends_at: float) -> Response:
    """Return the final answer over TCP or TLS; raises as above, or StreamError."""
    loop = asyncio.get_running_loop()
    transaction = exchange.transaction
    started_at = loop.time()
    reader, writer = await _open(to, exchange, ends_at=ends_at)
    try:
        exchange.metrics["connect_s"] = loop.time() - started_at
        exchange.phase = "answer"
        sock = writer.get_extra_info("socket")
        writer.write(_request(sock, to, "TLS" if to.tls else "TCP", transaction.question))
        transaction.note_sent(loop.time())
        await writer.drain()
        messages = _Messages(reader)
        while True:
            head = await messages.head()
            response = parse_response(head)
            body_bytes = response.body_bytes if response is not None else request_body_bytes(head)
            final = transaction.take(response)
            if final is not None:
                exchange.metrics |= transaction.metrics(loop.time())
                return final
            if body_bytes is None or body_bytes > LONGEST_BODY_BYTES:
                raise SipError(FailureReason.PROTOCOL, _NOT_SIP)
            await messages.skip(body_bytes)
            # Many small messages are here at once: the others have a turn after each.
            await asyncio.sleep(0)
    except OSError as error:
        raise _broken(error) from error
    finally:
        writer.close()


async def _open(
    to: Destination, exchange: Exchange, *, ends_at: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    exchange.phase = "connect"
    sock = (await dial((to.ip,), to.port, ends_at=ends_at)).sock
    if to.tls is None:
        return await asyncio.open_connection(sock=sock)
    exchange.phase = "tls"
    reader = asyncio.StreamReader()
    transport, protocol = await to.tls.over(sock, lambda: asyncio.StreamReaderProtocol(reader))
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _Messages:
    """Cuts a stream into messages."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = b""

    async def head(self) -> bytes:
        """Return the next message up to the empty line after its fields."""
        while True:
            self._buffer = self._buffer.lstrip(
                b"\r\n"
            )  # RFC 3261 7.5: empty lines before a message mean nothing
            end = HEAD_END.search(self._buffer)
            if end is not None:
                head, self._buffer = self._buffer[: end.end()], self._buffer[end.end() :]
                return head
            if len(self._buffer) > HEAD_BYTES:
                raise SipError(FailureReason.PROTOCOL, "phần đầu câu trả lời SIP quá lớn")
            if self._buffer and not may_begin(self._buffer):
                raise SipError(FailureReason.PROTOCOL, _NOT_SIP)
            await self._fill()

    async def skip(self, size: int) -> None:
        """Pass over a body."""
        while len(self._buffer) < size:
            await self._fill()
        self._buffer = self._buffer[size:]

    async def _fill(self) -> None:
        data = await self._reader.read(_READ_BYTES)
        if not data:
            raise SipError(FailureReason.PROTOCOL, "thiết bị ngắt kết nối trước khi trả lời xong")
        self._buffer += data


def _request(sock: socket.socket, to: Destination, transport: str, question: Question) -> bytes:
    host, port = sock.getsockname()[:2]
    host = host.partition("%")[0]
    return options_request(
        question,
        uri=to.uri,
        transport=transport,
        our_host=f"[{host}]" if ":" in host else host,
        our_port=port,
        tag=secrets.token_hex(8),
    )


def _broken(error: OSError) -> SipError:
    if isinstance(error, ssl.SSLError):
        return SipError(FailureReason.TLS, f"lỗi TLS: {handshake_words(error)}")
    return SipError(FailureReason.PROTOCOL, "kết nối bị cắt giữa chừng")
