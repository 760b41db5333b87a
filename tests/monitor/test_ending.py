"""Ends: whoever takes no notice of one is named, and holds up nobody."""

import asyncio
from contextlib import suppress

import pytest

from monitor.ending import end, run_until


async def until_cancelled() -> None:
    await asyncio.Event().wait()


class Deaf:
    """A loop that takes no notice of its end until it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()

    async def run(self) -> None:
        while not self.let_go.is_set():
            with suppress(asyncio.CancelledError):
                await self.let_go.wait()


async def test_loops_run_until_asked_to_stop() -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until(stopping, {"a": until_cancelled(), "b": until_cancelled()}))
    await asyncio.sleep(0)
    assert not running.done()
    stopping.set()

    assert await running == 0


async def test_one_that_dies_ends_the_others_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def dying() -> None:
        raise ZeroDivisionError

    assert await run_until(asyncio.Event(), {"a": until_cancelled(), "ticker": dying()}) == 70
    assert "task_died name=ticker" in caplog.text


async def test_one_that_takes_no_notice_is_named_and_does_not_hold_up_the_stop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stopping, deaf = asyncio.Event(), Deaf()
    stopping.set()
    async with asyncio.timeout(5):
        loops = {"saver": until_cancelled(), "delivery": deaf.run()}
        assert await run_until(stopping, loops, within_s=0.05) == 0

    said = [record.getMessage() for record in caplog.records]
    assert said == ["task_will_not_end name=delivery within_s=0.05"]
    deaf.let_go.set()


async def test_what_is_raised_at_the_end_is_dropped_and_nothing_ends_at_once() -> None:
    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await end([task])
    assert task.done()
    await end([])
