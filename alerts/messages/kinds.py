"""Which template tells which news. Pure."""

from typing import Final

from alerts.delivery.letter import News
from alerts.messages.facts import IncidentFacts
from alerts.messages.headline import state_of
from alerts.messages.vocabulary import State
from alerts.model.checks import Status
from alerts.model.notification import BulletinKind, NotificationKind

INCIDENT_TEMPLATES: Final = (
    *("down", "degraded", "group", "mass", "update", "escalate", "remind", "flap"),
    *("up", "group_up", "closed", "late"),
)
TEMPLATES: Final = (*INCIDENT_TEMPLATES, *(kind.value for kind in BulletinKind), "letter")
"""Every message there is: `<language>/<name>.txt.j2`."""


def template_of(news: News, facts: IncidentFacts) -> str:  # noqa: PLR0911 (one for each)
    """Return the name of the template that tells this news of an incident."""
    match state_of(news, facts):
        case State.LATE:
            return "late"
        case State.UP if facts.own is not None:
            return BulletinKind.SELF.value
        case State.UP:
            return "up" if facts.group is None else "group_up"
        case State.CLOSED | State.REMOVED | State.REMOVED_CHECK:
            return "closed"
        case State.FLAPPING:
            return "flap"
    if news.kind is NotificationKind.ESCALATED:
        return "escalate"
    if news.kind is NotificationKind.REMINDED:
        return "remind"
    if facts.group is not None:
        is_update = news.kind is NotificationKind.UPDATED
        return "update" if is_update else "mass" if facts.group.storm else "group"
    if facts.own is not None:
        return BulletinKind.SELF.value
    return "degraded" if facts.level is Status.DEGRADED else "down"
