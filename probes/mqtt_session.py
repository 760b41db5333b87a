"""The `mqtt` probe's connection to an MQTT 5 broker over asyncio streams; what goes wrong is a reason and words.

Not aiomqtt (2.5.1), which the long-lived subscription uses: it connects in threads of the shared executor (50 runs
against a silent broker took 5 s instead of 0.2 s), keeps socket and task of every connection whose CONNACK did not
come, and costs five times as much.
"""

import asyncio
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes import mqtt_packet as packet
from probes.dial import StreamError, dial
from probes.handshake import secure
from probes.reading import FailureReason
from probes.wording import errno_words

_FAILURE = 0x80
_MOST_EARLY = 100
_MOST_UNSENT_BYTES = 65_536
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
PHASES = {
    packet.Kind.CONNACK: "đăng nhập",
    packet.Kind.SUBACK: "đăng ký nhận tin",
    packet.Kind.PUBACK: "gửi tin",
    packet.Kind.PINGRESP: "giữ kết nối",
}
"""What an answer is about."""


@asynccontextmanager
async def open_stream(
    host: str, ip: str, port: int, *, tls: ssl.SSLContext | None, ends_at: float
) -> AsyncIterator["MqttStream"]:
    """Connect; `host` is the name that the certificate must have. StreamError, TimeoutError; the caller's deadline."""
    dialled = await dial([ip], port, ends_at=ends_at)
    # Small: what is not read yet waits at the broker and not here.
    reader = asyncio.StreamReader(limit=packet.MOST_BYTES)
    transport = await _transport(dialled.sock, tls, host, reader)
    try:
        yield MqttStream(reader, transport, dialled.connect_s)
        transport.write(packet.disconnect())
    finally:
        # What was written is with the kernel: nothing to wait for, and an abort leaves no descriptor behind.
        transport.abort()


async def _transport(
    sock: socket.socket, tls: ssl.SSLContext | None, host: str, reader: asyncio.StreamReader
) -> asyncio.Transport:
    """Put a transport over the connected socket, which is closed when that fails."""

    def protocol() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(reader)

    if tls is not None:
        transport, _ = await secure(sock, tls, host, protocol)
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


class MqttStream:
    """Packets over a connection. Made by `open_stream`."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.Transport, connect_s: float) -> None:
        self.connect_s = connect_s
        """Time of the TCP handshake."""
        self._reader = reader
        self._transport = transport

    def send(self, data: bytes) -> None:
        """Send without waiting. Raises StreamError when the broker takes nothing any more."""
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            raise StreamError(FailureReason.TIMEOUT, "máy chủ không nhận dữ liệu nữa")

    async def receive(self) -> packet.Answer | packet.Publish:
        """Return the next packet, however long it takes. Raises StreamError."""
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

    async def log_in(self, *, username: str | None, password: str | None) -> None:
        """Connect as this user. Raises StreamError."""
        # Of at most 23 letters and digits: every broker must take that (MQTT 5.0, 3.1.3.1).
        client_id = f"tslcd{secrets.token_hex(8)}"
        self.send(packet.connect(client_id, username=username, password=password))
        require(await self.receive(), packet.Kind.CONNACK)

    async def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1, without what the broker kept. Raises StreamError.

        A message that comes before the answer (MQTT 5.0, 3.8.4 allows it) is acknowledged and dropped.
        """
        self.send(packet.subscribe(topic, packet_id=1))
        for _ in range(_MOST_EARLY):
            seen = await self.receive()
            if not isinstance(seen, packet.Publish):
                break
            self.acknowledge(seen)
        require(seen, packet.Kind.SUBACK)

    def acknowledge(self, message: packet.Publish) -> None:
        """Tell the broker that we have it."""
        if message.packet_id is not None:
            self.send(packet.puback(message.packet_id))


def require(seen: packet.Answer | packet.Publish, kind: packet.Kind) -> None:
    """Raise StreamError unless this is the answer and says yes."""
    if isinstance(seen, packet.Publish) or seen.kind not in {kind, packet.Kind.DISCONNECT}:
        raise StreamError(FailureReason.PROTOCOL, "máy chủ trả lời không đúng thứ tự của MQTT")
    if seen.kind is kind and seen.code < _FAILURE:
        return
    raise refusal(kind, seen.code)


def refusal(kind: packet.Kind, code: int) -> StreamError:
    """Return what a reason code says that came in place of this answer."""
    reason = FailureReason.AUTH if code in _NOT_ALLOWED else FailureReason.UNEXPECTED_ANSWER
    return StreamError(reason, f"máy chủ không cho {PHASES[kind]}: {_WORDS.get(code, f'mã 0x{code:02X}')}")
