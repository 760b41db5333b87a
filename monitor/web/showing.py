"""Dispatch of pages and deeds: right, read, render; a form that is refused comes back with what was typed in it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from aiohttp import web

from alerts.messages.plain import clean, seen_line
from alerts.messages.vocabulary import Language
from monitor.people.rights import Right
from monitor.web.downloads import Downloads
from monitor.web.live.changes import revision_of
from monitor.web.paging import Deed, Page, admits
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.rendering import Renderer
from monitor.web.routing import PRINCIPAL, compressed
from monitor.web.translating import translator
from monitor.web.visiting import Theme, Visit

log = logging.getLogger(__name__)

SIGN_IN: Final = "/dang-nhap"
UNAUTHORIZED: Final = 401
LANGUAGE_COOKIE: Final = "ngon-ngu"
THEME_COOKIE: Final = "giao-dien"
DOWNLOAD: Final = "dang"
"""Parameter of a page that has a table: csv or xlsx instead of the page."""
BY_SCRIPT: Final = "HX-Request"
"""The header of what htmx asks for."""
SAID_COOKIE: Final = "da-lam"
SAID_LIMIT: Final = 300
SAID_FOR_S: Final = 20
REMEMBERED_S: Final = 400 * 86_400
_URL_SIGNS: Final = "/?&=%#:;,+@~!$'()*[]"
FIELD_LIMIT: Final = 4_000
FIELDS_LIMIT: Final = 200
SECRET_FIELD: Final = "mat-khau"  # noqa: S105 (a name, not a secret)
"""Fields whose names begin so are passwords: taken as typed, never shown again."""
_Choice = TypeVar("_Choice", Language, Theme)


class PageDesk:
    """Shows pages and carries out what their forms ask for."""

    def __init__(self, daemon: DaemonPort, renderer: Renderer) -> None:
        self._daemon = daemon
        self.renderer = renderer
        self._downloads = Downloads()

    def add(self, app: web.Application, pages: Sequence[Page], deeds: Sequence[Deed]) -> None:
        """Add routes for all of them."""
        for page in pages:
            app.router.add_get(page.path, self._shower(page))
        for deed in deeds:
            app.router.add_post(deed.path, self._doer(deed))

    def visit(self, request: web.Request) -> Visit:
        """Read who looks, and how they want to see it."""
        said = clean(unquote(request.cookies.get(SAID_COOKIE, "")), SAID_LIMIT)
        return Visit(
            principal=request[PRINCIPAL],
            path=request.path,
            params=dict(request.match_info),
            query=dict(request.query),
            language=_one_of(Language, request.cookies.get(LANGUAGE_COOKIE, ""), Language.VI),
            theme=_one_of(Theme, request.cookies.get(THEME_COOKIE, ""), Theme.AUTO),
            zone=self.renderer.zone,
            now=self._daemon.snapshot().now,
            said=said,
            is_wall=request.query.get("tv") == "1",
            revision=revision_of(self._daemon.changes),
        )

    def _shower(self, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def show(request: web.Request) -> web.StreamResponse:
            visit = self.visit(request)
            if (refusal := _needs(visit, page, request)) is not None:
                return refusal
            if page.whole is not None and request.headers.get(BY_SCRIPT) != "true":
                return went(page.whole(visit))
            if page.table is not None and (form := visit.query.get(DOWNLOAD, "")):
                values = await page.read(self._daemon, visit)
                return await self._downloads.response(page.table(values, visit), form, visit.language)
            try:
                text = await self.html(page, visit)
            except RefusedError as refused:
                if refused.status == UNAUTHORIZED and visit.principal.is_guest:
                    return _to_sign_in(request)
                raise
            response = compressed(text, "text/html")
            if visit.said:
                response.del_cookie(SAID_COOKIE, path="/")
            return response

        return show

    async def html(self, page: Page, visit: Visit) -> str:
        """Read and render one page. Raises RefusedError and StorageError."""
        values = await page.read(self._daemon, visit)
        await asyncio.sleep(0)  # gathering and rendering are some ten milliseconds each
        return self.renderer.page(page, visit, values)

    def _doer(self, deed: Deed) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def do(request: web.Request) -> web.StreamResponse:
            visit = self.visit(request)
            if (refusal := _needs(visit, deed, request)) is not None:
                return refusal
            form = await fields(request)
            try:
                done = await deed.act(self._daemon, visit, form)
            except RefusedError as refused:
                if not admits(visit.principal, deed.page):
                    raise
                refused.say_in(visit.language)
                typed = {name: value for name, value in form.items() if not name.startswith(SECRET_FIELD)}
                again = replace(visit, form=typed, refused=refused)
                return compressed(await self.html(deed.page, again), "text/html", status=refused.status)
            self._daemon.changes.note()
            answer = went(done.next_path, done.said)
            for name, value in done.remembers.items():
                answer.set_cookie(name, value, max_age=REMEMBERED_S, httponly=True, samesite="Lax")
            return answer

        return do


def went(next_path: str, said: str = "") -> web.Response:
    """Send the browser on (303), to a path of this host only, and let the page there say what was done."""
    next_path = quote(next_path, safe=_URL_SIGNS)  # browsers skip tabs, and take a backslash for a slash
    if not next_path.startswith("/") or next_path.startswith("//"):
        next_path = "/"
    response = web.Response(status=303, headers={"Location": next_path, "Cache-Control": "no-store"})
    if said:
        response.set_cookie(
            SAID_COOKIE, quote(said[:SAID_LIMIT]), max_age=SAID_FOR_S, httponly=True, samesite="Strict"
        )
    return response


async def fields(request: web.Request) -> Mapping[str, str]:
    """Return what a form says: NFC text without control characters, each field at most FIELD_LIMIT, else as it was typed.

    An address that somebody types may be what is looked for; deeds that keep a text for others to read clean it.
    A name that comes several times (boxes that were ticked) is one text, its values split by a comma. Passwords are
    taken as they were typed.
    """
    try:
        form = await request.post()
    except (LookupError, ValueError, RuntimeError):  # a body that is none, parts packed in a way nobody knows
        raise RefusedError(400, "không đọc được nội dung gửi lên", "mở lại trang rồi thử lại") from None
    found: dict[str, list[str]] = {}
    for name, value in list(form.items())[:FIELDS_LIMIT]:
        if isinstance(value, str) and name.startswith(SECRET_FIELD):
            found[name] = [value]
        elif isinstance(value, str):
            lines = (seen_line(line, FIELD_LIMIT) for line in value[: 4 * FIELD_LIMIT].splitlines() or [""])
            found.setdefault(name, []).append("\n".join(lines)[:FIELD_LIMIT].strip())
    return {name: ",".join(values) for name, values in found.items()}


def _needs(visit: Visit, what: Page | Deed, request: web.Request) -> web.Response | None:
    """Return None when the visitor may; guests are sent to sign in, others refused."""
    if admits(visit.principal, what):
        return None
    if visit.principal.is_guest:
        return _to_sign_in(request)
    if isinstance(what, Page) and what.path == "/" and visit.principal.may(Right.OWN):
        return went(f"/xa/{visit.principal.unit_code}")  # where a commune that signs in begins
    log.warning("page_forbidden who=%r path=%r", visit.principal.name, request.path)
    _ = translator(visit.language)
    said = _("tài khoản %(name)s không có quyền xem hoặc làm việc này") % {"name": visit.principal.name}
    raise RefusedError(403, said, _("hỏi người quản trị"))


def _to_sign_in(request: web.Request) -> web.Response:
    target = request.path_qs if request.method == "GET" else "/"
    return went(f"{SIGN_IN}?tiep={quote(target, safe='')}")


def _one_of(kind: type[_Choice], text: str, otherwise: _Choice) -> _Choice:
    try:
        return kind(text)
    except ValueError:
        return otherwise
