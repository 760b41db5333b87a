import asyncio

import pytest

from tests.clock import FakeClock


async def test_sleepers_wake_in_the_order_of_their_time() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("late", 9.0))
        group.create_task(sleeper("early", 2.0))
        await clock.advance(10.0)

    assert woken == [("early", 1_002.0), ("late", 1_009.0)]
    assert clock.monotonic() == 1_010.0


async def test_a_loop_that_sleeps_again_runs_once_an_interval() -> None:
    clock = FakeClock()
    runs: list[float] = []

    async def loop() -> None:
        while True:
            runs.append(clock.monotonic())
            await clock.sleep(60.0)

    task = asyncio.create_task(loop())
    await clock.advance(600.0)
    task.cancel()

    assert runs == [1_000.0 + 60.0 * n for n in range(11)]


async def test_a_step_of_the_wall_clock_leaves_monotonic_time_alone() -> None:
    clock = FakeClock(now=5_000.0)

    clock.step_wall(-3_600.0)

    assert (clock.now(), clock.monotonic()) == (1_400.0, 1_000.0)


async def test_a_task_that_never_waits_is_reported() -> None:
    clock = FakeClock()

    async def spin() -> None:
        while True:
            await asyncio.sleep(0)

    task = asyncio.create_task(spin())
    with pytest.raises(AssertionError, match="does not settle"):
        await clock.advance(1.0)
    task.cancel()
