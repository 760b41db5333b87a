"""MQTT 5 packets, as many as a subscriber and one round trip need (OASIS MQTT 5.0, chapters 2 and 3). Pure: bytes in, values out.

`mosquitto_sub -V 5 -t x -C 1 & mosquitto_pub -V 5 -q 1 -t x -m y` produces the traffic.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

MOST_BYTES = 8_192
"""Of one packet that we take (we tell the broker so)."""
HEADER_MOST_BYTES = 5

_QOS_1 = 0x02
_RESERVED_QOS = 0x06
_NO_RETAINED = 0x20  # 3.8.3.1: retain handling 2
_MAXIMUM_PACKET_SIZE = 0x27  # 3.1.2.11.4
_KEEP_ALIVE_S = 60


class Kind(IntEnum):
    """Packet types (2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


class MalformedError(ValueError):
    """The bytes are no MQTT 5 packet that this side may get."""


@dataclass(frozen=True, slots=True)
class Answer:
    """CONNACK, SUBACK, PUBACK, PINGRESP or DISCONNECT with its reason code (2.4); from 0x80 on it is a failure."""

    kind: Kind
    code: int


@dataclass(frozen=True, slots=True)
class Publish:
    """An application message that the broker hands on."""

    topic: bytes
    payload: bytes
    packet_id: int | None
    is_retained: bool


def connect(client_id: str, *, username: str | None, password: str | None) -> bytes:
    """Return a CONNECT with a clean start and a session that ends with the connection."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    properties = struct.pack(">BI", _MAXIMUM_PACKET_SIZE, MOST_BYTES)
    body = _text("MQTT") + struct.pack(">BBH", 5, flags, _KEEP_ALIVE_S) + _sized(properties)
    body += b"".join(_text(text) for text in (client_id, username, password) if text is not None)
    return _packet(Kind.CONNECT, 0, body)


def subscribe(topic: str, *, packet_id: int) -> bytes:
    """Return a SUBSCRIBE with QoS 1 for one topic, without what the broker has retained there."""
    return _packet(
        Kind.SUBSCRIBE, 0x02, struct.pack(">HB", packet_id, 0) + _text(topic) + bytes([_NO_RETAINED | 1])
    )


def publish(topic: str, payload: bytes, *, packet_id: int) -> bytes:
    """Return a PUBLISH with QoS 1."""
    return _packet(Kind.PUBLISH, _QOS_1, _text(topic) + struct.pack(">HB", packet_id, 0) + payload)


def puback(packet_id: int) -> bytes:
    """Return the acknowledgement of a PUBLISH with QoS 1."""
    return _packet(Kind.PUBACK, 0, struct.pack(">H", packet_id))


def disconnect() -> bytes:
    """Return a normal DISCONNECT."""
    return _packet(Kind.DISCONNECT, 0, b"")


def body_length(header: bytes) -> int | None:
    """Return how many bytes follow a fixed header, None when its length is not complete. Raises MalformedError."""
    length = 0
    for index, byte in enumerate(header[1:]):
        length |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 (1.5.5: the continuation bit)
            if length > MOST_BYTES:
                raise MalformedError("packet too large")
            return length
    if len(header) >= HEADER_MOST_BYTES:
        raise MalformedError("length without end")
    return None


def parse(first: int, body: bytes) -> Answer | Publish:
    """Read a packet of the broker from its first byte and its body. Raises MalformedError."""
    try:
        kind = Kind(first >> 4)
    except ValueError:
        raise MalformedError("packet type") from None
    flags = first & 0x0F
    if kind is Kind.PUBLISH:
        return _parse_publish(flags, body)
    if flags:
        raise MalformedError("reserved flags")
    match kind:
        case Kind.CONNACK:
            return Answer(kind, _parse_connack(body))
        case Kind.PUBACK:
            # 3.4.2.1: success may be left out.
            return Answer(kind, _code(body, 2) if len(body) > 2 else _nothing(body, 2))  # noqa: PLR2004 (packet id)
        case Kind.PINGRESP:
            return Answer(kind, _nothing(body, 0))
        case Kind.DISCONNECT:
            return Answer(kind, _code(body, 0) if body else 0)
        case Kind.SUBACK:
            codes = _after_properties(body, 2)
            if len(codes) != 1:
                raise MalformedError("SUBACK")
            return Answer(kind, codes[0])
        case _:
            raise MalformedError("packet of a client")


def _parse_connack(body: bytes) -> int:
    if len(body) < 3 or body[0] > 1:  # noqa: PLR2004 (3.2.2; two bytes are MQTT 3)
        raise MalformedError("CONNACK")
    if _after_properties(body, 2):
        raise MalformedError("CONNACK")
    return body[1]


def _parse_publish(flags: int, body: bytes) -> Publish:
    if flags & _RESERVED_QOS == _RESERVED_QOS or len(body) < 2:  # noqa: PLR2004 (length of the topic)
        raise MalformedError("PUBLISH")
    end = 2 + int.from_bytes(body[:2], "big")
    topic, packet_id = body[2:end], None
    if flags & _RESERVED_QOS:
        packet_id = int.from_bytes(body[end : end + 2], "big")
        end += 2
    if len(body) < end:
        raise MalformedError("PUBLISH")
    return Publish(topic, _after_properties(body, end), packet_id, is_retained=bool(flags & 1))


def _code(body: bytes, at: int) -> int:
    if len(body) > at + 1 and _after_properties(body, at + 1):
        raise MalformedError("bytes behind the properties")
    return body[at]


def _nothing(body: bytes, length: int) -> int:
    if len(body) != length:
        raise MalformedError("length")
    return 0


def _after_properties(body: bytes, at: int) -> bytes:
    """Return what follows the properties that begin at `at` (2.2.2); they are skipped, not read."""
    length = 0
    for index, byte in enumerate(body[at : at + 4]):
        length |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 (1.5.5)
            end = at + index + 1 + length
            if end > len(body):
                break
            return body[end:]
    raise MalformedError("properties")


def _packet(kind: Kind, flags: int, body: bytes) -> bytes:
    return bytes([kind << 4 | flags]) + _sized(body)


def _sized(body: bytes) -> bytes:
    """Put the length in front, as a variable byte integer (1.5.5)."""
    length, encoded = len(body), bytearray()
    while True:
        length, low = divmod(length, 0x80)
        encoded.append(low | (0x80 if length else 0))
        if not length:
            return bytes(encoded) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded
