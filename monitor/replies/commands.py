"""Commands from a chat: Vietnamese with or without diacritics, in any case, as people type them at night. Pure."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from alerts.messages.plain import clean
from alerts.model.incident import CauseKind, Side
from monitor.replies.codes import WrittenCode, read_code

T = TypeVar("T")

TEXT_LIMIT: Final = 500
"""UTF-16 units of a note."""
MOST_CHARACTERS: Final = 2_000
"""More is no command."""


@dataclass(frozen=True, slots=True)
class Take:
    """NHAN [mã] [ghi chú]. Without a code: the only open incident."""

    code: WrittenCode | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """BO NHAN <mã>."""

    code: WrittenCode | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """GHI CHU <mã> <nội dung>."""

    code: WrittenCode
    text: str


@dataclass(frozen=True, slots=True)
class Mute:
    """IM <mã> <bao lâu> <lý do>."""

    code: WrittenCode
    for_s: float
    comment: str


@dataclass(frozen=True, slots=True)
class Report:
    """BAO NHA MANG <mã> <số phiếu>."""

    code: WrittenCode
    ticket: str


@dataclass(frozen=True, slots=True)
class Judge:
    """NGUYEN NHAN <mã> <loại> [bên] [ghi chú]."""

    code: WrittenCode
    kind: CauseKind
    side: Side | None = None
    """None: the usual one of the cause."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """TRANG THAI [xã]."""

    place: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """TRO GIUP."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not understood; `hint` says what to type."""

    hint: str


Command = Take | Release | Remark | Mute | Report | Judge | Ask | Help | Unclear

HELP: Final = """Trả lời bằng một dòng, có dấu hay không dấu đều được:
NHẬN <mã> [ghi chú]: nhận xử lý
BỎ NHẬN <mã>: trả lại
GHI CHÚ <mã> <nội dung>
IM <mã> <2h> <lý do>: tạm ngưng thông báo
BÁO NHÀ MẠNG <mã> <số phiếu>
NGUYÊN NHÂN <mã> <loại>: đường truyền, nguồn điện, thiết bị, phần mềm, trung ương, bảo trì, thiên tai, khác
TRẠNG THÁI [xã]
Mã viết đủ (SC-2026-1187) hoặc chỉ số cuối (1187)."""

_VERBS: Final[Mapping[tuple[str, ...], str]] = {
    tuple(words.split()): verb
    for verb, spellings in {
        "NHẬN <mã>": ("nhan", "nhan xu ly", "ack"),
        "BỎ NHẬN <mã>": ("bo nhan", "tra lai", "unack"),
        "GHI CHÚ <mã> <nội dung>": ("ghi chu", "note"),
        "IM <mã> <2h> <lý do>": ("im", "tam im", "tat bao", "mute"),
        "BÁO NHÀ MẠNG <mã> <số phiếu>": ("bao nha mang", "bao mang"),
        "NGUYÊN NHÂN <mã> <loại>": ("nguyen nhan",),
        "TRẠNG THÁI [xã]": ("trang thai", "status"),
        "TRỢ GIÚP": ("tro giup", "help", "?"),
    }.items()
    for words in spellings
}
_KINDS: Final[Mapping[str, CauseKind]] = {
    "duong truyen": CauseKind.LINE,
    "cap quang": CauseKind.LINE,
    "nguon dien": CauseKind.POWER,
    "mat dien": CauseKind.POWER,
    "dien": CauseKind.POWER,
    "nguon": CauseKind.POWER,
    "thiet bi": CauseKind.DEVICE,
    "phan mem": CauseKind.SOFTWARE,
    "he thong trung uong": CauseKind.CENTRAL,
    "trung uong": CauseKind.CENTRAL,
    "bao tri": CauseKind.MAINTENANCE,
    "thien tai": CauseKind.DISASTER,
    "khac": CauseKind.OTHER,
}
_SIDES: Final[Mapping[str, Side]] = {
    "trung uong": Side.CENTRAL,
    "doanh nghiep": Side.ENTERPRISE,
    "nha mang": Side.ENTERPRISE,
    "dia phuong": Side.LOCAL,
    "khach quan": Side.OBJECTIVE,
}
_UNITS_S: Final[Mapping[str, float]] = {
    **dict.fromkeys(("p", "ph", "phut", "m", "min"), 60.0),
    **dict.fromkeys(("h", "g", "gio"), 3_600.0),
    **dict.fromkeys(("d", "ngay"), 86_400.0),
}
_DURATION: Final = re.compile(r"(\d{1,4})\s?([a-z]+)(?:(\d{1,2})p?)?")
_GLUED: Final = re.compile(r"(nhan|im)(#?\d.*|sc-.*)")
_MENTION_WORDS: Final = 6


def fold(text: str) -> str:
    """Return `text` as one would type it without diacritics, in small letters."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.lower().replace("đ", "d")


def parse(text: str) -> Command:
    """Return what a message asks for."""
    if len(text) > MOST_CHARACTERS:
        return Unclear("Tin quá dài. Gõ TRỢ GIÚP để xem cách viết.")
    words = _split(text)
    folded = [fold(word).strip(":,.!;\"'“”") or fold(word) for word in words]
    start, length = _find_verb(folded, is_mention=text.lstrip().startswith("@"))
    if not length:
        return _near_miss(folded)
    verb = _VERBS[tuple(folded[start : start + length])]
    rest = words[start + length :]
    return _READERS[verb.partition(" <")[0].partition(" [")[0]](rest)


def is_talk(command: Command) -> bool:
    """Whether it may as well be said to somebody else: "nhận được rồi, cảm ơn" takes nothing."""
    match command:
        case Unclear():
            return True
        case Take(code=None, note=note) | Release(code=None, note=note):
            return bool(note)
        case _:
            return False


def _split(text: str) -> list[str]:
    words = clean(text, MOST_CHARACTERS).split()
    if words and (glued := _GLUED.fullmatch(fold(words[0]))):
        words[:1] = [glued[1], words[0][len(glued[1]) :]]
    return words


def _find_verb(folded: Sequence[str], *, is_mention: bool) -> tuple[int, int]:
    """Return where the verb begins and its words; 0 words when there is none. A mention of the bot may stand first."""
    starts = range(1)
    if is_mention:
        starts = range(_MENTION_WORDS + 1)
    for start in starts:
        for length in (3, 2, 1):
            if tuple(folded[start : start + length]) in _VERBS:
                return start, length
    return 0, 0


def _near_miss(folded: Sequence[str]) -> Unclear:
    for length in (3, 2, 1):
        said = " ".join(folded[:length])
        close = difflib.get_close_matches(said, [" ".join(words) for words in _VERBS], n=1, cutoff=0.75)
        if close:
            return Unclear(f"Chưa hiểu. Có phải: {_VERBS[tuple(close[0].split())]}?")
    return Unclear("Chưa hiểu. Gõ TRỢ GIÚP để xem cách viết.")


def _code_and_rest(words: Sequence[str]) -> tuple[WrittenCode | None, list[str]]:
    code = read_code(fold(words[0])) if words else None
    return code, list(words[1:] if code is not None else words)


def _text(words: Sequence[str]) -> str:
    return clean(" ".join(words), TEXT_LIMIT)


def _take(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    return Take(code, _text(rest))


def _release(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    return Release(code, _text(rest))


def _remark(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    if code is None or not rest:
        return Unclear("Viết: GHI CHÚ <mã> <nội dung>, ví dụ: GHI CHÚ 1187 đã gọi xã, có điện")
    return Remark(code, _text(rest))


def _mute(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    for_s, used = _duration(rest)
    comment = _text(rest[used:])
    if code is None or not for_s or not comment:
        return Unclear("Viết: IM <mã> <bao lâu> <lý do>, ví dụ: IM 1187 2h thay nguồn")
    return Mute(code, for_s, comment)


def _duration(words: Sequence[str]) -> tuple[float, int]:
    """Return seconds and how many words say them; 0 when there is no duration."""
    for length in (1, 2):
        found = _DURATION.fullmatch(fold(" ".join(words[:length])).rstrip(",:"))
        unit_s = _UNITS_S.get(found[2]) if found else None
        if found is not None and unit_s is not None and len(words) >= length:
            minutes = int(found[3] or 0) if unit_s == _UNITS_S["h"] else 0
            return int(found[1]) * unit_s + minutes * 60, length
    return 0.0, 0


def _report(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    if code is None or not rest:
        return Unclear("Viết: BÁO NHÀ MẠNG <mã> <số phiếu>, ví dụ: BÁO NHÀ MẠNG 1187 VNPT-55021")
    return Report(code, clean(" ".join(rest), 60))


def _judge(words: Sequence[str]) -> Command:
    code, rest = _code_and_rest(words)
    kind, used = _phrase(rest, _KINDS)
    if code is None or kind is None:
        return Unclear(
            "Viết: NGUYÊN NHÂN <mã> <loại>; loại là đường truyền, nguồn điện, thiết bị, phần mềm, trung ương, "
            "bảo trì, thiên tai hoặc khác"
        )
    side, more = _phrase(rest[used:], _SIDES)
    return Judge(code, kind, side, _text(rest[used + more :]))


def _phrase(words: Sequence[str], known: Mapping[str, T]) -> tuple[T | None, int]:
    for length in (4, 3, 2, 1):
        found = known.get(" ".join(fold(word).strip(":,.;") for word in words[:length]))
        if found is not None and len(words) >= length:
            return found, length
    return None, 0


def _ask(words: Sequence[str]) -> Command:
    return Ask(clean(" ".join(words), 80))


def _help(_words: Sequence[str]) -> Command:
    return Help()


_READERS: Final = {
    "NHẬN": _take,
    "BỎ NHẬN": _release,
    "GHI CHÚ": _remark,
    "IM": _mute,
    "BÁO NHÀ MẠNG": _report,
    "NGUYÊN NHÂN": _judge,
    "TRẠNG THÁI": _ask,
    "TRỢ GIÚP": _help,
}
