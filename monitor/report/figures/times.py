"""When lines were out: by day, by hour of the week, by hour of the day. Local time of the province. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import ALWAYS, DayTable, Inventory
from inventory.times.day_table import is_working_day
from monitor.accounting.model import Part, Period
from monitor.accounting.periods import days_of
from monitor.accounting.stretches import Stretches
from monitor.report.figures.model import DayFigures, OutageRecord

_HOUR_S: Final = 3_600.0
_MINUTE_S: Final = 60.0
_HOURS: Final = 24
_DAYS: Final = 7

Pieces = Sequence[tuple[datetime, float]]
"""Local beginning and seconds of parts of local hours."""


def pieces_of(stretches: Iterable[Stretches], part: Part, zone: ZoneInfo) -> Pieces:
    """Return all time of one part, cut at the full hours of the zone."""
    return [
        piece
        for of_check in stretches
        for start, end, of in of_check
        if of is part
        for piece in _cut(start, end, zone)
    ]


def by_day(
    period: Period, outages: Iterable[OutageRecord], down: Pieces, inventory: Inventory, zone: ZoneInfo
) -> tuple[DayFigures, ...]:
    """Return each local day with the outages that began on it, and what was down on it."""
    begun: defaultdict[date, int] = defaultdict(int)
    for outage in outages:
        if not outage.is_carried:
            begun[datetime.fromtimestamp(outage.from_at, zone).date()] += 1
    down_s: defaultdict[date, float] = defaultdict(float)
    for begins, length_s in down:
        down_s[begins.date()] += length_s
    table = day_table(inventory)
    return tuple(
        DayFigures(day, begun[day], down_s[day], not is_working_day(table, day))
        for day, _, _ in days_of(period, zone=zone.key)
    )


def by_hour_of_week(down: Pieces) -> tuple[tuple[float, ...], ...]:
    """Return 7 rows, Monday first, of 24 sums of seconds."""
    found = [[0.0] * _HOURS for _ in range(_DAYS)]
    for begins, length_s in down:
        found[begins.weekday()][begins.hour] += length_s
    return tuple(map(tuple, found))


def by_hour_of_day(pieces: Pieces) -> tuple[float, ...]:
    """Return 24 sums of seconds."""
    found = [0.0] * _HOURS
    for begins, length_s in pieces:
        found[begins.hour] += length_s
    return tuple(found)


def day_table(inventory: Inventory) -> DayTable:
    """Return the province's own table of free days: all its calendars share it."""
    known = inventory.calendars.get(ALWAYS)
    return DayTable() if known is None else known.day_table


def _cut(start: float, end: float, zone: ZoneInfo) -> Iterator[tuple[datetime, float]]:
    while start < end:
        begins = datetime.fromtimestamp(start, zone)
        passed_s = begins.minute * _MINUTE_S + begins.second + begins.microsecond / 1e6
        until_at = min(end, round(start + _HOUR_S - passed_s))
        yield begins, until_at - start
        start = until_at
