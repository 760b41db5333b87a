"""What is written down of a made-up year while it is thought up: nothing may happen to one thing twice at once."""

import random
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.incident import Common, Dimension
from inventory.model import Inventory, Layer, Unit
from monitor.demo.year.model import ZONE, Fault, Span, Strike

APART_S: Final = 3_600.0
"""So far apart are faults of one thing: what comes back sooner would be the same incident."""
NEAR_OFF_S: Final = 600.0
_LEAST: Final = 3
_ZONE: Final = ZoneInfo(ZONE)


def moment(day: date, hour: float) -> float:
    """Return a local time of a day, to the second."""
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE).timestamp() + round(hour * 3_600)


@dataclass
class Month:
    """One month that is being thought up; `chance` is its own, so that it does not depend on the months before it."""

    first: date
    chance: random.Random
    is_whole: bool = True

    @property
    def days(self) -> list[date]:
        """Its days."""
        found = [self.first]
        while (next_day := found[-1] + timedelta(days=1)).month == self.first.month:
            found.append(next_day)
        return found

    def day(self, of_month: int, number: int) -> date | None:
        """Return a day of the calendar if it is one of this month."""
        return self.first.replace(day=number) if of_month == self.first.month else None

    @property
    def working_days(self) -> list[date]:
        """Monday to Friday; holidays are nobody's concern here."""
        return [day for day in self.days if day.weekday() < 5]  # noqa: PLR2004 (Friday)


class Book:
    """The faults so far, and what is busy with them."""

    def __init__(self, inventory: Inventory, begin_at: float, end_at: float, off: Sequence[Span]) -> None:
        self.inventory = inventory
        self.begin_at = begin_at
        self.end_at = end_at
        self.off = off
        self.faults: list[Fault] = []
        self._busy: defaultdict[str, list[Span]] = defaultdict(list)
        self._related = _related(inventory)
        self.communes: tuple[Unit, ...] = tuple(each for each in inventory.units.values() if each.is_commune)

    def take(self, fault: Fault) -> bool:
        """Write a fault down unless something happens to one of its things, or to what they hang on, at that time.

        Strikes of a group that do not fit are left out as long as at least three remain.
        """
        strikes = tuple(
            replace(strike, spans=tuple(self._fitted(span) for span in strike.spans))
            for strike in fault.strikes
        )
        free = tuple(strike for strike in strikes if self._is_free(strike))
        if not free or (len(free) < len(strikes) and len(free) < _LEAST):
            return False
        for strike in free:
            insort(self._busy[strike.target_id], (strike.spans[0][0], strike.spans[-1][1]))
        self.faults.append(replace(fault, strikes=free))
        return True

    def lines_of(self, common: Common) -> list[str]:
        """Return the lines of communes that have this in common."""
        return [code for unit in self.communes if self.shares(code := f"{unit.code}.cpe", common)]

    def shares(self, target_id: str, common: Common) -> bool:
        """Whether a line has this in common with others."""
        target = self.inventory.targets[target_id]
        unit = self.inventory.units[target.unit_code]
        provider = self.provider_of(target_id)
        return common.value == {
            Dimension.DISTRICT: unit.former_district,
            Dimension.PROVIDER_DISTRICT: f"{provider}|{unit.former_district}",
            Dimension.PROVIDER_AREA: f"{provider}|{unit.area}",
            Dimension.PROVIDER: provider,
            Dimension.AREA: unit.area,
            Dimension.LAYER: Layer.TSLCD.value,
        }.get(common.dimension)

    def provider_of(self, target_id: str) -> str:
        """Return the carrier of a line, "" when it has none."""
        circuit = self.inventory.circuits.get(self.inventory.targets[target_id].circuit_id or "")
        return "" if circuit is None else circuit.provider

    def _fitted(self, span: Span) -> Span:
        """Move the ends of a span off the times at which the monitor was off, and to whole seconds."""
        return (self._moved(span[0]), self._moved(span[1]))

    def _moved(self, at: float) -> float:
        for start, end in self.off:
            if start - NEAR_OFF_S <= at < end + NEAR_OFF_S:
                return end + NEAR_OFF_S
        return float(round(at))

    def _is_free(self, strike: Strike) -> bool:
        first, last = strike.spans[0][0], strike.spans[-1][1]
        if (
            first < self.begin_at + APART_S
            or first >= self.end_at
            or any(end <= at for at, end in strike.spans)
        ):
            return False
        return not any(
            self._overlaps(self._busy[related], first - APART_S, last + APART_S)
            for related in self._related[strike.target_id]
        )

    @staticmethod
    def _overlaps(busy: Sequence[Span], first: float, last: float) -> bool:
        return any(start < last and first < end for start, end in busy[: bisect_left(busy, (last, 0.0))])


def _related(inventory: Inventory) -> Mapping[str, frozenset[str]]:
    """Return target id -> itself, all that it needs, and all that needs it."""
    above: dict[str, set[str]] = {}

    def needs(target_id: str) -> set[str]:
        if target_id not in above:
            found = {target_id}
            for each in inventory.targets[target_id].depends_on:
                found |= needs(each)
            above[target_id] = found
        return above[target_id]

    related: defaultdict[str, set[str]] = defaultdict(set)
    for target_id in inventory.targets:
        for each in needs(target_id):
            related[target_id].add(each)
            related[each].add(target_id)
    return {target_id: frozenset(each) for target_id, each in related.items()}
