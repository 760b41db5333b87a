"""What stands above and below the content: head, subject, opening sentence, recipients, sign block. Pure.

Layout NĐ 30/2020/NĐ-CP, Phụ lục I. Number, day and signature stay blank: only the office assigns them (Điều 15).
"""

import re
import unicodedata
from typing import Final

from monitor import official
from monitor.report import periods
from monitor.report.document.cells import clean
from monitor.report.document.model import Head, HeadStyle, Signature
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.settings.report import ReportSettings

GENERAL_BASIS: Final = "nhiệm vụ được giao về bảo đảm hạ tầng, đường truyền phục vụ vận hành mô hình chính quyền địa phương 02 cấp"
BLANK: Final = "\N{NO-BREAK SPACE}"
"""Room for a pen: no format folds these, as several blanks would be."""
_NUMBER_BLANK: Final = BLANK * 8
_DAY_BLANK: Final = BLANK * 5
_CITIES: Final = ("thành phố ", "tỉnh ")
_BODIES: Final = (
    "Ủy ban nhân dân",
    "Hội đồng nhân dân",
    "Ban Chấp hành",
    "Ban Thường vụ",
    "Ban Chỉ đạo",
    "Ban Quản lý",
    "Văn phòng",
    "Trung tâm",
    "Thanh tra",
    "Công an",
    "Đảng bộ",
    "Đảng ủy",
    "Chi bộ",
    "Chi cục",
    "Tỉnh ủy",
    "Thành ủy",
    "Ban",
    "Bộ",
    "Cục",
    "Sở",
)
"""Kinds of bodies, after which the name of the field begins with a capital: "Sở Khoa học và Công nghệ".

One may be of another: "Đảng ủy Sở Khoa học và Công nghệ".
"""
_LEVELS: Final = ("thành phố ", "đặc khu ", "phường ", "tỉnh ", "xã ")
"""What follows is the name of a place, every syllable with a capital."""
_SYLLABLE: Final = re.compile(r"[bcdđghklmnpqrstvx]{0,3}[aeiouy]{1,3}(?:[cmnpt]|ng|nh|ch)?,?")
"""Of the language, without marks; what is none is an abbreviation ("UBND", "CNTT", "KH&CN") and stays in capitals."""


def head(figures: Figures, settings: ReportSettings) -> Head:
    """Return the top of page 1."""
    is_party = settings.head == "party"
    joint = "-" if is_party else "/"
    return Head(
        style=HeadStyle.PARTY if is_party else HeadStyle.STATE,
        parent=clean(settings.parent or f"UBND {province(figures)}").upper(),
        issuer=clean(settings.issuer).upper(),
        number=f"Số{'' if is_party else ':'} {_NUMBER_BLANK}{joint}{clean(settings.number_code)}",
        place_and_date=f"{clean(settings.place or bare_province(figures))}, {blank_date(figures)}",
    )


def subject(figures: Figures) -> str:
    """Return the summary under the name of the document (trích yếu)."""
    return (
        "Kết quả giám sát hạ tầng số phục vụ vận hành mô hình chính quyền địa phương 02 cấp "
        f"{periods.name(figures.period, zone=figures.zone)} trên địa bàn {province(figures)}"
    )


def opening(figures: Figures, settings: ReportSettings, changes: Changes) -> str:
    """Return the sentence that says on what ground, by whom and of which days is reported."""
    basis = clean(changes.fields.get("legal_basis") or settings.legal_basis or GENERAL_BASIS).rstrip(" ,.;")
    span = periods.span(figures.period, zone=figures.zone, known_until_at=figures.known_until_at)
    return (
        f"Thực hiện {basis}, {issuer_in_sentence(figures, settings)} báo cáo kết quả giám sát hạ tầng số trên địa bàn "
        f"{province(figures)} {periods.name(figures.period, zone=figures.zone)} (số liệu tính {span}) như sau:"
    )


def closing(figures: Figures, settings: ReportSettings) -> str:
    """Return the last sentence, with the end mark."""
    return f"{issuer_in_sentence(figures, settings)} kính báo cáo./."


def addressees(settings: ReportSettings, changes: Changes) -> tuple[str, ...]:
    """Return to whom it is sent (Kính gửi)."""
    return _listed(changes, "addressees") or tuple(map(clean, settings.addressees))


def recipients(settings: ReportSettings, changes: Changes) -> tuple[str, ...]:
    """Return who gets a copy (Nơi nhận), without dashes and end marks."""
    return _listed(changes, "recipients") or tuple(map(clean, settings.recipients))


def signature(settings: ReportSettings, changes: Changes) -> Signature:
    """Return the sign block."""
    lines = _listed(changes, "signature") or tuple(map(clean, settings.signature))
    return Signature(lines, clean(changes.fields.get("signer") or settings.signer))


def attached_to(figures: Figures, settings: ReportSettings) -> str:
    """Return what stands under the title of each appendix."""
    joint = "-" if settings.head == "party" else "/"
    return (
        f"(Kèm theo Báo cáo số{_NUMBER_BLANK}{joint}{clean(settings.number_code)} {blank_date(figures)} "
        f"của {issuer_in_sentence(figures, settings)})"
    )


def blank_date(figures: Figures) -> str:
    """Return the date with room for the day: "ngày     tháng 12 năm 2026", of the day after the period."""
    after = periods.day_after(figures.period, zone=figures.zone)
    return f"ngày{_DAY_BLANK}tháng {official.month(after.month)} năm {after.year}"


def province(figures: Figures) -> str:
    """Name the province within a sentence: "tỉnh Quảng Ngãi", "thành phố Đà Nẵng"."""
    name = clean(figures.province)
    kind = next((kind for kind in _CITIES if name.casefold().startswith(kind)), "")
    return f"{kind}{name[len(kind) :]}" if kind else f"tỉnh {name}"


def bare_province(figures: Figures) -> str:
    """Name the province as in the place of a letter: "Quảng Ngãi"."""
    return province(figures).partition(" ")[2].removeprefix("phố ")


def issuer_in_sentence(figures: Figures, settings: ReportSettings) -> str:
    """Write the issuer's name as within text: "Sở Khoa học và Công nghệ"; one that is not all capitals stays."""
    name = clean(settings.issuer)
    return _sentence_case(name, bare_province(figures)) if name == name.upper() else name


def _sentence_case(name: str, province: str) -> str:
    """Write a body's name in capitals as names of bodies are written within text.

    Capitals begin the kind of body, its field, and what follows "và" (NĐ 30/2020/NĐ-CP, Phụ lục II, III.1.b). A comma
    does as "và" does.
    """
    words = (word.casefold() if _is_syllable(word) else word for word in name.split())
    return _capital(_body(" ".join(words).replace(province.casefold(), province)))


def _is_syllable(word: str) -> bool:
    bare = "".join(
        sign for sign in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(sign)
    )
    return _SYLLABLE.fullmatch(bare) is not None


def _body(name: str) -> str:
    kind = next((body for body in _BODIES if f"{name} ".startswith(f"{body.casefold()} ")), "")
    if kind:
        rest = _body(name[len(kind) :].lstrip())
        return f"{kind} {rest if rest.startswith(_LEVELS) else _capital(rest)}".rstrip()
    level = next((level for level in _LEVELS if name.startswith(level)), "")
    if level:
        return level + " ".join(map(_capital, name.removeprefix(level).split()))
    for joint in (" và ", ", "):
        name = joint.join(_capital(part) if place else part for place, part in enumerate(name.split(joint)))
    return name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(changes: Changes, key: str) -> tuple[str, ...]:
    parts = map(clean, changes.fields.get(key, "").split(";"))
    return tuple(part for part in parts if part)
