"""Our own troubles are nobody else's: checks become unknown, never down, nobody is told, and it ends by itself."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.scenarios.land import Site, inventory, small_site
from tests.scenarios.ledger import status_at
from tests.scenarios.stage import RECIPIENTS, Stage, Watch, open_stage, until

HELD_S = 2.5
"""How long a trouble lasts after it shows: enough runs to be down, were they counted."""
STATE_MB = 72
"""The result log leaves 64 MB to the alerts; both need a little more."""


def nothing_was_told(watch: Watch) -> None:
    assert {change.new for change in watch.ledger.changes()} <= {"up", "unknown"}
    assert watch.ledger.incidents() == watch.ledger.outbox() == watch.file_messages() == []
    assert watch.mails == []


def unknown_because(watch: Watch, cause: str) -> set[str]:
    return {
        change.check
        for change in watch.ledger.changes()
        if (change.old, change.new, change.cause) == ("up", "unknown", cause)
    }


def those_that_open_sockets(checks: Iterable[str]) -> set[str]:
    return {check for check in checks if check.endswith(("/http", "/h323"))}


async def test_without_a_route_all_is_unknown(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(inventory(small_site(1), small_site(2)))
        await watch.start()
        await watch.until_all("up")

        async with no_route(stage):
            await watch.until_all("unknown")
            await asyncio.sleep(HELD_S)
        await watch.until_all("up")

        assert unknown_because(watch, "our_fault") == watch.checks
        nothing_was_told(watch)


@asynccontextmanager
async def no_route(stage: Stage) -> AsyncIterator[None]:
    """Take every route out of the monitor's namespace until the end of the block."""
    lister = await stage.box.spawn(["ip", "-o", "route"], inside="monitor", stdout=asyncio.subprocess.PIPE)
    routes = [line.split() for line in (await lister.communicate())[0].decode().splitlines()]
    assert routes
    for act in ("del", "add"):
        for route in routes:
            process = await stage.box.spawn(["ip", "route", act, *route], inside="monitor")
            assert await process.wait() == 0
        if act == "del":
            yield


async def test_a_full_disk_blames_nobody_and_delays_what_is_to_be_told(tmp_path: Path) -> None:
    site = small_site(1)
    with small_disk(tmp_path / "w" / "state"):
        async with open_stage(tmp_path) as stage:
            await live_through_a_full_disk(stage, stage.watch(inventory(site, small_site(2))), site)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True)
    options = f"size={STATE_MB}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


async def live_through_a_full_disk(stage: Stage, watch: Watch, site: Site) -> None:
    await watch.start()
    await watch.until_all("up")

    filling = watch.state_dir / "day"
    fill(filling)
    await watch.until_trouble("result_log")
    await watch.until_trouble("state_store")
    await asyncio.sleep(HELD_S)
    nothing_was_told(watch)

    killed_at = await watch.kill()
    await watch.start()
    stage.box.cut(site.prefix)
    await asyncio.sleep(2 * HELD_S)
    assert watch.mails == []
    filling.unlink()
    await until(lambda: len(watch.mails) == len(RECIPIENTS), within_s=30, what="the delayed problem")
    stage.box.restore(site.prefix)
    await until(lambda: len(watch.mails) == 2 * len(RECIPIENTS), within_s=30, what="the recovery")
    await watch.until_all("up")
    await watch.until_well()

    (incident,) = watch.ledger.incidents()
    assert incident["root_check_id"] == site.link
    assert watch.ledger.integrity() == "ok"
    assert {status_at(watch.ledger.changes(), check, killed_at) for check in watch.checks} == {"unknown"}


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(os.urandom(size))
