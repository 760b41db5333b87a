"""Coming and going: how often an incident's root went down, when that is told as such, and when it is over.

Pure: incidents and times in, incidents out. All of it is in the incident, so a restart forgets nothing.
"""

from dataclasses import replace
from enum import StrEnum

from alerts.model.checks import CheckState, Status
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings, FlapSettings


class Outlook(StrEnum):
    """How flapping ends."""

    CALM = "calm"
    """It has been up for long enough: the incident is over."""
    LOST = "lost"
    """It has been down for long enough: it is plainly down."""


def downs_of(incident: Incident) -> tuple[float, ...]:
    """Return when it went down lately, oldest first; never empty."""
    return incident.downs or (incident.opened_at,)


def went_down(incident: Incident, at: float, *, now: float, flaps: FlapSettings) -> Incident:
    """Return the incident whose root went down once more at `at`, as is known `now`: open, flapping if it is often.

    What is degraded does not flap: it takes long to begin, and long until its end is told.
    """
    downs = (*downs_of(incident), at)[-flaps.begin :]
    flapping_at = incident.flapping_at
    is_often = len(downs) == flaps.begin and at - downs[0] <= flaps.window_s
    if flapping_at is None and is_often and incident.level is Status.DOWN:
        flapping_at = now
    return replace(
        incident,
        episodes=incident.episodes + 1,
        downs=downs,
        flapping_at=flapping_at,
        up_at=None,
        resolved_at=None,
        close_reason=None,
    )


def came_up(incident: Incident, at: float) -> Incident:
    """Return the incident whose root is up again since `at`; whether that is the end of it is not said yet."""
    lasted_s = 0.0 if incident.up_at is not None else at - downs_of(incident)[-1]
    up_at = at if incident.flapping_at is not None else None
    return replace(incident, up_at=up_at, longest_s=max(incident.longest_s, lasted_s))


def got_worse(incident: Incident, at: float, cause: str) -> Incident:
    """Return the degraded incident whose root went down at `at`: the same time, only worse."""
    return replace(incident, level=Status.DOWN, cause=cause, downs=(*downs_of(incident)[:-1], at))


def outlook(incident: Incident, root: CheckState, *, now: float, flaps: FlapSettings) -> Outlook | None:
    """Return how the flapping of an incident ends now, None while it goes on.

    Only what is known counts: after we were blind (`root.since_at` is then the end of that) it must be seen up for as
    long as it would count as the same incident anyway. What is degraded answers, which is all that matters here.
    """
    if incident.flapping_at is None or root.status is Status.UNKNOWN:
        return None
    if root.status is Status.DOWN:
        is_lost = incident.up_at is None and now - downs_of(incident)[-1] >= flaps.lost_s
        return Outlook.LOST if is_lost else None
    if incident.up_at is None or now - incident.up_at < flaps.stable_s:
        return None
    is_seen = now - root.since_at >= min(flaps.reopen_s, flaps.stable_s)
    return Outlook.CALM if is_seen else None


def is_settling(incident: Incident, *, now: float, flaps: FlapSettings) -> bool:
    """Whether it is too early to tell of an open incident (again).

    What came back a short time ago must be down for a while before people hear of it again; that it flaps is told at
    once.
    """
    if incident.episodes == 1 or incident.flapping_at is not None:
        return False
    return 0 <= now - downs_of(incident)[-1] < flaps.settle_s  # clocks that were set back stop nothing


def reopenable_s(incident: Incident, settings: AlertSettings) -> float:
    """Return how long after its end it may still turn out to be none: what begins within `reopen_s` is known later."""
    is_degraded = incident.level is Status.DEGRADED
    return settings.flaps.reopen_s + (settings.degraded_wait_s if is_degraded else settings.parent_wait_s)


def end_told_from(incident: Incident, resolved_at: float, *, now: float, settings: AlertSettings) -> float:
    """Return when the end of an incident is told: it may be no end, and who hears of one must be able to trust it.

    What went down before must be up for a while first; what was degraded, until it cannot be the same any more.
    """
    patience_s = 0.0
    if incident.level is Status.DEGRADED:
        patience_s = reopenable_s(incident, settings)
    elif incident.episodes > 1:
        patience_s = settings.flaps.settle_s
    return max(now + settings.recovery_wait_s, min(resolved_at, now) + patience_s)
