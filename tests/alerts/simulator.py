"""Hours of a daemon in milliseconds: virtual time, hashed slots, retries and rechecks as the scheduler does them.

Ground truth is a list of outages per check. A probe that starts within one fails after its timeout; any other answers
after `RTT_S`. Deterministic: the same arguments give the same run.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from alerts import engine
from alerts.model.checks import CheckResult
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings
from alerts.telling.holding import hold_of_incident
from inventory.model import Check, Inventory
from probes.reading import Reading
from tests.alerts.ledger import Ledger
from tests.alerts.province import EPOCH, GOOD, SETTINGS, SILENT

RTT_S = 0.02
TICK_S = 1.0

Outages = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(slots=True)
class Slot:
    """One check's place in the schedule."""

    check: Check
    offset_s: float
    due_mono: float = -1.0
    number: int = 0
    running: bool = False
    again: bool = False


class Simulator:
    """A daemon without loop, store or network. `phases` maps a check to its place within its interval, 0..1."""

    def __init__(
        self,
        inventory: Inventory,
        outages: Outages,
        *,
        phases: Mapping[str, float],
        settings: AlertSettings = SETTINGS,
        reading_of: Callable[[str, float], Reading] | None = None,
        tick_s: float = TICK_S,
    ) -> None:
        self.ledger = Ledger()
        self.decisions: list[tuple[float, Decision]] = []
        self.probes: dict[str, int] = dict.fromkeys(inventory.checks, 0)
        self.mono = 0.0
        self.clock_s = 0.0  # how far the wall clock was set ahead (or back)
        self.outages = outages
        self._tick_s = tick_s
        self._reading_of = reading_of or self._by_outage
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._slots = {
            check_id: Slot(each, phases.get(check_id, 0.5) * each.interval_s)
            for check_id, each in inventory.checks.items()
        }
        self.world, decision = engine.start(inventory, settings, SavedState(), now=EPOCH, mono=0.0)
        self.carry_out(decision)
        for slot in self._slots.values():
            self._plan(slot, slot.offset_s)
        self._at(tick_s, self._tick)

    def run_until(self, mono: float) -> Self:
        while self._events and self._events[0][0] <= mono:
            self.mono, _, act = heapq.heappop(self._events)
            act()
        self.mono = mono
        return self

    def restart(self) -> None:
        """The daemon is stopped and started: what it saved is all it knows."""
        inventory, settings = self.world.inventory, self.world.settings
        now = self.now
        self.world, decision = engine.start(
            inventory, settings, self.ledger.saved(alive_at=now), now=now, mono=self.mono
        )
        self.carry_out(decision)

    @property
    def now(self) -> float:
        """Unix seconds, as the wall clock shows them."""
        return EPOCH + self.mono + self.clock_s

    @property
    def opened(self) -> list[Incident]:
        """Every incident there ever was, as it is now."""
        return list(self.ledger.incidents.values())

    def _at(self, mono: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (mono, self._count, act))

    def _plan(self, slot: Slot, due_mono: float) -> None:
        if due_mono == slot.due_mono:
            return
        slot.due_mono = due_mono
        self._at(due_mono, lambda: self._due(slot, due_mono))

    def _due(self, slot: Slot, due_mono: float) -> None:
        if slot.due_mono != due_mono:
            return  # planned anew since
        while slot.offset_s + slot.number * slot.check.interval_s <= self.mono:
            slot.number += 1
        self._plan(slot, slot.offset_s + slot.number * slot.check.interval_s)
        if not slot.running:
            self._start(slot)

    def _start(self, slot: Slot) -> None:
        slot.running = True
        started_mono = self.mono
        reading = self._reading_of(slot.check.id, started_mono)
        self.probes[slot.check.id] += 1
        took_s = RTT_S if reading.ok else slot.check.timeout_s
        self._at(started_mono + took_s, lambda: self._done(slot, reading, started_mono))

    def _done(self, slot: Slot, reading: Reading, started_mono: float) -> None:
        slot.running = False
        outcome = CheckResult(
            check_id=slot.check.id,
            started_at=EPOCH + started_mono + self.clock_s,
            duration_s=self.mono - started_mono,
            reading=reading,
            started_mono=started_mono,
        )
        self.carry_out(engine.on_result(self.world, outcome, now=self.now, mono=self.mono))
        if slot.again:
            slot.again = False
            self._recheck(slot)

    def _tick(self) -> None:
        self.carry_out(engine.on_tick(self.world, now=self.now, mono=self.mono))
        self._at(self.mono + self._tick_s, self._tick)

    def carry_out(self, decision: Decision) -> None:
        now = self.now  # what fell due before this decision is out already
        self.ledger.put_off(now, lambda each: hold_of_incident(self.world, each, now))
        self.ledger.deliver(now)
        if decision.is_worth_saving:
            self.decisions.append((self.mono, decision))
            self.ledger.commit(decision)
        for check_id in sorted(decision.recheck):
            self._recheck(self._slots[check_id])
        for check_id in sorted(decision.retry):
            slot = self._slots[check_id]
            self._plan(slot, min(self.mono + slot.check.retry_interval_s, slot.due_mono))

    def _recheck(self, slot: Slot) -> None:
        if slot.running:
            slot.again = True
        else:
            self._plan(slot, self.mono)

    def _by_outage(self, check_id: str, mono: float) -> Reading:
        is_out = any(begin <= mono < end for begin, end in self.outages.get(check_id, ()))
        return SILENT if is_out else GOOD
