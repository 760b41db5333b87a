"""What a daemon uses at one moment: proc(5), the sizes of its files and its own /metrics. Samples are kept as CSV."""

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

_MB: Final = 2**20
_SERIES: Final = re.compile(r"^(tslcd_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LAG: Final = "tslcd_schedule_lag_seconds_bucket"
QUANTILE: Final = 0.99


@dataclass(frozen=True, slots=True)
class Sample:
    """One row. `polls`, `timeouts`, `missed` and `cpu_s` count from the start of the daemon."""

    at_s: float
    """Since the daemon started."""
    polls: float
    timeouts: float
    missed: float
    cpu_s: float
    rss_mb: float
    descriptors: float
    threads: float
    tasks: float
    lag_p99_ms: float
    """How late the probes of the last span started, at most: the bound of the histogram's bucket."""
    answer_ms: float
    """How long /healthz took."""
    state_mb: float
    results_mb: float
    wal_mb: float
    queued: float
    outbox: float
    incidents: float


@dataclass(frozen=True, slots=True)
class Exposition:
    """What /metrics said: sums over the labels, and the cumulative buckets of the schedule's lag."""

    sums: Mapping[str, float]
    timeouts: float
    lags: Mapping[float, float]


def read_exposition(text: str) -> Exposition:
    """Read Prometheus' text format as far as it concerns a soak."""
    sums: dict[str, float] = {}
    lags: dict[float, float] = {}
    timeouts = 0.0
    for name, labels, value in _SERIES.findall(text):
        if name == _LAG:
            lags[float(labels.removeprefix('le="').rstrip('"'))] = float(value)
            continue
        sums[name] = sums.get(name, 0.0) + float(value)
        if name == "tslcd_probe_runs_total" and 'reason="timeout"' in labels:
            timeouts += float(value)
    return Exposition(sums, timeouts, lags)


def lag_ms(before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """Return the bound below which 99 % of the starts between two readings lie; 0 when nothing started."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    total = counts.get(float("inf"), 0.0)
    if not total:
        return 0.0
    return 1_000 * next(bound for bound, count in sorted(counts.items()) if count >= QUANTILE * total)


@dataclass(frozen=True, slots=True)
class Use:
    """What the kernel says of a process."""

    cpu_s: float
    rss_mb: float
    descriptors: int
    threads: int


def use_of(process_id: int) -> Use:
    """Read proc(5) of a process that runs."""
    folder = Path(f"/proc/{process_id}")
    stat = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    pages = int((folder / "statm").read_text(encoding="utf-8").split()[1])
    return Use(
        cpu_s=(int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"),
        rss_mb=pages * os.sysconf("SC_PAGE_SIZE") / _MB,
        descriptors=sum(1 for _ in (folder / "fd").iterdir()),
        threads=int(stat[17]),
    )


def size_mb(*paths: Path) -> float:
    """Return what these files hold together; one that is not there holds nothing."""
    return sum(path.stat().st_size for path in paths if path.exists()) / _MB


def write(path: Path, samples: Iterable[Sample]) -> None:
    """Write samples anew."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(Sample)])
        rows.writeheader()
        rows.writerows({key: round(value, 4) for key, value in asdict(sample).items()} for sample in samples)


def read(path: Path) -> Sequence[Sample]:
    """Read what `write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Sample(**{key: float(value) for key, value in row.items()}) for row in csv.DictReader(file)]
