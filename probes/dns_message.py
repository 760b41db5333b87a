"""DNS messages: one question out, one message in (RFC 1035 4). No clock, no I/O.

c-ares would hide what the `dns` probe is asked to tell: it repeats a question by itself, answers from a cache of its own,
and makes one error of a broken answer and of none. `dig @127.0.0.1 example.vn SOA` produces the traffic.
"""

import ipaddress
import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from probes.datagram import UnreadableError

RECORDS_MAX = 1_000
"""Records that are read of one message; those behind are ignored."""

_HEADER = struct.Struct("!HHHHHH")
_QUESTION_END = struct.Struct("!HH")
_RECORD_END = struct.Struct("!HHIH")
_SOA_NUMBERS = struct.Struct("!IIIII")
_IN = 1
_PLAIN_LABEL = re.compile(rb"[!-\-/-\[\]-~]*")  # printable, without space, dot and backslash
_NAME_BYTES = 255
_LABEL_BYTES = 63
_POINTERS_MAX = 127  # as many as a name can have labels
_POINTER = 0xC0
_POINTER_BITS = 0x3FFF
_RESPONSE, _AUTHORITATIVE, _TRUNCATED, _RECURSION_DESIRED = 0x8000, 0x0400, 0x0200, 0x0100
_RCODE_BITS = 0x000F


class RecordType(IntEnum):
    """Types of records that can be asked for (RFC 1035 3.2.2, RFC 3596)."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28


class Question(NamedTuple):
    """What is asked of class IN. `name` is as in `Record`."""

    name: str
    type: int


class Record(NamedTuple):
    """One record. Names are lower case without the last dot, the root is "."; `type` may be one we do not know."""

    name: str
    type: int
    ttl_s: int
    text: str
    """The data as in a zone file: `10 mail.example.vn`; the bare text of TXT; empty for types that we do not know."""


@dataclass(frozen=True, slots=True)
class Message:
    """A response. `question` is None when it has none or several; `answers` is empty when it is truncated."""

    id: int
    question: Question | None
    rcode: int
    is_authoritative: bool
    is_truncated: bool
    answers: tuple[Record, ...]


def encode_question(message_id: int, question: Question, *, wants_recursion: bool) -> bytes:
    """Return a query; ValueError when the name cannot be one."""
    flags = _RECURSION_DESIRED if wants_recursion else 0
    name = encode_name(question.name)
    return _HEADER.pack(message_id, flags, 1, 0, 0, 0) + name + _QUESTION_END.pack(question.type, _IN)


def encode_name(name: str) -> bytes:
    """Return the labels of an ASCII name with or without its last dot; ValueError when it cannot be one."""
    plain = name.removesuffix(".")
    labels = [label.encode("ascii") for label in plain.split(".")] if plain else []
    encoded = b"".join(bytes([len(label)]) + label for label in labels if len(label) <= _LABEL_BYTES) + b"\0"
    if not all(0 < len(label) <= _LABEL_BYTES for label in labels) or len(encoded) > _NAME_BYTES:
        raise ValueError(f"not a domain name: {name!r}")
    return encoded


def decode(data: bytes) -> Message | None:
    """Read a response, or None when the message is none (a query); UnreadableError when it is no DNS message."""
    try:
        message_id, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
        if not flags & _RESPONSE:
            return None
        reader = _Reader(data)
        position = _HEADER.size
        question = None
        for _ in range(min(questions, RECORDS_MAX)):
            name, position = reader.name(position)
            of_type, of_class = _QUESTION_END.unpack_from(data, position)
            position += _QUESTION_END.size
            if questions == 1 and of_class == _IN:
                question = Question(name, of_type)
        records = []
        # RFC 2181 9: the records of a truncated message are not to be used.
        for _ in range(0 if flags & _TRUNCATED else min(answers, RECORDS_MAX)):
            record, position = reader.record(position)
            records.append(record)
    except struct.error:
        raise UnreadableError("câu trả lời DNS bị cắt giữa chừng") from None
    return Message(
        message_id,
        question,
        flags & _RCODE_BITS,
        bool(flags & _AUTHORITATIVE),
        bool(flags & _TRUNCATED),
        tuple(records),
    )


class _Reader:
    """Reads names and records of one message. What a pointer leads to is read once, however often it is met."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._tails: dict[int, tuple[tuple[str, ...], int]] = {}

    def record(self, position: int) -> tuple[Record, int]:
        """Return the record at `position` and where what follows it starts."""
        name, position = self.name(position)
        of_type, _, ttl_s, size = _RECORD_END.unpack_from(self._data, position)
        start = position + _RECORD_END.size
        end = start + size
        if end > len(self._data):
            raise UnreadableError("câu trả lời DNS bị cắt giữa chừng")
        text, after = self._text(of_type, start, end)
        if after != end:
            raise UnreadableError("bản ghi DNS sai độ dài")
        # RFC 2181 8: a TTL with the top bit set is taken as 0.
        return Record(name, of_type, ttl_s if ttl_s < 1 << 31 else 0, text), end

    def _text(self, of_type: int, start: int, end: int) -> tuple[str, int]:
        """Return the data of a record as text, and where it really ends."""
        data = self._data
        match of_type:
            case RecordType.A:
                text, after = str(ipaddress.IPv4Address(data[start : start + 4].ljust(4, b"\0"))), start + 4
            case RecordType.AAAA:
                text, after = (
                    str(ipaddress.IPv6Address(data[start : start + 16].ljust(16, b"\0"))),
                    start + 16,
                )
            case RecordType.NS | RecordType.CNAME | RecordType.PTR:
                text, after = self.name(start)
            case RecordType.MX:
                name, after = self.name(start + 2)
                text = f"{int.from_bytes(data[start : start + 2], 'big')} {name}"
            case RecordType.SOA:
                primary, after = self.name(start)
                mailbox, after = self.name(after)
                text = " ".join((primary, mailbox, *map(str, _SOA_NUMBERS.unpack_from(data, after))))
                after += _SOA_NUMBERS.size
            case RecordType.TXT:
                text, after = _character_strings(data, start, end)
            case _:
                text, after = "", end
        return text, after

    def name(self, position: int) -> tuple[str, int]:
        """Return the name at `position` and where what follows it starts.

        A pointer must lead to before the part it ends, as RFC 1035 4.1.4 means by "a prior occurrence": so no chain of
        pointers can be a loop.
        """
        data = self._data
        labels: list[str] = []
        jumps: list[tuple[int, int, int]] = []
        size = 0
        after: int | None = None
        part_start = position
        while length := data[position] if position < len(data) else _POINTER - 1:
            if length >= _POINTER:
                to = int.from_bytes(data[position : position + 2], "big") & _POINTER_BITS
                after = position + 2 if after is None else after
                if to >= part_start or len(jumps) == _POINTERS_MAX:
                    raise UnreadableError("tên trong câu trả lời DNS trỏ vòng")
                tail = self._tails.get(to)
                if tail is not None:
                    labels += tail[0]
                    size += tail[1]
                    break
                jumps.append((to, len(labels), size))
                position = part_start = to
                continue
            label = data[position + 1 : position + 1 + length]
            position += 1 + length
            size += 1 + length
            if len(label) != length or length > _LABEL_BYTES or size >= _NAME_BYTES:
                raise UnreadableError("tên trong câu trả lời DNS bị cắt hoặc quá dài")
            labels.append(_label_text(label))
        if size >= _NAME_BYTES:
            raise UnreadableError("tên trong câu trả lời DNS bị cắt hoặc quá dài")
        for to, first_label, size_before in jumps:
            self._tails[to] = tuple(labels[first_label:]), size - size_before
        return ".".join(labels) or ".", position + 1 if after is None else after


def _character_strings(data: bytes, position: int, end: int) -> tuple[str, int]:
    """Return the strings of a TXT record as one text: how SPF and DKIM read them (RFC 7208 3.3)."""
    parts = []
    while position < end:
        after = position + 1 + data[position]
        parts.append(data[position + 1 : after])
        position = after
    return b"".join(parts).decode("utf-8", "replace"), position


def _label_text(label: bytes) -> str:
    """Write a label as in a zone file (RFC 1035 5.1), lower case: no plain character is a backslash and its number."""
    if _PLAIN_LABEL.fullmatch(label):
        return label.decode("ascii").lower()
    return "".join(
        chr(byte) if _PLAIN_LABEL.fullmatch(bytes([byte])) else f"\\{byte:03d}" for byte in label.lower()
    )
