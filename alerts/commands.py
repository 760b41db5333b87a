"""What people do to incidents: take them, note, judge, close, merge. Each returns what to save, or why not. No I/O."""

from dataclasses import replace
from enum import StrEnum

from alerts.model.decision import Decision
from alerts.model.incident import Incident, IncidentEvent, LogKind
from alerts.model.notification import Cancellation, CancelReason, NotificationKind
from alerts.world import Changes, World, keep

_STEPS = frozenset({NotificationKind.ESCALATED, NotificationKind.REMINDED})


class Refusal(StrEnum):
    """Why a person's command was not carried out."""

    UNKNOWN_INCIDENT = "unknown_incident"
    CLOSED = "closed"
    """It is over: nothing is left to take, close or merge."""
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    """The same person took it already, for no other time."""
    NOT_ACKNOWLEDGED = "not_acknowledged"
    EMPTY = "empty"
    """There is nothing in it: a note without text, a ticket without number."""
    ITSELF = "itself"
    """An incident cannot be merged into itself, nor into one of its own parts."""
    TIMES = "times"
    """The end is before the beginning, or has passed."""


def acknowledge(
    world: World, incident_id: str, *, who: str, text: str, now: float, until_at: float | None = None
) -> Decision | Refusal:
    """Somebody takes an open incident (or the group it is part of), until `until_at` if given.

    Measuring, resolving and the recovery message go on; nobody else is called in. Somebody else may take it over.
    """
    incident = _open(world, incident_id)
    if incident is None:
        return _missing(world, incident_id)
    if until_at is not None and until_at <= now:
        return Refusal.TIMES
    same = (incident.acknowledged_by, incident.acknowledged_until) == (who, until_at)
    if incident.acknowledged_at is not None and same:
        return Refusal.ALREADY_ACKNOWLEDGED
    changes = Changes()
    taken = replace(incident, acknowledged_at=now, acknowledged_by=who, acknowledged_until=until_at)
    keep(world, changes, taken)
    changes.cancellations.append(Cancellation(incident.id, CancelReason.ACKNOWLEDGED, kinds=_STEPS))
    changes.log.append(IncidentEvent(incident.id, now, LogKind.ACKNOWLEDGED, who=who, text=text))
    return changes.decision()


def expire_acknowledgements(world: World, changes: Changes, now: float) -> None:
    """Give back what somebody took for a time that is over: its steps go on."""
    for incident in list(world.incidents.values()):
        if incident.acknowledged_until is not None and incident.acknowledged_until <= now:
            _give_back(world, changes, incident, who="", text="", now=now)


def _give_back(
    world: World, changes: Changes, incident: Incident, *, who: str, text: str, now: float
) -> None:
    free = replace(incident, acknowledged_at=None, acknowledged_by="", acknowledged_until=None)
    keep(world, changes, free)
    changes.log.append(IncidentEvent(incident.id, now, LogKind.UNACKNOWLEDGED, who=who, text=text))


def _open(world: World, incident_id: str) -> Incident | None:
    """Return the open incident that tells of this one."""
    incident = world.incidents.get(incident_id)
    return None if incident is None else world.teller_of(incident)


def _missing(world: World, incident_id: str) -> Refusal:
    return Refusal.CLOSED if incident_id in world.closed else Refusal.UNKNOWN_INCIDENT
