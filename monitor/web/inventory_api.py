"""The API of the inventory's life: what is in force, what would change, apply, go back. Over the Unix socket only."""

from collections.abc import Sequence
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from inventory.diff import Change, summary
from inventory.problem import Problem
from monitor.brake import ended
from monitor.in_force import Denial, Outcome
from monitor.plan_reader import Candidate, Refused
from monitor.reloading import Reloading
from monitor.storage.audit import AuditEntry
from monitor.storage.versions import Version
from monitor.web.api import Json, iso
from monitor.web.fence import problem
from monitor.web.view import Snapshot

MOST_ITEMS: Final = 2_000
"""Changes and problems in one answer; the summary counts them all."""

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 500
AUDIT_LIMIT: Final = 500
_BASE: Final = "/api/v1/inventory"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_DENIALS: Final = {
    Denial.FILES_CHANGED: (409, "tệp danh mục đã đổi sau khi xem"),
    Denial.UNKNOWN_VERSION: (404, "không có bản danh mục này"),
}


class InventoryPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def reloading(self) -> Reloading:
        """The inventory's life."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


def add_inventory_routes(app: web.Application, daemon: InventoryPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get(_BASE, site.in_force)
    app.router.add_get(f"{_BASE}/versions", site.versions)
    app.router.add_post(f"{_BASE}/validate", site.validate)
    app.router.add_post(f"{_BASE}/apply", site.apply)
    app.router.add_post(f"{_BASE}/rollback", site.roll_back)
    app.router.add_get("/api/v1/audit", site.audit)


class _Site:
    def __init__(self, daemon: InventoryPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def in_force(self, _request: web.Request) -> web.Response:
        return self._answer("inventory/1", self._in_force())

    async def versions(self, _request: web.Request) -> web.Response:
        reloading = self._daemon.reloading
        found = await reloading.versions()
        items = [self._version(version, reloading) for version in found]
        return self._answer("inventory-versions/1", {"items": items})

    async def audit(self, request: web.Request) -> web.Response:
        asked = request.query.get("limit", "")
        limit = min(int(asked), AUDIT_LIMIT) if asked.isascii() and asked.isdigit() else AUDIT_LIMIT
        entries = await self._daemon.reloading.audit_log(limit)
        return self._answer("audit/1", {"items": [self._entry(entry) for entry in entries]})

    async def validate(self, request: web.Request) -> web.Response:
        body = await _body(request)
        version = None if body is None else body.get("version")
        if body is None or not (version is None or type(version) is int):
            return problem(400, 'cần JSON {} hoặc {"version": số}')
        found = await self._daemon.reloading.examine(version)
        if isinstance(found, Denial):
            return problem(*_DENIALS[found])
        if isinstance(found, Refused):
            content: Json = {"digest": None, "problems": _problems(found.problems), "warnings": []}
            content |= {
                "summary": found.text,
                "changes": [],
                "renames": [],
                "unwatched": 0,
                "ends": "",
                "closes": [],
            }
        else:
            content = self._candidate(found)
        return self._answer("inventory-diff/1", {"running": self._in_force(), **content})

    async def apply(self, request: web.Request) -> web.Response:
        body = await _body(request) or {}
        digest, who = body.get("digest"), _line(body, "who", WHO_LIMIT)
        if not isinstance(digest, str) or not who:
            return problem(
                400, 'cần JSON {"digest": "bản đã xem", "who": "ai áp dụng", "comment": "ghi chú"}'
            )
        reloading = self._daemon.reloading
        return self._outcome(
            await reloading.apply(digest, who=who, comment=_line(body, "comment", TEXT_LIMIT))
        )

    async def roll_back(self, request: web.Request) -> web.Response:
        body = await _body(request) or {}
        version, who = body.get("version"), _line(body, "who", WHO_LIMIT)
        if type(version) is not int or not who:
            return problem(400, 'cần JSON {"version": số, "who": "ai hoàn tác"}')
        return self._outcome(await self._daemon.reloading.roll_back(version, who=who))

    def _outcome(self, outcome: Outcome | Refused | Denial) -> web.Response:
        if isinstance(outcome, Denial):
            return problem(*_DENIALS[outcome])
        if isinstance(outcome, Refused):
            return problem(422, f"danh mục có {outcome.text}; vẫn dùng bản cũ")
        return self._answer("inventory/1", {"outcome": outcome.value, **self._in_force()})

    def _answer(self, schema: str, content: Json) -> web.Response:
        as_of = iso(self._daemon.snapshot().now, self._zone)
        return web.json_response({"schema": schema, "asOf": as_of, **content}, headers=_NO_STORE)

    def _in_force(self) -> Json:
        reloading = self._daemon.reloading
        force, facts, pin, pending = (
            reloading.in_force,
            reloading.facts,
            reloading.pin,
            reloading.pending,
        )
        return {
            "digest": force.digest,
            "version": force.version,
            "since": iso(force.since_at, self._zone),
            "who": force.who,
            "how": force.how.value,
            "counts": dict(force.counts),
            "pinned": None
            if pin is None
            else {"version": pin.number, "at": iso(pin.at, self._zone), "who": pin.who},
            "pending": None
            if pending is None
            else {
                "digest": pending.digest,
                "at": iso(pending.at, self._zone),
                "unwatched": pending.unwatched,
                "text": pending.text,
            },
            "error": facts.reload_error or facts.started_from or None,
        }

    def _candidate(self, found: Candidate) -> Json:
        changes, checks = found.changes, found.plan.inventory.checks
        return {
            "digest": found.digest,
            "problems": [],
            "warnings": _problems(found.loaded.warnings),
            "summary": summary(changes),
            "changes": [_change(change) for change in changes.changes[:MOST_ITEMS]],
            "changesLeftOff": max(0, len(changes.changes) - MOST_ITEMS),
            "renames": [
                {"kind": rename.subject.value, "old": rename.old_id, "new": rename.new_id}
                for rename in changes.renames[:MOST_ITEMS]
            ],
            "unwatched": changes.unwatched,
            "ends": ended(changes),
            "closes": sorted(
                incident.id
                for incident in self._daemon.snapshot().incidents.values()
                if incident.root_check_id not in checks
            ),
        }

    def _version(self, version: Version, reloading: Reloading) -> Json:
        pin = reloading.pin
        return {
            "version": version.number,
            "digest": version.digest,
            "at": iso(version.at, self._zone),
            "who": version.who,
            "how": version.how,
            "counts": dict(version.counts),
            "inForce": version.number == reloading.in_force.version,
            "pinned": pin is not None and pin.number == version.number,
        }

    def _entry(self, entry: AuditEntry) -> Json:
        return {
            "at": iso(entry.at, self._zone),
            "who": entry.who,
            "action": entry.action,
            "digest": entry.digest,
            "detail": entry.detail,
        }


def _change(change: Change) -> Json:
    return {
        "op": change.op.value,
        "kind": change.subject.value,
        "id": change.id,
        "name": change.name,
        "unit": change.unit or None,
        "field": change.field or None,
        "old": change.old or None,
        "new": change.new or None,
    }


def _problems(problems: Sequence[Problem]) -> list[Json]:
    return [
        {
            "file": each.file,
            "line": each.line,
            "path": each.path,
            "message": each.message,
            "hint": each.hint,
        }
        for each in problems[:MOST_ITEMS]
    ]


async def _body(request: web.Request) -> dict[str, object] | None:
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _line(body: dict[str, object], key: str, limit: int) -> str:
    text = body.get(key, "")
    return clean(text, limit) if isinstance(text, str) else ""
