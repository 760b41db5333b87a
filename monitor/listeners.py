"""Our own listeners: pages, replies, traps, beats. One that cannot be opened is told and tried again; the watch goes on.

A port that somebody holds and a certificate that does not fit its key are mended by people, who need no restart then.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from inventory.model import Inventory
from monitor.clock import Clock
from monitor.ending import end

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 300.0
LOOK_EVERY_S: Final = 1.0
"""How soon somebody's wish to try at once is noticed."""
CLOSED_WITHIN_S: Final = 4.0
"""At the end: longer than a page under way may take, and the receiver of traps to stop."""


class NotOpenError(Exception):
    """A listener cannot be opened now; the text says what and where, and after "; " what to do."""


@dataclass(slots=True)
class Attempts:
    """When to try again, each time after twice the pause. Pure: `mono` is monotonic seconds."""

    failures: int = 0
    due_mono: float = float("-inf")

    def failed(self, mono: float) -> None:
        """Note one more that did not succeed."""
        self.due_mono = mono + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.failures, 10))
        self.failures += 1

    def hasten(self) -> None:
        """Let the next one be due now, and the pauses begin anew: somebody may have mended it."""
        self.failures, self.due_mono = 0, float("-inf")


class Listeners:
    """Keeps listeners open."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._faults: dict[str, str] = {}
        self._attempts: dict[str, Attempts] = {}

    @property
    def faults(self) -> Mapping[str, str]:
        """Name of each that is to be open -> why it is closed, and what to do, one line for people; "": it is open."""
        return dict(self._faults)

    def adopt(self, _inventory: Inventory) -> None:
        """Try again at once what is closed: a reload often follows a repair."""
        for attempts in self._attempts.values():
            attempts.hasten()

    @asynccontextmanager
    async def kept_open(
        self, name: str, listening: Callable[[], AbstractAsyncContextManager[object]]
    ) -> AsyncIterator[None]:
        """Keep `listening()` entered until the block ends; the block begins once that was tried, open or not.

        NotOpenError of its entry says what keeps it closed; anything else that it raises is a bug, and tried again too.
        """
        tried = asyncio.Event()
        # Entered and left by one task, as its timeouts and groups of tasks need it.
        task = asyncio.create_task(self._keep(name, listening, tried), name=f"listener:{name}")
        try:
            await tried.wait()
            yield
        finally:
            await end([task], within_s=CLOSED_WITHIN_S)
            self._faults.pop(name, None)
            self._attempts.pop(name, None)

    async def _keep(
        self,
        name: str,
        listening: Callable[[], AbstractAsyncContextManager[object]],
        tried: asyncio.Event,
    ) -> None:
        attempts = self._attempts[name] = Attempts()
        while True:
            try:
                async with listening():
                    self._opened(name)
                    tried.set()
                    await asyncio.Event().wait()
            except NotOpenError as error:
                self._failed(name, str(error))
            except Exception as error:
                log.exception("listener_bug name=%s", name)
                why = f"lỗi phần mềm ({type(error).__name__}); xem nhật ký: journalctl -u tslcd-monitor"
                self._failed(name, why)
            tried.set()
            attempts.failed(self._clock.monotonic())
            while self._clock.monotonic() < attempts.due_mono:
                await self._clock.sleep(LOOK_EVERY_S)

    def _opened(self, name: str) -> None:
        if self._faults.get(name):
            log.info("listener_opened name=%s", name)
        self._faults[name] = ""

    def _failed(self, name: str, why: str) -> None:
        if self._faults.get(name) != why:  # once, not at each attempt
            log.error("listener_closed name=%s error=%s", name, why)
        self._faults[name] = why
