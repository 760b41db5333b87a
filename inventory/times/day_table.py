"""Which days are public holidays, and which free days are worked instead. No clock, no files.

Computed holidays come from PyPI `holidays` (lunar Tết included); what the table itself lists is stronger, because the
Prime Minister decides each year's days by letter (Bộ luật Lao động 2019 Điều 112) and no library can know them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from inventory.model import DayTable

_FRIDAY = 4
_SATURDAY = 5
_LANGUAGE = "vi"
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


@dataclass(frozen=True, slots=True)
class _Year:
    """What the library knows of one country and year."""

    off: Mapping[date, str]
    working: Mapping[date, int]
    """Day -> the weekday whose hours it has."""


def holiday_name(table: DayTable, day: date) -> str | None:
    """Return the name of the public holiday that `day` is, None when it is none."""
    if day in table.off:
        return table.off[day]
    if day in table.working or not table.country:
        return None
    return _year(table.country, day.year).off.get(day)


def is_working_swap(table: DayTable, day: date) -> bool:
    """Return whether `day` is worked although it would be free, usually a Saturday for a bridge day elsewhere."""
    return _swapped(table, day) is not None


def weekday_of(table: DayTable, day: date) -> int:
    """Return the weekday (0 Monday) whose hours `day` has: its own, or that of the day it is worked for."""
    swapped = _swapped(table, day)
    return day.weekday() if swapped is None else swapped


def is_working_day(table: DayTable, day: date) -> bool:
    """Return whether state bodies work: Monday to Friday without holidays, and swapped days."""
    if is_working_swap(table, day):
        return True
    return day.weekday() < _SATURDAY and holiday_name(table, day) is None


def working_days_between(table: DayTable, from_day: date, to_day: date) -> int:
    """Return the number of working days after `from_day` and before `to_day`.

    Neither end counts: a term given in days begins on the day after the event and runs to the end of its last day
    (Bộ luật Dân sự 2015 Điều 147, 148), so what follows it begins the day after that.
    """
    days = max(0, (to_day - from_day).days - 1)
    return sum(is_working_day(table, from_day + timedelta(days=number + 1)) for number in range(days))


def is_known_country(code: str) -> bool:
    """Return whether public holidays of this country can be computed."""
    import holidays  # noqa: PLC0415 (60 ms that only a province with another country pays)

    return code in holidays.list_supported_countries()


def _swapped(table: DayTable, day: date) -> int | None:
    if day in table.working:
        return table.working[day]
    if day in table.off or not table.country:
        return None
    return _year(table.country, day.year).working.get(day)


@lru_cache(maxsize=256)
def _year(country: str, year: int) -> _Year:
    import holidays  # noqa: PLC0415 (160 ms for library and country, paid when a calendar first asks)

    # A day off may be worked for in the year before, or after: 27/12/2014 for 2/1/2015.
    known = holidays.country_holidays(country, years=range(year - 1, year + 2))
    if _LANGUAGE in known.supported_languages:
        known = holidays.country_holidays(country, years=range(year - 1, year + 2), language=_LANGUAGE)
    swapped = {}
    for off, name in known.items():
        found = _DATE.search(name)
        if found:
            day, month, its_year = (int(part) for part in found.groups())
            swapped[date(its_year, month, day)] = off.weekday()
    return _Year(
        off={day: name for day, name in known.items() if day.year == year},
        working={
            # The library names the day worked within the day off's name ("thay cho ngày 22/08/2026").
            day: swapped.get(day, _FRIDAY)
            for day in known.weekend_workdays
            if day.year == year
        },
    )
