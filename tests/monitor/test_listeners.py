"""Listeners that cannot be opened: told at once, tried again at growing pauses, and no business of the watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from inventory.model import Inventory
from monitor.listeners import FIRST_PAUSE_S, LONGEST_PAUSE_S, Attempts, Listeners, NotOpenError
from tests.clock import FakeClock

TAKEN = "không mở được cổng 8080 (cổng đã có chương trình khác dùng); đổi web.port"
NOTHING = Inventory(units={}, targets={}, checks={})


class Port:
    """A listener that opens while `fault` is None; counts."""

    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault
        self.tried = self.opened = self.closed = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self.tried += 1
        if self.fault is not None:
            raise self.fault
        self.opened += 1
        try:
            yield
        finally:
            self.closed += 1


def test_each_attempt_waits_twice_as_long_as_the_one_before_up_to_five_minutes() -> None:
    attempts, mono, pauses = Attempts(), 100.0, []
    for _ in range(9):
        attempts.failed(mono)
        pauses.append(attempts.due_mono - mono)
        mono = attempts.due_mono

    assert pauses == [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE_S, LONGEST_PAUSE_S)
    attempts.hasten()
    assert attempts.due_mono < mono
    attempts.failed(mono)
    assert attempts.due_mono == mono + FIRST_PAUSE_S


async def test_what_can_be_opened_is_open_when_the_block_begins_and_closed_after_it() -> None:
    listeners, port = Listeners(clock=FakeClock()), Port(None)
    async with listeners.kept_open("web", port.listening):
        assert (port.opened, port.closed, listeners.faults) == (1, 0, {"web": ""})

    assert (port.opened, port.closed, listeners.faults) == (1, 1, {})


async def test_what_cannot_be_opened_is_told_once_and_opens_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    clock = FakeClock()
    listeners, port = Listeners(clock=clock), Port(NotOpenError(TAKEN))
    async with listeners.kept_open("web", port.listening):
        assert listeners.faults == {"web": TAKEN}
        await clock.advance(34.0)
        assert port.tried == 3  # at 0, 5 and 15 seconds; the next is due after 35
        port.fault = None
        await clock.advance(2.0)
        assert (port.opened, listeners.faults) == (1, {"web": ""})

    assert port.closed == 1
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"listener_closed name=web error={TAKEN}", "listener_opened name=web"]


async def test_a_reload_tries_at_once() -> None:
    clock = FakeClock()
    listeners, port = Listeners(clock=clock), Port(NotOpenError(TAKEN))
    async with listeners.kept_open("web", port.listening):
        await clock.advance(200.0)
        port.fault = None
        listeners.adopt(NOTHING)
        await clock.advance(1.0)
        assert port.opened == 1


async def test_a_bug_of_ours_is_told_and_tried_again_and_ends_nothing() -> None:
    clock = FakeClock()
    listeners, port = Listeners(clock=clock), Port(ZeroDivisionError())
    async with listeners.kept_open("traps", port.listening):
        assert listeners.faults["traps"].startswith("lỗi phần mềm (ZeroDivisionError); xem nhật ký")
        port.fault = None
        await clock.advance(6.0)
        assert port.opened == 1


async def test_one_that_will_not_close_does_not_hold_up_the_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.listeners.CLOSED_WITHIN_S", 0.05)
    ends = asyncio.Event()

    @asynccontextmanager
    async def stubborn() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await ends.wait()

    async with asyncio.timeout(5), Listeners(clock=FakeClock()).kept_open("web", stubborn):
        pass

    assert "task_will_not_end name=listener:web" in caplog.text
    ends.set()
