"""What devices say of their power, kept until it can tell a power cut from a cut line. Memory only; no clock, no I/O.

A restart of the monitor forgets it: what was not guessed by then stays "unknown".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from alerts.incidents.guess import WEAK, Boot, Evidence, Span, guess, guess_of_members
from alerts.model.checks import CheckResult, Status
from alerts.model.incident import CloseReason, Guess, Incident, IncidentEvent, LogKind
from inventory.model import Check, Target

if TYPE_CHECKING:
    from alerts.world import Changes, World

UPTIME_METRICS: Final = ("host_uptime_s", "sys_uptime_s", "uptime_s")
"""How long a device has been running, the best first: sysUpTime begins anew also when only its agent restarts."""

BATTERY_METRIC: Final = "ups_on_battery"
"""1 while a UPS feeds its load from the battery."""

ASKED_KINDS: Final = frozenset({"snmp", "interfaces"})
"""Kinds of checks that bring one of these metrics."""

MOST_ASKED: Final = 10
"""How many checks are asked for evidence when an incident ends."""

GUESS_WITHIN_S: Final = 600.0
"""Evidence that comes later than this after the end is no longer heard."""


@dataclass(slots=True)
class Signs:
    """Target id -> what it said last: since when it runs; when its UPS was on battery."""

    boots: dict[str, Boot] = field(default_factory=dict)
    batteries: dict[str, Span] = field(default_factory=dict)
    on_battery: set[str] = field(default_factory=set)


def note_signs(world: "World", changes: "Changes", check: Check, result: CheckResult, now: float) -> None:
    """Remember what a result says of a device's power, and guess anew what it explains."""
    metrics = result.reading.metrics
    signs = world.signs
    uptime_s = next((metrics[each] for each in UPTIME_METRICS if each in metrics), None)
    on_battery = metrics.get(BATTERY_METRIC)
    if on_battery is not None:
        if on_battery < 1:
            signs.on_battery.discard(check.target_id)
        else:
            is_going_on = check.target_id in signs.on_battery
            from_at = signs.batteries[check.target_id].from_at if is_going_on else result.started_at
            signs.batteries[check.target_id] = Span(from_at, result.started_at)
            signs.on_battery.add(check.target_id)
    if uptime_s is not None:
        signs.boots[check.target_id] = Boot(result.started_at, result.started_at - uptime_s)
    if uptime_s is None and on_battery is None:
        return
    for incident in list(world.closed.values()):
        if check.target_id in _witnesses(world, incident):
            _guess(world, changes, incident, now)


def guess_ended(world: "World", changes: "Changes", now: float) -> None:
    """Guess the cause of what ended in this event, and ask whoever may know more: the end is told a little later."""
    ended = dict.fromkeys(each.incident_id for each in changes.log if each.kind is LogKind.CLOSED)
    for incident in [world.closed[each] for each in ended if each in world.closed]:
        if incident.close_reason is not CloseReason.RECOVERED:
            continue
        if incident.guess is not None:  # that was about an earlier time down
            _keep_closed(world, changes, replace(incident, guess=None))
        witnesses = _witnesses(world, incident)
        asked = [
            check.id
            for target_id in witnesses
            for check in _askable(world, target_id)
            if not _has_said(world.signs.boots.get(target_id), incident)
        ]
        changes.recheck.update(asked[:MOST_ASKED])
        _guess(world, changes, incident, now)


def _guess(world: "World", changes: "Changes", incident: Incident, now: float) -> None:
    """Store the best guess there is for an incident that ended, and for the group it was part of."""
    incident = world.closed[incident.id]
    is_final = incident.guess is not None and incident.guess.basis not in WEAK
    ended_at = incident.resolved_at
    if is_final or ended_at is None or incident.level is not Status.DOWN:
        return
    if incident.close_reason is not CloseReason.RECOVERED or not 0 <= now - ended_at <= GUESS_WITHIN_S:
        return
    found = _of_group(world, incident) if incident.is_group else _of_one(world, incident, ended_at)
    if found is None or found == incident.guess:
        return
    _keep_closed(world, changes, replace(incident, guess=found))
    changes.log.append(IncidentEvent(incident.id, now, LogKind.GUESSED, text=f"{found.kind} {found.basis}"))
    if incident.part_of in world.closed:
        _guess(world, changes, world.closed[incident.part_of], now)


def _keep_closed(world: "World", changes: "Changes", incident: Incident) -> None:
    world.closed[incident.id] = changes.incidents[incident.id] = incident


def _of_group(world: "World", group: Incident) -> Guess | None:
    return guess_of_members([each.guess for each in world.members_of(group.id) if each.guess is not None])


def _of_one(world: "World", incident: Incident, ended_at: float) -> Guess | None:
    check = world.inventory.checks.get(incident.root_check_id)
    target = None if check is None else world.inventory.targets.get(check.target_id)
    if check is None or target is None or world.neighbours.primaries.get(target.id) != check.id:
        return None  # one service of a device that answers was neither cut off nor without power
    signs = world.signs
    witnesses = _witnesses(world, incident)
    evidence = Evidence(
        own=signs.boots.get(target.id),
        batteries=tuple(signs.batteries[each] for each in target.powered_by if each in signs.batteries),
        behind=tuple(signs.boots[each] for each in witnesses if each != target.id and each in signs.boots),
        neighbours=tuple(_neighbours(world, target, incident.opened_at)),
    )
    # It may have begun right after the last answer before the first failure.
    return guess(Span(incident.opened_at - check.interval_s, ended_at), evidence)


def _witnesses(world: "World", incident: Incident) -> dict[str, None]:
    """Return the targets that know something: the root's first, its power supplies, then what is behind it there."""
    inventory = world.inventory
    root = inventory.checks.get(incident.root_check_id)
    target = None if root is None else inventory.targets.get(root.target_id)
    if target is None:
        return {}
    found = dict.fromkeys((target.id, *target.powered_by))
    for check_id in sorted(incident.affected):
        check = inventory.checks.get(check_id)
        behind = None if check is None else inventory.targets.get(check.target_id)
        if behind is not None and behind.unit_code == target.unit_code:
            found[behind.id] = None
    return found


def _askable(world: "World", target_id: str) -> Iterator[Check]:
    """Yield the checks of a target that may bring evidence: its primary's children, or the primary itself."""
    primary_id = world.neighbours.primaries.get(target_id)
    if primary_id is None:
        return
    for check_id in (primary_id, *world.inventory.children.get(primary_id, ())):
        check = world.inventory.checks[check_id]
        if check.target_id == target_id and check.kind in ASKED_KINDS:
            yield check


def _has_said(boot: Boot | None, incident: Incident) -> bool:
    return boot is not None and boot.asked_at >= (incident.resolved_at or 0.0)


def _neighbours(world: "World", target: Target, opened_at: float) -> Iterator[bool]:
    """Yield of each other line of the same unit whether it went on answering; what is not known is left out."""
    if target.circuit_id is None:
        return
    for other in world.neighbours.lines.get(target.unit_code, ()):
        if other.circuit_id in {None, target.circuit_id} or other.id == target.id:
            continue
        check_id = world.neighbours.primaries.get(other.id, "")
        if check_id not in world.states:
            continue
        state, progress = world.states[check_id], world.progress[check_id]
        fell = any(
            abs(each.opened_at - opened_at) <= world.settings.groups.window_s
            for known in (world.incidents, world.closed)
            for each in known.values()
            if each.root_check_id == check_id and each.level is Status.DOWN
        )
        if fell:
            yield False
        elif state.status is Status.UP and state.since_at < opened_at <= (progress.last_answer_at or 0.0):
            yield True
