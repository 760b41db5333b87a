"""One SQLite file behind one writer thread and a few readers, all with threads of their own.

A transaction is a whole function that crosses to the thread: nothing is awaited inside one, so a cancelled task never
leaves one open. Never on the loop's default executor: dead DNS fills it, and a commit would wait for minutes.
"""

import asyncio
import contextlib
import queue
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from monitor.storage.connecting import open_reader
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain, remedy_for
from monitor.storage.opening import Synchronous, mark_damaged, open_writer

__all__ = ["Database", "StorageError", "Transaction"]

CLOSE_WAIT_MS = 100

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], T]
"""Runs in another thread: touches nothing but the connection and its own values, and returns plain values."""


class Database:
    """An open database. `replaced` is where a damaged predecessor was set aside, None when the file was sound."""

    def __init__(self, path: Path, *, readers: int) -> None:
        self.path = path
        self.replaced: Path | None = None
        self._connection: sqlite3.Connection | None = None
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._reading: list[sqlite3.Connection] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-writer")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix=f"{path.stem}-reader")
        self._reader_count = readers

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, schema: str, synchronous: Synchronous, now: float, readers: int = 2
    ) -> AsyncIterator[Self]:
        """Open (create, migrate, or replace when damaged) the database; close it with a checkpoint at the end.

        `schema` names the folder of migrations; `now` dates a damaged file. Raises StorageError.
        """
        database = cls(path, readers=readers)
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

    async def read(self, query: Transaction[T]) -> T:
        """Run `query` on one snapshot, beside the writer. Keep it short: while it runs the WAL cannot shrink."""
        return await self._run(self._readers, self._query, query)

    @property
    def wal_bytes(self) -> int:
        """Size of the write-ahead log. It grows past 64 MB only under a read that lasts, and is cut after it."""
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
        self._connection, self.replaced = open_writer(
            self.path, schema=schema, synchronous=synchronous, now=now
        )
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
        connection = self._connection
        if connection is None:
            raise StorageError(
                StorageFault.CLOSED, f"{self.path} chưa mở", remedy_for(StorageFault.CLOSED, self.path)
            )
        try:
            if connection.in_transaction:
                # A rollback that failed earlier, on a failing disk.
                connection.execute("rollback")
            connection.execute("begin immediate")
            value = transaction(connection)
            connection.execute("commit")
        except BaseException as error:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("rollback")
            if isinstance(error, sqlite3.Error | DamagedError):
                raise self._explain(error) from error
            raise
        return value

    def _query(self, query: Transaction[T]) -> T:
        connection = self._idle.get()
        try:
            connection.execute("begin")
            return query(connection)
        except (sqlite3.Error, DamagedError) as error:
            raise self._explain(error) from error
        finally:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("rollback")
            self._idle.put(connection)

    def _explain(self, error: sqlite3.Error | DamagedError) -> StorageError:
        explained = explain(error, self.path)
        if explained.fault is StorageFault.CORRUPT:
            mark_damaged(self.path)
        return explained
