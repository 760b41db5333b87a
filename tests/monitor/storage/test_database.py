import asyncio
import sqlite3
import threading
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from monitor.storage.database import LARGEST_COMMIT_BYTES, Database
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.migrations import migrations
from monitor.storage.opening import JOURNAL_SIZE_LIMIT, Synchronous
from tests.monitor.storage.samples import T0, integrity


def insert(connection: sqlite3.Connection, key: str, value: str = "x") -> None:
    connection.execute("insert into meta (key, value) values (?, ?)", (key, value))


def keys(connection: sqlite3.Connection) -> list[str]:
    return [key for (key,) in connection.execute("select key from meta order by key")]


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def pragmas(connection: sqlite3.Connection) -> dict[str, object]:
    names = (
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "trusted_schema",
        "busy_timeout",
        "journal_size_limit",
    )
    return {name: connection.execute(f"pragma {name}").fetchone()[0] for name in names}


def open_state(path: Path) -> AbstractAsyncContextManager[Database]:
    return Database.open(path, schema="state", synchronous=Synchronous.FULL, now=T0)


async def test_a_commit_is_seen_by_readers_and_by_the_next_start(tmp_path: Path) -> None:
    async with open_state(tmp_path / "state.db") as database:
        await database.write(lambda connection: insert(connection, "a"))
        assert await database.read(keys) == ["a"]

    async with open_state(tmp_path / "state.db") as database:
        assert await database.read(keys) == ["a"]
        assert database.replaced is None


async def test_settings_are_those_of_the_design(tmp_path: Path) -> None:
    async with open_state(tmp_path / "state.db") as database:
        found = await database.write(pragmas)

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "busy_timeout": 5000,
        "journal_size_limit": 64 * 2**20,
    }


async def test_an_exception_rolls_the_transaction_back_and_comes_through(tmp_path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        insert(connection, "a")
        raise LookupError("bug")

    async with open_state(tmp_path / "state.db") as database:
        with pytest.raises(LookupError, match="bug"):
            await database.write(fail)
        assert await database.read(keys) == []
        await database.write(lambda connection: insert(connection, "b"))
        assert await database.read(keys) == ["b"]


async def test_a_commit_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    def orphan(connection: sqlite3.Connection) -> None:
        insert(connection, "a")
        # The reference is checked by COMMIT itself.
        connection.execute(
            "insert into incident_log (incident_id, at, kind, who, text) values ('SC-2026-0001', 0, 'note', '', '')"
        )

    async with open_state(tmp_path / "state.db") as database:
        with pytest.raises(StorageError) as caught:
            await database.write(orphan)
        assert caught.value.fault is StorageFault.REFUSED
        await database.write(lambda connection: insert(connection, "b"))
        assert await database.read(keys) == ["b"]


async def test_a_cancelled_caller_leaves_no_transaction_open(tmp_path: Path) -> None:
    inside = threading.Event()
    release = threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        insert(connection, "slow")
        inside.set()
        release.wait(10.0)

    async with open_state(tmp_path / "state.db") as database:
        slow_task = asyncio.create_task(database.write(slow))
        await asyncio.to_thread(inside.wait, 10.0)
        queued_task = asyncio.create_task(database.write(lambda connection: insert(connection, "queued")))
        await asyncio.sleep(0)
        slow_task.cancel()
        queued_task.cancel()
        await asyncio.gather(slow_task, queued_task, return_exceptions=True)
        release.set()
        await database.write(lambda connection: insert(connection, "next"))
        assert await database.read(keys) == ["next", "slow"]


async def test_cancelling_while_it_opens_leaks_no_connection(tmp_path: Path) -> None:
    async def use() -> None:
        async with open_state(tmp_path / "state.db"):
            await asyncio.Event().wait()

    for rounds in range(5):
        task = asyncio.create_task(use())
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("state-reader")]
    assert not (tmp_path / "state.db-wal").exists()


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async with open_state(tmp_path / "state.db") as database:
        with pytest.raises(StorageError) as caught:
            await database.read(lambda connection: insert(connection, "a"))
        assert caught.value.fault is StorageFault.READ_ONLY


async def test_a_read_sees_one_snapshot_while_the_writer_goes_on(tmp_path: Path) -> None:
    inside, release = threading.Event(), threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        first = keys(connection)
        inside.set()
        release.wait(10.0)
        return first, keys(connection)

    async with open_state(tmp_path / "state.db") as database:
        await database.write(lambda connection: insert(connection, "a"))
        reading = asyncio.create_task(database.read(twice))
        await asyncio.to_thread(inside.wait, 10.0)
        await database.write(lambda connection: insert(connection, "b"))
        release.set()
        assert await reading == (["a"], ["a"])


async def test_whoever_keeps_an_error_keeps_no_old_snapshot(tmp_path: Path) -> None:
    kept: list[Exception] = []

    def stopped(connection: sqlite3.Connection) -> None:
        rows = connection.execute("select key from meta")
        raise LookupError(rows.fetchone())

    def forgiven(connection: sqlite3.Connection) -> None:
        try:
            stopped(connection)
        except LookupError as error:
            kept.append(error)

    path = tmp_path / "state.db"
    async with Database.open(
        path, schema="state", synchronous=Synchronous.NORMAL, now=T0, readers=1
    ) as database:
        for key in "abc":
            await database.write(lambda connection, key=key: insert(connection, key))  # type: ignore[misc]
        for use in (database.read, database.write):
            with pytest.raises(LookupError) as caught:
                await use(stopped)
            kept.append(caught.value)
            await use(forgiven)

        await database.write(lambda connection: insert(connection, "d"))

        assert await database.read(keys) == ["a", "b", "c", "d"]
        assert await database.empty_wal()
        assert len(kept) == 4


def impatient(connection: sqlite3.Connection) -> None:
    connection.execute("pragma busy_timeout = 50")


async def test_another_programs_lock_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with open_state(path) as database:
        await database.write(impatient)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StorageError) as caught:
            await database.write(lambda connection: insert(connection, "a"))
        assert caught.value.fault is StorageFault.LOCKED
        other.execute("rollback")
        other.close()
        await database.write(lambda connection: insert(connection, "a"))


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    async with open_state(tmp_path / "state.db") as database:
        pass

    with pytest.raises(StorageError) as caught:
        await database.write(lambda connection: insert(connection, "a"))
    assert caught.value.fault is StorageFault.CLOSED


async def test_a_clean_close_leaves_one_file_for_its_owner_only(tmp_path: Path) -> None:
    async with open_state(tmp_path / "state.db") as database:
        await database.write(lambda connection: insert(connection, "a"))

    assert names(tmp_path) == ["state.db"]
    assert (tmp_path / "state.db").stat().st_mode & 0o777 == 0o600


def endless(connection: sqlite3.Connection) -> None:
    connection.execute(
        "with recursive n(i) as (select 1 union all select i + 1 from n) select sum(i) from n"
    ).fetchone()


async def test_a_read_that_lasts_is_ended_and_the_next_one_is_well(tmp_path: Path) -> None:
    async with Database.open(
        tmp_path / "state.db", schema="state", synchronous=Synchronous.FULL, now=T0, readers=1
    ) as database:
        with pytest.raises(StorageError) as caught:
            await database.read(endless, within_s=0.05)
        assert caught.value.fault is StorageFault.SLOW
        assert await database.read(keys) == []


async def test_a_read_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    async with Database.open(
        tmp_path / "state.db", schema="state", synchronous=Synchronous.FULL, now=T0, readers=1
    ) as database:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.read(endless)
        assert await database.read(keys) == []


def grow(connection: sqlite3.Connection) -> None:
    connection.execute("insert into meta (key, value) values (hex(randomblob(8)), hex(zeroblob(2000000)))")


async def test_the_wal_stays_below_its_limit_under_a_foreign_read_and_all_goes_on_after_it(
    tmp_path: Path,
) -> None:
    path, limit = tmp_path / "state.db", 24 * 2**20
    async with Database.open(
        path, schema="state", synchronous=Synchronous.NORMAL, now=T0, wal_limit_bytes=limit
    ) as database:
        await database.write(grow)
        foreign = sqlite3.connect(path, isolation_level=None)
        foreign.execute("begin")
        foreign.execute("select count(*) from meta").fetchone()

        while database.wal_bytes < limit - LARGEST_COMMIT_BYTES:
            await database.write(grow)
        with pytest.raises(StorageError) as caught:
            await database.write(grow)
        assert caught.value.fault is StorageFault.HELD
        assert not await database.empty_wal()
        assert limit // 2 < database.wal_bytes <= limit

        foreign.close()
        await database.write(grow)
        assert await database.empty_wal()
        assert database.wal_bytes == 0


async def test_without_a_limit_what_must_be_written_is_written_under_a_foreign_read(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with open_state(path) as database:
        foreign = sqlite3.connect(path, isolation_level=None)
        foreign.execute("begin")
        foreign.execute("select count(*) from meta").fetchone()
        while database.wal_bytes <= JOURNAL_SIZE_LIMIT:
            await database.write(grow)
        foreign.close()

        for _ in range(4):
            await database.write(grow)
        assert database.wal_bytes <= JOURNAL_SIZE_LIMIT


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with open_state(path) as database:
        await database.write(lambda connection: insert(connection, "a"))
    connection = sqlite3.connect(path)
    connection.execute(f"pragma user_version = {len(migrations('state')) + 1}")
    connection.close()

    known = len(migrations("state"))
    told = f"phiên bản {known + 1}, chương trình này chỉ biết đến {known}"
    with pytest.raises(StorageError, match=told) as caught:
        async with open_state(path):
            pass

    assert caught.value.fault is StorageFault.NEWER
    assert names(tmp_path) == ["state.db"]
    assert integrity(path) == "ok"


@pytest.mark.parametrize("schema", ["state", "results"])
def test_migrations_are_numbered_without_a_gap(schema: str) -> None:
    assert migrations(schema)


async def test_a_folder_that_is_missing_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        async with open_state(tmp_path / "absent" / "state.db"):
            pass

    assert caught.value.fault is StorageFault.IO
    assert str(tmp_path / "absent") in caught.value.remedy
