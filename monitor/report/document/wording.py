"""The fixed words around the content of a document, alike in every reading copy. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.report.document.model import Document, HeadStyle, Picture

STATE: Final = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO: Final = "Độc lập - Tự do - Hạnh phúc"
PARTY: Final = "ĐẢNG CỘNG SẢN VIỆT NAM"
RECIPIENTS: Final = "Nơi nhận:"
ISSUER_SHARES: Final[Mapping[HeadStyle, float]] = {
    HeadStyle.STATE: 74 / 165,
    HeadStyle.PARTY: 90 / 165,
}
"""Of the line that the issuer has, so that the names on both sides stand on one line.

At 12 points "SỞ KHOA HỌC VÀ CÔNG NGHỆ" takes 64.5 mm and the state's name 87.6 of 165; the Party's name at 15 points 72.7,
which leaves room for "ĐẢNG ỦY" before it. Number
and date, which is as long as the state's name, stand as under the state's.
"""


def owner_lines(style: HeadStyle) -> tuple[str, ...]:
    """Return what stands at the top right: Quốc hiệu and Tiêu ngữ, or the Party's name."""
    return (PARTY,) if style is HeadStyle.PARTY else (STATE, MOTTO)


def addressee_lines(document: Document) -> tuple[str, ...]:
    """Return "Kính gửi" in one line, or in several when there are several."""
    names = document.addressees
    if len(names) <= 1:
        return tuple(f"Kính gửi: {name}" for name in names)
    return ("Kính gửi:", *_listed(names))


def recipient_lines(document: Document) -> tuple[str, ...]:
    """Return the list under "Nơi nhận" with its dashes and end marks (NĐ 30/2020/NĐ-CP, Phụ lục I)."""
    return _listed(document.recipients)


def appendix_name(numeral: str) -> str:
    """Return "Phụ lục I", or "Phụ lục" of the only one."""
    return f"Phụ lục {numeral}".rstrip()


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    last = len(names) - 1
    return tuple(f"- {name.rstrip(' ;.')}{'.' if place == last else ';'}" for place, name in enumerate(names))


def instead_of(picture: Picture) -> str:
    """Return what stands in the place of a chart that could not be drawn: what it would have shown, in words."""
    return f"(không dựng được biểu đồ: {picture.alt or picture.caption})"
