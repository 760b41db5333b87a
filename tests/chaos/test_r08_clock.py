"""R8: the wall clock is set, or the process is stopped for long, under a daemon that watches a door open and one shut."""

import asyncio
import itertools
import signal
from pathlib import Path

import pytest

from tests.chaos import promise
from tests.chaos.doors import CLOCK, Doors, door, doors, messages, watch
from tests.effort import sized
from tests.monitor.daemons import Running, running
from tests.scenarios.ledger import Ledger

OPEN, SHUT = "127.8.0.1", "127.8.0.2"
LIBRARY = "*/faketime/libfaketimeMT.so.1"
HOUR_S, DAY_S, YEAR_S = 3_600.0, 86_400.0, 365.25 * 86_400.0
STEPS: dict[str, float] = {
    "back 1 h": -HOUR_S,
    "ahead 10 d": 10 * DAY_S,
    "ahead 1 h": HOUR_S,
    "back 10 d": -10 * DAY_S,
    "to 1970": -56 * YEAR_S,
    "to 2039": 13 * YEAR_S,
}
"""How far from the true time the clock is set, one after the other; at the end it is set right again."""
STAYS_S = sized(short=5, long=12)
GAP_S = 4.0
"""Looks at a door, one a second, are this far apart at most: a busy machine is late, a clock that is followed stops them."""
PAUSE_S = sized(short=8, long=300)


def faked_time(file: Path) -> dict[str, str]:
    """Return the environment of a process whose wall clock is set by the file; its monotonic one is true."""
    found = next(Path("/usr/lib").glob(LIBRARY), None)
    if found is None:
        pytest.fail("libfaketime is missing: deploy/prepare-host.sh test installs it")
    return {
        "LD_PRELOAD": str(found),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        # Seconds: a look at the file at each question for the time would cost more than the daemon does.
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def until_judged(daemon: Running, ledger: Ledger) -> None:
    """Wait until the open door is up, and the shut one down, told, and silenced."""

    async def known() -> bool:
        return ledger.statuses() == {f"{door(0)}/tcp": "up", f"{door(1)}/tcp": "down"}

    await daemon.until(known, "one up, one down")

    async def told() -> bool:
        return len(messages(daemon.log.parent)) == 1

    await daemon.until(told, "a message")


async def missed(places: Doors, seconds: float) -> int:
    """Return how many looks at the open door, one a second, were missed in so many seconds."""
    before, began = places.knocks[OPEN], CLOCK.monotonic()
    await asyncio.sleep(seconds)
    return max(0, int(CLOCK.monotonic() - began) - 1 - (places.knocks[OPEN] - before))


async def test_r08_a_clock_that_is_set_stops_no_probe_and_tells_nobody_anything(tmp_path: Path) -> None:
    steps = dict(list(STEPS.items())[: sized(short=2, long=len(STEPS))])
    clock = tmp_path / "clock"
    clock.write_text("+0")
    async with doors(OPEN, SHUT) as places:
        await places.shut(SHUT)
        async with running(watch(tmp_path, places), env=faked_time(clock)) as daemon:
            ledger = Ledger(daemon.state_dir)
            await daemon.until_answers()
            await until_judged(daemon, ledger)
            (before,) = ledger.incidents()
            silence = {
                "who": "Trực ban",
                "comment": "chờ",
                "durationS": 600,
                "selector": {"targets": [door(0)]},
            }
            assert await daemon.post("/api/v1/silences", silence) == 200

            lost, began_mono = 0, CLOCK.monotonic()
            for offset_s in (*steps.values(), 0.0):
                clock.write_text(f"{offset_s:+.0f}")
                lost += await missed(places, STAYS_S)
                assert ledger.statuses().keys() == {f"{door(0)}/tcp", f"{door(1)}/tcp"}
            heard = [each for each in places.heard_mono[OPEN] if each > began_mono]
            gap_s = max(later - earlier for earlier, later in itertools.pairwise(heard))
            assert gap_s < GAP_S
            await until_judged(daemon, ledger)
            assert "clock_stepped" in daemon.log.read_text()

            # Not the silence either: set right, it holds what happens now.
            await places.shut(OPEN)

            async def both_down() -> bool:
                return set(ledger.statuses().values()) == {"down"}

            await daemon.until(both_down, "the silenced door is down")

            async def opened() -> bool:
                return len(ledger.incidents()) == 2

            await daemon.until(opened, "its incident")
            await asyncio.sleep(1.0)
            assert [row["about_id"] for row in ledger.outbox()] == [before["id"]]
            assert len(messages(tmp_path)) == 1
            (after, _) = ledger.incidents()
            assert (after["id"], after["resolved_at"]) == (before["id"], None)
            downs = [change.check for change in ledger.changes() if change.new == "down"]
            assert downs.count(f"{door(0)}/tcp") == 1
            assert await daemon.end() == 0
    promise.told(
        8,
        "a wall clock that is set stops no probe, tells nobody anything and ends no incident or silence",
        f"clock {', '.join(steps)}, and right again: {lost} probes missed, {gap_s:.1f} s between two at most (interval 1 s), 0 messages, 0 incidents opened or closed",
    )


async def test_r08_a_process_that_was_stopped_blames_nobody(tmp_path: Path) -> None:
    async with doors(OPEN, SHUT) as places:
        await places.shut(SHUT)
        # One failure is enough: what was under way when the process stopped must not be one.
        config = watch(tmp_path, places, timing={"failures_to_down": 1})
        async with running(config) as daemon:
            ledger = Ledger(daemon.state_dir)
            await daemon.until_answers()
            await until_judged(daemon, ledger)
            daemon.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(PAUSE_S)
            resumed_at = CLOCK.now()  # before it goes on: it may be done before we are
            daemon.process.send_signal(signal.SIGCONT)

            async def known_again() -> bool:
                return [change.new for change in ledger.changes() if change.check == f"{door(0)}/tcp"][
                    -2:
                ] == [
                    "unknown",
                    "up",
                ] and ledger.changes()[-1].declared_at > resumed_at

            await daemon.until(known_again, "unknown, and up again")
            await until_judged(daemon, ledger)
            changes = [change for change in ledger.changes() if change.check == f"{door(0)}/tcp"]
            assert "down" not in {change.new for change in changes}
            assert len(ledger.incidents()) == len(messages(tmp_path)) == 1
            back_s = changes[-1].declared_at - resumed_at
            assert changes[-1].new == "up"
            blind_s = sum(
                later.at - earlier.at
                for earlier, later in itertools.pairwise(changes)
                if earlier.new == "unknown"
            )
            # 3 intervals without a result and nobody knows; what is shorter changes nothing.
            assert abs(blind_s - PAUSE_S) < 3.0
            assert await daemon.end() == 0
    promise.told(
        8,
        "a process that was stopped blames nobody: the time it did not measure is unknown",
        f"stopped for {PAUSE_S} s: unknown for {blind_s:.1f} s, known again after {back_s:.1f} s, 0 false outages, 0 messages",
    )
