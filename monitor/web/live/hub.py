"""Renders what changed on pages that somebody looks at: once for all who may see the same, at most once a second.

A channel is one distinct view of a page. It remembers of every piece at which count of changes it last became different,
so whoever comes back gets exactly what they lack. Nothing is rendered while nobody listens.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from monitor.clock import Clock
from monitor.storage.errors import StorageError
from monitor.web.framing import nameless
from monitor.web.paging import Page
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.rendering import Renderer
from monitor.web.visiting import Visit

log = logging.getLogger(__name__)

GAP_S: Final = 1.0
"""Pages are not rendered anew sooner than this after the last time."""
WORDS_AGE_S: Final = 30.0
"""Without any change, "13 phút" is rendered anew after this long."""
_PART: Final = re.compile(r'<li data-part id="([\w.:-]+)".*?</li>', re.DOTALL)
"""A list's child that goes out alone when nothing else of the list changed. It contains no list of its own."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One element: `seen` is what makes it different, `html` the whole of it, `version` since when it is so."""

    version: int
    seen: str
    html: str
    parts: Mapping[str, "_Kept"]


class Channel:
    """One distinct view of one page, shared by all who look at it."""

    def __init__(self, page: Page, visit: Visit) -> None:
        self.page = page
        self.visit = visit
        self.listeners = 0
        self.version = -1
        """The count of changes it shows; -1: nothing yet."""
        self.tried = -1
        """The count at which it was tried to render it last, whether or not it could be read."""
        self._pieces: dict[str, _Kept] = {}
        self._events: dict[int, bytes] = {}
        self._turned = asyncio.Event()

    def take(self, pieces: Mapping[str, str], version: int) -> None:
        """Remember what was rendered, and wake those who lack some of it."""
        before = self._pieces
        self._pieces = {
            piece_id: _kept(html, version, before.get(piece_id)) for piece_id, html in pieces.items()
        }
        self.version = version
        self._events.clear()
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look whether there is something for them."""
        self._turned.set()
        self._turned = asyncio.Event()

    def turn(self) -> Coroutine[Any, Any, object]:
        """Return what waits for the next `take` or `wake` from this moment on, whenever it is awaited."""
        return self._turned.wait()

    def lacking(self, version: int) -> Iterator[tuple[str, str]]:
        """Yield (id, HTML) of what became different after `version`: a whole list, or only its children that did."""
        for piece_id, kept in self._pieces.items():
            if kept.version > version:
                yield piece_id, kept.html
                continue
            yield from (
                (part_id, part.html) for part_id, part in kept.parts.items() if part.version > version
            )

    def event(self, version: int, life: str) -> bytes:
        """Return the event for whoever knows `version`, b"" when they lack nothing; made once for all of them."""
        if version not in self._events:
            pieces = [{"id": piece_id, "html": html} for piece_id, html in self.lacking(version)]
            self._events[version] = (
                event("pieces", {"pieces": pieces}, f"{life}-{self.version}") if pieces else b""
            )
        return self._events[version]


def event(name: str, data: Mapping[str, object], event_id: str = "") -> bytes:
    """Write one event of a stream."""
    mark = f"id: {event_id}\n" if event_id else ""
    return f"{mark}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Hub:
    """Holds the channels that somebody listens to."""

    def __init__(self, daemon: DaemonPort, renderer: Renderer, clock: Clock) -> None:
        self._daemon = daemon
        self._renderer = renderer
        self._clock = clock
        self._channels: dict[object, Channel] = {}
        self._wanted = asyncio.Event()
        self._first = asyncio.Lock()
        self.is_closing = False

    @property
    def channels(self) -> int:
        """How many distinct views are looked at."""
        return len(self._channels)

    @property
    def life(self) -> str:
        """Names this run of the daemon."""
        return self._daemon.changes.life

    @asynccontextmanager
    async def listening(self, page: Page, visit: Visit) -> AsyncIterator[Channel]:
        """Keep a channel rendered while somebody looks. `visit` may be of any of those who may see the same."""
        key = _key(page, visit)
        channel = self._channels.setdefault(key, Channel(page, _shared(visit)))
        channel.listeners += 1
        self._wanted.set()
        try:
            async with self._first:  # two hundred who come back at once cost one rendering
                if channel.version < 0:
                    await self._render(channel)
            yield channel
        finally:
            channel.listeners -= 1
            if not channel.listeners and self._channels.get(key) is channel:
                del self._channels[key]
            if not self._channels:
                self._wanted.clear()

    async def run(self) -> None:
        """Render after changes, for ever."""
        changes = self._daemon.changes
        while True:
            await self._wanted.wait()
            known = min((channel.tried for channel in self._channels.values()), default=None)
            if known is None:
                continue  # whoever came has left before this task's turn
            waiting = asyncio.ensure_future(changes.after(known))
            pausing = asyncio.ensure_future(self._clock.sleep(WORDS_AGE_S))
            try:
                await asyncio.wait([waiting, pausing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _ended(waiting, pausing)
            if changes.version == known:
                changes.note()  # nothing happened but time
            for channel in tuple(self._channels.values()):
                if channel.tried < changes.version:
                    await self._render(channel)
                    await asyncio.sleep(0)  # whatever is due goes first
            await self._clock.sleep(GAP_S)

    def close(self) -> None:
        """Let everybody go."""
        self.is_closing = True
        for channel in self._channels.values():
            channel.wake()

    async def _render(self, channel: Channel) -> None:
        """Render one channel. What cannot be read keeps what it showed: it is tried again at the next change."""
        version = channel.tried = self._daemon.changes.version
        visit = replace(channel.visit, now=self._daemon.snapshot().now)
        try:
            values = await channel.page.read(self._daemon, visit)
            await asyncio.sleep(0)  # gathering and rendering are some ten milliseconds each
            channel.take(self._renderer.pieces(channel.page, visit, values), version)
        except StorageError as error:
            log.warning("live_unreadable page=%s fault=%s", channel.page.path, error.fault)
        except RefusedError as refused:
            log.info("live_refused page=%s status=%d", channel.page.path, refused.status)
        except Exception:
            log.exception("live_bug page=%s", channel.page.path)


async def _ended(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _kept(html: str, version: int, before: _Kept | None) -> _Kept:
    seen = _PART.sub(lambda found: f"<{found[1]}>", html)
    known = {} if before is None else before.parts
    parts = {}
    for found in _PART.finditer(html):
        old = known.get(found[1])
        is_same = old is not None and old.html == found[0]
        parts[found[1]] = old if old is not None and is_same else _Kept(version, found[0], found[0], {})
    is_new = before is None or before.seen != seen
    return _Kept(version if is_new or before is None else before.version, seen, html, parts)


def _shared(visit: Visit) -> Visit:
    return replace(visit, principal=nameless(visit.principal), said="", form={}, refused=None)


def _key(page: Page, visit: Visit) -> object:
    who = visit.principal
    return (
        page.path,
        frozenset(visit.params.items()),
        frozenset(visit.query.items()),
        visit.language,
        who.rights,
        who.unit_code,
        who.role,
        visit.is_wall,
    )
