"""Which incident an outage belongs to, and which cause people confirmed for it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from alerts.model.incident import Choice, CloseReason, Incident
from inventory.model import Inventory

_EVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Belongs:
    """What an outage belongs to: `own` is the incident itself, `told` the one that people were told of."""

    own: Incident | None = None
    told: Incident | None = None
    is_behind: bool = False
    """Another target's incident took it away."""


class Attribution:
    """The incidents of a period, ready to be asked about."""

    def __init__(self, incidents: Iterable[Incident], inventory: Inventory) -> None:
        self._by_id = {each.id: each for each in sorted(incidents, key=attrgetter("declared_at", "id"))}
        self._inventory = inventory
        self._of_root: defaultdict[str, list[Incident]] = defaultdict(list)
        self._of_target: defaultdict[str, list[Incident]] = defaultdict(list)
        self._affecting: defaultdict[str, list[Incident]] = defaultdict(list)
        self._parts: defaultdict[str, list[Incident]] = defaultdict(list)
        for each in self._by_id.values():
            self._parts[self.told_by(each).id].append(each)
            if each.is_group or not each.root_check_id:
                continue
            self._of_root[each.root_check_id].append(each)
            self._of_target[each.root_check_id.partition("/")[0]].append(each)
            for check_id in each.affected:
                self._affecting[check_id].append(each)
        self._ancestors: dict[str, tuple[str, ...]] = {}

    def told(self) -> Iterator[Incident]:
        """Yield the incidents that people were told of, by time of declaration."""
        return (each for each in self._by_id.values() if self.told_by(each) is each)

    def told_by(self, incident: Incident) -> Incident:
        """Return the incident that people were told of: what this one is part of, if that is known."""
        passed = {incident.id}
        while incident.part_of in self._by_id and incident.part_of not in passed:
            incident = self._by_id[incident.part_of or ""]
            passed.add(incident.id)
        return incident

    def failures_of(self, told: Incident) -> Sequence[Incident]:
        """Return the failures that it stands for, each with a root of its own; not what another took away."""
        return [
            each for each in self._parts[told.id] if each.root_check_id and not self._was_taken_away(each)
        ]

    def choice_of(self, told: Incident) -> Choice | None:
        """Return the cause that a person confirmed: for itself, or of a group for all its members alike."""
        if told.choice is not None or not told.is_group:
            return told.choice
        choices = [each.choice for each in self.failures_of(told)]
        agreed = {(choice.kind, choice.side) if choice else None for choice in choices}
        if len(agreed) != 1 or None in agreed:
            return None
        return max((choice for choice in choices if choice), key=attrgetter("at", "who"))

    def choice_for(self, belongs: Belongs) -> Choice | None:
        """Return the confirmed cause of an outage: of its own incident, else of what people were told of."""
        if belongs.own is not None and belongs.own.choice is not None:
            return belongs.own.choice
        return None if belongs.told is None else self.choice_of(belongs.told)

    def belongs(self, check_id: str, from_at: float | None, until_at: float | None) -> Belongs:
        """Say whose an outage of a primary check is.

        Its own incident comes first: what went on after the line was back is no longer merely behind it. Else it is
        behind an incident that took the check away, or behind one of what its target depends on.
        """
        start = -_EVER if from_at is None else from_at
        end = _EVER if until_at is None else until_at
        own = [each for each in self._of_root[check_id] if _meets(each, start, end)]
        standing = [each for each in own if not self._was_taken_away(each)]
        if standing:
            return Belongs(standing[0], self.told_by(standing[0]))
        for took in (*own, *self._takers(check_id)):
            if _meets(took, start, end):
                return Belongs(took, self.told_by(took), is_behind=True)
        return Belongs()

    def _takers(self, check_id: str) -> Iterator[Incident]:
        """Yield what may have taken a check away: other targets' incidents."""
        target_id = check_id.partition("/")[0]
        for each in self._affecting[check_id]:
            if each.root_check_id.partition("/")[0] != target_id:
                yield each
        for above in self._above(target_id):
            yield from self._of_target[above]

    def _above(self, target_id: str) -> tuple[str, ...]:
        """Return the targets without which it cannot be reached, the nearest first."""
        if target_id not in self._ancestors:
            found: dict[str, None] = {}
            waiting = [target_id]
            while waiting:
                target = self._inventory.targets.get(waiting.pop(0))
                for need in () if target is None else target.depends_on:
                    if need not in found:
                        found[need] = None
                        waiting.append(need)
            self._ancestors[target_id] = tuple(found)
        return self._ancestors[target_id]

    def _was_taken_away(self, incident: Incident) -> bool:
        """Whether it ended in the incident of something else, because that is why it was down."""
        return incident.close_reason is CloseReason.ABSORBED and incident.part_of in self._by_id


def _meets(incident: Incident, start: float, end: float) -> bool:
    over_at = _EVER if incident.resolved_at is None else incident.resolved_at
    return incident.opened_at < end and start < over_at
