"""What a message says first: on a lock screen (at most 50 characters) and as the subject of a mail. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from alerts.delivery.letter import News
from alerts.messages.facts import IncidentFacts
from alerts.messages.plain import cut, utf16_length
from alerts.messages.vocabulary import Language, State
from alerts.messages.words import VOCABULARIES, count, duration, in_sentence, phrase, short_date_time
from alerts.model.checks import Status
from alerts.model.incident import CloseReason
from alerts.model.notification import NotificationKind

HEADLINE_LIMIT: Final = 50
"""What a lock screen shows."""
SUBJECT_LIMIT: Final = 90

RED: Final = "#b42318"
AMBER: Final = "#8a5a00"
GREEN: Final = "#1a7f4b"
GREY: Final = "#5b6472"
BLUE: Final = "#1f5fbf"

_SIGNS: Final[Mapping[State, tuple[str, str]]] = MappingProxyType(
    {
        State.DOWN: ("🔴", RED),
        State.AGAIN: ("🔴", RED),
        State.SERVICE: ("🔴", RED),
        State.NO_ACCESS: ("🔴", RED),
        State.DEGRADED: ("🟠", AMBER),
        State.STILL: ("🔔", RED),
        State.UP: ("🟢", GREEN),
        State.CLOSED: ("⚪", GREY),
        State.REMOVED: ("⚪", GREY),
        State.REMOVED_CHECK: ("⚪", GREY),
        State.FLAPPING: ("🟠", AMBER),
        State.LATE: ("⚪", GREY),
        State.MASS: ("⛔", RED),
        State.UPDATED: ("🔄", RED),
    }
)
_OWN_BEGUN: Final = frozenset({State.DOWN, State.AGAIN, State.SERVICE, State.DEGRADED})
_UNTIMED: Final = frozenset({State.CLOSED, State.REMOVED, State.REMOVED_CHECK})
"""Their subject says no time."""

_LEAST_LABEL: Final = 8
"""A label may be cut to this before a place is."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a message is called: the first line of its text, the subject of its mail, its colour, and its first word."""

    headline: str
    subject: str
    colour: str
    word: str


def heading_of(news: News, facts: IncidentFacts) -> Heading:
    """Return the heading of the news of an incident."""
    language = facts.language
    state = state_of(news, facts)
    sign, colour = _SIGNS[state]
    word = VOCABULARIES[language].states[state]
    if facts.own is not None and (state in _OWN_BEGUN or state is State.UP):
        return _own_heading(facts, facts.own.part.name, word, is_over=state is State.UP)
    step = ""
    if news.kind is NotificationKind.ESCALATED and facts.resolved_at is None:
        step, sign = phrase("headline_escalated", language, step=str(facts.ladder.step)), "⏫"
    if facts.group is not None and not news.is_late:
        line = _group_line(state, facts, step)
    else:
        room = HEADLINE_LIMIT - utf16_length(sign) - 1
        line = _placed(step or word.upper(), facts.short_place, facts.short_label, room)
    headline = cut(f"{sign} {line}", HEADLINE_LIMIT)
    return Heading(headline, _subject(news, state, line, facts), colour, word)


def _own_heading(facts: IncidentFacts, part: str, word: str, *, is_over: bool) -> Heading:
    """Return the heading of one of the monitor's own troubles."""
    language = facts.language
    if is_over:
        sign, colour, line = "🟢", GREEN, phrase("headline_self_over", language, part=part)
        when = phrase("subject_lasted_self", language, lasted=duration(facts.lasted_s, language))
    else:
        sign, colour, line = "⚠️", RED, phrase("headline_self", language, part=part)
        when = phrase("subject_since", language, time=short_date_time(facts.opened_at, facts.zone))
    subject = cut(f"[GSHT] {line}{when} ({facts.code})", SUBJECT_LIMIT)
    return Heading(cut(f"{sign} {line}", HEADLINE_LIMIT), subject, colour, word)


def state_of(news: News, facts: IncidentFacts) -> State:  # noqa: PLR0911 (one for each)
    """Return what is said first of an incident."""
    if news.kind is NotificationKind.RESOLVED or facts.resolved_at is not None:
        return _end(news, facts)
    if news.kind is NotificationKind.FLAPPING:
        return State.FLAPPING
    if news.kind is NotificationKind.REMINDED:
        return State.STILL
    if facts.group is not None and facts.level is not Status.DEGRADED:
        is_update = news.kind is NotificationKind.UPDATED
        return State.UPDATED if is_update else State.MASS if facts.group.storm else State.DOWN
    if facts.level is Status.DEGRADED:
        return State.DEGRADED
    if facts.service:
        return State.SERVICE
    if facts.central:
        return State.NO_ACCESS
    return State.AGAIN if facts.episodes > 1 else State.DOWN


def _end(news: News, facts: IncidentFacts) -> State:
    if facts.was_removed:
        return State.REMOVED_CHECK if facts.removed_check else State.REMOVED
    if facts.close is CloseReason.BY_HAND:
        return State.CLOSED
    is_late = news.is_late or news.kind is not NotificationKind.RESOLVED
    return State.LATE if is_late else State.UP


def _placed(word: str, place: str, label: str, limit: int) -> str:
    """Write state, place, layer: the label gives way first, so that no two places read alike; then the place."""
    room = limit - utf16_length(f"{word}  – ")
    if room - _LEAST_LABEL < utf16_length(place) <= room + utf16_length(" – "):
        return f"{word} {place}"
    label_room = max(room - utf16_length(place), min(_LEAST_LABEL, utf16_length(label)))
    label = cut(label, label_room)
    return f"{word} {cut(place, room - utf16_length(label))} – {label}"


def _group_line(state: State, facts: IncidentFacts, step: str) -> str:
    group, language = facts.group, facts.language
    assert group is not None  # noqa: S101 (the caller asked)
    share = f"{count(group.down, language)}/{count(group.total, language)} {group.noun}".upper()
    word = VOCABULARIES[language].states[state].upper()
    if step:
        return f"{step}: {share} – {facts.short_label}"
    match state:
        case State.CLOSED | State.REMOVED:
            line = f"{word}: {count(group.size, language)} {group.noun}".upper()
        case State.UP | State.LATE:
            total = count(group.size, language)
            line = phrase(
                "headline_back", language, count=count(group.back, language), total=total, noun=group.noun
            ).upper()
        case State.MASS | State.UPDATED:
            line = f"{word} {share}"
        case State.STILL:
            line = f"{word}: {share}"
        case _:
            name = "headline_group_degraded" if state is State.DEGRADED else "headline_group"
            line = phrase(name, language, count=count(group.down, language), noun=group.noun).upper()
    return f"{line} – {facts.short_label}"


def _subject(news: News, state: State, line: str, facts: IncidentFacts) -> str:
    """Write a subject that sorts and threads well (ux 5.14)."""
    language = facts.language
    ends = {State.UP, State.LATE}
    if state in ends and facts.resolved_at is not None:
        when = phrase("subject_lasted", language, lasted=duration(facts.lasted_s, language))
    elif state in _UNTIMED or news.kind is NotificationKind.ESCALATED:
        when = ""
    else:
        when = phrase("subject_since", language, time=short_date_time(facts.opened_at, facts.zone))
    word = VOCABULARIES[language].states[state]
    frame = f"[GSHT] {when} ({facts.code})"
    room = SUBJECT_LIMIT - utf16_length(frame)
    if facts.group is not None:
        said = cut(_sentence(line), room)
    else:
        said = _subject_place(_subject_word(word, news, facts), facts, room, language)
    return cut(f"[GSHT] {said}{when} ({facts.code})", SUBJECT_LIMIT)


def _subject_word(word: str, news: News, facts: IncidentFacts) -> str:
    if news.kind is not NotificationKind.ESCALATED or facts.resolved_at is not None:
        return word
    return phrase("subject_escalated", facts.language, step=str(facts.ladder.step))


def _subject_place(word: str, facts: IncidentFacts, room: int, language: Language) -> str:
    place = in_sentence(facts.place, language)
    least = utf16_length(f"{word}: ")
    label_room = room - least - utf16_length(f"{place} – ")
    if label_room < _LEAST_LABEL and utf16_length(place) <= room - least:
        return f"{word}: {place}"
    label = cut(facts.label, max(label_room, _LEAST_LABEL))
    return f"{word}: {cut(place, max(1, room - least - utf16_length(f' – {label}')))} – {label}"


def _sentence(line: str) -> str:
    """Return a headline in capitals as a sentence, the layer's own capitals kept."""
    head, dash, tail = line.partition(" – ")
    return f"{head.capitalize()}{dash}{tail}"
