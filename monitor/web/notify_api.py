"""The API of messages: what waits or was given up, trying again, dropping, tests, rehearsals. Over the Unix socket only."""

from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from alerts.oncall.model import Recipient
from alerts.telling.rehearsal import Rehearsal, rehearse
from alerts.world import World
from monitor.delivering import DeliveryDesk, Refused
from monitor.muting.texts import read_time
from monitor.storage.errors import StorageError
from monitor.storage.outbox_view import OutboxEntry
from monitor.web.api import Json, iso
from monitor.web.fence import problem

MOST_ITEMS: Final = 1_000
WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
_BASE: Final = "/api/v1/notify"
_NO_STORE: Final = {"Cache-Control": "no-store"}


class NotifyPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def delivering(self) -> DeliveryDesk:
        """Where people look after delivery."""
        ...

    @property
    def world(self) -> World:
        """What the engine knows; only read here."""
        ...


def add_notify_routes(app: web.Application, daemon: NotifyPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get(f"{_BASE}/queue", site.queue)
    app.router.add_post(f"{_BASE}/retry", site.retry)
    app.router.add_post(f"{_BASE}/drop", site.drop)
    app.router.add_post(f"{_BASE}/test", site.test)
    app.router.add_get(f"{_BASE}/route", site.route)


class _Site:
    def __init__(self, daemon: NotifyPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def queue(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            entries = await self._daemon.delivering.queue(
                query.get("channel") or None, MOST_ITEMS, dead=query.get("dead") == "true"
            )
        except StorageError as error:
            return problem(503, error.what, error.remedy)
        return self._answer("notify-queue/1", {"items": [self._entry(entry) for entry in entries]})

    async def retry(self, request: web.Request) -> web.Response:
        body = await _body(request)
        ids, who = _ids(body), _line(body, "who", WHO_LIMIT)
        if not who or (ids is None and body.get("all") is not True):
            return problem(400, 'cần JSON {"ids": [số], "who": "ai"} hoặc {"all": true, "who": "ai"}')
        try:
            found = await self._daemon.delivering.retry(ids, who=who)
        except StorageError as error:
            return problem(503, error.what, error.remedy)
        if ids is not None and not found:
            return problem(404, "không có tin nào như vậy đang chờ hoặc đã bỏ dở")
        return self._answer("notify-done/1", {"ids": found})

    async def drop(self, request: web.Request) -> web.Response:
        body = await _body(request)
        ids, who, comment = (
            _ids(body),
            _line(body, "who", WHO_LIMIT),
            _line(body, "comment", TEXT_LIMIT),
        )
        if not who or not comment or not ids:
            return problem(400, 'cần JSON {"ids": [số], "who": "ai", "comment": "vì sao bỏ"}')
        try:
            found = await self._daemon.delivering.drop(ids, who=who, comment=comment)
        except StorageError as error:
            return problem(503, error.what, error.remedy)
        if not found:
            return problem(404, "không có tin nào như vậy đang chờ hoặc đã bỏ dở")
        return self._answer("notify-done/1", {"ids": found})

    async def test(self, request: web.Request) -> web.Response:
        body = await _body(request)
        to, who = _line(body, "to", TEXT_LIMIT), _line(body, "who", WHO_LIMIT)
        if not to or not who:
            return problem(400, 'cần JSON {"to": "người, kênh hoặc kênh:địa_chỉ", "who": "ai"}')
        try:
            entries = await self._daemon.delivering.test(to, who=who)
        except StorageError as error:
            return problem(503, error.what, error.remedy)
        if isinstance(entries, Refused):
            return problem(404, entries.text)
        return self._answer("notify-test/1", {"items": [self._entry(entry) for entry in entries]})

    async def route(self, request: web.Request) -> web.Response:
        query, now = request.query, self._daemon.delivering.now
        severity = query.get("severity", "")
        if severity not in {"", "1", "2", "3"}:
            return problem(400, "severity là 1, 2 hoặc 3")
        try:
            at = read_time(query["at"], self._zone, now) if query.get("at") else now
        except ValueError as error:
            return problem(400, str(error), "ví dụ 03:00 hoặc 2026-11-23 03:00")
        found = rehearse(self._daemon.world, query.get("target", ""), at, int(severity) if severity else None)
        if found is None:
            return problem(
                404, "không có đối tượng nào như vậy đang được đo", "xem mã: tslcd-monitor inventory show"
            )
        return self._answer("notify-route/1", {"at": iso(at, self._zone), **self._rehearsal(found)})

    def _rehearsal(self, found: Rehearsal) -> Json:
        return {
            "check": found.check_id,
            "severity": found.severity,
            "policy": found.policy.id,
            "repeatS": found.policy.repeat_s,
            "steps": [
                {
                    "number": step.number,
                    "at": iso(step.at, self._zone),
                    "applies": step.applies,
                    "to": [self._recipient(each) for each in step.recipients],
                    "held": None
                    if step.held is None
                    else {
                        "reason": step.held.reason.value,
                        "source": step.held.source_id,
                        "until": iso(step.held.until_at, self._zone),
                    },
                }
                for step in found.steps
            ],
        }

    def _recipient(self, recipient: Recipient) -> Json:
        contact = self._daemon.world.settings.directory.contacts.get(recipient.contact_id)
        return {
            "channel": recipient.channel,
            "address": recipient.address,
            "person": recipient.contact_id,
            "name": "" if contact is None else contact.name,
        }

    def _entry(self, entry: OutboxEntry) -> Json:
        row, note = entry.row, entry.row.notification
        return {
            "id": row.id,
            "about": note.about_id,
            "kind": note.kind.value,
            "channel": note.channel,
            "recipient": note.recipient,
            "person": note.person,
            "severity": note.severity,
            "state": _state(entry),
            "dueAt": iso(note.due_at, self._zone),
            "nextAttemptAt": iso(row.next_attempt_at, self._zone) if _state(entry) == "waiting" else None,
            "attempts": row.attempts,
            "lastAttemptAt": iso(entry.last_attempt_at, self._zone),
            "lastError": row.last_error,
            "held": None if row.held is None else row.held.value,
            "inDoubtSince": iso(row.in_doubt_at, self._zone),
            "sentAt": iso(entry.sent_at, self._zone),
            "deadAt": iso(entry.dead_at, self._zone),
            "cancelReason": None if entry.cancel_reason is None else entry.cancel_reason.value,
            "insteadOf": bool(note.instead_of),
        }

    def _answer(self, schema: str, content: Json) -> web.Response:
        now = self._daemon.delivering.now
        return web.json_response(
            {"schema": schema, "asOf": iso(now, self._zone), **content}, headers=_NO_STORE
        )


def _state(entry: OutboxEntry) -> str:
    if entry.sent_at is not None:
        return "sent"
    if entry.dead_at is not None:
        return "dead"
    return "waiting" if entry.cancel_reason is None else "cancelled"


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _ids(body: dict[str, Any]) -> list[int] | None:
    ids = body.get("ids")
    if not isinstance(ids, list) or not all(type(each) is int for each in ids) or not ids:
        return None
    return ids[:MOST_ITEMS]


def _line(body: dict[str, Any], key: str, limit: int) -> str:
    value = body.get(key)
    return clean(value, limit) if isinstance(value, str) else ""
