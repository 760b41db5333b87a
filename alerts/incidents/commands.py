"""What people do to incidents: take them, note, judge, close, merge. Each returns what to save, or why not. No I/O.

Notes, causes and tickets may come after the end: such an incident is given as it was stored.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from alerts.incidents.lives import close_incident, join
from alerts.model.decision import Decision
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Incident,
    IncidentEvent,
    LogKind,
    Side,
    Ticket,
)
from alerts.model.notification import Cancellation, CancelReason, NotificationKind
from alerts.world import Changes, World, keep
from inventory.model import Owner

_STEPS: Final = frozenset({NotificationKind.ESCALATED, NotificationKind.REMINDED})

_SIDES: Final[Mapping[CauseKind, Side]] = {
    CauseKind.LINE: Side.ENTERPRISE,
    CauseKind.CENTRAL: Side.CENTRAL,
    CauseKind.POWER: Side.OBJECTIVE,
    CauseKind.DISASTER: Side.OBJECTIVE,
}
"""Whose side a cause usually lies on; the others on that of the owner of what failed."""
_SIDE_OF: Final[Mapping[Owner, Side]] = {
    Owner.LOCAL: Side.LOCAL,
    Owner.ENTERPRISE: Side.ENTERPRISE,
    Owner.CENTRAL: Side.CENTRAL,
}


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


def unacknowledge(world: World, incident_id: str, *, who: str, text: str, now: float) -> Decision | Refusal:
    """Give an incident back: its steps go on with the next one."""
    incident = _open(world, incident_id)
    if incident is None:
        return _missing(world, incident_id)
    if incident.acknowledged_at is None:
        return Refusal.NOT_ACKNOWLEDGED
    changes = Changes()
    _give_back(world, changes, incident, who=who, text=text, now=now)
    return changes.decision()


def note(world: World, incident: Incident, *, who: str, text: str, now: float) -> Decision | Refusal:
    """Write a line into the log of an incident, open or closed."""
    del world
    if not text:
        return Refusal.EMPTY
    return Decision(log=(IncidentEvent(incident.id, now, LogKind.NOTE, who=who, text=text),))


def choose_cause(
    world: World,
    incident: Incident,
    kind: CauseKind,
    *,
    side: Side | None = None,
    who: str,
    text: str = "",
    now: float,
) -> Decision:
    """Confirm what an incident came from, for the report; of a group also for its members that nobody judged.

    Without `side` it is the usual one of the cause, or that of the owner of what failed.
    """
    changes = Changes()
    current = _latest(world, incident)
    alike = [each for each in world.members_of(incident.id) if each.choice is None]
    for each in (current, *alike):
        chosen = Choice(kind, side or usual_side(world, each, kind), who, now)
        _put(world, changes, replace(each, choice=chosen))
        said = f"{kind} {chosen.side} {text}".rstrip()
        changes.log.append(IncidentEvent(each.id, now, LogKind.CAUSE, who=who, text=said))
    return changes.decision()


def usual_side(world: World, incident: Incident, kind: CauseKind) -> Side:
    """Return whose side such a cause usually lies on."""
    check = world.inventory.checks.get(incident.root_check_id)
    target = None if check is None else world.inventory.targets.get(check.target_id)
    return _SIDES.get(kind) or (Side.LOCAL if target is None else _SIDE_OF[target.owner])


def close_by_hand(
    world: World, incident_id: str, *, who: str, text: str, now: float, mono: float
) -> Decision | Refusal:
    """End an open incident, and those that are part of it; whoever was told is told of it.

    What is still down is not talked about until it came back.
    """
    incident = world.incidents.get(incident_id)
    if incident is None:
        return _missing(world, incident_id)
    changes = Changes()
    parts = [each for each in world.members_of(incident.id) if each.is_open]
    for each in (*parts, incident):
        if world.is_bad(each.root_check_id):
            world.hushed.add(each.root_check_id)
        close_incident(
            world, changes, each, CloseReason.BY_HAND, resolved_at=now, now=now, mono=mono, who=who
        )
    if text:
        changes.log.append(IncidentEvent(incident.id, now, LogKind.NOTE, who=who, text=text))
    return changes.decision()


def merge(world: World, incident_id: str, into_id: str, *, who: str, now: float) -> Decision | Refusal:
    """Make an open incident part of another open one: from now on that one is told of, for both."""
    incident, other = world.incidents.get(incident_id), world.incidents.get(into_id)
    if incident is None or other is None:
        return _missing(world, incident_id if incident is None else into_id)
    into = world.teller_of(other)
    if incident.id in {into.id, other.id, other.part_of} or incident.part_of == into.id:
        return Refusal.ITSELF
    changes = Changes()
    join(world, changes, incident, into.id, now=now, who=who)
    return changes.decision()


def set_ticket(
    world: World,
    incident: Incident,
    number: str,
    *,
    reported_at: float,
    closed_at: float | None = None,
    who: str,
    now: float,
) -> Decision | Refusal:
    """Note the carrier's number for an incident, when it was told and when it said it was done."""
    if not number:
        return Refusal.EMPTY
    if closed_at is not None and closed_at < reported_at:
        return Refusal.TIMES
    changes = Changes()
    _put(world, changes, replace(_latest(world, incident), ticket=Ticket(number, reported_at, closed_at)))
    text = number if closed_at is None else f"{number} closed"
    changes.log.append(IncidentEvent(incident.id, now, LogKind.TICKET, who=who, text=text))
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


def _latest(world: World, incident: Incident) -> Incident:
    """Return the incident as it is now: as the world knows it, else as it was given."""
    return world.incidents.get(incident.id) or world.closed.get(incident.id) or incident


def _put(world: World, changes: Changes, incident: Incident) -> None:
    if incident.id in world.incidents or incident.id in world.closed:
        keep(world, changes, incident)
    else:
        changes.incidents[incident.id] = incident
