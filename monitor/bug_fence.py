"""Fences: a bug of ours in one conclusion, or in one of the by-ways, does not end the watch over everything else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from monitor.clock import Clock
from monitor.ending import end

log = logging.getLogger(__name__)

LOG_S = 60.0
"""A bug is logged at most this often: the same may come with every result."""


AFTER_A_BUG_S = 5.0
"""Between the end of a loop by a bug and its next begin."""


class Fence:
    """Keeps what is raised within it. `bugs` counts."""

    def __init__(self, clock: Clock) -> None:
        self.bugs = 0
        self._clock = clock
        self._logged_mono = float("-inf")

    @contextmanager
    def around(self, about: str) -> Iterator[None]:
        """Keep, count and log a bug in the block; `about` says in the log what it was at."""
        try:
            yield
        except Exception:
            self.bugs += 1
            if self._clock.monotonic() - self._logged_mono > LOG_S:
                self._logged_mono = self._clock.monotonic()
                log.exception("conclusion_bug about=%s", about)


@asynccontextmanager
async def kept_going(loops: Mapping[str, Callable[[], Awaitable[None]]], clock: Clock) -> AsyncIterator[None]:
    """Run `loops` (name -> what never returns) until the block ends; one that ends by a bug is logged and begun again."""
    tasks = [asyncio.create_task(_for_ever(name, loop, clock), name=name) for name, loop in loops.items()]
    try:
        yield
    finally:
        await end(tasks)


async def _for_ever(name: str, loop: Callable[[], Awaitable[None]], clock: Clock) -> None:
    while True:
        try:
            await loop()
        except Exception:
            log.exception("loop_bug name=%s", name)
        await clock.sleep(AFTER_A_BUG_S)
