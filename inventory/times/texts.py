"""Times as people write them in YAML -> numbers: "07:00-11:30", "mon-fri", "T2-T6", "2026-12-01 22:00". Pure.

Every reader raises PydanticCustomError whose message says, in Vietnamese, what is wrong and what is right.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from inventory.model import Spans
from inventory.problem import near_miss
from inventory.validation import shown

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY_WORDS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_ALIASES: Final = {name: number for number, name in enumerate(WEEKDAYS)} | {
    name: number for number, name in enumerate(("t2", "t3", "t4", "t5", "t6", "t7", "cn"))
}
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{1,2}:[0-9]{2}))?")
_LAST_MINUTE: Final = 1440
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""Nobody knows holidays beyond, and 2206 is a slip for 2026."""
_MINUTES_IN_HOUR: Final = 60
_DAYS_IN_WEEK: Final = 7


def read_minute(text: str, *, most: int = _LAST_MINUTE - 1) -> int:
    """Return minutes from midnight of "07:30"."""
    found = _TIME.fullmatch(text)
    if not found:
        raise _wrong(f"{shown(text)} không phải giờ; viết giờ và phút, ví dụ 07:30")
    hour, minute = int(found[1]), int(found[2])
    if minute >= _MINUTES_IN_HOUR or hour * _MINUTES_IN_HOUR + minute > most:
        raise _wrong(f"không có giờ {shown(text)}; giờ từ 00:00 đến {write_minute(most)}")
    return hour * _MINUTES_IN_HOUR + minute


def read_span(text: str) -> tuple[int, int]:
    """Return the minutes from midnight of "07:00-11:30"; the day's end is 24:00."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        raise _wrong(f"{shown(text)} không phải khoảng giờ; viết như 07:00-11:30")
    start, end = read_minute(first), read_minute(last, most=_LAST_MINUTE)
    if start >= end:
        split = f"; qua nửa đêm thì viết {first}-24:00, và phần sau vào ngày kế tiếp" if start > end else ""
        raise _wrong(f"khoảng giờ {shown(text)} kết thúc trước khi bắt đầu{split}")
    return start, end


def read_spans(texts: list[str]) -> Spans:
    """Return the spans of one day, sorted; they must not overlap."""
    found = sorted((read_span(text), text) for text in texts)
    for (one, first), (other, second) in pairwise(found):
        if other[0] < one[1]:
            raise _wrong(f"hai khoảng giờ chồng nhau: {first} và {second}")
    return joined(span for span, _ in found)


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return spans, given in any order, with those that touch or overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def read_weekday(text: str) -> int:
    """Return 0 for "mon" or "T2", to 6 for "sun" or "CN"."""
    number = _ALIASES.get(text.strip().casefold())
    if number is None:
        hint = near_miss(text, WEEKDAYS) or "các ngày: " + ", ".join(WEEKDAYS) + " (hoặc T2 … T7, CN)"
        raise _wrong(f"không có thứ {shown(text)}; {hint}")
    return number


def read_weekdays(text: str) -> tuple[int, ...]:
    """Return the weekdays of "mon-fri", "sat", "T2-T6" or "mon, wed"; a range may run over the week's end."""
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = read_weekday(first)
        end = read_weekday(last) if dash else start
        days += [(start + step) % _DAYS_IN_WEEK for step in range((end - start) % _DAYS_IN_WEEK + 1)]
    if len(set(days)) != len(days):
        raise _wrong(f"{shown(text)} có một thứ viết hai lần")
    return tuple(days)


def read_day(text: str) -> date:
    """Return the day of "2026-12-01"."""
    if not _DAY.fullmatch(text):
        raise _wrong(f"{shown(text)} không phải ngày; viết năm-tháng-ngày, ví dụ 2026-12-01")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong(f"không có ngày {shown(text)} trong lịch") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _wrong(f"năm của ngày {shown(text)} phải từ {FIRST_YEAR} đến {LAST_YEAR}")
    return day


def read_moment(text: str, zone: str) -> float:
    """Return Unix seconds of "2026-12-01 22:00", or of the day's beginning."""
    found = _MOMENT.fullmatch(text)
    if not found:
        raise _wrong(f"{shown(text)} không phải thời điểm; viết như 2026-12-01 22:00")
    day = read_day(found[1])
    hour, minute = divmod(read_minute(found[2]) if found[2] else 0, _MINUTES_IN_HOUR)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


def write_minute(minute: int) -> str:
    """Write minutes from midnight as "07:30"."""
    return f"{minute // _MINUTES_IN_HOUR:02}:{minute % _MINUTES_IN_HOUR:02}"


def write_spans(spans: Spans) -> str:
    """Write the hours of a day for people: "07:00–11:30, 13:30–17:00"."""
    return ", ".join(f"{write_minute(start)}–{write_minute(end)}" for start, end in spans)


def _wrong(message: str) -> PydanticCustomError:
    # The message is an argument: braces in what was written must not be read as a template's.
    return PydanticCustomError("rule", "{rule}", {"rule": message})
