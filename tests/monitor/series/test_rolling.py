import itertools
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import CheckResult
from monitor.series.model import ANSWER, RTT
from monitor.series.rolling import roll, roll_with_whole
from probes.reading import FailureReason, Reading
from tests.effort import examples
from tests.monitor.series.rolls import INTERVAL_S, OURS, alike, burst, expected, single, varied

T0 = 1_770_001_200.0  # a whole hour
HOUR = [T0 + 300 * place for place in range(13)]


@st.composite
def hours_of_results(draw: st.DrawFn) -> list[CheckResult]:
    """Results from a little before the hour until a little after it, at any distance."""
    check_id = draw(st.sampled_from(["a/icmp", "a/http"]))
    gaps = draw(st.lists(st.sampled_from([1, 5, 29, 30, 31, 60, 200, 1_000]), max_size=60))
    starts = itertools.accumulate(gaps, initial=int(T0) - draw(st.integers(0, 100)))
    seed = draw(st.integers(0, 1_000))
    return [varied(seed + place, float(start), check_id) for place, start in enumerate(starts)]


@settings(max_examples=examples(100))
@given(results=hours_of_results())
def test_buckets_are_those_counted_second_by_second(results: Sequence[CheckResult]) -> None:
    assert alike(roll(results, HOUR, interval_s=INTERVAL_S), expected(results, HOUR, INTERVAL_S))


@settings(max_examples=examples(100))
@given(results=hours_of_results())
def test_twelve_buckets_count_what_their_hour_counts(results: Sequence[CheckResult]) -> None:
    fine, whole = roll_with_whole(results, HOUR, interval_s=INTERVAL_S)
    coarse = roll(results, [HOUR[0], HOUR[-1]], interval_s=INTERVAL_S)

    assert alike(whole, coarse)
    assert fine.keys() == coarse.keys()
    for name, (whole,) in coarse.items():
        assert sum(bucket.sent for bucket in fine[name]) == whole.sent
        assert sum(bucket.lost for bucket in fine[name]) == whole.lost
        parts = [bucket.spread for bucket in fine[name] if bucket.spread is not None]
        assert (min(part.least for part in parts) if parts else None) == (
            whole.spread.least if whole.spread else None
        )


def test_each_round_trip_of_a_burst_is_one_request() -> None:
    found = roll([burst(T0, [0.01, None, 0.03])], HOUR[:2], interval_s=INTERVAL_S)

    (bucket,) = found[RTT]
    assert (bucket.sent, bucket.lost) == (3, 1)
    assert bucket.spread is not None
    assert (bucket.spread.least, bucket.spread.p50, bucket.spread.most) == (0.01, 0.01, 0.03)
    assert found.keys() == {RTT, "duplicates"}  # what follows from the round trips is not kept again


def test_the_one_round_trip_that_a_probe_measures_is_rolled_too() -> None:
    found = roll(
        [CheckResult("t/ntp", T0, 0.2, Reading(ok=True, metrics={RTT: 0.05}))], HOUR[:2], interval_s=30
    )

    assert found[RTT][0].spread is not None
    assert found[RTT][0].spread.p50 == 0.05
    assert found.keys() == {RTT, ANSWER}


def test_what_says_nothing_of_the_target_is_not_counted_and_covers_no_time() -> None:
    found = roll([single(T0, 0.1), single(T0 + 30, 0.1, OURS), single(T0 + 60, 0.2)], HOUR[:2], interval_s=30)

    (bucket,) = found[ANSWER]
    assert (bucket.sent, bucket.lost) == (2, 0)
    assert bucket.coverage_ratio == (30 + 45) / 300


def test_a_failed_run_without_a_burst_is_a_lost_answer() -> None:
    found = roll([single(T0, 0.1), single(T0 + 30, 9.0, FailureReason.TIMEOUT)], HOUR[:2], interval_s=30)

    (bucket,) = found[ANSWER]
    assert (bucket.sent, bucket.lost) == (2, 1)
    assert bucket.spread is not None
    assert bucket.spread.most == 0.1


def test_a_result_before_the_hour_covers_its_beginning() -> None:
    results = [single(T0 - 20, 0.1), single(T0 + 200, 0.1)]

    (bucket,) = roll(results, HOUR[:2], interval_s=30)[ANSWER]

    assert bucket.sent == 1
    assert bucket.coverage_ratio == (25 + 45) / 300


def test_without_a_known_interval_the_usual_distance_counts() -> None:
    results = [single(T0 + 10 * place, 0.1) for place in range(10)] + [single(T0 + 200, 0.1)]

    (bucket,) = roll(results, HOUR[:2], interval_s=None)[ANSWER]

    assert bucket.coverage_ratio == (90 + 15 + 15) / 300


def test_a_bucket_in_which_nothing_was_measured_is_absent() -> None:
    found = roll([single(T0, 0.1), single(T0 + 600, 0.1)], HOUR, interval_s=3_000)

    assert [bucket.at for bucket in found[ANSWER]] == [T0, T0 + 600]
