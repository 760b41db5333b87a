"""R14: a restart with hundreds of targets of which some are down tells nobody anything and finds nothing new."""

from pathlib import Path

from tests.chaos import promise
from tests.chaos.doors import CLOCK, door, doors, messages, watch
from tests.effort import sized
from tests.monitor.daemons import Running, running
from tests.scenarios.ledger import Ledger

TARGETS, DOWN = sized(short=200, long=500), 30
INTERVAL_S = float(sized(short=2, long=3))
CYCLES = 2


async def test_r14_a_restart_among_many_outages_is_quiet(tmp_path: Path) -> None:
    addresses = [f"127.14.{number // 250}.{number % 250 + 1}" for number in range(TARGETS)]
    async with doors(*addresses) as places:
        await places.shut(*addresses[:DOWN])
        config = watch(tmp_path, places, timing={"interval_s": INTERVAL_S})
        ledger = Ledger(tmp_path / "state")
        expected = {f"{door(n)}/tcp": "down" if n < DOWN else "up" for n in range(TARGETS)}

        async def until_known(daemon: Running) -> None:
            async def known() -> bool:
                return await daemon.health() is not None and ledger.statuses() == expected

            await daemon.until(known, "every status")

        async with running(config) as daemon:
            await until_known(daemon)

            async def told() -> bool:
                return len(ledger.outbox()) >= DOWN and not ledger.waiting()

            await daemon.until(told, "every outage told")
            daemon.process.kill()
            await daemon.process.wait()
        incidents, rows, heard = ledger.incidents(), len(ledger.outbox()), len(messages(tmp_path))
        downs = sum(change.new == "down" for change in ledger.changes())

        started_at = CLOCK.now()
        async with running(config) as daemon:
            await daemon.until_answers()
            knocks = sum(places.knocks.values())

            async def cycles() -> bool:
                return sum(places.knocks.values()) - knocks >= CYCLES * (TARGETS - DOWN)

            await daemon.until(cycles, "two cycles")
            await until_known(daemon)
            quiet_s = CLOCK.now() - started_at
            assert len(ledger.outbox()) == rows
            assert len(messages(tmp_path)) == heard
            assert [each["id"] for each in ledger.incidents()] == [each["id"] for each in incidents]
            assert all(each["resolved_at"] is None for each in ledger.incidents())
            fresh = [change for change in ledger.changes() if change.new == "down"][downs:]
            assert {change.check for change in fresh} <= {f"{door(n)}/tcp" for n in range(DOWN)}
            assert await daemon.end() == 0
    promise.told(
        14,
        "a restart is quiet: no message of what was known, no false outage",
        f"{TARGETS} targets, {DOWN} down, killed and started again: 0 messages, 0 incidents, 0 false outages in "
        f"{quiet_s:.0f} s ({CYCLES} cycles)",
    )
