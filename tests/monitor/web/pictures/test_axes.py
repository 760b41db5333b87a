"""Marks on axes."""

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.web.pictures.axes import time_marks, unit_of, value_marks, value_words
from tests.effort import examples

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@settings(max_examples=examples(60))
@given(st.floats(1.7e9, 1.9e9), st.floats(60, 3e8), st.integers(1, 14))
def test_time_marks_lie_within_in_order_and_are_not_too_many(from_at: float, span: float, most: int) -> None:
    marks = time_marks(from_at, from_at + span, most, ZONE)
    times = [at for at, _ in marks]
    assert times == sorted(set(times))
    assert all(from_at <= at <= from_at + span for at in times)
    assert len(times) <= 2 * most + 2


@settings(max_examples=examples(60))
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e9), st.integers(1, 8))
def test_value_marks_are_told_apart(low: float, span: float, most: int) -> None:
    marks = value_marks(low, low + span, most)
    assert len(marks) <= most + 2
    assert len(value_words(marks)) == len(marks)


def test_nothing_is_marked_where_nothing_is() -> None:
    assert value_marks(1.0, 1.0, 5) == []
    assert value_marks(0.0, float("inf"), 5) == []


def test_decimals_tell_marks_apart_with_a_comma() -> None:
    assert value_words([0.0, 2.5, 5.0]) == ["0,0", "2,5", "5,0"]


def test_seconds_below_one_are_milliseconds() -> None:
    assert unit_of("rtt_s", 0.2) == (1_000.0, "ms")
    assert unit_of("duration_s", 3.0) == (1.0, "s")
    assert unit_of("cpu_ratio", 0.5) == (100.0, "%")
    assert unit_of("clients", 5) == (1.0, "")
