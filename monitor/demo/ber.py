"""The little of BER that an SNMP agent needs (X.690; RFC 3417 section 8 restricts it). Pure: no I/O.

Values are (tag, content) pairs; lengths are definite. Anything malformed raises BerError.
"""

from collections.abc import Iterable, Iterator

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
COUNTER32 = 0x41
GAUGE32 = 0x42
TIME_TICKS = 0x43
COUNTER64 = 0x46

Oid = tuple[int, ...]
_LONG_FORM = 0x80


class BerError(ValueError):
    """The bytes are not BER of the shape expected."""


def encode(tag: int, content: bytes) -> bytes:
    """Return one TLV."""
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(size))) + size + content


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """Return an INTEGER, or another integer type such as TimeTicks, in as few octets as it needs."""
    return encode(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(oid: Oid) -> bytes:
    """Return an OBJECT IDENTIFIER of at least two numbers."""
    content = bytearray(_base_128(oid[0] * 40 + oid[1]))
    for number in oid[2:]:
        content += _base_128(number)
    return encode(OBJECT_IDENTIFIER, bytes(content))


def encode_sequence(parts: Iterable[bytes], tag: int = SEQUENCE) -> bytes:
    """Return a SEQUENCE, or a PDU when `tag` says so."""
    return encode(tag, b"".join(parts))


def decode(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the TLVs that make up `content`."""
    position = 0
    while position < len(content):
        if position + 2 > len(content):
            raise BerError("cut short")
        tag, length = content[position], content[position + 1]
        position += 2
        if length >= _LONG_FORM:
            size = length - _LONG_FORM
            length = int.from_bytes(content[position : position + size], "big")
            position += size
        if position + length > len(content):
            raise BerError("longer than its container")
        yield tag, content[position : position + length]
        position += length


def decode_one(content: bytes, tag: int) -> bytes:
    """Return the content of the first TLV, which must have this tag."""
    for found, inner in decode(content):
        if found == tag:
            return inner
        break
    raise BerError(f"expected tag {tag:#x}")


def decode_oid(content: bytes) -> Oid:
    """Return the numbers of an OBJECT IDENTIFIER's content."""
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if octet < _LONG_FORM:
            numbers.append(number)
            number = 0
    if not numbers:
        raise BerError("empty object identifier")
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - first * 40, *numbers[1:])


def _base_128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(number & 0x7F | _LONG_FORM)
    return bytes(reversed(octets))
