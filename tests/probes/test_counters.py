import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.snmp.counters import PLAUSIBLE, WRAP, Count, Moment, NoRate, elapsed_s, rate_per_s

MEGABIT = 1_000_000 / 8
LAST = WRAP - 1
DAYS_497_TICKS = WRAP - 10_000  # 100 s before sysUpTime begins anew


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(Moment(0), Moment(300), 300.0, id="without sysUpTime our clock counts"),
        pytest.param(Moment(0, 1_000), Moment(300, 31_010), 300.1, id="the agent's clock counts first"),
        pytest.param(Moment(0, None), Moment(300, 31_000), 300.0, id="the agent told its time only once"),
        pytest.param(Moment(0, 5), Moment(0, 5), NoRate.NO_TIME, id="equal times"),
        pytest.param(Moment(0, 5), Moment(10, 5), NoRate.NO_TIME, id="the agent's clock stands"),
        pytest.param(Moment(300), Moment(0), NoRate.NO_TIME, id="our clock went back"),
        pytest.param(Moment(0, DAYS_497_TICKS), Moment(300, 20_000), 300.0, id="497 days"),
        pytest.param(
            Moment(0, DAYS_497_TICKS), Moment(300, 21_500), 315.0, id="497 days with a clock that runs fast"
        ),
        pytest.param(
            Moment(0, DAYS_497_TICKS),
            Moment(300, 29_000),
            NoRate.RESTARTED,
            id="just before 497 days it restarted",
        ),
        pytest.param(Moment(0, 9_000_000), Moment(300, 12_000), NoRate.RESTARTED, id="restarted"),
        pytest.param(
            Moment(0, 3_000), Moment(30, 2_000), NoRate.RESTARTED, id="restarted soon after it had started"
        ),
        pytest.param(
            Moment(0, 10_000),
            Moment(3_600, 200_000),
            NoRate.RESTARTED,
            id="restarted long ago and older than before",
        ),
        pytest.param(
            Moment(0, 1_000, boots=4),
            Moment(300, 31_000, boots=5),
            NoRate.RESTARTED,
            id="engineBoots increased",
        ),
        pytest.param(
            Moment(0, DAYS_497_TICKS, boots=4),
            Moment(300, 20_000, boots=5),
            NoRate.RESTARTED,
            id="engineBoots wins over a time that looks like 497 days",
        ),
        pytest.param(
            Moment(0, 1_000, boots=5), Moment(300, 31_000, boots=1), NoRate.RESTARTED, id="another engine"
        ),
        pytest.param(
            Moment(0, 1_000, boots=5),
            Moment(300, 31_000),
            300.0,
            id="engineBoots told only once says nothing",
        ),
        pytest.param(
            Moment(0, 1_000), Moment(300, 9_000_000), NoRate.ANOTHER_CLOCK, id="another device answers"
        ),
        pytest.param(
            Moment(0, 1_000, discontinuity_ticks=0),
            Moment(300, 31_000, discontinuity_ticks=20_000),
            NoRate.DISCONTINUITY,
            id="the interface's counters began anew",
        ),
        pytest.param(
            Moment(0, 1_000, discontinuity_ticks=7),
            Moment(300, 31_000, discontinuity_ticks=7),
            300.0,
            id="the same discontinuity as before",
        ),
        pytest.param(Moment(0, 0), Moment(86_400, 8_570_000), 85_700.0, id="a long gap and a slow clock"),
    ],
)
def test_the_time_between_two_samples(old: Moment, new: Moment, expected: float | NoRate) -> None:
    assert elapsed_s(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "top", "expected"),
    [
        pytest.param(Count(1_000, 64), Count(4_000, 64), 10 * MEGABIT, 10.0, id="64 bits"),
        pytest.param(Count(1_000, 64), Count(4_000, 64), None, 10.0, id="64 bits, speed unknown"),
        pytest.param(Count(4_000, 64), Count(4_000, 64), 10 * MEGABIT, 0.0, id="nothing was sent"),
        pytest.param(Count(2**64 - 1, 64), Count(50, 64), None, NoRate.RESET, id="64 bits never wrap"),
        pytest.param(Count(4_000, 64), Count(3_999, 64), 10 * MEGABIT, NoRate.RESET, id="64 bits went back"),
        pytest.param(Count(0, 64), Count(2**62, 64), 10 * MEGABIT, NoRate.IMPLAUSIBLE, id="64 bits jumped"),
        pytest.param(Count(0, 32), Count(3_000, 32), 10 * MEGABIT, 10.0, id="32 bits"),
        pytest.param(Count(LAST, 32), Count(2_999, 32), 10 * MEGABIT, 10.0, id="32 bits wrapped"),
        pytest.param(Count(3_000_000, 32), Count(5, 32), 10 * MEGABIT, NoRate.RESET, id="32 bits were reset"),
        pytest.param(
            Count(0, 32), Count(1_000_000_000, 32), 10 * MEGABIT, NoRate.IMPLAUSIBLE, id="32 bits jumped"
        ),
        pytest.param(
            Count(0, 32), Count(3_000, 32), 100 * MEGABIT, NoRate.TOO_SLOW, id="100 Mbit/s in 300 s"
        ),
        pytest.param(Count(0, 32), Count(3_000, 32), None, NoRate.NO_SPEED, id="32 bits, speed unknown"),
        pytest.param(Count(0, 32), Count(3_000, 64), None, NoRate.ANOTHER_COUNTER, id="another counter"),
    ],
)
def test_what_a_counter_grew_in_five_minutes(
    old: Count, new: Count, top: float | None, expected: float | NoRate
) -> None:
    assert rate_per_s(old, new, elapsed_s=300, top_per_s=top) == expected


def test_no_time_gives_no_rate() -> None:
    assert rate_per_s(Count(0, 64), Count(1, 64), elapsed_s=0, top_per_s=None) is NoRate.NO_TIME


counts = st.builds(Count, st.integers(0, 2**64 - 1), st.just(64)) | st.builds(
    Count, st.integers(0, WRAP - 1), st.just(32)
)
ticks = st.none() | st.integers(0, WRAP - 1)
moments = st.builds(
    Moment, st.floats(0, 1e8), ticks, st.none() | st.integers(0, 5), st.none() | st.integers(0, 5)
)


@given(old=counts, new=counts, elapsed=st.floats(-1, 1e7), top=st.none() | st.floats(1, 1e12))
def test_a_rate_is_never_negative_and_never_beyond_the_line(
    old: Count, new: Count, elapsed: float, top: float | None
) -> None:
    rate = rate_per_s(old, new, elapsed_s=elapsed, top_per_s=top)

    if not isinstance(rate, NoRate):
        assert rate >= 0
        assert top is None or rate <= PLAUSIBLE * top


@given(old=moments, new=moments)
def test_time_between_samples_is_positive_or_has_a_reason(old: Moment, new: Moment) -> None:
    passed = elapsed_s(old, new)

    assert isinstance(passed, NoRate) or passed > 0


@given(
    begin=st.integers(0, 2**63),
    uptime=st.integers(0, WRAP - 1),
    loads=st.lists(st.floats(0, 1), min_size=1, max_size=20),
    speed_bps=st.sampled_from([2e6, 10e6, 20e6]),
    interval_s=st.integers(1, 800),
)
def test_a_wide_counter_seen_through_32_bits_gives_the_right_rates_when_asked_often_enough(
    begin: int, uptime: int, loads: list[float], speed_bps: float, interval_s: int
) -> None:
    """The model keeps the true count and the true time; what is asked is cut to 32 bits."""
    true_octets, true_ticks, mono_s = begin, uptime, 0.0
    seen, seen_at = Count(true_octets % WRAP, 32), Moment(mono_s, true_ticks % WRAP)
    for load in loads:
        octets = int(load * speed_bps / 8 * interval_s)
        true_octets, true_ticks, mono_s = (
            true_octets + octets,
            true_ticks + interval_s * 100,
            mono_s + interval_s,
        )
        count, moment = Count(true_octets % WRAP, 32), Moment(mono_s, true_ticks % WRAP)

        passed = elapsed_s(seen_at, moment)
        assert passed == interval_s
        assert rate_per_s(seen, count, elapsed_s=interval_s, top_per_s=speed_bps / 8) == octets / interval_s
        seen, seen_at = count, moment


@given(
    old_uptime=st.integers(0, WRAP - 1),
    restarted_after_s=st.floats(0, 290),
    interval_s=st.just(300),
)
def test_a_restart_between_two_questions_is_never_missed_unless_it_looks_like_running_on(
    old_uptime: int, restarted_after_s: float, interval_s: int
) -> None:
    new_uptime = int((interval_s - restarted_after_s) * 100)

    passed = elapsed_s(Moment(0, old_uptime), Moment(interval_s, new_uptime))

    looks_alike = abs((new_uptime - old_uptime) % WRAP / 100 - interval_s) <= 60
    assert (
        passed is NoRate.RESTARTED or looks_alike or (passed is NoRate.NO_TIME and old_uptime == new_uptime)
    )
