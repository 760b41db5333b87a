"""Every number of a report recomputed step by step from transitions and incidents. Slow; shares nothing with the product.

What a moment counts as is decided by the accounting's oracle; everything happens at whole steps of half an hour.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from alerts.model.incident import Choice, CloseReason, Incident
from monitor.accounting.model import Part, Parts, Period
from monitor.report.figures.material import Material
from tests.monitor.accounting.moment_by_moment import Oracle, summed
from tests.monitor.report.figures.worlds import PRIMARIES, STEP_S

LOOK_BACK_S = 14 * 86_400.0
NEEDS = {
    "1.cpe": set[str](),
    "1.kiosk": {"1.cpe"},
    "1.pc": {"1.kiosk", "so.web", "1.cpe"},
    "2.cpe": set[str](),
    "so.web": set[str](),
}
"""Target -> everything without which it cannot be reached."""


@dataclass(frozen=True)
class Out:
    """One outage as the oracle has it."""

    target_id: str
    from_at: float
    until_at: float | None
    down_s: float
    length_s: float
    is_carried: bool
    own: Incident | None
    took: tuple[Incident, ...]
    """What people were told of that may have taken it away, when it has no incident of its own."""


class World:
    def __init__(self, material: Material) -> None:
        self.material = material
        self.oracle = Oracle(material.books)
        self.incidents = {each.id: each for each in material.books.incidents}

    def story(self, target_id: str, period: Period) -> list[Part]:
        return self.oracle.parts_of_steps(PRIMARIES[target_id], period, STEP_S)

    @cached_property
    def now(self) -> dict[str, list[Part]]:
        return {target_id: self.story(target_id, self.material.period) for target_id in PRIMARIES}

    @cached_property
    def then(self) -> dict[str, list[Part]]:
        return {target_id: self.story(target_id, self.material.before) for target_id in PRIMARIES}

    def parts(self, of: dict[str, list[Part]], *target_ids: str) -> Parts:
        return summed([part for target_id in target_ids for part in of[target_id]], STEP_S)

    def ratio(self, parts: Parts) -> float | None:
        known = parts.up_s + parts.degraded_s + parts.down_s
        due = known + parts.unknown_s
        if not known or known / due < self.material.aims.least_coverage_ratio:
            return None
        return (parts.up_s + parts.degraded_s) / known

    def moments(self) -> list[float]:
        count = round(self.material.period.length_s / STEP_S)
        return [self.material.period.from_at + number * STEP_S for number in range(count)]

    def seconds_by(self, key: str, part: Part) -> Counter[str]:
        """Add up the lines' seconds by strftime `key` of local time."""
        zone = ZoneInfo(self.material.aims.zone)
        found: Counter[str] = Counter()
        for target_id in ("1.cpe", "2.cpe"):
            for at, each in zip(self.moments(), self.now[target_id], strict=True):
                if each is part:
                    found[datetime.fromtimestamp(at, zone).strftime(key)] += STEP_S
        return found

    @cached_property
    def outages(self) -> list[Out]:
        found = []
        for target_id, check_id in PRIMARIES.items():
            period = self.material.period
            for before_s, within_s, from_at, until_at, _ in self.oracle.outages_one_by_one(
                check_id, self.now[target_id], period, STEP_S
            ):
                if within_s:
                    found.append(self._out(target_id, before_s, within_s, from_at, until_at))
        return sorted(found, key=lambda each: (each.from_at, PRIMARIES[each.target_id]))

    def restored_s(self, period: Period) -> list[float]:
        """Return the lengths of the lines' outages that were seen to be over."""
        story = self.now if period is self.material.period else self.then
        return [
            each[0] + each[1]
            for target_id in ("1.cpe", "2.cpe")
            for each in self.oracle.outages_one_by_one(PRIMARIES[target_id], story[target_id], period, STEP_S)
            if each[4]
        ]

    @cached_property
    def told(self) -> list[Incident]:
        """What people were told of, declared in the period."""
        period = self.material.period
        return sorted(
            (
                each
                for each in self.incidents.values()
                if self.told_by(each) is each and period.from_at <= each.declared_at < period.until_at
            ),
            key=lambda each: (each.declared_at, each.id),
        )

    def told_by(self, incident: Incident) -> Incident:
        chain = [incident]
        while chain[-1].part_of in self.incidents and self.incidents[chain[-1].part_of or ""] not in chain:
            chain.append(self.incidents[chain[-1].part_of or ""])
        return chain[-1]

    def failures(self, told: Incident) -> list[Incident]:
        return [
            each
            for each in sorted(self.incidents.values(), key=lambda one: (one.declared_at, one.id))
            if self.told_by(each) is told and each.root_check_id and not self.ended_in_another(each)
        ]

    def ended_in_another(self, incident: Incident) -> bool:
        return incident.close_reason is CloseReason.ABSORBED and incident.part_of in self.incidents

    def choice(self, told: Incident) -> Choice | None:
        if told.choice or told.root_check_id:
            return told.choice
        members = [each.choice for each in self.failures(told)]
        if members and all(each is not None for each in members):
            said = {(each.kind, each.side) for each in members if each}
            return members[0] if len(said) == 1 else None
        return None

    def _out(
        self, target_id: str, before_s: float, within_s: float, from_at: float | None, until_at: float | None
    ) -> Out:
        period = self.material.period
        begins = period.from_at - LOOK_BACK_S if from_at is None else from_at
        ends = period.until_at if until_at is None else until_at
        touching = [
            each
            for each in sorted(self.incidents.values(), key=lambda one: (one.declared_at, one.id))
            if each.root_check_id
            and each.opened_at < ends
            and (each.resolved_at is None or from_at is None or begins < each.resolved_at)
        ]
        own = [each for each in touching if each.root_check_id == PRIMARIES[target_id]]
        standing = [each for each in own if not self.ended_in_another(each)]
        affecting = [
            each
            for each in touching
            if PRIMARIES[target_id] in each.affected and not each.root_check_id.startswith(f"{target_id}/")
        ]
        above = [each for each in touching if each.root_check_id.partition("/")[0] in NEEDS[target_id]]
        mine = standing[0] if standing else None
        took = [] if standing else [*own, *affecting, *above]
        return Out(
            target_id,
            begins,
            until_at,
            within_s,
            before_s + within_s,
            before_s > 0,
            mine,
            tuple(self.told_by(each) for each in took),
        )
