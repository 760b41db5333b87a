"""Is it they, or are we cut off? Anchors on several carriers vote. No clock, no I/O."""

from collections.abc import Sequence

from alerts.judging.lifecycle import Progress, expected
from alerts.model.checks import Blindness, CheckResult, CheckState, Level, Status, Verdict
from alerts.world import Changes, World, make_unknown

ANCHOR_FAILURES = 2
"""Failed runs in a row before an anchor's vote is "no answer"; each first failure is rechecked at once, so this
costs a second and keeps one lost burst from blinding the whole province."""


def needed_votes(anchors: int) -> int:
    """How many anchors must answer: at least half of them."""
    return (anchors + 1) // 2


def isolated_since(anchors: Sequence[Progress]) -> float | None:
    """Return when the quorum broke (start of the anchor failure that broke it, Unix seconds), or None."""
    silent = sorted(
        progress.failing_since_at
        for progress in anchors
        if progress.failing_since_at is not None and progress.failures >= ANCHOR_FAILURES
    )
    tolerated = len(anchors) - needed_votes(len(anchors))
    return silent[tolerated] if len(silent) > tolerated else None


def connected_since(anchors: Sequence[Progress], mono: float) -> bool:
    """Whether the quorum answered runs that started at `mono` or later; without anchors, always."""
    votes = sum(1 for progress in anchors if progress.answered_since(mono))
    return votes >= needed_votes(len(anchors))


def vote(
    world: World, changes: Changes, check_id: str, *, failed_before: bool, now: float, mono: float
) -> None:
    """An anchor answered or not: are we cut off?"""
    since_at = isolated_since(world.anchors)
    if since_at is None:
        reconnect(world, mono)
    elif world.isolated_since_at is None:
        _isolate(world, changes, since_at, now)
    failures = world.progress[check_id].failures
    if failures > 0 and world.isolated_since_at is not None:
        changes.retry.add(check_id)
    if failures == 1:
        changes.recheck.update(world.inventory.anchors)
    elif failed_before and failures == 0:  # are we back? The other silent ones must say so too
        changes.recheck.update(c for c in world.inventory.anchors if world.progress[c].failures > 0)


def reconnect(world: World, mono: float) -> None:
    """End the isolation, if there is one; what was measured during it stays ignored."""
    if world.isolated_since_at is not None:
        world.isolated_since_at = None
        world.ignore_before_mono = mono


def recheck_anchors(world: World, changes: Changes, result: CheckResult) -> None:
    """A soft failure: is our own connection alive? Each anchor is asked at most once per run of the check."""
    run = world.progress[result.check_id].runs[Status.DOWN]
    if not connected_since(world.anchors, world.evidence_mono(result.check_id, run.first_mono)):
        changes.recheck.update(
            anchor
            for anchor in world.inventory.anchors
            if not world.progress[anchor].ran_since(result.started_mono)
        )


def may_declare(
    world: World,
    changes: Changes,
    state: CheckState,
    earned: Status,
    verdict: Verdict,
    *,
    now: float,
    mono: float,
) -> bool:
    """Whether failures count as the target's: only if our own connection was proven after they began.

    Without that proof for `parent_wait_s` the status is unknown.
    """
    if verdict.level is not Level.CRITICAL or earned is expected(state):
        return True
    if world.inventory.checks[state.check_id].is_own:
        return True
    progress = world.progress[state.check_id]
    run = progress.runs[earned]
    since_mono = world.evidence_mono(state.check_id, run.first_mono)
    if connected_since(world.anchors, since_mono):
        return True
    if mono - since_mono >= world.settings.parent_wait_s:
        progress.forget_streaks()
        make_unknown(world, changes, state, Blindness.ISOLATED, at=run.first_at, now=now)
    return False


def _isolate(world: World, changes: Changes, since_at: float, now: float) -> None:
    world.isolated_since_at = since_at
    for state in list(world.states.values()):
        if world.inventory.checks[state.check_id].is_own:  # we can still see ourselves
            continue
        seen = world.progress[state.check_id]
        # An answer after the quorum broke proves that check's path until then; soft failures before it prove nothing.
        at = max(since_at, seen.last_answer_at or since_at)
        if Status.DOWN in seen.runs:
            at = min(at, seen.runs[Status.DOWN].first_at)
        seen.forget_streaks()
        make_unknown(world, changes, state, Blindness.ISOLATED, at=at, now=now)
