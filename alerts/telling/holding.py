"""What holds back the news of an open incident: its root's hold, others being looked at, the night. No clock, no I/O."""

from collections.abc import Iterable

from alerts.incidents.gathering import gathering
from alerts.model.hold import Hold
from alerts.model.incident import Incident
from alerts.telling.suppression import Openings, hold_of, is_muted
from alerts.telling.urgency import night_hold, severity_of
from alerts.world import World


def hold_of_incident(world: World, incident_id: str, now: float) -> Hold | None:
    """Return what holds back the news of an open incident now, the one that ends last; an end is never held back."""
    incident = world.incidents.get(incident_id)
    return None if incident is None else hold_of_open(world, incident, now, {})


def hold_of_open(world: World, incident: Incident, now: float, openings: Openings) -> Hold | None:
    """Do the same for an incident of the world; `openings` is kept for others asked of at the same moment."""
    severity = severity_of(world.inventory, world.settings, incident)
    holds = (
        _hold_of_group(world, incident, now, openings)
        if incident.is_group
        else _hold_of_root(world, incident, now, openings),
        gathering(world, incident, now),
        night_hold(world.settings.quiet, severity, now),
    )
    return max((each for each in holds if each is not None), key=lambda each: each.until_at, default=None)


def _hold_of_group(world: World, group: Incident, now: float, openings: Openings) -> Hold | None:
    """Return what holds back all open members of a group, None when one of them may be told."""
    shortest: Hold | None = None
    for member in list(world.members_of(group.id)):
        if not member.is_open:
            continue
        hold = _hold_of_root(world, member, now, openings)
        if hold is None:
            return None
        shortest = hold if shortest is None else min(shortest, hold, key=lambda each: each.until_at)
    return shortest


def _hold_of_root(world: World, incident: Incident, now: float, openings: Openings) -> Hold | None:
    """Return what holds back an incident: its root's hold, unless it takes along what is held for a shorter time.

    Work on a link holds back what is behind it as well. But a switch of an office that is closed must not silence the
    cameras behind it that are watched around the clock; what nobody is told of anyway shortens nothing.
    """
    hold = hold_of(world, incident.root_check_id, now, openings)
    if hold is None or is_muted(world, incident.root_check_id, now):
        return hold
    for check_id in _told_of(world, world.attached_to(incident.id)):
        own = hold_of(world, check_id, now, openings)
        if own is None:
            return None
        hold = min(hold, own, key=lambda each: each.until_at)
    return hold


def _told_of(world: World, check_ids: Iterable[str]) -> Iterable[str]:
    for check_id in check_ids:
        check = world.inventory.checks.get(check_id)
        policy = None if check is None else world.settings.policies.get(check.policy)
        if policy is not None and policy.steps:
            yield check_id
