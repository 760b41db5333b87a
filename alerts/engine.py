"""What an event changes: a result, time itself, a person, a new inventory, a start. Deterministic; no clock, no I/O.

The functions change the world they are given and return the Decision to be stored. `now` is Unix seconds, `mono`
monotonic seconds of the same moment.
"""

from collections.abc import Iterable

from alerts.incidents.commands import expire_acknowledgements
from alerts.incidents.degraded import review_degraded
from alerts.incidents.episodes import answered, end_or_wait, review_flapping
from alerts.incidents.groups import regroup
from alerts.incidents.lives import close_incident, forget_closed, free_orphans, release, write_affected
from alerts.incidents.signs import guess_ended, note_signs
from alerts.judging.inhibition import recheck_parents, settle
from alerts.judging.isolation import isolated_since, may_declare, recheck_anchors, reconnect, vote
from alerts.judging.lifecycle import advance, change, end, expected
from alerts.judging.verdict import judge
from alerts.model.checks import Blindness, CheckResult, CheckState, Level, Status, Verdict
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import CloseReason
from alerts.model.settings import AlertSettings
from alerts.muting.declaring import forget_over
from alerts.muting.maintenance_news import tell_maintenance, tell_removed_windows
from alerts.telling.steps import tell_due
from alerts.telling.suppression import note_back, note_seen
from alerts.world import Changes, World, make_unknown, store
from inventory.model import Check, Inventory

OVERDUE_INTERVALS = 3
"""Intervals without a result before a status is unknown."""

UNMEASURED_STEP_S = 60.0
"""A wall clock that goes forward by more leaves a time that nobody measured; less is lost in the usual intervals."""

_NOTHING = Decision()


def start(
    inventory: Inventory, settings: AlertSettings, saved: SavedState, *, now: float, mono: float
) -> tuple[World, Decision]:
    """Rebuild the world from what was saved; the time since `saved.alive_at` is unknown for every check."""
    changes = Changes()
    world = World(inventory, settings, saved, mono=mono)
    at = now if saved.alive_at is None else min(saved.alive_at, now)
    _forget(
        changes, (state for state in saved.states if state.check_id not in inventory.checks), at=at, now=now
    )
    for state in list(world.states.values()):
        make_unknown(world, changes, state, Blindness.STOPPED, at=at, now=now)
    _close_removed(world, changes, now=now, mono=mono)
    note_seen(world, changes, 0.0 if not saved.seen else now)
    _follow_up(world, changes, now, mono)
    return world, changes.decision()


def on_result(world: World, result: CheckResult, *, now: float, mono: float) -> Decision:
    """Judge one result and draw every conclusion from it."""
    check = world.inventory.checks.get(result.check_id)
    if check is None:  # it left the inventory while the probe ran
        return _NOTHING
    progress = world.progress[check.id]
    if result.started_mono < progress.last_mono:
        return _NOTHING  # a later run was judged already
    verdict = judge(check, result.reading)
    failed_before = progress.failures > 0
    progress.note(verdict.level, result)

    changes = Changes()
    note_signs(world, changes, check, result, now)
    if check.id in world.inventory.anchors:
        vote(world, changes, check.id, failed_before=failed_before, now=now, mono=mono)
    is_cut_off = world.isolated_since_at is not None or result.started_mono < world.ignore_before_mono
    if is_cut_off and not check.is_own:
        return changes.decision()
    return _conclude(world, changes, check, verdict, result, now=now, mono=mono)


def on_tick(world: World, *, now: float, mono: float) -> Decision:
    """Conclude what follows from time alone: overdue results, parents that never gave a verdict."""
    changes = Changes()
    if world.isolated_since_at is None:
        for check_id, progress in world.progress.items():
            check = world.inventory.checks[check_id]
            if mono - progress.last_mono > OVERDUE_INTERVALS * check.interval_s + check.timeout_s:
                at = now if progress.last_at is None else progress.last_at
                progress.forget_streaks()
                make_unknown(world, changes, world.states[check_id], Blindness.OVERDUE, at=at, now=now)
    for check_id, since_mono in sorted(world.pending.items()):
        if mono - since_mono >= world.settings.parent_wait_s:
            settle(world, changes, check_id, now=now, mono=mono)
    write_affected(world, changes)
    forget_closed(world, now)
    expire_acknowledgements(world, changes, now)
    review_flapping(world, changes, now=now, mono=mono)
    review_degraded(world, changes, now)
    forget_over(world, now)
    tell_maintenance(world, changes, now)
    _follow_up(world, changes, now, mono)
    return changes.decision()


def on_clock_step(world: World, *, step_s: float, now: float, mono: float) -> Decision:
    """Conclude what follows from a wall clock that was set by `step_s`, or from a machine that slept so long.

    Forward: between then and now nobody measured, so every status is unknown from then on until the next result.
    Backward: nothing; a check's `at` never decreases (`change`). By itself it tells nobody anything, and opens and
    closes no incident.
    """
    if step_s <= UNMEASURED_STEP_S:
        return _NOTHING
    changes = Changes()
    # What was under way when the machine fell asleep timed out in its sleep.
    world.ignore_before_mono = max(world.ignore_before_mono, mono)
    for state in list(world.states.values()):
        world.progress[state.check_id].forget_streaks()
        make_unknown(world, changes, state, Blindness.CLOCK, at=now - step_s, now=now)
    return changes.decision()


def on_reload(
    world: World, inventory: Inventory, settings: AlertSettings, *, now: float, mono: float
) -> Decision:
    """Swap the inventory: states, acknowledgements and incidents stay; what was removed closes its incidents.

    By itself it opens no incident, and tells nobody anything but the end of what was removed and what nothing holds
    back any more.
    """
    changes = Changes()
    former = world.inventory
    gone = (state for state in world.states.values() if state.check_id not in inventory.checks)
    _forget(changes, gone, at=now, now=now)
    world.settings = settings
    world.adopt(inventory, mono)
    _close_removed(world, changes, now=now, mono=mono)
    if isolated_since(world.anchors) is None:
        reconnect(world, mono)
    note_seen(world, changes, now, former=former)
    tell_removed_windows(world, changes, former, now)
    _follow_up(world, changes, now, mono)
    return changes.decision()


def _follow_up(world: World, changes: Changes, now: float, mono: float) -> None:
    """Draw the conclusions from what became of the incidents, at the end of every event: who is told what."""
    regroup(world, changes, now, mono)
    guess_ended(world, changes, now)
    free_orphans(world, changes, now)
    tell_due(world, changes, now)


def _conclude(
    world: World,
    changes: Changes,
    check: Check,
    verdict: Verdict,
    result: CheckResult,
    *,
    now: float,
    mono: float,
) -> Decision:
    progress = world.progress[check.id]
    state = world.states[check.id]
    earned = advance(state, progress, verdict, result, check)
    if earned is None and not (progress.runs or world.pending or changes.recheck or changes.incidents):
        return _NOTHING  # the usual case: all is as it was
    failing = verdict.level is Level.CRITICAL
    if failing and Status.DOWN in progress.runs and not check.is_own:
        recheck_anchors(world, changes, result)
    if verdict.level is not Level.UNKNOWN and failing is not (state.status is Status.DOWN):
        recheck_parents(world, changes, check.id, failing=failing)
    if earned is not None and may_declare(world, changes, state, earned, verdict, now=now, mono=mono):
        _declare(world, changes, state, earned, verdict, started_mono=result.started_mono, now=now, mono=mono)
    if progress.runs:
        changes.retry.add(check.id)
    if world.pending:
        settle(world, changes, check.id, now=now, mono=mono)
        for child_id in world.inventory.children.get(check.id, ()):
            settle(world, changes, child_id, now=now, mono=mono)
    write_affected(world, changes)
    if changes.log:  # what is only explained tells nobody anything, and a dark province explains thousands
        _follow_up(world, changes, now, mono)
    return changes.decision()


def _forget(changes: Changes, gone: Iterable[CheckState], *, at: float, now: float) -> None:
    """End the story of what left the inventory: unknown from `at` on."""
    for state in gone:
        changes.forgotten.append(state.check_id)
        ended = end(state, at=at, declared_at=now)
        if ended is not None:
            changes.transitions.append(ended)


def _close_removed(world: World, changes: Changes, *, now: float, mono: float) -> None:
    """Close what was blamed on a check that left; release what no longer hangs on anything that is down."""
    for check_id in [each for each in world.incident_of if each not in world.inventory.checks]:
        del world.incident_of[check_id]
    for incident in list(world.incidents.values()):
        if not incident.is_group and incident.root_check_id not in world.inventory.checks:
            close_incident(world, changes, incident, CloseReason.REMOVED, resolved_at=now, now=now, mono=mono)
    for check_id, incident_id in list(world.incident_of.items()):
        if check_id != world.incidents[incident_id].root_check_id and not world.has_parent_down(check_id):
            release(world, changes, check_id, mono=mono)


def _declare(
    world: World,
    changes: Changes,
    state: CheckState,
    earned: Status,
    verdict: Verdict,
    *,
    started_mono: float,
    now: float,
    mono: float,
) -> None:
    progress = world.progress[state.check_id]
    run = progress.runs[earned]
    progress.settle_streaks(expected(state), earned)
    if earned is Status.UNKNOWN:
        make_unknown(world, changes, state, Blindness.OUR_FAULT, at=run.first_at, now=now)
        return
    cause = verdict.cause if verdict.level is not Level.OK else ""
    store(world, changes, change(state, earned, at=run.first_at, declared_at=now, cause=cause))
    if earned is not expected(state):
        world.hushed.discard(state.check_id)
    if earned is Status.DOWN:
        if state.check_id not in world.incident_of and state.check_id not in world.hushed:
            world.pending[state.check_id] = started_mono
        return
    world.pending.pop(state.check_id, None)
    if expected(state) is Status.DOWN:
        note_back(world, changes, state.check_id, run.first_at)
    incident = world.incidents.get(world.incident_of.get(state.check_id, ""))
    if incident is None:
        answered(world, changes, state.check_id, expected(state), earned, at=run.first_at, now=now, mono=mono)
        return
    if incident.root_check_id == state.check_id:
        end_or_wait(world, changes, incident, at=run.first_at, now=now, mono=mono)
        return
    release(world, changes, state.check_id, mono=mono)
    answered(world, changes, state.check_id, expected(state), earned, at=run.first_at, now=now, mono=mono)
    for child_id in world.inventory.children.get(state.check_id, ()):
        if world.incident_of.get(child_id) == incident.id and not world.has_parent_down(child_id):
            release(world, changes, child_id, mono=mono)
