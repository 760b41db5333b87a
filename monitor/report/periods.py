"""Periods in words, as official letters name them: "tháng 11 năm 2026", "quý IV năm 2026". Pure.

An administrative period has the name of the calendar's: its days are said once, in the opening sentence (`span`).
"""

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor import official
from monitor.accounting.model import Period

_ROMAN: Final = ("I", "II", "III", "IV")
_SHAPE: Final = re.compile(
    r"(?:hc-)?(?P<year>\d{4})(?:-(?:q(?P<quarter>[1-4])|h(?P<half>[12])|w(?P<week>\d{2})|(?P<month>\d{2})))?",
    re.ASCII,
)
_DAY: Final = timedelta(days=1)


def name(period: Period, *, zone: str) -> str:
    """Name a period as in a title: "06 tháng đầu năm 2026", "tuần 47 năm 2026 (từ ngày 16/11 đến ngày 22/11/2026)"."""
    shape = _SHAPE.fullmatch(period.id)
    first, last = first_day(period, zone=zone), last_day(period, zone=zone)
    if shape is None:
        return _days(first, last)
    if shape["half"]:
        return f"{_part(shape)} {shape['year']}"
    if shape["week"]:
        begins = f"{first:%d/%m}" if first.year == last.year else official.day(first)
        return f"{_part(shape)} năm {shape['year']} (từ ngày {begins} đến ngày {official.day(last)})"
    part = _part(shape)
    return f"{part} năm {shape['year']}" if part else f"năm {shape['year']}"


def short_name(period: Period, *, beside: Period, zone: str) -> str:
    """Name a period in a sentence about another: "tháng 10", or "tháng 12 năm 2025" when that one lies in 2026.

    Days: "ngày 06/11", "kỳ từ 01/11 đến 15/11".
    """
    shape, other = _SHAPE.fullmatch(period.id), _SHAPE.fullmatch(beside.id)
    if shape is None:
        return _short_days(period, beside, zone)
    year = shape["year"]
    part = _part(shape)
    if not part:
        return f"năm {year}"
    if shape["half"]:
        return f"{part} {year}"
    return part if other is not None and other["year"] == year else f"{part} năm {year}"


def noun(period: Period) -> str:
    """Say what a period is, after "trong" or "so với ... trước": "tháng", "quý", "tuần", "ngày", "kỳ"."""
    shape = _SHAPE.fullmatch(period.id)
    if shape is None:
        return "kỳ" if ".." in period.id else "ngày"
    kinds = {"month": "tháng", "quarter": "quý", "half": "kỳ", "week": "tuần"}
    return next((word for kind, word in kinds.items() if shape[kind]), "năm")


def label(period_id: str) -> str:
    """Name a period on the axis of a chart: "11/2026", "Q.IV/2026", "tuần 47", "22/11", "01/11–15/11"."""
    shape = _SHAPE.fullmatch(period_id)
    if shape is None:
        return "–".join(f"{date.fromisoformat(day):%d/%m}" for day in period_id.split(".."))
    if shape["month"]:
        return f"{shape['month']}/{shape['year']}"
    if shape["quarter"]:
        return f"Q.{_ROMAN[int(shape['quarter']) - 1]}/{shape['year']}"
    if shape["half"]:
        return f"6T {'đầu' if shape['half'] == '1' else 'cuối'} {shape['year']}"
    return f"tuần {shape['week']}" if shape["week"] else shape["year"]


def span(period: Period, *, zone: str, known_until_at: float | None = None) -> str:
    """Say from when to when: "từ 00 giờ 00 phút ngày 15/10/2026 đến hết ngày 14/11/2026".

    `known_until_at`: up to where anything is known; before the period's end it is said instead.
    """
    until_at = period.until_at if known_until_at is None else min(period.until_at, known_until_at)
    begin = datetime.fromtimestamp(period.from_at, ZoneInfo(zone))
    end = datetime.fromtimestamp(max(until_at, period.from_at), ZoneInfo(zone))
    said = f"từ {begin:%H giờ %M phút ngày %d/%m/%Y}"
    if end.date() > begin.date() and (end.hour, end.minute) == (0, 0):
        return f"{said} đến hết ngày {official.day(end.date() - _DAY)}"
    return f"{said} đến {end:%H giờ %M phút ngày %d/%m/%Y}"


def first_day(period: Period, *, zone: str) -> date:
    """Return the local day on which it begins."""
    return datetime.fromtimestamp(period.from_at, ZoneInfo(zone)).date()


def last_day(period: Period, *, zone: str) -> date:
    """Return the local day that it ends with."""
    return max(first_day(period, zone=zone), day_after(period, zone=zone) - _DAY)


def day_after(period: Period, *, zone: str) -> date:
    """Return the first local day after it: when a report of it can be dated at the earliest."""
    return datetime.fromtimestamp(period.until_at, ZoneInfo(zone)).date()


def _part(shape: re.Match[str]) -> str:
    """Return the part of the year, "" for all of it."""
    if shape["month"]:
        return f"tháng {official.month(int(shape['month']))}"
    if shape["quarter"]:
        return f"quý {_ROMAN[int(shape['quarter']) - 1]}"
    if shape["half"]:
        return f"06 tháng {'đầu' if shape['half'] == '1' else 'cuối'} năm"
    return f"tuần {shape['week']}" if shape["week"] else ""


def _short_days(period: Period, beside: Period, zone: str) -> str:
    first, last = first_day(period, zone=zone), last_day(period, zone=zone)
    other = last_day(beside, zone=zone).year
    said = [f"{day:%d/%m}" if day.year == other else official.day(day) for day in (first, last)]
    return f"ngày {said[0]}" if first == last else f"kỳ từ {said[0]} đến {said[1]}"


def _days(first: date, last: date) -> str:
    if first == last:
        return f"ngày {official.day(first)}"
    return f"từ ngày {official.day(first)} đến ngày {official.day(last)}"
