"""What happens at a wall-clock time: APScheduler, for thin idempotent jobs only. Probes are scheduler.py's."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

log = logging.getLogger(__name__)


class Agenda:
    """Wall-clock jobs. A job that came late is still done (once); failures are logged and counted in `failures`."""

    def __init__(self, timezone: str) -> None:
        self.failures = 0
        self._timezone = timezone
        self._scheduler = AsyncIOScheduler(
            timezone=timezone, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._scheduler.add_listener(self._on_trouble, EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def hourly(self, name: str, minute: int, job: Callable[[], Awaitable[object]]) -> None:
        """Run `job` every hour at `minute`."""
        self._scheduler.add_job(job, CronTrigger(minute=minute, timezone=self._timezone), id=name, name=name)

    def minutely(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        """Run `job` every minute."""
        self._scheduler.add_job(job, CronTrigger(second=0, timezone=self._timezone), id=name, name=name)

    def replan(self) -> None:
        """Look at the clock again, after it was set."""
        self._scheduler.wakeup()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the agenda while the block runs."""
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=False)

    def _on_trouble(self, event: JobExecutionEvent) -> None:
        self.failures += 1
        log.error("agenda_job_failed job=%s", event.job_id, exc_info=event.exception)
