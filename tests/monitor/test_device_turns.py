"""One address is asked only so much: the rest waits, is counted, and is not late for it."""

import asyncio
from dataclasses import replace

from inventory.model import Check
from monitor.device_turns import DeviceTurns
from monitor.runner import Runner
from probes.kind import Options
from probes.reading import Reading
from tests.clock import FakeClock
from tests.monitor.test_runner import CHECK


class Device:
    """Answers after `takes_s`, and knows how much it was asked."""

    def __init__(self, clock: FakeClock, takes_s: float) -> None:
        self.clock, self.takes_s = clock, takes_s
        self.now = self.most = 0
        self.begun: list[float] = []

    async def __call__(self, _address: str, _options: Options, *, timeout_s: float) -> Reading:  # noqa: ARG002 (a Probe's)
        self.begun.append(self.clock.monotonic())
        self.now += 1
        self.most = max(self.most, self.now)
        await self.clock.sleep(self.takes_s)
        self.now -= 1
        return Reading(ok=True)


def checks(count: int, address: str = "10.51.7.1") -> list[Check]:
    return [replace(CHECK, id=f"{number}/icmp", address=address, timeout_s=1.0) for number in range(count)]


async def test_a_burst_on_one_address_is_spread_and_no_run_is_late_for_it() -> None:
    clock = FakeClock()
    turns, device = DeviceTurns(clock, at_once=5, runs_per_s=10), Device(clock, takes_s=0.1)
    runner = Runner({"icmp": device}, clock=clock, vantage="main", turns=turns)
    runs = [asyncio.create_task(runner.run(check)) for check in checks(100)]

    await clock.advance(20)
    results = [run.result() for run in runs]

    assert device.most == 5
    first = min(device.begun)
    for second in range(9):
        begun = sum(first + second <= at < first + second + 1 for at in device.begun)
        assert begun <= (20 if second == 0 else 11), second  # a second's worth at once, then the rate
    assert all(result.reading.ok for result in results)
    assert {round(result.duration_s, 6) for result in results} == {0.1}, "waiting is no part of a run"
    assert turns.waited == 95


async def test_another_address_waits_for_nobody() -> None:
    clock = FakeClock()
    turns, device = DeviceTurns(clock, at_once=1, runs_per_s=1), Device(clock, takes_s=60)
    runner = Runner({"icmp": device}, clock=clock, vantage="main", turns=turns)
    busy = [asyncio.create_task(runner.run(check)) for check in checks(50)]
    await clock.advance(1)
    other = asyncio.create_task(runner.run(checks(1, "10.51.7.2")[0]))
    await clock.advance(60)

    assert other.done()
    assert sum(run.done() for run in busy) == 1
    for run in busy:
        run.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


async def test_who_gives_up_waiting_leaves_the_turn_to_others() -> None:
    clock = FakeClock()
    turns, device = DeviceTurns(clock, at_once=1, runs_per_s=100), Device(clock, takes_s=1)
    runner = Runner({"icmp": device}, clock=clock, vantage="main", turns=turns)
    first, second, third = (asyncio.create_task(runner.run(check)) for check in checks(3))
    await clock.advance(0.5)
    second.cancel()
    await clock.advance(2)

    assert (first.done(), third.done()) == (True, True)


async def test_addresses_long_idle_are_forgotten() -> None:
    clock = FakeClock()
    turns = DeviceTurns(clock, at_once=1, runs_per_s=10)
    for number in range(20_000):
        async with turns.turn(f"10.{number >> 8}.{number & 255}.1"):
            pass
        if number % 1_000 == 0:
            await clock.advance(1)

    assert len(turns._devices) <= 10_000
