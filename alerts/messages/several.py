"""A letter of several news: one line each, the most urgent first; too many are counted by kind. Pure."""

from collections.abc import Sequence
from typing import Final

from alerts.messages.bulletin_facts import BulletinFacts, bulletin_heading
from alerts.messages.facts import IncidentFacts
from alerts.messages.headline import AMBER, GREEN, HEADLINE_LIMIT, RED, SUBJECT_LIMIT, Heading, heading_of
from alerts.messages.plain import cut
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language
from alerts.messages.words import count, duration, phrase, short_date_time

MOST_LINES: Final = 12
"""More news than this are counted by kind."""
_NAMED: Final = 6
_MOST_URGENT: Final = 4
"""Of news that are counted by kind, so many of severity 1 keep a line of their own."""


def letter_heading(items: Sequence[ToldNews], language: Language) -> Heading:
    """Return the heading of a letter of several news."""
    over = sum(_is_over(item) for item in items)
    other = sum(isinstance(item.facts, BulletinFacts) for item in items)
    begun = len(items) - over - other
    parts = (("letter_begun", begun), ("letter_over", over), ("letter_other", other))
    words = ", ".join(phrase(name, language, count=count(n, language)) for name, n in parts if n)
    line = phrase("headline_letter", language, count=count(len(items), language), words=words)
    sign, colour = ("🔴", RED) if begun else ("🟢", GREEN) if over else ("🟠", AMBER)
    return Heading(cut(f"{sign} {line}", HEADLINE_LIMIT), cut(f"[GSHT] {line}", SUBJECT_LIMIT), colour, line)


def letter_lines(items: Sequence[ToldNews], language: Language, *, with_links: bool) -> list[str]:
    """Return one line for each news (with the link to take it, where there is one), or their counts by kind."""
    ordered = sorted(items, key=_order)
    if len(ordered) <= MOST_LINES:
        return [line for item in ordered for line in _lines(item, with_link=with_links)]
    own = [item for item in ordered if item.news.severity == 1 and not _is_over(item)][:_MOST_URGENT]
    lines = [line for item in own for line in _lines(item, with_link=with_links)]
    kinds: dict[str, list[ToldNews]] = {}
    for item in ordered:
        if item not in own:
            kinds.setdefault(_word(item), []).append(item)
    return lines + [_counted(word, each, language) for word, each in kinds.items()]


def _order(item: ToldNews) -> tuple[bool, int, float]:
    at = item.facts.opened_at if isinstance(item.facts, IncidentFacts) else item.facts.at
    return _is_over(item), item.news.severity, at


def _is_over(item: ToldNews) -> bool:
    return isinstance(item.facts, IncidentFacts) and item.facts.resolved_at is not None


def _word(item: ToldNews) -> str:
    if isinstance(item.facts, BulletinFacts):
        return bulletin_heading(item.facts, "").word
    return heading_of(item.news, item.facts).word


def _lines(item: ToldNews, *, with_link: bool) -> list[str]:
    facts = item.facts
    if isinstance(facts, BulletinFacts):
        return [bulletin_heading(facts, "").headline]
    name = "letter_row" if facts.resolved_at is None else "letter_row_over"
    row = phrase(
        name,
        facts.language,
        headline=heading_of(item.news, facts).headline,
        time=short_date_time(facts.opened_at, facts.zone),
        lasted=duration(facts.lasted_s, facts.language),
        code=facts.code,
    )
    return [row, facts.link] if with_link and facts.link and facts.resolved_at is None else [row]


def _counted(word: str, items: Sequence[ToldNews], language: Language) -> str:
    """Count news of one kind, with the first places; a group's place says how many it is."""
    names = [item.facts.short_place for item in items if isinstance(item.facts, IncidentFacts)]
    if not names:
        return word
    shown, rest = "; ".join(cut(name, 30) for name in names[:_NAMED]), len(names) - _NAMED
    if rest > 0:
        noun = phrase("noun_place", language)
        shown = phrase("and_more", language, names=shown, count=count(rest, language), noun=noun)
    return phrase("letter_kind", language, word=word, count=count(len(items), language), names=shown)
