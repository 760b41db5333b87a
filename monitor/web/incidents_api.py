"""The API of what people do to incidents: take, note, judge, close, merge, export. Over the Unix socket only."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.incidents.commands import Refusal
from alerts.messages.plain import clean
from alerts.model.incident import CauseKind, Incident, Side
from monitor.incidents.desk import IncidentDesk
from monitor.muting.texts import read_time
from monitor.storage.errors import StorageError
from monitor.web import api
from monitor.web.fence import problem
from monitor.web.view import Snapshot

log = logging.getLogger(__name__)

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
NUMBER_LIMIT: Final = 40
LONGEST_ACK_S: Final = 30 * 86_400.0
_BASE: Final = "/api/v1/incidents/{id}"
_NO_STORE: Final = {"Cache-Control": "no-store"}
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

_Choice = TypeVar("_Choice", CauseKind, Side)
Act = Callable[[str, Mapping[str, Any], str, str], Awaitable[Incident | Refusal | web.Response]]
"""(incident id, body, who, text) -> what became of it, or the answer. Raises _WrongError and StorageError."""


class IncidentPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def incident_desk(self) -> IncidentDesk:
        """Where commands on incidents are carried out."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


class _WrongError(Exception):
    """A request cannot be understood: `what` is wrong, and the `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def add_incident_routes(app: web.Application, daemon: IncidentPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get("/api/v1/incident-export", site.export)
    acts: Mapping[str, Act] = {
        "ack": site.acknowledge,
        "unack": site.unacknowledge,
        "note": site.note,
        "cause": site.cause,
        "ticket": site.ticket,
        "close": site.close,
        "merge": site.merge,
    }
    for verb, act in acts.items():
        app.router.add_post(f"{_BASE}/{verb}", site.handler(act))


class _Site:
    def __init__(self, daemon: IncidentPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    @property
    def _desk(self) -> IncidentDesk:
        return self._daemon.incident_desk

    def handler(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return the handler of one verb."""

        async def handle(request: web.Request) -> web.Response:
            try:
                body = await _body(request)
                who = _who(body)
                text = clean(_text(body, "text"), TEXT_LIMIT)
                outcome = await act(request.match_info["id"].upper(), body, who, text)
            except _WrongError as wrong:
                return problem(400, wrong.what, wrong.remedy)
            except StorageError as error:
                log.warning("command_not_saved fault=%s", error.fault)
                return problem(503, f"đã ghi nhận nhưng chưa lưu được ({error}); sẽ lưu khi ổ đĩa cho phép")
            return self._answer(outcome, request.match_info["id"])

        return handle

    async def acknowledge(
        self, incident_id: str, body: Mapping[str, Any], who: str, text: str
    ) -> Incident | Refusal:
        until_at = self._until(body)
        return await self._desk.acknowledge(incident_id, who=who, text=text, until_at=until_at)

    async def unacknowledge(
        self, incident_id: str, _body: Mapping[str, Any], who: str, text: str
    ) -> Incident | Refusal:
        return await self._desk.unacknowledge(incident_id, who=who, text=text)

    async def note(
        self, incident_id: str, _body: Mapping[str, Any], who: str, text: str
    ) -> Incident | Refusal:
        return await self._desk.note(incident_id, who=who, text=text)

    async def cause(
        self, incident_id: str, body: Mapping[str, Any], who: str, text: str
    ) -> Incident | Refusal:
        kind = _choice(CauseKind, _text(body, "kind"))
        named = _text(body, "side")
        side = _choice(Side, named) if named else None
        return await self._desk.choose_cause(incident_id, kind, side=side, who=who, text=text)

    async def ticket(
        self, incident_id: str, body: Mapping[str, Any], who: str, _words: str
    ) -> Incident | Refusal:
        number = clean(_text(body, "number"), NUMBER_LIMIT)
        reported_at = self._moment(_text(body, "reported"))
        closed_at = self._moment(_text(body, "closed"))
        return await self._desk.set_ticket(
            incident_id,
            number,
            reported_at=self._desk.now if reported_at is None else reported_at,
            closed_at=closed_at,
            who=who,
        )

    async def close(
        self, incident_id: str, _body: Mapping[str, Any], who: str, text: str
    ) -> Incident | Refusal:
        return await self._desk.close(incident_id, who=who, text=text)

    async def merge(
        self, incident_id: str, body: Mapping[str, Any], who: str, _words: str
    ) -> Incident | Refusal | web.Response:
        into_id = _text(body, "into").upper()
        if not into_id:
            raise _WrongError('cần "into": mã sự cố nhận phần gộp', "ghi --into MÃ")
        refusal = await self._desk.why_not_open(into_id)
        if refusal is not None:
            return _refused(refusal, into_id)
        return await self._desk.merge(incident_id, into_id, who=who)

    async def export(self, request: web.Request) -> web.Response:
        try:
            from_at, to_at = (
                self._moment(request.query.get("from", "")),
                self._moment(request.query.get("to", "")),
            )
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        snapshot = self._daemon.snapshot()
        found = await self._desk.within(from_at or 0.0, snapshot.now if to_at is None else to_at)
        return web.json_response(api.incidents_json(found, snapshot, self._zone), headers=_NO_STORE)

    def _until(self, body: Mapping[str, Any]) -> float | None:
        length = body.get("durationS")
        if isinstance(length, int | float) and not isinstance(length, bool):
            until_at: float | None = self._desk.now + length
        else:
            until_at = self._moment(_text(body, "until"))
        if until_at is not None and not until_at <= self._desk.now + LONGEST_ACK_S:  # also what is no number
            raise _WrongError("nhận xử lý có hạn thì dài nhất 30 ngày", "không ghi hạn: nhận cho đến khi hết")
        return until_at

    def _moment(self, text: str) -> float | None:
        if not text:
            return None
        try:
            return read_time(text, self._zone, self._desk.now)
        except (ValueError, OverflowError) as error:
            raise _WrongError(
                f"'{clean(text, NUMBER_LIMIT)}': {error}", "viết như '2026-11-23 06:00' hoặc 06:00"
            ) from error

    def _answer(self, outcome: Incident | Refusal | web.Response, incident_id: str) -> web.Response:
        if isinstance(outcome, web.Response):
            return outcome
        if isinstance(outcome, Refusal):
            return _refused(outcome, incident_id)
        snapshot = self._daemon.snapshot()
        item = api.incident_json(outcome, snapshot.inventory, self._zone, now=snapshot.now)
        content = {"schema": "incident/1", "asOf": api.iso(snapshot.now, self._zone), "item": item}
        return web.json_response(content, headers=_NO_STORE)


def _refused(refusal: Refusal, incident_id: str) -> web.Response:
    status, text, remedy = _REFUSALS[refusal]
    return problem(status, text.format(id=clean(incident_id, WHO_LIMIT)), remedy)


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _WrongError('cần JSON {"who": "ai làm", ...}, who không được trống', "ghi --who TÊN")
    return body


def _who(body: Mapping[str, Any]) -> str:
    who = clean(_text(body, "who"), WHO_LIMIT)
    if not who:
        raise _WrongError('cần JSON {"who": "ai làm", ...}, who không được trống', "ghi --who TÊN")
    return who


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _WrongError(f"{name} phải là chữ", "viết trong dấu nháy")
    return value


def _choice(of: type[_Choice], text: str) -> _Choice:
    try:
        return of(text)
    except ValueError:
        raise _WrongError(
            f"không có '{clean(text, NUMBER_LIMIT)}'", f"chọn một trong {', '.join(of)}"
        ) from None
