"""Figures and periods on pages: in Vietnamese as official letters write them, in English as English does. Pure."""

import re
from typing import Final

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor import official
from monitor.accounting.model import Period
from monitor.report import periods
from monitor.web.translating import translator

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHAPE: Final = re.compile(r"(?:hc-)?(\d{4})(?:-(q[1-4]|h[12]|w\d{2}|\d{2}))?", re.ASCII)


def shown_ratio(value: float | None, missing: str | None = None, language: Language = Language.VI) -> str:
    """Write a ratio as "99,95%", never rounded up; `missing` (without it: too little data) when it is None."""
    if value is None:
        return translator(language)("không đủ dữ liệu") if missing is None else missing
    if language is Language.VI:
        return official.ratio(value)
    return f"{words.number(official.hundredths(value) / 100, 2, language)}%"


def shown_span(seconds: float, language: Language = Language.VI) -> str:
    """Write how long, in whole units that have passed: "64 giờ 12 phút"."""
    return official.span(seconds) if language is Language.VI else words.duration(seconds, language)


def period_name(period: Period, zone: str, language: Language) -> str:
    """Name a period as in a title: "tháng 11 năm 2026"; one of single days by its days, "2026-11-06"."""
    shape = _SHAPE.fullmatch(period.id)
    if language is Language.VI:
        return periods.name(period, zone=zone)
    if shape is None:
        return period.id
    year, part = shape.groups()
    if part is None:
        return year
    kinds = {"q": f"quarter {part[1:]}", "h": f"half-year {part[1:]}", "w": f"week {part[1:]}"}
    return f"{kinds.get(part[0]) or _MONTHS[int(part) - 1]} {year}"
