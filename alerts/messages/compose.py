"""Compose the messages of an incident from its facts, in Vietnamese: short text, mail, HTML twin. Pure.

Templates lie in templates/ (Jinja2, sandboxed, an undefined name is an error). One that fails at run time is replaced
by a built-in line with state, place, time and code: an ugly alert beats none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.messages import words
from alerts.messages.facts import IncidentFacts
from alerts.messages.message import Message
from alerts.messages.plain import clean, cut, utf16_length
from alerts.messages.reach import UnitTargets
from alerts.model.checks import Status
from alerts.model.notification import NotificationKind

HEADLINE_LIMIT: Final = 50
"""What a lock screen shows."""
TEXT_LIMIT: Final = 1_900
"""Chat services take 2,000; counted in UTF-16 units, the stricter reading."""
SUBJECT_LIMIT: Final = 90

_LABEL_SHARE: Final = 20
_UNITS_NAMED: Final = 6
_UNITS_LISTED: Final = 100
_TARGETS_LISTED: Final = 20
_FAULT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class _State:
    """How a message names what happened: on a lock screen, in a subject, with what sign."""

    sign: str
    word: str
    colour: str


def compose(kind: NotificationKind, facts: IncidentFacts, *, templates: Environment | None = None) -> Message:
    """Write the message of `kind` about `facts`. Never fails."""
    state = _state(kind, facts)
    environment = templates or default_templates()
    try:
        return _from_templates(kind, facts, state, environment)
    except Exception as error:  # noqa: BLE001 (whatever a template does: an ugly alert beats none)
        return _plain_message(kind, facts, state, f"{type(error).__name__}: {error}")


@cache
def default_templates() -> Environment:
    """Return the environment of the shipped templates."""
    return load_templates(Path(__file__).parent / "templates")


def load_templates(folder: Path) -> Environment:
    """Return a sandboxed environment of the templates in `folder`, with the filters that they use."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "count": words.count,
        "duration": words.duration,
        "clock_time": words.clock_time,
        "date_time": words.date_time,
        "stop": words.stop,
    }
    return environment


def _state(kind: NotificationKind, facts: IncidentFacts) -> _State:
    if kind is NotificationKind.OPENED:
        return _State("🔴", words.status_word(Status.DOWN), "#b42318")
    if facts.was_removed:
        return _State("⚪", "Bỏ phép đo" if facts.removed_check else "Ngừng giám sát", "#5b6472")
    return _State("🟢", "Đã khôi phục", "#1a7f4b")


def _from_templates(
    kind: NotificationKind, facts: IncidentFacts, state: _State, environment: Environment
) -> Message:
    headline = _headline(state, facts)
    subject = _subject(kind, state, facts)
    letter = {
        "facts": facts,
        "subject": subject,
        "colour": state.colour,
        "rows": list(_rows(kind, state, facts)),
        "action": facts.first_action if _is_under_way(kind, facts) else "",
        "listed": [_listed(group) for group in _groups(kind, facts)[:_UNITS_LISTED]],
        "unlisted": max(0, len(_groups(kind, facts)) - _UNITS_LISTED),
        "targets": _size(_groups(kind, facts)),
        "is_recovery": kind is NotificationKind.RESOLVED,
    }
    return Message(
        about_id=facts.code,
        kind=kind,
        composed_at=facts.composed_at,
        subject=subject,
        headline=headline,
        text=_short_text(kind, facts, headline, environment),
        body=environment.get_template("mail.txt.j2").render(letter),
        html=environment.get_template("mail.html.j2").render(letter),
    )


def _short_text(kind: NotificationKind, facts: IncidentFacts, headline: str, environment: Environment) -> str:
    """Render the short form; what does not fit drops the history first, then the list of units."""
    template = environment.get_template(f"{kind}.txt.j2")
    without_history = replace(facts, history="")
    for shown, units in ((facts, _UNITS_NAMED), (without_history, _UNITS_NAMED), (without_history, 0)):
        text = template.render(
            headline=headline,
            facts=shown,
            place=_place(shown),
            behind=_size(shown.behind),
            units=_unit_names(shown.behind, units),
            remaining=_remaining(shown),
        ).strip()
        if utf16_length(text) <= TEXT_LIMIT:
            return text
    raise ValueError("the short text is too long")


def _headline(state: _State, facts: IncidentFacts) -> str:
    """State, place, layer: the place gives way first, so that the layer stays."""
    label = cut(facts.short_label, _LABEL_SHARE)
    frame = f"{state.sign} {state.word.upper()}  – {label}"
    place = cut(facts.short_place, HEADLINE_LIMIT - utf16_length(frame))
    return f"{state.sign} {state.word.upper()} {place} – {label}"


def _subject(kind: NotificationKind, state: _State, facts: IncidentFacts) -> str:
    """Write a subject that sorts and threads well (ux 5.14)."""
    if kind is NotificationKind.OPENED:
        when = f", từ {words.short_date_time(facts.opened_at, facts.zone)}"
    elif facts.was_removed or facts.resolved_at is None:
        when = ""
    else:
        when = f", gián đoạn {words.duration(facts.lasted_s)}"
    label = cut(facts.label, _LABEL_SHARE + 4)
    frame = f"[GSHT] {state.word}:  – {label}{when} ({facts.code})"
    place = cut(words.in_sentence(facts.place), max(1, SUBJECT_LIMIT - utf16_length(frame)))
    return f"[GSHT] {state.word}: {place} – {label}{when} ({facts.code})"


def _rows(kind: NotificationKind, state: _State, facts: IncidentFacts) -> Iterator[tuple[str, str]]:
    """Yield the lines of the mail, label and value; text and HTML show the same."""
    since = words.date_time(facts.opened_at, facts.zone)
    lasted = words.duration(facts.lasted_s)
    ended_at = None if facts.was_removed else facts.resolved_at
    until = None if ended_at is None else words.date_time(ended_at, facts.zone)
    under_way = _is_under_way(kind, facts)
    confirmed = f"{words.count(facts.failed_tests)} lần kiểm tra liên tiếp" if facts.failed_tests else ""
    candidates = (
        ("Đơn vị", _place(facts)),
        ("Nội dung", f"{state.word} – {facts.label}"),
        ("Thiết bị", facts.target),
        ("Thời điểm", f"{since} (đã {lasted})" if until is None else f"{since} đến {until} ({lasted})"),
        ("Lưu ý", facts.held if under_way else ""),
        ("Hiện tại", _late(facts) if kind is NotificationKind.OPENED else _ending(facts)),
        ("Xác nhận", ": ".join(part for part in (confirmed, facts.cause) if part) if under_way else ""),
        ("Ảnh hưởng", facts.impact if under_way else ""),
        ("Kèm theo", _accompanying(facts) if under_way else ""),
        ("Lịch sử", facts.history),
        ("Nhà mạng", facts.provider if under_way else ""),
        ("Người xử lý", facts.acknowledged_by),
        ("Chi tiết", facts.url),
    )
    return ((label, value) for label, value in candidates if value)


def _is_under_way(kind: NotificationKind, facts: IncidentFacts) -> bool:
    """Whether there is still something to do."""
    return kind is NotificationKind.OPENED and facts.resolved_at is None


def _late(facts: IncidentFacts) -> str:
    """Say so when the news of a failure goes out after its end."""
    if facts.resolved_at is None:
        return ""
    return "đã ngừng giám sát" if facts.was_removed else "đã khôi phục trước khi tin này gửi được"


def _ending(facts: IncidentFacts) -> str:
    if facts.removed_check:
        return f"phép đo {facts.removed_check} đã bỏ khỏi danh mục, chưa ghi nhận kết nối lại; vẫn giám sát thiết bị"
    if facts.was_removed:
        return "đã đưa ra khỏi danh sách giám sát, chưa ghi nhận kết nối lại"
    if facts.remaining:
        return f"còn {words.count(_size(facts.remaining))} thiết bị phía sau chưa khôi phục"
    return "các thiết bị phía sau đều đã kết nối lại" if facts.all_back else ""


def _accompanying(facts: IncidentFacts) -> str:
    size = _size(facts.behind)
    return f"{words.count(size)} thiết bị phía sau không kiểm tra được (không báo riêng)" if size else ""


def _groups(kind: NotificationKind, facts: IncidentFacts) -> tuple[UnitTargets, ...]:
    if kind is NotificationKind.OPENED:
        return facts.behind if facts.resolved_at is None else ()
    return () if facts.was_removed else facts.remaining


def _place(facts: IncidentFacts) -> str:
    """Name the place in full; a system known by its own name is followed by its owner."""
    if facts.unit and facts.unit != facts.place:
        return f"{facts.place} ({facts.unit})"
    return f"{facts.place} ({facts.area})" if facts.area else facts.place


def _size(groups: tuple[UnitTargets, ...]) -> int:
    return sum(len(group.targets) for group in groups)


def _unit_names(groups: tuple[UnitTargets, ...], limit: int) -> str:
    """Name the first units, short; "" for a single one, which the message names already."""
    if len(groups) < 2:  # noqa: PLR2004 (one is the place itself, or none)
        return ""
    named = ", ".join(cut(group.short_unit, 40) for group in groups[:limit])
    rest = len(groups) - limit
    tail = f"{' và ' if named else ''}{words.count(rest)} đơn vị khác" if rest > 0 and limit else ""
    shown = f" ({named}{tail})" if named else ""
    return f"{words.count(len(groups))} đơn vị{shown}"


def _remaining(facts: IncidentFacts) -> str:
    size = _size(facts.remaining)
    if not size or facts.was_removed:
        return ""
    units = f" tại {_unit_names(facts.remaining, _UNITS_NAMED)}" if len(facts.remaining) > 1 else ""
    return f"{words.count(size)} thiết bị{units}"


def _listed(group: UnitTargets) -> str:
    """Write one line of the mail's list."""
    names = ", ".join(group.targets[:_TARGETS_LISTED])
    rest = len(group.targets) - _TARGETS_LISTED
    more = f" và {words.count(rest)} thiết bị khác" if rest > 0 else ""
    area = f" ({group.area})" if group.area else ""
    return f"{group.unit}{area} – {words.count(len(group.targets))} thiết bị: {names}{more}"


def _plain_message(kind: NotificationKind, facts: IncidentFacts, state: _State, fault: str) -> Message:
    """Say the least that must be said, without templates."""
    at = (
        facts.opened_at if kind is NotificationKind.OPENED or facts.resolved_at is None else facts.resolved_at
    )
    headline = _headline(state, facts)
    text = (
        f"{headline}\n{facts.place} – {facts.label}: {state.word.lower()}, {words.date_time(at, facts.zone)}"
    )
    text += f"\n{facts.code}"
    return Message(
        about_id=facts.code,
        kind=kind,
        composed_at=facts.composed_at,
        subject=_subject(kind, state, facts),
        headline=headline,
        text=text,
        body=text,
        fault=clean(fault, _FAULT_LIMIT),
    )
