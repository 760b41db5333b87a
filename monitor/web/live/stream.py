"""The stream of changes that a page listens to (server-sent events): GET /song?trang=<path with parameters of the page>.

Who looks is asked again before everything that is sent. A browser that does not read is let go; it comes back by itself.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from monitor.clock import Clock, SystemClock
from monitor.people.principal import Principal
from monitor.web.door.base import Door
from monitor.web.live.hub import Channel, Hub, event
from monitor.web.pages.table import PAGES
from monitor.web.paging import Page, admits
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.showing import PageDesk
from monitor.web.visiting import Visit

BEAT_S: Final = 5.0
SEND_S: Final = 10.0
"""A browser that takes nothing for this long is let go."""
RETRY_MS: Final = 3_000
MOST_OF_ONE: Final = 24
"""Streams of one account (a wall of screens, somebody's tabs) at the same time; of guests, of one address."""
MOST_IN_ALL: Final = 600
MOST_OF_GUESTS: Final = 300
"""Guests leave room for those on duty, from however many addresses they come."""
_GUEST: Final = "khách "
"""Before the address of a guest; no account's name holds a space."""
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
_KNOWN: Final = re.compile(r"([0-9a-f]{1,16})-([0-9]{1,15})")
_PLACE: Final = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


class LiveDesk:
    """Opens streams, as many as are good for everybody."""

    def __init__(
        self, daemon: DaemonPort, pages: PageDesk, door: Door, *, clock: Clock | None = None
    ) -> None:
        self._daemon = daemon
        self._pages = pages
        self._door = door
        self._clock = clock or SystemClock()
        self.hub = Hub(daemon, pages.renderer, self._clock)
        self._find = Finder(PAGES)
        self._open: Counter[str] = Counter()

    def add(self, app: web.Application) -> None:
        """Add the route, and what renders behind it."""
        app.router.add_get("/song", self.song)
        app.cleanup_ctx.append(self._running)
        app.on_shutdown.append(self._close)

    async def song(self, request: web.Request) -> web.StreamResponse:
        """Tell one browser what changes, until it or we leave."""
        if not is_own(request):
            raise RefusedError(403, "luồng cập nhật chỉ mở được từ trang của hệ thống này")
        page, visit = self._asked(request)
        if not admits(visit.principal, page):
            raise RefusedError(403, "không có quyền xem trang này", "đăng nhập lại")
        with self._counted(visit.principal):
            async with self.hub.listening(page, visit) as channel:
                return await self._tell(request, page, channel)

    async def _tell(self, request: web.Request, page: Page, channel: Channel) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS)
        known = self._known(request)
        hello = f"retry: {RETRY_MS}\n".encode() + event("hello", self._beat(with_build=True))
        with suppress(ConnectionError, TimeoutError):  # browsers leave, some before they were answered
            await response.prepare(request)
            await _send(request, response, hello)
            turned = asyncio.ensure_future(channel.turn())
            try:
                while not self.hub.is_closing and await self._may_stay(request, page, channel):
                    if known < channel.version:
                        await _send(request, response, channel.event(known, self.hub.life))
                        known = channel.version
                    if turned.done():
                        turned = asyncio.ensure_future(channel.turn())
                        if known < channel.version:
                            continue
                    if not await self._wait(turned):
                        await _send(request, response, event("beat", self._beat()))
            finally:
                turned.cancel()
            await _send(request, response, event("bye", {}))
        return response

    async def _wait(self, turned: asyncio.Future[Any]) -> bool:
        """Wait for the next turn of the channel, at most until a beat is due; return whether it came."""
        beat = asyncio.ensure_future(self._clock.sleep(BEAT_S))
        try:
            await asyncio.wait({turned, beat}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            beat.cancel()
        return turned.done()

    async def _may_stay(self, request: web.Request, page: Page, channel: Channel) -> bool:
        """Whether whoever looks may still see what this channel shows."""
        try:
            principal = await self._door.principal(request)
        except RefusedError:
            return False
        shown = channel.visit.principal
        return (
            admits(principal, page)
            and principal.rights == shown.rights
            and principal.unit_code == shown.unit_code
        )

    def _beat(self, *, with_build: bool = False) -> Mapping[str, object]:
        snapshot = self._daemon.snapshot()
        beat = {"now": snapshot.now, "asOf": snapshot.health.last_result_at, "stale": snapshot.is_stale}
        return {**beat, "build": snapshot.health.version, "life": self.hub.life} if with_build else beat

    def _known(self, request: web.Request) -> int:
        """Return up to which count of changes the browser knows everything; -1: it knows nothing of this life."""
        told = request.headers.get("Last-Event-ID") or request.query.get("tu", "")
        found = _KNOWN.fullmatch(told)
        return int(found[2]) if found is not None and found[1] == self.hub.life else -1

    def _asked(self, request: web.Request) -> tuple[Page, Visit]:
        path, _, asked = request.query.get("trang", "/").partition("?")
        found = self._find(path)
        if found is None:
            raise RefusedError(404, "không có trang này")
        page, params = found
        try:
            query = dict(parse_qsl(asked, keep_blank_values=True, max_num_fields=40))
        except ValueError:
            raise RefusedError(400, "địa chỉ trang có quá nhiều tham số") from None
        visit = self._pages.visit(request)
        is_wall = query.get("tv") == "1"
        return page, replace(visit, path=path, params=params, query=query, is_wall=is_wall)

    @contextmanager
    def _counted(self, principal: Principal) -> Iterator[None]:
        who = principal.name or f"{_GUEST}{principal.source}"
        guests = sum(count for name, count in self._open.items() if name.startswith(_GUEST))
        is_full = self._open.total() >= MOST_IN_ALL or (principal.is_guest and guests >= MOST_OF_GUESTS)
        if self._open[who] >= MOST_OF_ONE or is_full:
            raise RefusedError(429, "đang mở quá nhiều trang cùng lúc", "đóng bớt trang rồi thử lại")
        self._open[who] += 1
        try:
            yield
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    async def _running(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self.hub.run(), name="live")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _close(self, _app: web.Application) -> None:
        self.hub.close()


class Finder:
    """Finds the page of a path, as the router of the application does: plain paths before those with places."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._plain = {page.path: page for page in pages if "{" not in page.path}
        self._placed = [(_pattern(page.path), page) for page in pages if "{" in page.path]

    def __call__(self, path: str) -> tuple[Page, Mapping[str, str]] | None:
        """Return the page and the places in its path; None when there is none."""
        if path in self._plain:
            return self._plain[path], {}
        for pattern, page in self._placed:
            if (found := pattern.fullmatch(path)) is not None:
                return page, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


def is_own(request: web.Request) -> bool:
    """Whether a page of ours asks, as far as the browser says: no other site may listen."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("Host", "")


async def _send(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Send; TimeoutError when the browser does not read: what it has not taken yet is dropped with it."""
    if not data:
        return
    try:
        async with asyncio.timeout(SEND_S):
            await response.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise


def _pattern(path: str) -> re.Pattern[str]:
    """Return what a path with places ("/su-co/{id}", "/x/{n:[0-9]+}") matches."""
    parts, at = [], 0
    for place in _PLACE.finditer(path):
        parts.append(re.escape(path[at : place.start()]))
        parts.append(f"(?P<{place[1]}>{place[2] or '[^{}/]+'})")
        at = place.end()
    return re.compile("".join(parts) + re.escape(path[at:]))
