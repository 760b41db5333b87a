"""Where marks stand on the axes of a graph, and what is written at them, the Vietnamese way. Pure."""

import math
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.vocabulary import Language

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_TIME_STEPS_S: Final = (
    *(60, 120, 300, 600, 900, 1_800),
    *(_HOUR_S, 2 * _HOUR_S, 3 * _HOUR_S, 6 * _HOUR_S, 12 * _HOUR_S),
)
_DAY_STEPS: Final = (1, 2, 7, 14)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60)
_MONTH_DAYS: Final = 28
_VALUE_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_MOST_DECIMALS: Final = 3


def time_marks(from_at: float, until_at: float, most: int, zone: ZoneInfo) -> list[tuple[float, str]]:
    """Return at most about `most` moments with what is written there: "14:00", "22/11", "11/2026"."""
    wanted_s = (until_at - from_at) / max(1, most)
    for step_s in _TIME_STEPS_S:
        if step_s >= wanted_s:
            return _clock_marks(from_at, until_at, step_s, zone)
    for days in _DAY_STEPS:
        if days * _DAY_S >= wanted_s:
            return _day_marks(from_at, until_at, days, zone)
    months = next((n for n in _MONTH_STEPS if n * _MONTH_DAYS * _DAY_S >= wanted_s), _MONTH_STEPS[-1])
    return _month_marks(from_at, until_at, months, zone)


def _clock_marks(from_at: float, until_at: float, step_s: int, zone: ZoneInfo) -> list[tuple[float, str]]:
    begin = datetime.fromtimestamp(from_at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at = begin.timestamp()
    found: list[tuple[float, str]] = []
    at += math.ceil((from_at - at) / step_s) * step_s
    while at <= until_at:
        here = datetime.fromtimestamp(at, zone)
        found.append((at, f"{here:%d/%m}" if (here.hour, here.minute) == (0, 0) else f"{here:%H:%M}"))
        at += step_s
    return found


def _day_marks(from_at: float, until_at: float, days: int, zone: ZoneInfo) -> list[tuple[float, str]]:
    day = datetime.fromtimestamp(from_at, zone).date()
    found: list[tuple[float, str]] = []
    while True:
        at = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        if at > until_at:
            return found
        if at >= from_at and day.toordinal() % days == 0:
            found.append((at, f"{day:%d/%m}"))
        day += timedelta(days=1)


def _month_marks(from_at: float, until_at: float, months: int, zone: ZoneInfo) -> list[tuple[float, str]]:
    first = datetime.fromtimestamp(from_at, zone)
    number = first.year * 12 + first.month - 1
    found: list[tuple[float, str]] = []
    while True:
        year, month = divmod(number, 12)
        at = datetime(year, month + 1, 1, tzinfo=zone).timestamp()
        if at > until_at:
            return found
        if at >= from_at and number % months == 0:
            found.append((at, f"{month + 1:02d}/{year}"))
        number += 1


def value_marks(low: float, high: float, most: int) -> list[float]:
    """Return round values from `low` to `high`, at most about `most` of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / max(1, most)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((each * unit for each in _VALUE_STEPS if each * unit >= rough), 10 * unit)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def value_words(values: list[float], language: Language = Language.VI) -> list[str]:
    """Write marks with as many decimals as tell them apart."""
    for digits in range(_MOST_DECIMALS):
        said = [words.number(value, digits, language) for value in values]
        if len(set(said)) == len(said) and all(
            abs(value - round(value, digits)) <= 1e-9 * max(1.0, abs(value)) for value in values
        ):
            return said
    return [words.number(value, _MOST_DECIMALS, language) for value in values]


def unit_of(series: str, most: float) -> tuple[float, str]:
    """Return by what values of a series are multiplied to be written, and the unit then."""
    if series.endswith("_s"):
        return (1_000.0, "ms") if most < 1 else (1.0, "s")
    if series.endswith("_ratio"):
        return 100.0, "%"
    for ending, unit in (("_celsius", "°C"), ("_bps", "bit/s"), ("_db", "dB"), ("_dbm", "dBm"), ("_v", "V")):
        if series.endswith(ending):
            return 1.0, unit
    return 1.0, ""
