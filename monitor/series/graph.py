"""A whole smoke graph: results and gaps of results.db, incidents and maintenance of state.db that explain it.

Functions for `Database.read`, and for any connection to the files.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.hold import MutingKind
from alerts.muting.muted import mutings_by_target, over_at
from inventory.graph import ancestors
from inventory.model import Check, Inventory
from inventory.times.windows import occurrences
from monitor.series.asking import Asked, check_metric
from monitor.series.gaps import select_gaps
from monitor.series.reading import buckets
from monitor.series.smoke import Marks, Smoke, Stretch, smoke
from monitor.storage.errors import sound_rows
from monitor.storage.mutings import select_within

MOST_INCIDENTS: Final = 200
"""Of a check that flaps for a year, the latest."""


def select_marks(connection: sqlite3.Connection, check: Check, inventory: Inventory, asked: Asked) -> Marks:
    """Return what state.db knows of the range, for `read_graph`."""
    return Marks(
        maintenance=select_maintenance(connection, check, inventory, asked.from_at, asked.until_at),
        incidents=_incidents(connection, check.id, asked.from_at, asked.until_at),
    )


def read_graph(
    connection: sqlite3.Connection, check: Check, asked: Asked, marks: Marks, *, zone: ZoneInfo, now: float
) -> Smoke:
    """Read what was asked from results.db. Raises AskedWrongError for a metric that the check cannot have."""
    found = buckets(
        connection,
        check.id,
        asked.series,
        from_at=asked.from_at,
        until_at=asked.until_at,
        points=asked.points,
        interval_s=check.interval_s,
        zone=zone,
    )
    check_metric(found, check)
    gaps = select_gaps(connection, asked.from_at, asked.until_at)
    return smoke(found, replace(marks, gaps=tuple(gaps)), now=now)


@sound_rows()
def _incidents(
    connection: sqlite3.Connection, check_id: str, from_at: float, until_at: float
) -> tuple[Stretch, ...]:
    """Return the incidents that blame the check, or that it was affected by, in order of their beginning."""
    rows = connection.execute(
        "select id, opened_at, resolved_at from incident where opened_at < ?3 "
        "and (resolved_at is null or resolved_at > ?2) and (root_check_id = ?1 or exists ("
        "select 1 from incident_affected where incident_id = incident.id and check_id = ?1)) "
        "order by opened_at desc, id desc limit ?4",
        (check_id, from_at, until_at, MOST_INCIDENTS),
    ).fetchall()
    return tuple(Stretch(*row) for row in reversed(rows))


def select_maintenance(
    connection: sqlite3.Connection, check: Check, inventory: Inventory, from_at: float, until_at: float
) -> tuple[Stretch, ...]:
    """Return planned and declared maintenance of the target, and of what it hangs on, in order of its beginning."""
    hung_on = (inventory.checks[each].target_id for each in ancestors(inventory, check.id))
    target_ids = tuple(dict.fromkeys((check.target_id, *hung_on)))
    declared = mutings_by_target(
        select_within(connection, from_at, until_at, MutingKind.MAINTENANCE), inventory
    )

    def stretches() -> Iterator[Stretch]:
        for target_id in target_ids:
            for window_id in inventory.windows_of.get(target_id, ()):
                for start, end in occurrences(inventory.windows[window_id], from_at, until_at):
                    yield Stretch(window_id, start, end)
            for muting in declared.get(target_id, ()):
                yield Stretch(muting.id, muting.from_at, over_at(muting))

    return tuple(sorted(dict.fromkeys(stretches()), key=_from_at))


def _from_at(stretch: Stretch) -> float:
    return stretch.from_at
