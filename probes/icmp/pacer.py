"""Spaces requests of many bursts: at most so many leave in any millisecond, first come first served. Sends nothing.

Bursts that start in the same instant (a hundred rechecks after one line broke, a loop that was held up) would else
leave as one volley, which a line of a few Mbit/s drops, and the drops would look like the targets' loss.
"""

import asyncio
from collections import deque

SPAN_S = 0.001
PER_SPAN = 10
"""10,000 requests a second: 6.7 Mbit/s of the default size, and 2,000 targets have their first within 0.2 s."""


class Pacer:
    """Hands out turns. Belongs to one event loop."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=PER_SPAN)
        """When the last turns were given, loop time."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self) -> None:
        """Return when one request may be sent: at once unless too many were just sent or wait already."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._has_taken(loop.time()):
            return
        mine = loop.create_future()
        self._waiting.append(mine)
        if self._timer is None:
            self._timer = loop.call_at(self._taken[0] + SPAN_S, self._release)
        await mine

    def close(self) -> None:
        """Release nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _has_taken(self, now: float) -> bool:
        if len(self._taken) == PER_SPAN and now - self._taken[0] < SPAN_S:
            return False
        self._taken.append(now)
        return True

    def _release(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._waiting:
            # Whoever gave up in the meantime needs no turn.
            if self._waiting[0].done():
                self._waiting.popleft()
            elif self._has_taken(loop.time()):
                self._waiting.popleft().set_result(None)
            else:
                self._timer = loop.call_at(self._taken[0] + SPAN_S, self._release)
                return
