import asyncio
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from monitor.logs import (
    KEPT,
    KEPT_CHARACTERS,
    REPEAT_S,
    LastTroubles,
    LoopTroubles,
    OneLine,
    configure_logging,
)
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


@pytest.fixture
def kept() -> Iterator[tuple[logging.Logger, LastTroubles]]:
    """A logger whose last troubles are kept."""
    log, keeper = logging.getLogger("tests.kept"), LastTroubles()
    log.addHandler(keeper)
    yield log, keeper
    log.removeHandler(keeper)


def test_the_newest_warnings_and_errors_are_kept(kept: tuple[logging.Logger, LastTroubles]) -> None:
    log, keeper = kept
    log.info("transition")
    for number in range(KEPT + 5):
        log.warning("slow n=%d", number)
    log.error("stopped\nERROR forged \u202e")

    found = keeper.newest_first()

    assert len(found) == KEPT
    assert (found[0].is_error, found[0].text) == (True, "tests.kept stopped\\u000aERROR forged \\u202e")
    assert (found[1].is_error, found[1].text) == (False, f"tests.kept slow n={KEPT + 4}")
    assert found[0].at >= found[-1].at


def test_the_daemons_log_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **named: given.update(named))

    configure_logging()

    assert any(isinstance(handler, LastTroubles) for handler in given["handlers"])


def test_a_bug_is_kept_in_one_line_and_a_long_one_is_cut(kept: tuple[logging.Logger, LastTroubles]) -> None:
    log, keeper = kept
    log.error("probe_bug", exc_info=ValueError("a\nb" + "x" * KEPT_CHARACTERS))

    (line,) = keeper.newest_first()

    assert line.text.startswith("tests.kept probe_bug; ValueError: a\\u000abxxx")
    assert line.text.endswith("…")
    assert len(line.text) < KEPT_CHARACTERS + 10


def test_who_logs_wrongly_goes_on(
    kept: tuple[logging.Logger, LastTroubles], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, keeper = kept
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.propagate = False
    try:
        log.warning("only one place: %d", "not a number")
    finally:
        log.propagate = True

    assert keeper.newest_first() == ()


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
