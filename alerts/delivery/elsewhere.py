"""What one channel does not take is told on people's next addresses: each row once."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from alerts.delivery.fallback import substitutes
from alerts.delivery.outbox import OutboxRow
from alerts.delivery.rests import Condition
from alerts.delivery.surroundings import Surroundings
from alerts.model.notification import Notification
from alerts.oncall.model import Directory

logger = logging.getLogger(__name__)

EVERY_S: Final = 5.0
_BATCH: Final = 200

T = TypeVar("T")


class Insist(Protocol):
    """Writes what happened however long it takes."""

    def __call__(self, write: Callable[[], Awaitable[T]], /) -> Awaitable[T]:
        """Return what `write` returns."""
        ...


class Others(Protocol):
    """The other channels."""

    @property
    def failing_since(self) -> Mapping[str, float]:
        """Those that fail, and since when."""
        ...

    def wake(self) -> None:
        """Let them look at the outbox now."""
        ...


class Elsewhere:
    """Tells elsewhere what waits for the channel `name`. `look` may raise OutboxError."""

    def __init__(self, name: str, around: Surroundings, others: Others, insist: Insist) -> None:
        self._name = name
        self._around = around
        self._others = others
        self._insist = insist
        self._directory: Directory | None = None
        self._done: set[int] = set()
        self._looked_at = float("-inf")
        self._from_at = around.clock.now()

    def restart(self) -> None:
        """Count from now on how long rows wait: the clock was set."""
        self._from_at, self._looked_at = self._around.clock.now(), float("-inf")

    async def look(self, condition: Condition) -> None:
        """Tell people elsewhere what waits here in vain for too long; at once what meets a channel that is down."""
        now, since_at = self._around.clock.now(), condition.failing_since_at
        if now - self._looked_at < EVERY_S:
            return
        self._looked_at = now
        directory, wait_s = self._around.directory(), self._around.rules.fallback_s
        if since_at is None or directory is not self._directory:
            self._directory = directory
            self._done.clear()
        if since_at is not None and (condition.is_hopeless or now - since_at >= wait_s):
            await self._tell_overdue(now, tried=False)
        elif now - self._from_at >= wait_s:
            await self._tell_overdue(now - wait_s, tried=True)

    async def _tell_overdue(self, due_before: float, *, tried: bool) -> None:
        """Tell the next of them; those that cannot be told elsewhere stand in nobody's way."""
        rows = await self._around.outbox.overdue(
            self._name, due_before, _BATCH, tried=tried, but=tuple(self._done)
        )
        await self.tell(rows)
        self._done.update(row.id for row in rows)

    async def tell(self, rows: Sequence[OutboxRow]) -> Mapping[int, Notification]:
        """Add the same news on the persons' next addresses; return row id -> what tells it."""
        down = self._others.failing_since
        found = substitutes(rows, self._around.directory(), self._around.clock.now(), down=down)
        if not found:
            return found
        added = await self._insist(lambda: self._around.outbox.add(list(found.values())))
        if added:
            self._around.counts.elsewhere[self._name] += added
            logger.warning("told_elsewhere channel=%s rows=%d", self._name, added)
            self._others.wake()
        return found
