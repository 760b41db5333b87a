"""R4: a sync or write of the disk fails, once, now and then, or from some moment on: nothing acknowledged is lost, nothing is there twice.

Bringing the databases into being and the 40 commits take 57 syncs and 1,600 writes, half of them in one thread: 30 moments of each are tried.
"""

import asyncio
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from monitor.demo.processes import module_environment
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.monitor.storage.samples import T0, integrity

COMMITS = 40
SIDE_BY_SIDE = 2
OPENING = {"fdatasync": 15, "pwrite64": 160}
"""About so many calls of its writer's thread bring a new database into being."""
NOW_AND_THEN = (
    f"fdatasync:error=EIO:when={OPENING['fdatasync']}+6",
    f"pwrite64:error=ENOSPC:when={OPENING['pwrite64']}+31",
)


async def commit_under(folder: Path, fault: str) -> list[str]:
    """Let the program run while system calls fail; return what it said."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is missing: deploy/prepare-host.sh test installs it")
    process = await asyncio.create_subprocess_exec(
        strace,
        # The kernel itself passes all other calls (seccomp-bpf): each of them would stop the program twice.
        *("-f", "--seccomp-bpf", "-qq", "-o", str(folder / "trace")),
        *("-e", f"trace={fault.partition(':')[0]}"),
        *("-e", f"inject={fault}"),
        *(sys.executable, "-m", "tests.monitor.storage.acking", str(folder), str(COMMITS)),
        stdout=asyncio.subprocess.PIPE,
        env=module_environment(),
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().splitlines()


async def compare(folder: Path, said: list[str], fault: str) -> Counter[str]:
    """Compare what was said with what is there once the disk works again."""
    opened, logged = numbers(said, "opened"), numbers(said, "logged")
    async with StateStore.open(folder / "state.db", now=T0) as store:
        assert store.database.replaced is None, fault
        stored = [int(each.id[8:]) for each in await store.incidents(open_only=False, limit=1_000)]
        assert opened <= set(stored), fault
        assert len(stored) == len(set(stored)), fault
    async with ResultLog.open(folder / "results.db", now=T0) as log:
        assert log.database.replaced is None, fault
        there = [round(entry.result.started_at - T0) for entry in await log.read_after(0, 10_000)]
        assert logged <= set(there), fault
        assert there == sorted(set(there)), fault
    for name in ("state.db", "results.db"):
        assert integrity(folder / name) == "ok", fault
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        for table in ("outbox", "transition", "incident_log"):
            (count,) = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 (ours)
            assert count == len(stored), (fault, table)
    return Counter(line.split()[0] for line in said)


def numbers(said: list[str], what: str) -> set[int]:
    return {int(line.split()[1]) for line in said if line.startswith(f"{what} ")}


async def try_faults(folder: Path, what: str, faults: list[str]) -> Counter[str]:
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int, fault: str) -> Counter[str]:
        own = folder / str(number)
        own.mkdir()
        async with turn:
            return await compare(own, await commit_under(own, fault), fault)

    counts = await asyncio.gather(*(one(number, fault) for number, fault in enumerate(faults)))
    total = sum(counts, Counter[str]())
    promise.told(
        4,
        "a sync or write that fails loses and doubles nothing",
        f"{what}: {len(faults)} runs, {dict(total)}, lost 0, doubled 0, integrity ok",
    )
    return total


async def test_r04_calls_that_fail_now_and_then_lose_and_double_nothing(tmp_path: Path) -> None:
    total = await try_faults(tmp_path, "now and then", list(NOW_AND_THEN))

    assert total["failed"] > 10
    assert total["opened"] > COMMITS


@pytest.mark.slow
@pytest.mark.parametrize(("call", "every"), [("fdatasync:error=EIO", 2), ("pwrite64:error=ENOSPC", 27)])
async def test_r04_any_of_many_calls_may_fail_once(tmp_path: Path, call: str, every: int) -> None:
    await try_faults(tmp_path, f"{call} once", [f"{call}:when={n}" for n in range(1, 30 * every + 1, every)])


@pytest.mark.slow
@pytest.mark.parametrize(("call", "every"), [("fdatasync:error=EIO", 4), ("pwrite64:error=EIO", 54)])
async def test_r04_all_calls_may_fail_from_any_moment_on(tmp_path: Path, call: str, every: int) -> None:
    await try_faults(
        tmp_path, f"{call} for ever", [f"{call}:when={n}+" for n in range(1, 15 * every + 1, every)]
    )
