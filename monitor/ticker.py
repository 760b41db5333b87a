"""Lets time have its consequences, marks the daemon alive, and notices a wall clock that steps."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from monitor.clock import Clock

log = logging.getLogger(__name__)

EVERY_S = 2.0
"""The blind time after a crash is known to this precision."""

STEP_S = 5.0
"""A wall clock that moves this much more or less than the monotonic one has been set."""


class Ticker:
    """Calls `tick` and `mark_alive` every EVERY_S; `on_step` when the wall clock was set. `ticks`, `steps` count."""

    def __init__(
        self,
        *,
        clock: Clock,
        tick: Callable[[], None],
        mark_alive: Callable[[float], Coroutine[Any, Any, None]],
        on_step: Callable[[float], Coroutine[Any, Any, None]],
    ) -> None:
        self.steps = 0
        self.ticks = 0
        self._clock = clock
        self._tick = tick
        self._mark_alive = mark_alive
        self._on_step = on_step

    async def run(self) -> None:
        """Tick for ever. A disk that hangs holds up the sign of life, never time itself."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live(), name="sign-of-life")
            difference = self._clock.now() - self._clock.monotonic()
            while True:
                await self._clock.sleep(EVERY_S)
                step_s = self._clock.now() - self._clock.monotonic() - difference
                if abs(step_s) >= STEP_S:
                    self.steps += 1
                    difference += step_s
                    log.warning("clock_stepped seconds=%.1f", step_s)
                    tasks.create_task(self._on_step(step_s), name="clock-step")
                self.ticks += 1
                self._tick()

    async def _live(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            await self._mark_alive(self._clock.now())
