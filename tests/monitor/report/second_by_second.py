"""What a made-up time was like, second by second, from its script alone: no transitions, no accounts, no product.

Every second of every target is one number in an array; figures are counts of seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alerts.model.checks import Status
from inventory.model import ALWAYS, Check, Inventory
from inventory.times.calendars import spans
from monitor.accounting.model import Period
from monitor.demo.year.course import SHORTEST_BEHIND_S, declared_after_s, lag_s
from monitor.demo.year.incidents import DEGRADED_WAIT_S
from monitor.demo.year.model import Fault, Script, Strike

UP, DEGRADED, DOWN, UNKNOWN, MAINTENANCE, OFF_HOURS, UNWATCHED = range(7)
LOOK_BACK_S = 14 * 86_400
Seconds = NDArray[np.uint8]
Runs = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Outage:
    """One outage that has DOWN seconds in the period; times in Unix seconds."""

    from_at: float
    until_at: float | None
    down_s: float
    length_s: float
    is_carried: bool


class Seen:
    """A period of a script."""

    def __init__(self, script: Script, inventory: Inventory, period: Period) -> None:
        self.script = script
        self.inventory = inventory
        self.period = period
        self.begin = int(period.from_at) - LOOK_BACK_S
        self.length = int(period.until_at) - self.begin
        self.primaries: dict[str, Check] = {}
        for check in inventory.checks.values():
            self.primaries.setdefault(check.target_id, check)

    @cache  # noqa: B019 (it lives as long as a test)
    def needs(self, target_id: str) -> frozenset[str]:
        """Everything without which a target cannot be reached."""
        direct = self.inventory.targets[target_id].depends_on
        return frozenset(direct).union(*(self.needs(each) for each in direct))

    def slot(self, from_at: float, until_at: float) -> slice:
        """The seconds of a time, as far as they are looked at."""
        bounds = (min(max(int(at) - self.begin, 0), self.length) for at in (from_at, until_at))
        return slice(*bounds)

    def measured(self, check: Check) -> Seconds:
        """What the check showed, and when nobody measured."""
        seconds = np.full(self.length, UP, np.uint8)
        needs, own_lag_s = self.needs(check.target_id), lag_s(check.id)
        for fault in self._faults:
            for strike in fault.strikes:
                if strike.target_id == check.target_id:
                    value = DOWN if fault.level is Status.DOWN else DEGRADED
                    for from_at, until_at in strike.spans:
                        seconds[self.slot(from_at, until_at)] = value
                elif fault.level is Status.DOWN and strike.target_id in needs:
                    for from_at, until_at in strike.spans:
                        if until_at - from_at >= SHORTEST_BEHIND_S:
                            seconds[self.slot(from_at + own_lag_s, until_at + own_lag_s)] = DOWN
        for from_at, until_at in self.script.off:
            seconds[self.slot(from_at, until_at + own_lag_s)] = UNKNOWN
        seconds[self.slot(0, self.script.begin_at + own_lag_s)] = UNKNOWN
        first_at = self.script.begin_at + min(lag_s(each) for each in self.inventory.checks)
        seconds[self.slot(0, first_at)] = UNWATCHED
        return seconds

    def counted(self, check: Check) -> Seconds:
        """What the seconds count as: works, decisions of people, hours."""
        seconds = self.measured(check)
        for work in self.script.works:
            meant = work.selector.targets
            during = seconds[self.slot(work.from_at, work.until_at)]
            if check.target_id in meant:
                during[during != UNWATCHED] = MAINTENANCE
            elif not self.needs(check.target_id).isdisjoint(meant):
                during[np.isin(during, (DOWN, DEGRADED, UNKNOWN))] = MAINTENANCE
        for correction in self.script.corrections:
            if check.id in correction.check_ids:
                during = seconds[self.slot(correction.from_at, correction.until_at)]
                during[during == DOWN] = MAINTENANCE
        if check.calendar != ALWAYS:
            closed = seconds != UNWATCHED
            for from_at, until_at in self._open(check.calendar):
                closed[self.slot(from_at, until_at)] = False
            seconds[closed] = OFF_HOURS
        return seconds

    def within(self, runs: Runs) -> dict[int, int]:
        """How many seconds of the period count as what."""
        found = dict.fromkeys(range(7), 0)
        for start, end, value in runs:
            found[value] += max(0, end - max(start, LOOK_BACK_S))
        return found

    def outages(self, runs: Runs) -> list[Outage]:
        """Runs of DOWN, told apart by anything but OFF_HOURS and UNKNOWN, with DOWN seconds in the period."""
        found: list[Outage] = []
        run: list[tuple[int, int]] = []
        for start, end, value in (*runs, (self.length, self.length, -1)):
            if value == DOWN:
                run.append((start, end))
            elif value not in {OFF_HOURS, UNKNOWN} and run:
                inside = sum(max(0, b - max(a, LOOK_BACK_S)) for a, b in run)
                if inside:
                    is_over = value != -1
                    found.append(
                        Outage(
                            float(run[0][0] + self.begin),
                            float(start + self.begin) if is_over else None,
                            float(inside),
                            float(sum(b - a for a, b in run)),
                            run[0][0] < LOOK_BACK_S,
                        )
                    )
                run = []
        return found

    def declared(self) -> Iterator[Fault]:
        """What people were to hear of as one thing, declared in the period; a group once, each of the others alone.

        Without what is maintenance from beginning to end.
        """
        for fault in self._faults:
            waits_s = DEGRADED_WAIT_S if fault.level is Status.DEGRADED else 0.0
            moments = [
                strike.spans[0][0] + declared_after_s(self.primaries[strike.target_id]) + waits_s
                for strike in fault.strikes
            ]
            told = [(moment, (strike,)) for moment, strike in zip(moments, fault.strikes, strict=True)]
            if fault.common is not None:
                told = [(sorted(moments)[2] + 1.0, fault.strikes)]
            for moment, strikes in told:
                if self.period.from_at <= moment < self.period.until_at and not all(
                    map(self._is_planned, strikes)
                ):
                    yield fault

    def _is_planned(self, strike: Strike) -> bool:
        check, from_at, until_at = self.primaries[strike.target_id], strike.spans[0][0], strike.spans[-1][1]
        at_work = any(each.from_at < until_at and from_at < each.until_at for each in self.script.works)
        if not at_work and not any(check.id in each.check_ids for each in self.script.corrections):
            return False
        return bool((self.counted(check)[self.slot(from_at, until_at)] == MAINTENANCE).all())

    @cached_property
    def _faults(self) -> list[Fault]:
        return [each for each in self.script.faults if each.from_at < self.period.until_at]

    @cache  # noqa: B019 (it lives as long as a test)
    def _open(self, calendar: str) -> tuple[tuple[float, float], ...]:
        return tuple(spans(self.inventory.calendars[calendar], self.begin, self.period.until_at))


def runs_of(seconds: Seconds) -> Runs:
    """Return from, to and value of what is the same."""
    edges = [0, *(np.flatnonzero(seconds[1:] != seconds[:-1]) + 1).tolist(), len(seconds)]
    return [(start, end, int(seconds[start])) for start, end in pairwise(edges)]
