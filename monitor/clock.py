"""The only place that reads a clock. Loops hold a Clock; everything else takes `now`."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic time for durations and schedules."""

    def now(self) -> float:
        """Unix seconds UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Unix seconds UTC."""
        return time.time()  # noqa: TID251 (this is the one place)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never steps."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""
        await asyncio.sleep(max(0.0, seconds))
