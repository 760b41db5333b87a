"""The API of corrections of accounts: make, withdraw, list. Over the Unix socket only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from monitor.accounting.correcting import CorrectionRefusal, CorrectionWish
from monitor.accounting.desk import CorrectionDesk
from monitor.accounting.model import Correction, Part
from monitor.accounting.texts import REFUSALS
from monitor.web.api import Json, iso
from monitor.web.fence import problem

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
_NO_STORE: Final = {"Cache-Control": "no-store"}
_STATUSES: Final[Mapping[CorrectionRefusal, int]] = {
    CorrectionRefusal.UNKNOWN_ID: 404,
    CorrectionRefusal.WITHDRAWN_ALREADY: 409,
    CorrectionRefusal.IS_WITHDRAWAL: 409,
}
_TIME_HINT: Final = "viết theo ISO 8601 với múi giờ, như 2026-11-22T06:00:00+07:00"


class CorrectionPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def corrections(self) -> CorrectionDesk:
        """Where corrections are carried out."""
        ...


class _WrongError(Exception):
    """A request cannot be understood."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def add_correction_routes(app: web.Application, daemon: CorrectionPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get("/api/v1/corrections", site.list)
    app.router.add_post("/api/v1/corrections", site.correct)
    app.router.add_post("/api/v1/corrections/{id}/withdraw", site.withdraw)


class _Site:
    def __init__(self, daemon: CorrectionPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def list(self, request: web.Request) -> web.Response:
        try:
            from_at, until_at = (_time(request.query.get(name), name) for name in ("from", "until"))
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        entries = await self._daemon.corrections.list(from_at, until_at)
        return self._answer({"items": correction_items(entries, self._zone)})

    async def correct(self, request: web.Request) -> web.Response:
        desk = self._daemon.corrections
        try:
            body = await _body(request)
            wish = _wish(body)
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        is_dry = body.get("dryRun") is True
        outcome = await (desk.try_out(wish) if is_dry else desk.correct(wish))
        return self._outcome(outcome)

    async def withdraw(self, request: web.Request) -> web.Response:
        asked = request.match_info["id"]
        try:
            body = await _body(request)
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        if not (asked.isascii() and asked.isdigit() and len(asked) < 19):  # noqa: PLR2004 (digits of an id of SQLite)
            return self._outcome(CorrectionRefusal.UNKNOWN_ID)
        outcome = await self._daemon.corrections.withdraw(
            int(asked),
            reason=_line(body, "reason", TEXT_LIMIT),
            who=_line(body, "who", WHO_LIMIT),
            approver=_line(body, "approver", WHO_LIMIT),
        )
        return self._outcome(outcome)

    def _outcome(self, outcome: Correction | CorrectionRefusal) -> web.Response:
        if isinstance(outcome, CorrectionRefusal):
            what, remedy = REFUSALS[outcome]
            return problem(_STATUSES.get(outcome, 422), what, remedy)
        (item,) = correction_items([outcome], self._zone)
        return self._answer({"item": item})

    def _answer(self, content: Json) -> web.Response:
        as_of = iso(self._daemon.corrections.now, self._zone)
        body = {"schema": "corrections/1", "asOf": as_of, **content}
        return web.json_response(body, headers=_NO_STORE)


def correction_items(entries: Sequence[Correction], zone: ZoneInfo) -> list[Json]:
    """Return entries as JSON; of what was withdrawn, by which entry."""
    withdrawn_by = {entry.withdraws: entry.id for entry in entries if entry.withdraws is not None}
    return [
        {
            "id": entry.id or None,
            "checks": list(entry.check_ids),
            "from": iso(entry.from_at, zone),
            "until": iso(entry.until_at, zone),
            "countsAs": entry.counts_as and entry.counts_as.value,
            "was": entry.was and entry.was.value,
            "reason": entry.reason,
            "who": entry.who,
            "approver": entry.approver,
            "at": iso(entry.at, zone),
            "document": entry.document,
            "withdraws": entry.withdraws,
            "withdrawnBy": withdrawn_by.get(entry.id),
        }
        for entry in entries
    ]


def _wish(body: Mapping[str, Any]) -> CorrectionWish:
    checks, was = body.get("checks"), body.get("was")
    if not isinstance(checks, list) or not all(isinstance(each, str) for each in checks):
        raise _WrongError("cần checks: danh sách mã phép đo", 'ví dụ {"checks": ["21484.cpe/icmp"]}')
    return CorrectionWish(
        check_ids=tuple(checks),
        from_at=_time(body.get("from"), "from"),
        until_at=_time(body.get("until"), "until"),
        counts_as=_part(body.get("countsAs"), "countsAs"),
        was=None if was is None else _part(was, "was"),
        reason=_line(body, "reason", TEXT_LIMIT),
        who=_line(body, "who", WHO_LIMIT),
        approver=_line(body, "approver", WHO_LIMIT),
        document=_line(body, "document", TEXT_LIMIT),
    )


def _part(text: object, name: str) -> Part:
    try:
        return Part(str(text))
    except ValueError:
        raise _WrongError(
            f"{name}: không có loại thời gian này", "chọn maintenance, unknown, up, degraded hoặc down"
        ) from None


def _time(text: object, name: str) -> float:
    try:
        at = datetime.fromisoformat(str(text))
        if at.tzinfo is not None:
            return at.timestamp()
    except (ValueError, OverflowError):
        pass
    raise _WrongError(f"{name}: không phải thời điểm có múi giờ", _TIME_HINT)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _WrongError("cần một đối tượng JSON", "xem docs/reference.md")
    return body


def _line(body: Mapping[str, Any], key: str, limit: int) -> str:
    text = body.get(key, "")
    return clean(text, limit) if isinstance(text, str) else ""
