"""What an event changes: a result, time itself, a person, a new inventory, a start. Deterministic; no clock, no I/O.

The functions change the world they are given and return the Decision to be stored. `now` is Unix seconds, `mono`
monotonic seconds of the same moment.
"""

from dataclasses import replace
from enum import StrEnum

from alerts.incidents import close_incident
from alerts.inhibition import settle
from alerts.isolation import connected_since, isolated_since
from alerts.lifecycle import Progress, advance, blind, change, expected
from alerts.model import (
    AlertSettings,
    Blindness,
    CheckResult,
    CheckState,
    CloseReason,
    Decision,
    IncidentEvent,
    Level,
    LogKind,
    SavedState,
    Status,
    Transition,
    Verdict,
)
from alerts.verdict import judge
from alerts.world import Changes, World
from inventory.model import Inventory

OVERDUE_INTERVALS = 3
"""Intervals without a result before a status is unknown."""

_NOTHING = Decision()


def start(
    inventory: Inventory, settings: AlertSettings, saved: SavedState, *, now: float, mono: float
) -> tuple[World, Decision]:
    """Rebuild the world from what was saved; the time since `saved.alive_at` is unknown for every check."""
    changes = Changes()
    world = World(inventory, settings, saved, mono=mono)
    gone = [state.check_id for state in saved.states if state.check_id not in inventory.checks]
    changes.forgotten.extend(gone)
    if saved.alive_at is not None:
        for state in list(world.states.values()):
            _store(world, changes, blind(state, Blindness.STOPPED, at=saved.alive_at, declared_at=now))
    _close_removed(world, changes, now=now, mono=mono)
    return world, changes.decision()


def on_result(world: World, result: CheckResult, *, now: float, mono: float) -> Decision:
    """Judge one result and draw every conclusion from it."""
    check = world.inventory.checks.get(result.check_id)
    if check is None:  # it left the inventory while the probe ran
        return _NOTHING
    progress = world.progress[check.id]
    verdict = judge(check, result.reading)
    progress.note(verdict.level, result)

    changes = Changes()
    if check.id in world.inventory.anchors:
        _vote(world, changes, progress, now=now, mono=mono)
    if world.isolated_since_at is not None or result.started_mono < world.ignore_before_mono:
        return changes.decision()

    state = world.states[check.id]
    earned = advance(state, progress, verdict, result, check)
    if earned is not None and _may_declare(world, changes, state, earned):
        _declare(world, changes, state, earned, verdict, now=now, mono=mono)
    elif not progress.runs and not progress.failures and not world.pending:
        return _NOTHING if not changes.recheck else changes.decision()  # the usual case: all is well
    if progress.runs:
        changes.retry.add(check.id)
    if progress.failures == 1 and world.states[check.id].status is not Status.DOWN:
        _suspect_parents(world, changes, check.id, result.started_mono)
    settle(world, changes, check.id, now=now, mono=mono)
    for child_id in world.inventory.children.get(check.id, ()):
        settle(world, changes, child_id, now=now, mono=mono)
    return changes.decision()


def on_tick(world: World, *, now: float, mono: float) -> Decision:
    """Conclude what follows from time alone: overdue results, parents that never gave a verdict."""
    changes = Changes()
    if world.isolated_since_at is None:
        for check_id, progress in world.progress.items():
            check = world.inventory.checks[check_id]
            last_mono = world.started_mono if progress.last_mono is None else progress.last_mono
            if mono - last_mono > OVERDUE_INTERVALS * check.interval_s + check.timeout_s:
                at = now if progress.last_at is None else progress.last_at
                progress.forget_streaks()
                _blind(world, changes, world.states[check_id], Blindness.OVERDUE, at=at, now=now)
    for check_id in world.inventory.ancestors_first:
        if check_id in world.pending and mono - world.pending[check_id] >= world.settings.parent_wait_s:
            settle(world, changes, check_id, now=now, mono=mono)
    return changes.decision()


class Refusal(StrEnum):
    """Why a person's command was not carried out."""

    UNKNOWN_INCIDENT = "unknown_incident"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"


def acknowledge(world: World, incident_id: str, *, who: str, text: str, now: float) -> Decision | Refusal:
    """Somebody takes an open incident; measuring, resolving and the recovery message go on."""
    incident = world.incidents.get(incident_id)
    if incident is None:
        return Refusal.UNKNOWN_INCIDENT
    if incident.acknowledged_at is not None:
        return Refusal.ALREADY_ACKNOWLEDGED
    taken = replace(incident, acknowledged_at=now, acknowledged_by=who)
    world.incidents[incident_id] = taken
    event = IncidentEvent(incident_id, now, LogKind.ACKNOWLEDGED, who=who, text=text)
    return Decision(incidents=(taken,), log=(event,))


def on_reload(
    world: World, inventory: Inventory, settings: AlertSettings, *, now: float, mono: float
) -> Decision:
    """Swap the inventory: states, acknowledgements and incidents stay; what was removed closes its incidents."""
    changes = Changes()
    changes.forgotten.extend(check_id for check_id in world.states if check_id not in inventory.checks)
    world.settings = settings
    world.adopt(inventory)
    _close_removed(world, changes, now=now, mono=mono)
    return changes.decision()


def _close_removed(world: World, changes: Changes, *, now: float, mono: float) -> None:
    for incident in list(world.incidents.values()):
        if incident.root_check_id not in world.inventory.checks:
            close_incident(world, changes, incident, CloseReason.REMOVED, resolved_at=now, now=now, mono=mono)
    for check_id in [c for c in world.incident_of if c not in world.inventory.checks]:
        del world.incident_of[check_id]


def _vote(world: World, changes: Changes, progress: Progress, *, now: float, mono: float) -> None:
    """An anchor answered or not: are we cut off?"""
    since_at = isolated_since(world.anchors)
    if since_at is not None and world.isolated_since_at is None:
        world.isolated_since_at = since_at
        for state in list(world.states.values()):
            seen = world.progress[state.check_id]
            # An answer after the quorum broke proves that check's path until then; a failure before it proves nothing.
            at = max(since_at, seen.last_answer_at or since_at)
            if seen.failing_since_at is not None:
                at = min(at, seen.failing_since_at)
            seen.forget_streaks()
            _blind(world, changes, state, Blindness.ISOLATED, at=at, now=now)
    elif since_at is None and world.isolated_since_at is not None:
        world.isolated_since_at = None
        world.ignore_before_mono = mono
    if progress.failures == 1:
        changes.recheck.update(world.inventory.anchors)


def _may_declare(world: World, changes: Changes, state: CheckState, earned: Status) -> bool:
    """Whether a worse status may be declared: only if our own connection was proven after the failures began."""
    if earned in {Status.UP, Status.UNKNOWN} or earned is expected(state):
        return True
    if earned is Status.DEGRADED and expected(state) is Status.DOWN:
        return True
    first_mono = world.progress[state.check_id].runs[earned].first_mono
    if connected_since(world.anchors, first_mono):
        return True
    changes.recheck.update(world.inventory.anchors)
    changes.retry.add(state.check_id)
    return False


def _declare(
    world: World,
    changes: Changes,
    state: CheckState,
    earned: Status,
    verdict: Verdict,
    *,
    now: float,
    mono: float,
) -> None:
    progress = world.progress[state.check_id]
    at = progress.runs[earned].first_at
    progress.runs.clear()
    if earned is Status.UNKNOWN:
        _blind(world, changes, state, Blindness.OUR_FAULT, at=at, now=now)
        return
    cause = verdict.cause if verdict.level is not Level.OK else ""
    _store(world, changes, change(state, earned, at=at, declared_at=now, cause=cause))
    if earned is Status.DOWN:
        if state.check_id not in world.incident_of:
            world.pending[state.check_id] = progress.last_mono or mono
        return
    world.pending.pop(state.check_id, None)
    incident = world.incidents.get(world.incident_of.get(state.check_id, ""))
    if incident is not None and incident.root_check_id == state.check_id:
        close_incident(world, changes, incident, CloseReason.RECOVERED, resolved_at=at, now=now, mono=mono)
    else:
        world.incident_of.pop(state.check_id, None)


def _suspect_parents(world: World, changes: Changes, check_id: str, since_mono: float) -> None:
    """A first failure: probe the parents at once, so that a common cause starts its own streak now."""
    for parent_id in world.inventory.parents.get(check_id, ()):
        parent = world.progress[parent_id]
        if parent.failures == 0 and not parent.answered_since(since_mono):
            changes.recheck.add(parent_id)


def _blind(
    world: World, changes: Changes, state: CheckState, why: Blindness, *, at: float, now: float
) -> None:
    _store(world, changes, blind(state, why, at=at, declared_at=now))
    world.pending.pop(state.check_id, None)


def _store(world: World, changes: Changes, changed: tuple[CheckState, Transition] | None) -> None:
    if changed is not None:
        state, transition = changed
        world.states[state.check_id] = state
        changes.states[state.check_id] = state
        changes.transitions.append(transition)
