import asyncio
import logging
import sys

import pytest

from monitor.logs import REPEAT_S, LoopTroubles, OneLine
from tests.clock import FakeClock

NO_DESCRIPTOR = {
    "message": "socket.accept() out of system resource",
    "exception": OSError(24, "Too many open files"),
}


def formatted(text: str) -> str:
    record = logging.LogRecord("remote", logging.INFO, __file__, 1, "said=%s", (text,), None)
    return OneLine("%(message)s").format(record)


def test_remote_text_forges_no_line_and_steers_no_terminal() -> None:
    assert formatted("a\nERROR b\x1b[2J\u202e") == "said=a\\u000aERROR b\\u001b[2J\\u202e"


def test_vietnamese_stays_readable() -> None:
    assert formatted("Đăk Rơ Wa") == "said=Đăk Rơ Wa"


def test_a_line_is_written_without_loading_anything() -> None:
    sys.modules.pop("encodings.unicode_escape", None)

    formatted("\x00")

    assert "encodings.unicode_escape" not in sys.modules


async def test_the_same_trouble_of_the_loop_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    handle = LoopTroubles(clock)
    loop = asyncio.get_running_loop()

    for _ in range(100):
        handle(loop, NO_DESCRIPTOR)
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is None
    await clock.advance(REPEAT_S)
    handle(loop, NO_DESCRIPTOR)
    assert len(caplog.records) == 2


async def test_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    bug = ZeroDivisionError("division by zero")

    LoopTroubles(FakeClock())(
        asyncio.get_running_loop(), {"message": "Task exception was never retrieved", "exception": bug}
    )

    assert caplog.records[0].exc_info == (ZeroDivisionError, bug, None)
