"""The daemon's own files: their write-ahead logs are kept small, the ballast in place, and people told of trouble, once.

While state.db takes nothing, nothing can be put into the outbox: then its trouble is sent straight to whom it concerns,
by the ways that work, and tried again until it reached somebody. What was told so is saved afterwards, and its end goes
the usual way. A stop or a crash in the meantime forgets that it was told: the next start that meets the trouble again
tells it again, rather than nobody.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from alerts.delivery.alarm import audience, notes_of, raised_by, reachable
from alerts.delivery.store_alarm import (
    AFTER_S,
    COMPONENT,
    Standing,
    Store,
    StoreTrouble,
    begun,
    damaged,
    observe,
    over,
)
from alerts.delivery.straight import StraightWay
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin
from alerts.oncall.model import Recipient
from alerts.world import World
from monitor.clock import Clock
from monitor.series.log import RESERVE_BYTES, ResultLog
from monitor.storage.database import Database
from monitor.storage.errors import StorageError, StorageFault, remedy_for
from monitor.storage.state import StateStore
from monitor.web.health import WAL_LARGE_BYTES

log = logging.getLogger(__name__)

TEND_EVERY_S: Final = 30.0
"""How often the files are tended to, and a message that reached nobody is tried again."""


class StorageDesk:
    """Looks after the files; `look` every few seconds. Never raises.

    `state_fault` says why decisions cannot be saved now; `straight` tells it nevertheless.
    """

    def __init__(
        self,
        world: World,
        state: StateStore,
        results: ResultLog,
        straight: StraightWay,
        *,
        clock: Clock,
        carry_out: Callable[[Decision], None],
        state_fault: Callable[[], StorageError | None],
    ) -> None:
        self._world = world
        self._state = state
        self._results = results
        self._straight = straight
        self._clock = clock
        self._carry_out = carry_out
        self._state_fault = state_fault
        self._standing: dict[Store, Standing] | None = None
        self._tended_mono = float("-inf")
        self._sent_mono = float("-inf")
        self._reached: tuple[Recipient, ...] = ()

    async def look(self) -> None:
        """Do what is due."""
        mono = self._clock.monotonic()
        if mono - self._tended_mono >= TEND_EVERY_S:
            self._tended_mono = mono
            await self._tend()
        found = self._found()
        if self._standing is None:
            await self._begin(found)
        if self._standing is None:
            return
        self._standing = observe(self._standing, found, mono)
        for store, standing in list(self._standing.items()):
            if standing.is_due(mono):
                await self._tell(store, standing)
            elif standing.is_over(mono):
                await self._end(store, standing)

    async def _begin(self, found: Mapping[Store, StoreTrouble]) -> None:
        """Learn what was told in an earlier life, and tell of files that were found damaged at this start."""
        try:
            raised = raised_by(await self._state.outbox.self_alarms(COMPONENT), COMPONENT)
        except StorageError:
            raised = {}
            if Store.STATE not in found:
                return
        now, mono = self._clock.now(), self._clock.monotonic()
        self._standing = {
            Store(name): Standing(StoreTrouble(since_at, "", ""), mono, is_told=True)
            for name, since_at in raised.items()
        }
        for database in (self._state.database, self._results.database):
            if database.replaced is not None:
                self._put(damaged(database.path.name, database.replaced.name, now), self._audience())

    def _found(self) -> dict[Store, StoreTrouble]:
        now, found = self._clock.now(), {}
        fault = self._state_fault()
        if fault is not None:
            found[Store.STATE] = StoreTrouble(now, fault.what, fault.remedy)
        fault, wal_bytes = self._results.fault, self._results.database.wal_bytes
        if fault is not None:
            found[Store.RESULTS] = StoreTrouble(now, fault.what, fault.remedy)
        elif wal_bytes >= WAL_LARGE_BYTES:
            path = self._results.database.path
            symptom = f"{path}: nhật ký ghi (WAL) đã đến {wal_bytes // 2**20} MB vì một chương trình khác đọc tệp quá lâu"
            found[Store.RESULTS] = StoreTrouble(now, symptom, remedy_for(StorageFault.HELD, path))
        return found

    async def _tell(self, store: Store, standing: Standing) -> None:
        if self._standing is None:
            return
        now = self._clock.now()
        bulletin = begun(store, standing.trouble, now)
        if store is Store.STATE:
            if not await self._send(bulletin):
                return
        elif Store.STATE in self._standing:
            return  # it would lie in memory and come when all is over
        else:
            self._put(bulletin, self._audience())
        self._standing[store] = Standing(standing.trouble, standing.since_mono, is_told=True)
        log.error("storage_alarm id=%s symptom=%s", bulletin.id, standing.trouble.symptom)

    async def _end(self, store: Store, standing: Standing) -> None:
        if self._standing is None:
            return
        del self._standing[store]
        if not standing.is_told:
            return
        now, since_at = self._clock.now(), standing.trouble.since_at
        lost = await self._lost_since(since_at, now) if store is Store.RESULTS else 0
        recipients = self._audience()
        if store is Store.STATE and self._reached:
            self._put(begun(store, standing.trouble, since_at), ())
            recipients, self._reached = self._reached, ()
        self._put(over(store, since_at, now, lost=lost), recipients)

    async def _lost_since(self, since_at: float, now: float) -> int:
        """Return how many results of that time are missing, as is on record: over a restart too."""
        try:
            return sum(gap.results for gap in await self._results.gaps(since_at - AFTER_S, now))
        except StorageError:
            return 0

    def _put(self, bulletin: Bulletin, recipients: tuple[Recipient, ...]) -> None:
        notifications = tuple(notes_of(bulletin, recipients))
        self._carry_out(Decision(bulletins=(bulletin,), notifications=notifications))

    def _audience(self) -> tuple[Recipient, ...]:
        alerting, now = self._world.settings, self._clock.now()
        steps = audience(alerting.policies, self._world.inventory, now)
        return reachable(steps, alerting.directory, self._straight.failing(), now)

    async def _send(self, bulletin: Bulletin) -> bool:
        """Send past the outbox; return whether anybody has it."""
        mono = self._clock.monotonic()
        if mono - self._sent_mono < TEND_EVERY_S:
            return False
        self._sent_mono = mono
        self._reached = await self._straight.send(bulletin, self._audience())
        return bool(self._reached)

    async def _tend(self) -> None:
        """Empty large write-ahead logs; put the ballast back, or let results leave its room to alerts."""
        for database in (self._state.database, self._results.database):
            await _keep_wal_small(database)
        ballast = self._state.database.ballast
        if ballast is not None:
            is_there = ballast.is_there or await _is_made_again(self._state.database)
            self._results.reserve_bytes = RESERVE_BYTES + (0 if is_there else ballast.size_bytes)


async def _is_made_again(state: Database) -> bool:
    try:
        return await state.make_ballast()
    except StorageError:  # closed, as at the end
        return False


async def _keep_wal_small(database: Database) -> None:
    if database.wal_bytes < WAL_LARGE_BYTES:
        return
    try:
        if not await database.empty_wal():
            log.warning("wal_held path=%s bytes=%d", database.path, database.wal_bytes)
    except StorageError as error:
        log.warning("wal_not_emptied path=%s error=%s", database.path, error)
