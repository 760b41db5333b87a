"""A state folder with a life in it, to copy and to restore."""

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.backup.restoring import Restored, examine_source, restore
from monitor.series.log import ResultLog
from monitor.storage.link_key import link_key
from monitor.storage.snapshot import Work
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, opening, result

WORK = Work(spare_bytes=0)


async def fill(folder: Path, *, first: int = 0, incidents: int = 20, results: int = 50) -> None:
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 (a test)
    async with (
        StateStore.open(folder / "state.db", now=T0) as store,
        ResultLog.open(folder / "results.db", now=T0) as log,
    ):
        await link_key(store.database)
        await store.commit_many([opening(number) for number in range(first, first + incidents)])
        for number in range(first, first + results):
            log.append(result(number))
    version = folder / "inventory" / "000001-0123456789ab"
    (version / "1").mkdir(parents=True, exist_ok=True)
    (version / "meta.json").write_text("{}")
    (version / "1" / "tinh.yaml").write_text("areas: {}\n")


def fatten(path: Path, *, megabytes: int) -> None:
    """Make a state.db larger, with what is cheap to make."""
    many = "insert into audit (at, who, action, detail) values (?, 'a', 'b', ?)"
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(many, ((n, "x" * 4_000) for n in range(megabytes * 256)))
        connection.commit()


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def rows(path: Path, table: str) -> int:
    ((found,),) = ask(path, f"select count(*) from {table}")  # noqa: S608 (the test's own names)
    assert isinstance(found, int)
    return found


def restored(state_dir: Path, source: Path, *, now: float) -> Restored:
    """Verify a copy and put it in place, as the command does."""
    return restore(state_dir, source, examine_source(source, WORK), now=now, work=WORK)
