import asyncio

from monitor.ticker import EVERY_S, Ticker
from tests.clock import FakeClock


async def test_it_ticks_marks_alive_and_notices_only_a_wall_clock_that_was_set() -> None:
    clock = FakeClock()
    ticks: list[float] = []
    alive: list[float] = []
    steps: list[float] = []

    async def mark_alive(now: float) -> None:
        alive.append(now)

    async def on_step(step_s: float) -> None:
        steps.append(step_s)

    ticker = Ticker(
        clock=clock, tick=lambda: ticks.append(clock.monotonic()), mark_alive=mark_alive, on_step=on_step
    )
    task = asyncio.create_task(ticker.run())
    await clock.advance(10 * EVERY_S)
    clock.step_wall(-3_600)
    await clock.advance(10 * EVERY_S)
    clock.step_wall(0.2)
    await clock.advance(10 * EVERY_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert len(ticks) == len(alive) == 30
    assert [round(step) for step in steps] == [-3_600]
    assert ticker.steps == 1


async def test_a_disk_that_hangs_does_not_stop_time() -> None:
    clock = FakeClock()
    ticks: list[float] = []

    async def hang(_: float) -> None:
        await asyncio.Event().wait()

    ticker = Ticker(clock=clock, tick=lambda: ticks.append(clock.monotonic()), mark_alive=hang, on_step=hang)
    task = asyncio.create_task(ticker.run())
    await clock.advance(5 * EVERY_S)
    clock.step_wall(-3_600)
    await clock.advance(5 * EVERY_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert len(ticks) == 10
    assert ticker.steps == 1
