import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.datagram import UnreadableError
from probes.dns_message import (
    RECORDS_MAX,
    Message,
    Question,
    Record,
    RecordType,
    decode,
    encode_name,
    encode_question,
)

HEADER = struct.Struct("!HHHHHH")
LABELS = st.text(st.sampled_from("abcxyz0189-_"), min_size=1, max_size=63)
NAMES = st.lists(LABELS, min_size=1, max_size=8).map(".".join).filter(lambda name: len(name) <= 253)


def message(records: bytes, *, count: int = 1, flags: int = 0x8400) -> bytes:
    """Return a response about example.vn SOA; the name is at byte 12."""
    question = encode_name("example.vn") + struct.pack("!HH", RecordType.SOA, 1)
    return HEADER.pack(7, flags, 1, count, 0, 0) + question + records


def record(of_type: int, content: bytes, *, name: bytes = b"\xc0\x0c", ttl_s: int = 60) -> bytes:
    return name + struct.pack("!HHIH", of_type, 1, ttl_s, len(content)) + content


def only(data: bytes) -> Record:
    decoded = decode(data)
    assert decoded is not None
    (found,) = decoded.answers
    return found


@given(NAMES, st.sampled_from(RecordType), st.integers(0, 0xFFFF))
def test_a_question_comes_back_from_its_own_answer(name: str, of_type: RecordType, message_id: int) -> None:
    query = encode_question(message_id, Question(name, of_type), wants_recursion=True)
    answer = query[:2] + b"\x80\x00" + query[4:]

    assert decode(query) is None
    assert decode(answer) == Message(
        message_id,
        Question(name, of_type),
        rcode=0,
        is_authoritative=False,
        is_truncated=False,
        answers=(),
    )


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_unreadable(data: bytes) -> None:
    with suppress(UnreadableError):
        decode(data)


@given(st.data(), st.binary(min_size=1, max_size=30))
def test_a_spoilt_answer_is_a_message_or_unreadable(data: st.DataObject, noise: bytes) -> None:
    mail = record(RecordType.MX, b"\x00\x0a\x04mail\xc0\x0c")
    whole = message(mail + record(RecordType.TXT, b"\x05v=abc") + record(RecordType.SOA, bytes(22)), count=3)
    at = data.draw(st.integers(2, len(whole)))
    spoilt = whole[:at] + noise + whole[at + len(noise) :]
    try:
        decoded = decode(spoilt)
    except UnreadableError:
        return
    assert decoded is None or len(decoded.answers) <= RECORDS_MAX


@pytest.mark.parametrize(
    ("of_type", "content", "text"),
    [
        (RecordType.A, bytes([10, 51, 7, 1]), "10.51.7.1"),
        (RecordType.AAAA, bytes(15) + b"\x01", "::1"),
        (RecordType.NS, b"\x02NS\xc0\x0c", "ns.example.vn"),
        (RecordType.CNAME, b"\xc0\x0c", "example.vn"),
        (RecordType.PTR, b"\0", "."),
        (RecordType.MX, b"\x00\x0a\x04mail\xc0\x0c", "10 mail.example.vn"),
        (RecordType.TXT, b"\x03abc\x02de", "abcde"),
        (RecordType.TXT, "\x07Quảng".encode(), "Quảng"),
        (
            RecordType.SOA,
            b"\xc0\x0c\x04root\xc0\x0c" + struct.pack("!5I", 2026010203, 1, 2, 3, 4),
            "example.vn root.example.vn 2026010203 1 2 3 4",
        ),
        (RecordType.CNAME, b"\x04a.\\\x00\x00", "a\\046\\092\\000"),
        (99, b"whatever", ""),
    ],
)
def test_records_are_read_as_in_a_zone_file(of_type: int, content: bytes, text: str) -> None:
    assert only(message(record(of_type, content))) == Record("example.vn", of_type, 60, text)


@pytest.mark.parametrize(
    "records",
    [
        record(RecordType.CNAME, b"\xc0\x28"),  # to itself
        record(RecordType.CNAME, b"\x01a\xc0\x28"),  # to its own start
        record(RecordType.CNAME, b"\xc0\xff"),  # forwards
        record(RecordType.CNAME, b"\x40" + b"a" * 64 + b"\0"),  # a label of 64
        record(RecordType.CNAME, (b"\x3f" + b"a" * 63) * 4 + b"\0"),  # a name of 257
        record(RecordType.CNAME, (b"\x3f" + b"a" * 63) * 3 + b"\x3c" + b"a" * 60 + b"\xc0\x0c"),  # by pointer
        record(RecordType.A, b"\x01\x02\x03"),
        record(RecordType.AAAA, bytes(17)),
        record(RecordType.MX, b"\0"),
        record(RecordType.MX, b"\x00\x0a\x04mail\xc0\x0c!"),
        record(RecordType.TXT, b"\x09short"),
        record(RecordType.SOA, bytes(21)),
        record(RecordType.A, bytes(4))[:-1],
        b"\xc0",
        b"",
    ],
)
def test_what_breaks_the_bounds_is_unreadable(records: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(message(records))


def test_a_name_may_have_255_bytes() -> None:
    longest = b"\x3f" + b"a" * 63
    name = longest * 3 + b"\x3d" + b"a" * 61 + b"\0"

    assert len(name) == 255
    assert len(only(message(record(RecordType.CNAME, name))).text) == 253


def test_the_records_of_a_truncated_answer_are_not_used() -> None:
    decoded = decode(message(b"\xc0", count=50, flags=0x8600))

    assert decoded is not None
    assert decoded.is_truncated
    assert decoded.answers == ()


def test_no_more_than_a_thousand_records_are_read() -> None:
    decoded = decode(message(record(RecordType.A, bytes(4)) * 1_500, count=1_500))

    assert decoded is not None
    assert len(decoded.answers) == RECORDS_MAX


def test_a_life_of_more_than_68_years_is_none() -> None:
    assert only(message(record(RecordType.A, bytes(4), ttl_s=1 << 31))).ttl_s == 0


@pytest.mark.alone
def test_an_answer_made_to_be_slow_to_read_is_read_quickly() -> None:
    start = 39  # where the content of a first record without name starts
    chain, last = b"\x01a\0", start
    for _ in range(125):
        pointer = struct.pack("!H", 0xC000 | last)
        last = start + len(chain)
        chain += b"\x01a" + pointer
    deepest = struct.pack("!H", 0xC000 | last)
    first = record(99, chain, name=b"\0")
    data = message(
        first + record(RecordType.SOA, deepest * 2 + bytes(20), name=deepest) * 999, count=RECORDS_MAX
    )

    started_at = time.process_time()
    decoded = decode(data)

    assert time.process_time() - started_at < 0.25  # 0.02 s; 0.9 s when every pointer is followed
    assert decoded is not None
    assert decoded.answers[-1].name == ".".join("a" * 126)


@pytest.mark.parametrize("name", ["a..b", ".a", "x" * 64, ".".join(["abc"] * 64), "é.vn"])
def test_what_cannot_be_a_name_is_not_encoded(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_name(name)
