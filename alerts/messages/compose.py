"""Compose messages from facts: short text, mail, HTML twin. Pure.

A template that fails at run time, or whose text does not fit, is replaced by the shipped one, and that by a built-in
text with state, place, time, link and code: an ugly alert beats none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from traceback import walk_tb
from typing import Final

from jinja2 import TemplateSyntaxError

from alerts.messages.bulletin_facts import BulletinFacts, bulletin_heading
from alerts.messages.environment import Templates, load_templates
from alerts.messages.facts import IncidentFacts
from alerts.messages.headline import Heading, heading_of
from alerts.messages.kinds import template_of
from alerts.messages.letterhead import overview_around
from alerts.messages.mail import UNITS_LISTED, listed, rows_of
from alerts.messages.message import Message
from alerts.messages.own import OwnFacts
from alerts.messages.plain import clean, cut, utf16_length
from alerts.messages.several import letter_heading, letter_lines
from alerts.messages.style import Style
from alerts.messages.told import ToldNews
from alerts.messages.words import date_time, phrase
from alerts.model.notification import BulletinKind, NotificationKind

TEXT_LIMIT: Final = 1_900
"""Chat services take 2,000; counted in UTF-16 units, the stricter reading."""

_FAULT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a text may say: history at all, how many names of a list, how long a clause."""

    history: bool
    names: int
    clause: int


_ROOMS: Final = (
    _Room(history=True, names=6, clause=240),
    _Room(history=False, names=6, clause=240),
    _Room(history=False, names=6, clause=120),
    _Room(history=False, names=3, clause=120),
    _Room(history=False, names=0, clause=120),
    _Room(history=False, names=0, clause=60),
)
"""What is given up first when a text does not fit: history, then names, then the ends of long clauses."""
_MAIL_ROOM: Final = _Room(history=True, names=UNITS_LISTED, clause=240)


def compose_letter(
    items: Sequence[ToldNews],
    style: Style,
    *,
    now: float,
    channel: str = "",
    is_repeat: bool = False,
    templates: Templates | None = None,
) -> Message:
    """Write one message that tells all of `items` (at least one). Never fails.

    `is_repeat`: it may have arrived already, and says so.
    """
    lead = min(items, key=lambda item: item.news.severity)
    heading = _heading(lead, channel) if len(items) == 1 else letter_heading(items, style.language)
    mark = phrase("repeat_mark", style.language) if is_repeat else ""
    plain = Message(
        about_id=lead.news.about_id,
        kind=lead.news.kind,
        composed_at=now,
        subject=heading.subject,
        headline=heading.headline,
        text="",
        body="",
        severity=lead.news.severity,
        language=style.language,
        files=_files(items),
    )
    fault = ""
    for each in dict.fromkeys((templates or load_templates(), load_templates())):
        try:
            return replace(_rendered(items, style, heading, each, plain, mark), fault=fault)
        except Exception as error:  # noqa: BLE001 (whatever a template does: an ugly alert beats none)
            fault = fault or _fault(error)
    text = _marked(_plain_text(items, heading), mark)
    return replace(plain, text=text, body=text, fault=fault)


def _files(items: Sequence[ToldNews]) -> tuple[str, ...]:
    """Return what goes with a letter: the files of its bulletins."""
    found = [item.facts for item in items if isinstance(item.facts, BulletinFacts)]
    return tuple(path for facts in found for path in facts.facts.get("paths", ()))


def _fault(error: Exception) -> str:
    """Say what is wrong with a template, with the file and line where that is known."""
    where = ""
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename.endswith(".j2"):
            where = f"{frame.f_code.co_filename}:{line}: "
    if isinstance(error, TemplateSyntaxError):
        where = f"{error.filename or error.name}:{error.lineno}: "
    return where + clean(f"{type(error).__name__}: {error}", _FAULT_LIMIT)


def _heading(item: ToldNews, channel: str) -> Heading:
    if isinstance(item.facts, BulletinFacts):
        return bulletin_heading(item.facts, channel)
    return heading_of(item.news, item.facts)


def _rendered(
    items: Sequence[ToldNews], style: Style, heading: Heading, templates: Templates, plain: Message, mark: str
) -> Message:
    """Render short text and mail; raises whatever a template raises, ValueError if nothing fits."""
    texts = (_marked(_text(items, style, heading, templates, room, is_mail=False), mark) for room in _ROOMS)
    text = next((each for each in texts if utf16_length(each) <= TEXT_LIMIT), None)
    if text is None:
        raise ValueError("the short text is too long")
    lines = _marked(_text(items, style, heading, templates, _MAIL_ROOM, is_mail=True), mark).splitlines()
    if lines[0] == heading.headline:  # a text of one line is told in full as well
        lines = lines[1:]
    facts = items[0].facts
    behind = _listed(items)
    mail = {
        "heading": heading,
        "rows": list(rows_of([line for line in lines if line.strip()])),
        "listed": behind[:UNITS_LISTED],
        "unlisted": max(0, len(behind) - UNITS_LISTED),
        "system": facts.system,
        "code": facts.code if len(items) == 1 and isinstance(facts, IncidentFacts) else "",
        "is_over": plain.kind is NotificationKind.RESOLVED and not _is_all_back(facts),
    }
    return replace(
        plain,
        headline=text.partition("\n")[0],
        text=text,
        body=templates.render(style.language, "mail.txt.j2", mail),
        html=templates.render(style.language, "mail.html.j2", mail),
    )


def _text(
    items: Sequence[ToldNews],
    style: Style,
    heading: Heading,
    templates: Templates,
    room: _Room,
    *,
    is_mail: bool,
) -> str:
    context: dict[str, object] = {
        "headline": heading.headline,
        "style": style,
        "names": room.names,
        "is_mail": is_mail,
        "severity": min(item.news.severity for item in items),
    }
    if len(items) > 1:
        lines = letter_lines(items, style.language, with_links=room.history)
        context |= {"lines": lines, "url": overview_around(items[0].facts.url), "news": items}
        return _tidied(templates.render(style.language, "letter.txt.j2", context))
    (item,) = items
    if isinstance(item.facts, BulletinFacts):
        context |= {"facts": item.facts.facts, "told": item.facts, "zone": item.facts.zone}
        return _tidied(templates.render(style.language, f"{item.facts.kind}.txt.j2", context))
    name = template_of(item.news, item.facts)
    context |= _incident_context(item.facts, room)
    if name == BulletinKind.SELF and item.facts.own is not None:
        context |= _own_context(item.facts, item.facts.own)
    return _tidied(templates.render(style.language, f"{name}.txt.j2", context))


def _own_context(facts: IncidentFacts, own: OwnFacts) -> Mapping[str, object]:
    """Return what the template of the monitor's own troubles shows, of one that is an incident."""
    said = {
        "component": own.part.name,
        "since_at": facts.opened_at,
        "ended_at": facts.resolved_at,
        "symptom": own.symptom,
        "consequence": own.part.effect,
        "action": own.part.action,
    }
    return {"facts": said, "told": facts}


def _incident_context(facts: IncidentFacts, room: _Room) -> Mapping[str, object]:
    facts = replace(
        facts,
        history=facts.history if room.history else "",
        impact=cut(facts.impact, room.clause),
        first_action=cut(facts.first_action, room.clause),
        provider=cut(facts.provider, room.clause),
        guess=cut(facts.guess, room.clause),
        ticket=cut(facts.ticket, room.clause),
    )
    place = facts.place
    if facts.unit and facts.unit != facts.place and facts.group is None:
        place = f"{facts.place} ({facts.unit})"
    elif facts.area:
        place = f"{facts.place} ({facts.area})"
    return {
        "facts": facts,
        "group": facts.group,
        "ladder": facts.ladder,
        "zone": facts.zone,
        "place": place,
        "behind": sum(len(group.targets) for group in facts.behind),
        "behind_units": [group.short_unit for group in facts.behind],
        "remaining": sum(len(group.targets) for group in facts.remaining),
        "remaining_units": [group.short_unit for group in facts.remaining],
    }


def _listed(items: Sequence[ToldNews]) -> list[str]:
    """Return the lines of a mail's list: a group's members, else what is behind or has not come back."""
    facts = items[0].facts
    if len(items) > 1 or isinstance(facts, BulletinFacts) or facts.was_removed:
        return []
    if facts.group is not None:
        return list(facts.group.members)
    groups = facts.behind if facts.resolved_at is None and not facts.service else facts.remaining
    return [listed(group, facts.language) for group in groups]


def _is_all_back(facts: IncidentFacts | BulletinFacts) -> bool:
    """Whether it is a group whose list names who was hit, since nobody is missing any more."""
    return isinstance(facts, IncidentFacts) and facts.group is not None and not facts.group.not_back


def _marked(text: str, mark: str) -> str:
    """Put the mark of a repeated message under its first line, which stays as it was."""
    first, _, rest = text.partition("\n")
    return "\n".join(part for part in (first, mark, rest) if part)


def _tidied(text: str) -> str:
    """Return the text without empty lines at its ends and blanks at those of its lines; what was cut short has no stop."""
    return "\n".join(line.rstrip() for line in text.strip().replace("….", "…").splitlines())


def _plain_text(items: Sequence[ToldNews], heading: Heading) -> str:
    """Say the least that must be said, without templates."""
    lines = [heading.headline]
    for item in items[:12]:
        facts = item.facts
        if isinstance(facts, BulletinFacts):
            lines.append(
                f"{cut(_heading(item, '').subject, 100)}, {date_time(facts.at, facts.zone, facts.language)}"
            )
            continue
        at = facts.opened_at if facts.resolved_at is None else facts.resolved_at
        word = heading_of(item.news, facts).word
        when = date_time(at, facts.zone, facts.language)
        lines.append(f"{cut(facts.place, 80)} – {cut(facts.label, 60)}: {word.lower()}, {when}")
        lines += [line for line in (facts.link if len(items) == 1 else "", facts.code) if line]
    return "\n".join(lines)
