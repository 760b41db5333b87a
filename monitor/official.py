"""Figures as official letters write them: "08/96", "95,17%", "64 giờ 12 phút". One place for terminal and documents. Pure."""

import math
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words

NOTHING: Final = "–"
NOT_ENOUGH: Final = "không đủ dữ liệu"

_HUNDREDTHS: Final = 10_000
"""Hundredths of a per cent in a ratio of 1."""
_MINUTE: Final = 60
_LEADING_ZERO_MONTHS: Final = 2
"""NĐ 30/2020/NĐ-CP: a zero stands before days below 10 and months 1 and 2."""


def ratio(value: float | None, *, missing: str = NOT_ENOUGH) -> str:
    """Write a ratio as "99,95%", never rounded up: 100% is what nothing was missing of."""
    return missing if value is None else f"{bare_ratio(value)}%"


def bare_ratio(value: float | None, *, missing: str = NOTHING) -> str:
    """Write a ratio without its sign, for columns with (%) in the title."""
    return missing if value is None else words.number(hundredths(value) / 100, 2)


def points(now: float | None, before: float | None, *, missing: str = NOTHING) -> str:
    """Write by how many percentage points one ratio is above another, of the two as they are written: "−0,11"."""
    if now is None or before is None:
        return missing
    change = hundredths(now) - hundredths(before)
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{words.number(abs(change) / 100, 2)}"


def count(value: int) -> str:
    """Write a count: "08", "26.082"."""
    return words.count(value)


def fraction(value: int, of: int) -> str:
    """Write a count of a whole: "08/96"."""
    return f"{count(value)}/{count(of)}"


def span(seconds: float) -> str:
    """Write how long in hours and minutes, whole ones that have passed: "64 giờ 12 phút", "50 phút", "dưới 01 phút"."""
    hours, minutes = divmod(int(max(0.0, seconds)) // _MINUTE, 60)
    if not hours and not minutes:
        return "dưới 01 phút" if seconds > 0 else "00 phút"
    parts = [f"{count(hours)} giờ"] * bool(hours) + [f"{count(minutes)} phút"] * bool(minutes)
    return " ".join(parts)


def short_span(seconds: float) -> str:
    """Write the same for a narrow column: "64g12p", "50p", "<1p"; "–" for no time at all."""
    if seconds <= 0:
        return NOTHING
    hours, minutes = divmod(int(seconds) // _MINUTE, 60)
    if hours:
        return f"{words.number(hours)}g{minutes:02d}p"
    return f"{minutes}p" if minutes else "<1p"


def clock_span(seconds: float) -> str:
    """Write the same to the second, "807:45:10", so that rows can be compared; "–" for no time at all."""
    if seconds <= 0:
        return NOTHING
    minutes, rest = divmod(int(seconds), _MINUTE)
    return f"{words.number(minutes // 60)}:{minutes % 60:02d}:{rest:02d}"


def day(value: date) -> str:
    """Write a day: "05/11/2026"."""
    return f"{value:%d/%m/%Y}"


def moment(at: float, zone: ZoneInfo) -> str:
    """Write a moment: "02:47 ngày 21/11/2026"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M ngày %d/%m/%Y}"


def short_moment(at: float, zone: ZoneInfo) -> str:
    """Write a moment of a known year for a column: "02:47 21/11"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m}"


def month(number: int) -> str:
    """Write a month: "01", "02", "3" ... "12"."""
    return f"{number:02d}" if number <= _LEADING_ZERO_MONTHS else str(number)


def long_day(value: date) -> str:
    """Write a day as a letter is dated: "ngày 05 tháng 12 năm 2026", "ngày 10 tháng 01 năm 2027"."""
    return f"ngày {value.day:02d} tháng {month(value.month)} năm {value.year}"


def hundredths(value: float) -> int:
    """Return the hundredths of a per cent of a ratio as it is written: never rounded up."""
    # The last bits of a product must not take a hundredth away.
    return math.floor(value * _HUNDREDTHS + 1e-6)


def province_level(name: str) -> str:
    """Return what a province is, as in "dùng chung của tỉnh": "thành phố" of one whose name begins so, else "tỉnh"."""
    return "thành phố" if name.strip().casefold().startswith("thành phố ") else "tỉnh"
