"""Reads everything of one incident out of state.db and results.db. Each query is short; the daemon runs on meanwhile."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.group_facts import common_text
from alerts.model.checks import CheckResult, Status, Transition
from alerts.model.incident import Common, Dimension, Incident, IncidentEvent, LogKind
from inventory.model import Check, Inventory
from monitor.accounting.model import Correction
from monitor.report.evidence import neighbours
from monitor.report.evidence.model import Evidence, Neighbour, Place, Samples
from monitor.report.evidence.samples import samples_of
from monitor.series.gaps import select_gaps
from monitor.series.graph import select_maintenance
from monitor.series.model import Gap
from monitor.series.reading import results_between
from monitor.series.smoke import Stretch
from monitor.storage import corrections
from monitor.storage.errors import sound_rows
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents, select_log
from monitor.storage.outbox_view import OutboxEntry, select_entries_of
from monitor.version import VERSION

AROUND_S: Final = 30 * 60.0
"""So long before it began and after it was over everything is told."""
MOST_RESULTS: Final = 300_000
"""Of more than that, single results are given around the beginning and the end only."""
_STEP_S: Final = 6 * 3_600.0

_TOGETHER: Final = SELECT_INCIDENTS + (  # noqa: S608 (constants only)
    "where id in (with recursive meant (id) as (select ?1 union "
    "select part.id from incident as part join meant on part.part_of = meant.id) select id from meant) "
    "order by opened_at, id"
)
_ONE: Final = SELECT_INCIDENTS + "where id = ?"
_BEFORE: Final = (
    "select asked.value, t.new, t.cause from json_each(?1) as asked cross join transition as t on t.id = ("
    "select id from transition indexed by sqlite_autoindex_transition_1 "
    "where check_id = asked.value and at <= ?2 order by at desc, id desc limit 1)"
)
_WITHIN: Final = (
    "select check_id, at, declared_at, old, new, cause from transition "
    "where check_id in (select value from json_each(?1)) and at >= ?2 and at < ?3 order by at, id"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What state.db knows of one incident."""

    incident: Incident
    parts: tuple[Incident, ...]
    told_by: Incident | None
    places: tuple[Place, ...]
    checks: tuple[str, ...]
    """The checks of what failed, the one that is blamed first."""
    began_at: float
    """When the first of it failed; `over_at` is when the last of it was over, or now."""
    over_at: float
    from_at: float
    until_at: float
    log: tuple[IncidentEvent, ...]
    transitions: tuple[Transition, ...]
    neighbours: tuple[Neighbour, ...]
    messages: tuple[OutboxEntry, ...]
    maintenance: tuple[Stretch, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What results.db knows of it."""

    spans: tuple[tuple[float, float], ...]
    samples: tuple[Samples, ...]
    neighbours: tuple[Neighbour, ...]
    gaps: tuple[Gap, ...]


def read_told(
    state: sqlite3.Connection, inventory: Inventory, incident_id: str, *, now: float
) -> Told | None:
    """Return what state.db knows; None: there is no such incident. Call it within one transaction."""
    together = select_incidents(state, _TOGETHER, (incident_id,))
    incident = next((each for each in together if each.id == incident_id), None)
    if incident is None:
        return None
    told_by = (
        next(iter(select_incidents(state, _ONE, (incident.part_of,))), None) if incident.part_of else None
    )
    parts = tuple(each for each in together if each.id != incident_id)
    began_at = min(each.opened_at for each in (incident, *parts))
    over_at = max(now if each.resolved_at is None else each.resolved_at for each in (incident, *parts))
    from_at, until_at = began_at - AROUND_S, min(now, over_at + AROUND_S)
    places = tuple(_places((incident, *parts), inventory))
    checks = tuple(_checks(places, inventory))
    named = (incident, *parts, *([told_by] if told_by else []))
    failed = frozenset(place.target_id for place in places)
    return Told(
        incident=incident,
        parts=parts,
        told_by=told_by,
        places=places,
        checks=checks,
        began_at=began_at,
        over_at=over_at,
        from_at=from_at,
        until_at=until_at,
        log=tuple(
            sorted(
                (_said(event, each, inventory) for each in named for event in select_log(state, each.id)),
                key=lambda event: event.at,
            )
        ),
        transitions=tuple(_transitions(state, checks, from_at, until_at)),
        neighbours=tuple(_neighbours(state, inventory, failed, began_at, over_at)),
        messages=tuple(row for each in named for row in select_entries_of(state, each.id)),
        maintenance=tuple(_maintenance(state, checks, inventory, from_at, until_at)),
        corrections=tuple(
            each
            for each in corrections.select_touching(state, from_at, until_at)
            if not set(checks).isdisjoint(each.check_ids)
        ),
    )


def read_measured(
    results: sqlite3.Connection, told: Told, inventory: Inventory, *, zone: ZoneInfo
) -> Measured:
    """Return what results.db knows of it, check by check: never more than one check's results are in memory."""
    spans = _spans(told, told.checks, inventory)
    anchors = [each.check_id for each in told.neighbours if each.is_anchor]
    within = tuple(
        (max(start, told.began_at), min(end, told.over_at)) for start, end in _spans(told, anchors, inventory)
    )
    samples = tuple(
        samples_of(check_id, list(_results(results, check_id, spans)), zone, with_dots=number == 0)
        for number, check_id in enumerate(told.checks)
    )
    return Measured(
        spans=spans,
        samples=samples,
        neighbours=tuple(
            _counted(results, each, within) if each.is_anchor else each for each in told.neighbours
        ),
        gaps=tuple(select_gaps(results, told.from_at, told.until_at)),
    )


def evidence(
    told: Told,
    measured: Measured | None,
    inventory: Inventory,
    *,
    province: str,
    zone: str,
    now: float,
    digest_then: str,
) -> Evidence:
    """Put together what both databases know; `measured` None: there is no results.db."""
    return Evidence(
        incident=told.incident,
        parts=told.parts,
        told_by=told.told_by,
        places=told.places,
        from_at=told.from_at,
        until_at=told.until_at,
        spans=() if measured is None else measured.spans,
        log=told.log,
        transitions=told.transitions,
        samples=() if measured is None else measured.samples,
        neighbours=told.neighbours if measured is None else measured.neighbours,
        messages=told.messages,
        maintenance=told.maintenance,
        corrections=told.corrections,
        gaps=() if measured is None else measured.gaps,
        province=province,
        zone=zone,
        made_at=now,
        inventory_digest=inventory.digest,
        digest_then=digest_then,
        program=VERSION,
    )


def _said(event: IncidentEvent, incident: Incident, inventory: Inventory) -> IncidentEvent:
    """Say what a group has in common as people do; everything else stays as it is on record."""
    dimension, _, value = event.text.partition(":")
    if event.kind is not LogKind.COMMON or dimension not in set(Dimension):
        return event
    layer = "" if incident.common is None else incident.common.layer
    return replace(event, text=common_text(Common(Dimension(dimension), value, layer), inventory, words.VI))


def _places(incidents: Iterable[Incident], inventory: Inventory) -> Iterator[Place]:
    """Yield what failed, each target once; what left the inventory is called as its incident says."""
    seen: set[str] = set()
    for incident in incidents:
        check_id = incident.root_check_id
        target_id = check_id.partition("/")[0]
        if not check_id or target_id in seen:
            continue
        seen.add(target_id)
        target = inventory.targets.get(target_id)
        unit = None if target is None else inventory.units.get(target.unit_code)
        yield Place(
            incident_id=incident.id,
            target_id=target_id,
            check_id=check_id,
            name=incident.name or target_id if target is None else target.name,
            unit="" if unit is None else unit.name,
            address="" if target is None else target.address,
            circuit=None if target is None else inventory.circuits.get(target.circuit_id or ""),
        )


def _checks(places: Sequence[Place], inventory: Inventory) -> Iterator[str]:
    """Yield the blamed checks first, then the others of the same targets."""
    blamed = dict.fromkeys(place.check_id for place in places)
    yield from blamed
    targets = {place.target_id for place in places}
    yield from (
        check.id
        for check in inventory.checks.values()
        if check.target_id in targets and check.id not in blamed
    )


@sound_rows()
def _transitions(
    state: sqlite3.Connection, checks: Sequence[str], from_at: float, until_at: float
) -> list[Transition]:
    rows = state.execute(_WITHIN, (json.dumps(checks), from_at, until_at))
    return [
        Transition(check_id, at, declared_at, Status(old), Status(new), cause)
        for check_id, at, declared_at, old, new, cause in rows
    ]


@sound_rows()
def _neighbours(
    state: sqlite3.Connection,
    inventory: Inventory,
    failed: frozenset[str],
    from_at: float,
    until_at: float,
) -> list[Neighbour]:
    chosen = neighbours.chosen(inventory, failed)
    ids = list(chosen)
    before = {
        check_id: Status(new) for check_id, new, _ in state.execute(_BEFORE, (json.dumps(ids), from_at))
    }
    found: defaultdict[str, list[Transition]] = defaultdict(list)
    for each in _transitions(state, ids, from_at, until_at):
        found[each.check_id].append(each)
    return [
        neighbours.neighbour(
            check_id,
            why,
            inventory,
            before.get(check_id),
            neighbours.within(found[check_id], from_at, until_at),
            from_at=from_at,
            until_at=until_at,
        )
        for check_id, why in chosen.items()
    ]


def _maintenance(
    state: sqlite3.Connection, checks: Sequence[str], inventory: Inventory, from_at: float, until_at: float
) -> list[Stretch]:
    found: dict[Stretch, None] = {}
    for check_id in checks:
        check: Check | None = inventory.checks.get(check_id)
        if check is not None:
            found |= dict.fromkeys(select_maintenance(state, check, inventory, from_at, until_at))
    return sorted(found, key=lambda stretch: (stretch.from_at, stretch.id))


def _spans(told: Told, checks: Iterable[str], inventory: Inventory) -> tuple[tuple[float, float], ...]:
    """Return of which times single results of some checks are read."""
    known = [inventory.checks[id_].interval_s for id_ in checks if id_ in inventory.checks]
    expected = sum((told.until_at - told.from_at) / interval_s for interval_s in known)
    begun_until_at, ending_from_at = told.began_at + AROUND_S, told.over_at - AROUND_S
    if expected <= MOST_RESULTS or begun_until_at >= ending_from_at:
        return ((told.from_at, told.until_at),)
    return ((told.from_at, begun_until_at), (ending_from_at, told.until_at))


def _results(
    results: sqlite3.Connection, check_id: str, spans: Iterable[tuple[float, float]]
) -> Iterator[CheckResult]:
    for from_at, until_at in spans:
        at = from_at
        while at < until_at:
            end = min(at + _STEP_S, until_at)
            yield from results_between(results, check_id, from_at=at, until_at=end)
            at = end


def _counted(results: sqlite3.Connection, each: Neighbour, spans: Iterable[tuple[float, float]]) -> Neighbour:
    found = [result.reading.ok for result in _results(results, each.check_id, spans)]
    return replace(each, results=len(found), good=sum(found))
