"""Open, extend, reopen, join and close incidents. Works on the world; no clock, no I/O."""

from dataclasses import replace

from alerts.incidents.flapping import came_up, end_told_from, got_worse, reopenable_s, went_down
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident, IncidentEvent, LogKind, Told
from alerts.model.notification import Cancellation, CancelReason, HandOver, NotificationKind, Recovery
from alerts.telling.holding import hold_of_incident
from alerts.telling.urgency import night_hold, severity_of
from alerts.world import Changes, World, keep


def open_incident(
    world: World, changes: Changes, check_id: str, now: float, *, level: Status = Status.DOWN
) -> None:
    """Blame `check_id`: a new incident, the one that is still open, or the one that ended a short time ago."""
    state = world.states[check_id]
    world.pending.pop(check_id, None)
    standing = world.incidents.get(world.standing.pop(check_id, ""))
    if standing is not None:
        world.incident_of[check_id] = standing.id
        _go_on(world, changes, standing, now)
        return
    blamed = world.standing if level is Status.DEGRADED else world.incident_of
    before = _reopenable(world, check_id, state.since_at, level)
    if before is not None:
        blamed[check_id] = before.id
        _reopen(world, changes, before, state.cause, now)
        return
    incident = Incident(
        id=world.next_id("SC", now),
        root_check_id=check_id,
        opened_at=state.since_at,
        declared_at=now,
        cause=state.cause,
        level=level,
        downs=(state.since_at,),
        name=_name(world, check_id),
    )
    blamed[check_id] = incident.id
    changes.log.append(IncidentEvent(incident.id, now, LogKind.OPENED, text=state.cause))
    keep(world, changes, incident)


def _name(world: World, check_id: str) -> str:
    """Return what the check's target is called now, and where it is."""
    target = world.inventory.targets.get(world.inventory.checks[check_id].target_id)
    if target is None:
        return ""
    unit = world.inventory.units.get(target.unit_code)
    where = "" if unit is None or target.name.endswith(f" – {unit.name}") else f" – {unit.name}"
    return f"{target.name}{where}"


def attach(world: World, changes: Changes, check_id: str, incident_id: str) -> None:
    """Explain `check_id` by an open incident: it is down because of that one, and nobody is told separately."""
    world.pending.pop(check_id, None)
    world.incident_of[check_id] = incident_id
    if check_id not in world.incidents[incident_id].affected:
        changes.explained.setdefault(incident_id, set()).add(check_id)


def write_affected(world: World, changes: Changes) -> None:
    """Write the newly explained checks into their incidents, once per event (a province may hang on one link)."""
    for incident_id, check_ids in changes.explained.items():
        incident = world.incidents.get(incident_id) or world.closed[incident_id]
        keep(world, changes, replace(incident, affected=incident.affected | check_ids))


def release(world: World, changes: Changes, check_id: str, *, mono: float) -> None:
    """Explain `check_id` no longer; if it is down it must now be judged for itself, from fresh results."""
    del world.incident_of[check_id]
    if world.states[check_id].status is Status.DOWN and check_id not in world.hushed:
        world.pending[check_id] = mono + world.settings.group_wait_s  # stragglers have that long to come back
        world.progress[check_id].confirmations = 0
        changes.recheck.add(check_id)


def close_incident(
    world: World,
    changes: Changes,
    incident: Incident,
    reason: CloseReason,
    *,
    resolved_at: float,
    now: float,
    mono: float,
    who: str = "",
) -> None:
    """End an incident and release what it explained; whoever was told of it is told of the end.

    A group's members are the caller's to close or release.
    """
    hold = hold_of_incident(world, incident.id, now)
    if incident.part_of is None:
        _tell_end(world, changes, incident, reason, resolved_at, is_held=hold is not None, now=now)
    if incident.told.at is not None and incident.told.at > now:
        incident = replace(incident, told=Told(round=incident.told.round + 1))  # nobody was told in time
    resolved_at = max(resolved_at, incident.opened_at)
    closed = replace(came_up(incident, resolved_at), resolved_at=resolved_at, close_reason=reason, up_at=None)
    if world.standing.get(incident.root_check_id) == incident.id:
        del world.standing[incident.root_check_id]
    explained = world.explained_by(incident.id)
    keep(world, changes, closed)
    world.holds.pop(incident.id, None)
    changes.log.append(IncidentEvent(incident.id, now, LogKind.CLOSED, who=who, text=reason.value))
    for check_id in explained:
        release(world, changes, check_id, mono=mono)


def _tell_end(
    world: World,
    changes: Changes,
    incident: Incident,
    reason: CloseReason,
    resolved_at: float,
    *,
    is_held: bool,
    now: float,
) -> None:
    unsent = CancelReason.REMOVED if reason is CloseReason.REMOVED else CancelReason.RESOLVED_BEFORE_DUE
    # What a hold has caught up with may not be written down as late yet.
    changes.cancellations.append(
        Cancellation(incident.id, unsent, due_after=float("-inf") if is_held else now)
    )
    severity = severity_of(world.inventory, world.settings, incident)
    night = night_hold(world.settings.quiet, severity, now)
    due_at = max(
        end_told_from(incident, resolved_at, now=now, settings=world.settings),
        now if night is None else night.until_at,
    )
    changes.recoveries.append(Recovery(incident.id, due_at, incident.told.round, severity))
    world.end_told_at[incident.id] = due_at


def join(
    world: World, changes: Changes, incident: Incident, into_id: str, *, now: float, who: str = ""
) -> None:
    """Make an open incident part of another, which tells of it from now on, its end included."""
    keep(world, changes, replace(incident, part_of=into_id))
    world.holds.pop(incident.id, None)
    changes.cancellations.append(Cancellation(incident.id, CancelReason.ABSORBED))
    changes.hand_overs.append(HandOver(incident.id, into_id))
    changes.log.append(IncidentEvent(incident.id, now, LogKind.PART_OF, who=who, text=into_id))
    changes.log.append(IncidentEvent(into_id, now, LogKind.JOINED, who=who, text=incident.id))


def stand_alone(world: World, changes: Changes, incident: Incident, *, now: float) -> None:
    """Let a member stand for itself again: while it is open it is told anew, on its own."""
    text = incident.part_of or ""
    alone = replace(incident, part_of=None, told=Told(round=incident.told.round + 1))
    keep(world, changes, alone)
    changes.log.append(IncidentEvent(incident.id, now, LogKind.RELEASED, text=text))


def free_orphans(world: World, changes: Changes, now: float) -> None:
    """Let what was part of something that ended stand for itself: it goes on."""
    for incident in list(world.incidents.values()):
        if incident.part_of is not None and incident.part_of not in world.incidents:
            stand_alone(world, changes, incident, now=now)


def forget_closed(world: World, now: float) -> None:
    """Drop what ended too long ago to be reopened and is not a closed member of an open group."""
    for incident in list(world.closed.values()):
        ended_at = incident.resolved_at or 0.0
        is_old = not 0 <= now - ended_at <= reopenable_s(incident, world.settings)
        if is_old and incident.part_of not in world.incidents:
            del world.closed[incident.id]
            world.end_told_at.pop(incident.id, None)


def _reopenable(world: World, check_id: str, down_since_at: float, level: Status) -> Incident | None:
    found = [
        each
        for each in world.closed.values()
        if each.root_check_id == check_id
        and each.level is level
        and each.close_reason is CloseReason.RECOVERED
        and each.resolved_at is not None
        and down_since_at - each.resolved_at <= world.settings.flaps.reopen_s
    ]
    return max(found, key=lambda each: (each.resolved_at, each.id), default=None)


def _reopen(world: World, changes: Changes, incident: Incident, cause: str, now: float) -> None:
    """It went down again: the same incident. Whoever may have heard of its end is told anew when it lasts."""
    told = incident.told
    may_be_told_over = now >= world.end_told_at.pop(incident.id, now)
    part_of = incident.part_of if incident.part_of in world.incidents else None
    if may_be_told_over or part_of != incident.part_of:
        told = Told(round=told.round + 1)
    else:
        told = replace(told, round=told.round + 1)
    changes.cancellations.append(
        Cancellation(incident.id, CancelReason.CAME_BACK_DOWN, kinds=frozenset({NotificationKind.RESOLVED}))
    )
    changes.log.append(IncidentEvent(incident.id, now, LogKind.REOPENED, text=cause))
    again = replace(incident, part_of=part_of, cause=cause, told=told)
    _down_again(world, changes, again, now)


def _go_on(world: World, changes: Changes, incident: Incident, now: float) -> None:
    """The root of an open incident went down: it flaps and did it again, or it was degraded and got worse."""
    state = world.states[incident.root_check_id]
    if incident.level is not Status.DEGRADED:
        _down_again(world, changes, incident, now)
        return
    changes.log.append(IncidentEvent(incident.id, now, LogKind.WORSENED, text=state.cause))
    worse = got_worse(incident, state.since_at, state.cause)
    keep(world, changes, replace(worse, told=Told(round=incident.told.round + 1)))


def _down_again(world: World, changes: Changes, incident: Incident, now: float) -> None:
    """Count it; if it was often, the single times are not told any more, but that it flaps is."""
    since_at = world.states[incident.root_check_id].since_at
    again = went_down(incident, since_at, now=now, flaps=world.settings.flaps)
    if incident.flapping_at is None and again.flapping_at is not None:
        again = replace(again, told=Told(round=incident.told.round + 1))
        changes.cancellations.append(Cancellation(incident.id, CancelReason.RESOLVED_BEFORE_DUE))
        changes.log.append(IncidentEvent(incident.id, now, LogKind.FLAPPING, text=str(again.episodes)))
    keep(world, changes, again)
