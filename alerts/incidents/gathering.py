"""Before speaking, look: others that share something with what failed are asked at once, and waited for. No I/O.

A lone failure waits for nobody: only what is failing too, and would make one message of it, holds it back.
"""

from collections.abc import Iterator

from alerts.incidents.common_cause import Failure, groups_of
from alerts.incidents.flapping import downs_of
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import Incident, LogKind
from alerts.world import Changes, World


def look_at_peers(world: World, changes: Changes) -> None:
    """Probe who shares something with what was blamed in this event, unless it ran since or is failing itself."""
    for event in changes.log:
        incident = world.incidents.get(event.incident_id)
        if event.kind not in {LogKind.OPENED, LogKind.REOPENED} or incident is None or incident.is_group:
            continue
        root = world.progress.get(incident.root_check_id)
        if root is None:
            continue
        # What fails together is seen failing up to the group wait apart.
        since_mono = root.failing_since_mono + world.settings.group_wait_s
        for check_id in world.neighbours.peers_of(incident.root_check_id):
            peer = world.progress[check_id]
            is_failing = world.is_down(check_id) or Status.DOWN in peer.runs
            if not is_failing and not peer.ran_since(since_mono):
                changes.recheck.add(check_id)


def gathering(world: World, incident: Incident, now: float) -> Hold | None:
    """Return the hold of what was blamed just now while others are failing that would make one matter of it.

    A group waits a moment in any case: whom it has in common with was asked when its first member was blamed.
    """
    roots = (
        [each for each in world.members_of(incident.id) if each.is_open] if incident.is_group else [incident]
    )
    gather_s = world.settings.groups.gather_s
    until_at = _first_declared(incident, roots, gather_s, now) + gather_s
    if incident.is_group and 0 <= now - incident.declared_at < world.settings.group_wait_s:
        asked_at = incident.declared_at + world.settings.group_wait_s
        return Hold(SuppressionReason.GATHERING, incident.id, min(asked_at, max(until_at, now)))
    if not until_at - gather_s <= now < until_at:
        return None
    suspects = {each.target_id: each for root in roots for each in _suspects(world, root.root_check_id)}
    if not suspects or not _would_make_one(world, roots, list(suspects.values())):
        return None
    return Hold(SuppressionReason.GATHERING, incident.id, until_at)


def _first_declared(incident: Incident, roots: list[Incident], gather_s: float, now: float) -> float:
    """Return when the waiting began. What a group took in that was blamed long before waits no more, and hurries nobody."""
    times = [each.declared_at for each in roots]
    if incident.is_group:
        times = [at for at in times if at > incident.declared_at - gather_s] or [incident.declared_at]
    return min(times, default=now)


def failure_of(world: World, incident: Incident) -> Failure | None:
    """Return what an incident is to the search for a common cause, None when it is not one that may be grouped.

    Of what came back and went down again, or was degraded before, the latest time counts.
    """
    return _failure(world, incident.id, incident.root_check_id, downs_of(incident)[-1])


def _failure(world: World, name: str, check_id: str, opened_at: float) -> Failure | None:
    shares = world.neighbours.shares.get(check_id)
    if shares is None:
        return None
    target = world.inventory.targets[world.inventory.checks[check_id].target_id]
    return Failure(name, target.id, target.unit_code, opened_at, shares)


def _suspects(world: World, root_check_id: str) -> Iterator[Failure]:
    """Yield the peers that are failing but not blamed yet."""
    for check_id in world.neighbours.peers_of(root_check_id):
        if check_id in world.incident_of:
            continue
        run = world.progress[check_id].runs.get(Status.DOWN)
        if run is not None:
            failure = _failure(world, f"?{check_id}", check_id, run.first_at)
        elif check_id in world.pending:
            failure = _failure(world, f"?{check_id}", check_id, world.states[check_id].since_at)
        else:
            continue
        if failure is not None:
            yield failure


def _would_make_one(world: World, roots: list[Incident], suspects: list[Failure]) -> bool:
    """Whether a group that has one of `roots` in it would have one of the suspects as well."""
    blamed = [each for each in world.incidents.values() if each.level is Status.DOWN and not each.is_group]
    failures = [found for each in blamed if (found := failure_of(world, each)) is not None]
    mine = {each.id for each in roots}
    doubtful = {each.incident_id for each in suspects}
    groups = groups_of([*failures, *suspects], world.neighbours.extents, world.settings.groups)
    return any(group.members & mine and group.members & doubtful for group in groups)
