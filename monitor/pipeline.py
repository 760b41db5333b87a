"""The way of a result: log it, let the engine decide, save the decision in order, then tell who waits for it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from alerts import engine
from alerts.model.checks import CheckResult, Status
from alerts.model.decision import Decision
from alerts.world import World
from monitor.clock import Clock
from monitor.storage.errors import StorageError, StorageFault

log = logging.getLogger(__name__)

RETRY_S = 1.0
"""How long to wait after the store refused."""

COMMIT_TOGETHER = 500
"""Decisions saved in one transaction when many came at once."""


class DecisionStore(Protocol):
    """Where decisions are saved."""

    async def commit_many(self, decisions: list[Decision]) -> None:
        """Save all of them in order, in one transaction; StorageError if that failed."""
        ...


class Saver:
    """Saves decisions in the order they were made. When the disk is the trouble they wait here; none is dropped.

    `fault` is why the store refuses now, `fault_since_mono` since when. `refused` counts decisions that it will never
    take (a bug of ours): each is logged whole and set aside, so that it does not hold up the others.
    """

    def __init__(self, store: DecisionStore, *, clock: Clock, saved: Callable[[], None]) -> None:
        self.fault: StorageError | None = None
        self.fault_since_mono: float | None = None
        self.refused = 0
        self._store = store
        self._clock = clock
        self._saved = saved
        self._together = COMMIT_TOGETHER
        self._queue: deque[Decision] = deque()
        self._arrived = asyncio.Event()
        self._progress = asyncio.Event()
        self._done = 0

    @property
    def waiting(self) -> int:
        """Decisions not saved yet."""
        return len(self._queue)

    @property
    def done(self) -> int:
        """Decisions taken care of since the start."""
        return self._done

    def put(self, decision: Decision) -> None:
        """Queue a decision to be saved."""
        self._queue.append(decision)
        self._arrived.set()

    async def all_saved(self) -> None:
        """Wait until everything put so far is on the disk; StorageError when it is refused for now."""
        last = self._done + len(self._queue)
        while self._done < last:
            self._progress.clear()
            await self._progress.wait()
            if self.fault is not None:
                raise self.fault

    async def run(self) -> None:
        """Save for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._queue:
                if not await self._save_some():
                    await self._clock.sleep(RETRY_S)

    async def drain(self) -> None:
        """Save what is left, once; what the store refuses is lost with the process and said so."""
        while self._queue:
            if not await self._save_some():
                log.error("decisions_lost count=%d error=%s", len(self._queue), self.fault)
                return

    async def _save_some(self) -> bool:
        batch = [self._queue[i] for i in range(min(self._together, len(self._queue)))]
        try:
            await self._store.commit_many(batch)
        except StorageError as error:
            if error.fault is not StorageFault.REFUSED:
                self._note_fault(error)
                return False
            if len(batch) > 1:
                self._together = 1
                return True
            self.refused += 1
            log.critical("decision_refused error=%s decision=%r", error, batch[0])
        else:
            self._together = COMMIT_TOGETHER
        if self.fault is not None:
            log.warning("state_store_works_again waiting=%d", len(self._queue))
        self.fault = self.fault_since_mono = None
        for _ in batch:
            self._queue.popleft()
        self._done += len(batch)
        self._progress.set()
        self._saved()
        return True

    def _note_fault(self, error: StorageError) -> None:
        if self.fault is None:
            log.error("state_store_refuses error=%s", error)
            self.fault_since_mono = self._clock.monotonic()
        self.fault = error
        self._progress.set()


class ResultSink(Protocol):
    """Where results are logged."""

    def append(self, result: CheckResult) -> None:
        """Queue the result for the log; never waits, never raises."""
        ...


class Rescheduler(Protocol):
    """Who probes again."""

    def recheck(self, check_ids: frozenset[str]) -> None:
        """Probe at once."""
        ...

    def retry(self, check_ids: frozenset[str]) -> None:
        """Probe after the retry interval."""
        ...


class Pipeline:
    """Steps 5 to 7 of the way of a measurement, for results, ticks and people's commands alike."""

    def __init__(self, world: World, *, results: ResultSink, saver: Saver, clock: Clock) -> None:
        self.world = world
        self.rescheduler: Rescheduler | None = None
        self.on_decision: Callable[[Decision], None] = lambda _decision: None
        self.last_result_at: float | None = None
        self._results = results
        self._saver = saver
        self._clock = clock

    def handle(self, result: CheckResult) -> None:
        """Take one result."""
        self._results.append(result)
        now = self._clock.now()
        check = self.world.inventory.checks.get(result.check_id)
        if check is None or not check.is_own:  # how we are ourselves proves no measuring
            self.last_result_at = now
        self.carry_out(engine.on_result(self.world, result, now=now, mono=self._clock.monotonic()))

    def tick(self) -> None:
        """Let time itself have its consequences."""
        self.carry_out(engine.on_tick(self.world, now=self._clock.now(), mono=self._clock.monotonic()))

    def carry_out(self, decision: Decision) -> None:
        """Save the decision and probe again what it asks for."""
        if decision.is_worth_saving:
            for transition in decision.transitions:
                # Coming to know that all is well is no news; a whole province does it at every start.
                level = (
                    logging.DEBUG
                    if transition.new is Status.UP and transition.old is Status.UNKNOWN
                    else logging.INFO
                )
                log.log(
                    level,
                    "transition check=%s old=%s new=%s cause=%s",
                    transition.check_id,
                    transition.old,
                    transition.new,
                    transition.cause,
                )
            for event in decision.log:
                log.info(
                    "incident id=%s event=%s who=%s text=%s",
                    event.incident_id,
                    event.kind,
                    event.who,
                    "" if event.who else event.text,  # people write whom they called, and at which number
                )
            self._saver.put(decision)
            self.on_decision(decision)
        if self.rescheduler is not None:
            if decision.recheck:
                self.rescheduler.recheck(decision.recheck)
            if decision.retry:
                self.rescheduler.retry(decision.retry)
