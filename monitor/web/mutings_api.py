"""The API of silences and maintenance: preview, declare, list, extend, end. Over the Unix socket only."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import MutingRefusal, Preview, Wish
from alerts.muting.muted import Reach, over_at, reach_of
from alerts.muting.works import Work
from inventory.choosing import choose
from inventory.model import Selector
from monitor.muting.desk import MutingDesk
from monitor.muting.texts import REFUSALS, read_time, scope_text
from monitor.storage.errors import StorageError
from monitor.web.api import Json, iso
from monitor.web.fence import problem
from monitor.web.view import Snapshot

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
WORD_LIMIT: Final = 120
MOST_WORDS: Final = 200
"""Words of one condition of a selector."""
MOST_DAYS: Final = 400
DEFAULT_DAYS: Final = 30
MOST_NAMES: Final = 8
_DAY_S: Final = 86_400.0
_NO_STORE: Final = {"Cache-Control": "no-store"}
_STATUSES: Final[Mapping[MutingRefusal, int]] = {
    MutingRefusal.UNKNOWN_ID: 404,
    MutingRefusal.ALREADY_OVER: 409,
}
_PATHS: Final = {MutingKind.SILENCE: "silences", MutingKind.MAINTENANCE: "maintenances"}
_FIELDS: Final = tuple(field.name for field in fields(Selector))


class MutingPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def muting(self) -> MutingDesk:
        """Where silences and maintenance are carried out."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


class _WrongError(Exception):
    """A request cannot be understood: `what` is wrong, and the `remedy`."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def add_muting_routes(app: web.Application, daemon: MutingPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    for kind, path in _PATHS.items():
        site = _Site(daemon, kind, zone)
        app.router.add_get(f"/api/v1/{path}", site.list)
        app.router.add_post(f"/api/v1/{path}", site.declare)
        app.router.add_get(f"/api/v1/{path}/{{id}}", site.show)
        app.router.add_post(f"/api/v1/{path}/{{id}}/extend", site.extend)
        app.router.add_post(f"/api/v1/{path}/{{id}}/end", site.end)


class _Site:
    def __init__(self, daemon: MutingPort, kind: MutingKind, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._kind = kind
        self._zone = zone

    async def list(self, request: web.Request) -> web.Response:
        now, desk = self._daemon.muting.now, self._daemon.muting
        ahead, past = _days(request, "days", DEFAULT_DAYS), _days(request, "past", 0)
        from_at, to_at = now - past * _DAY_S, now + ahead * _DAY_S
        everything = self._kind is MutingKind.MAINTENANCE
        found = await desk.list(from_at, to_at, None if everything else self._kind)
        items = [self._item(each, now) for each in found]
        if everything:  # one list of what is quiet when, and why
            items += [self._work(each, now) for each in desk.windows(from_at, to_at)]
            items.sort(key=lambda item: (str(item["from"]), str(item["id"])))
        return self._answer({"items": items})

    async def show(self, request: web.Request) -> web.Response:
        muting_id = request.match_info["id"].upper()
        muting = await self._daemon.muting.find(muting_id)
        if muting is None or muting.kind is not self._kind:
            return _refused(MutingRefusal.UNKNOWN_ID, muting_id)
        return self._answer({"item": self._item(muting, self._daemon.muting.now)})

    async def declare(self, request: web.Request) -> web.Response:
        desk = self._daemon.muting
        try:
            body = await _body(request)
            wish = self._wish(body)
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        planned = desk.try_out(wish)
        if isinstance(planned, MutingRefusal):
            return _refused(planned)
        found, waiting = await desk.preview(wish.selector)
        seen = self._preview(found, waiting)
        if body.get("dryRun") is True:
            return self._answer({"item": self._item(planned, desk.now), "preview": seen})
        try:
            declared = await desk.declare(wish)
        except StorageError as error:
            return _not_saved(error)
        if isinstance(declared, MutingRefusal):
            return _refused(declared)
        return self._answer({"item": self._item(declared, desk.now), "preview": seen})

    async def extend(self, request: web.Request) -> web.Response:
        desk = self._daemon.muting
        try:
            body = await _body(request)
            until_at = self._until(body, desk.now)
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        who, comment = _line(body, "who", WHO_LIMIT), _line(body, "comment", TEXT_LIMIT)
        return await self._changed(
            request, lambda muting_id: desk.extend(muting_id, until_at, who=who, comment=comment)
        )

    async def end(self, request: web.Request) -> web.Response:
        try:
            body = await _body(request)
        except _WrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        who = _line(body, "who", WHO_LIMIT)
        return await self._changed(request, lambda muting_id: self._daemon.muting.end(muting_id, who=who))

    async def _changed(self, request: web.Request, change: Any) -> web.Response:
        desk = self._daemon.muting
        muting_id = request.match_info["id"].upper()
        known = await desk.find(muting_id)
        if known is None or known.kind is not self._kind:
            return _refused(MutingRefusal.UNKNOWN_ID, muting_id)
        try:
            outcome = await change(muting_id)
        except StorageError as error:
            return _not_saved(error)
        if isinstance(outcome, MutingRefusal):
            return _refused(outcome, muting_id)
        return self._answer({"item": self._item(outcome, desk.now)})

    def _wish(self, body: Json) -> Wish:
        desk = self._daemon.muting
        now = desk.now
        selector = choose(_words(body.get("selector")), desk.inventory)
        if not isinstance(selector, Selector):
            raise _WrongError(
                "; ".join(each.what for each in selector), "; ".join(each.remedy for each in selector)
            )
        start = body.get("from")
        from_at = now if start is None else self._time(start, "from", now)
        return Wish(
            kind=self._kind,
            selector=selector,
            from_at=from_at,
            until_at=self._until(body, max(now, from_at)),
            who=_line(body, "who", WHO_LIMIT),
            comment=_line(body, "comment", TEXT_LIMIT),
            title=_line(body, "title", TEXT_LIMIT),
            worker=_line(body, "worker", TEXT_LIMIT),
            until_up=body.get("untilUp") is True,
        )

    def _until(self, body: Json, from_at: float) -> float:
        """Return when it is to end; a length counts from `from_at`, a time of day after it."""
        length, until = body.get("durationS"), body.get("until")
        if isinstance(length, int | float) and not isinstance(length, bool) and until is None:
            return from_at + length
        if until is None:
            raise _WrongError("chưa nói đến khi nào", "ghi -d 2h, hoặc --until '2026-11-23 06:00'")
        return self._time(until, "until", from_at)

    def _time(self, text: object, name: str, after_at: float) -> float:
        if not isinstance(text, str):
            raise _WrongError(f"--{name} không phải thời điểm", "viết như '2026-11-23 06:00' hoặc 06:00")
        try:
            return read_time(text, self._zone, after_at)
        except ValueError as error:
            raise _WrongError(f"--{name}: {error}", "viết như '2026-11-23 06:00' hoặc 06:00") from None

    def _preview(self, found: Preview, waiting: int) -> Json:
        return {
            **self._reach(found.reach),
            "communes": len(found.communes),
            "incidents": list(found.incidents),
            "waitingMessages": waiting,
        }

    def _reach(self, reach: Reach) -> Json:
        units = self._daemon.muting.inventory.units
        names = [units[code].name for code in reach.units if code in units]
        return {
            "targets": len(reach.own),
            "targetsBehind": len(reach.targets) - len(reach.own),
            "units": len(names),
            "unitNames": names[:MOST_NAMES],
        }

    def _item(self, muting: Muting, now: float) -> Json:
        inventory = self._daemon.muting.inventory
        return {
            "id": muting.id or None,
            "kind": muting.kind.value,
            "source": "declared",
            "state": _state(muting, now),
            "selector": {key: list(values) for key, values in asdict(muting.selector).items() if values},
            "scope": scope_text(muting.selector, inventory),
            "from": iso(muting.from_at, self._zone),
            "until": iso(muting.until_at, self._zone),
            "endedAt": iso(muting.ended_at, self._zone),
            "endedBy": muting.ended_by or None,
            "title": muting.title,
            "comment": muting.comment,
            "who": muting.who,
            "worker": muting.worker,
            "untilUp": muting.until_up,
            "createdAt": iso(muting.created_at, self._zone),
            **self._reach(reach_of(muting.selector, inventory)),
        }

    def _work(self, work: Work, now: float) -> Json:
        inventory = self._daemon.muting.inventory
        is_active = work.from_at <= now < work.over_at
        return {
            "id": work.id,
            "kind": MutingKind.MAINTENANCE.value,
            "source": "inventory",
            "state": "active" if is_active else "pending" if now < work.from_at else "expired",
            "selector": {key: list(values) for key, values in asdict(work.selector).items() if values},
            "scope": scope_text(work.selector, inventory),
            "from": iso(work.from_at, self._zone),
            "until": iso(work.until_at, self._zone),
            "endedAt": None,
            "endedBy": None,
            "title": work.title,
            "comment": work.reason,
            "who": None,
            "worker": work.worker,
            "untilUp": work.until_up,
            "createdAt": None,
            **self._reach(reach_of(work.selector, inventory)),
        }

    def _answer(self, content: Json) -> web.Response:
        as_of = iso(self._daemon.muting.now, self._zone)
        schema = f"{_PATHS[self._kind]}/1"
        return web.json_response({"schema": schema, "asOf": as_of, **content}, headers=_NO_STORE)


def _state(muting: Muting, now: float) -> str:
    """Return pending, active, expired, ended (before its time) or cancelled (before it began)."""
    if muting.ended_at is not None and muting.ended_at < muting.until_at:
        return "cancelled" if muting.ended_at <= muting.from_at else "ended"
    if now >= over_at(muting):
        return "expired"
    return "active" if muting.is_in_force(now) else "pending"


def _refused(refusal: MutingRefusal, muting_id: str = "") -> web.Response:
    """Say why not; of several at once, of which."""
    what, remedy = REFUSALS[refusal]
    about = f"{clean(muting_id, WORD_LIMIT)}: " if muting_id else ""
    return problem(_STATUSES.get(refusal, 422), f"{about}{what}", remedy)


def _not_saved(error: StorageError) -> web.Response:
    return problem(503, f"đã có hiệu lực nhưng chưa lưu được ({error}); sẽ lưu khi ổ đĩa cho phép")


def _words(asked: object) -> dict[str, list[str]]:
    """Read the conditions of a selector: lists of words by field."""
    if not isinstance(asked, dict) or not asked.keys() <= set(_FIELDS):
        raise _WrongError(f"cần selector: {{{', '.join(_FIELDS)}}}")
    found: dict[str, list[str]] = {}
    for key, values in asked.items():
        if not isinstance(values, list) or len(values) > MOST_WORDS:
            raise _WrongError(f"selector.{key} phải là danh sách, nhiều nhất {MOST_WORDS} mục")
        found[key] = [clean(str(value), WORD_LIMIT) for value in values]
    return found


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _WrongError("cần một đối tượng JSON")
    return body


def _line(body: Mapping[str, Any], key: str, limit: int) -> str:
    text = body.get(key, "")
    return clean(text, limit) if isinstance(text, str) else ""


def _days(request: web.Request, name: str, default: int) -> int:
    asked = request.query.get(name, "")
    return min(int(asked), MOST_DAYS) if asked.isascii() and asked.isdigit() else default
