"""The days of a year of one target, and the latest months of one unit, as its calendar shows them: from the accounts.

Functions for `Database.read`: they work on the reader's thread, the event loop only awaits them.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import Inventory, Selector
from monitor.accounting.account import account, by_day
from monitor.accounting.books import read_books
from monitor.accounting.model import Books, GroupBy, Period
from monitor.accounting.periods import midnight_at
from monitor.storage.errors import sound_rows

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2200
MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One local day. Ratios are None when too little is known, or nothing of the day counts."""

    day: date
    availability_ratio: float | None
    coverage_ratio: float | None
    """How much is known of the time that counts."""
    down_s: float
    maintenance_s: float
    is_watched: bool
    """False: before it was watched, after it left, or not yet there."""
    incident_ids: tuple[str, ...] = ()
    """Incidents that began on this day."""


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """One month of a unit: the sum over its targets. `id` is the period's ("2026-11")."""

    id: str
    availability_ratio: float | None
    coverage_ratio: float | None
    down_s: float
    maintenance_s: float


def year_of(year: int, *, zone: str) -> Period:
    """Return the civil year; ValueError when it lies outside of FIRST_YEAR..LAST_YEAR."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    return Period(str(year), midnight_at(date(year, 1, 1), zone), midnight_at(date(year + 1, 1, 1), zone))


def read_calendar(
    connection: sqlite3.Connection,
    inventory: Inventory,
    check_id: str,
    year: int,
    *,
    zone: str,
    least_coverage_ratio: float,
    now: float,
) -> tuple[CalendarDay, ...]:
    """Return every day of the year for one check, in order; days to come are not watched.

    KeyError: the inventory has no such check. ValueError: no such year.
    """
    of = year_of(year, zone=zone)
    target_id = inventory.checks[check_id].target_id
    books = read_books(connection, inventory, of, now=now, targets={target_id}, with_incidents=False)
    begun = _incidents_by_day(connection, inventory, target_id, of, ZoneInfo(zone))
    return _days(books, check_id, of, zone, least_coverage_ratio, begun)


def read_latest_days(
    connection: sqlite3.Connection,
    inventory: Inventory,
    target_ids: Sequence[str],
    days: int,
    *,
    zone: str,
    least_coverage_ratio: float,
    now: float,
) -> dict[str, tuple[CalendarDay, ...]]:
    """Return the latest days of some targets by their primary checks, today last; without their incidents."""
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    of = Period("", midnight_at(first, zone), midnight_at(today + timedelta(days=1), zone))
    books = read_books(connection, inventory, of, now=now, targets=target_ids, with_incidents=False)
    primaries: dict[str, str] = {}
    for check in inventory.checks.values():
        primaries.setdefault(check.target_id, check.id)
    return {
        target_id: _days(books, primaries[target_id], of, zone, least_coverage_ratio)
        for target_id in target_ids
        if target_id in primaries
    }


def read_months(
    connection: sqlite3.Connection,
    inventory: Inventory,
    unit_code: str,
    *,
    zone: str,
    least_coverage_ratio: float,
    now: float,
) -> tuple[CalendarMonth, ...]:
    """Return the twelve latest civil months of a unit, the current one last; () of a unit without targets."""
    targets = {target.id for target in inventory.targets.values() if target.unit_code == unit_code}
    if not targets:
        return ()
    firsts = _firsts(datetime.fromtimestamp(now, ZoneInfo(zone)).date())
    edges = [midnight_at(first, zone) for first in firsts]
    whole = Period("", edges[0], edges[-1])
    books = read_books(connection, inventory, whole, now=now, targets=targets, with_incidents=False)
    months = []
    for number, first in enumerate(firsts[:-1]):
        of = Period(f"{first:%Y-%m}", edges[number], edges[number + 1])
        rows = account(
            books,
            of,
            GroupBy.UNIT,
            least_coverage_ratio=least_coverage_ratio,
            select=Selector(units=(unit_code,)),
        ).rows
        months += [
            CalendarMonth(
                id=of.id,
                availability_ratio=row.availability_ratio,
                coverage_ratio=row.coverage_ratio,
                down_s=row.parts.down_s,
                maintenance_s=row.parts.maintenance_s,
            )
            for row in rows
        ]
    return tuple(months)


def _days(
    books: Books,
    check_id: str,
    of: Period,
    zone: str,
    least_coverage_ratio: float,
    begun: Mapping[date, Sequence[str]] = MappingProxyType({}),
) -> tuple[CalendarDay, ...]:
    return tuple(
        CalendarDay(
            day=day,
            availability_ratio=parts.availability_ratio(least_coverage_ratio),
            coverage_ratio=parts.coverage_ratio,
            down_s=parts.down_s,
            maintenance_s=parts.maintenance_s,
            is_watched=parts.unwatched_s < parts.total_s,
            incident_ids=tuple(begun.get(day, ())),
        )
        for day, parts in by_day(books, check_id, of, zone=zone)
    )


@sound_rows()
def _incidents_by_day(
    connection: sqlite3.Connection, inventory: Inventory, target_id: str, of: Period, zone: ZoneInfo
) -> dict[date, list[str]]:
    """Return the incidents that blame a check of the target, or that it was affected by, by the day they began."""
    checks = [check.id for check in inventory.checks.values() if check.target_id == target_id]
    places = ", ".join("?" for _ in checks)
    rows = connection.execute(
        f"select id, opened_at from incident where opened_at >= ? and opened_at < ? and (root_check_id in ({places}) "  # noqa: S608 (placeholders only)
        f"or exists (select 1 from incident_affected where incident_id = incident.id and check_id in ({places}))) "
        "order by opened_at, id",
        (of.from_at, of.until_at, *checks, *checks),
    )
    found: defaultdict[date, list[str]] = defaultdict(list)
    for incident_id, opened_at in rows:
        found[datetime.fromtimestamp(opened_at, zone).date()].append(incident_id)
    return found


def _firsts(today: date) -> list[date]:
    """Return the first days of the twelve latest months and of the next one."""
    first = today.replace(day=1)
    firsts = [(first + timedelta(days=32)).replace(day=1), first]
    while len(firsts) <= MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts[::-1]
