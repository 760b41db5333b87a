import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from alerts.model.checks import CheckState, Status
from alerts.model.decision import Decision
from monitor.pipeline import Saver
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from tests.clock import FakeClock


def decision(check_id: str) -> Decision:
    return Decision(states=(CheckState(check_id, Status.UP, 1.0),))


BROKEN = Decision(states=(CheckState("broken", "sideways", 1.0),))  # type: ignore[arg-type] (a bug of ours)


class MovingDisk:
    """A real store on a disk that can be full."""

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self.is_full = False

    async def commit_many(self, decisions: list[Decision]) -> None:
        if self.is_full:
            raise StorageError(StorageFault.FULL, "state.db: the disk is full", "free some space")
        await self.store.commit_many(decisions)


async def until(condition: object) -> None:
    """Wait until `condition()` holds; the store works in a thread of its own."""
    assert callable(condition)
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def saved_checks(store: StateStore) -> list[str]:
    return [state.check_id for state in (await store.load()).states]


@pytest.mark.parametrize("count", [1, 7, 1_200])
async def test_decisions_are_saved_in_order_and_then_told(tmp_path: Path, count: int) -> None:
    clock = FakeClock()
    told: list[int] = []
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        saver = Saver(store, clock=clock, saved=lambda: told.append(saver.waiting))
        task = asyncio.create_task(saver.run())
        for index in range(count):
            saver.put(decision(f"check{index:04}"))
        await until(lambda: saver.waiting == 0 and told)
        task.cancel()

        assert await saved_checks(store) == [f"check{index:04}" for index in range(count)]
    assert told[-1] == 0


async def test_a_full_disk_keeps_decisions_waiting_and_visible_until_it_has_room(tmp_path: Path) -> None:
    clock = FakeClock()
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        disk = MovingDisk(store)
        disk.is_full = True
        saver = Saver(disk, clock=clock, saved=lambda: None)
        task = asyncio.create_task(saver.run())
        saver.put(decision("a"))
        await clock.advance(30)
        saver.put(decision("b"))
        await clock.advance(30)

        assert saver.waiting == 2
        assert saver.fault is not None
        assert saver.fault_since_mono is not None
        assert clock.monotonic() - saver.fault_since_mono == pytest.approx(60, abs=1)

        disk.is_full = False
        await clock.advance(2)
        await until(lambda: saver.waiting == 0)
        task.cancel()

        assert saver.fault is None
        assert await saved_checks(store) == ["a", "b"]


async def test_a_decision_the_store_can_never_take_is_logged_whole_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        saver = Saver(store, clock=FakeClock(), saved=lambda: None)
        task = asyncio.create_task(saver.run())
        with caplog.at_level(logging.CRITICAL):
            for each in (decision("a"), BROKEN, decision("c")):
                saver.put(each)
            await until(lambda: saver.waiting == 0)
        task.cancel()

        assert await saved_checks(store) == ["a", "c"]
    assert saver.refused == 1
    assert "sideways" in caplog.text


async def test_a_stop_saves_what_is_left_and_says_what_the_disk_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        disk = MovingDisk(store)
        saver = Saver(disk, clock=FakeClock(), saved=lambda: None)
        saver.put(decision("a"))
        await saver.drain()
        disk.is_full = True
        saver.put(decision("b"))
        await saver.drain()

        assert await saved_checks(store) == ["a"]
    assert "decisions_lost count=1" in caplog.text
    with sqlite3.connect(tmp_path / "state.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


async def test_who_waits_for_the_disk_is_told_when_it_has_everything_or_refuses(tmp_path: Path) -> None:
    clock = FakeClock()
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        disk = MovingDisk(store)
        saver = Saver(disk, clock=clock, saved=lambda: None)
        task = asyncio.create_task(saver.run())
        saver.put(decision("a"))
        await saver.all_saved()
        assert await saved_checks(store) == ["a"]
        await saver.all_saved()  # nothing waits

        disk.is_full = True
        saver.put(decision("b"))
        with pytest.raises(StorageError):
            await saver.all_saved()

        disk.is_full = False
        await clock.advance(2)
        await until(lambda: saver.waiting == 0)
        task.cancel()
        assert await saved_checks(store) == ["a", "b"]
