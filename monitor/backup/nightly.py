"""The nightly copy in the daemon: made in a thread of its own, old ones dropped after it, and what is known of copies."""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from monitor.backup.copies import UNFINISHED, Copy, find_copies, folder_of
from monitor.backup.copying import make_copy
from monitor.backup.facts import BackupFacts
from monitor.backup.rotation import Keep, kept
from monitor.clock import Clock
from monitor.settings.settings import Settings
from monitor.settings.storage import BackupSettings
from monitor.storage.errors import StorageError
from monitor.storage.snapshot import Work

log = logging.getLogger(__name__)


class Nightly:
    """Makes copies when asked, one at a time. `facts` is None while copies are switched off."""

    def __init__(self, settings: Callable[[], Settings], *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._facts = BackupFacts(clock.now())
        self._making: asyncio.Task[None] | None = None

    @property
    def facts(self) -> BackupFacts | None:
        """What is known now, from memory."""
        return self._facts if self._settings().backup.enabled else None

    @property
    def is_copying(self) -> bool:
        """Whether a copy that somebody asked for is being made."""
        return self._making is not None and not self._making.done()

    def begin(self, told: Callable[[], None]) -> bool:
        """Make a copy now, beside everything else; `told` is called at its end. False: switched off, or under way."""
        if not self._settings().backup.enabled or self.is_copying:
            return False

        async def make() -> None:
            with suppress(StorageError):  # `facts` says why
                await self.run()
            told()

        self._making = asyncio.get_running_loop().create_task(make(), name="backup asked for")
        return True

    def clock_stepped(self) -> None:
        """Call no copy late for a while: the days between may never have been."""
        self._facts = replace(self._facts, clock_set_at=self._clock.now())

    async def look(self) -> None:
        """See which copies there are: people make some too."""
        settings = self._settings()
        if settings.backup.enabled:
            await self._in_thread(lambda _work: self._see(settings))

    async def run(self) -> None:
        """Make a copy and drop what is not to be kept. Raises StorageError; cancelled, it leaves nothing half."""
        settings = self._settings()
        if not settings.backup.enabled:
            return
        try:
            await self._in_thread(lambda work: self._make(settings, work))
        except StorageError as error:
            failed_at = self._clock.now() if self._facts.failed_at is None else self._facts.failed_at
            self._facts = replace(self._facts, error=str(error), failed_at=failed_at)
            raise
        self._facts = replace(self._facts, error="", failed_at=None)

    async def _in_thread(self, job: Callable[[Work], None]) -> None:
        # A thread of its own: a copy takes minutes, and nothing else shall wait for it.
        work = Work(stop=threading.Event())
        executor = ThreadPoolExecutor(1, thread_name_prefix="backup")
        future = asyncio.get_running_loop().run_in_executor(executor, job, work)
        executor.shutdown(wait=False)
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            if work.stop is not None:
                work.stop.set()
            await asyncio.gather(future, return_exceptions=True)
            raise

    def _make(self, settings: Settings, work: Work) -> None:
        now, folder = self._clock.now(), folder_of(settings)
        log.info("backup_begun folder=%s", folder)
        made = make_copy(
            settings.state_dir, folder, with_results=settings.backup.with_results, now=now, work=work
        )
        log.info("backup_made path=%s bytes=%d", made.folder, made.size_bytes)
        try:
            dropped = drop_old(settings, made, now=now)
        except OSError as error:
            log.warning("backup_not_rotated folder=%s error=%s", folder, error)
        else:
            for copy in dropped:
                log.info("backup_dropped path=%s", copy.folder)
        self._see(settings)

    def _see(self, settings: Settings) -> None:
        try:
            found = find_copies(folder_of(settings))
        except OSError as error:
            log.warning("backups_not_seen folder=%s error=%s", folder_of(settings), error)
            return
        now = self._clock.now()
        good = next((copy for copy in found.copies if copy.manifest.created_at <= now), None)
        self._facts = replace(
            self._facts,
            last_good_at=None if good is None else good.manifest.created_at,
            size_bytes=0 if good is None else good.size_bytes,
        )


def drop_old(settings: Settings, made: Copy, *, now: float) -> list[Copy]:
    """Delete the copies that the settings do not keep, never `made`, never what is broken; return them. Raises OSError."""
    copies = find_copies(folder_of(settings)).copies
    stay = kept(
        [(copy.folder, copy.manifest.created_at) for copy in copies],
        keep_of(settings.backup),
        ZoneInfo(settings.timezone),
        now,
    )
    dropped = [copy for copy in copies if copy.folder not in stay and copy.folder != made.folder]
    for copy in dropped:
        # Under another name first: half deleted it must not look like a copy.
        doomed = copy.folder.with_name(f"{UNFINISHED}{copy.folder.name}")
        copy.folder.rename(doomed)
        shutil.rmtree(doomed)
    return dropped


def keep_of(settings: BackupSettings) -> Keep:
    """Return how many copies the settings keep."""
    return Keep(settings.keep_days, settings.keep_weeks, settings.keep_months)
