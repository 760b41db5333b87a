import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.snmp.ber import BerError, arcs, element, encode_oid, expect, integer, oid_text, signed, tlv, value
from tests.probes.agent import oid_bytes

ARCS = st.integers(0, 2**32 - 1)


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back(number: int) -> None:
    encoded = integer(number)

    assert signed(encoded, *expect(encoded, 0, len(encoded), 2)) == number


@given(st.integers(0, 2), st.integers(0, 39), st.lists(ARCS, max_size=126))
def test_oids_come_back(first: int, second: int, rest: list[int]) -> None:
    text = ".".join(map(str, (first, second, *rest)))

    assert oid_text(encode_oid(text)) == text
    assert encode_oid(text) == oid_bytes(text)


@pytest.mark.parametrize(
    "text", ["1.3.6.4294967296", "1.40.1", "3.1.1", "2.4294967216.1", "1.3" + ".1" * 127, "1.3.-1"]
)
def test_arcs_beyond_their_range_are_no_oid(text: str) -> None:
    with pytest.raises(ValueError, match="no OID"):
        encode_oid(text)


@given(st.binary(max_size=70_000 // 64))
def test_lengths_come_back(contents: bytes) -> None:
    encoded = tlv(4, contents)

    assert element(encoded, 0, len(encoded)) == (4, len(encoded) - len(contents), len(encoded))


@given(st.binary(max_size=64), st.integers(0, 64))
def test_any_bytes_are_an_element_within_bounds_or_an_error(data: bytes, at: int) -> None:
    try:
        _, start, stop = element(data, at, len(data))
    except BerError:
        return

    assert at < start <= stop <= len(data)


@given(st.integers(0, 255), st.binary(max_size=64))
def test_any_contents_are_a_value_or_an_error(tag: int, contents: bytes) -> None:
    try:
        found = value(contents, tag, 0, len(contents))
    except BerError:
        return

    assert found is None or isinstance(found, int | float | str | bytes)


@pytest.mark.parametrize(
    ("tag", "contents", "expected"),
    [
        (0x02, b"\xff\x85", -123),
        (0x41, b"\x00\xff\xff\xff\xff", 2**32 - 1),
        (0x41, b"\xff\xff\xff\xff", 2**32 - 1),
        (0x42, b"\x80", 128),
        (0x46, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (0x40, bytes([127, 0, 0, 1]), "127.0.0.1"),
        (0x40, b"\x01", b"\x01"),
        (0x06, encode_oid("1.3.6.1.4.1.9"), "1.3.6.1.4.1.9"),
        (0x04, b"\x00\xffx", b"\x00\xffx"),
        (0x44, b"\x9f\x78\x04" + struct.pack(">f", 1.5), 1.5),
        (0x44, b"\x9f\x79\x08" + struct.pack(">d", -2.25), -2.25),
        (0x44, b"\x9f\x78", b"\x9f\x78"),
        (0x05, b"", None),
        (0x80, b"", None),
        (0x81, b"", None),
        (0x82, b"", None),
    ],
)
def test_each_type_has_its_value(tag: int, contents: bytes, expected: object) -> None:
    assert value(contents, tag, 0, len(contents)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x89" + b"\x01" * 9,
        b"\x30\x81",
        b"\x04\x02x",
        b"\x30\x82\x01",
    ],
)
def test_absurd_lengths_are_errors(data: bytes) -> None:
    with pytest.raises(BerError):
        element(data, 0, len(data))


@pytest.mark.parametrize(
    "contents", [b"\x2b\x80", b"\xff" * 60_000, b"\x01" * 129, b"\x2b\x9f\xff\xff\xff\x7f"]
)
def test_absurd_oids_are_errors(contents: bytes) -> None:
    with pytest.raises(BerError):
        arcs(contents)


@pytest.mark.parametrize("tag", [0x02, 0x41, 0x46])
@pytest.mark.parametrize("octets", [0, 10, 60_000])
def test_absurd_numbers_are_errors(tag: int, octets: int) -> None:
    with pytest.raises(BerError):
        value(b"\x01" * octets, tag, 0, octets)
