"""A clock that tests turn by hand: a heap of sleepers, woken in order."""

import asyncio
import heapq
import itertools

SETTLE_ROUNDS = 10_000


class FakeClock:
    """A `monitor.clock.Clock` whose time passes only in `advance`.

    Work in threads (SQLite) does not delay `advance`: a test that depends on it polls for its effect.
    """

    def __init__(self, now: float = 1_770_000_000.0, monotonic: float = 1_000.0) -> None:
        self._offset = now - monotonic
        self._monotonic = monotonic
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._monotonic + self._offset

    def monotonic(self) -> float:
        return self._monotonic

    @property
    def sleepers(self) -> int:
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: wake the sleepers whose time comes, in order, each after the loop has settled."""
        end = self._monotonic + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            wake_at, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._monotonic = max(self._monotonic, wake_at)
            future.set_result(None)
            await self.settle()
        self._monotonic = end
        await self.settle()

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward (or back, when negative); monotonic time does not notice."""
        self._offset += seconds

    @staticmethod
    async def settle() -> None:
        """Let every task that can run do so until all of them wait for something."""
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        for _ in range(SETTLE_ROUNDS):
            await asyncio.sleep(0)
            if not ready:
                return
        raise AssertionError("the loop does not settle: some task spins without waiting")
