"""The pages behind links, and what chat services post to us: the routes of the listener for replies.

A GET never acts: mail scanners open every link, often more than once. A POST acts once. Nothing here needs a script, and
nothing is loaded from elsewhere.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from alerts.messages.plain import clean
from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, Incident
from alerts.oncall.model import Contact
from alerts.world import World
from monitor.clock import Clock
from monitor.inputs.beat_http import source_of
from monitor.replies import page
from monitor.replies.acting import act
from monitor.replies.codes import read_code
from monitor.replies.commands import TEXT_LIMIT, Command, Judge, Remark, Report, Take
from monitor.replies.deeds import Deeds
from monitor.replies.limits import Visitors
from monitor.replies.links import PATH, Links, name_of
from monitor.replies.page import ReplyPages
from monitor.replies.tokens import Grant, TokenRefusal
from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError
from probes.resolve import ip_literal

log = logging.getLogger(__name__)

BODY_BYTES: Final = 65_536
_NAME_LIMIT: Final = 60
_ALONG: Final = "cùng xử lý"
"""What somebody says who helps whoever took it."""
_STATUS: Final = {TokenRefusal.UNKNOWN: 404, TokenRefusal.EXPIRED: 410, TokenRefusal.USED: 410}
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class ReplySite:
    """The handlers."""

    def __init__(self, world: World, links: Links, pages: ReplyPages, deeds: Deeds, *, clock: Clock) -> None:
        self._world = world
        self._links = links
        self._pages = pages
        self._deeds = deeds
        self._clock = clock

    def app(self, hooks: Mapping[str, Handler]) -> web.Application:
        """Return the application; `hooks`: path -> handler of what a chat service posts."""
        visitors = Visitors(mono=self._clock.monotonic())
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[self._fence(visitors)])
        app.router.add_get(PATH + "{token}", self.show)
        app.router.add_post(PATH + "{token}", self.press)
        for path, handler in hooks.items():
            app.router.add_post(path, handler)
        return app

    async def show(self, request: web.Request) -> web.Response:
        """Say what a link is about. Changes nothing, however often it is asked."""
        grant = await self._links.read(request.match_info["token"])
        if isinstance(grant, TokenRefusal):
            return self._page(self._pages.words(*page.REFUSED[grant]), _STATUS[grant])
        incident = await self._incident(grant)
        if incident is None:
            return self._page(self._pages.words(*page.GONE), 404)
        contact = self._links.contact(grant)
        return self._page(self._pages.incident(self._world, incident, contact, self._clock.now()))

    async def press(self, request: web.Request) -> web.Response:
        """Do what was pressed, once, in the name of whom the link was made for."""
        token = request.match_info["token"]
        grant = await self._links.read(token)
        if isinstance(grant, TokenRefusal):
            return self._page(self._pages.words(*page.REFUSED[grant]), _STATUS[grant])
        incident, contact = await self._incident(grant), self._links.contact(grant)
        if incident is None:
            return self._page(self._pages.words(*page.GONE), 404)
        fields = await _fields(request)
        who, command = _who(fields, contact), _command(fields, incident.id)
        if not who or command is None:
            said = "Chưa đủ: xin điền tên, nội dung hoặc chọn một mục rồi bấm lại."
            return self._page(self._again(incident, contact, said, is_done=False), 422)
        if isinstance(command, Take) and (taken := self._taken_meanwhile(incident, fields, who)):
            return self._page(self._again(incident, contact, taken, is_done=False), 409)
        used = await self._links.use(token)
        if isinstance(used, TokenRefusal):  # somebody was quicker
            return self._page(self._pages.words(*page.REFUSED[used]), _STATUS[used])
        return await self._act(grant, token, incident, command, who)

    async def _act(
        self, grant: Grant, token: str, incident: Incident, command: Command, who: str
    ) -> web.Response:
        now, contact = self._clock.now(), self._links.contact(grant)
        outcome = act(self._world, command, who=who, now=now, incident=incident)
        verb = type(command).__name__.lower()
        try:
            await self._deeds.do(replace(outcome.decision or Decision(), used=((name_of(token), now),)))
        except StorageError as error:
            log.warning("reply_not_saved incident=%s fault=%s", grant.incident_id, error.fault)
            return self._page(self._pages.words(*page.NOT_SAVED), 503)
        finally:
            detail = outcome.text if who == contact.name else f"{who}: {outcome.text}"
            await self._deeds.note(AuditEntry(now, contact.id, f"link_{verb}", detail=detail))
        latest = await self._incident(grant) or incident
        follow_up = PATH + self._links.follow_up(grant)
        return self._page(
            self._again(latest, contact, outcome.text, is_done=outcome.is_done, action=follow_up)
        )

    def _taken_meanwhile(self, incident: Incident, fields: Mapping[str, str], who: str) -> str:
        """Say who took it since the page was shown, "" when nobody did: nobody is displaced unawares."""
        held = self._world.teller_of(incident) if incident.is_open else incident
        if held.acknowledged_by in {"", who, fields.get("thay", "")}:
            return ""
        return f"{self._pages.taken(held)}. Bấm Cùng xử lý, hoặc Nhận thay nếu cần."

    def _again(
        self, incident: Incident, contact: Contact, said: str, *, is_done: bool, action: str = ""
    ) -> str:
        return self._pages.incident(
            self._world, incident, contact, self._clock.now(), said=said, is_done=is_done, action=action
        )

    async def _incident(self, grant: Grant) -> Incident | None:
        """Return the incident as it is known now; what ended long ago only the store knows."""
        known = self._world.incidents.get(grant.incident_id) or self._world.closed.get(grant.incident_id)
        return known or await self._deeds.find(grant.incident_id)

    def _page(self, text: str, status: int = 200) -> web.Response:
        return web.Response(text=text, status=status, content_type="text/html")

    def _fence(self, visitors: "Visitors") -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            if visitors.admits(_source(request), mono=self._clock.monotonic()):
                response = await self._answered(request, handler)
            else:
                response = self._page(self._pages.words(*page.TOO_FAST), 429)
                response.headers["Retry-After"] = "60"
            response.headers.update(_HEADERS)
            response.headers["Content-Security-Policy"] = self._pages.policy
            return response

        return middleware

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            words = page.NOT_FOUND if error.status == web.HTTPNotFound.status_code else page.BAD_FORM
            return self._page(self._pages.words(*words), error.status)
        except StorageError as error:
            log.warning("reply_store_unreadable fault=%s", error.fault)
            return self._page(self._pages.words(*page.OUR_BUG), 503)
        except (ValueError, ConnectionError, web.RequestPayloadError):  # a body that is none
            return self._page(self._pages.words(*page.BAD_FORM), 400)
        except Exception:
            log.exception("reply_bug id=%s", secrets.token_hex(4))  # the path holds a token
            return self._page(self._pages.words(*page.OUR_BUG), 500)


async def _fields(request: web.Request) -> Mapping[str, str]:
    try:
        form = await request.post()
    except LookupError:  # a character set that nobody knows
        raise web.HTTPBadRequest from None
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _who(fields: Mapping[str, str], contact: Contact) -> str:
    """Return in whose name it is done: of a group's link, the person who says so."""
    if not contact.is_group:
        return contact.name
    name = clean(fields.get("ten", ""), _NAME_LIMIT)
    return f"{name} ({contact.name})" if name else ""


def _command(fields: Mapping[str, str], incident_id: str) -> Command | None:
    """Return what the form asks for; None when something is missing."""
    code = read_code(incident_id.lower())
    if code is None:
        return None
    match fields.get("viec", ""):
        case "nhan":
            return Take(code)
        case "cung" | "ghi-chu" as deed if text := _ALONG if deed == "cung" else _note(fields):
            return Remark(code, text)
        case "nha-mang" if number := clean(fields.get("so_phieu", ""), _NAME_LIMIT):
            return Report(code, number)
        case "nguyen-nhan" if fields.get("loai") in set(CauseKind):
            return Judge(code, CauseKind(fields["loai"]))
        case _:
            return None


def _note(fields: Mapping[str, str]) -> str:
    return clean(fields.get("noi_dung", ""), TEXT_LIMIT)


def _source(request: web.Request) -> str:
    """Return who asks: behind our own proxy, whom it names last."""
    remote = request.remote or ""
    if remote in {"127.0.0.1", "::1"}:
        # Some proxies add a header of their own below the visitor's.
        named = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2].strip()
        return source_of(ip_literal(named) or remote)
    return source_of(remote)
