"""results.db: the append-only log of check results. Everything that follows results reads it behind a saved cursor.

At most the last second is lost by a crash. When the disk fails, results wait in memory and the log recovers by itself;
what does not fit there is dropped, the oldest first, counted, and on record as a gap as soon as the disk works again.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from alerts.model.checks import CheckResult
from monitor.clock import Clock
from monitor.series import reading, result_rows
from monitor.series.gaps import OVERLOAD, Dropped, Losses, insert_gaps, select_gaps
from monitor.series.model import Gap, StoredResult
from monitor.series.result_rows import CursorState, DeadLetter, RowStats
from monitor.series.stamps import Stamps
from monitor.storage.database import Database
from monitor.storage.errors import StorageError, StorageFault, remedy_for
from monitor.storage.opening import Synchronous

FLUSH_S = 0.5
RETRY_S = 2.0
TRANSACTION_ROWS = 5_000
QUEUE_ROWS = 200_000
RESERVE_BYTES = 64 * 2**20
"""Free space the log leaves on the disk: state.db needs it for alerts."""
WAL_LIMIT_BYTES = 64 * 2**20
"""While another program's read keeps the write-ahead log from being emptied, results wait in memory at this size."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogStats:
    """What the health page shows. `rows` is read from the file; `queued` and `dropped` are in memory, since start."""

    rows: RowStats
    queued: int
    dropped: int
    file_bytes: int
    wal_bytes: int


class ResultLog:
    """The log. `fault` is why it cannot write now, None when it can.

    `dropped` counts results lost since start; `reserve_bytes` is the free space that is left to state.db.

    `append` and `run` belong to one event loop.
    """

    def __init__(self, database: Database, *, queue_rows: int, reserve_bytes: int) -> None:
        self.database = database
        self.fault: StorageError | None = None
        self.dropped = 0
        self._queue: deque[StoredResult] = deque()
        self._writing: list[StoredResult] = []
        self._losses = Losses()
        self._stamps = Stamps({}, None)
        self._queue_rows = queue_rows
        self.reserve_bytes = reserve_bytes
        self._refs: dict[str, int] = {}
        self._last_seq = 0
        self._last_written = 0
        self._flushing: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        now: float,
        queue_rows: int = QUEUE_ROWS,
        reserve_bytes: int = RESERVE_BYTES,
        wal_limit_bytes: int = WAL_LIMIT_BYTES,
    ) -> AsyncIterator[Self]:
        """Open or create the log; write what is queued at the end. `database.replaced` tells of a damaged one."""
        async with Database.open(
            path,
            schema="results",
            synchronous=Synchronous.NORMAL,
            now=now,
            wal_limit_bytes=wal_limit_bytes,
        ) as database:
            log = cls(database, queue_rows=queue_rows, reserve_bytes=reserve_bytes)
            log._refs = await database.read(result_rows.select_names)
            log._last_seq = log._last_written = await database.read(result_rows.select_last_seq)
            log._stamps = await database.read(_last_stamps)
            try:
                yield log
            finally:
                await log._close()

    def append(self, result: CheckResult) -> None:
        """Queue a result, at a time behind the check's last one. Never waits, never fails."""
        self._last_seq += 1
        started_ms = self._stamps.stamp(result.check_id, result.started_at)
        self._queue.append(StoredResult(self._last_seq, replace(result, started_at=started_ms / 1_000)))
        self._drop_what_does_not_fit()

    @property
    def queued(self) -> int:
        """Results not on the disk yet."""
        return len(self._writing) + len(self._queue)

    @property
    def last_seq(self) -> int:
        """Seq of the last result on the disk."""
        return self._last_written

    def lag_s(self, now: float) -> float:
        """Age of the oldest queued result, 0 when none is queued."""
        oldest = self._writing[0] if self._writing else self._queue[0] if self._queue else None
        return 0.0 if oldest is None else max(0.0, now - oldest.result.started_at)

    async def run(self, clock: Clock) -> None:
        """Write what is queued every FLUSH_S, for ever; every RETRY_S while the disk fails."""
        while True:
            await clock.sleep(FLUSH_S if self.fault is None else RETRY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what is queued now. A failure is kept in `fault`, not raised. Cancelling leaves no row in doubt."""
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._write_queued(), name="results:flush")
        await asyncio.shield(self._flushing)

    async def read_after(self, seq: int, limit: int) -> list[StoredResult]:
        """Return at most `limit` results behind `seq`, in order. Raises StorageError, like every method below."""
        return await self.database.read(partial(result_rows.select_after, seq=seq, limit=limit))

    async def last_results(self, check_id: str, limit: int) -> list[StoredResult]:
        """Return the check's last written results, the newest first; `seq` is 0 of what lies in a chunk already."""
        return await self.database.read(partial(reading.last_results, check_id=check_id, limit=limit))

    async def gaps(self, from_at: float, until_at: float) -> list[Gap]:
        """Return what is missing because of us and reaches into [from_at, until_at)."""
        return await self.database.read(partial(select_gaps, from_at=from_at, until_at=until_at))

    async def cursor(self, name: str) -> CursorState:
        """Return how far the reader `name` came."""
        return await self.database.read(partial(result_rows.select_cursor, name=name))

    async def move_cursor(self, name: str, seq: int, refused: Sequence[DeadLetter] = ()) -> None:
        """Note that the reader `name` is done up to `seq`, and keep the lines its server refused, in one transaction."""
        await self.database.write(partial(result_rows.move_cursor, name=name, seq=seq, refused=refused))

    async def stats(self) -> LogStats:
        """Return the figures of the health page."""
        return LogStats(
            rows=await self.database.read(result_rows.select_stats),
            queued=self.queued,
            dropped=self.dropped,
            file_bytes=self.database.file_bytes,
            wal_bytes=self.database.wal_bytes,
        )

    async def _close(self) -> None:
        if self._flushing is not None:
            await self._flushing
        await self.flush()
        if self._queue:
            logger.error("results lost count=%d fault=%s", len(self._queue), self.fault)

    async def _write_queued(self) -> None:
        try:
            while self._queue or self._losses.not_recorded():
                self._writing = [
                    self._queue.popleft() for _ in range(min(TRANSACTION_ROWS, len(self._queue)))
                ]
                lost = self._losses.not_recorded()
                self._refs |= await self.database.write(partial(self._append, rows=self._writing, lost=lost))
                self._losses.recorded(lost)
                if self._writing:
                    self._last_written = self._writing[-1].seq
                self._writing = []
        except StorageError as error:
            if self.fault is None or self.fault.what != error.what:
                logger.warning("results refused queued=%d fault=%s", self.queued, error)
            self.fault = error
            self._queue.extendleft(reversed(self._writing))
            self._writing = []
            self._drop_what_does_not_fit()
        else:
            if self.fault is not None:
                logger.warning("results written_again dropped=%d", self.dropped)
            self.fault = None

    def _drop_what_does_not_fit(self) -> None:
        """Drop the oldest of the queue; what is being written just now is none of it."""
        while len(self._queue) > self._queue_rows:
            self._losses.note(
                self._queue.popleft(), OVERLOAD if self.fault is None else self.fault.fault.value
            )
            self.dropped += 1

    def _append(
        self, connection: sqlite3.Connection, rows: Sequence[StoredResult], lost: Sequence[Dropped]
    ) -> dict[str, int]:
        """Write rows; on the writer's thread, which alone reads `_refs` while a flush is under way."""
        path = self.database.path
        free = shutil.disk_usage(path.parent).free
        if free < self.reserve_bytes:
            raise StorageError(
                StorageFault.FULL,
                f"{path}: ổ đĩa còn dưới {self.reserve_bytes // 2**20} MB, phần dành cho cảnh báo",
                remedy_for(StorageFault.FULL, path),
            )
        insert_gaps(connection, lost)
        return result_rows.append_rows(connection, rows, self._refs)


def _last_stamps(connection: sqlite3.Connection) -> Stamps:
    return Stamps(
        result_rows.select_last_ms(connection), floor_ms=result_rows.select_chunked_until_ms(connection)
    )
