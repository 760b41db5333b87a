"""The API of silences and maintenance: preview, declare, list, show, extend, end, the calendar."""

from collections.abc import Awaitable, Mapping
from dataclasses import fields
from functools import partial
from typing import Annotated, Any, Final

from pydantic import Field

from alerts.messages.plain import clean
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import MutingRefusal, Wish
from alerts.muting.works import Work
from inventory.choosing import choose
from inventory.model import Selector
from monitor.conference.desk import MeetingDesk
from monitor.conference.entering import LONGEST_S as LONGEST_MEETING_S
from monitor.muting.ics_feed import calendar_text
from monitor.muting.texts import REFUSALS
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.api.lists import PagedQuery, page_of
from monitor.web.api.moments import moment
from monitor.web.api.muting_answers import MutingAnswer, MutingsAnswer, PreviewedAnswer
from monitor.web.api.muting_shapes import calendar_entries, muting_json, order_of, reach_json
from monitor.web.api.shapes import iso
from monitor.web.api.signing import Signed, signature
from monitor.web.muting_form import MANY_COMMUNES, conflicts, near_misses
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json, Model, NoQuery, Reply

TEXT_LIMIT: Final = 500
WORD_LIMIT: Final = 120
MOST_WORDS: Final = 200
"""Words of one condition of a selector."""
MOST_DAYS: Final = 400
DEFAULT_DAYS: Final = 30
FEED_PAST_DAYS: Final = 30
FEED_DAYS: Final = 180
_DAY_S: Final = 86_400.0
_STATUSES: Final[Mapping[MutingRefusal, int]] = {
    MutingRefusal.UNKNOWN_ID: 404,
    MutingRefusal.ALREADY_OVER: 409,
}
_PATHS: Final = {MutingKind.SILENCE: "silences", MutingKind.MAINTENANCE: "maintenances"}
_FIELDS: Final = tuple(field.name for field in fields(Selector))

Words = Annotated[tuple[str, ...], Field(max_length=MOST_WORDS)]
When = Annotated[str, Field(max_length=40)]
Line = Annotated[str, Field(max_length=10_000)]


class MutingsQuery(PagedQuery):
    """What is in force some time from `past` days ago until `days` days from now."""

    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = DEFAULT_DAYS
    past: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0


class Chosen(Model):
    """Which targets: all of the given conditions, any of the words of each. Names of places with or without marks."""

    targets: Words = ()
    units: Words = ()
    areas: Words = ()
    former_districts: Words = ()
    layers: Words = ()
    circuits: Words = ()
    providers: Words = ()
    tags: Words = ()


class Ending(Signed):
    """Until when: `durationS` from the beginning, or `until`."""

    durationS: float | None = None
    until: When | None = None
    comment: Line = ""


class Declaring(Ending):
    """What is to be quiet, from when (now, unless it is said) to when, and why. `confirm`: see the preview."""

    selector: Chosen
    from_: Annotated[When | None, Field(alias="from")] = None
    confirm: int | None = None


class DeclaringWork(Declaring):
    """Maintenance. `untilUp`: it is over for a target as soon as that has been down and is up again."""

    title: Line = ""
    worker: Line = ""
    untilUp: bool = False


async def list_mutings(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """List them; the list of maintenance has silences and the inventory's windows too: what is quiet when, and why."""
    asked, desk = call.asked(MutingsQuery), daemon.muting
    from_at, to_at = desk.now - asked.past * _DAY_S, desk.now + asked.days * _DAY_S
    everything = kind is MutingKind.MAINTENANCE
    found = await desk.list(from_at, to_at, None if everything else kind)
    works = desk.windows(from_at, to_at) if everything else ()
    every: list[Muting | Work] = [*found, *works]
    page, following = page_of(every, order_of, asked)
    items = [_item(each, daemon, call) for each in page]
    return _answer(daemon, call, kind, {"items": items, "next": following})


async def show_muting(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """Show one that was declared."""
    muting = await _known(daemon, call, kind)
    return _answer(daemon, call, kind, {"item": _item(muting, daemon, call)})


async def preview_muting(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """Say what would be hit; nothing is changed."""
    wish = _wish(daemon, call, kind)
    planned = _planned(daemon, wish)
    seen = await _preview(daemon, call, planned)
    return _answer(daemon, call, kind, {"item": _item(planned, daemon, call), "preview": seen})


async def declare_muting(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """Declare it; what hits many communes only with their number as `confirm`."""
    wish = _wish(daemon, call, kind)
    seen = await _preview(daemon, call, _planned(daemon, wish))
    if seen["confirm"] is not None and call.sent(Declaring).confirm != seen["confirm"]:
        raise RefusedError(
            422,
            f"sẽ im lặng ở {seen['confirm']} xã, nhiều hơn {MANY_COMMUNES}",
            f"xem trước rồi gửi lại với confirm: {seen['confirm']}",
            field="confirm",
        )
    declared = await _saved(daemon.muting.declare(wish))
    return _answer(daemon, call, kind, {"item": _item(declared, daemon, call), "preview": seen})


async def extend_muting(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """Let it end at another time, later or sooner."""
    asked, desk = call.sent(Ending), daemon.muting
    who, until_at = signature(call, asked), _until(asked, call, desk.now)
    known = await _known(daemon, call, kind)
    comment = clean(asked.comment, TEXT_LIMIT)
    changed = await _saved(desk.extend(known.id, until_at, who=who, comment=comment), known.id)
    return _answer(daemon, call, kind, {"item": _item(changed, daemon, call)})


async def end_muting(daemon: DaemonPort, call: Call, *, kind: MutingKind) -> Json:
    """End it now."""
    who = signature(call, call.sent(Signed))
    known = await _known(daemon, call, kind)
    ended = await _saved(daemon.muting.end(known.id, who=who), known.id)
    return _answer(daemon, call, kind, {"item": _item(ended, daemon, call)})


async def feed_calendar(daemon: DaemonPort, call: Call) -> Reply:
    """Return all maintenance as a calendar that office programs follow (RFC 5545)."""
    desk, inventory = daemon.muting, daemon.muting.inventory
    from_at, to_at = desk.now - FEED_PAST_DAYS * _DAY_S, desk.now + FEED_DAYS * _DAY_S
    declared = await desk.list(from_at, to_at, MutingKind.MAINTENANCE)
    entries = calendar_entries(declared, desk.windows(from_at, to_at), inventory)
    text = calendar_text(entries, name=f"Bảo trì – {daemon.settings.province}", now=call.now)
    headers = {"Content-Disposition": 'inline; filename="bao-tri.ics"'}
    return Reply(text, headers=headers, media="text/calendar")


async def _known(daemon: DaemonPort, call: Call, kind: MutingKind) -> Muting:
    """Return the one that the path names. Raises RefusedError."""
    muting_id = clean(call.params["id"], WORD_LIMIT).upper()
    muting = await daemon.muting.find(muting_id)
    if muting is None or muting.kind is not kind:
        raise _refused(MutingRefusal.UNKNOWN_ID, muting_id)
    return muting


async def _saved(doing: Awaitable[Muting | MutingRefusal], muting_id: str = "") -> Muting:
    """Return what became of it. Raises RefusedError."""
    try:
        outcome = await doing
    except StorageError as error:
        raise RefusedError(
            503, f"đã có hiệu lực nhưng chưa lưu được ({error}); sẽ lưu khi ổ đĩa cho phép"
        ) from error
    if isinstance(outcome, MutingRefusal):
        raise _refused(outcome, muting_id)
    return outcome


def _planned(daemon: DaemonPort, wish: Wish) -> Muting:
    planned = daemon.muting.try_out(wish)
    if not isinstance(planned, MutingRefusal):
        return planned
    refused = _refused(planned)
    if planned is MutingRefusal.NOTHING_HIT:
        near = near_misses(wish.selector, daemon.muting.inventory)
        alone = "; ".join(f"{each.scope}: {each.targets} đối tượng" for each in near)
        raise RefusedError(
            422, refused.detail, f"{refused.hint}; riêng từng điều kiện: {alone}", field="selector"
        )
    raise refused


def _wish(daemon: DaemonPort, call: Call, kind: MutingKind) -> Wish:
    """Return what is wished. Raises RefusedError."""
    asked, now = call.sent(Declaring), daemon.muting.now
    words = {
        field: [clean(word, WORD_LIMIT) for word in getattr(asked.selector, field)]
        for field in _FIELDS
        if getattr(asked.selector, field)
    }
    selector = choose(words, daemon.muting.inventory)
    if not isinstance(selector, Selector):
        what, remedy = ("; ".join(each) for each in zip(*((e.what, e.remedy) for e in selector), strict=True))
        raise RefusedError(400, what, remedy, field="selector")
    from_at = now if asked.from_ is None else moment(asked.from_, call.zone, now, field="from")
    work = asked if isinstance(asked, DeclaringWork) else None
    return Wish(
        kind=kind,
        selector=selector,
        from_at=from_at,
        until_at=_until(asked, call, max(now, from_at)),
        who=signature(call, asked),
        comment=clean(asked.comment, TEXT_LIMIT),
        title="" if work is None else clean(work.title, TEXT_LIMIT),
        worker="" if work is None else clean(work.worker, TEXT_LIMIT),
        until_up=work is not None and work.untilUp,
    )


def _until(asked: Ending, call: Call, from_at: float) -> float:
    """Return when it is to end; a length counts from `from_at`, a time of day after it. Raises RefusedError."""
    if asked.until is not None:
        return moment(asked.until, call.zone, from_at, field="until")
    if asked.durationS is None:
        raise RefusedError(
            400, "chưa nói đến khi nào", "ghi -d 2h, hoặc --until '2026-11-23 06:00'", field="until"
        )
    return from_at + asked.durationS


async def _preview(daemon: DaemonPort, call: Call, planned: Muting) -> dict[str, Any]:
    found, waiting = await daemon.muting.preview(planned.selector)
    desk = MeetingDesk(
        daemon.state.database, inventory=lambda: daemon.muting.inventory, now=lambda: daemon.muting.now
    )
    meetings = await desk.list(planned.from_at - LONGEST_MEETING_S, planned.until_at)
    communes = len(found.communes)
    return {
        **reach_json(found.reach, daemon.muting.inventory),
        "communes": communes,
        "incidents": list(found.incidents),
        "waitingMessages": waiting,
        "meetings": [
            {
                "id": each.id,
                "title": each.title,
                "begins": iso(each.begins_at, call.zone),
                "ends": iso(each.ends_at, call.zone),
            }
            for each in conflicts(meetings, found.reach.units, planned.from_at, planned.until_at)
        ],
        "confirm": communes if communes > MANY_COMMUNES else None,
    }


def _item(of: Muting | Work, daemon: DaemonPort, call: Call) -> Json:
    return muting_json(of, daemon.muting.inventory, call.zone, daemon.muting.now)


def _refused(refusal: MutingRefusal, muting_id: str = "") -> RefusedError:
    """Say why not; of several at once, of which."""
    what, remedy = REFUSALS[refusal]
    about = f"{muting_id}: " if muting_id else ""
    return RefusedError(_STATUSES.get(refusal, 422), f"{about}{what}", remedy)


def _answer(daemon: DaemonPort, call: Call, kind: MutingKind, content: Json) -> Json:
    return {"schema": f"{_PATHS[kind]}/1", "asOf": iso(daemon.muting.now, call.zone), **content}


_GONE: Final = {404: "không có mã này", 409: "đã hết hiệu lực"}
_WRONG: Final = {
    422: "không làm được như vậy: thời gian, chọn không trúng gì, hoặc chưa xác nhận khi trúng nhiều xã"
}


def _endpoints(kind: MutingKind, declaring: type[Declaring]) -> tuple[Endpoint, ...]:
    path, what = f"/{_PATHS[kind]}", "maintenance" if kind is MutingKind.MAINTENANCE else "silences"
    rows: tuple[tuple[Any, ...], ...] = (
        ("GET", "", Right.SEE, list_mutings, None, MutingsAnswer, {}, f"List {what}, now and ahead"),
        ("POST", "", Right.MUTE, declare_muting, declaring, PreviewedAnswer, _WRONG, f"Declare {what}"),
        (
            *("POST", "/preview", Right.MUTE, preview_muting, declaring, PreviewedAnswer, _WRONG),
            f"What {what} would hit: units, targets, incidents, meetings",
        ),
        ("GET", "/{id}", Right.SEE, show_muting, None, MutingAnswer, _GONE, f"One of the {what}"),
        (
            *("POST", "/{id}/extend", Right.MUTE, extend_muting, Ending, MutingAnswer, {**_GONE, **_WRONG}),
            f"Let {what} end at another time",
        ),
        ("POST", "/{id}/end", Right.MUTE, end_muting, Signed, MutingAnswer, _GONE, f"End {what} now"),
    )
    return tuple(
        Endpoint(
            method=method,
            path=path + below,
            needs=needs,
            summary=summary,
            handler=partial(handler, kind=kind),
            query=MutingsQuery if handler is list_mutings else NoQuery,
            body=body,
            answer=answer,
            refuses=refuses,
        )
        for method, below, needs, handler, body, answer, refuses, summary in rows
    )


ENDPOINTS: Final = (
    *_endpoints(MutingKind.SILENCE, Declaring),
    *_endpoints(MutingKind.MAINTENANCE, DeclaringWork),
    Endpoint(
        method="GET",
        path="/maintenances.ics",
        needs=Right.SEE,
        summary="Maintenance as a calendar (RFC 5545)",
        handler=feed_calendar,
        media="text/calendar",
    ),
)
"""What can be asked and done."""
