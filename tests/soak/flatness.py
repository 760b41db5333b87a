"""Does a daemon grow? Robust slopes of samples against bounds. Pure.

The slope is Theil and Sen's: the median of the slopes of all pairs. A single peak, such as a backup or a neighbour on the
machine, does not move it, while steady growth does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

from tests.soak.sample import Sample

SETTLED_AFTER_S: Final = 600.0
"""Before that, caches fill: names, states, pages. A short run counts from a quarter of it."""
HOUR_S: Final = 3_600.0
POLLS: Final = 10_000.0
WINDOW_S: Final = 300.0
_MOST_POINTS: Final = 300
"""Pairs grow with the square: more points than this say nothing more."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One judged figure of a run: what was bounded, what was seen."""

    name: str
    unit: str
    seen: float
    bound: float
    first: float
    last: float
    peak: float

    @property
    def is_met(self) -> bool:
        """Whether it stayed within its bound."""
        return self.seen <= self.bound


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    unit: str
    bound: float
    see: Callable[[Sequence[Sample]], float]
    of: Callable[[Sample], float]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope of all pairs of (x, y); 0 for fewer than two x."""
    step = -(-len(points) // _MOST_POINTS) or 1
    thinned = points[::step]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(thinned, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0


def settled(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples after the warm-up."""
    if not samples:
        return ()
    begins_s = min(SETTLED_AFTER_S, samples[-1].at_s / 4)
    return [sample for sample in samples if sample.at_s >= begins_s]


def judge(samples: Sequence[Sample]) -> Sequence[Figure]:
    """Judge the settled part of a run; ValueError for fewer than three samples of it."""
    of_interest = settled(samples)
    if len(of_interest) < 3:
        raise ValueError(f"{len(of_interest)} samples after the warm-up: too few to judge")
    return [
        Figure(
            rule.name,
            rule.unit,
            rule.see(of_interest),
            rule.bound,
            rule.of(of_interest[0]),
            rule.of(of_interest[-1]),
            max(map(rule.of, of_interest)),
        )
        for rule in _RULES
    ]


def _per_hour(of: Callable[[Sample], float]) -> Callable[[Sequence[Sample]], float]:
    return lambda samples: HOUR_S * slope([(sample.at_s, of(sample)) for sample in samples])


def _per_polls(of: Callable[[Sample], float]) -> Callable[[Sequence[Sample]], float]:
    return lambda samples: POLLS * slope([(sample.polls, of(sample)) for sample in samples])


def floors(samples: Sequence[Sample], of: Callable[[Sample], float]) -> Sequence[tuple[float, float]]:
    """Return (time, least value) of each WINDOW_S, or of six equal windows of a shorter run.

    What is under way at a moment depends on who else uses the machine. A leak lifts the least of it too.
    """
    window_s = min(WINDOW_S, (samples[-1].at_s - samples[0].at_s) / 6) or 1.0
    least: dict[int, float] = {}
    for sample in samples:
        window = int((sample.at_s - samples[0].at_s) / window_s)
        least[window] = min(of(sample), least.get(window, float("inf")))
    return [(window * window_s, value) for window, value in least.items()]


def _floor_per_hour(of: Callable[[Sample], float]) -> Callable[[Sequence[Sample]], float]:
    return lambda samples: HOUR_S * slope(floors(samples, of))


def _median_of(of: Callable[[Sample], float]) -> Callable[[Sequence[Sample]], float]:
    return lambda samples: median(map(of, samples))


def _bytes_a_poll(samples: Sequence[Sample]) -> float:
    polls = samples[-1].polls - samples[0].polls
    return (samples[-1].results_mb - samples[0].results_mb) * 2**20 / polls if polls else 0.0


_RULES: Final = (
    _Rule("resident memory", "MB per 10,000 polls", 1.0, _per_polls(lambda s: s.rss_mb), lambda s: s.rss_mb),
    _Rule("resident memory", "MB per hour", 12.0, _per_hour(lambda s: s.rss_mb), lambda s: s.rss_mb),
    _Rule(
        "descriptors, least of 5 min",
        "per hour",
        5.0,
        _floor_per_hour(lambda s: s.descriptors),
        lambda s: s.descriptors,
    ),
    _Rule("threads", "per hour", 0.5, _per_hour(lambda s: s.threads), lambda s: s.threads),
    _Rule("tasks, least of 5 min", "per hour", 10.0, _floor_per_hour(lambda s: s.tasks), lambda s: s.tasks),
    _Rule("late by (p99)", "ms per hour", 50.0, _per_hour(lambda s: s.lag_p99_ms), lambda s: s.lag_p99_ms),
    _Rule("late by (p99)", "ms, median", 1_000.0, _median_of(lambda s: s.lag_p99_ms), lambda s: s.lag_p99_ms),
    _Rule(
        "/healthz, least of 5 min",
        "ms per hour",
        5.0,
        _floor_per_hour(lambda s: s.answer_ms),
        lambda s: s.answer_ms,
    ),
    _Rule("state.db", "MB per hour", 8.0, _per_hour(lambda s: s.state_mb), lambda s: s.state_mb),
    _Rule("results.db", "bytes a poll", 120.0, _bytes_a_poll, lambda s: s.results_mb),
    _Rule("logs ahead (-wal)", "MB per hour", 8.0, _per_hour(lambda s: s.wal_mb), lambda s: s.wal_mb),
    _Rule("results in memory", "per hour", 50.0, _per_hour(lambda s: s.queued), lambda s: s.queued),
    _Rule("slots missed", "per 10,000 polls", 100.0, _per_polls(lambda s: s.missed), lambda s: s.missed),
)
"""results.db keeps raw rows for a day before most of them become chunks, so that it grows within an hour; what is bounded
is what a result costs. Memory, twice: by the polls as it was promised, and by the hour. Lateness: what was promised of a province
that does not answer. Descriptors and tasks: one that is kept in
20,000 polls would be found. A slot is missed too when a silent target's run of 2 s is still under way: one retry may meet its slot."""
