"""Made-up news of every kind, to look at templates with: typical, the longest there is, with nothing optional. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from alerts.delivery.letter import News
from alerts.messages.bulletin_facts import bulletin_facts
from alerts.messages.gathering import Story, gather_facts
from alerts.messages.letterhead import Letterhead
from alerts.messages.sample_bulletins import sample_bulletin
from alerts.messages.sample_province import Size, Stage, sample_stage
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Guess,
    Incident,
    IncidentEvent,
    LogKind,
    Side,
    Ticket,
    Told,
)
from alerts.model.notification import BulletinKind, NotificationKind

MINUTE: Final = 60.0
HOUR: Final = 3_600.0


class Variant(StrEnum):
    """A kind of news that has a template of its own, or another face of one."""

    DOWN = "down"
    AGAIN = "again"
    SERVICE = "service"
    CENTRAL = "central"
    DEGRADED = "degraded"
    GROUP = "group"
    MASS = "mass"
    UPDATE = "update"
    ESCALATE = "escalate"
    REMIND = "remind"
    FLAP = "flap"
    UP = "up"
    GROUP_UP = "group_up"
    CLOSED = "closed"
    REMOVED = "removed"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class _Case:
    """How a variant is made of the sample stage: its news, what its incident is, how long after the beginning."""

    news: NotificationKind
    change: Callable[[Stage, Incident], Incident]
    after_s: float
    step: int = 0
    is_late: bool = False
    back: int = 0
    """Of a group, how many are up again."""


def _same(_stage: Stage, incident: Incident) -> Incident:
    return incident


def _of_check(kind: str) -> Callable[[Stage, Incident], Incident]:
    def change(stage: Stage, incident: Incident) -> Incident:
        return replace(incident, root_check_id=f"{stage.link_id}/{kind}")

    return change


def _central(stage: Stage, incident: Incident) -> Incident:
    return replace(incident, root_check_id=f"{stage.central_id}/icmp")


def _degraded(_stage: Stage, incident: Incident) -> Incident:
    return replace(incident, level=Status.DEGRADED, cause="loss_ratio 0.12 / 0.05")


def _group(dimension: Dimension) -> Callable[[Stage, Incident], Incident]:
    def change(stage: Stage, incident: Incident) -> Incident:
        value = {
            Dimension.PROVIDER_DISTRICT: f"{stage.provider}|{stage.district}",
            Dimension.LAYER: "tslcd",
        }[dimension]
        return replace(incident, root_check_id="", cause="", common=Common(dimension, value, "tslcd"))

    return change


def _ended(
    change: Callable[[Stage, Incident], Incident], reason: CloseReason, after_s: float
) -> Callable[[Stage, Incident], Incident]:
    def ended(stage: Stage, incident: Incident) -> Incident:
        incident = change(stage, incident)
        return replace(incident, resolved_at=incident.opened_at + after_s, close_reason=reason)

    return ended


def _up(stage: Stage, incident: Incident) -> Incident:
    ended = _ended(_same, CloseReason.RECOVERED, 78 * MINUTE)(stage, incident)
    return replace(ended, affected=frozenset(stage.behind), episodes=1 if stage.size is Size.EMPTY else 3)


def _flapping(_stage: Stage, incident: Incident) -> Incident:
    return replace(incident, episodes=4, flapping_at=incident.opened_at + 40 * MINUTE, longest_s=7 * MINUTE)


_RECOVERED, _BY_HAND, _REMOVED = CloseReason.RECOVERED, CloseReason.BY_HAND, CloseReason.REMOVED
_CASES: Final[Mapping[Variant, _Case]] = MappingProxyType(
    {
        Variant.DOWN: _Case(NotificationKind.OPENED, _same, 13 * MINUTE),
        Variant.AGAIN: _Case(
            NotificationKind.OPENED, lambda _stage, one: replace(one, episodes=3), 13 * MINUTE
        ),
        Variant.SERVICE: _Case(NotificationKind.OPENED, _of_check("snmp"), 13 * MINUTE),
        Variant.CENTRAL: _Case(NotificationKind.OPENED, _central, 13 * MINUTE),
        Variant.DEGRADED: _Case(NotificationKind.OPENED, _degraded, 110 * MINUTE),
        Variant.GROUP: _Case(NotificationKind.OPENED, _group(Dimension.PROVIDER_DISTRICT), 3 * MINUTE),
        Variant.MASS: _Case(NotificationKind.OPENED, _group(Dimension.LAYER), 3 * MINUTE),
        Variant.UPDATE: _Case(NotificationKind.UPDATED, _group(Dimension.LAYER), 63 * MINUTE, back=2),
        Variant.ESCALATE: _Case(NotificationKind.ESCALATED, _same, 16 * MINUTE, step=1),
        Variant.REMIND: _Case(NotificationKind.REMINDED, _same, 46 * MINUTE, step=1),
        Variant.FLAP: _Case(NotificationKind.FLAPPING, _flapping, 41 * MINUTE),
        Variant.UP: _Case(NotificationKind.RESOLVED, _up, 79 * MINUTE),
        Variant.GROUP_UP: _Case(
            NotificationKind.RESOLVED,
            _ended(_group(Dimension.PROVIDER_DISTRICT), _RECOVERED, 95 * MINUTE),
            96 * MINUTE,
            back=4,
        ),
        Variant.CLOSED: _Case(NotificationKind.RESOLVED, _ended(_same, _BY_HAND, 95 * MINUTE), 96 * MINUTE),
        Variant.REMOVED: _Case(NotificationKind.RESOLVED, _ended(_same, _REMOVED, 95 * MINUTE), 96 * MINUTE),
        Variant.LATE: _Case(
            NotificationKind.RESOLVED, _ended(_same, _RECOVERED, 9 * MINUTE), 30 * MINUTE, is_late=True
        ),
    }
)
KINDS: Final = (*(variant.value for variant in Variant), *(kind.value for kind in BulletinKind), "letter")
"""Every sample there is."""


@cache
def sample_news(kind: str, size: Size, letterhead: Letterhead, language: Language) -> tuple[ToldNews, ...]:
    """Return the sample news of a kind of KINDS, several for "letter"."""
    if kind == "letter":
        every = [*Variant] if size is Size.LONGEST else [Variant.DOWN, Variant.FLAP, Variant.UP]
        return tuple(_incident(variant, size, letterhead, language) for variant in every)
    if kind in set(BulletinKind):
        return (_bulletin(BulletinKind(kind), size, letterhead, language),)
    return (_incident(Variant(kind), size, letterhead, language),)


def _incident(variant: Variant, size: Size, letterhead: Letterhead, language: Language) -> ToldNews:
    case, stage = _CASES[variant], sample_stage(size, letterhead)
    number = "SC-2026-12345" if size is Size.LONGEST else "SC-2026-1187"
    incident = Incident(
        number, f"{stage.link_id}/icmp", stage.opened_at, stage.opened_at + 60, "timeout", told=_told(stage)
    )
    incident = case.change(stage, incident)
    if size is not Size.EMPTY:
        incident = _annotated(incident, case, stage)
    known, members = stage.known, stage.members(back=case.back)
    if variant is Variant.REMOVED:
        known = replace(known, inventory=replace(known.inventory, targets={}, checks={}, children={}))
    elif not incident.is_open or variant is Variant.SERVICE:
        known = replace(known, statuses={**known.statuses, f"{stage.link_id}/icmp": Status.UP})
    story = Story(
        incident,
        log=() if size is Size.EMPTY else _log(stage),
        history=() if size is Size.EMPTY else _history(incident, stage),
        members=members if incident.is_group else (),
        policy=stage.policy,
    )
    facts = gather_facts(
        story,
        known,
        now=stage.opened_at + case.after_s,
        language=language,
        person="nam" if case.step and stage.person else stage.person,
        step=case.step,
        link=stage.link,
    )
    return ToldNews(News(incident.id, case.news, (1,), step=case.step, is_late=case.is_late), facts)


def _told(stage: Stage) -> Told:
    return Told(step=0, at=stage.opened_at + MINUTE, begun_at=stage.opened_at + MINUTE)


def _annotated(incident: Incident, case: _Case, stage: Stage) -> Incident:
    """Add what people and measurements say of it; long names in the longest."""
    at = stage.opened_at + 5 * MINUTE
    if not incident.is_open:
        who = "Bích Ngọc" if stage.size is Size.TYPICAL else "Nguyễn " * 30
        chosen = Choice(CauseKind.POWER, Side.LOCAL, who, at)
        choice = chosen if stage.size is Size.LONGEST else None
        return replace(incident, acknowledged_at=at, acknowledged_by=who, choice=choice)
    if stage.size is Size.TYPICAL and case.news is not NotificationKind.REMINDED:
        return incident
    basis = "UPS báo mất điện lưới" if stage.size is Size.TYPICAL else "nhiều đối tượng cùng nơi, " * 20
    ticket = None if stage.size is Size.TYPICAL else Ticket("PAKH-" * 12, at, at + HOUR)
    return replace(incident, guess=Guess(CauseKind.POWER, basis), ticket=ticket)


def _log(stage: Stage) -> tuple[IncidentEvent, ...]:
    code = "SC-2026-1187"
    held = f"maintenance {stage.opened_at + MINUTE:.0f}"
    events = [IncidentEvent(code, stage.opened_at + MINUTE, LogKind.STEP, text="0")]
    if stage.size is Size.LONGEST:
        events.insert(0, IncidentEvent(code, stage.opened_at, LogKind.HELD, text=held))
    return tuple(events)


def _history(incident: Incident, stage: Stage) -> tuple[Incident, ...]:
    days = ((2.0, 4.2 * HOUR), (9.0, 20 * MINUTE), (29.0, HOUR), (31.0, 9 * HOUR))
    found = []
    for number, (ago, lasted_s) in enumerate(days):
        at = stage.opened_at - ago * 24 * HOUR
        earlier = Incident(
            f"SC-2026-{900 - number:04d}",
            incident.root_check_id,
            at,
            at,
            "timeout",
            resolved_at=at + lasted_s,
            close_reason=CloseReason.RECOVERED,
            choice=Choice(CauseKind.POWER, Side.LOCAL, "Bích Ngọc", at),
        )
        found.append(earlier)
    return tuple(found)


def _bulletin(kind: BulletinKind, size: Size, letterhead: Letterhead, language: Language) -> ToldNews:
    stage = sample_stage(size, letterhead)
    bulletin = sample_bulletin(kind, size, stage.opened_at)
    facts = bulletin_facts(
        bulletin, stage.known.letterhead, now=stage.opened_at, language=language, link=stage.link
    )
    return ToldNews(News(bulletin.id, NotificationKind.BULLETIN, (1,), severity=3), facts)
