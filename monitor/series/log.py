"""results.db: the append-only log of check results. Everything that follows results reads it behind a saved cursor.

At most the last FLUSH_S are lost by a crash. When the disk fails, results wait in memory and the log recovers by
itself; what does not fit there is dropped, the oldest first, and counted.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

from alerts.model.checks import CheckResult
from monitor.clock import Clock
from monitor.series import result_rows
from monitor.series.model import StoredResult
from monitor.series.result_rows import CursorState, DeadLetter, RowStats
from monitor.storage.database import Database
from monitor.storage.errors import StorageError, StorageFault, remedy_for
from monitor.storage.opening import Synchronous

FLUSH_S = 0.5
RETRY_S = 2.0
TRANSACTION_ROWS = 5_000
QUEUE_ROWS = 200_000
RESERVE_BYTES = 64 * 2**20
"""Free space the log leaves on the disk: state.db needs it for alerts."""

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
    """The log. `fault` is why it cannot write now, None when it can; `dropped` counts results lost since start.

    `append` and `run` belong to one event loop.
    """

    def __init__(self, database: Database, *, queue_rows: int, reserve_bytes: int) -> None:
        self.database = database
        self.fault: StorageError | None = None
        self.dropped = 0
        self._queue: deque[StoredResult] = deque()
        self._queue_rows = queue_rows
        self._reserve_bytes = reserve_bytes
        self._refs: dict[str, int] = {}
        self._last_seq = 0
        self._last_written = 0
        self._flushing: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, now: float, queue_rows: int = QUEUE_ROWS, reserve_bytes: int = RESERVE_BYTES
    ) -> AsyncIterator[Self]:
        """Open or create the log; write what is queued at the end. `database.replaced` tells of a damaged one."""
        async with Database.open(path, schema="results", synchronous=Synchronous.NORMAL, now=now) as database:
            log = cls(database, queue_rows=queue_rows, reserve_bytes=reserve_bytes)
            log._refs = await database.read(result_rows.select_names)
            log._last_seq = log._last_written = await database.read(result_rows.select_last_seq)
            try:
                yield log
            finally:
                await log._close()

    def append(self, result: CheckResult) -> None:
        """Queue a result. Never waits, never fails."""
        self._last_seq += 1
        self._queue.append(StoredResult(self._last_seq, result))
        if len(self._queue) > self._queue_rows:
            self._queue.popleft()
            self.dropped += 1

    @property
    def queued(self) -> int:
        """Results not on the disk yet."""
        return len(self._queue)

    @property
    def last_seq(self) -> int:
        """Seq of the last result on the disk."""
        return self._last_written

    def lag_s(self, now: float) -> float:
        """Age of the oldest queued result, 0 when none is queued."""
        return max(0.0, now - self._queue[0].result.started_at) if self._queue else 0.0

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
        """Return the check's last written results, the newest first."""
        return await self.database.read(partial(result_rows.select_last, check_id=check_id, limit=limit))

    async def cursor(self, name: str) -> CursorState:
        """Return how far the reader `name` came."""
        return await self.database.read(partial(result_rows.select_cursor, name=name))

    async def move_cursor(self, name: str, seq: int, refused: Sequence[DeadLetter] = ()) -> None:
        """Note that the reader `name` is done up to `seq`, and keep the lines its server refused, in one transaction."""
        await self.database.write(partial(result_rows.move_cursor, name=name, seq=seq, refused=refused))

    async def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Return the latest refused lines, the newest first."""
        return await self.database.read(partial(result_rows.select_dead_letters, limit=limit))

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
            while self._queue:
                rows = list(islice(self._queue, TRANSACTION_ROWS))
                self._refs |= await self.database.write(partial(self._append, rows=rows))
                self._last_written = rows[-1].seq
                # What was pushed out of memory meanwhile is on the disk all the same.
                head = self._queue[0].seq
                self.dropped -= sum(row.seq < head for row in rows)
                while self._queue and self._queue[0].seq <= self._last_written:
                    self._queue.popleft()
        except StorageError as error:
            if self.fault is None or self.fault.what != error.what:
                logger.warning("results refused queued=%d fault=%s", len(self._queue), error)
            self.fault = error
        else:
            if self.fault is not None:
                logger.warning("results written_again dropped=%d", self.dropped)
            self.fault = None

    def _append(self, connection: sqlite3.Connection, rows: Sequence[StoredResult]) -> dict[str, int]:
        """Write rows; on the writer's thread, which alone reads `_refs` while a flush is under way."""
        path = self.database.path
        free = shutil.disk_usage(path.parent).free
        if free < self._reserve_bytes:
            raise StorageError(
                StorageFault.FULL,
                f"{path}: ổ đĩa còn dưới {self._reserve_bytes // 2**20} MB, phần dành cho cảnh báo",
                remedy_for(StorageFault.FULL, path),
            )
        return result_rows.append_rows(connection, rows, self._refs)
