"""Ends: whoever takes no notice of one is named, and holds up nobody."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.ending import end, run_until
from tests.monitor.daemons import running, write_config
from tests.probes.servers import refused_port

DEAF_LOOP = """
import asyncio, sys
from monitor.evidence import PathEvidence
async def run(self):
    while True:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            pass
PathEvidence.run = run
from monitor.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The daemon with a loop that takes no notice of its end."""


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


async def test_one_that_ends_as_if_cancelled_died_too(caplog: pytest.LogCaptureFixture) -> None:
    async def leaking() -> None:
        raise asyncio.CancelledError

    assert await run_until(asyncio.Event(), {"a": until_cancelled(), "delivery": leaking()}) == 70
    assert "task_died name=delivery" in caplog.text


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


async def test_a_daemon_says_its_last_words_though_a_loop_takes_no_notice(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=refused_port())
    async with running(config, program=("-c", DEAF_LOOP)) as daemon:
        await daemon.until_answers()
        assert await daemon.end() == 0
    log = daemon.log.read_text()
    assert "task_will_not_end name=evidence within_s=2" in log
    assert log.index("task_will_not_end") < log.index("INFO monitor.daemon stopped")
