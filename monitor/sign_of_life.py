"""The sign of life: until when state.db can prove that we watched. The next start dates the blind time by it."""

from typing import Protocol

from monitor.clock import Clock
from monitor.pipeline import Saver
from monitor.storage.errors import StorageError


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
            await self._store.mark_alive(now)
        except StorageError as error:
            if self.fault is None:
                self.fault_since_mono = self._clock.monotonic()
            self.fault = error
        else:
            self.fault = self.fault_since_mono = None
