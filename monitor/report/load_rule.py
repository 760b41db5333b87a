"""Is a leased line overloaded? The load rule of the specialised data network (TSLCD). Pure: no clock, no I/O.

"Each direction's 95th percentile over 7 consecutive days, from a sample every 5 minutes, must not exceed 90 % of the
capacity": 2,016 samples, of which the 1,916th in order of size counts (nearest rank), so 100 may be greater.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DAY_S = 86_400
LONGEST_SPAN = 1.5
"""A mean over more than this many buckets hides what the rule looks for: it is no sample of any of them."""
LEAST_SHARE = 0.5
"""How much of a bucket must have been measured for it to count."""
DIRECTIONS = ("in", "out")


@dataclass(frozen=True, slots=True)
class LoadRule:
    """The rule as data: it is replaced by decree, not by a release."""

    source: str
    valid_from: date
    percentile: int = 95
    most_ratio: float = 0.9
    """Share of the capacity that the percentile must not exceed."""
    days: int = 7
    bucket_s: int = 300
    least_coverage_ratio: float = 0.95
    """Below it gaps may have hidden what decides; ours, the regulation says nothing of gaps. 95 %: at most 100 gaps."""


TSLCD_2026 = LoadRule("TT 06/2026/TT-BKHCN, Điều 5.6", date(2026, 3, 30))
RULES = (TSLCD_2026,)


class LoadVerdict(StrEnum):
    """What the samples say about the rule."""

    MEETS = "meets"
    EXCEEDS = "exceeds"
    UNDECIDED = "undecided"
    """Not enough data, or no capacity to compare with."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A mean rate over the `span_s` seconds before `ended_at`."""

    ended_at: float
    span_s: float
    bps: float


@dataclass(frozen=True, slots=True)
class DirectionLoad:
    """One direction. None: there is no sample, or no capacity is known."""

    samples: int
    coverage_ratio: float
    percentile_bps: float | None
    capacity_bps: float | None
    use_ratio: float | None
    """The percentile as a share of the capacity."""
    verdict: LoadVerdict
    is_certain: bool
    """Whether no value of the missing samples could turn the verdict round."""


@dataclass(frozen=True, slots=True)
class Load:
    """A line's load from `from_at` up to `until_at` (Unix seconds)."""

    rule: LoadRule
    from_at: int
    until_at: int
    directions: Mapping[str, DirectionLoad]
    verdict: LoadVerdict

    @property
    def coverage_ratio(self) -> float:
        """Share of the samples that are there, of the direction with fewer."""
        return min((load.coverage_ratio for load in self.directions.values()), default=0.0)


def rule_on(day: date, rules: Sequence[LoadRule] = RULES) -> LoadRule | None:
    """Return the rule in force on a day; None before the first."""
    valid = [rule for rule in rules if rule.valid_from <= day]
    return max(valid, key=lambda rule: rule.valid_from, default=None)


def assess(
    rates: Mapping[str, Iterable[Rate]],
    capacity_bps: Mapping[str, float],
    *,
    until_at: float,
    rule: LoadRule,
    days: int | None = None,
) -> Load:
    """Judge the line over the rule's days before `until_at`, rounded down to a whole bucket.

    `rates` and `capacity_bps` go by direction (`in`, `out`). Over another number of `days` there are figures, but no
    verdict.
    """
    length_days = rule.days if days is None else days
    end_at = math.floor(until_at / rule.bucket_s) * rule.bucket_s
    from_at = end_at - length_days * DAY_S
    wanted = length_days * DAY_S // rule.bucket_s
    loads = {}
    for direction in DIRECTIONS:
        measured = buckets(rates.get(direction, ()), from_at=from_at, count=wanted, bucket_s=rule.bucket_s)
        load = judge(
            [bps for bps in measured if bps is not None],
            wanted=wanted,
            capacity_bps=capacity_bps.get(direction),
            rule=rule,
            is_whole_period=length_days == rule.days,
        )
        loads[direction] = load
    return Load(rule, from_at, end_at, loads, _worst([load.verdict for load in loads.values()]))


def _worst(verdicts: Sequence[LoadVerdict]) -> LoadVerdict:
    for verdict in (LoadVerdict.EXCEEDS, LoadVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return LoadVerdict.MEETS


def buckets(rates: Iterable[Rate], *, from_at: int, count: int, bucket_s: int) -> list[float | None]:
    """Return the mean rate of each bucket, weighted by time; None where less than LEAST_SHARE of it was measured.

    What two rates both measured (a result recorded twice, a clock that was set back) counts once, as the first to end says.
    """
    bits = [0.0] * count
    seconds = [0.0] * count
    measured_until_s = -math.inf
    for rate in sorted(rates, key=lambda rate: rate.ended_at):
        if not 0 < rate.span_s <= LONGEST_SPAN * bucket_s:
            continue
        ends_s = rate.ended_at - from_at
        begins_s = max(ends_s - rate.span_s, measured_until_s)
        measured_until_s = max(ends_s, measured_until_s)
        first = max(0, math.floor(begins_s / bucket_s))
        last = min(count - 1, math.floor(ends_s / bucket_s))
        for number in range(first, last + 1):
            overlap_s = min(ends_s, (number + 1) * bucket_s) - max(begins_s, number * bucket_s)
            if overlap_s > 0:
                bits[number] += rate.bps * overlap_s
                seconds[number] += overlap_s
    return [
        bits[number] / seconds[number] if seconds[number] >= LEAST_SHARE * bucket_s else None
        for number in range(count)
    ]


def judge(
    samples: Sequence[float],
    *,
    wanted: int,
    capacity_bps: float | None,
    rule: LoadRule,
    is_whole_period: bool = True,
) -> DirectionLoad:
    """Judge one direction from its samples in any order; `wanted` is how many there should be."""
    coverage = len(samples) / wanted if wanted else 0.0
    value = nearest_rank(samples, rule.percentile) if samples else None
    if value is None or capacity_bps is None:
        return DirectionLoad(
            len(samples), coverage, value, capacity_bps, None, LoadVerdict.UNDECIDED, is_certain=False
        )
    verdict, is_certain = LoadVerdict.UNDECIDED, False
    if is_whole_period:
        limit = rule.most_ratio * capacity_bps
        verdict, is_certain = _verdict(samples, value, limit, wanted=wanted, rule=rule)
    return DirectionLoad(
        samples=len(samples),
        coverage_ratio=coverage,
        percentile_bps=value,
        capacity_bps=capacity_bps,
        use_ratio=value / capacity_bps,
        verdict=verdict,
        is_certain=is_certain,
    )


def _verdict(
    samples: Sequence[float], value: float, limit: float, *, wanted: int, rule: LoadRule
) -> tuple[LoadVerdict, bool]:
    """Compare with the limit; certain where the missing samples could change nothing, whatever they were."""
    may_be_greater = wanted - rank(wanted, rule.percentile)
    greater = sum(sample > limit for sample in samples)
    missing = wanted - len(samples)
    if greater > may_be_greater:
        return LoadVerdict.EXCEEDS, True
    if greater + missing <= may_be_greater:
        return LoadVerdict.MEETS, True
    if len(samples) < rule.least_coverage_ratio * wanted:
        return LoadVerdict.UNDECIDED, False
    return LoadVerdict.EXCEEDS if value > limit else LoadVerdict.MEETS, False


def rank(count: int, percentile: int) -> int:
    """Return which of `count` values in order of size is the percentile, counted from 1 (nearest rank)."""
    return max(1, -(-count * percentile // 100))


def nearest_rank(samples: Sequence[float], percentile: int) -> float:
    """Return the percentile of at least one sample."""
    return sorted(samples)[rank(len(samples), percentile) - 1]
