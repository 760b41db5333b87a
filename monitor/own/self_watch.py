"""Looks at the monitor itself every few seconds, and writes down what it finds where its own checks read it.

Disks and /proc are asked in a thread of their own: one that hangs holds up nothing, and its figures are missing then.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from monitor.bug_fence import kept_going
from monitor.clock import Clock
from monitor.composer import Composer
from monitor.dead_man import DeadMan
from monitor.delivering import DeliveryDesk
from monitor.own.looks import Known, looks
from monitor.own.machine import Machine, look_at_machine
from monitor.own.parts import texts_of
from monitor.series.log import ResultLog
from monitor.settings.settings import Settings
from monitor.storage.clock_steps import clock_steps
from monitor.storage.state import StateStore
from monitor.web.health import troubles
from monitor.web.memory import WebMemory
from monitor.web.metrics import Metrics
from monitor.web.view import Snapshot
from probes.own import OwnBook

log = logging.getLogger(__name__)

EVERY_S: Final = 15.0
"""A quarter of the interval of the checks that read it."""
SELDOM_S: Final = 600.0
"""How often databases are asked: where the disk is heading, how often the clock was set."""
MACHINE_WITHIN_S: Final = 5.0
FIRST_WITHIN_S: Final = 1.0
"""A start waits no longer for the first look."""
PAUSE_S: Final = 2.0
"""How often the loop's lateness is measured: a pause that lasts for longer is never overlooked."""
_PAUSES_KEPT: Final = 30
"""A minute of them."""
_DAY_S: Final = 86_400.0


class Signs(Protocol):
    """Where what is seen is shown, and who listens outside."""

    dead_man: DeadMan | None
    self_watch: "SelfWatch | None"


class Watched(Protocol):
    """What is asked of the running daemon."""

    @property
    def settings(self) -> Settings:
        """Folders, certificates, zone."""
        ...

    @property
    def signs(self) -> Signs:
        """How its parts are."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The counters."""
        ...

    @property
    def web(self) -> WebMemory:
        """Where the disk's outlook is kept."""
        ...

    @property
    def state(self) -> StateStore:
        """Where the clock's steps are noted."""
        ...

    @property
    def results(self) -> ResultLog:
        """What fills the disk."""
        ...

    @property
    def delivering(self) -> DeliveryDesk:
        """Its alarm tells of channels that fail."""
        ...

    @property
    def composer(self) -> Composer:
        """Writes messages, also those of our own troubles."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


class SelfWatch:
    """Looks while `run` runs. `machine` is what the machine said last, None while it does not answer.

    `has_looked` is set once the book has its first looks.
    """

    def __init__(self, watched: Watched, book: OwnBook, *, clock: Clock) -> None:
        self.machine: Machine | None = None
        self.has_looked = asyncio.Event()
        self._watched = watched
        self._book = book
        self._clock = clock
        self._pauses_s: deque[float] = deque(maxlen=_PAUSES_KEPT)
        self._machine_thread = ThreadPoolExecutor(1, thread_name_prefix="own-machine")
        self._asked: asyncio.Future[Machine] | None = None
        self._unseen = ""
        self._disk_full_s: float | None = None
        self._clock_steps: int | None = None
        self._seldom_mono = float("-inf")

    @property
    def loop_lag_s(self) -> float:
        """How late the event loop came to its work at most in the last minute."""
        return max(self._pauses_s, default=0.0)

    def texts(self) -> dict[str, str]:
        """Return check of the monitor itself -> what is wrong there now."""
        snapshot = self._watched.snapshot()
        found = troubles(snapshot, ZoneInfo(self._watched.settings.timezone))
        return texts_of(found, snapshot.inventory, snapshot.own_checks)

    def close(self) -> None:
        """Let go of the thread, without waiting for a disk that hangs."""
        self._machine_thread.shutdown(wait=False, cancel_futures=True)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            ends_mono = self._clock.monotonic() + EVERY_S
            while (before_mono := self._clock.monotonic()) < ends_mono:
                await self._clock.sleep(PAUSE_S)
                self._pauses_s.append(max(0.0, self._clock.monotonic() - before_mono - PAUSE_S))

    async def look(self) -> None:
        """Take one look at everything, and write it down."""
        self.machine = await self._ask_machine()
        dead_man = self._watched.signs.dead_man
        snapshot, zone = self._watched.snapshot(), ZoneInfo(self._watched.settings.timezone)
        known = Known(
            snapshot=snapshot,
            troubles=troubles(snapshot, zone),
            mono=self._clock.monotonic(),
            zone=zone,
            loop_lag_s=self.loop_lag_s,
            blind_s=self._watched.metrics.blind_s,
            machine=self.machine,
            disk_full_s=self._disk_full_s,
            clock_steps=self._clock_steps,
            signs_sent_at=None if dead_man is None else dead_man.sent_at,
            told_channels=self._watched.delivering.raised,
        )
        self._book.record(looks(known))
        self.has_looked.set()
        await self._ask_databases()  # for the next look: a start does not wait for them

    async def _ask_machine(self) -> Machine | None:
        """Return what the machine says; None when it says nothing in time. Never asks twice at once."""
        if self._asked is None or self._asked.done():
            settings = self._watched.settings
            self._asked = asyncio.get_running_loop().run_in_executor(
                self._machine_thread,
                look_at_machine,
                settings.state_dir,
                certificate_files(settings),
                self._clock.now(),
            )
        done, _ = await asyncio.wait([self._asked], timeout=MACHINE_WITHIN_S)
        if not done:
            return None
        try:
            machine = self._asked.result()
        except OSError as error:
            if self._unseen != str(error):  # once, not at every look
                self._unseen = str(error)
                log.warning("machine_not_seen error=%s", error)
            return None
        self._unseen = ""
        return machine

    async def _ask_databases(self) -> None:
        mono, now = self._clock.monotonic(), self._clock.now()
        if mono - self._seldom_mono < SELDOM_S:
            return
        self._seldom_mono = mono
        watched = self._watched
        outlook = await watched.web.outlooks.read(watched.results.database, watched.settings, now)
        days = None if outlook is None else outlook.forecast.disk_full_in_days
        self._disk_full_s = None if days is None else days * _DAY_S
        steps = await clock_steps(watched.state.database, now - _DAY_S)
        self._clock_steps = None if steps is None else steps[0]


def certificate_files(settings: Settings) -> dict[str, Path]:
    """Return listener -> the file of its certificate: `web`, `beat`."""
    beats = None if settings.heartbeats is None else settings.heartbeats.http
    files = {"web": settings.web.tls_cert, "beat": None if beats is None else beats.tls_cert}
    return {listener: path for listener, path in files.items() if path is not None}


@asynccontextmanager
async def watching_itself(watched: Watched, book: OwnBook, *, clock: Clock) -> AsyncIterator[None]:
    """Look until the block ends."""
    watch = watched.signs.self_watch = SelfWatch(watched, book, clock=clock)
    watched.composer.own_texts = watch.texts
    try:
        async with kept_going({"self-watch": watch.run}, clock):
            # Or its own checks would begin with nothing to read, and say for a minute that this machine cannot measure.
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_WITHIN_S):
                    await watch.has_looked.wait()
            yield
    finally:
        watch.close()
