"""The compactor: what is over goes from hot rows into chunks and rollups, and what is too old is dropped.

It reads and computes on a reader's thread and writes in one short transaction after another, with pauses in between:
results, probes and pages do not wait for it. It remembers nothing that the file does not say.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from monitor.clock import Clock
from monitor.series import hours, retention
from monitor.series.hours import Day, Hour, Work
from monitor.series.model import Retention
from monitor.series.progress import CompactorFacts
from monitor.series.rollup_rows import local_day
from monitor.storage.database import Database
from monitor.storage.errors import StorageError

GRACE_S: Final = 120.0
"""An hour or a day is over this long after its end: by then its last results are on the disk."""
BUDGET_S: Final = 0.02
"""No further check is begun when the work before one transaction has taken so long."""
AT_ONCE: Final = 16
PAUSE_S: Final = 0.06
"""Between two transactions: it takes a quarter of a processor at most."""
IDLE_S: Final = 15.0
RETRY_S: Final = 5.0
RETENTION_EVERY_S: Final = 600.0
_DAYS_AT_ONCE: Final = 1_000

logger = logging.getLogger(__name__)


class Compactor:
    """Works through results.db. `fault` is why the disk does not let it, None when it does.

    `interval_of` tells how often a check runs (None: it is watched no longer), `readers` the names of the cursors in
    use. `run` and `step` belong to one event loop.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        zone: ZoneInfo,
        interval_of: Callable[[str], float | None],
        retention: Callable[[], Retention],
        readers: Callable[[], Collection[str]],
    ) -> None:
        self.facts = CompactorFacts()
        self.fault: StorageError | None = None
        self._database = database
        self._clock = clock
        self._zone = zone
        self._interval_of = interval_of
        self._retention = retention
        self._readers = readers
        self._hours: deque[Hour] = deque()
        self._days: deque[Day] = deque()
        self._refused_hours: dict[int, int] = {}
        self._refused_days: set[Day] = set()
        self._lasts: dict[int, tuple[int, CheckResult]] = {}
        self._retained_mono: float | None = None

    async def run(self) -> None:
        """Work for ever; when there is nothing to do, look again after IDLE_S."""
        while True:
            worked = await self.step()
            if self.fault is not None:
                await self._clock.sleep(RETRY_S)
            else:
                await self._clock.sleep(PAUSE_S if worked else IDLE_S)

    async def step(self) -> bool:
        """Do one transaction's worth; return whether there may be more. A StorageError is kept in `fault`, not raised."""
        try:
            worked = await self._step()
        except StorageError as error:
            if self.fault is None or self.fault.what != error.what:
                logger.warning("compaction_waits fault=%s", error)
            self.fault = error
            self.facts.fault = self.facts.last_error = str(error)
            # What was under way may be in doubt: look at the file again.
            self._hours.clear()
            self._days.clear()
            self._lasts.clear()
            return False
        if self.fault is not None:
            logger.warning("compaction_goes_on")
        self.fault, self.facts.fault = None, ""
        return worked

    async def _step(self) -> bool:
        now = self._clock.now()
        if self.fault is not None:
            # On a full disk: what is too old makes room in the file.
            await self._retain(now)
        if not self._hours:
            before_hour = int((now - GRACE_S) // hours.HOUR_S)
            refused = dict(self._refused_hours)
            self._hours.extend(
                await self._database.read(
                    partial(hours.select_waiting, before_hour=before_hour, refused=refused)
                )
            )
            self.facts.hours_behind = before_hour - self._hours[0].hour if self._hours else 0
        if self._hours:
            await self._compact(now)
            return True
        if not self._days:
            today = local_day(now - GRACE_S, self._zone).toordinal()
            found = await self._database.read(
                partial(hours.select_days, before_day=today, limit=_DAYS_AT_ONCE + len(self._refused_days))
            )
            self._days.extend(day for day in found if day not in self._refused_days)
        if self._days:
            await self._roll_day()
            return True
        return await self._retain(now)

    async def _compact(self, now: float) -> None:
        first_hour = retention.first_hour_kept(self._retention(), now)
        batch = [
            (hour, self._interval_of(hour.check_id), self._lasts.get(hour.check_ref))
            for hour in islice(self._hours, AT_ONCE)
        ]
        prepared, refused = await self._database.read(
            partial(self._prepare, batch=batch, first_hour=first_hour)
        )
        await self._write(prepared)
        for work in prepared:
            if isinstance(work.of, Hour) and work.last is not None:
                self._note_last(work.of, work.last)
        if refused is not None:
            self._refused_hours[refused.check_ref] = refused.hour
            self.facts.refused += 1
        done = len(prepared) + (refused is not None)
        for _ in range(done):
            self._hours.popleft()

    def _prepare(
        self,
        connection: sqlite3.Connection,
        batch: Sequence[tuple[Hour, float | None, tuple[int, CheckResult] | None]],
        first_hour: int,
    ) -> tuple[list[Work], Hour | None]:
        """Prepare hours, in order, until the time is up or one is refused; on a reader's thread."""
        begun = self._clock.monotonic()
        prepared: list[Work] = []
        for hour, interval_s, known in batch:
            work = _fenced(
                hour,
                partial(
                    hours.prepare_hour,
                    connection,
                    hour,
                    interval_s=interval_s,
                    zone=self._zone,
                    known=known,
                    first_hour=first_hour,
                ),
            )
            if work is None:
                return prepared, hour
            prepared.append(work)
            if self._clock.monotonic() - begun >= BUDGET_S:
                break
        return prepared, None

    async def _roll_day(self) -> None:
        day = self._days[0]
        prepare = partial(
            hours.prepare_day, due=day, interval_s=self._interval_of(day.check_id), zone=self._zone
        )
        work = await self._database.read(lambda connection: _fenced(day, partial(prepare, connection)))
        if work is None:
            self._refused_days.add(day)
            self.facts.refused += 1
        else:
            await self._write([work])
            self.facts.days += 1
        self._days.popleft()

    async def _write(self, prepared: Sequence[Work]) -> None:
        readers = tuple(self._readers())

        def write(connection: sqlite3.Connection) -> None:
            for work in prepared:
                hours.write_work(connection, work, readers=readers)

        await self._database.write(write)
        for work in prepared:
            self.facts.damaged += len(work.damaged) + sum(page.replaces_damaged for page in work.pages)
            if work.is_late:
                self.facts.late += work.hot
            if work.chunk is not None:
                self.facts.chunks += 1
                self.facts.results += work.hot
                self.facts.body_bytes += len(work.chunk.body)

    def _note_last(self, of: Hour, last: CheckResult) -> None:
        known = self._lasts.get(of.check_ref)
        if known is None or known[0] <= of.hour:
            self._lasts[of.check_ref] = (of.hour, last)

    async def _retain(self, now: float) -> bool:
        mono = self._clock.monotonic()
        if self._retained_mono is not None and mono - self._retained_mono < RETENTION_EVERY_S:
            return False
        dropped = await self._database.write(
            partial(
                retention.drop_some,
                retention=self._retention(),
                now=now,
                zone=self._zone,
                readers=tuple(self._readers()),
            )
        )
        self.facts.dropped += dropped
        if not dropped:
            self._retained_mono = mono
        return dropped > 0


def _fenced(what: Hour | Day, prepare: Callable[[], Work]) -> Work | None:
    """Prepare the work of one check; None: a bug, or a damaged row, which must not keep the others from their chunks."""
    try:
        return prepare()
    except sqlite3.Error:
        raise
    except Exception:
        logger.exception("not_compacted what=%s", what)
        return None
