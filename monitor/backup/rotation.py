"""Which copies are kept: so many days, then so many weeks, then so many months, the newest of each. Pure."""

import datetime as dt
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days have a copy (1 or more), and how many further weeks and months."""

    days: int
    weeks: int
    months: int


def kept(copies: Iterable[tuple[Name, float]], keep: Keep, zone: ZoneInfo, now: float) -> frozenset[Name]:
    """Return which good copies stay, of (name, Unix seconds it was made).

    Days without a copy do not count: a machine that was off loses none. A day (ISO week, month) is represented by its
    newest copy; weeks and months that have a copy already are not counted. What a wrong clock dated into the future
    stays, and takes no other's place.
    """
    ordered = sorted(copies, key=lambda copy: (copy[1], str(copy[0])), reverse=True)
    future = {name for name, at in ordered if at > now}
    past = [(name, dt.datetime.fromtimestamp(at, zone).date()) for name, at in ordered if at <= now]
    found: set[Name] = set()
    for period, most in ((_day, keep.days), (_week, keep.weeks), (_month, keep.months)):
        seen: dict[Hashable, Name] = {}
        for name, day in past:
            seen.setdefault(period(day), name)
        further = [name for name in seen.values() if name not in found]
        found.update(further[:most])
    return frozenset(found | future)


def _day(day: dt.date) -> Hashable:
    return day


def _week(day: dt.date) -> Hashable:
    return day.isocalendar()[:2]


def _month(day: dt.date) -> Hashable:
    return day.year, day.month
