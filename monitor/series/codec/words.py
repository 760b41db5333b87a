"""The words of a chunk: each distinct combination once, as deflated text. No I/O.

Fields and records are divided by bytes that UTF-8 never has. Deflate starts from the words that most chunks have
(_KNOWN), so that these cost a few bytes. Raw deflate: RFC 1951; preset dictionary: zlib's deflateSetDictionary.
"""

import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from probes.reading import FailureReason

MOST_BYTES: Final = 2**22
"""Most text of one chunk; more is no chunk of ours."""
_MOST_FIELDS: Final = 2**20
"""All words of a chunk have at most so many parts: a small part may not become a large value."""

_RECORD, _FIELD, _FOLLOWS = b"\xff", b"\xfe", b"\xfd"
_ENCODING: Final = "utf-8", "surrogatepass"


class Words(NamedTuple):
    """What a result says in words. `names` are its metrics in order, `follows` tells which follow from the round trips."""

    vantage: str
    reason: FailureReason | None
    detail: str
    names: tuple[str, ...]
    follows: tuple[bool, ...]


_DIGITS_OF_LEVEL: Final = 9
_WINDOW: Final = -15
_MEMORY: Final = 6
"""Of deflate: 1 to 9. The text is short, and less memory is cleared sooner."""

# Frozen with the version of the chunk: what is written with it is read with it. The most frequent stands last.
_KNOWN: Final = _RECORD.join(
    _FIELD.join(part.encode() for part in line.split())
    for line in (
        "unreachable refused dns tls auth protocol unexpected_answer blocked local internal không tới được máy đích báo: mã",
        "main mcu_ports_used_ratio mcu_ports_used mcu_ports_total mcu_participants mcu_conferences",
        "main answer_s ups_on_battery ups_on_bypass ups_battery_low ups_charge_ratio ups_runtime_s ups_load_ratio ups_alarms",
        "main answer_s printer_no_paper printer_low_paper printer_no_toner printer_jammed printer_door_open printer_pages",
        "main stratum leap root_dispersion_s offset_s rtt_s",
        "main connect_s sip_status answer_s answer_most_s retransmissions",
        "main answers ttl_s answer_s",
        "main beat_age_s uptime_s disk_free_ratio",
        "main answer_s cpu_load_ratio memory_used_ratio disk_used_ratio temperature_celsius host_uptime_s",
        "main answer_s sys_uptime_s",
        "main out_error_ratio in_discard_ratio out_discard_ratio if_up speed_bps",
        "main sys_uptime_s rates_over_s in_bps out_bps in_use_ratio out_use_ratio in_line_ratio out_line_ratio in_error_ratio",
        "main interfaces_up interfaces_down worst_line_ratio worst_error_ratio worst_discard_ratio",
        "main dns_s connect_s tls_s greeting_s certificate_s certificate_lifetime_ratio",
        "main connect_s first_byte_s body_s total_s http_status body_bytes redirects",
    )
) + b"".join(
    _RECORD + _FIELD.join((b"main", reason, detail, *(_FOLLOWS + name.encode() for name in names.split())))
    for reason, detail, names in (
        (b"timeout", "5 gói không có trả lời trong 2 giây".encode(), "sent received loss_ratio"),
        (b"", b"", "sent received loss_ratio rtt_min_s rtt_p50_s rtt_p95_s rtt_max_s jitter_s"),
    )
)


def write_words(table: Iterable[Words]) -> bytes:
    """Return the table as bytes. ValueError when that is more than a chunk may have."""
    text = _RECORD.join(_record(words) for words in table)
    if not _is_bounded(text):
        raise ValueError("too much text for one chunk")
    deflate = zlib.compressobj(_DIGITS_OF_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=_KNOWN)
    return deflate.compress(text) + deflate.flush()


def read_words(data: bytes) -> list[Words]:
    """Return the table. ValueError or zlib.error when the bytes are none."""
    inflate = zlib.decompressobj(_WINDOW, zdict=_KNOWN)
    text = inflate.decompress(data, MOST_BYTES)
    if not inflate.eof or inflate.unused_data:
        raise ValueError("the text does not end where it should")
    if not _is_bounded(text):
        raise ValueError("the text has too many parts")
    return [_words(record) for record in text.split(_RECORD)]


def _is_bounded(text: bytes) -> bool:
    return len(text) <= MOST_BYTES and text.count(_FIELD) + text.count(_RECORD) <= _MOST_FIELDS


def _record(words: Words) -> bytes:
    names = (
        _FOLLOWS + name.encode(*_ENCODING) if follows else name.encode(*_ENCODING)
        for name, follows in zip(words.names, words.follows, strict=True)
    )
    reason = "" if words.reason is None else words.reason.value
    return _FIELD.join(
        (words.vantage.encode(*_ENCODING), reason.encode(), words.detail.encode(*_ENCODING), *names)
    )


def _words(record: bytes) -> Words:
    vantage, reason, detail, *names = record.split(_FIELD)
    return Words(
        vantage.decode(*_ENCODING),
        FailureReason(reason.decode()) if reason else None,
        detail.decode(*_ENCODING),
        tuple(name.removeprefix(_FOLLOWS).decode(*_ENCODING) for name in names),
        tuple(name.startswith(_FOLLOWS) for name in names),
    )
