"""When each check runs: hashed slots on the monotonic clock, a lane per kind, missed slots skipped and counted.

Knows no probe and no judgement: it calls `run(check)` and listens to `recheck` and `retry`.
"""

import asyncio
import hashlib
import heapq
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from inventory.model import Check
from monitor.clock import Clock
from monitor.lanes import Entry, Lane

log = logging.getLogger(__name__)

LAG_SAMPLES = 8_192
"""How many of the latest starts the lag figures look at."""

SAME_SLOT_S = 1e-3
"""Closer than this is the same slot: floating point must not run a check twice in one."""


def slot_offset(check_id: str, interval_s: float) -> float:
    """Return the check's place within its interval: spread by hash, and the same after any change elsewhere."""
    digest = hashlib.blake2b(check_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * interval_s


def next_slot(after_mono: float, interval_s: float, offset_s: float) -> float:
    """Return the first slot strictly after `after_mono`; slots are `offset_s` plus whole intervals."""
    index = (after_mono - offset_s) // interval_s
    while index * interval_s + offset_s <= after_mono + SAME_SLOT_S:
        index += 1
    return index * interval_s + offset_s


@dataclass(slots=True)
class ScheduleStats:
    """Figures since start. `lags_s` are the latest starts' delays behind their due time."""

    started: int = 0
    missed: int = 0
    """Due times that passed while the check was still running or waiting for its lane."""
    overruns: int = 0
    """Those of `missed` where the check's previous run was still under way."""
    lags_s: deque[float] = field(default_factory=lambda: deque(maxlen=LAG_SAMPLES))

    def lag_s(self, quantile: float) -> float:
        """Return the nearest-rank quantile of the latest lags; 0 before the first start."""
        ordered = sorted(self.lags_s)
        return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] if ordered else 0.0


class Scheduler:
    """Runs every check in its slots until cancelled."""

    def __init__(
        self,
        *,
        clock: Clock,
        run: Callable[[Check], Awaitable[None]],
        lanes: Mapping[str, Lane],
        checks: Iterable[Check],
        on_lag: Callable[[float], None] = lambda _lag_s: None,
    ) -> None:
        self.stats = ScheduleStats()
        self._clock = clock
        self._run_check = run
        self._on_lag = on_lag
        self._lanes = lanes
        self._entries: dict[str, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._pushes = 0
        self._sleeper: asyncio.Task[None] | None = None
        self._sleeping_until = float("-inf")
        self._tasks: asyncio.TaskGroup | None = None
        self.adopt(checks)

    @property
    def running(self) -> int:
        """Runs under way."""
        return sum(lane.running for lane in self._lanes.values())

    @property
    def lanes(self) -> Mapping[str, Lane]:
        """By kind of check; only read."""
        return self._lanes

    @property
    def stood_aside(self) -> int:
        """Runs that waited because others of their address were under way, since the start."""
        return sum(lane.stood_aside for lane in self._lanes.values())

    @property
    def waiting(self) -> int:
        """Runs that wait for their lane."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    def adopt(self, checks: Iterable[Check]) -> None:
        """Take over a new set of checks; one whose interval is unchanged keeps its slots and its run."""
        wanted = {check.id: check for check in checks}
        for check_id in self._entries.keys() - wanted.keys():
            self._entries.pop(check_id).removed = True
        now = self._clock.monotonic()
        for check in wanted.values():
            entry = self._entries.get(check.id)
            if (
                entry is not None
                and entry.check.interval_s == check.interval_s
                and entry.check.kind == check.kind
            ):
                entry.check = check
                continue
            started_mono = float("-inf")
            if entry is not None:
                entry.removed = True
                started_mono = entry.started_mono
            offset_s = slot_offset(check.id, check.interval_s)
            entry = self._entries[check.id] = Entry(check, offset_s, started_mono=started_mono)
            self._plan(entry, next_slot(now, check.interval_s, entry.offset_s))

    def recheck(self, check_ids: Iterable[str]) -> None:
        """Probe at once; a check that is being probed now is probed once more afterwards."""
        now = self._clock.monotonic()
        for check_id in check_ids:
            entry = self._entries.get(check_id)
            if entry is None or entry.queued:
                continue
            if entry.running:
                entry.again = True
            else:
                self._plan(entry, min(now, entry.due_mono))

    def retry(self, check_ids: Iterable[str]) -> None:
        """Probe again after the check's retry interval, or in its slot if that comes first."""
        now = self._clock.monotonic()
        for check_id in check_ids:
            entry = self._entries.get(check_id)
            if entry is not None and not entry.queued:
                self._plan(entry, min(now + entry.check.retry_interval_s, entry.due_mono))

    async def run(self) -> None:
        """Start what is due, for ever."""
        async with asyncio.TaskGroup() as self._tasks:
            while True:
                now = self._clock.monotonic()
                while self._heap and self._heap[0][0] <= now:
                    due_mono, _, entry = heapq.heappop(self._heap)
                    if not entry.removed and entry.due_mono == due_mono:
                        self._on_due(entry, now)
                await self._sleep_until(self._heap[0][0] if self._heap else now + 1.0)

    async def _sleep_until(self, mono: float) -> None:
        self._sleeping_until = mono
        self._sleeper = asyncio.create_task(
            self._clock.sleep(mono - self._clock.monotonic()), name="scheduler-sleep"
        )
        try:
            await asyncio.wait({self._sleeper})  # does not raise when an earlier due time cancels the sleeper
        finally:
            self._sleeper.cancel()
            self._sleeping_until = float("-inf")

    def _plan(self, entry: Entry, due_mono: float) -> None:
        if due_mono == entry.due_mono:
            return
        entry.due_mono = due_mono
        self._pushes += 1
        heapq.heappush(self._heap, (due_mono, self._pushes, entry))
        if due_mono < self._sleeping_until and self._sleeper is not None:
            self._sleeper.cancel()

    def _on_due(self, entry: Entry, now: float) -> None:
        due_mono = entry.due_mono
        ready_mono = entry.started_mono + entry.check.min_gap_s
        if now < ready_mono:
            self._plan(entry, ready_mono)
            return
        self._plan(entry, next_slot(now, entry.check.interval_s, entry.offset_s))
        if entry.running or entry.queued:
            self.stats.missed += 1
            self.stats.overruns += entry.running
            return
        lane = self._lanes[entry.check.kind]
        if lane.take(entry, due_mono):
            self._start(entry, lane)

    def _start(self, entry: Entry, lane: Lane) -> None:
        assert self._tasks is not None  # noqa: S101 (run() is the only way here)
        entry.running = True
        entry.started_mono = self._clock.monotonic()
        self.stats.started += 1
        lag_s = max(0.0, entry.started_mono - entry.queued_due_mono)
        self.stats.lags_s.append(lag_s)
        self._on_lag(lag_s)
        self._tasks.create_task(self._run_one(entry, lane), name=f"check:{entry.check.id}")

    async def _run_one(self, entry: Entry, lane: Lane) -> None:
        try:
            await self._run_check(entry.check)
        finally:
            entry.running = False
            lane.running -= 1
        if entry.again:
            entry.again = False
            self.recheck((entry.check.id,))
        for following in lane.following(entry, self._clock.monotonic()):
            self._start(following, lane)
