"""R16: SIGTERM at any moment, from the first instruction on, ends the daemon in order and soon."""

import asyncio
import random
import signal
from pathlib import Path

from tests.chaos import promise
from tests.chaos.doors import CLOCK, doors, messages, watch
from tests.effort import sized
from tests.monitor.daemons import STOP_S, Running, running
from tests.scenarios.ledger import Ledger

STOPS = sized(short=3, long=50)
MOMENTS = ("any", "opening its databases", "watching")
LATEST_S = float(sized(short=1, long=3))
"""So long after such a moment at most."""


async def test_r16_a_stop_at_any_moment_ends_it_in_order(tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311 (moments of the stop)
    unheard, longest_s = 0, 0.0
    async with doors("127.16.0.1") as places:
        config = watch(tmp_path, places)
        for stop in range(STOPS):
            # Something to tell in every other life: a stop comes in the middle of sends too.
            await (places.open if stop % 2 else places.shut)("127.16.0.1")
            log = tmp_path / "daemon.log"
            written = log.stat().st_size if log.exists() else 0
            async with running(config, cold=True) as daemon:
                await reached(daemon, MOMENTS[stop % len(MOMENTS)])
                await asyncio.sleep(chance.uniform(0, LATEST_S))
                asked = CLOCK.monotonic()
                daemon.process.send_signal(signal.SIGTERM)
                code = await daemon.ended(within_s=STOP_S)
            longest_s = max(longest_s, CLOCK.monotonic() - asked)
            has_begun = log.stat().st_size > written
            # Before the program has read what is to be done, the signal ends it by itself: nothing was begun.
            assert code == 0 or (code == -signal.SIGTERM and not has_begun), (code, log.read_text())
            unheard += code != 0
        assert "Traceback" not in log.read_text()
        async with running(config) as daemon:
            await daemon.until_answers()
            ledger = Ledger(daemon.state_dir)
            await daemon.until(lambda: drained(ledger), "something told, and an empty outbox")
            assert await daemon.end() == 0
    sent = {each["message_id"] for each in ledger.outbox() if each["sent_at"] is not None}
    assert sent == {each["message_id"] for each in messages(tmp_path)}
    assert ledger.integrity() == "ok"
    promise.told(
        16,
        f"a stop at any moment ends it within {STOP_S:g} s with 0",
        f"{STOPS} stops within {LATEST_S:g} s of its start, of opening its databases, of watching: the slowest {longest_s:.1f} s, "
        f"{unheard} before there was anything to end, {len(sent)} messages, none without its row",
    )


async def reached(daemon: Running, moment: str) -> None:
    if moment == "watching":
        await daemon.until_answers()
    elif moment == "opening its databases":

        async def opening() -> bool:
            return (daemon.state_dir / "api.sock").exists() or any(daemon.state_dir.glob("*.db-wal"))

        await daemon.until(opening, "an open database")


async def drained(ledger: Ledger) -> bool:
    return bool(ledger.outbox()) and not ledger.waiting()
