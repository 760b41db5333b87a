"""What the tests of messages share: the sample province, and incidents made of it."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.delivery.letter import News
from alerts.messages.compose import compose_letter
from alerts.messages.facts import IncidentFacts
from alerts.messages.gathering import Story, gather_facts
from alerts.messages.letterhead import Letterhead
from alerts.messages.message import Message
from alerts.messages.sample_province import OPENED_AT, Size, Stage, sample_stage
from alerts.messages.samples import sample_news
from alerts.messages.style import Style
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import NotificationKind

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE = 60.0
NOW = OPENED_AT + 13 * MINUTE
LETTERHEAD = Letterhead("Quảng Ngãi", ZONE, "https://giamsat.quangngai.gov.vn/")
OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED


def stage(size: Size = Size.TYPICAL) -> Stage:
    return sample_stage(size, LETTERHEAD)


def opened(**changes: object) -> Incident:
    incident = Incident("SC-2026-1187", "u05.cpe/icmp", OPENED_AT, OPENED_AT + 100, "timeout")
    return replace(incident, **changes)  # type: ignore[arg-type]


def resolved(**changes: object) -> Incident:
    given = {"resolved_at": OPENED_AT + 78 * MINUTE, "close_reason": CloseReason.RECOVERED}
    return opened(**(given | changes))


def facts_of(
    incident: Incident, *, on: Stage | None = None, now: float = NOW, **given: object
) -> IncidentFacts:
    where = on or stage()
    story = Story(incident, policy=where.policy)
    return gather_facts(story, where.known, now=now, **given)  # type: ignore[arg-type]


def told(facts: IncidentFacts, kind: NotificationKind = OPENED, **style: object) -> Message:
    news = ToldNews(News(facts.code, kind, (1,)), facts)
    return compose_letter([news], Style(**style), now=facts.composed_at)  # type: ignore[arg-type]


def typical(kind: str = "down", language: Language = Language.VI) -> Message:
    news = sample_news(kind, Size.TYPICAL, LETTERHEAD, language)
    return compose_letter(news, Style(language, takes_replies=True), now=NOW)
