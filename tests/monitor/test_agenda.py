"""Daily jobs: each day once, whatever restarts and the clock do."""

import asyncio
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.agenda import RETRY_S, Agenda, is_due, latest_day
from monitor.clock import SystemClock
from monitor.storage.done_book import DoneBook
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from tests.clock import FakeClock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = dt.time(1, 40)


class Book:
    def __init__(self) -> None:
        self.days: dict[str, dt.date] = {}
        self.fails = False

    async def done_for(self, name: str) -> dt.date | None:
        if self.fails:
            raise StorageError(StorageFault.IO, "đĩa", "sửa")
        return self.days.get(name)

    async def note_done(self, name: str, day: dt.date) -> None:
        if self.fails:
            raise StorageError(StorageFault.IO, "đĩa", "sửa")
        self.days[name] = day


class Job:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.runs: list[str] = []
        self.fails = False

    async def __call__(self) -> None:
        self.runs.append(f"{dt.datetime.fromtimestamp(self.clock.now(), ZONE):%d %H:%M}")
        if self.fails:
            raise OSError(28, "No space left on device")


def at(text: str) -> float:
    return dt.datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE).timestamp()


def agenda(clock: FakeClock, book: Book, job: Job) -> Agenda:
    found = Agenda("Asia/Ho_Chi_Minh", clock=clock, book=book)
    found.daily("backup", "01:40", job)
    return found


async def watch(one: Agenda, clock: FakeClock, hours: float) -> None:
    for _ in range(round(hours * 60)):
        await clock.advance(60)
        await one.look()
        await clock.settle()


async def test_a_job_runs_once_a_day_at_its_time() -> None:
    clock, book = FakeClock(now=at("20 12:00")), Book()
    job = Job(clock)

    await watch(agenda(clock, book, job), clock, 3 * 24)

    assert job.runs == ["21 01:40", "22 01:40", "23 01:40"]


async def test_a_night_that_the_daemon_was_off_is_made_up_at_start_once() -> None:
    clock, book = FakeClock(now=at("20 12:00")), Book()
    job = Job(clock)
    await agenda(clock, book, job).look()

    await clock.advance(4 * 86_400)
    for _ in range(3):
        await watch(agenda(clock, book, job), clock, 0.1)

    assert job.runs == ["24 12:01"]


async def test_a_clock_set_back_over_the_time_does_not_repeat_it() -> None:
    clock, book = FakeClock(now=at("20 12:00")), Book()
    job = Job(clock)
    one = agenda(clock, book, job)
    await watch(one, clock, 14)
    clock.step_wall(-3_600)

    await watch(one, clock, 4)

    assert job.runs == ["21 01:40"]


async def test_a_clock_that_was_far_ahead_does_not_lose_the_nights_after_it_is_set_right() -> None:
    clock, book = FakeClock(now=at("20 12:00")), Book()
    job = Job(clock)
    one = agenda(clock, book, job)
    await one.look()
    clock.step_wall(400 * 86_400)
    await watch(one, clock, 1)
    clock.step_wall(-400 * 86_400)

    await watch(one, clock, 24)

    assert job.runs == ["25 12:01", "20 13:01", "21 01:40"]


async def test_a_job_that_fails_is_tried_each_hour_until_it_is_done() -> None:
    clock, book = FakeClock(now=at("20 23:00")), Book()
    job = Job(clock)
    job.fails = True
    one = agenda(clock, book, job)
    await watch(one, clock, 3)
    job.fails = False
    await watch(one, clock, 20)

    assert job.runs == ["21 01:40", "21 02:40"]
    assert one.failures == 1
    assert RETRY_S == 3_600


async def test_a_book_that_cannot_be_written_does_not_repeat_the_job() -> None:
    clock, book = FakeClock(now=at("20 23:00")), Book()
    job = Job(clock)
    one = agenda(clock, book, job)
    await one.look()
    book.fails = True

    await watch(one, clock, 12)

    assert job.runs == ["21 01:40"]


async def test_a_job_under_way_is_not_begun_again_and_ends_with_the_agenda() -> None:
    clock, book = FakeClock(now=at("20 23:00")), Book()
    ended: list[str] = []

    async def lasts() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    one = Agenda("Asia/Ho_Chi_Minh", clock=clock, book=book)
    one.daily("backup", "01:40", lasts)
    async with one.running():
        await watch(one, clock, 30)
        assert ended == []
    assert ended == ["ended"]
    assert book.days == {"backup": dt.date(2026, 11, 20)}


async def test_a_stop_during_a_job_of_the_minute_is_not_told_as_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock(at("01 12:00"))
    one = Agenda("Asia/Ho_Chi_Minh", clock=clock, book=Book())
    begun = asyncio.Event()

    async def waits_for_a_disk_that_hangs() -> None:
        begun.set()
        await asyncio.Event().wait()

    one.minutely("slow", waits_for_a_disk_that_hangs)
    async with one.running():
        one._scheduler.get_job("slow").modify(
            next_run_time=dt.datetime.fromtimestamp(SystemClock().now(), ZONE)
        )
        await begun.wait()
    await asyncio.sleep(0)  # the cancelled job ends
    await asyncio.sleep(0)

    assert one.failures == 0
    assert [each for each in caplog.records if each.levelname in {"ERROR", "CRITICAL"}] == []


async def test_a_clock_set_by_years_lets_the_agenda_neither_wait_nor_count_all_the_hours_between() -> None:
    # The scheduler itself goes by the machine's clock: seen from there the right time is the earlier one.
    clock = FakeClock(now=1e9)
    looked = asyncio.Event()

    async def look() -> None:
        looked.set()

    one = Agenda("Asia/Ho_Chi_Minh", clock=clock, book=Book())
    one.hourly("look", (dt.datetime.now(ZONE).minute + 30) % 60, look)  # noqa: TID251 (not due for half an hour)
    async with one.running():
        one.replan()
        await asyncio.wait_for(looked.wait(), 20.0)


async def test_what_was_done_is_remembered_in_the_store(tmp_path: Path) -> None:
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        assert await DoneBook(store.database).done_for("backup") is None
        await DoneBook(store.database).note_done("backup", dt.date(2026, 11, 21))
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        assert await DoneBook(store.database).done_for("backup") == dt.date(2026, 11, 21)


@given(st.floats(0, 4e9), st.times())
def test_the_latest_day_is_the_one_whose_time_was_last(now: float, time: dt.time) -> None:
    day = latest_day(now, time, ZONE)

    assert dt.datetime.combine(day, time, ZONE).timestamp() <= now + 1e-6
    assert dt.datetime.combine(day + dt.timedelta(days=1), time, ZONE).timestamp() > now - 1e-6
    assert not is_due(day, day)
    assert is_due(day - dt.timedelta(days=1), day)
