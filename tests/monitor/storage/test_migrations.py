"""L-05: migrations go on after a kill at any moment, beside a copy of what was; a newer file is refused."""

import multiprocessing
import random
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.migrations import migrate, migrations
from monitor.storage.opening import Synchronous, open_sound
from monitor.storage.upgrading import copies_before, keep_before
from tests.monitor.storage.samples import T0, integrity

STEPS = 8
ROWS = 2_000


def chain(last: int) -> tuple[str, ...]:
    """Migrations that each rewrite every row: it says by which steps it came."""
    first = "create table thing (id integer primary key, steps text not null) strict;\n"
    rest = [
        f"alter table thing add column step{number} integer;\n"
        f"update thing set steps = steps || ',{number}', step{number} = {number};\n"
        f"create index thing_{number} on thing (step{number});\n"
        for number in range(2, last + 1)
    ]
    return (first, *rest)


def made(path: Path) -> None:
    """A database of the first version with rows."""
    with closing(open_sound(path, chain(1), Synchronous.FULL, now=T0)) as connection:
        connection.execute("begin")
        connection.executemany("insert into thing (steps) values (?)", [("1",)] * ROWS)
        connection.execute("commit")


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("pragma user_version").fetchone()[0])


def upgrade(path: Path, said: Connection | None = None) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []

    def step(to: int, last: int) -> None:
        steps.append((to, last))

    if said is not None:
        said.send_bytes(b"begun")
    open_sound(path, chain(STEPS), Synchronous.FULL, now=T0 + time.monotonic(), step=step).close()
    return steps


def upgrade_until_killed(path: Path, said: Connection) -> None:
    upgrade(path, said)


def killed(context: ForkServerContext, path: Path, seconds: float) -> None:
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=upgrade_until_killed, args=(path, writing), daemon=True)
    process.start()
    assert reading.poll(20.0)
    time.sleep(seconds)  # noqa: TID251 (another process works)
    process.kill()
    process.join(10.0)


def survive(folder: Path, kills: int) -> None:
    chance = random.Random()  # noqa: S311 (moments of death)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.storage.test_migrations"])
    left, lives, seen = kills, 0, set()
    while left:
        path = folder / f"{lives}.db"
        lives += 1
        made(path)
        for _ in range(min(left, 4)):
            killed(context, path, chance.uniform(0.0, 0.25))
            left -= 1
            assert integrity(path) == "ok"
            at = version(path)
            seen.add(at)
            with closing(sqlite3.connect(path)) as connection:
                found = connection.execute("select steps, count(*) from thing group by steps").fetchall()
            assert found == [(",".join(map(str, range(1, at + 1))), ROWS)], "half a step"
        upgrade(path)
        assert version(path) == STEPS
        copies = copies_before(path)
        assert all(integrity(copy) == "ok" for copy in copies)
        assert {version(copy) for copy in copies} == {1}, "only what was before the first step is kept"
    print(f"\nmigrations: {kills} kills, met at versions {sorted(seen)}, all rows by whole steps")


def test_killed_in_migrations_the_next_start_goes_on(tmp_path: Path) -> None:
    survive(tmp_path, 3)


@pytest.mark.slow
def test_killed_fifty_times_in_migrations_the_next_start_goes_on(tmp_path: Path) -> None:
    survive(tmp_path, 50)


def test_each_step_is_told_and_a_copy_of_what_was_is_kept(tmp_path: Path) -> None:
    made(tmp_path / "a.db")

    steps = upgrade(tmp_path / "a.db")

    assert steps == [(to, STEPS) for to in range(2, STEPS + 1)]
    (copy,) = copies_before(tmp_path / "a.db")
    assert copy.name.startswith(f"a.db.before-v{STEPS}-2026")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("select steps, count(*) from thing").fetchall() == [("1", ROWS)]
    assert upgrade(tmp_path / "a.db") == []
    assert copies_before(tmp_path / "a.db") == [copy]


def test_a_new_database_is_migrated_without_a_copy(tmp_path: Path) -> None:
    assert upgrade(tmp_path / "a.db") == [(to, STEPS) for to in range(1, STEPS + 1)]
    assert copies_before(tmp_path / "a.db") == []


def test_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path) -> None:
    made(tmp_path / "a.db")

    with pytest.raises(StorageError, match="giải phóng dung lượng"):
        keep_before(tmp_path / "a.db", version=1, last=STEPS, now=T0, spare_bytes=2**60)

    assert copies_before(tmp_path / "a.db") == []
    assert version(tmp_path / "a.db") == 1


def test_an_older_program_refuses_a_newer_database_and_leaves_it_alone(tmp_path: Path) -> None:
    upgrade(tmp_path / "a.db")
    before = (tmp_path / "a.db").read_bytes()

    with pytest.raises(StorageError, match="chỉ biết đến 3") as caught:
        open_sound(tmp_path / "a.db", chain(3), Synchronous.FULL, now=T0)

    assert caught.value.fault is StorageFault.NEWER
    assert "cài đúng phiên bản" in caught.value.remedy
    assert (tmp_path / "a.db").read_bytes() == before


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    scripts: Sequence[str] = (*chain(2), "update thing set steps = 'x';\nselect no_such_function();\n")
    made(tmp_path / "a.db")

    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, tuple(scripts), tmp_path / "a.db")
        assert connection.execute("select distinct steps from thing").fetchall() == [("1,2",)]
        assert connection.execute("pragma user_version").fetchone() == (2,)


@pytest.mark.parametrize("schema", ["state", "results"])
def test_the_shipped_migrations_are_numbered_without_a_gap(schema: str) -> None:
    assert migrations(schema)
