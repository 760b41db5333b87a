"""Which incidents a list shows: filters, order and pages of it, for pages, API and command line.

What is open is asked of the engine's memory (`page_of`), so it is there whatever the disk does; everything else of
state.db (`select_page`, a function for `Database.read`). Both understand a filter alike.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Incident
from inventory.model import Inventory, Selector
from inventory.names import fold
from inventory.times.windows import selected
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents


class Phase(StrEnum):
    """How far the work on incidents has come: the tabs of the page."""

    OPEN = "open"
    ACKED = "acked"
    """Open, and somebody took it."""
    NO_CAUSE = "no-cause"
    """Over, and nobody said yet what it came from; what larger incidents took over is judged there."""
    CLOSED = "closed"
    ALL = "all"

    @property
    def is_open(self) -> bool:
        """Whether only open incidents are in it."""
        return self in {Phase.OPEN, Phase.ACKED}


class Order(StrEnum):
    """What comes first."""

    NEWEST = "-declaredAt"
    OLDEST = "declaredAt"
    LONGEST = "-durationS"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; all of its conditions hold. Times are Unix seconds, None and "" are no condition.

    `roots`: ids of targets, one of which is blamed, or belongs to the group. `hit`: ids of targets, one of which is
    blamed or was taken down by it. `cause` is what a person confirmed, `min_s` the least duration; `from_at` and
    `to_at`: it lasted some time within [from_at, to_at). `text` (small letters) is in its id or its
    ticket's number, or one of `text_targets` is blamed; see `narrowed`.
    """

    phase: Phase = Phase.ALL
    roots: frozenset[str] | None = None
    hit: frozenset[str] | None = None
    cause: CauseKind | None = None
    level: Status | None = None
    min_s: float = 0.0
    from_at: float | None = None
    to_at: float | None = None
    text: str = ""
    text_targets: frozenset[str] = frozenset()
    with_parts: bool = True
    """Also those that a larger one tells of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended: the key and id of its last incident. `now` is when the first page was read."""

    key: float
    id: str
    now: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list; `next` is where it goes on, None when that was all."""

    items: tuple[Incident, ...]
    next: Place | None = None


def narrowed(
    asked: Wanted,
    inventory: Inventory,
    selector: Selector,
    units: frozenset[str] = frozenset(),
    text: str = "",
) -> Wanted:
    """Return the filter with what people ask in the inventory's words besides.

    `selector`: layer, area, former district, carrier ... of what is blamed (an empty one: any); `units`: codes of the
    places that it took down, or whose it is (none: any); `text` is looked for without marks, also in names of places
    and targets.
    """
    folded = fold(text)
    return replace(
        asked,
        roots=None if selector == Selector() else frozenset(selected(selector, inventory)),
        hit=None
        if not units
        else frozenset(each.id for each in inventory.targets.values() if each.unit_code in units),
        text=_small(text.strip()),
        text_targets=_named(folded, inventory) if folded else frozenset(),
    )


def page_of(
    incidents: Iterable[Incident],
    asked: Wanted,
    *,
    order: Order = Order.NEWEST,
    limit: int,
    now: float,
    after: Place | None = None,
) -> Listed:
    """Return a page of those of `incidents`, in memory, that `asked` means."""
    as_of = now if after is None else after.now
    found = sorted(
        (each for each in incidents if is_wanted(each, asked, now=as_of)),
        key=lambda each: (_key(each, order, as_of), each.id),
        reverse=order is not Order.OLDEST,
    )
    if after is not None:
        passed = (after.key, after.id)
        found = [
            each
            for each in found
            if ((_key(each, order, as_of), each.id) > passed) is (order is Order.OLDEST)
            and (_key(each, order, as_of), each.id) != passed
        ]
    return _cut(found, order, limit, as_of)


def is_wanted(incident: Incident, asked: Wanted, *, now: float) -> bool:
    """Whether a filter means an incident; `now` is the end of what is open. As `select_page` understands it."""
    ends_at = now if incident.resolved_at is None else incident.resolved_at
    root = _target_of(incident.root_check_id)
    affected = {_target_of(check_id) for check_id in incident.affected}
    return (
        _is_in_phase(incident, asked.phase)
        and (asked.with_parts or incident.part_of is None)
        and (asked.cause is None or (incident.choice is not None and incident.choice.kind is asked.cause))
        and asked.level in {None, incident.level}
        and ends_at - incident.opened_at >= asked.min_s
        and (asked.to_at is None or incident.opened_at < asked.to_at)
        and (asked.from_at is None or incident.resolved_at is None or incident.resolved_at >= asked.from_at)
        and (
            asked.roots is None
            or root in asked.roots
            or (incident.is_group and not affected.isdisjoint(asked.roots))
        )
        and (asked.hit is None or root in asked.hit or not affected.isdisjoint(asked.hit))
        and _says(incident, root, asked)
    )


def select_page(
    connection: sqlite3.Connection,
    asked: Wanted,
    *,
    order: Order = Order.NEWEST,
    limit: int,
    now: float,
    after: Place | None = None,
) -> Listed:
    """Return a page of the incidents that `asked` means, as they are stored."""
    as_of = now if after is None else after.now
    conditions, values = _conditions(asked, as_of)
    if after is not None:
        conditions.append(f"({_KEYS[order]}, id) {'>' if order is Order.OLDEST else '<'} (:key, :id)")
        values |= {"key": after.key, "id": after.id}
    direction = "asc" if order is Order.OLDEST else "desc"
    query = (
        SELECT_INCIDENTS
        + (f"where {' and '.join(conditions)} " if conditions else "")
        + f"order by {_KEYS[order]} {direction}, id {direction} limit :limit"
    )
    values |= {"now": as_of, "limit": limit + 1}
    return _cut(select_incidents(connection, query, values), order, limit, as_of)


def select_counts(connection: sqlite3.Connection, asked: Wanted, *, now: float) -> dict[Phase, int]:
    """Count for every phase the incidents that `asked` means besides, as they are stored."""
    counts = {}
    for phase in Phase:
        conditions, values = _conditions(replace(asked, phase=phase), now)
        where = f"where {' and '.join(conditions)}" if conditions else ""
        (counts[phase],) = connection.execute(f"select count(*) from incident {where}", values).fetchone()  # noqa: S608 (constants only)
    return counts


_KEYS: Final[Mapping[Order, str]] = {
    Order.NEWEST: "declared_at",
    Order.OLDEST: "declared_at",
    Order.LONGEST: "(coalesce(resolved_at, :now) - opened_at)",
}
"""What a list is sorted by; within the same by id."""
_ROOT: Final = "substr(root_check_id, 1, instr(root_check_id, '/') - 1)"
_AFFECTED: Final = (
    "exists (select 1 from incident_affected a where a.incident_id = incident.id "
    "and substr(a.check_id, 1, instr(a.check_id, '/') - 1) in (select value from json_each(:{0})))"
)
_ROOTS: Final = (
    f"({_ROOT} in (select value from json_each(:roots)) "  # noqa: S608 (constants only)
    f"or (common_dimension is not null and {_AFFECTED.format('roots')}))"
)
_HIT: Final = f"({_ROOT} in (select value from json_each(:hit)) or {_AFFECTED.format('hit')})"  # noqa: S608 (constants only)
_SAYS: Final = (
    "(instr(lower(id), :text) or instr(lower(coalesce(ticket_number, '')), :text) "  # noqa: S608 (constants only)
    f"or {_ROOT} in (select value from json_each(:text_targets)))"
)
_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_PHASES: Final[Mapping[Phase, str]] = {
    Phase.OPEN: "close_reason is null",
    Phase.ACKED: "close_reason is null and acknowledged_at is not null",
    Phase.NO_CAUSE: "close_reason is not null and choice_kind is null and part_of is null",
    Phase.CLOSED: "close_reason is not null",
}


def _conditions(asked: Wanted, now: float) -> tuple[list[str], dict[str, str | float]]:
    """Return the parts of the condition, and the values that they name."""
    found = (
        (asked.phase is not Phase.ALL, _PHASES.get(asked.phase, "")),
        (not asked.with_parts, "part_of is null"),
        (asked.cause is not None, "choice_kind = :cause"),
        (asked.level is not None, "level = :level"),
        (asked.min_s > 0, "coalesce(resolved_at, :now) - opened_at >= :min_s"),
        (asked.to_at is not None, "opened_at < :to_at"),
        (asked.from_at is not None, "(resolved_at is null or resolved_at >= :from_at)"),
        (asked.roots is not None, _ROOTS),
        (asked.hit is not None, _HIT),
        (bool(asked.text), _SAYS),
    )
    values: dict[str, str | float] = {
        "cause": asked.cause or "",
        "level": asked.level or "",
        "min_s": asked.min_s,
        "to_at": asked.to_at or 0.0,
        "from_at": asked.from_at or 0.0,
        "roots": _list(asked.roots),
        "hit": _list(asked.hit),
        "text": asked.text,
        "text_targets": _list(asked.text_targets),
        "now": now,
    }
    return [condition for is_asked, condition in found if is_asked], values


def _list(ids: frozenset[str] | None) -> str:
    return json.dumps(sorted(ids or ()))


def _key(incident: Incident, order: Order, now: float) -> float:
    if order is not Order.LONGEST:
        return incident.declared_at
    return (now if incident.resolved_at is None else incident.resolved_at) - incident.opened_at


def _cut(found: list[Incident], order: Order, limit: int, now: float) -> Listed:
    items = tuple(found[:limit])
    if len(found) <= limit or not items:
        return Listed(items)
    return Listed(items, Place(_key(items[-1], order, now), items[-1].id, now))


def _is_in_phase(incident: Incident, phase: Phase) -> bool:
    match phase:
        case Phase.OPEN:
            return incident.is_open
        case Phase.ACKED:
            return incident.is_open and incident.acknowledged_at is not None
        case Phase.NO_CAUSE:
            return not incident.is_open and incident.choice is None and incident.part_of is None
        case Phase.CLOSED:
            return not incident.is_open
        case Phase.ALL:
            return True


def _says(incident: Incident, root: str, asked: Wanted) -> bool:
    number = "" if incident.ticket is None else incident.ticket.number
    return (
        not asked.text
        or asked.text in _small(incident.id)
        or asked.text in _small(number)
        or root in asked.text_targets
    )


def _small(text: str) -> str:
    """Return it in small letters as SQLite's `lower` does: ASCII only."""
    return text.translate(_SMALL)


def _target_of(check_id: str) -> str:
    return check_id.partition("/")[0]


def _named(folded: str, inventory: Inventory) -> frozenset[str]:
    """Return the targets whose own name or place has this in it."""
    units = {
        unit.code
        for unit in inventory.units.values()
        if any(folded in _folded(name) for name in (unit.name, unit.code, *unit.former_names))
    }
    return frozenset(
        target.id
        for target in inventory.targets.values()
        if target.unit_code in units or folded in _folded(target.name) or folded in target.id
    )


@lru_cache(maxsize=16_384)
def _folded(name: str) -> str:
    """Fold a name of the inventory once: for thousands it takes longer than the event loop may wait."""
    return fold(name)
