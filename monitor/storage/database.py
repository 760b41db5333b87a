"""One SQLite file behind one writer thread and a few readers, all with threads of their own.

A transaction is a whole function that crosses to the thread: nothing is awaited inside one, so a cancelled task never
leaves one open. Never on the loop's default executor: dead DNS fills it, and a commit would wait for minutes.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from monitor.storage.ballast import Ballast
from monitor.storage.connecting import BUSY_TIMEOUT_MS, Connection, open_reader
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain, remedy_for
from monitor.storage.opening import Damage, Synchronous, mark_damaged, open_writer

__all__ = ["Database", "StorageError", "Transaction"]

CLOSE_WAIT_MS = 100
CHECKPOINT_WAIT_MS = 200
"""How long emptying the write-ahead log waits for short reads to end."""
READ_LIMIT_S = 30.0
"""A read that lasts this long is ended: while it runs, the write-ahead log cannot shrink."""
LARGEST_COMMIT_BYTES = 8 * 2**20
"""So far below its limit the write-ahead log takes no more, so that one commit does not lead beyond."""
_LOOK_EVERY_STEPS = 500_000
"""Steps of SQLite's machine between two looks at whether a read lasts too long: some hundredths of a second."""

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], T]
"""Runs in another thread: touches nothing but the connection and its own values, and returns plain values."""


class Database:
    """An open database. `replaced` is where a damaged predecessor was set aside, None when the file was sound."""

    def __init__(
        self, path: Path, *, readers: int, wal_limit_bytes: int | None = None, ballast: Ballast | None = None
    ) -> None:
        self.path = path
        self.ballast = ballast
        self._wal_limit_bytes = wal_limit_bytes
        self.replaced: Path | None = None
        self._connection: Connection | None = None
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._reading: list[Connection] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-writer")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix=f"{path.stem}-reader")
        self._reader_count = readers

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        schema: str,
        synchronous: Synchronous,
        now: float,
        readers: int = 2,
        wal_limit_bytes: int | None = None,
        ballast: Ballast | None = None,
    ) -> AsyncIterator[Self]:
        """Open (create, migrate, or replace when damaged) the database; close it with a checkpoint at the end.

        `schema` names the folder of migrations; `now` dates a damaged file. Nothing is written while the write-ahead
        log has `wal_limit_bytes` and a read of another program keeps it from being emptied (None: whatever it has).
        `ballast` is made where there is room, and given up when the disk is full. Raises StorageError.
        """
        database = cls(path, readers=readers, wal_limit_bytes=wal_limit_bytes, ballast=ballast)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(database._writer, database._open, schema, synchronous, now)
            yield database
        finally:
            # On the writer's thread, so it comes after whatever a cancelled task had begun there.
            closing = loop.run_in_executor(database._writer, database._close)
            database._writer.shutdown(wait=False)
            await asyncio.shield(closing)

    async def write(self, transaction: Transaction[T]) -> T:
        """Run `transaction` between BEGIN IMMEDIATE and COMMIT; any exception rolls it back.

        Transactions run one by one in the order of the calls. Raises StorageError; what else `transaction` raises
        comes back as it is. When the caller is cancelled, or the commit fails, the outcome is in doubt: the
        transaction happened as a whole or not at all.
        """
        return await self._run(self._writer, self._transact, transaction)

    async def read(self, query: Transaction[T], *, within_s: float | None = READ_LIMIT_S) -> T:
        """Run `query` on one snapshot, beside the writer. Keep it short: while it runs the WAL cannot shrink.

        A statement that runs when `within_s` are over, or that nobody waits for any more, is ended (StorageFault.SLOW).
        """
        is_over = threading.Event()
        timer = within_s and asyncio.get_running_loop().call_later(within_s, is_over.set)
        try:
            return await self._run(self._readers, partial(self._query, is_over=is_over), query)
        finally:
            is_over.set()
            if timer:
                timer.cancel()

    async def empty_wal(self) -> bool:
        """Move the write-ahead log into the database and cut it; False when somebody's read prevents it. StorageError."""
        return await self._run(self._writer, self._without_transaction, self._checkpoint)

    async def make_ballast(self) -> bool:
        """Put the ballast back if there is room; return whether it is there. StorageError.

        On the writer's thread, which alone gives it up: some file systems take seconds for it.
        """
        return await self._run(self._writer, self._without_transaction, self._make_ballast)

    @property
    def wal_bytes(self) -> int:
        """Size of the write-ahead log. It grows only under a read that lasts, and is cut after it."""
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except OSError:
            return 0

    @property
    def file_bytes(self) -> int:
        """Size of the database without its write-ahead log."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    async def _run(
        self, executor: ThreadPoolExecutor, work: Callable[[Transaction[T]], T], transaction: Transaction[T]
    ) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(executor, work, transaction)
        except RuntimeError as error:
            raise StorageError(
                StorageFault.CLOSED, f"{self.path} đã đóng", remedy_for(StorageFault.CLOSED, self.path)
            ) from error
        return await future

    def _open(self, schema: str, synchronous: Synchronous, now: float) -> None:
        def opened() -> tuple[Connection, Path | None]:
            return open_writer(self.path, schema=schema, synchronous=synchronous, now=now)

        if self.ballast is not None:
            self.ballast.make()
        self._connection, self.replaced = self._with_room(opened)
        for _ in range(self._reader_count):
            try:
                connection = open_reader(self.path)
            except sqlite3.Error as error:
                raise explain(error, self.path) from error
            self._reading.append(connection)
            self._idle.put(connection)

    def _close(self) -> None:
        for connection in self._reading:
            connection.interrupt()
        self._readers.shutdown(wait=True, cancel_futures=True)
        for connection in self._reading:
            connection.close()
        if self._connection is not None:
            # On a full disk it fails: the WAL stays and is read at the next start.
            with contextlib.suppress(sqlite3.Error):
                # Whoever else reads the file (sqlite3 on a terminal) does not hold up the stop.
                self._connection.execute(f"pragma busy_timeout = {CLOSE_WAIT_MS}")
                self._connection.execute("pragma wal_checkpoint(truncate)")
            self._connection.close()

    def _transact(self, transaction: Transaction[T]) -> T:
        return self._with_room(lambda: self._attempt(transaction))

    def _with_room(self, work: Callable[[], T]) -> T:
        """Do `work`, once more when the disk was full and the ballast made room."""
        try:
            return work()
        except StorageError as error:
            if self.ballast is None or not self.ballast.give_up(error.fault):
                raise
        return work()

    def _attempt(self, transaction: Transaction[T]) -> T:
        connection = self._opened()
        try:
            if connection.in_transaction:
                # A rollback that failed earlier, on a failing disk.
                connection.execute("rollback")
            self._bound_wal(connection)
            connection.execute("begin immediate")
            value = transaction(connection)
            connection.end_reads()
            connection.execute("commit")
        except BaseException as error:
            connection.end_reads()
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("rollback")
            if isinstance(error, sqlite3.Error | DamagedError):
                raise self._explain(error) from error
            raise
        return value

    def _opened(self) -> Connection:
        if self._connection is None:
            raise StorageError(
                StorageFault.CLOSED, f"{self.path} chưa mở", remedy_for(StorageFault.CLOSED, self.path)
            )
        return self._connection

    def _bound_wal(self, connection: sqlite3.Connection) -> None:
        limit = self._wal_limit_bytes
        if limit is None or self.wal_bytes < limit - LARGEST_COMMIT_BYTES or self._checkpoint(connection):
            return
        raise StorageError(
            StorageFault.HELD,
            f"{self.path}: một chương trình khác đọc tệp này quá lâu, nhật ký ghi (WAL) đã đến {limit // 2**20} MB",
            remedy_for(StorageFault.HELD, self.path),
        )

    def _without_transaction(self, work: Transaction[T]) -> T:
        try:
            return work(self._opened())
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def _make_ballast(self, _connection: sqlite3.Connection) -> bool:
        return self.ballast is not None and self.ballast.make()

    @staticmethod
    def _checkpoint(connection: sqlite3.Connection) -> bool:
        connection.execute(f"pragma busy_timeout = {CHECKPOINT_WAIT_MS}")
        try:
            (is_busy, _, _) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        finally:
            connection.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
        return not is_busy

    def _query(self, query: Transaction[T], is_over: threading.Event) -> T:
        connection = self._idle.get()
        try:
            connection.set_progress_handler(is_over.is_set, _LOOK_EVERY_STEPS)
            connection.execute("begin")
            return query(connection)
        except (sqlite3.Error, DamagedError) as error:
            if is_over.is_set() and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise StorageError(
                    StorageFault.SLOW,
                    f"{self.path}: đọc quá lâu nên đã dừng",
                    remedy_for(StorageFault.SLOW, self.path),
                ) from error
            raise self._explain(error) from error
        finally:
            connection.set_progress_handler(None, 0)
            connection.end_reads()
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("rollback")
            self._idle.put(connection)

    def _explain(self, error: sqlite3.Error | DamagedError) -> StorageError:
        explained = explain(error, self.path)
        if explained.fault is StorageFault.CORRUPT:
            is_of_sqlite = getattr(error, "sqlite_errorcode", None) is not None
            mark_damaged(self.path, Damage.PAGES if is_of_sqlite else Damage.ROWS)
        return explained
