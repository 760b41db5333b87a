"""Reads the books of a period from state.db: what its accounts are made from, in one short snapshot.

A function for `Database.read`, and for a connection of `open_reader` when the daemon is not asked.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.hold import MutingKind
from alerts.model.incident import Incident
from inventory.model import Inventory
from monitor.accounting.account import known_from
from monitor.accounting.model import Books, History, Period
from monitor.accounting.outages import LOOK_BACK_S
from monitor.storage import corrections, mutings
from monitor.storage.decisions import ALIVE_AT
from monitor.storage.errors import sound_rows
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents
from probes.self import KIND

_STATUSES: Final[Mapping[str, Status]] = {status.value: status for status in Status}
# Two seeks for each check in the index of `unique (check_id, at, ...)`. The planner would take that of times, in which
# all checks that became unknown at one moment stand together.
_LATEST: Final = (
    "select asked.value, t.new, t.cause from json_each(?1) as asked cross join transition as t on t.id = ("
    "select id from transition indexed by sqlite_autoindex_transition_1 "
    "where check_id = asked.value and at < ?2 order by at desc, id desc limit 1)"
)
# With what they are part of, whenever that was declared: else a member would stand for itself in this period and for its
# group in the next. `union` ends with what is part of itself.
_INCIDENTS: Final = SELECT_INCIDENTS + (  # noqa: S608 (constants only)
    "where id in (with recursive meant (id) as (select id from incident "
    "where declared_at < ? and (resolved_at is null or resolved_at >= ?) "
    "union select member.part_of from incident as member join meant using (id) where member.part_of is not null) "
    "select id from meant) order by declared_at, id"
)
_WITHIN: Final = "select check_id, at, declared_at, old, new, cause from transition where at >= ? and at < ? order by at, id"

_WITHIN_OF: Final = (
    "select check_id, at, declared_at, old, new, cause from json_each(?3) as asked "
    "cross join transition indexed by sqlite_autoindex_transition_1 "
    "where check_id = asked.value and at >= ?1 and at < ?2 order by check_id, at, transition.id"
)


@sound_rows()
def read_books(
    connection: sqlite3.Connection,
    inventory: Inventory,
    period: Period,
    *,
    now: float,
    targets: Collection[str] | None = None,
    with_incidents: bool = True,
) -> Books:
    """Return what is known of `period` for every check of the inventory, and for those that left it within or later.

    Call it within one transaction: everything is of one moment. `known_until_at` is the daemon's last sign of life.
    `targets`: only histories that accounts of these targets need, which are those of all they depend on, too; what left
    the inventory is not among them. Each check is then sought by itself: right for a few over a long time.
    `with_incidents`: no sum of time needs them. The monitor's own troubles are not among them: they are no outages.
    """
    looked_from = period.from_at - LOOK_BACK_S
    declared = tuple(mutings.select_within(connection, looked_from, period.until_at, MutingKind.MAINTENANCE))
    since_at = known_from(inventory, declared, period)
    alive = connection.execute("select value from meta where key = ?", (ALIVE_AT,)).fetchone()
    return Books(
        inventory=inventory,
        histories=_histories(
            connection, inventory, since_at, max(min(period.until_at, now), since_at), targets
        ),
        mutings=declared,
        corrections=tuple(corrections.select_touching(connection, looked_from, period.until_at)),
        incidents=tuple(_of_others(read_incidents(connection, period), inventory)) if with_incidents else (),
        known_until_at=0.0 if alive is None else min(float(alive[0]), now),
        now=now,
    )


def _histories(
    connection: sqlite3.Connection,
    inventory: Inventory,
    from_at: float,
    until_at: float,
    targets: Collection[str] | None,
) -> dict[str, History]:
    wanted = (
        (*inventory.checks, *corrections.all_check_ids(connection))
        if targets is None
        else _checks_needed(inventory, targets)
    )
    check_ids = {check_id: check_id for check_id in wanted}
    asked = json.dumps(list(check_ids))
    latest = {
        check_id: None if cause == Blindness.REMOVED else _STATUSES[new]
        for check_id, new, cause in connection.execute(_LATEST, (asked, from_at))
    }
    rows = (
        connection.execute(_WITHIN, (from_at, until_at))
        if targets is None
        else connection.execute(_WITHIN_OF, (from_at, until_at, asked))
    )
    within: defaultdict[str, list[Transition]] = defaultdict(list)
    for check_id, at, declared_at, old, new, cause in rows:
        known = check_ids[check_id]  # one string for all rows of a check
        within[known].append(Transition(known, at, declared_at, _STATUSES[old], _STATUSES[new], cause))
    (begun_at,) = connection.execute("select min(at) from transition").fetchone()
    seen = dict(connection.execute("select target_id, first_seen_at from target_seen"))
    histories = {}
    for check_id in check_ids:
        check = inventory.checks.get(check_id)
        transitions = tuple(within.get(check_id, ()))
        if check is not None:
            first_at = seen.get(check.target_id)
            # Seen when the monitor began at all: it was not watched before that.
            watched_from_at = until_at if first_at is None else max(first_at, begun_at or 0.0)
            histories[check_id] = _history(
                check_id, latest, transitions, from_at=from_at, watched_from_at=watched_from_at
            )
        elif transitions or latest.get(check_id) not in {None, Status.UNKNOWN}:
            histories[check_id] = _history(
                check_id, latest, transitions, from_at=from_at, watched_from_at=until_at
            )
    return histories


def _checks_needed(inventory: Inventory, targets: Collection[str]) -> list[str]:
    """Return the checks of these targets and of all they depend on: works on one of those last until it is back."""
    needed, waiting = set(targets), list(targets)
    while waiting:
        target = inventory.targets.get(waiting.pop())
        more = set() if target is None else set(target.depends_on) - needed
        needed |= more
        waiting += more
    return [check.id for check in inventory.checks.values() if check.target_id in needed]


def _history(
    check_id: str,
    latest: Mapping[str, Status | None],
    transitions: Sequence[Transition],
    *,
    from_at: float,
    watched_from_at: float,
) -> History:
    """Return one history; `watched_from_at` is when it was first watched as far as nothing else tells."""
    status = latest.get(check_id)
    if status is not None:
        return History(check_id, status, tuple(transitions))
    if check_id in latest or watched_from_at >= from_at:
        # It had left the inventory, or was not there yet: what is known of it tells when it came (back) at the latest.
        came_at = watched_from_at if check_id not in latest else float("inf")
        first_at = transitions[0].at if transitions else came_at
        return History(check_id, None, tuple(transitions), min(came_at, first_at))
    return History(check_id, Status.UNKNOWN, tuple(transitions))


def _of_others(incidents: Iterable[Incident], inventory: Inventory) -> Iterator[Incident]:
    for incident in incidents:
        check = inventory.checks.get(incident.root_check_id)
        # Of what left the inventory the cause alone tells: no other kind has these metrics.
        is_own = incident.cause.partition(" ")[0] in KIND.metrics if check is None else check.is_own
        if not is_own:
            yield incident


@sound_rows()
def read_incidents(connection: sqlite3.Connection, period: Period) -> list[Incident]:
    """Return the incidents that met the period, with what they are part of, by time of declaration."""
    return select_incidents(connection, _INCIDENTS, (period.until_at, period.from_at))
