"""The API of what people do to incidents: take, give back, note, judge, ticket, merge, close.

Whoever sends back the `version` that they looked at is told who was quicker, instead of undoing it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from alerts.incidents.commands import Refusal
from alerts.messages.plain import clean
from alerts.model.incident import CauseKind, Incident, Side
from monitor.incidents.marks import version_of
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.storage.state import IncidentRecord
from monitor.web.api.incident_answers import ChangedAnswer
from monitor.web.api.moments import moment_or_none
from monitor.web.api.shapes import incident_json, iso
from monitor.web.api.signing import Signed, signature
from monitor.web.incident_sight import may_see
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json

log = logging.getLogger(__name__)

ID_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
NUMBER_LIMIT: Final = 40
LONGEST_ACK_S: Final = 30 * 86_400.0
UNKNOWN: Final = "không có sự cố này, hoặc không phải của đơn vị mình"
_REFUSALS: Final[Mapping[Refusal, tuple[int, str, str]]] = {
    Refusal.UNKNOWN_INCIDENT: (
        404,
        "không có sự cố {id}",
        "xem các mã: tslcd-monitor incident list --all",
    ),
    Refusal.CLOSED: (409, "{id} đã đóng", "vẫn ghi chú, chọn nguyên nhân và ghi số phiếu được"),
    Refusal.ALREADY_ACKNOWLEDGED: (
        409,
        "{id}: chính người này đã nhận xử lý rồi",
        "không cần làm gì; đổi thời hạn thì ghi -d hoặc --until",
    ),
    Refusal.NOT_ACKNOWLEDGED: (409, "{id}: chưa ai nhận xử lý", "không cần làm gì"),
    Refusal.EMPTY: (400, "{id}: nội dung không được trống", "ghi nội dung trong dấu nháy"),
    Refusal.ITSELF: (
        409,
        "{id} đã là một phần của sự cố kia, hoặc chính là nó",
        "xem sự cố gồm những gì: tslcd-monitor incident show MÃ",
    ),
    Refusal.TIMES: (
        400,
        "{id}: giờ kết thúc phải sau giờ bắt đầu và chưa qua",
        "viết cả ngày, như '2026-11-23 06:00'",
    ),
}
"""Reason -> status, what and the remedy."""

When = Annotated[str, Field(max_length=40)]


class Doing(Signed):
    """A deed. `version`: of the incident as it was looked at; when it has another by now, nothing is done (409)."""

    version: Annotated[str, Field(max_length=40)] = ""
    text: str = ""


class Taking(Doing):
    """For how long: `durationS` from now, or `until`; neither: until it is over."""

    durationS: float | None = None
    until: When | None = None


class Judging(Doing):
    """What it came from; without `side` the usual one of the cause, or that of the owner of what failed."""

    kind: CauseKind
    side: Side | None = None


class Reporting(Doing):
    """The carrier's number. `reported`: when the carrier was told (now, unless it is said); `closed`: when it was done."""

    number: str
    reported: When = ""
    closed: When = ""


class Merging(Doing):
    """What it is to be part of."""

    into: Annotated[str, Field(min_length=1, max_length=80)]


async def acknowledge(daemon: DaemonPort, call: Call) -> Json:
    """Take it, for a while or until it is over."""
    asked = call.sent(Taking)
    until_at = _until(daemon, call, asked)
    return await _done(
        daemon,
        call,
        asked,
        lambda incident_id, who, text: daemon.incident_desk.acknowledge(
            incident_id, who=who, text=text, until_at=until_at
        ),
    )


async def unacknowledge(daemon: DaemonPort, call: Call) -> Json:
    """Give it back."""
    return await _done(
        daemon,
        call,
        call.sent(Doing),
        lambda incident_id, who, text: daemon.incident_desk.unacknowledge(incident_id, who=who, text=text),
    )


async def note(daemon: DaemonPort, call: Call) -> Json:
    """Write a line into its log; a commune into those that hit it."""
    return await _done(
        daemon,
        call,
        call.sent(Doing),
        lambda incident_id, who, text: daemon.incident_desk.note(incident_id, who=who, text=text),
    )


async def judge(daemon: DaemonPort, call: Call) -> Json:
    """Confirm what it came from."""
    asked = call.sent(Judging)
    return await _done(
        daemon,
        call,
        asked,
        lambda incident_id, who, text: daemon.incident_desk.choose_cause(
            incident_id, asked.kind, side=asked.side, who=who, text=text
        ),
    )


async def ticket(daemon: DaemonPort, call: Call) -> Json:
    """Note the carrier's number."""
    asked, now = call.sent(Reporting), daemon.incident_desk.now
    reported_at = moment_or_none(asked.reported, call.zone, now, field="reported")
    closed_at = moment_or_none(asked.closed, call.zone, now, field="closed")
    return await _done(
        daemon,
        call,
        asked,
        lambda incident_id, who, _: daemon.incident_desk.set_ticket(
            incident_id,
            clean(asked.number, NUMBER_LIMIT),
            reported_at=now if reported_at is None else reported_at,
            closed_at=closed_at,
            who=who,
        ),
    )


async def close(daemon: DaemonPort, call: Call) -> Json:
    """End it by hand; whoever was told is told of it."""
    return await _done(
        daemon,
        call,
        call.sent(Doing),
        lambda incident_id, who, text: daemon.incident_desk.close(incident_id, who=who, text=text),
    )


async def merge(daemon: DaemonPort, call: Call) -> Json:
    """Make it part of another one."""
    asked = call.sent(Merging)
    into_id = clean(asked.into, ID_LIMIT).upper()
    refusal = await daemon.incident_desk.why_not_open(into_id)
    if refusal is not None:
        raise _refused(refusal, into_id)
    return await _done(
        daemon,
        call,
        asked,
        lambda incident_id, who, _: daemon.incident_desk.merge(incident_id, into_id, who=who),
    )


async def found_incident(daemon: DaemonPort, call: Call) -> IncidentRecord:
    """Return the incident that the path names, as it is now.

    Raises RefusedError (404) when there is none, or none that is the business of whoever asks.
    """
    incident_id = clean(call.params["id"], ID_LIMIT).upper()
    record = await daemon.state.incident(incident_id)
    snapshot = daemon.snapshot()
    if record is None or not may_see(call.principal, record.incident, snapshot.inventory):
        raise unknown(incident_id)
    return replace(record, incident=snapshot.incidents.get(incident_id, record.incident))


def unknown(incident_id: str) -> RefusedError:
    """Return the refusal of an incident that is not there, or none of theirs."""
    return _refused(Refusal.UNKNOWN_INCIDENT, incident_id)


async def _done(
    daemon: DaemonPort,
    call: Call,
    asked: Doing,
    act: Callable[[str, str, str], Awaitable[Incident | Refusal]],
) -> Json:
    """Do it to the incident of the path: (its id, who, text). Raises RefusedError."""
    who = signature(call, asked)
    incident_id = clean(call.params["id"], ID_LIMIT).upper()
    if asked.version or not call.principal.may(Right.SEE):
        record = await found_incident(daemon, call)
        # Nothing is waited for between this look and what is done.
        known = daemon.world.incidents.get(incident_id) or daemon.world.closed.get(incident_id)
        latest = known or record.incident
        if asked.version and asked.version != version_of(latest):
            raise _changed_by_somebody(latest, record, call)
    try:
        outcome = await act(incident_id, who, clean(asked.text, TEXT_LIMIT))
    except StorageError as error:
        log.warning("command_not_saved fault=%s", error.fault)
        raise RefusedError(
            503, f"đã ghi nhận nhưng chưa lưu được ({error}); sẽ lưu khi ổ đĩa cho phép"
        ) from error
    if isinstance(outcome, Refusal):
        raise _refused(outcome, incident_id)
    snapshot = daemon.snapshot()
    item = incident_json(outcome, snapshot.inventory, call.zone, now=snapshot.now)
    return {"schema": "incident/1", "asOf": iso(snapshot.now, call.zone), "item": item}


def _changed_by_somebody(latest: Incident, record: IncidentRecord, call: Call) -> RefusedError:
    """Say who changed it, and when; what was decided this moment may not be in its log yet."""
    deeds = [(event.at, event.who) for event in record.log if event.who]
    if latest.choice is not None:
        deeds.append((latest.choice.at, latest.choice.who))
    if latest.acknowledged_at is not None:
        deeds.append((latest.acknowledged_at, latest.acknowledged_by))
    at, who = max(deeds, key=lambda deed: deed[0], default=(0.0, ""))
    by = f"{clean(who, ID_LIMIT)} đã đổi lúc {_clock(at, call)}" if who else "đã đổi"
    return RefusedError(
        409,
        f"{latest.id}: {by} sau khi bạn xem",
        "đọc lại sự cố rồi làm lại nếu vẫn cần",
        field="version",
    )


def _clock(at: float, call: Call) -> str:
    return f"{datetime.fromtimestamp(at, call.zone):%H:%M:%S %d/%m/%Y}"


def _until(daemon: DaemonPort, call: Call, asked: Taking) -> float | None:
    now = daemon.incident_desk.now
    if asked.durationS is not None:
        until_at: float | None = now + asked.durationS
    else:
        until_at = moment_or_none(asked.until or "", call.zone, now, field="until")
    if until_at is not None and not until_at <= now + LONGEST_ACK_S:
        raise RefusedError(
            400,
            "nhận xử lý có hạn thì dài nhất 30 ngày",
            "không ghi hạn: nhận cho đến khi hết",
            field="until",
        )
    return until_at


def _refused(refusal: Refusal, incident_id: str) -> RefusedError:
    status, text, remedy = _REFUSALS[refusal]
    return RefusedError(status, text.format(id=incident_id), remedy)


_TAKEN: Final = "đã đóng; chưa ai nhận; chính người này đã nhận; hoặc có người vừa đổi (version)"
_QUICKER: Final = "có người vừa đổi (version)"

ENDPOINTS: Final = tuple(
    Endpoint(
        method="POST",
        path=f"/incidents/{{id}}/{verb}",
        needs=needs,
        or_needs=or_needs,
        summary=summary,
        handler=handler,
        body=body,
        answer=ChangedAnswer,
        refuses={404: UNKNOWN, 409: conflict},
    )
    for verb, needs, or_needs, body, handler, conflict, summary in (
        ("ack", Right.ACT, None, Taking, acknowledge, _TAKEN, "Take it, for a while or until it is over"),
        ("unack", Right.ACT, None, Doing, unacknowledge, _TAKEN, "Give it back"),
        ("note", Right.ACT, Right.OWN, Doing, note, _QUICKER, "Write a line into its log"),
        ("cause", Right.CAUSE, None, Judging, judge, _QUICKER, "Confirm what it came from"),
        ("ticket", Right.CAUSE, None, Reporting, ticket, _QUICKER, "Note the carrier's number"),
        ("close", Right.ACT, None, Doing, close, _TAKEN, "End it by hand"),
        ("merge", Right.ACT, None, Merging, merge, _TAKEN, "Make it part of another one"),
    )
)
"""What can be done."""
