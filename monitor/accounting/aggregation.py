"""Rows of accounts: whom each grouping adds up, and how. Pure.

The rule
- A target is what its primary check says (the first of its checks in the inventory): that it can be reached. Its other
  checks have rows of their own in GroupBy.CHECK and are part of nothing else.
- A group is the sum over its targets, second by second: every second of every target that counts weighs the same,
  whether the target has a hundred checks or one. Its availability and coverage are those of the sums, never a mean of
  percentages; a target that counts few hours has little weight. Nothing is left out for being covered too little: that
  shows in the group's coverage.
- What is not equipped, of what nobody knows whether it is, and what is disabled is in no sum: it has no checks.
- A unit is its targets; an area (today's, or a former district or province) the targets of its units; a circuit the
  targets that name it, not what lies behind them; a provider the targets of all its circuits; a layer, the province:
  as they say. Units without a former district are in no row of that grouping, and so on. Groups without any watched
  target have no row.
- Outages are those of the primary checks, one by one: a cable that takes away ten targets makes ten. Incidents are
  those of all checks of the targets: people answer for the target. A group of incidents counts once in a row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from inventory.model import Inventory, Target
from monitor.accounting.groupings import grouping_of
from monitor.accounting.model import GroupBy, Parts, Row
from monitor.accounting.outages import NO_OUTAGES, Reaction, Tally, added, outages


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of one check in the period."""

    parts: Parts
    tally: Tally = NO_OUTAGES
    reactions: tuple[Reaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A target with the figures of its primary check and the reactions to all of its checks."""

    target: Target
    figures: Figures


def check_rows(
    figures: Mapping[str, Figures], inventory: Inventory, least_coverage_ratio: float
) -> Iterator[Row]:
    """Yield a row for each of these checks, in their order."""
    for check_id, each in figures.items():
        target = inventory.targets.get(inventory.checks[check_id].target_id)
        label = check_id.partition("/")[2]
        name = check_id if target is None else f"{target_name(target, inventory)} ({label})"
        yield _row(check_id, name, each, 1, "", least_coverage_ratio)


def group_rows(
    members: Sequence[Member], group_by: GroupBy, inventory: Inventory, least_coverage_ratio: float
) -> Iterator[Row]:
    """Yield a row for each group that has members, in the inventory's order. `group_by` is anything but CHECK."""
    if group_by is GroupBy.TARGET:
        for member in members:
            name = target_name(member.target, inventory)
            yield _row(member.target.id, name, member.figures, 1, "", least_coverage_ratio)
        return
    grouping = grouping_of(group_by, inventory)
    groups: dict[str, list[Member]] = {key: [] for key in grouping.names}
    for member in members:
        key = grouping.key_of(member.target)
        if key:
            groups.setdefault(key, []).append(member)
    for key, group in groups.items():
        if group:
            yield group_row(key, grouping.names.get(key, key), group, least_coverage_ratio)


def group_row(key: str, name: str, members: Sequence[Member], least_coverage_ratio: float) -> Row:
    """Return the row of any targets together: the sum over them. There has to be one."""
    figures = _together([member.figures for member in members])
    lowest = _lowest(members, least_coverage_ratio)
    return _row(key, name, figures, len(members), lowest, least_coverage_ratio)


def target_name(target: Target, inventory: Inventory) -> str:
    """Return what a target is called in a row, with its unit where the name does not say it."""
    unit = inventory.units.get(target.unit_code)
    if unit is None or unit.name in target.name:
        return target.name
    return f"{target.name} – {unit.name}"


def added_parts(parts: Iterable[Parts]) -> Parts:
    """Return the seconds of all of them together."""
    parts = tuple(parts)
    return Parts(
        up_s=fsum(each.up_s for each in parts),
        degraded_s=fsum(each.degraded_s for each in parts),
        down_s=fsum(each.down_s for each in parts),
        unknown_s=fsum(each.unknown_s for each in parts),
        maintenance_s=fsum(each.maintenance_s for each in parts),
        off_hours_s=fsum(each.off_hours_s for each in parts),
        unwatched_s=fsum(each.unwatched_s for each in parts),
    )


def _together(figures: Sequence[Figures]) -> Figures:
    return Figures(
        added_parts(each.parts for each in figures),
        added(each.tally for each in figures),
        tuple(reaction for each in figures for reaction in each.reactions),
    )


def _row(
    key: str, name: str, figures: Figures, members: int, lowest: str, least_coverage_ratio: float
) -> Row:
    return Row(
        key=key,
        name=name,
        parts=figures.parts,
        outages=outages(figures.tally, figures.parts, figures.reactions),
        members=members,
        lowest=lowest,
        availability_ratio=figures.parts.availability_ratio(least_coverage_ratio),
        coverage_ratio=figures.parts.coverage_ratio,
    )


def _lowest(group: Iterable[Member], least_coverage_ratio: float) -> str:
    """Return the id of the target with the least availability, the first of several; "" when none has a figure."""
    found, least = "", 2.0
    for member in group:
        ratio = member.figures.parts.availability_ratio(least_coverage_ratio)
        if ratio is not None and ratio < least:
            found, least = member.target.id, ratio
    return found
