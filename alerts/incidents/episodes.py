"""What the root of an open incident does meanwhile: comes up for a while, goes down again, calms down, gets worse.

`World.standing` holds the open incidents whose root is not down just now: it is only degraded, or it flaps and is up.
Nothing is explained by them. No clock, no I/O.
"""

from dataclasses import replace

from alerts.incidents.flapping import Outlook, came_up, outlook
from alerts.incidents.lives import close_incident, join, release
from alerts.model.checks import Status
from alerts.model.incident import CloseReason, Incident, IncidentEvent, LogKind, Told
from alerts.world import Changes, World, keep
from inventory.graph import ancestors


def end_or_wait(
    world: World, changes: Changes, incident: Incident, *, at: float, now: float, mono: float
) -> None:
    """Its root is up since `at`: the incident is over, unless it flaps; what it explained is judged for itself."""
    if incident.flapping_at is None:
        close_incident(world, changes, incident, CloseReason.RECOVERED, resolved_at=at, now=now, mono=mono)
        return
    keep(world, changes, came_up(incident, at))
    for check_id in world.explained_by(incident.id):
        release(world, changes, check_id, mono=mono)
    world.standing[incident.root_check_id] = incident.id


def answered(
    world: World,
    changes: Changes,
    check_id: str,
    before: Status,
    earned: Status,
    *,
    at: float,
    now: float,
    mono: float,
) -> None:
    """A check that is not blamed for being down is up or degraded since `at`; `before` it was in another status."""
    incident = world.incidents.get(world.standing.get(check_id, ""))
    if incident is None:
        return
    if incident.up_at is not None:
        if before is Status.DOWN:  # because of another, or too short to be judged: its good time begins anew
            keep(world, changes, came_up(incident, at))
    elif earned is Status.UP:
        close_incident(world, changes, incident, CloseReason.RECOVERED, resolved_at=at, now=now, mono=mono)


def absorb(world: World, changes: Changes, check_id: str, into_id: str, *, now: float, mono: float) -> None:
    """A degraded check went down because of another: its incident ends in that one, which tells of it from now on."""
    incident = world.incidents.get(world.standing.get(check_id, ""))
    if incident is None or incident.level is not Status.DEGRADED:
        return
    join(world, changes, incident, into_id, now=now)
    close_incident(
        world,
        changes,
        world.incidents[incident.id],
        CloseReason.ABSORBED,
        resolved_at=world.states[check_id].since_at,
        now=now,
        mono=mono,
    )


def straggling_s(world: World, check_id: str) -> float:
    """Return how much later than its parents a check may come back: longer behind what flaps and is up just now."""
    for ancestor_id in ancestors(world.inventory, check_id) if world.standing else ():
        incident = world.incidents.get(world.standing.get(ancestor_id, ""))
        if incident is not None and incident.flapping_at is not None:
            return max(world.settings.group_wait_s, world.settings.flaps.settle_s)
    return world.settings.group_wait_s


def review_flapping(world: World, changes: Changes, *, now: float, mono: float) -> None:
    """End the flapping of what has been up, or down, for long enough."""
    for incident in list(world.incidents.values()):
        root = world.states.get(incident.root_check_id)
        if incident.flapping_at is None or root is None:
            continue
        end = outlook(incident, root, now=now, flaps=world.settings.flaps)
        if end is None:
            continue
        calmed = replace(incident, flapping_at=None)
        changes.log.append(IncidentEvent(incident.id, now, LogKind.CALMED, text=str(incident.episodes)))
        if end is Outlook.CALM:
            over_at = now if incident.up_at is None else incident.up_at
            close_incident(
                world, changes, calmed, CloseReason.RECOVERED, resolved_at=over_at, now=now, mono=mono
            )
        else:
            keep(world, changes, replace(calmed, told=Told(round=incident.told.round + 1)))
