"""What answers badly for long enough is an incident of its own, a calm one. No clock, no I/O.

It is told once, less urgently than a loss, and never wakes anybody for what has time. What hangs on something that
is degraded or down itself is explained by that.
"""

from alerts.incidents.lives import open_incident
from alerts.model.checks import Status
from alerts.world import Changes, World
from inventory.graph import ancestors
from inventory.model import Check

_EXPLAINS = frozenset({Status.DOWN, Status.DEGRADED})


def review_degraded(world: World, changes: Changes, now: float) -> None:
    """Open an incident for each check that has been degraded for `degraded_wait_s` and is not explained.

    One incident of a target is enough: ancestors first, so that it is the one of its reachability check. The monitor
    itself has one for each of its parts: a package that ends in two weeks hides no disk that fills up.
    """
    wait_s = world.settings.degraded_wait_s
    lasting = {
        state.check_id
        for state in world.states.values()
        if state.status is Status.DEGRADED and now - state.since_at >= wait_s
    }
    if not lasting:
        return
    busy = {
        _whose(world.inventory.checks[each.root_check_id])
        for each in world.incidents.values()
        if each.root_check_id in world.inventory.checks
    }
    for check_id in world.inventory.ancestors_first:
        whose = _whose(world.inventory.checks[check_id])
        if check_id not in lasting or check_id in world.hushed or whose in busy:
            continue
        if _steady_since(world, check_id) <= now - wait_s:
            busy.add(whose)
            open_incident(world, changes, check_id, now, level=Status.DEGRADED)


def _whose(check: Check) -> str:
    """Return what one incident is enough for: a target, or a part of the monitor itself."""
    return check.id if check.is_own else check.target_id


def _steady_since(world: World, check_id: str) -> float:
    """Return since when nothing above explained it: infinity while an ancestor is degraded or down.

    What has just come back may take along what hangs on it: then that waits anew.
    """
    since_at = float("-inf")
    for ancestor_id in ancestors(world.inventory, check_id):
        state = world.states[ancestor_id]
        if state.status in _EXPLAINS:
            return float("inf")
        if state.status is not Status.UNKNOWN:
            since_at = max(since_at, state.since_at)
    return since_at
