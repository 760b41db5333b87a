"""Several failures, one cause: open, unite, rename and end groups so that they fit what is down. No clock, no I/O.

Which failures belong together is worked out by `common_cause` from all of them at once. A member stays in its group
until that ends, also after it came back: what wavers at the edge is not told twice.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from alerts.incidents.common_cause import Failure, common_of, groups_of, united
from alerts.incidents.flapping import downs_of
from alerts.incidents.gathering import failure_of, look_at_peers
from alerts.incidents.lives import close_incident, join, write_affected
from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CloseReason, Common, Dimension, Incident, IncidentEvent, LogKind, Told
from alerts.model.notification import HandOver
from alerts.telling.suppression import Openings, hold_of
from alerts.world import Changes, World, keep

STRAGGLERS_S: Final = 60.0
"""While members come back so close to each other the last ones are waited for."""


def regroup(world: World, changes: Changes, now: float, mono: float) -> None:
    """Reconcile the open incidents with what they have in common now; ask the peers of what was blamed."""
    look_at_peers(world, changes)
    failures = _failures(world, now)
    groups = [each for each in world.incidents.values() if each.is_group]
    if changes.incidents or failures != world.compared:
        world.compared = failures
        found = groups_of(failures.values(), world.neighbours.extents, world.settings.groups)
        sets = [*(group.members for group in found), *(_kept(world, group, failures) for group in groups)]
        for members in sorted(united(each for each in sets if each), key=min):
            _fit(world, changes, members, failures, now=now, mono=mono)
    for group in [each for each in world.incidents.values() if each.is_group]:
        _write_affected(world, changes, group)
        _end_if_over(world, changes, group, now=now, mono=mono)


def _failures(world: World, now: float) -> dict[str, Failure]:
    """Return what may be grouped: open incidents that nothing holds back, and all members of open groups.

    What is muted, closed or new says nothing of a common cause, until that is over.
    """
    found: dict[str, Failure] = {}
    openings: Openings = {}
    for incident in (*world.incidents.values(), *world.closed.values()):
        of = world.incidents.get(incident.part_of or "")
        is_member = of is not None and of.is_group
        if incident.is_group or not (is_member or (incident.is_open and incident.part_of is None)):
            continue
        failure = failure_of(world, incident)
        if failure is None:
            continue
        if not is_member and (
            incident.level is not Status.DOWN
            or incident.up_at is not None
            or hold_of(world, incident.root_check_id, now, openings) is not None
        ):
            continue
        found[incident.id] = failure
    return found


def _kept(world: World, group: Incident, failures: dict[str, Failure]) -> frozenset[str]:
    """Return who is in a group and stays there, and whom a storm takes along."""
    members = {each.id for each in world.members_of(group.id) if not each.is_group}
    if group.common is not None and group.common.dimension is Dimension.LAYER:
        members |= {
            each.incident_id
            for each in failures.values()
            if group.common in each.shares and each.opened_at >= group.opened_at
        }
    return frozenset(members)


def _fit(
    world: World,
    changes: Changes,
    members: frozenset[str],
    failures: dict[str, Failure],
    *,
    now: float,
    mono: float,
) -> None:
    """Make one group of `members`: a new one, or the oldest of those they are in."""
    incidents = [world.incidents.get(each) or world.closed[each] for each in sorted(members)]
    there = {each.part_of for each in incidents if each.part_of in world.incidents}
    groups = sorted(
        (world.incidents[each] for each in there if each), key=lambda each: (each.opened_at, each.id)
    )
    own = [failures[each] for each in sorted(members) if each in failures]
    if not own or (len(groups) == 1 and all(each.part_of == groups[0].id for each in incidents)):
        return
    common = common_of(own, world.neighbours.extents, world.settings.groups)
    group = groups[0] if groups else _open(world, changes, incidents, common, now)
    for incident in incidents:
        if incident.part_of is None:
            if _was_held(world, incident):
                _speak_up(world, changes, group.id)
            join(world, changes, incident, group.id, now=now)
        elif incident.part_of != group.id:
            keep(world, changes, replace(incident, part_of=group.id))
            changes.log.append(IncidentEvent(incident.id, now, LogKind.PART_OF, text=group.id))
            changes.log.append(IncidentEvent(group.id, now, LogKind.JOINED, text=incident.id))
    for younger in groups[1:]:
        join(world, changes, younger, group.id, now=now)
        younger = replace(younger, part_of=group.id)  # noqa: PLW2901 (the same incident, as it is now)
        close_incident(world, changes, younger, CloseReason.ABSORBED, resolved_at=now, now=now, mono=mono)
    if common != group.common:
        keep(world, changes, replace(world.incidents[group.id], common=common))
        text = f"{common.dimension}:{common.value}"
        changes.log.append(IncidentEvent(group.id, now, LogKind.COMMON, text=text))


def _was_held(world: World, incident: Incident) -> bool:
    """Whether nobody was told of it so far because somebody wanted so: that is over, and it is told at once."""
    hold = world.holds.get(incident.id)
    return hold is not None and hold.reason is not SuppressionReason.GATHERING and incident.told.step < 0


def _speak_up(world: World, changes: Changes, group_id: str) -> None:
    """Let a group that was told tell of its size anew, however little it changed."""
    group = world.incidents[group_id]
    if group.told.step >= 0:
        keep(world, changes, replace(group, told=replace(group.told, at=None, size=0)))


def _open(
    world: World, changes: Changes, members: Iterable[Incident], common: Common, now: float
) -> Incident:
    causes = Counter(each.cause for each in members)
    group = Incident(
        id=world.next_id("SC", now),
        root_check_id="",
        opened_at=min(downs_of(each)[-1] for each in members),
        declared_at=now,
        cause=max(sorted(causes), key=lambda cause: causes[cause]),
        common=common,
    )
    keep(world, changes, group)
    changes.log.append(IncidentEvent(group.id, now, LogKind.OPENED, text=group.cause))
    changes.log.append(
        IncidentEvent(group.id, now, LogKind.COMMON, text=f"{common.dimension}:{common.value}")
    )
    return group


def _write_affected(world: World, changes: Changes, group: Incident) -> None:
    """A group affects all that its members do, and their roots."""
    affected = {
        check_id
        for member in world.members_of(group.id)
        for check_id in (member.root_check_id, *member.affected)
        if check_id
    }
    if not affected <= group.affected:
        changes.explained.setdefault(group.id, set()).update(affected - group.affected)
        write_affected(world, changes)


def _end_if_over(world: World, changes: Changes, group: Incident, *, now: float, mono: float) -> None:
    """End a group when nearly all are back and those that are not would make no group by themselves.

    These stand for themselves again, told as far as the group was.
    """
    group = world.incidents[group.id]
    members = [each for each in world.members_of(group.id) if not each.is_group]
    open_still = [each for each in members if each.is_open]
    down = [each for each in open_still if each.up_at is None]  # what flaps may be up
    back_at = max((each.resolved_at for each in members if each.resolved_at is not None), default=now)
    if down:
        is_enough = len(members) - len(down) >= world.settings.groups.back_ratio * len(members)
        if not is_enough or 0 <= now - back_at < STRAGGLERS_S:
            return
    failures = [found for each in down if (found := failure_of(world, each)) is not None]
    if groups_of(failures, world.neighbours.extents, world.settings.groups):
        return
    reason = _why_over(members)
    close_incident(world, changes, group, reason, resolved_at=back_at, now=now, mono=mono)
    for member in open_still:
        _let_go(world, changes, member, group, now)


def _why_over(members: Iterable[Incident]) -> CloseReason:
    """Return why a group ended: what was removed, or closed by hand, to the last member did not come back."""
    reasons = {each.close_reason for each in members} - {None}
    (reason,) = reasons if len(reasons) == 1 else (None,)
    return reason or CloseReason.RECOVERED


def _let_go(world: World, changes: Changes, member: Incident, group: Incident, now: float) -> None:
    told = Told(round=member.told.round + 1)
    if group.told.step >= 0:
        told = replace(group.told, round=told.round, size=0)
        changes.hand_overs.append(HandOver(group.id, member.id))
    keep(
        world,
        changes,
        replace(
            member,
            part_of=None,
            told=told,
            acknowledged_at=member.acknowledged_at or group.acknowledged_at,
            acknowledged_by=member.acknowledged_by or group.acknowledged_by,
            acknowledged_until=member.acknowledged_until
            if member.acknowledged_at
            else group.acknowledged_until,
        ),
    )
    changes.log.append(IncidentEvent(member.id, now, LogKind.RELEASED, text=group.id))
