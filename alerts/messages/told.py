"""News with what is known of it. Pure."""

from dataclasses import dataclass

from alerts.delivery.letter import News
from alerts.messages.bulletin_facts import BulletinFacts
from alerts.messages.facts import IncidentFacts


@dataclass(frozen=True, slots=True)
class ToldNews:
    """One piece of news and its facts."""

    news: News
    facts: IncidentFacts | BulletinFacts
