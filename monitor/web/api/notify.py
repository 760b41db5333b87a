"""The API of messages: what waits or was given up, trying again, dropping, tests, rehearsals."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from alerts.messages.plain import clean, seen_line
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, NotificationKind
from alerts.oncall.model import Recipient
from alerts.telling.rehearsal import Rehearsal, rehearse
from monitor.delivering import Refused
from monitor.people.rights import Right
from monitor.storage.outbox_view import OutboxEntry
from monitor.web.api.lists import ListAnswer, PagedQuery, page_of
from monitor.web.api.moments import moment_or_none
from monitor.web.api.shapes import iso
from monitor.web.api.signing import Signed, signature
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json, Model

MOST_READ: Final = 10_000
MOST_IDS: Final = 1_000
TEXT_LIMIT: Final = 500
NOTHING: Final = "không có tin nào như vậy đang chờ hoặc đã bỏ dở"
Schema = Annotated[str, Field(alias="schema")]
Word = Annotated[str, Field(max_length=200)]
RowId = Annotated[int, Field(ge=1, lt=2**63)]


class QueueQuery(PagedQuery):
    """What waits (`dead`: what was given up), of one channel or of all."""

    channel: Word = ""
    dead: bool = False


class Retrying(Signed):
    """Which messages, or `all` that were given up."""

    ids: Annotated[tuple[RowId, ...], Field(max_length=MOST_IDS)] = ()
    all: bool = False


class Dropping(Signed):
    """Which messages, and why."""

    ids: Annotated[tuple[RowId, ...], Field(min_length=1, max_length=MOST_IDS)]
    comment: str


class Testing(Signed):
    """A contact, a channel, or `channel:address`."""

    to: str


class RouteQuery(Model):
    """What fails, when (now, unless it is said), and how urgent it is ("" as its layer)."""

    target: Word = ""
    at: Annotated[str, Field(max_length=40)] = ""
    severity: Literal["", "1", "2", "3"] = ""


class EntryShape(Answer):
    """A message; `recipient` and `person` are null for who may not see addresses."""

    id: int
    about: str
    kind: NotificationKind
    channel: str
    recipient: str | None
    person: str | None
    severity: int
    state: Literal["waiting", "sent", "dead", "cancelled"]
    dueAt: str
    nextAttemptAt: str | None
    attempts: int
    lastAttemptAt: str | None
    lastError: str
    held: SuppressionReason | None
    inDoubtSince: str | None
    sentAt: str | None
    deadAt: str | None
    cancelReason: CancelReason | None
    insteadOf: bool


class QueueAnswer(ListAnswer):
    """A page of messages, the longest due first."""

    items: list[EntryShape]


class IdsAnswer(Answer):
    """Which messages it was done to."""

    schema_: Schema
    asOf: str
    ids: list[int]


class TestAnswer(Answer):
    """What became of a test message, by recipient."""

    schema_: Schema
    asOf: str
    items: list[EntryShape]


class ToShape(Answer):
    """Who would be told; `address` is null for who may not see addresses."""

    channel: str
    address: str | None
    person: str
    name: str


class HeldShape(Answer):
    """What would delay it."""

    reason: SuppressionReason
    source: str
    until: str


class StepShape(Answer):
    """One step of the policy."""

    number: int
    at: str
    applies: bool
    to: list[ToShape]
    held: HeldShape | None


class RouteAnswer(Answer):
    """Who would be told if a target failed at a moment."""

    schema_: Schema
    asOf: str
    at: str
    check: str
    severity: int
    policy: str
    repeatS: float
    steps: list[StepShape]


async def read_queue(daemon: DaemonPort, call: Call) -> Json:
    """List what waits, or was given up."""
    asked = call.asked(QueueQuery)
    entries = await daemon.delivering.queue(asked.channel or None, MOST_READ, dead=asked.dead)
    page, following = page_of(
        entries, lambda entry: f"{entry.row.notification.due_at:020.3f} {entry.row.id:019d}", asked
    )
    items = [_entry(entry, call) for entry in page]
    return _answer("notify-queue/1", daemon, call, {"items": items, "next": following})


async def retry(daemon: DaemonPort, call: Call) -> Json:
    """Let messages go now."""
    asked = call.sent(Retrying)
    if bool(asked.ids) is asked.all:
        raise RefusedError(400, 'cần JSON {"ids": [số]} hoặc {"all": true}', field="ids")
    found = await daemon.delivering.retry(asked.ids or None, who=signature(call, asked))
    if asked.ids and not found:
        raise RefusedError(404, NOTHING)
    return _answer("notify-done/1", daemon, call, {"ids": found})


async def drop(daemon: DaemonPort, call: Call) -> Json:
    """Let messages never go."""
    asked = call.sent(Dropping)
    comment = clean(asked.comment, TEXT_LIMIT)
    if not comment:
        raise RefusedError(400, "comment: chưa nói vì sao bỏ", 'ghi --comment "lý do"', field="comment")
    found = await daemon.delivering.drop(asked.ids, who=signature(call, asked), comment=comment)
    if not found:
        raise RefusedError(404, NOTHING)
    return _answer("notify-done/1", daemon, call, {"ids": found})


async def test(daemon: DaemonPort, call: Call) -> Json:
    """Send a test message the way every message goes, and wait for what comes of it."""
    asked = call.sent(Testing)
    to = seen_line(asked.to, TEXT_LIMIT)[:TEXT_LIMIT]  # an address of this network, too
    entries = await daemon.delivering.test(to, who=signature(call, asked)) if to else Refused("to: để trống")
    if isinstance(entries, Refused):
        raise RefusedError(404, entries.text, field="to")
    items = [_entry(entry, call) for entry in entries]
    return _answer("notify-test/1", daemon, call, {"items": items})


async def route(daemon: DaemonPort, call: Call) -> Json:
    """Say who would be told; nobody is."""
    asked, now = call.asked(RouteQuery), daemon.delivering.now
    at = moment_or_none(asked.at, call.zone, now, field="at")
    severity = int(asked.severity) if asked.severity else None
    found = rehearse(daemon.world, asked.target, now if at is None else at, severity)
    if found is None:
        raise RefusedError(
            404,
            "không có đối tượng nào như vậy đang được đo",
            "xem mã: tslcd-monitor inventory show",
            field="target",
        )
    at_text = iso(now if at is None else at, call.zone)
    return _answer("notify-route/1", daemon, call, {"at": at_text, **_rehearsal(found, daemon, call)})


def _rehearsal(found: Rehearsal, daemon: DaemonPort, call: Call) -> Json:
    return {
        "check": found.check_id,
        "severity": found.severity,
        "policy": found.policy.id,
        "repeatS": found.policy.repeat_s,
        "steps": [
            {
                "number": step.number,
                "at": iso(step.at, call.zone),
                "applies": step.applies,
                "to": [_recipient(each, daemon, call) for each in step.recipients],
                "held": None
                if step.held is None
                else {
                    "reason": step.held.reason.value,
                    "source": step.held.source_id,
                    "until": iso(step.held.until_at, call.zone),
                },
            }
            for step in found.steps
        ],
    }


def _recipient(recipient: Recipient, daemon: DaemonPort, call: Call) -> Json:
    contact = daemon.world.settings.directory.contacts.get(recipient.contact_id)
    return {
        "channel": recipient.channel,
        "address": recipient.address if call.principal.may(Right.ADDRESSES) else None,
        "person": recipient.contact_id,
        "name": "" if contact is None else contact.name,
    }


def _entry(entry: OutboxEntry, call: Call) -> Json:
    row, note = entry.row, entry.row.notification
    is_addressed, state = call.principal.may(Right.ADDRESSES), _state(entry)
    return {
        "id": row.id,
        "about": note.about_id,
        "kind": note.kind.value,
        "channel": note.channel,
        "recipient": note.recipient if is_addressed else None,
        "person": note.person if is_addressed else None,
        "severity": note.severity,
        "state": state,
        "dueAt": iso(note.due_at, call.zone),
        "nextAttemptAt": iso(row.next_attempt_at, call.zone) if state == "waiting" else None,
        "attempts": row.attempts,
        "lastAttemptAt": iso(entry.last_attempt_at, call.zone),
        "lastError": row.last_error if is_addressed else _without(row.last_error, note.recipient),
        "held": None if row.held is None else row.held.value,
        "inDoubtSince": iso(row.in_doubt_at, call.zone),
        "sentAt": iso(entry.sent_at, call.zone),
        "deadAt": iso(entry.dead_at, call.zone),
        "cancelReason": None if entry.cancel_reason is None else entry.cancel_reason.value,
        "insteadOf": bool(note.instead_of),
    }


def _without(error: str, recipient: str) -> str:
    """Return why it was not sent without whom servers refused."""
    return re.sub(rf"(?<!\w){re.escape(recipient)}(?!\w)", "…", error, flags=re.IGNORECASE)


def _state(entry: OutboxEntry) -> str:
    if entry.sent_at is not None:
        return "sent"
    if entry.dead_at is not None:
        return "dead"
    return "waiting" if entry.cancel_reason is None else "cancelled"


def _answer(schema: str, daemon: DaemonPort, call: Call, content: Json) -> Json:
    return {"schema": schema, "asOf": iso(daemon.delivering.now, call.zone), **content}


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/notify/queue",
        needs=Right.OPERATE,
        summary="Messages that wait, or were given up",
        handler=read_queue,
        query=QueueQuery,
        answer=QueueAnswer,
    ),
    Endpoint(
        method="POST",
        path="/notify/retry",
        needs=Right.OPERATE,
        summary="Let messages go now",
        handler=retry,
        body=Retrying,
        answer=IdsAnswer,
        refuses={404: NOTHING},
    ),
    Endpoint(
        method="POST",
        path="/notify/drop",
        needs=Right.OPERATE,
        summary="Let messages never go",
        handler=drop,
        body=Dropping,
        answer=IdsAnswer,
        refuses={404: NOTHING},
    ),
    Endpoint(
        method="POST",
        path="/notify/test",
        needs=Right.OPERATE,
        summary="Send a test message and wait for what comes of it",
        handler=test,
        body=Testing,
        answer=TestAnswer,
        refuses={404: "không có người, nhóm hay kênh này"},
    ),
    Endpoint(
        method="GET",
        path="/notify/route",
        needs=Right.SEE,
        summary="Who would be told if a target failed at a moment",
        handler=route,
        query=RouteQuery,
        answer=RouteAnswer,
        refuses={404: "không có đối tượng này"},
    ),
)
"""What can be asked and done."""
