"""R2: the power goes in the middle of commits and sends; every acknowledged commit of state.db is there afterwards."""

import multiprocessing
import random
import time
from pathlib import Path

import pytest

from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.chaos.test_r01_kill import one_life
from tests.effort import sized
from tests.monitor.storage.disks import power_disk
from tests.monitor.storage.lives import CHANNELS
from tests.monitor.storage.samples import T0, integrity

LONGEST_LIFE_S = 0.5


async def cut_power(folder: Path, filesystem: str, cuts: int) -> None:
    chance = random.Random()  # noqa: S311 (moments of the cut)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.storage.lives"])
    began_at = time.time()  # noqa: TID251 (one clock for all lives)
    opened: set[int] = set()
    closed: set[int] = set()
    lost_samples = 0
    with power_disk(folder, filesystem) as disk:
        for cut in range(cuts):
            seconds = chance.uniform(0.1, LONGEST_LIFE_S)
            # A machine without power says nothing; this process lives on, and may be told that a sync went well when
            # the file system had stopped in the middle of it.
            words, _, _ = one_life(context, disk.folder, 1 + cut * 1_000, seconds, began_at, blow=disk.cut)
            disk.unmount()
            disk.mount()
            opened |= numbers(words, "opened")
            closed |= numbers(words, "closed")
            assert integrity(disk.folder / "state.db") == integrity(disk.folder / "results.db") == "ok"
            async with StateStore.open(disk.folder / "state.db", now=T0) as store:
                assert store.database.replaced is None
                stored = {
                    int(each.id[8:]): each for each in await store.incidents(open_only=False, limit=100_000)
                }
                assert opened <= stored.keys(), f"cut {cut}: acknowledged, but not stored"
                assert not [number for number in closed if stored[number].is_open]
                for number in opened:
                    entries = await store.outbox.entries_of(f"SC-2026-{number:04}")
                    assert {each.row.notification.channel for each in entries} == set(CHANNELS)
            async with ResultLog.open(disk.folder / "results.db", now=T0) as log:
                assert log.database.replaced is None
                logged = {round(entry.result.started_at - T0) for entry in await log.read_after(0, 1_000_000)}
                lost_samples += len(numbers(words, "logged") - logged)
    promise.told(
        2,
        "a power cut loses nothing acknowledged",
        f"{filesystem}: {cuts} cuts, {len(opened)} incidents opened, {len(closed)} closed, lost 0, damaged 0; "
        f"{lost_samples} measurements of the last moment lost",
    )


def numbers(words: list[str], what: str) -> set[int]:
    return {int(word.split()[1]) for word in words if word.startswith(f"{what} ")}


@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
async def test_r02_power_cuts_lose_no_acknowledged_commit(tmp_path: Path, filesystem: str) -> None:
    await cut_power(tmp_path, filesystem, sized(short=2, long=25))
