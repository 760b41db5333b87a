"""Results of one check become buckets. No I/O, no clock.

A burst's round trips are single requests of the series RTT. A result without a burst is one request of ANSWER, also of
a check that sends bursts when nothing could be sent (its name was not found). Results that say nothing of the target
are not counted and account for no time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum
from statistics import median_low
from typing import Final

from alerts.model.checks import CheckResult
from monitor.series.model import ANSWER, RTT, Bucket, Series, Spread

FRESH_INTERVALS: Final = 1.5
"""A result accounts for the time up to the next one, at most for so many intervals."""

OF_THE_BURST: Final = frozenset(
    {
        "sent",
        "received",
        "loss_ratio",
        "rtt_min_s",
        "rtt_p50_s",
        "rtt_p95_s",
        "rtt_max_s",
        "jitter_s",
        "speech_r",
        "speech_mos",
        RTT,
    }
)
"""Metrics that follow from the round trips of the same reading: they are not rolled again."""


@dataclass(slots=True)
class _Tally:
    """What came of one series in one bucket."""

    sent: int = 0
    lost: int = 0
    values: list[float] = field(default_factory=list)

    def add(self, other: "_Tally") -> None:
        self.sent += other.sent
        self.lost += other.lost
        self.values += other.values

    def bucket(self, at: float, coverage_ratio: float) -> Bucket:
        spread = spread_of(self.values) if self.values else None
        return Bucket(at, self.sent, self.lost, coverage_ratio, spread)


def roll(results: Sequence[CheckResult], edges: Sequence[float], *, interval_s: float | None) -> Series:
    """Return the series' buckets [edges[0], edges[1]), [edges[1], edges[2]), ... of one check's results.

    `results` are in order of their start; those before the first edge only lend their time to the first buckets (the
    last one before it is enough). Without `interval_s` the median spacing of the results within the edges is taken.
    """
    fine, _ = roll_with_whole(results, edges, interval_s=interval_s)
    return fine


def roll_with_whole(
    results: Sequence[CheckResult], edges: Sequence[float], *, interval_s: float | None
) -> tuple[Series, Series]:
    """Return what `roll` does, and the one bucket of each series from the first edge to the last."""
    starts = [result.started_at for result in results]
    bounds = [bisect_left(starts, edge) for edge in edges]
    if interval_s is None:
        interval_s = spacing_s(starts[bounds[0] : bounds[-1]])
    covered = _Coverage(results, starts, FRESH_INTERVALS * interval_s)
    fine: dict[str, list[Bucket]] = {}
    whole: dict[str, _Tally] = {}
    whole_s = 0.0
    for (at, until_at), (first, behind) in zip(pairwise(edges), pairwise(bounds), strict=True):
        covered_s = covered.between(at, until_at, first, behind)
        whole_s += covered_s
        for name, tally in _tallies(results[first:behind]).items():
            fine.setdefault(name, []).append(tally.bucket(at, covered_s / (until_at - at)))
            whole.setdefault(name, _Tally()).add(tally)
    coverage_ratio = min(whole_s / (edges[-1] - edges[0]), 1.0)
    return (
        {name: tuple(buckets) for name, buckets in fine.items()},
        {name: (tally.bucket(edges[0], coverage_ratio),) for name, tally in whole.items()},
    )


def spacing_s(starts: Sequence[float]) -> float:
    """Return the median distance of starts in order, 0 when there are fewer than two."""
    return median_low(right - left for left, right in pairwise(starts)) if len(starts) > 1 else 0.0


def spread_of(values: Iterable[float]) -> Spread:
    """Return how at least one value is distributed; percentiles by nearest rank."""
    ranked = sorted(values)
    count = len(ranked)
    p10, p25, p50, p75, p90 = (ranked[-(-count * percent // 100) - 1] for percent in (10, 25, 50, 75, 90))
    # Exact, so that the order does not matter; rounding must not carry it past the extremes.
    mean = min(max(fsum(ranked) / count, ranked[0]), ranked[-1])
    return Spread(ranked[0], mean, ranked[-1], p10, p25, p50, p75, p90)


def _tallies(results: Iterable[CheckResult]) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for result in results:
        reading = result.reading
        if reading.reason is not None and reading.reason.says_nothing:
            continue
        name = RTT if reading.rtts_s else ANSWER
        tally = tallies.get(name)
        if tally is None:
            tally = tallies[name] = _Tally()
        if reading.rtts_s:
            answered = [rtt for rtt in reading.rtts_s if rtt is not None]
            tally.sent += len(reading.rtts_s)
            tally.lost += len(reading.rtts_s) - len(answered)
            tally.values += answered
        else:
            tally.sent += 1
            if reading.ok:
                tally.values.append(result.duration_s)
            else:
                tally.lost += 1
        _add_metrics(tallies, result)
    return tallies


def _add_metrics(tallies: dict[str, _Tally], result: CheckResult) -> None:
    skipped = OF_THE_BURST if result.reading.rtts_s else frozenset[str]()
    for name, value in result.reading.metrics.items():
        # ANSWER is made of the results themselves; a single round trip (of NTP) is one of RTT.
        if name in skipped or name == ANSWER:
            continue
        tally = tallies.get(name)
        if tally is None:
            tally = tallies[name] = _Tally()
        tally.sent += 1
        tally.values.append(value)


@dataclass(frozen=True, slots=True)
class _Coverage:
    """The time that results account for."""

    results: Sequence[CheckResult]
    starts: Sequence[float]
    fresh_s: float

    def between(self, at: float, until_at: float, first: int, behind: int) -> float:
        """Return the seconds of [at, until_at), in which results first up to before `behind` started."""
        return fsum(
            max(0.0, min(self._end(index), until_at) - max(self.starts[index], at))
            for index in range(max(0, first - 1), behind)
        )

    def _end(self, index: int) -> float:
        reason = self.results[index].reading.reason
        if reason is not None and reason.says_nothing:
            return self.starts[index]
        end = self.starts[index] + self.fresh_s
        return min(end, self.starts[index + 1]) if index + 1 < len(self.starts) else end
