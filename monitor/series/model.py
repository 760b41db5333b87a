"""What series are made of, as values: results in the log, gaps, buckets, and their levels. No I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.model.checks import CheckResult

HOUR_MS: Final = 3_600_000

RTT: Final = "rtt_s"
"""The series of single round trips of a check that sends bursts."""
ANSWER: Final = "duration_s"
"""The series of how long an answer took, of a check that sends no bursts: the duration of results that are ok."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A result and its place in the log; `result.started_at` is cut to milliseconds. Seq 0: it comes from a chunk."""

    seq: int
    result: CheckResult


@dataclass(frozen=True, slots=True)
class Gap:
    """Results that started in [from_at, until_at] and are missing because of us."""

    from_at: float
    until_at: float
    results: int
    why: str


@dataclass(frozen=True, slots=True)
class Spread:
    """How values were distributed; percentiles by nearest rank. The unit is that of the series' name."""

    least: float
    mean: float
    most: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one series did in one bucket that begins at `at`.

    `sent`: single requests (round trips asked for, else results that say something of the target); `lost`: those
    without a good answer. Of another metric than RTT and ANSWER: its values, and 0. `spread` is None when no value came.
    `coverage_ratio`: share of the bucket's time that results account for.
    """

    at: float
    sent: int
    lost: int
    coverage_ratio: float
    spread: Spread | None

    @property
    def loss_ratio(self) -> float | None:
        """Share of the requests that was lost; None when nothing was asked."""
        return self.lost / self.sent if self.sent else None


Series = Mapping[str, tuple[Bucket, ...]]
"""Name of a series (RTT, ANSWER or a metric) -> its buckets in order; buckets in which nothing was measured are absent."""


class Level(StrEnum):
    """How wide buckets are. Each has a table, a page (so many buckets in one row) and a retention of its own."""

    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each level is kept; whole hours or pages are dropped."""

    raw_days: int
    five_minutes_days: int
    hours_days: int
    days_days: int
