"""What a message about something else than an incident may say: its facts, cleaned, and its heading. Pure.

The keys of each kind are listed in `alerts/bulletins.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.messages.headline import AMBER, BLUE, GREEN, HEADLINE_LIMIT, RED, SUBJECT_LIMIT, Heading
from alerts.messages.letterhead import Letterhead, safe_url
from alerts.messages.plain import clean, cut, utf16_length
from alerts.messages.vocabulary import Language
from alerts.messages.words import clock_time, count, full_date, phrase, short_date
from alerts.model.notification import Bulletin, BulletinKind

_TEXT: Final = 300
_REPLY: Final = 1_800
_LINKS: Final = frozenset({"link", "url"})


@dataclass(frozen=True, slots=True)
class BulletinFacts:
    """What a bulletin says. `facts` are cleaned; `url` is the overview page, "" for none; `link` what to press."""

    code: str
    kind: BulletinKind
    at: float
    composed_at: float
    zone: ZoneInfo
    language: Language
    system: str
    url: str
    link: str
    facts: Mapping[str, Any]


def bulletin_facts(
    bulletin: Bulletin,
    letterhead: Letterhead,
    *,
    now: float,
    language: Language = Language.VI,
    link: str = "",
) -> BulletinFacts:
    """Return what may be said of a bulletin at `now`."""
    limit = _REPLY if bulletin.kind is BulletinKind.REPLY else _TEXT
    return BulletinFacts(
        code=clean(bulletin.id, _TEXT),
        kind=bulletin.kind,
        at=bulletin.at,
        composed_at=now,
        zone=letterhead.zone,
        language=language,
        system=letterhead.system(language),
        url=letterhead.page,
        link=safe_url(link),
        facts={key: _cleaned(key, value, limit) for key, value in bulletin.facts.items()},
    )


def bulletin_heading(facts: BulletinFacts, channel: str) -> Heading:
    """Return the heading of a bulletin that goes out on `channel`."""
    sign, line, colour = _line(facts, channel)
    headline = cut(f"{sign} {line}", HEADLINE_LIMIT)
    subject = cut(f"[GSHT] {line}", SUBJECT_LIMIT)
    return Heading(headline, subject, colour, line)


def _line(told: BulletinFacts, channel: str) -> tuple[str, str, str]:  # noqa: C901, PLR0911 (one for each kind)
    said, language, facts = _Said(told.language), told.language, told.facts
    match told.kind:
        case BulletinKind.MAINTENANCE:
            stage = phrase(f"stage_{facts['stage']}", language)
            frame = said("headline_maintenance", stage=stage, name="")
            name = cut(facts["title"] or facts["id"], HEADLINE_LIMIT - utf16_length(frame) - 3)
            return "🔧", said("headline_maintenance", stage=stage, name=name), BLUE
        case BulletinKind.SELF:
            if facts["ended_at"] is not None:
                return "🟢", said("headline_self_over", part=facts["component"]), GREEN
            return "⚠️", said("headline_self", part=facts["component"]), RED
        case BulletinKind.BRIEF:
            opened = said("brief_open", count=count(facts["open"], language))
            what = opened if facts["open"] else phrase("brief_well", language)
            return "☀️", said("headline_brief", day=short_date(told.at, told.zone), words=what), BLUE
        case BulletinKind.SHIFT:
            time, day = clock_time(facts["from_at"], told.zone), full_date(facts["from_at"], told.zone)
            return "☀️", said("headline_shift", time=time, day=day), BLUE
        case BulletinKind.SILENCES:
            return "🔕", said("headline_silences", count=count(facts["in_force"], language)), BLUE
        case BulletinKind.PREFLIGHT:
            failed, colour = count(facts["failed"], language), AMBER if facts["failed"] else GREEN
            name = "headline_preflight" if facts["failed"] else "headline_preflight_well"
            return "📋", said(name, mark=facts["mark"], count=failed), colour
        case BulletinKind.REPORT:
            missing = count(facts["without_cause"], language)
            return "📄", said(f"headline_report_{facts['what']}", name=facts["title"], count=missing), BLUE
        case BulletinKind.TEST:
            return "✅", said("headline_test", channel=channel), BLUE
        case BulletinKind.REPLY:
            return "💬", facts["text"], BLUE


@dataclass(frozen=True, slots=True)
class _Said:
    language: Language

    def __call__(self, name: str, /, **values: str) -> str:
        return phrase(name, self.language, **values)


def _cleaned(key: str, value: object, limit: int) -> Any:
    if isinstance(value, str):
        return safe_url(value) if key in _LINKS else clean(value, limit)
    if isinstance(value, list | tuple):
        return [_cleaned(key, each, limit) for each in value]
    if isinstance(value, Mapping):
        return {name: _cleaned(name, each, limit) for name, each in value.items()}
    return value
