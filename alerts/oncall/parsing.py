"""The on-call file: people, group chats and rotas in YAML -> Directory. No I/O.

Nothing told about the file quotes what it says of a person.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from alerts.oncall.model import Address, Contact, Directory, Leave, Rota, Shift
from inventory.contacts import Phone
from inventory.files.source import Document, YamlMap, problem_at
from inventory.problem import Problem, collapse, near_miss
from inventory.schema import Code, Form, OptionalText, Slug, Text
from inventory.times.texts import read_day, read_minute, read_weekdays
from inventory.validation import parse

_DAY_MINUTES = 24 * 60
_ANSWERING = frozenset({"zalo_bot", "zalo_oa"})
"""Channels on which people give commands."""


def _shift_hours(text: str) -> str:
    read_shift_hours(text)
    return text


def _day(text: str) -> str:
    read_day(text)
    return text


def _weekdays(text: str) -> str:
    read_weekdays(text)
    return text


def read_shift_hours(text: str) -> tuple[int, int]:
    """Return the minutes from midnight of "07:30-19:30"; over midnight when the end is not later."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        raise PydanticCustomError("rule", "ca trực viết như 07:30-19:30, qua đêm như 19:30-07:30")
    return read_minute(first), read_minute(last, most=_DAY_MINUTES)


DayText = Annotated[str, AfterValidator(_day)]


class ContactForm(Form):
    """One person or group chat."""

    name: Text
    role: OptionalText = ""
    phone: Phone = ""
    tell: Annotated[dict[str, Code], Field(min_length=1, max_length=8)]
    """Channel -> address, in the order of preference: the next is used when one fails."""
    language: Literal["vi", "en"] = "vi"
    sees_contacts: bool = True
    """Whether messages may carry names and phone numbers of others."""

    def __repr__(self) -> str:
        """Show nothing of the person: a representation ends in logs."""
        return "ContactForm()"

    __str__ = __repr__


class ShiftForm(Form):
    """One shift of a rota."""

    name: Text
    hours: Annotated[str, AfterValidator(_shift_hours)]
    people: Annotated[list[Slug], Field(min_length=1, max_length=50)]
    """In turn."""
    since: DayText
    """The first of `people` is on duty from this day on."""
    turn_days: Annotated[int, Field(ge=1, le=366)] = 1
    days: Annotated[str, AfterValidator(_weekdays)] = "mon-sun"


class LeaveForm(Form):
    """Somebody is away."""

    person: Slug
    from_: Annotated[DayText, Field(alias="from")]
    to: DayText

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if read_day(self.to) < read_day(self.from_):
            raise PydanticCustomError("rule", "kết thúc (to) phải sau khi bắt đầu (from)")
        return self


class RotaForm(Form):
    """Who is on duty when."""

    name: Text
    shifts: Annotated[list[ShiftForm], Field(min_length=1, max_length=20)]
    leave: list[LeaveForm] = Field(default_factory=list)


class OncallForm(Form):
    """The whole file."""

    people: dict[Slug, ContactForm] = Field(default_factory=dict)
    groups: dict[Slug, ContactForm] = Field(default_factory=dict)
    rotas: dict[Slug, RotaForm] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadDirectory:
    """What was read. `problems` empty: `directory` is whole."""

    directory: Directory
    problems: tuple[Problem, ...] = ()


FaultOf = Callable[[str, str], tuple[str, str] | None]
"""(channel, address) -> what is wrong with it, without the address, and how to mend it; None when nothing is."""


def parse_oncall(
    document: Document,
    *,
    channels: Collection[str],
    zone: str,
    fault_of: FaultOf,
) -> ReadDirectory:
    """Take people, groups and rotas out of a file that was read; `channels` are the names that exist."""
    problems = [_discreet(each) for each in document.problems]
    if document.data is None:
        return ReadDirectory(Directory(), collapse(problems))
    form = parse(OncallForm, document.data)
    if isinstance(form, list):
        return ReadDirectory(Directory(), collapse([*problems, *map(_discreet, form)]))
    problems += _contradictions(form, document.data, channels, fault_of)
    contacts = {
        contact_id: _contact(contact_id, each, is_group=is_group)
        for is_group, section in ((False, form.people), (True, form.groups))
        for contact_id, each in section.items()
    }
    rotas = {rota_id: _rota(rota_id, each, zone) for rota_id, each in form.rotas.items()}
    return ReadDirectory(Directory(contacts, rotas), collapse(problems))


def _contact(contact_id: str, form: ContactForm, *, is_group: bool) -> Contact:
    return Contact(
        id=contact_id,
        name=form.name,
        addresses=tuple(Address(channel, address) for channel, address in form.tell.items()),
        phone=form.phone,
        role=form.role,
        language=form.language,
        is_group=is_group,
        sees_contacts=form.sees_contacts,
    )


def _rota(rota_id: str, form: RotaForm, zone: str) -> Rota:
    shifts = []
    for shift in form.shifts:
        from_minute, to_minute = read_shift_hours(shift.hours)
        shifts.append(
            Shift(
                name=shift.name,
                from_minute=from_minute,
                to_minute=to_minute,
                people=tuple(shift.people),
                since=read_day(shift.since),
                turn_days=shift.turn_days,
                weekdays=frozenset(read_weekdays(shift.days)),
            )
        )
    leave = tuple(Leave(each.person, read_day(each.from_), read_day(each.to)) for each in form.leave)
    return Rota(rota_id, form.name, tuple(shifts), leave, zone)


def _contradictions(
    form: OncallForm, data: YamlMap, channels: Collection[str], fault_of: FaultOf
) -> Iterator[Problem]:
    """Yield what is wrong between entries that are right alone."""
    for contact_id in form.people.keys() & form.groups.keys():
        hint = "đổi mã của người hoặc của nhóm"
        yield problem_at(data, ("groups", contact_id), f"mã '{contact_id}' đã dùng ở people", hint=hint)
    for section in ("people", "groups"):
        entries: Mapping[str, ContactForm] = getattr(form, section)
        for contact_id, contact in entries.items():
            for channel, address in contact.tell.items():
                fault = _unknown_channel(channel, channels) or fault_of(channel, address)
                if fault is not None:
                    yield problem_at(data, (section, contact_id, "tell", channel), fault[0], hint=fault[1])
    yield from _shared_chats(form, data)
    for rota_id, rota in form.rotas.items():
        named: list[tuple[tuple[str | int, ...], str]] = [
            (("rotas", rota_id, "shifts", i, "people", j), person)
            for i, shift in enumerate(rota.shifts)
            for j, person in enumerate(shift.people)
        ]
        named += [
            (("rotas", rota_id, "leave", i, "person"), each.person) for i, each in enumerate(rota.leave)
        ]
        for where, person in named:
            if person not in form.people:
                hint = near_miss(person, form.people) or "thêm người này vào people"
                yield problem_at(data, where, f"không có người mã '{person}'", hint=hint)


def _shared_chats(form: OncallForm, data: YamlMap) -> Iterator[Problem]:
    """Yield the chats that two have: nobody could tell whose command it is that comes from there."""
    owners: dict[tuple[str, str], str] = {}
    for section, entries in (("people", form.people), ("groups", form.groups)):
        for contact_id, contact in entries.items():
            for channel, address in contact.tell.items():
                owner = owners.setdefault((channel, address), contact_id)
                if owner != contact_id and channel in _ANSWERING:
                    place = (section, contact_id, "tell", channel)
                    hint = "mỗi người hoặc nhóm một cuộc trò chuyện riêng"
                    yield problem_at(data, place, f"địa chỉ này đã ghi cho '{owner}'", hint=hint)


def _unknown_channel(channel: str, channels: Collection[str]) -> tuple[str, str] | None:
    if channel in channels:
        return None
    hint = near_miss(channel, channels) or "các kênh: " + ", ".join(sorted(channels))
    return f"không có kênh '{channel}'", hint


def _discreet(problem: Problem) -> Problem:
    """Leave out the values that the file has."""
    message = problem.message.partition(", đang là ")[0]
    return replace(
        problem, message=message, hint="" if "đặt trong dấu nháy: " in problem.hint else problem.hint
    )
