"""The part of BER (ITU-T X.690) that SNMP uses (RFC 3417 8): definite lengths, nothing nested unless asked for.

Decoding never reads outside the given bounds, never recurses and raises nothing but BerError. No I/O.
"""

import ipaddress
import struct
from functools import lru_cache

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
_IP_ADDRESS, _OPAQUE, _COUNTER64 = 0x40, 0x44, 0x46
_UNSIGNED = frozenset({0x41, 0x42, 0x43, 0x47})  # Counter32, Gauge32, TimeTicks, UInteger32
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82

_LONG = 0x80
_MOST_LENGTH_OCTETS = 4
_MOST_INTEGER_OCTETS = 9  # an unsigned 64-bit number with its sign octet
_MOST_ARCS = 128  # RFC 2578 3.5
_MOST_OID_OCTETS = _MOST_ARCS * 5
_MOST_ARC = 0xFFFF_FFFF
_MOST_ROOT, _ARCS_A_ROOT = 2, 40  # X.690 8.19.4: the first two arcs are written as one number
_OPAQUE_FLOAT, _OPAQUE_DOUBLE = b"\x9f\x78\x04", b"\x9f\x79\x08"  # net-snmp's Opaque-wrapped numbers


class BerError(ValueError):
    """Bytes that are not BER, or not where SNMP has them."""


def tlv(tag: int, contents: bytes) -> bytes:
    """Encode one element."""
    length = len(contents)
    if length < _LONG:
        return bytes((tag, length)) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(octets))) + octets + contents


def integer(number: int) -> bytes:
    """Encode an INTEGER."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


@lru_cache(maxsize=16_384)
def encode_oid(text: str) -> bytes:
    """Return the contents octets of an OID in dotted text; ValueError when it is none."""
    first, second, *rest = (int(arc) for arc in text.split("."))
    if first > _MOST_ROOT or (first < _MOST_ROOT and second >= _ARCS_A_ROOT) or len(rest) > _MOST_ARCS - 2:
        raise ValueError(f"no OID: {text}")
    octets = bytearray()
    for arc in (first * _ARCS_A_ROOT + second, *rest):
        if not 0 <= arc <= _MOST_ARC:
            raise ValueError(f"no OID: {text}")
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | _LONG)
        octets += bytes(reversed(septets))
    return bytes(octets)


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and end of the contents of the element at `at`, which must end by `end`."""
    try:
        tag, length = data[at], data[at + 1]
    except IndexError:
        raise BerError("cut off") from None
    start = at + 2
    if length >= _LONG:
        octets = length & 0x7F
        if not 1 <= octets <= _MOST_LENGTH_OCTETS:
            raise BerError("indefinite or absurd length")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise BerError("longer than what holds it")
    return tag, start, start + length


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Return start and end of the contents of the element at `at`, which must have this tag."""
    found, start, stop = element(data, at, end)
    if found != tag:
        raise BerError("another type than expected")
    return start, stop


def signed(data: bytes, start: int, stop: int) -> int:
    """Decode the contents of an INTEGER."""
    if not 1 <= stop - start <= _MOST_INTEGER_OCTETS:
        raise BerError("absurd number")
    return int.from_bytes(data[start:stop], "big", signed=True)


def arcs(contents: bytes) -> tuple[int, ...]:
    """Decode subidentifiers; of a whole OID the first one stands for two arcs."""
    if len(contents) > _MOST_OID_OCTETS:
        raise BerError("absurd OID")
    found: list[int] = []
    value = 0
    for octet in contents:
        value = value << 7 | octet & 0x7F
        if octet < _LONG:
            if value > _MOST_ARC:
                raise BerError("absurd arc")
            found.append(value)
            value = 0
    if (contents and contents[-1] >= _LONG) or len(found) > _MOST_ARCS:
        raise BerError("absurd OID")
    return tuple(found)


def oid_text(contents: bytes) -> str:
    """Return an OID as dotted text; BerError for what `encode_oid` would not take."""
    first, *rest = arcs(contents) or (0,)
    if len(rest) > _MOST_ARCS - 2:  # the first stands for two
        raise BerError("absurd OID")
    root = min(first // _ARCS_A_ROOT, _MOST_ROOT)
    return ".".join(map(str, (root, first - root * _ARCS_A_ROOT, *rest)))


def value(  # noqa: PLR0911 (one return for each type)
    data: bytes, tag: int, start: int, stop: int
) -> int | float | str | bytes | None:
    """Decode a variable's value (RFC 3416 3); exceptions and NULL are None, unknown types their bytes."""
    if tag in _UNSIGNED:
        # Some agents forget the leading zero octet, so the sign bit means nothing.
        return _unsigned(data, start, stop) & 0xFFFF_FFFF
    if tag == OCTETS:
        return data[start:stop]
    if tag == INTEGER:
        return signed(data, start, stop)
    if tag == _COUNTER64:
        return _unsigned(data, start, stop) & 0xFFFF_FFFF_FFFF_FFFF
    if tag == OID:
        return oid_text(data[start:stop])
    if tag in {NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW}:
        return None
    contents = data[start:stop]
    if tag == _IP_ADDRESS and len(contents) == ipaddress.IPV4LENGTH // 8:
        return str(ipaddress.IPv4Address(contents))
    return _opaque(contents) if tag == _OPAQUE else contents


def _unsigned(data: bytes, start: int, stop: int) -> int:
    if not 1 <= stop - start <= _MOST_INTEGER_OCTETS:
        raise BerError("absurd number")
    return int.from_bytes(data[start:stop], "big")


def _opaque(contents: bytes) -> float | bytes:
    if contents.startswith(_OPAQUE_FLOAT) and len(contents) == 7:  # noqa: PLR2004 (three octets of type, four of number)
        return float(struct.unpack(">f", contents[3:])[0])
    if contents.startswith(_OPAQUE_DOUBLE) and len(contents) == 11:  # noqa: PLR2004 (three and eight)
        return float(struct.unpack(">d", contents[3:])[0])
    return contents
