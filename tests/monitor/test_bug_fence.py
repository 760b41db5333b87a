import asyncio
import logging

import pytest

from monitor.bug_fence import AFTER_A_BUG_S, Fence, kept_going
from tests.clock import FakeClock


async def test_a_loop_that_ends_by_a_bug_is_begun_again_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    begun: list[str] = []

    async def broken() -> None:
        begun.append("broken")
        raise RuntimeError("hỏng")

    async def sound() -> None:
        begun.append("sound")
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR):
        async with kept_going({"ways:broken": broken, "ways:sound": sound}, clock):
            await clock.advance(2.5 * AFTER_A_BUG_S)
    assert begun.count("broken") == 3
    assert begun.count("sound") == 1
    assert "loop_bug name=ways:broken" in caplog.text


def test_a_bug_in_one_conclusion_is_counted_and_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    fence = Fence(clock)
    for _ in range(3):
        with fence.around("21484.cpe/icmp"):
            raise ValueError
    assert fence.bugs == 3
    assert caplog.text.count("conclusion_bug about=21484.cpe/icmp") == 1
