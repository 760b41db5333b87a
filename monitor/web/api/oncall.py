"""The API of the rotas: who is on duty, the weeks ahead, gaps, swaps, what is handed over."""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from alerts.messages.plain import clean
from alerts.oncall.model import Contact, Directory, Rota, Swap
from alerts.oncall.rota import Duty, duties, gaps, next_hand_over
from alerts.oncall.routing import people_on_duty, swaps_that_count
from inventory.problem import near_miss
from monitor.people.rights import Right
from monitor.web.api.moments import moment, moment_or_none
from monitor.web.api.shapes import incident_json, iso
from monitor.web.api.signing import Signed, signature
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json, Model

MOST_DAYS: Final = 62
LONGEST_SWAP_S: Final = 31 * 86_400.0
WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
_DAY_S: Final = 86_400.0
Schema = Annotated[str, Field(alias="schema")]
When = Annotated[str, Field(max_length=40)]
From = Annotated[str, Field(alias="from")]


class AtQuery(Model):
    """A moment: now, unless it is said."""

    at: When = ""


class DaysQuery(Model):
    """How many days ahead."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7


class Swapping(Signed):
    """Who stands in, where, from when to when."""

    rota: str
    person: str
    from_: Annotated[When, Field(alias="from")]
    until: When
    comment: str = ""


class PersonShape(Answer):
    """Somebody on duty; `phone` is null for who may not see addresses."""

    id: str
    name: str
    phone: str | None
    channels: list[str]


class RotaShape(Answer):
    """A rota at a moment; `shift` is null while nobody is on duty."""

    rota: str
    name: str
    people: list[PersonShape]
    shift: str | None
    swapped: bool
    nextHandOver: str | None


class DutyShape(Answer):
    """One turn; `person` is null where nobody is on duty."""

    shift: str
    from_: From
    until: str
    person: str | None
    insteadOf: str | None


class GapShape(Answer):
    """A time without anybody."""

    from_: From
    until: str


class SwapShape(Answer):
    """An arrangement; `counts` is false when that person has left."""

    rota: str
    person: str
    from_: From
    until: str
    who: str
    comment: str
    counts: bool


class AheadShape(Answer):
    """A rota in the time ahead."""

    rota: str
    name: str
    duties: list[DutyShape]
    gaps: list[GapShape]
    swaps: list[SwapShape]


class OncallAnswer(Answer):
    """Who is on duty."""

    schema_: Schema
    asOf: str
    at: str
    items: list[RotaShape]


class DutiesAnswer(Answer):
    """The rotas in the time ahead."""

    schema_: Schema
    asOf: str
    items: list[AheadShape]


class SwapAnswer(Answer):
    """What was arranged."""

    schema_: Schema
    asOf: str
    item: SwapShape


class HandOverShape(Answer):
    """One incident that is handed over."""

    id: str
    title: str
    state: Literal["open", "acked"]
    ackedBy: str | None
    openedAt: str


class HandOverAnswer(Answer):
    """What is handed over: who leaves and who comes by rota, what is open, what is quiet."""

    schema_: Schema
    asOf: str
    rotas: list[RotaShape]
    incidents: list[HandOverShape]
    mutings: list[str]


async def read_now(daemon: DaemonPort, call: Call) -> Json:
    """Say who is on duty."""
    at = moment_or_none(call.asked(AtQuery).at, call.zone, call.now, field="at")
    at = call.now if at is None else at
    return _answer("oncall/1", call, {"at": iso(at, call.zone), "items": _rotas(daemon, call, at)})


async def read_duties(daemon: DaemonPort, call: Call) -> Json:
    """Show the rotas of the days ahead, with the times that nobody has."""
    now, directory = call.now, daemon.desk.directory
    until_at = now + call.asked(DaysQuery).days * _DAY_S
    counted = swaps_that_count(directory)
    items = [
        {
            "rota": rota.id,
            "name": rota.name,
            "duties": [_duty(duty, directory, call) for duty in duties(rota, now, until_at)],
            "gaps": [
                {"from": iso(start, call.zone), "until": iso(end, call.zone)}
                for start, end in gaps(rota, now, until_at, counted)
            ],
            "swaps": [
                _swap(each, directory, call)
                for each in directory.swaps
                if each.rota == rota.id and now < each.until_at and each.from_at < until_at
            ],
        }
        for rota in directory.rotas.values()
    ]
    return _answer("oncall-duties/1", call, {"items": items})


async def read_hand_over(daemon: DaemonPort, call: Call) -> Json:
    """Say what whoever is on duty hands over now."""
    snapshot = daemon.snapshot()
    told = [each for each in snapshot.incidents.values() if each.part_of not in snapshot.incidents]
    items = [incident_json(each, snapshot.inventory, call.zone, now=snapshot.now) for each in told]
    quiet = await daemon.muting.list(call.now, call.now + _DAY_S)
    return _answer(
        "oncall-hand-over/1",
        call,
        {
            "rotas": _rotas(daemon, call, call.now),
            "incidents": [
                {
                    "state": "open" if item["ackedAt"] is None else "acked",
                    **{key: item[key] for key in ("id", "title", "ackedBy", "openedAt")},
                }
                for item in items
            ],
            "mutings": [each.id for each in quiet],
        },
    )


async def swap(daemon: DaemonPort, call: Call) -> Json:
    """Let somebody stand in for whoever is on duty."""
    asked, directory = call.sent(Swapping), daemon.desk.directory
    rota, person = clean(asked.rota, WHO_LIMIT), clean(asked.person, WHO_LIMIT)
    from_at = moment(asked.from_, call.zone, call.now, field="--from")
    until_at = moment(asked.until, call.zone, from_at, field="--until")
    if rota not in directory.rotas:
        raise RefusedError(404, _unknown("bảng trực", rota, directory.rotas), field="rota")
    contact = directory.contacts.get(person)
    if contact is None or contact.is_group:
        people = {key: each for key, each in directory.contacts.items() if not each.is_group}
        raise RefusedError(404, _unknown("người", person, people), field="person")
    if not max(from_at, call.now) < until_at <= from_at + LONGEST_SWAP_S:
        raise RefusedError(
            400,
            "giờ kết thúc phải sau giờ bắt đầu, sau lúc này, và không quá 31 ngày sau giờ bắt đầu",
            "xem lại --from và --until; nghỉ dài ngày thì ghi leave trong tệp người trực",
            field="until",
        )
    comment = clean(asked.comment, TEXT_LIMIT)
    wanted = Swap(rota, person, from_at, until_at, signature(call, asked), comment)
    await daemon.desk.swap(wanted)
    return _answer("oncall-swap/1", call, {"item": _swap(wanted, directory, call)})


def _rotas(daemon: DaemonPort, call: Call, at: float) -> list[Json]:
    directory = daemon.desk.directory
    return [_rota(rota, directory, call, at) for rota in directory.rotas.values()]


def _rota(rota: Rota, directory: Directory, call: Call, at: float) -> Json:
    with_phone = call.principal.may(Right.ADDRESSES)
    people = people_on_duty(directory, rota, at)
    return {
        "rota": rota.id,
        "name": rota.name,
        "people": [_person(directory.contacts.get(each), each, with_phone=with_phone) for each in people],
        "shift": next((each.shift for each in duties(rota, at, at + 1)), None),
        "swapped": any(
            each.rota == rota.id and each.from_at <= at < each.until_at
            for each in swaps_that_count(directory)
        ),
        "nextHandOver": iso(next_hand_over(rota, at), call.zone),
    }


def _duty(duty: Duty, directory: Directory, call: Call) -> Json:
    return {
        "shift": duty.shift,
        "from": iso(duty.from_at, call.zone),
        "until": iso(duty.until_at, call.zone),
        "person": _name(directory, duty.person) if duty.person else None,
        "insteadOf": _name(directory, duty.turn_of) if duty.turn_of != duty.person else None,
    }


def _swap(of: Swap, directory: Directory, call: Call) -> Json:
    return {
        "rota": of.rota,
        "person": _name(directory, of.person),
        "from": iso(of.from_at, call.zone),
        "until": iso(of.until_at, call.zone),
        "who": of.who,
        "comment": of.comment,
        "counts": of.person in directory.contacts,
    }


def _person(contact: Contact | None, contact_id: str, *, with_phone: bool) -> Json:
    if contact is None:
        return {"id": contact_id, "name": contact_id, "phone": None, "channels": []}
    channels = [each.channel for each in contact.addresses]
    phone = (contact.phone or None) if with_phone else None
    return {"id": contact.id, "name": contact.name, "phone": phone, "channels": channels}


def _name(directory: Directory, contact_id: str) -> str:
    contact = directory.contacts.get(contact_id)
    return contact_id if contact is None else contact.name


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    hint = near_miss(name, known)
    return f"không có {what} '{name}'" + (f"; {hint}" if hint else "")


def _answer(schema: str, call: Call, content: dict[str, Any]) -> Json:
    return {"schema": schema, "asOf": iso(call.now, call.zone), **content}


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/oncall",
        needs=Right.SEE,
        summary="Who is on duty now, or at a moment",
        handler=read_now,
        query=AtQuery,
        answer=OncallAnswer,
    ),
    Endpoint(
        method="GET",
        path="/oncall/duties",
        needs=Right.SEE,
        summary="The turns, gaps and swaps of the days ahead",
        handler=read_duties,
        query=DaysQuery,
        answer=DutiesAnswer,
    ),
    Endpoint(
        method="GET",
        path="/oncall/hand-over",
        needs=Right.SEE,
        summary="What is handed over now: people, open incidents, what is quiet",
        handler=read_hand_over,
        answer=HandOverAnswer,
    ),
    Endpoint(
        method="POST",
        path="/oncall/swaps",
        needs=Right.DUTY,
        summary="Let somebody stand in",
        handler=swap,
        body=Swapping,
        answer=SwapAnswer,
        refuses={404: "không có bảng trực hoặc người này"},
    ),
)
"""What can be asked and done."""
