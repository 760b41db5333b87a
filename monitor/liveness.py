"""Is there real progress of probing, deciding, saving and delivering? A task that only says so proves nothing."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

from monitor.clock import Clock

CHECK_EVERY_S = 5.0


@dataclass(slots=True)
class Mark:
    """Something that changes while a part of the daemon makes progress, at least every `limit_s()` seconds.

    `idle` says that there is nothing to do: then standing still is no fault.
    """

    read: Callable[[], Hashable]
    limit_s: Callable[[], float]
    idle: Callable[[], bool] = lambda: False
    seen: Hashable = None
    changed_mono: float = 0.0


class Liveness:
    """Watches the marks of all parts. Call `look` regularly; `stalled` names the parts that stand still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._marks: dict[str, Mark] = {}

    def watch(
        self,
        name: str,
        read: Callable[[], Hashable],
        *,
        limit_s: float | Callable[[], float],
        idle: Callable[[], bool] = lambda: False,
    ) -> None:
        """Expect what `read` returns to change at least every `limit_s` seconds, unless `idle`."""
        limit = limit_s if callable(limit_s) else partial(float, limit_s)
        self._marks[name] = Mark(read, limit, idle, read(), self._clock.monotonic())

    def look(self) -> None:
        """Notice what changed."""
        now_mono = self._clock.monotonic()
        for mark in self._marks.values():
            value = mark.read()
            if value != mark.seen or mark.idle():
                mark.seen, mark.changed_mono = value, now_mono

    @property
    def stalled(self) -> tuple[str, ...]:
        """Names of the parts without progress for longer than they may, in the order they were named."""
        now_mono = self._clock.monotonic()
        return tuple(
            name for name, mark in self._marks.items() if now_mono - mark.changed_mono > mark.limit_s()
        )
