from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.report.load_rule import (
    DAY_S,
    TSLCD_2026,
    LoadRule,
    LoadVerdict,
    Rate,
    assess,
    buckets,
    judge,
    nearest_rank,
    rank,
    rule_on,
)

WEEK = 2_016
UNTIL = 1_795_305_600
CAPACITY = 10e6
SMALL = replace(TSLCD_2026, days=1, bucket_s=4_320)
"""Twenty samples: the 19th counts, one may be greater."""


def week(*, greater: int, missing: int = 0, low: float = 1e6, high: float = 9.5e6) -> list[float]:
    return [high] * greater + [low] * (WEEK - greater - missing)


def test_the_percentile_of_a_week_is_the_1916th_of_2016() -> None:
    assert rank(WEEK, 95) == 1_916
    assert nearest_rank(list(map(float, range(1, WEEK + 1))), 95) == 1_916


@pytest.mark.parametrize(
    ("samples", "verdict", "is_certain"),
    [
        pytest.param(week(greater=100), "meets", True, id="a hundred may be greater"),
        pytest.param(week(greater=101), "exceeds", True, id="a hundred and one may not"),
        pytest.param(week(greater=WEEK, high=9e6), "meets", True, id="90 % itself does not exceed"),
        pytest.param(week(greater=0, missing=100), "meets", True, id="a hundred gaps change nothing"),
        pytest.param(week(greater=60, missing=60), "meets", False, id="gaps might"),
        pytest.param(week(greater=99, missing=100), "exceeds", False, id="gaps might hide the low ones"),
        pytest.param(week(greater=0, missing=101), "undecided", False, id="too many gaps"),
        pytest.param(week(greater=101, missing=1_000), "exceeds", True, id="what is there is enough"),
        pytest.param([], "undecided", False, id="nothing was measured"),
    ],
)
def test_a_week_is_judged(samples: list[float], verdict: str, is_certain: bool) -> None:  # noqa: FBT001 (parametrized)
    load = judge(samples, wanted=WEEK, capacity_bps=CAPACITY, rule=TSLCD_2026)

    assert (load.verdict, load.is_certain) == (verdict, is_certain)
    assert load.coverage_ratio == len(samples) / WEEK


def test_without_a_capacity_there_are_figures_but_no_verdict() -> None:
    load = judge(week(greater=101), wanted=WEEK, capacity_bps=None, rule=TSLCD_2026)

    assert load.percentile_bps == 9.5e6
    assert (load.use_ratio, load.verdict) == (None, LoadVerdict.UNDECIDED)


def steady(bps: float, *, every_s: int, days: int = 7, shift_s: float = 0.0) -> list[Rate]:
    count = days * DAY_S // every_s
    return [Rate(UNTIL - number * every_s + shift_s, every_s, bps) for number in range(count + 1)]


@pytest.mark.parametrize("every_s", [30, 60, 200, 300, 420])
def test_any_interval_up_to_one_and_a_half_buckets_covers_a_week(every_s: int) -> None:
    rates = steady(5e6, every_s=every_s, shift_s=17.3)

    load = assess(
        {"in": rates, "out": rates}, {"in": CAPACITY, "out": CAPACITY}, until_at=UNTIL + 12, rule=TSLCD_2026
    )

    assert (load.from_at, load.until_at) == (UNTIL - 7 * DAY_S, UNTIL)
    assert load.coverage_ratio == 1
    assert load.verdict is LoadVerdict.MEETS
    assert load.directions["in"].percentile_bps == pytest.approx(5e6)


def test_means_over_longer_times_are_no_samples() -> None:
    rates = steady(5e6, every_s=600)

    load = assess({"in": rates, "out": rates}, {}, until_at=UNTIL, rule=TSLCD_2026)

    assert load.coverage_ratio == 0


def test_each_direction_is_judged_by_itself_and_the_worse_decides() -> None:
    low, high = steady(1e6, every_s=300), steady(9.5e6, every_s=300)

    load = assess(
        {"in": high, "out": low}, {"in": CAPACITY, "out": CAPACITY}, until_at=UNTIL, rule=TSLCD_2026
    )

    assert load.directions["in"].verdict is LoadVerdict.EXCEEDS
    assert load.directions["out"].verdict is LoadVerdict.MEETS
    assert load.verdict is LoadVerdict.EXCEEDS


def test_a_direction_without_samples_leaves_the_line_undecided() -> None:
    load = assess(
        {"in": steady(1e6, every_s=300)}, {"in": CAPACITY, "out": CAPACITY}, until_at=UNTIL, rule=TSLCD_2026
    )

    assert load.verdict is LoadVerdict.UNDECIDED


def test_over_other_than_seven_days_there_is_no_verdict() -> None:
    rates = steady(9.5e6, every_s=300)

    load = assess(
        {"in": rates, "out": rates},
        {"in": CAPACITY, "out": CAPACITY},
        until_at=UNTIL,
        rule=TSLCD_2026,
        days=2,
    )

    assert load.directions["in"].samples == 576
    assert load.directions["in"].use_ratio == pytest.approx(0.95)
    assert load.verdict is LoadVerdict.UNDECIDED


def test_a_bucket_is_the_mean_by_time_of_what_was_measured_in_it() -> None:
    rates = [Rate(100, 100, 10.0), Rate(300, 200, 40.0), Rate(450, 150, 6.0), Rate(700, 40, 5.0)]

    measured = buckets(rates, from_at=0, count=3, bucket_s=300)

    assert measured == [30.0, 6.0, None]


def test_what_was_recorded_twice_counts_once() -> None:
    rates = [Rate(160, 80, 9.0), Rate(160, 80, 9.0), Rate(500, 100, 4.0), Rate(550, 150, 7.0)]

    assert buckets(rates, from_at=0, count=1, bucket_s=300) == [None]
    assert buckets(rates, from_at=300, count=1, bucket_s=300) == [5.0]


def test_a_mean_across_a_border_counts_on_both_sides() -> None:
    rates = [Rate(450, 300, 8.0), Rate(150, 300, 4.0)]

    measured = buckets(rates, from_at=0, count=2, bucket_s=300)

    assert measured == [6.0, 8.0]


def test_the_rule_of_the_day_is_the_latest_in_force() -> None:
    newer = LoadRule("TT 01/2028", date(2028, 1, 1), most_ratio=0.8)
    rules = (newer, TSLCD_2026)

    assert rule_on(date(2026, 3, 29), rules) is None
    assert rule_on(date(2026, 3, 30), rules) is TSLCD_2026
    assert rule_on(date(2027, 12, 31), rules) is TSLCD_2026
    assert rule_on(date(2028, 1, 1), rules) is newer


@given(st.lists(st.integers(0, 30), min_size=1, max_size=400), st.integers(1, 100))
def test_the_percentile_is_the_least_value_that_enough_do_not_exceed(
    samples: list[int], percentile: int
) -> None:
    found = nearest_rank([float(value) for value in samples], percentile)

    enough = [
        value
        for value in samples
        if 100 * sum(other <= value for other in samples) >= percentile * len(samples)
    ]
    assert found == min(enough)


loads = st.lists(st.sampled_from([0.0, 1e6, 9e6, 9_000_001.0, 2e7]), max_size=20)


@given(loads, st.data())
def test_a_certain_verdict_holds_whatever_the_gaps_hide(samples: list[float], data: st.DataObject) -> None:
    hidden = data.draw(st.lists(st.floats(0, 1e9), min_size=20 - len(samples), max_size=20 - len(samples)))

    seen = judge(samples, wanted=20, capacity_bps=CAPACITY, rule=SMALL)
    whole = judge(samples + hidden, wanted=20, capacity_bps=CAPACITY, rule=SMALL)

    assert whole.is_certain
    assert not seen.is_certain or seen.verdict is whole.verdict
    exceeds = sorted(samples + hidden)[18] > 9e6
    assert (whole.verdict is LoadVerdict.EXCEEDS) is exceeds


@given(st.lists(st.tuples(st.integers(0, 1_300), st.integers(1, 60), st.integers(0, 9)), max_size=12))
def test_buckets_are_the_means_of_a_second_by_second_count(spans: list[tuple[int, int, int]]) -> None:
    rates = [Rate(end - 50, span, float(bps)) for end, span, bps in spans]

    measured = buckets(rates, from_at=0, count=20, bucket_s=60)

    seen: dict[int, int] = {}
    last = -1_000
    for end, span, bps in sorted(spans, key=lambda one: one[0]):
        seen |= dict.fromkeys(range(max(last, end - 50 - span), end - 50), bps)
        last = max(last, end - 50)
    for number in range(20):
        inside = [bps for second, bps in seen.items() if number * 60 <= second < (number + 1) * 60]
        expected = sum(inside) / len(inside) if len(inside) >= 30 else None
        assert measured[number] == (None if expected is None else pytest.approx(expected))
