"""When a service is offered, and when somebody may be told that it is not there. Pure: the moment is an argument.

A span of hours is wall time of the calendar's zone: it covers the moments whose wall clock reads within it. Where the
clock is put back an hour counts twice, where it is put forward the missing one does not count.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from inventory.model import ALWAYS, Calendar, Spans
from inventory.times.day_table import holiday_name, weekday_of
from inventory.times.intervals import Interval, Intervals, clip, union

_DAY_S = 86_400
_MINUTES = 1440
_CHUNK_S = 8 * _DAY_S
_HORIZON_S = 800 * _DAY_S
"""Beyond two years nothing is looked for: a calendar that is closed so long does not open."""
_OFFSET_STEP_S = 7 * _DAY_S
"""No zone changes its clock twice within a week."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def always() -> Calendar:
    """Return the calendar that has no closing time."""
    return Calendar(ALWAYS, "24×7", week=(((0, _MINUTES),),) * 7)


def day_spans(calendar: Calendar, day: date) -> Spans:
    """Return the hours of one day: its exception, else those of its weekday, none on a holiday that is kept.

    A calendar that is open on holidays follows the plain week: swapped days do not concern it.
    """
    if day in calendar.days:
        return calendar.days[day]
    if not calendar.closed_on_holidays:
        return calendar.week[day.weekday()]
    if holiday_name(calendar.day_table, day) is not None:
        return ()
    return calendar.week[weekday_of(calendar.day_table, day)]


def covers(calendar: Calendar, at: float) -> bool:
    """Return whether the service is offered at this moment."""
    wall_s = at + _offset_s(ZoneInfo(calendar.zone), at)
    day, second = divmod(wall_s, _DAY_S)
    hours = day_spans(calendar, date.fromordinal(int(day) + _EPOCH_DAY))
    return any(start * 60 <= second < end * 60 for start, end in hours)


def spans(calendar: Calendar, from_at: float, to_at: float) -> Intervals:
    """Return when the service is offered within [from_at, to_at)."""
    zone = ZoneInfo(calendar.zone)
    found: list[Interval] = []
    for start, end in pairwise(_steady(zone, from_at, to_at)):
        offset_s = _offset_s(zone, start)
        for day in range(int((start + offset_s) // _DAY_S), int((end + offset_s) // _DAY_S) + 1):
            midnight_at = day * _DAY_S - offset_s
            found += clip(
                tuple(
                    (midnight_at + first * 60.0, midnight_at + last * 60.0)
                    for first, last in day_spans(calendar, date.fromordinal(day + _EPOCH_DAY))
                ),
                start,
                end,
            )
    return union(found)


def told_from(calendar: Calendar, at: float) -> float | None:
    """Return the first moment from `at` on when somebody may be told of a fault; None when there is none in two years.

    That is while the service is offered, and after the grace that follows its opening.
    """
    # An opening further back than the grace needs no exact time: cut off there, its grace ends at `at`.
    looked_from = at - calendar.opening_grace_s
    if spans(calendar, looked_from, at + 1) == ((looked_from, at + 1),):
        return at  # open all the while: no need to look for the closing, which may be two years ahead
    for start, end in _openings(calendar, looked_from):
        told_at = at if start <= looked_from else max(at, start + calendar.opening_grace_s)
        if told_at < end:
            return told_at
    return None


def _openings(calendar: Calendar, from_at: float) -> Iterator[Interval]:
    """Yield the intervals of service from `from_at` on, whole, as far as the horizon."""
    until_at = from_at + _HORIZON_S
    if not any(calendar.week):
        last = max(calendar.days, default=date(1970, 1, 1)) + timedelta(days=2)
        until_at = min(until_at, datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp())
    pending: Interval | None = None
    start = from_at
    while start < until_at:
        end = min(start + _CHUNK_S, until_at)
        for interval in spans(calendar, start, end):
            if pending is not None and interval[0] == pending[1]:
                pending = (pending[0], interval[1])
            else:
                if pending is not None:
                    yield pending
                pending = interval
        if pending is not None and pending[1] < end:
            yield pending
            pending = None
        start = end
    if pending is not None:
        yield pending


def _steady(zone: ZoneInfo, from_at: float, to_at: float) -> list[float]:
    """Return from_at, the moments between when the zone's offset changes, and to_at."""
    edges = [from_at]
    start = from_at
    while start < to_at:
        end = min(start + _OFFSET_STEP_S, to_at)
        if _offset_s(zone, start) != _offset_s(zone, end):
            edges.append(_change(zone, start, end))
        start = end
    return [*edges, to_at] if from_at < to_at else []


def _change(zone: ZoneInfo, start: float, end: float) -> float:
    """Return the second at which the offset changes; it differs between the two."""
    before = _offset_s(zone, start)
    low, high = int(start // 1), int(-(-end // 1))
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_s(zone, middle) == before:
            low = middle
        else:
            high = middle
    return float(high)


def _offset_s(zone: ZoneInfo, at: float) -> float:
    offset = datetime.fromtimestamp(at // 1, zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
