"""R5: the kernel kills the process because its memory group is full; what was acknowledged is there afterwards."""

import asyncio
import contextlib
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.storage.disks import need_root
from tests.monitor.storage.lives import live
from tests.monitor.storage.samples import T0, integrity

GROUPS = Path("/sys/fs/cgroup/memory")
LIMIT_BYTES = 80 * 2**20
GREED_BYTES, EVERY_S = 2**20, 0.01
KILLS = sized(short=2, long=5)
ENDS_WITHIN_S = 30.0


@contextmanager
def memory_group(name: str) -> Iterator[Path]:
    """Make a group whose processes have LIMIT_BYTES together (cgroup v1, or v2 where the memory controller is there)."""
    need_root("nothing, but limits memory")
    is_v1 = (GROUPS / "memory.limit_in_bytes").exists()
    group = (GROUPS if is_v1 else GROUPS.parent) / name
    group.mkdir()
    try:
        (group / ("memory.limit_in_bytes" if is_v1 else "memory.max")).write_text(str(LIMIT_BYTES))
        if not is_v1:
            (group / "memory.swap.max").write_text("0")
        yield group
    finally:
        for _ in range(50):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)  # noqa: TID251 (a process that was just killed still counts)


def live_greedily(folder: Path, first: int, words: object, began_at: float, group: Path) -> None:
    """Live, and take ever more memory, until the kernel ends it."""
    (group / "cgroup.procs").write_text("0")
    taken: list[bytearray] = []

    def take() -> None:
        while True:
            taken.append(bytearray(GREED_BYTES))
            time.sleep(EVERY_S)  # noqa: TID251 (a thread of its own)

    threading.Thread(target=take, daemon=True).start()
    live(folder, first, words, began_at)  # type: ignore[arg-type]  # a pipe's end, as a process gets it


def killed_by_memory(folder: Path, first: int, began_at: float, group: Path) -> list[str]:
    """Run one life; return what it said until the kernel killed it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.storage.lives"])
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(
        target=live_greedily, args=(folder, first, writing, began_at, group), daemon=True
    )
    process.start()
    writing.close()
    said: list[str] = []
    try:
        ends_at = time.monotonic() + ENDS_WITHIN_S
        with contextlib.suppress(EOFError):
            while reading.poll(max(0.0, ends_at - time.monotonic())):
                said.append(reading.recv_bytes().decode())
        process.join(5.0)
        assert process.exitcode == -9, "the kernel did not kill it"
    finally:
        process.kill()
        process.join(5.0)
        reading.close()
    return said


async def test_r05_a_kill_for_want_of_memory_loses_nothing_acknowledged(tmp_path: Path) -> None:
    began_at = time.time()  # noqa: TID251 (one clock for all lives)
    opened: set[int] = set()
    for kill in range(KILLS):
        with memory_group(f"tslcd-test-{tmp_path.name}-{kill}") as group:
            words = await asyncio.to_thread(killed_by_memory, tmp_path, 1 + kill * 10_000, began_at, group)
        mine = {int(word.split()[1]) for word in words if word.startswith("opened ")}
        assert mine, "killed before it did anything"
        opened |= mine
        assert integrity(tmp_path / "state.db") == integrity(tmp_path / "results.db") == "ok"
        async with StateStore.open(tmp_path / "state.db", now=T0) as store:
            assert store.database.replaced is None
            stored = {int(each.id[8:]) for each in await store.incidents(open_only=False, limit=100_000)}
        assert opened <= stored
        # The one that was being committed may be there too, nothing else.
        assert len(stored - opened) <= kill + 1
    promise.told(
        5,
        "a kill for want of memory loses nothing acknowledged",
        f"{KILLS} kills by the kernel at {LIMIT_BYTES >> 20} MB, {len(opened)} incidents opened, lost 0, integrity ok",
    )
