"""The API of meetings: list, enter, withdraw."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from alerts.messages.plain import clean
from monitor.conference.desk import MeetingDesk
from monitor.conference.entering import REFUSALS, MeetingRefusal, MeetingWish
from monitor.conference.model import Meeting
from monitor.people.rights import Right
from monitor.web.api.corrections import Instant, instant
from monitor.web.api.entered_shapes import meeting_item
from monitor.web.api.lists import ListAnswer, PagedQuery, page_of
from monitor.web.api.shapes import iso
from monitor.web.api.signing import Signed, signature
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json

TEXT_LIMIT: Final = 300
MOST_UNITS: Final = 1_000
ID_LIMIT: Final = 40
_STATUSES: Final[Mapping[MeetingRefusal, int]] = {
    MeetingRefusal.UNKNOWN_ID: 404,
    MeetingRefusal.ENTERED_ALREADY: 409,
    MeetingRefusal.WITHDRAWN_ALREADY: 409,
}


class MeetingsQuery(PagedQuery):
    """Those that begin in [from, until): ISO 8601 with an offset."""

    from_: Annotated[Instant, Field(alias="from")]
    until: Instant


class Entering(Signed):
    """A meeting; `units`: codes, none is every unit with an endpoint. `registered`: points in all, null: not known."""

    title: str = ""
    begins: Instant
    ends: Instant
    units: Annotated[tuple[str, ...], Field(max_length=MOST_UNITS)] = ()
    registered: int | None = None
    note: str = ""


class MeetingShape(Answer):
    """A meeting."""

    id: str
    title: str
    begins: str
    ends: str
    units: list[str]
    registered: int | None
    note: str
    who: str
    created: str
    withdrawn: str | None


class MeetingsAnswer(ListAnswer):
    """A page of meetings, the earliest first; withdrawn ones too."""

    items: list[MeetingShape]


class MeetingAnswer(Answer):
    """One meeting."""

    schema_: Annotated[str, Field(alias="schema")]
    asOf: str
    item: MeetingShape


async def list_meetings(daemon: DaemonPort, call: Call) -> Json:
    """List them."""
    asked = call.asked(MeetingsQuery)
    found = await _desk(daemon).list(instant(asked.from_, "from"), instant(asked.until, "until"))
    page, following = page_of(found, lambda each: f"{each.begins_at:020.3f} {each.id}", asked)
    return _answer(call, {"items": [meeting_item(each, call.zone) for each in page], "next": following})


async def enter_meeting(daemon: DaemonPort, call: Call) -> Json:
    """Keep a meeting."""
    asked = call.sent(Entering)
    wish = MeetingWish(
        title=clean(asked.title, TEXT_LIMIT),
        begins_at=instant(asked.begins, "begins"),
        ends_at=instant(asked.ends, "ends"),
        who=signature(call, asked),
        unit_codes=asked.units,
        registered=asked.registered,
        note=clean(asked.note, TEXT_LIMIT),
    )
    return _outcome(call, await _desk(daemon).enter(wish))


async def withdraw_meeting(daemon: DaemonPort, call: Call) -> Json:
    """Note that it was not held, or entered by mistake."""
    who = signature(call, call.sent(Signed))
    meeting_id = clean(call.params["id"], ID_LIMIT)
    return _outcome(call, await _desk(daemon).withdraw(meeting_id, who=who))


def _desk(daemon: DaemonPort) -> MeetingDesk:
    return MeetingDesk(
        daemon.state.database,
        inventory=lambda: daemon.world.inventory,
        now=lambda: daemon.snapshot().now,
    )


def _outcome(call: Call, outcome: Meeting | MeetingRefusal) -> Json:
    if isinstance(outcome, MeetingRefusal):
        what, remedy = REFUSALS[outcome]
        raise RefusedError(_STATUSES.get(outcome, 422), what, remedy)
    return _answer(call, {"item": meeting_item(outcome, call.zone)})


def _answer(call: Call, content: Json) -> Json:
    return {"schema": "meetings/1", "asOf": iso(call.now, call.zone), **content}


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/meetings",
        needs=Right.SEE,
        summary="Meetings over the conference system",
        handler=list_meetings,
        query=MeetingsQuery,
        answer=MeetingsAnswer,
    ),
    Endpoint(
        method="POST",
        path="/meetings",
        needs=Right.REPORT,
        summary="Enter a meeting",
        handler=enter_meeting,
        body=Entering,
        answer=MeetingAnswer,
        refuses={
            409: "đã nhập cuộc họp này",
            422: "không nhập được như vậy: tên, giờ, đơn vị hoặc số điểm cầu",
        },
    ),
    Endpoint(
        method="POST",
        path="/meetings/{id}/withdraw",
        needs=Right.REPORT,
        summary="Withdraw a meeting",
        handler=withdraw_meeting,
        body=Signed,
        answer=MeetingAnswer,
        refuses={404: "không có mã này", 409: "đã hủy rồi"},
    ),
)
"""What can be asked and done."""
