"""R23: whatever happened to the file, the store opens; a damaged one is set aside, never lost."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from alerts.model.checks import CheckState, Status
from alerts.model.decision import Decision
from monitor.series.log import ResultLog
from monitor.storage import opening as opening_of_files
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import CHECK, T0, integrity, opening, result


async def fill(path: Path, incidents: int = 30) -> None:
    async with StateStore.open(path, now=T0) as store:
        await store.commit(Decision(states=(CheckState(CHECK, Status.DOWN, T0, cause="timeout"),)))
        await store.commit_many([opening(number) for number in range(incidents)])


def contents(folder: Path, pattern: str) -> list[bytes]:
    return sorted(entry.read_bytes() for entry in folder.glob(pattern))


async def test_a_file_that_is_no_database_is_set_aside_with_its_date(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database" * 100)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced == tmp_path / "state.db.damaged-20260202T024000Z"
        assert (await store.load()).alive_at is None

    assert store.database.replaced.read_bytes() == b"not a database" * 100


async def test_a_second_damaged_file_of_the_same_second_does_not_overwrite_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for content in (b"first" * 100, b"second" * 100):
        path.write_bytes(content)
        async with StateStore.open(path, now=T0):
            pass
        path.unlink()

    assert contents(tmp_path, "state.db.damaged-*") == [b"first" * 100, b"second" * 100]


@pytest.mark.parametrize("size", [1, 50, 100, 4_096, 5_000, 20_000])
async def test_it_starts_after_the_file_was_cut_short(tmp_path: Path, size: int) -> None:
    path = tmp_path / "state.db"
    await fill(path)
    os.truncate(path, size)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is not None
        await store.commit(opening(1))

    assert integrity(path) == "ok"


async def test_a_broken_write_ahead_log_costs_only_what_was_in_it(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    await fill(path)
    path.with_name("state.db-wal").write_bytes(b"\xff" * 10_000)
    path.with_name("state.db-shm").write_bytes(b"\xff" * 32_768)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is None
        assert len((await store.load()).incidents) == 30


async def test_what_somebody_added_to_the_file_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    await fill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create index mine on incident (cause)")
        connection.execute("create table notes (text text)")

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is None
        assert len((await store.load()).incidents) == 30


async def meet_damage(path: Path) -> None:
    async with StateStore.open(path, now=T0) as store:

        def broken(_: sqlite3.Connection) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        with pytest.raises(StorageError) as caught:
            await store.database.read(broken)
        assert caught.value.fault is StorageFault.CORRUPT
    assert path.with_name("state.db.damaged").exists()


async def test_a_sound_file_that_a_failing_disk_read_wrongly_is_kept_at_the_next_start(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.db"
    await fill(path)
    await meet_damage(path)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is None
        assert len((await store.load()).incidents) == 30
    assert contents(tmp_path, "*damaged*") == []


async def test_damage_met_in_use_sets_a_large_damaged_file_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    await fill(path, 300)
    monkeypatch.setattr(opening_of_files, "VERIFY_AT_MOST_BYTES", 4_096)
    await meet_damage(path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 8_192)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is not None
    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is None


async def test_what_takes_too_long_to_look_for_damage_in_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    await fill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table slow (n integer, check (length(hex(zeroblob(2000000 + n))) > 0))")
        connection.execute("pragma ignore_check_constraints = on")
        connection.executemany("insert into slow values (?)", [(n,) for n in range(100)])
        connection.commit()
    monkeypatch.setattr(opening_of_files, "VERIFY_WITHIN_S", 0.01)
    await meet_damage(path)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is not None
        assert len(contents(tmp_path, "state.db.damaged-*")) == 1


async def test_an_empty_file_beside_its_write_ahead_log_is_damage_and_the_log_is_kept(tmp_path: Path) -> None:
    path, log = tmp_path / "state.db", tmp_path / "state.db-wal"
    async with StateStore.open(path, now=T0) as store:
        await store.commit(opening(1))
        left = log.read_bytes()
    log.write_bytes(left)
    os.truncate(path, 0)

    async with StateStore.open(path, now=T0) as store:
        assert store.database.replaced is not None
        assert store.database.replaced.with_name(store.database.replaced.name + "-wal").read_bytes() == left


@pytest.mark.parametrize(
    ("column", "garbage"),
    [("reason", "'gone'"), ("metric_values", "x'00'"), ("detail", "cast(x'ff' as text)")],
)
async def test_a_result_this_program_never_wrote_is_damage(tmp_path: Path, column: str, garbage: str) -> None:
    path = tmp_path / "results.db"

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute(f"update result set {column} = {garbage}")  # noqa: S608 (from this file)

    async with ResultLog.open(path, now=T0) as log:
        log.append(result())
        await log.flush()
        await log.database.write(spoil)
        with pytest.raises(StorageError) as caught:
            await log.read_after(0, 10)
        assert caught.value.fault is StorageFault.CORRUPT

    async with ResultLog.open(path, now=T0) as log:
        assert log.database.replaced is not None
