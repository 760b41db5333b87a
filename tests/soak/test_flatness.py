"""What a soak makes of its samples: slopes that ignore single peaks, and a verdict that finds a leak."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.flatness import Figure, floors, judge, settled, slope
from tests.soak.sample import Sample, lag_ms, read, read_exposition, write

EXPOSITION = """# HELP tslcd_tasks Coroutines under way
# TYPE tslcd_tasks gauge
tslcd_tasks 41.0
tslcd_wal_bytes{database="state"} 5.0
tslcd_wal_bytes{database="results"} 7.0
tslcd_probe_runs_total{kind="icmp",reason="ok"} 90.0
tslcd_probe_runs_total{kind="icmp",reason="timeout"} 10.0
tslcd_schedule_lag_seconds_bucket{le="0.001"} 60.0
tslcd_schedule_lag_seconds_bucket{le="0.05"} 99.0
tslcd_schedule_lag_seconds_bucket{le="+Inf"} 100.0
"""


def at(minute: float) -> Sample:
    """Return what an even daemon uses: 100 polls a second, 40 bytes each."""
    polls = 6_000 * minute
    return Sample(
        at_s=60 * minute,
        polls=polls,
        timeouts=0.3 * polls,
        missed=0.0,
        cpu_s=12 * minute,
        rss_mb=140.0,
        descriptors=60.0,
        threads=24.0,
        tasks=55.0,
        lag_p99_ms=10.0,
        answer_ms=4.0,
        state_mb=2.0,
        results_mb=40 * polls / 2**20,
        wal_mb=8.0,
        queued=10.0,
        outbox=0.0,
        incidents=3.0,
    )


def broken(figures: list[Figure]) -> set[tuple[str, str]]:
    return {(figure.name, figure.unit) for figure in figures if not figure.is_met}


def test_an_even_hour_is_flat() -> None:
    assert broken(list(judge([at(minute / 4) for minute in range(1, 241)]))) == set()


def test_a_leak_is_found_by_its_slope() -> None:
    leaking = [
        replace(at(minute), rss_mb=140 + minute, descriptors=60 + minute / 2) for minute in range(1, 61)
    ]

    assert broken(list(judge(leaking))) == {
        ("resident memory", "MB per 10,000 polls"),
        ("resident memory", "MB per hour"),
        ("descriptors, least of 5 min", "per hour"),
    }


def test_a_peak_is_no_leak() -> None:
    peaks = [
        replace(at(minute), rss_mb=400.0 if minute in {30, 59} else 140.0, lag_p99_ms=5_000 * (minute == 40))
        for minute in range(1, 61)
    ]

    assert broken(list(judge(peaks))) == set()


def test_a_busy_machine_is_no_leak_of_tasks_and_a_lifted_floor_is_one() -> None:
    busy = [
        replace(at(minute / 4), tasks=55 + (minute % 7) * minute, answer_ms=4 + (minute % 5) * minute)
        for minute in range(1, 241)
    ]
    leaking = [replace(sample, tasks=sample.tasks + sample.at_s / 60) for sample in busy]

    assert broken(list(judge(busy))) == set()
    assert broken(list(judge(leaking))) == {("tasks, least of 5 min", "per hour")}
    assert floors([at(0), at(1), at(2)], lambda sample: sample.polls)[-1] == (120.0, 12_000.0)


def test_the_warm_up_is_not_judged() -> None:
    warming = [replace(at(minute), rss_mb=100 + 4 * min(minute, 10)) for minute in range(1, 61)]

    assert broken(list(judge(warming))) == set()
    assert settled(warming)[0].at_s == 600
    assert [sample.at_s for sample in settled([at(1), at(2), at(3), at(4)])] == [60, 120, 180, 240]


def test_too_short_a_run_is_not_judged() -> None:
    with pytest.raises(ValueError, match="too few"):
        judge([at(1), at(2)])


def test_a_slope_is_the_median_of_all_pairs() -> None:
    assert slope([(0, 0), (1, 2), (2, 4), (3, 6), (4, 600)]) == 2
    assert slope([(x, 3 * x + 1) for x in range(2_000)]) == pytest.approx(3)
    assert slope([(1, 1)]) == slope([]) == 0


def test_an_exposition_is_read_by_its_sums() -> None:
    said = read_exposition(EXPOSITION)

    assert said.sums["tslcd_tasks"] == 41
    assert said.sums["tslcd_wal_bytes"] == 12
    assert (said.sums["tslcd_probe_runs_total"], said.timeouts) == (100, 10)
    assert lag_ms({}, said.lags) == 50
    assert lag_ms(said.lags, said.lags) == 0
    assert lag_ms({0.001: 60.0, 0.05: 60.0, float("inf"): 60.0}, said.lags) == float("inf")


def test_samples_are_read_as_they_were_written(tmp_path: Path) -> None:
    samples = [at(1), at(2)]
    write(tmp_path / "samples.csv", samples)

    assert read(tmp_path / "samples.csv") == [
        replace(each, results_mb=round(each.results_mb, 4)) for each in samples
    ]
