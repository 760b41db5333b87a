"""What failures have in common, as a function of the set of them alone: the order of events changes nothing. Pure.

Failures that share something (a circuit, a district and its carrier, ...) and began close to each other are one when
there are enough of them, both in number and as a share of all that share it. More failures never split a group.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Final

from alerts.model.incident import Common, Dimension
from alerts.model.settings import GroupSettings

HOLDS_RATIO: Final = 0.9
"""Share of the members that must have something for it to be what the group has in common."""

_ORDER: Final = {dimension: rank for rank, dimension in enumerate(Dimension)}
_COUNTED_BY_UNIT: Final = frozenset(
    {
        Dimension.PROVIDER_DISTRICT,
        Dimension.DISTRICT,
        Dimension.PROVIDER_AREA,
        Dimension.PROVIDER,
        Dimension.AREA,
        Dimension.LAYER,
    }
)
"""Several things of one unit are one thing here: a commune's office that is dark is no storm."""
_FEW: Final = {Dimension.POWER: 2, Dimension.CIRCUIT: 2}
"""Dimensions where two are enough: what hangs on one plug or one wire seldom fails together by chance."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing target: its incident, its first failure (Unix seconds), and all that it shares with others."""

    incident_id: str
    target_id: str
    unit: str
    opened_at: float
    shares: tuple[Common, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Failures with one cause: their incident ids, and what they have in common."""

    members: frozenset[str]
    common: Common


def counts_units(dimension: Dimension) -> bool:
    """Whether the extent of something in this dimension is a number of units, not of targets."""
    return dimension in _COUNTED_BY_UNIT


def groups_of(
    failures: Iterable[Failure], extents: Mapping[Common, int], settings: GroupSettings
) -> tuple[Group, ...]:
    """Return the groups among `failures`, the one that began first at first; a failure is in at most one.

    `extents`: how many watched targets (or units, see `counts_units`) share something, failing or not.
    """
    sharing: dict[Common, list[Failure]] = {}
    by_id: dict[str, Failure] = {}
    for failure in sorted(failures, key=attrgetter("opened_at", "incident_id")):
        by_id[failure.incident_id] = failure
        for common in failure.shares:
            sharing.setdefault(common, []).append(failure)
    found = [
        frozenset(each.incident_id for each in cluster)
        for common, each_of in sharing.items()
        for cluster in _clusters(each_of, _gap_s(common, settings))
        if _is_enough(common, cluster, extents, settings)
    ]
    groups = [
        Group(members, common_of([by_id[each] for each in members], extents, settings))
        for members in united(found)
    ]
    return tuple(
        sorted(groups, key=lambda group: min((by_id[each].opened_at, each) for each in group.members))
    )


def common_of(members: Collection[Failure], extents: Mapping[Common, int], settings: GroupSettings) -> Common:
    """Return the narrowest thing that nearly all members share and that explains them; else their layer.

    It explains them when enough of all that share it are among them: that every commune hangs on the provincial node
    says nothing while most of them answer. Of several in one dimension: the one that more members share, then the
    first by name.
    """
    sharing: dict[Common, list[Failure]] = {}
    for failure in members:
        for common in failure.shares:
            sharing.setdefault(common, []).append(failure)
    candidates = [
        (_ORDER[common.dimension], -len(those), common.value, common.layer)
        for common, those in sharing.items()
        if common.dimension is Dimension.LAYER
        or (len(those) >= HOLDS_RATIO * len(members) and _is_enough(common, those, extents, settings))
    ]
    order, _, value, layer = min(candidates)
    return Common(list(Dimension)[order], value, layer)


def united(found: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Unite the sets that overlap."""
    apart: list[frozenset[str]] = []
    for members in found:
        whole = members
        for other in [each for each in apart if each & members]:
            apart.remove(other)
            whole |= other
        apart.append(whole)
    return apart


def _gap_s(common: Common, settings: GroupSettings) -> float:
    return settings.storm_window_s if common.dimension is Dimension.LAYER else settings.window_s


def _is_enough(
    common: Common, failures: Collection[Failure], extents: Mapping[Common, int], settings: GroupSettings
) -> bool:
    if counts_units(common.dimension):
        size = _distinct(failures, attrgetter("unit"))
    else:
        size = _distinct(failures, attrgetter("target_id"))
    if common.dimension is Dimension.LAYER:
        return size >= settings.storm_least
    least = _FEW.get(common.dimension, settings.least)
    return size >= least and size >= settings.share_ratio * extents.get(common, size)


def _distinct(failures: Collection[Failure], key: Callable[[Failure], Hashable]) -> int:
    return len(Counter(map(key, failures)))


def _clusters(failures: list[Failure], gap_s: float) -> list[list[Failure]]:
    """Split what is sorted by time where nothing began for longer than `gap_s`."""
    clusters = [failures[:1]]
    for before, failure in pairwise(failures):
        if failure.opened_at - before.opened_at > gap_s:
            clusters.append([])
        clusters[-1].append(failure)
    return clusters
