"""Telling people of copies that fail or are too old, the way every message goes."""

import logging
from collections.abc import Callable, Collection

from alerts.delivery.alarm import audience, notes_of, raised_by, reachable
from alerts.delivery.backup_alarm import COMPONENT, NIGHTLY, begun, over
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin
from alerts.oncall.model import Recipient
from alerts.world import World
from monitor.backup.facts import BackupFacts
from monitor.clock import Clock
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore

log = logging.getLogger(__name__)


class BackupAlarm:
    """Tells once that copies fail, and once that it is over; `look` now and then. Remembers over restarts.

    `failing`: channels on which nothing is told now.
    """

    def __init__(
        self,
        world: World,
        state: StateStore,
        facts: Callable[[], BackupFacts | None],
        *,
        clock: Clock,
        carry_out: Callable[[Decision], None],
        failing: Callable[[], Collection[str]],
    ) -> None:
        self._world = world
        self._state = state
        self._facts = facts
        self._clock = clock
        self._carry_out = carry_out
        self._failing = failing
        self._raised_at: float | None = None
        self._is_known = False

    async def look(self) -> None:
        """Tell what is new."""
        if not self._is_known:
            try:
                ids = await self._state.outbox.self_alarms(COMPONENT)
            except StorageError:
                return
            self._raised_at = raised_by(ids, COMPONENT).get(NIGHTLY)
            self._is_known = True
        facts, now = self._facts(), self._clock.now()
        if self._raised_at is None:
            since_at = None if facts is None else facts.troubled_since_at(now)
            if facts is None or since_at is None or not self._audience():
                return  # while nobody can be told it is not raised
            log.error("backup_alarm since_at=%.0f error=%s", since_at, facts.error)
            self._put(begun(since_at, facts.error, now))
            self._raised_at = since_at
        elif facts is None or facts.has_copy_since(self._raised_at):
            self._put(over(self._raised_at, now, is_off=facts is None))
            self._raised_at = None

    def _audience(self) -> tuple[Recipient, ...]:
        alerting, now = self._world.settings, self._clock.now()
        steps = audience(alerting.policies, self._world.inventory, now)
        return reachable(steps, alerting.directory, self._failing(), now)

    def _put(self, bulletin: Bulletin) -> None:
        notifications = tuple(notes_of(bulletin, self._audience()))
        self._carry_out(Decision(bulletins=(bulletin,), notifications=notifications))
