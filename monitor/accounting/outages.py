"""Outages, told from the final stretches of a check, and how soon people took notice of incidents. Pure.

An outage is DOWN time that UP, DEGRADED, MAINTENANCE or UNWATCHED tells apart from other DOWN time. What lies between
two of its DOWN stretches and is OFF_HOURS or UNKNOWN shows nobody that the thing was back: it is one outage still (a
restart of the monitor does not make two of one).

It counts in the period in which it begins, as longer than an hour in the one in which it becomes so, in the mean time to
restore in the one in which it was seen to be over: each once, and with its whole length, whatever midnight it crosses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from alerts.model.incident import Incident
from monitor.accounting.model import Outages, Part, Parts, Period
from monitor.accounting.stretches import Stretches

LOOK_BACK_S: Final = 14 * 86_400.0
"""How long before a period it is looked for the beginning of an outage that goes on when it begins."""

_HOUR_S: Final = 3600.0
_BETWEEN: Final = (Part.OFF_HOURS, Part.UNKNOWN)
_RESTORED: Final = (Part.UP, Part.DEGRADED)


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage: its DOWN seconds before the period and in it, when it was, and whether it was seen to be over there.

    `from_at`: its first DOWN moment; None: that lies beyond the look-back. `until_at`: when the first thing that tells
    otherwise followed it (not always its last DOWN moment: a night may lie between); None: it goes on at the end.
    """

    before_s: float
    within_s: float
    is_restored: bool
    """UP or DEGRADED follows it."""
    from_at: float | None = None
    until_at: float | None = None

    @property
    def length_s(self) -> float:
        """How long it had lasted when it ended, or the period did."""
        return self.before_s + self.within_s

    def passes(self, limit_s: float) -> bool:
        """Whether it is in this period that it becomes longer than that: it does so in one period only."""
        return self.before_s <= limit_s < self.length_s


@dataclass(frozen=True, slots=True)
class Reaction:
    """An incident as people were told of it: `id` is that of the group which told of it, if one did."""

    id: str
    declared_at: float
    acknowledged_at: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Outages of one check, or of several, in figures that can be added up."""

    count: int = 0
    carried: int = 0
    longest_s: float = 0.0
    over_1h: int = 0
    over_4h: int = 0
    over_24h: int = 0
    restored: int = 0
    restored_s: float = 0.0


NO_OUTAGES: Final = Tally()


@dataclass(frozen=True, slots=True)
class GoingOn:
    """An outage that goes on when stretches end: its DOWN seconds, and when it began (see Outage)."""

    down_s: float
    from_at: float | None


def found_in(stretches: Stretches, before: GoingOn | None = None) -> list[Outage]:
    """Return the outages in these stretches, in order; `before`: one that went on when they begin.

    That one is among them also when nothing of its DOWN time is, but that it was seen to be over.
    """
    found: list[Outage] = []
    before_s, from_at = (0.0, None) if before is None else (before.down_s, before.from_at)
    within_s = 0.0
    is_down = before is not None
    for start, end, part in stretches:
        if part is Part.DOWN:
            if not is_down:
                is_down, from_at = True, start
            within_s += end - start
        elif part not in _BETWEEN:
            if is_down:
                found.append(Outage(before_s, within_s, part in _RESTORED, from_at, start))
            before_s = within_s = 0.0
            is_down = False
    if is_down:
        found.append(Outage(before_s, within_s, is_restored=False, from_at=from_at))
    return found


def going_on(stretches: Stretches) -> GoingOn | None:
    """Return the outage that goes on when these stretches end; None when none does.

    One that is DOWN with their first moment began before them, as far as anybody can say.
    """
    down_s, from_at = 0.0, None
    for start, end, part in reversed(stretches):
        if part is Part.DOWN:
            down_s += end - start
            from_at = start
        elif part not in _BETWEEN:
            break
    if not down_s:
        return None
    return GoingOn(down_s, None if from_at == stretches[0][0] else from_at)


def tally(outages: Iterable[Outage]) -> Tally:
    """Return the figures of a check's outages."""
    outages = tuple(outages)
    restored = [each for each in outages if each.is_restored]
    touching = [each for each in outages if each.within_s > 0]
    carried = sum(each.before_s > 0 for each in touching)
    return Tally(
        count=len(touching) - carried,
        carried=carried,
        longest_s=max((each.length_s for each in touching), default=0.0),
        over_1h=sum(each.passes(_HOUR_S) for each in touching),
        over_4h=sum(each.passes(4 * _HOUR_S) for each in touching),
        over_24h=sum(each.passes(24 * _HOUR_S) for each in touching),
        restored=len(restored),
        restored_s=sum(each.length_s for each in restored),
    )


def added(tallies: Iterable[Tally]) -> Tally:
    """Return the figures of several checks together."""
    tallies = [each for each in tallies if each is not NO_OUTAGES]
    return Tally(
        count=sum(each.count for each in tallies),
        carried=sum(each.carried for each in tallies),
        longest_s=max((each.longest_s for each in tallies), default=0.0),
        over_1h=sum(each.over_1h for each in tallies),
        over_4h=sum(each.over_4h for each in tallies),
        over_24h=sum(each.over_24h for each in tallies),
        restored=sum(each.restored for each in tallies),
        restored_s=sum(each.restored_s for each in tallies),
    )


def reactions(incidents: Iterable[Incident], period: Period) -> Mapping[str, tuple[Reaction, ...]]:
    """Return check id -> the incidents of which it is the root and that were declared in the period.

    People are told of a group, not of its members, and answer it once: a member stands for its group, with the times
    of the group. Whoever adds up reactions counts each id once.
    """
    by_id = {incident.id: incident for incident in incidents}
    found: defaultdict[str, list[Reaction]] = defaultdict(list)
    for incident in by_id.values():
        if not incident.root_check_id:
            continue
        told = _told_by(incident, by_id)
        if period.from_at <= told.declared_at < period.until_at:
            reaction = Reaction(told.id, told.declared_at, told.acknowledged_at)
            found[incident.root_check_id].append(reaction)
    return {check_id: tuple(each) for check_id, each in found.items()}


def outages(figures: Tally, parts: Parts, answered: Iterable[Reaction]) -> Outages:
    """Return the outages of a row from its figures, its parts and its reactions, of which each id counts once."""
    incidents = {each.id: each for each in answered}
    waits_s = [
        max(0.0, each.acknowledged_at - each.declared_at)
        for each in incidents.values()
        if each.acknowledged_at is not None
    ]
    return Outages(
        count=figures.count,
        carried=figures.carried,
        longest_s=figures.longest_s,
        over_1h=figures.over_1h,
        over_4h=figures.over_4h,
        over_24h=figures.over_24h,
        mttr_s=figures.restored_s / figures.restored if figures.restored else None,
        restored=figures.restored,
        mtbf_s=(parts.up_s + parts.degraded_s) / figures.count if figures.count else None,
        mtta_s=sum(waits_s) / len(waits_s) if waits_s else None,
        acknowledged=len(waits_s),
        incidents=len(incidents),
    )


def _told_by(incident: Incident, by_id: Mapping[str, Incident]) -> Incident:
    """Return the incident that people were told of: what this one is part of, if that is in the books."""
    passed = {incident.id}
    while incident.part_of is not None and incident.part_of in by_id and incident.part_of not in passed:
        incident = by_id[incident.part_of]
        passed.add(incident.id)
    return incident
