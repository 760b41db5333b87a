"""The `mqtt` probe: does a broker hand a message on? Connect, subscribe, publish, wait for the own message, leave.

MQTT 5 over asyncio streams and not aiomqtt: that one connects in threads of the shared executor (50 runs against a
silent broker: 5 s instead of 0.2 s) and keeps socket and task of every connection whose CONNACK did not come.
"""

import asyncio
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from probes import mqtt_packet as packet
from probes.connection import own_deadline
from probes.dial import StreamError, dial
from probes.handshake import TlsContexts, TlsPolicy, secure
from probes.kind import Kind, Metric, Options, Probe, Secrets, Shared
from probes.reading import FailureReason, Reading, failed
from probes.resolve import ResolveError, Resolver, open_resolver
from probes.wording import errno_words, seconds

_PORT, _TLS_PORT = 1883, 8883
_LOADING = "nạp chứng thư gốc"
"""The one phase in which nobody waits for the broker."""
_FAILURE = 0x80
_MOST_PACKETS = 100
"""Until our own message is back: nobody else publishes on a random topic."""
# MQTT 5.0, 2.4
_NOT_ALLOWED = frozenset({0x86, 0x87, 0x8A, 0x8C})
_WORDS = {
    0x84: "không nhận MQTT 5",
    0x85: "không nhận mã máy khách",
    0x86: "sai tài khoản hoặc mật khẩu",
    0x87: "không được phép",
    0x88: "máy chủ không sẵn sàng",
    0x89: "máy chủ bận",
    0x8A: "máy giám sát bị cấm",
    0x8B: "máy chủ đang tắt",
    0x8C: "cách xác thực không được nhận",
    0x8E: "máy khác đã vào bằng cùng mã máy khách",
    0x8F: "tên chủ đề không được nhận",
    0x95: "gói lớn quá mức cho phép",
    0x97: "vượt hạn mức",
    0x9F: "kết nối dày quá mức cho phép",
}
_PHASES = {
    packet.Kind.CONNACK: "đăng nhập",
    packet.Kind.SUBACK: "đăng ký nhận tin",
    packet.Kind.PUBACK: "gửi tin",
}

METRICS = {
    "connect_s": Metric("thời gian kết nối", "Time of the TCP handshake"),
    "round_trip_s": Metric(
        "thời gian gửi và nhận lại tin", "Time from publishing a message until it came back"
    ),
}


class MqttOptions(Options):
    """Options of `mqtt`. The address is an IP address or a host name."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port. Default: 1883, with `tls` 8883."""
    topic_prefix: Annotated[str, Field(pattern=r"^[^+#\x00-\x1f]{1,200}$")] = "tslcd/probe/"
    """What stands before the random last part of the topic; our user must be allowed to read and write there."""
    username: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Our user. Default: none."""
    password_secret: str | None = None
    """Name of the secret that holds the password. Default: none."""
    tls: bool = False
    """Whether to speak TLS."""
    verify_tls: bool = True
    """Whether the certificate must be valid, trusted and for this name."""
    ca_file: Path | None = None
    """Additional certificate authority (PEM). Default: the system's only."""

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to."""
        return frozenset({self.password_secret} if self.password_secret else ())

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver() as resolver:
        yield _MqttProbe(resolver, shared.secrets)


@dataclass(slots=True)
class _Run:
    """How far one run came."""

    phase: str = "kết nối"
    metrics: dict[str, float] = field(default_factory=dict)


class _MqttProbe:
    def __init__(self, resolver: Resolver, secrets_: Secrets) -> None:
        self._resolver = resolver
        self._secrets = secrets_
        self._contexts = TlsContexts()

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Do one round trip; what was measured before a failure stays in the reading."""
        if not isinstance(options, MqttOptions):
            raise TypeError("mqtt needs MqttOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            password = self._secrets.get(options.password_secret) if options.password_secret else None
        except KeyError:
            return failed(FailureReason.LOCAL, f"chưa có bí mật '{options.password_secret}'")
        run = _Run()
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            async with (
                asyncio.timeout_at(ends_at),
                self._stream(address, ip, options, run, ends_at) as stream,
            ):
                await _round_trip(stream, options, password, run)
        except (ResolveError, StreamError) as error:
            return Reading(ok=False, metrics=run.metrics, reason=error.reason, detail=error.detail)
        except TimeoutError:
            words = f"không xong bước {run.phase} trong {seconds(timeout_s)}"
            reason = FailureReason.LOCAL if run.phase == _LOADING else FailureReason.TIMEOUT
            return Reading(ok=False, metrics=run.metrics, reason=reason, detail=words)
        return Reading(ok=True, metrics=run.metrics)

    @asynccontextmanager
    async def _stream(
        self, host: str, ip: str, options: MqttOptions, run: _Run, ends_at: float
    ) -> AsyncIterator["_Stream"]:
        context = await self._context(options, run) if options.tls else None
        dialled = await dial([ip], options.port or (_TLS_PORT if options.tls else _PORT), ends_at=ends_at)
        run.metrics["connect_s"] = dialled.connect_s
        run.phase = "bắt tay TLS" if options.tls else "đăng nhập"
        reader = asyncio.StreamReader(limit=packet.MOST_BYTES)
        transport = await _transport(dialled.sock, context, host, reader)
        try:
            yield _Stream(reader, transport)
        finally:
            # What was written is with the kernel: nothing to wait for, and an abort leaves no descriptor behind.
            transport.abort()

    async def _context(self, options: MqttOptions, run: _Run) -> ssl.SSLContext:
        reached, run.phase = run.phase, _LOADING
        try:
            context = await self._contexts.get(TlsPolicy(options.verify_tls, options.ca_file))
        except OSError as error:
            words = f"không dùng được ca_file: {error.strerror or 'không phải PEM'}"
            raise StreamError(FailureReason.LOCAL, words) from error
        run.phase = reached
        return context


async def _transport(
    sock: socket.socket, context: ssl.SSLContext | None, host: str, reader: asyncio.StreamReader
) -> asyncio.Transport:
    """Put a transport over the connected socket, which is closed when that fails."""

    def protocol() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(reader)

    if context is not None:
        transport, _ = await secure(sock, context, host, protocol)
        return transport
    try:
        plain, _ = await asyncio.get_running_loop().create_connection(protocol, sock=sock)
    except OSError as error:
        sock.close()
        raise StreamError(FailureReason.LOCAL, errno_words(error.errno)) from error
    except BaseException:
        sock.close()
        raise
    return plain


class _Stream:
    """Packets over a connection."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.Transport) -> None:
        self._reader = reader
        self._transport = transport

    def send(self, data: bytes) -> None:
        """Send; a few hundred bytes never fill the buffer."""
        self._transport.write(data)

    async def receive(self) -> packet.Answer | packet.Publish:
        """Return the next packet. Raises StreamError."""
        try:
            header = await self._reader.readexactly(2)
            while (length := packet.body_length(header)) is None:
                header += await self._reader.readexactly(1)
            return packet.parse(header[0], await self._reader.readexactly(length))
        except packet.MalformedError as error:
            raise StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức MQTT 5") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            if isinstance(error, ssl.SSLError):
                raise StreamError(FailureReason.TLS, "lỗi TLS giữa chừng") from error
            raise StreamError(FailureReason.PROTOCOL, "kết nối bị cắt giữa chừng") from error

    async def answer(self, kind: packet.Kind) -> None:
        """Wait for an answer of this kind, which must be a success. Raises StreamError."""
        _judge(await self.receive(), kind)


def _judge(seen: packet.Answer | packet.Publish, kind: packet.Kind) -> None:
    """Raise StreamError unless this is the answer and says yes."""
    if isinstance(seen, packet.Publish) or seen.kind not in {kind, packet.Kind.DISCONNECT}:
        raise StreamError(FailureReason.PROTOCOL, "máy chủ trả lời không đúng thứ tự của MQTT")
    if seen.kind is kind and seen.code < _FAILURE:
        return
    reason = FailureReason.AUTH if seen.code in _NOT_ALLOWED else FailureReason.UNEXPECTED_ANSWER
    said = _WORDS.get(seen.code, f"mã 0x{seen.code:02X}")
    raise StreamError(reason, f"máy chủ không cho {_PHASES[kind]}: {said}")


async def _round_trip(stream: _Stream, options: MqttOptions, password: str | None, run: _Run) -> None:
    loop = asyncio.get_running_loop()
    run.phase = _PHASES[packet.Kind.CONNACK]
    # Of at most 23 letters and digits: every broker must take that (MQTT 5.0, 3.1.3.1).
    client_id = f"tslcd{secrets.token_hex(8)}"
    stream.send(packet.connect(client_id, username=options.username, password=password))
    await stream.answer(packet.Kind.CONNACK)

    run.phase = _PHASES[packet.Kind.SUBACK]
    topic, payload = options.topic_prefix + secrets.token_hex(8), secrets.token_hex(16).encode()
    stream.send(packet.subscribe(topic, packet_id=1))
    await stream.answer(packet.Kind.SUBACK)

    run.phase = "nhận lại tin đã gửi"
    started_at = loop.time()
    stream.send(packet.publish(topic, payload, packet_id=2))
    ours = await _returned(stream, topic.encode(), payload)
    run.metrics["round_trip_s"] = loop.time() - started_at
    acknowledgement = b"" if ours.packet_id is None else packet.puback(ours.packet_id)
    stream.send(acknowledgement + packet.disconnect())


async def _returned(stream: _Stream, topic: bytes, payload: bytes) -> packet.Publish:
    """Return our own message; its acknowledgement may come before it."""
    for _ in range(_MOST_PACKETS):
        seen = await stream.receive()
        if not isinstance(seen, packet.Publish):
            _judge(seen, packet.Kind.PUBACK)
        elif seen.topic == topic and seen.payload == payload and not seen.is_retained:
            return seen
    raise StreamError(FailureReason.UNEXPECTED_ANSWER, "máy chủ gửi toàn tin không phải của phép đo")


KIND = Kind("mqtt", "Send a message through an MQTT 5 broker and wait for it.", MqttOptions, METRICS, connect)
