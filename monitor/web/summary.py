"""The latest weeks in a few figures, beside as many before: the line network of the communes, and who was cut most often."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from inventory.model import Inventory, Layer, Selector
from monitor.accounting.account import accounts
from monitor.accounting.books import read_books
from monitor.accounting.model import GroupBy, Period, Row
from monitor.settings.settings import Settings
from monitor.storage.database import Database

DAY_S: Final = 86_400.0
MOST_DAYS: Final = 92
MOST_CUT: Final = 5
FRESH_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class SummaryFigures:
    """One stretch of time, of the lines to communes. `availability_ratio` None: too little is known."""

    from_at: float
    until_at: float
    availability_ratio: float | None
    outages: int
    """Those that began in it."""
    communes_hit: int
    """Communes whose line was down at some time."""
    down_s: float


@dataclass(frozen=True, slots=True)
class CutCommune:
    """A commune whose line was down often."""

    unit_code: str
    name: str
    outages: int
    down_s: float
    availability_ratio: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The latest days and as many before; the communes cut most often, the worst first."""

    days: int
    figures: SummaryFigures
    before: SummaryFigures
    most_cut: tuple[CutCommune, ...]


def read_summary(
    connection: sqlite3.Connection,
    inventory: Inventory,
    days: int,
    *,
    least_coverage_ratio: float,
    now: float,
) -> Summary:
    """Return the summary of the `days` that end now. A function for `Database.read`: it takes a while."""
    middle_at = now - days * DAY_S
    before = Period("", middle_at - days * DAY_S, middle_at)
    latest = Period("", middle_at, now)
    whole = Period("", before.from_at, latest.until_at)
    lines = {each.id for each in inventory.targets.values() if each.layer is Layer.TSLCD}
    books = read_books(connection, inventory, whole, now=now, targets=lines, with_incidents=False)

    def rows_of(of: Period, group_by: GroupBy) -> Sequence[Row]:
        chosen = Selector(layers=(Layer.TSLCD.value,))
        found = accounts(books, of, (group_by,), least_coverage_ratio=least_coverage_ratio, select=chosen)
        return found[group_by].rows if lines else ()

    rows = rows_of(latest, GroupBy.UNIT)
    return Summary(
        days=days,
        figures=_figures(latest, rows, rows_of(latest, GroupBy.LAYER)),
        before=_figures(before, rows_of(before, GroupBy.UNIT), rows_of(before, GroupBy.LAYER)),
        most_cut=_most_cut(rows),
    )


def _figures(of: Period, units: Sequence[Row], layers: Sequence[Row]) -> SummaryFigures:
    return SummaryFigures(
        from_at=of.from_at,
        until_at=of.until_at,
        availability_ratio=layers[0].availability_ratio if layers else None,
        outages=sum(row.outages.count for row in units),
        communes_hit=sum(row.parts.down_s > 0 for row in units),
        down_s=sum(row.parts.down_s for row in units),
    )


def _most_cut(rows: Sequence[Row]) -> tuple[CutCommune, ...]:
    hit = [row for row in rows if row.parts.down_s > 0]
    hit.sort(key=lambda row: (-row.outages.count, -row.parts.down_s, row.key))
    return tuple(
        CutCommune(row.key, row.name, row.outages.count, row.parts.down_s, row.availability_ratio)
        for row in hit[:MOST_CUT]
    )


class Summaries:
    """Summaries, worked out anew at most every few minutes, one at a time. Belongs to one event loop."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._kept: dict[int, tuple[float, str, Summary]] = {}

    async def read(
        self, database: Database, inventory: Inventory, settings: Settings, days: int, *, now: float
    ) -> Summary:
        """Return the summary of the latest days. Raises StorageError."""
        async with self._one:
            kept = self._kept.get(days)
            if kept is not None and kept[1] == inventory.digest and 0 <= now - kept[0] < FRESH_S:
                return kept[2]
            found = await database.read(
                partial(
                    read_summary,
                    inventory=inventory,
                    days=days,
                    least_coverage_ratio=settings.accounting.least_coverage_ratio,
                    now=now,
                )
            )
            self._kept[days] = (now, inventory.digest, found)
            return found
