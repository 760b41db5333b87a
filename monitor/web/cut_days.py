"""On how many communes' lines something was cut on each of the latest 30 days: the line of the leaders' page."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from inventory.model import Inventory, Layer
from monitor.accounting.calendar import read_latest_days
from monitor.settings.settings import Settings
from monitor.storage.database import Database

DAYS: Final = 30
FRESH_S: Final = 1_800.0


@dataclass(frozen=True, slots=True)
class CutDay:
    """One local day: how many communes' lines were down at some time of it."""

    day: date
    communes: int


def read_cut_days(
    connection: sqlite3.Connection,
    inventory: Inventory,
    *,
    zone: str,
    least_coverage_ratio: float,
    now: float,
) -> tuple[CutDay, ...]:
    """Return the latest days, today last. A function for `Database.read`: it takes a while."""
    lines = [target.id for target in inventory.targets.values() if target.layer is Layer.TSLCD]
    found = read_latest_days(
        connection, inventory, lines, DAYS, zone=zone, least_coverage_ratio=least_coverage_ratio, now=now
    )
    hit: dict[date, set[str]] = {}
    for target_id, days in found.items():
        for day in days:
            hit.setdefault(day.day, set()).update(
                {inventory.targets[target_id].unit_code} if day.down_s > 0 else ()
            )
    return tuple(CutDay(day, len(hit[day])) for day in sorted(hit))


class CutDays:
    """The latest days, read anew at most every half hour, one at a time. Belongs to one event loop."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._kept: tuple[float, str, tuple[CutDay, ...]] | None = None

    async def read(
        self, database: Database, inventory: Inventory, settings: Settings, *, now: float
    ) -> tuple[CutDay, ...]:
        """Return them. Raises StorageError."""
        async with self._one:
            kept = self._kept
            if kept is not None and kept[1] == inventory.digest and 0 <= now - kept[0] < FRESH_S:
                return kept[2]
            found = await database.read(
                partial(
                    read_cut_days,
                    inventory=inventory,
                    zone=settings.timezone,
                    least_coverage_ratio=settings.accounting.least_coverage_ratio,
                    now=now,
                )
            )
            self._kept = (now, inventory.digest, found)
            return found
