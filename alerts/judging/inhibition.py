"""Child or cause? A check that is down is blamed only after its parents have answered later than it failed.

Rule (any order of the same events gives the same incident): while a parent is down, the child belongs to the parent's
incident; while a parent is failing, or its answer is older than the child's latest failure, the child waits.
"""

from alerts.incidents.episodes import absorb, straggling_s
from alerts.incidents.lives import attach, open_incident
from alerts.model.checks import Status
from alerts.world import Changes, World


def settle(world: World, changes: Changes, check_id: str, *, now: float, mono: float) -> None:
    """Blame or explain `check_id` if it is pending and its parents allow a judgement; then its pending children."""
    todo = [check_id]
    while todo:
        current = todo.pop()
        if current in world.pending and _settle_one(world, changes, current, now=now, mono=mono):
            todo.extend(world.inventory.children.get(current, ()))


def recheck_parents(world: World, changes: Changes, check_id: str, *, failing: bool) -> None:
    """Probe the parents that the latest result of `check_id` contradicts, so that a common cause shows at once.

    Not those that ran since that result's start, nor those with a streak under way (they are on their retry interval).
    """
    last_mono = world.progress[check_id].last_mono
    for parent_id in world.inventory.parents.get(check_id, ()):
        is_down = world.states[parent_id].status is Status.DOWN
        parent = world.progress[parent_id]
        if is_down is failing or parent.runs:
            continue
        if not parent.ran_since(last_mono):
            changes.recheck.add(parent_id)


def _settle_one(world: World, changes: Changes, check_id: str, *, now: float, mono: float) -> bool:
    progress = world.progress[check_id]
    pending_mono = world.pending[check_id]
    since_mono = max(pending_mono, world.evidence_mono(check_id, progress.failing_since_mono))
    failed_after_mono = since_mono
    waited_enough = mono - pending_mono >= world.settings.parent_wait_s
    waiting = False
    for parent_id in world.inventory.parents.get(check_id, ()):
        parent = world.progress[parent_id]
        status = world.states[parent_id].status
        if status is Status.DOWN:
            incident_id = world.incident_of.get(parent_id)
            if incident_id is not None:
                absorb(world, changes, check_id, incident_id, now=now, mono=mono)
                attach(world, changes, check_id, incident_id)
                return True
            waiting = True  # the parent itself is being judged; it has its own time limit
        elif Status.DOWN in parent.runs:
            waiting = True  # a streak under way ends by itself: the parent will be down or have answered
        elif not parent.answered_since(max(since_mono, progress.last_failure_mono)):
            waiting = waiting or not (waited_enough and status is Status.UNKNOWN)
        else:  # what hangs on it may come back a little later than it
            back_mono = parent.answering_since_mono + straggling_s(world, check_id)
            failed_after_mono = max(failed_after_mono, back_mono)
    if waiting:
        recheck_parents(world, changes, check_id, failing=True)
    confirmed = progress.confirmations >= world.inventory.checks[check_id].failures_to_down
    if waiting or not (confirmed and progress.failed_since(failed_after_mono)):
        changes.retry.add(check_id)
        return False
    open_incident(world, changes, check_id, now)
    return True
