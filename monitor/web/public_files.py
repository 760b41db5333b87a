"""What other sites may take from the status page: JSON, Atom, badges. Names and words only, so any site may show them."""

import json
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from monitor.people.rights import Right
from monitor.web.api.standing import public_json, public_now
from monitor.web.commune import code_of
from monitor.web.feeds import ATOM, atom
from monitor.web.pictures.badge import badge
from monitor.web.port import DaemonPort
from monitor.web.public_status import PublicStatus
from monitor.web.refusing import RefusedError
from monitor.web.routing import PRINCIPAL, compressed, require
from monitor.web.view import Shown

SVG: Final = "image/svg+xml"
FOR_OTHERS: Final = {
    "Cache-Control": "public, max-age=60",
    # Badges stand on other sites' pages; there is nothing in them that the status page does not tell everybody.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_TITLE: Final = "TSLCD"
_ID_LIMIT: Final = 80


class PublicFiles:
    """Serves them."""

    def __init__(self, daemon: DaemonPort) -> None:
        self._daemon = daemon
        self._zone = ZoneInfo(daemon.settings.timezone)

    def add(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/tt.json", self.as_json)
        app.router.add_get("/tt.atom", self.as_atom)
        app.router.add_get("/badge/{id}.svg", self.as_badge)

    async def as_json(self, request: web.Request) -> web.StreamResponse:
        """Answer with the same as GET /api/v1/public/status."""
        status = await self._status(request)
        text = json.dumps(public_json(status, self._zone), ensure_ascii=False)
        return compressed(text, "application/json", FOR_OTHERS)

    async def as_atom(self, request: web.Request) -> web.StreamResponse:
        """Answer with the feed."""
        status = await self._status(request)
        settings = self._daemon.settings
        text = atom(status, self._zone, province=settings.province, url=settings.web.url or "")
        return compressed(text, ATOM, FOR_OTHERS)

    async def as_badge(self, request: web.Request) -> web.StreamResponse:
        """Answer with the badge of a commune or of a system that everybody may know of."""
        status = await self._status(request)
        found = badge_of(status, request.match_info["id"])
        if found is None:
            raise RefusedError(404, "không có xã hay hệ thống này", "xem mã ở trang trạng thái: /tt")
        return compressed(found, SVG, FOR_OTHERS)

    async def _status(self, request: web.Request) -> PublicStatus:
        require(request[PRINCIPAL], Right.STATUS)
        return await public_now(self._daemon)


def badge_of(status: PublicStatus, asked: str) -> str | None:
    """Return the badge of a commune (by its code) or of a system; None: the status page knows of no such."""
    wanted = code_of(asked[:_ID_LIMIT])
    for unit in status.communes:
        if unit.id == wanted:
            return badge(f"{_TITLE} {unit.name}", _word(unit.shown), unit.shown)
    for system in status.systems:
        if system.id == wanted:
            return badge(system.name, _word(system.shown), system.shown)
    return None


def _word(shown: Shown) -> str:
    return shown.word.lower()
