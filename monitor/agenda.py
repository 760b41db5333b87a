"""What happens at a wall-clock time: APScheduler, for thin idempotent jobs only. Probes are scheduler.py's."""

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from monitor.clock import Clock
from monitor.storage.errors import StorageError

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[object]]

RETRY_S: Final = 3_600.0
"""A daily job that failed is tried again so much later, until it is done."""


class DoneBook(Protocol):
    """Where daily jobs are remembered across restarts. Both may raise StorageError."""

    async def done_for(self, name: str) -> dt.date | None:
        """Return the latest day that the job was done for, None when it never was looked at."""
        ...

    async def note_done(self, name: str, day: dt.date) -> None:
        """Remember that the job was done for `day`."""
        ...


@dataclass(slots=True)
class _Daily:
    name: str
    at: dt.time
    job: Job
    done_for: dt.date | None = None
    not_before_mono: float = float("-inf")
    task: asyncio.Task[None] | None = None


class _Next(CronTrigger):  # type: ignore[misc]  # its package has no types
    """Goes on from now: after a clock that was set forward by years the usual one counts every minute it missed."""

    def get_next_fire_time(self, _previous: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
        found: dt.datetime | None = super().get_next_fire_time(None, now + dt.timedelta(microseconds=1))
        return found


class Agenda:
    """Wall-clock jobs. A job that came late is still done (once); failures are logged and counted in `failures`."""

    def __init__(self, timezone: str, *, clock: Clock, book: DoneBook) -> None:
        self.failures = 0
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._book = book
        self._dailies: list[_Daily] = []
        self._scheduler = AsyncIOScheduler(
            timezone=timezone, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._scheduler.add_listener(self._on_trouble, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        self.minutely("daily", self.look)

    def hourly(self, name: str, minute: int, job: Job) -> None:
        """Run `job` every hour at `minute`."""
        self._add(name, _Next(minute=minute, timezone=self._timezone), job)

    def minutely(self, name: str, job: Job) -> None:
        """Run `job` every minute."""
        self._add(name, _Next(second=0, timezone=self._timezone), job)

    def daily(self, name: str, at: str, job: Job) -> None:
        """Run `job` once a day at the wall time `at` ("01:40"), or as soon as we watch again if we did not then.

        It is remembered as done when it returns; while it raises it is tried every RETRY_S. Being cancelled, it ends.
        A clock that is set back over `at` does not repeat it, one that is set forward does not lose it. A job met for
        the first time begins with the next `at`.
        """
        self._dailies.append(_Daily(name, dt.time.fromisoformat(at), job))

    def replan(self) -> None:
        """Look at the clock again, after it was set: back, the next times are those of the clock that was wrong."""
        now = dt.datetime.fromtimestamp(self._clock.now(), self._zone)
        for job in self._scheduler.get_jobs():
            due = job.trigger.get_next_fire_time(None, now)
            if due < job.next_run_time:
                job.modify(next_run_time=due)
        self._scheduler.wakeup()

    async def look(self) -> None:
        """Begin the daily jobs that are due."""
        now, mono = self._clock.now(), self._clock.monotonic()
        for each in self._dailies:
            if (each.task is not None and not each.task.done()) or mono < each.not_before_mono:
                continue
            day = latest_day(now, each.at, self._zone)
            try:
                done_for = each.done_for = each.done_for or await self._book.done_for(each.name)
                if done_for is None:
                    await self._book.note_done(each.name, day)
                    each.done_for = day
            except StorageError as error:
                log.warning("daily_not_remembered job=%s error=%s", each.name, error)
                continue
            if done_for is not None and is_due(done_for, day):
                each.task = asyncio.create_task(self._do(each, day), name=f"daily:{each.name}")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the agenda while the block runs; daily jobs under way are cancelled and waited for at the end."""
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=False)
            tasks = [each.task for each in self._dailies if each.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(self, daily: _Daily, day: dt.date) -> None:
        try:
            await daily.job()
        except Exception:
            self.failures += 1
            daily.not_before_mono = self._clock.monotonic() + RETRY_S
            log.exception("agenda_job_failed job=%s", daily.name)
            return
        daily.done_for = day
        try:
            await self._book.note_done(daily.name, day)
        except StorageError as error:
            # Until a restart we know it ourselves.
            log.warning("daily_not_remembered job=%s error=%s", daily.name, error)

    def _add(self, name: str, trigger: CronTrigger, job: Job) -> None:
        self._scheduler.add_job(_quietly, trigger, args=(job,), id=name, name=name)

    def _on_trouble(self, event: JobExecutionEvent) -> None:
        self.failures += 1
        log.error("agenda_job_failed job=%s", event.job_id, exc_info=event.exception)


async def _quietly(job: Job) -> None:
    """Do the job; one cancelled by a stop ends without a word: APScheduler would tell it as a failure."""
    with suppress(asyncio.CancelledError):
        await job()


def latest_day(now: float, at: dt.time, zone: ZoneInfo) -> dt.date:
    """Return the day of the latest moment up to `now` at which the wall clock in `zone` showed `at`."""
    here = dt.datetime.fromtimestamp(now, zone)
    return here.date() if here.time() >= at else here.date() - dt.timedelta(days=1)


def is_due(done_for: dt.date, day: dt.date) -> bool:
    """Whether a job last done for `done_for` is to be done for `day`.

    Set back over the time of day, the clock shows the day before: that is no reason. A `done_for` that lies farther
    ahead was noted by a clock that was wrong.
    """
    return day > done_for or done_for - day > dt.timedelta(days=1)
