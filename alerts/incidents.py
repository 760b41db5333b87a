"""Open, extend and close incidents, and plan who is told. Works on the world; no clock, no I/O."""

from dataclasses import replace
from datetime import UTC, datetime

from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident, IncidentEvent, LogKind
from alerts.model.notification import (
    Cancellation,
    CancelReason,
    Notification,
    NotificationKind,
    Recovery,
    Replan,
)
from alerts.suppression import hold_of
from alerts.world import Changes, World


def open_incident(world: World, changes: Changes, check_id: str, now: float) -> None:
    """Blame `check_id`: a new incident, its messages after the group wait (whatever it hit is counted by then)."""
    state = world.states[check_id]
    incident = Incident(
        id=_next_id(world, now),
        root_check_id=check_id,
        opened_at=state.since_at,
        declared_at=now,
        cause=state.cause,
    )
    world.pending.pop(check_id, None)
    world.incident_of[check_id] = incident.id
    changes.log.append(IncidentEvent(incident.id, now, LogKind.OPENED, text=state.cause))
    _keep(world, changes, incident)
    _announce(world, changes, incident, now)


def _announce(world: World, changes: Changes, incident: Incident, now: float) -> None:
    """Plan who is told of a new incident, and when: not while a hold is in force."""
    recipients = world.settings.routes.get(world.inventory.checks[incident.root_check_id].policy, ())
    due_at, reason = now + world.settings.group_wait_s, None
    hold = hold_of(world, incident.root_check_id, now)
    if hold is not None:
        world.holds[incident.id] = hold
        due_at, reason = max(due_at, hold.until_at), hold.reason
        if recipients:
            text = f"{hold.reason} {hold.until_at:.0f}"
            changes.log.append(IncidentEvent(incident.id, now, LogKind.HELD, text=text))
    for recipient in recipients:
        changes.notifications.append(
            Notification(
                incident_id=incident.id,
                kind=NotificationKind.OPENED,
                channel=recipient.channel,
                recipient=recipient.address,
                due_at=due_at,
                held=reason,
            )
        )


def attach(world: World, changes: Changes, check_id: str, incident_id: str) -> None:
    """Explain `check_id` by an open incident: it is down because of that one, and nobody is told separately."""
    world.pending.pop(check_id, None)
    world.incident_of[check_id] = incident_id
    if check_id not in world.incidents[incident_id].affected:
        changes.explained.setdefault(incident_id, set()).add(check_id)


def write_affected(world: World, changes: Changes) -> None:
    """Write the newly explained checks into their incidents, once per event (a province may hang on one link)."""
    for incident_id, check_ids in changes.explained.items():
        incident = world.incidents[incident_id]
        _keep(world, changes, replace(incident, affected=incident.affected | check_ids))


def release(world: World, changes: Changes, check_id: str, *, mono: float) -> None:
    """Explain `check_id` no longer; if it is down it must now be judged for itself, from fresh results."""
    del world.incident_of[check_id]
    if world.states[check_id].status is Status.DOWN:
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
) -> None:
    """End an incident and release what it explained."""
    closed = replace(incident, resolved_at=max(resolved_at, incident.opened_at), close_reason=reason)
    _keep(world, changes, closed)
    changes.log.append(IncidentEvent(incident.id, now, LogKind.CLOSED, text=reason.value))
    for check_id in world.attached_to(incident.id):
        release(world, changes, check_id, mono=mono)
    unsent = CancelReason.REMOVED if reason is CloseReason.REMOVED else CancelReason.RESOLVED_BEFORE_DUE
    hold = world.holds.pop(incident.id, None)
    is_held = hold is not None and hold.until_at > now
    # What a hold has caught up with may not be written down as late yet.
    changes.cancellations.append(
        Cancellation(incident.id, unsent, due_after=float("-inf") if is_held else now)
    )
    changes.recoveries.append(Recovery(incident.id, now + world.settings.recovery_wait_s))
    # What was tried before a hold began may have arrived: whoever got it hears of the end, which nothing holds back.
    changes.replanned.append(Replan(incident.id, now))


def _keep(world: World, changes: Changes, incident: Incident) -> None:
    changes.incidents[incident.id] = incident
    if incident.is_open:
        world.incidents[incident.id] = incident
    else:
        world.incidents.pop(incident.id, None)


def _next_id(world: World, now: float) -> str:
    """Return `SC-<year>-<number>`, numbered within the UTC+7 year of the declaration."""
    year = datetime.fromtimestamp(now + 7 * 3600, UTC).year
    number = world.last_number.get(year, 0) + 1
    world.last_number[year] = number
    return f"SC-{year}-{number:04d}"
