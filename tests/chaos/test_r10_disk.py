"""R10: the disk has no room, no inodes, turns read-only, or another program holds the database: watching goes on.

Nobody is blamed, what is to be told is told (with room again at the latest), and all ends by itself.
"""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from alerts.delivery.store_alarm import AFTER_S
from tests.chaos import promise
from tests.chaos.doors import CLOCK, Doors, door, doors, messages, watch
from tests.effort import sized
from tests.monitor.daemons import Running, running
from tests.monitor.storage.disks import PowerDisk, free_space, leave_free, power_disk
from tests.monitor.storage.samples import integrity
from tests.scenarios.ledger import Ledger

FIRST, SECOND, THIRD = "127.10.0.1", "127.10.0.2", "127.10.0.3"
BALLAST_MB = 16
READ_ONLY_S = sized(short=2, long=100)
HELD_S = sized(short=4, long=60)
INODES = 64
OF_FILES = {"result_log", "state_store", "no_ballast"}


@asynccontextmanager
async def on_a_disk(folder: Path) -> AsyncIterator[tuple[PowerDisk, Doors, Path]]:
    """Watch three doors with the state on a small ext4 of few inodes."""
    with power_disk(folder, "ext4", options=("-N", str(INODES))) as disk:
        (folder / "state").symlink_to(disk.folder / "state")
        (disk.folder / "state").mkdir(mode=0o700)
        async with doors(FIRST, SECOND, THIRD) as places:
            yield disk, places, watch(folder, places, ballast_mb=BALLAST_MB, backup={"enabled": False})


async def until_up(daemon: Running, ledger: Ledger, count: int = 3) -> None:
    async def up() -> bool:
        return list(ledger.statuses().values()).count("up") == count

    await daemon.until(up, f"{count} up")


async def until_trouble(daemon: Running, *codes: str) -> None:
    async def there() -> bool:
        health = await daemon.health()
        return health is not None and set(codes) <= {reason["code"] for reason in health["reasons"]}

    await daemon.until(there, f"{codes}")


async def until_well(daemon: Running) -> None:
    """Wait until no file is in trouble; a busy machine may be late by then, which is another matter."""

    async def well() -> bool:
        health = await daemon.health()
        return health is not None and not OF_FILES & {reason["code"] for reason in health["reasons"]}

    await daemon.until(well, "well again")


async def told_of(daemon: Running, folder: Path, number: int) -> float:
    """Wait until the outage of a door is told; return how long that took."""
    began = CLOCK.monotonic()

    async def told() -> bool:
        return any(f"Cửa {number}" in each["text"] and each["kind"] == "opened" for each in messages(folder))

    await daemon.until(told, f"a message about door {number}")
    return CLOCK.monotonic() - began


async def test_r10_without_room_or_inodes_alerts_go_out(tmp_path: Path) -> None:
    async with on_a_disk(tmp_path) as (disk, places, config), running(config) as daemon:
        ledger = Ledger(daemon.state_dir)
        await daemon.until_answers()
        await until_up(daemon, ledger)
        assert (daemon.state_dir / "ballast").exists()

        made = take_inodes(disk.folder)
        await places.shut(FIRST)
        without_inodes_s = await told_of(daemon, tmp_path, 0)
        for path in made:
            path.unlink()

        leave_free(disk.folder, 0)
        await until_trouble(daemon, "result_log")
        await places.shut(SECOND)
        without_room_s = await told_of(daemon, tmp_path, 1)
        assert ledger.statuses()[f"{door(2)}/tcp"] == "up"
        free_space(disk.folder)
        await until_well(daemon)
        assert (daemon.state_dir / "ballast").exists(), "there again"
        assert await daemon.end() == 0
        assert integrity(daemon.state_dir / "state.db") == integrity(daemon.state_dir / "results.db") == "ok"
        blamed = {change.check for change in ledger.changes() if change.new == "down"}
        assert blamed == {f"{door(0)}/tcp", f"{door(1)}/tcp"}
    promise.told(
        10,
        "a full disk stops no alert, and all goes on by itself with room again",
        f"told without inodes after {without_inodes_s:.1f} s, without room after {without_room_s:.1f} s; "
        "0 false outages, integrity ok, well again without a restart",
    )


def take_inodes(folder: Path) -> list[Path]:
    """Make empty files until there is no inode left."""
    made: list[Path] = []
    for number in range(10 * INODES):
        path = folder / f"empty-{number}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)
    raise AssertionError("inodes without end")


async def test_r10_a_disk_that_turns_read_only_blames_nobody_and_is_told(tmp_path: Path) -> None:
    async with on_a_disk(tmp_path) as (disk, _, config):
        async with running(config) as daemon:
            ledger = Ledger(daemon.state_dir)
            await daemon.until_answers()
            await until_up(daemon, ledger)
            subprocess.run(["mount", "-o", "remount,abort", str(disk.folder)], check=True)  # noqa: ASYNC221 (once)
            await until_trouble(daemon, "state_store", "result_log")
            began = CLOCK.monotonic()
            while CLOCK.monotonic() - began < READ_ONLY_S:
                assert daemon.process.returncode is None
                await asyncio.sleep(0.5)
            # Past the database, which takes nothing: a trouble that lasts is told, a short one is not.
            told = [each["kind"] for each in messages(tmp_path)]
            assert set(told) == ({"bulletin"} if READ_ONLY_S > AFTER_S else set())
            assert await daemon.end() == 0
        disk.unmount()
        disk.mount()
        async with running(config) as daemon:
            await daemon.until_answers()
            await until_up(daemon, Ledger(daemon.state_dir))
            assert "down" not in {change.new for change in ledger.changes()}
            assert ledger.incidents() == []
            assert await daemon.end() == 0
    promise.told(
        10,
        f"a disk that turns read-only blames nobody, is told past the database after {AFTER_S:g} s, and hinders no stop",
        f"read-only for {READ_ONLY_S} s: {len(told)} messages, 0 false outages, 0 incidents, stopped with 0, started again",
    )


async def test_r10_a_database_held_by_another_program_blames_nobody_and_loses_nothing(tmp_path: Path) -> None:
    async with doors(FIRST, SECOND, THIRD) as places, running(watch(tmp_path, places)) as daemon:
        ledger = Ledger(daemon.state_dir)
        await daemon.until_answers()
        await until_up(daemon, ledger)
        before = dict(places.knocks)
        with (
            closing(sqlite3.connect(daemon.state_dir / "state.db", isolation_level=None)) as state,
            closing(sqlite3.connect(daemon.state_dir / "results.db", isolation_level=None)) as results,
        ):
            state.execute("begin immediate")
            results.execute("begin immediate")
            await places.shut(FIRST)
            await until_trouble(daemon, "state_store", "result_log")
            await asyncio.sleep(HELD_S)
            state.execute("rollback")
            results.execute("rollback")
        assert min(places.knocks[each] - before[each] for each in (SECOND, THIRD)) >= HELD_S - 2
        await told_of(daemon, tmp_path, 0)
        await until_well(daemon)
        assert {change.check for change in ledger.changes() if change.new == "down"} == {f"{door(0)}/tcp"}
        looks = len(ledger.results(f"{door(1)}/tcp"))
        assert looks >= places.knocks[SECOND] - 3, "measured, but lost"
        assert await daemon.end() == 0
    promise.told(
        10,
        "a database that another program holds delays what is saved and told, and loses nothing",
        f"both held for more than {HELD_S} s: probes went on, {looks} of {places.knocks[SECOND]} results of a door kept, "
        "the outage told afterwards, 0 false outages",
    )
