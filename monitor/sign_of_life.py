"""The sign of life: until when state.db can prove that we watched. The next start dates the blind time by it."""

import asyncio
from typing import Protocol

from monitor.clock import Clock
from monitor.pipeline import Saver
from monitor.storage.errors import StorageError, StorageFault

ANSWER_S = 10.0
"""A disk that hangs raises no error: a store silent for this long is in trouble. It waits 5 s for others by itself."""


class LifeStore(Protocol):
    """Where the sign is left."""

    async def mark_alive(self, now: float) -> None:
        """Note that the daemon runs; StorageError if that failed."""
        ...


class SignOfLife:
    """Leaves the sign. `fault` is why the store does not take it, `fault_since_mono` since when.

    A late sign only makes the blind time longer, but in a quiet hour nothing else tells that the store refuses: the
    saver has nothing to save.
    """

    def __init__(self, store: LifeStore, saver: Saver, *, clock: Clock) -> None:
        self.fault: StorageError | None = None
        self.fault_since_mono: float | None = None
        self._store = store
        self._saver = saver
        self._clock = clock

    async def leave(self, now: float) -> None:
        """Save that we watched until `now`, unless the store refuses the decisions made until then.

        It would prove too much: after a crash those checks would count as unchanged until `now`.
        """
        if self._saver.fault is not None and self._saver.waiting:
            return
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._store.mark_alive(now)
        except StorageError as error:
            self._note(error)
        except TimeoutError:
            what = f"state.db chưa trả lời trong {ANSWER_S:g} giây"
            self._note(StorageError(StorageFault.IO, what, "kiểm tra ổ đĩa (dmesg)"))
        else:
            self.fault = self.fault_since_mono = None

    def _note(self, fault: StorageError) -> None:
        if self.fault is None:
            self.fault_since_mono = self._clock.monotonic()
        self.fault = fault
