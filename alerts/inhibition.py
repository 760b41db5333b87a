"""Child or cause? A check that is down is blamed only after its parents have answered later than it failed.

Rule (any order of the same events gives the same incident): while a parent is down, the child belongs to the parent's
incident; while a parent's answer is older than the child's failure, the child waits and the parent is probed at once.
"""

from alerts.incidents import attach, open_incident
from alerts.model import Status
from alerts.world import Changes, World


def settle(world: World, changes: Changes, check_id: str, *, now: float, mono: float) -> None:
    """Blame or explain `check_id` if it is pending and its parents allow a judgement; then its pending children."""
    todo = [check_id]
    while todo:
        current = todo.pop()
        if current in world.pending and _settle_one(world, changes, current, now=now, mono=mono):
            todo.extend(world.inventory.children.get(current, ()))


def _settle_one(world: World, changes: Changes, check_id: str, *, now: float, mono: float) -> bool:
    since_mono = world.pending[check_id]
    waited_enough = mono - since_mono >= world.settings.parent_wait_s
    waiting = False
    for parent_id in world.inventory.parents.get(check_id, ()):
        if world.states[parent_id].status is Status.DOWN:
            incident_id = world.incident_of.get(parent_id)
            if incident_id is not None:
                attach(world, changes, check_id, incident_id)
                return True
            waiting = True  # the parent itself is being judged; it has its own time limit
        elif not world.progress[parent_id].answered_since(since_mono) and not waited_enough:
            waiting = True
            if world.progress[parent_id].failures == 0:  # a failing parent is on its retry interval already
                changes.recheck.add(parent_id)
    confirmed = world.progress[check_id].confirmations >= world.inventory.checks[check_id].failures_to_down
    if waiting or not confirmed:
        changes.retry.add(check_id)
        return False
    open_incident(world, changes, check_id, now)
    return True
