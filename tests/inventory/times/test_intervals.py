"""Interval arithmetic against sets of minutes."""

from hypothesis import given
from hypothesis import strategies as st

from inventory.times.intervals import Intervals, clip, intersect, subtract, total_s, union

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)
sets = pairs.map(union)


def minutes(intervals: Intervals) -> set[int]:
    return {minute for start, end in intervals for minute in range(int(start), int(end))}


def is_normal(intervals: Intervals) -> bool:
    edges = [edge for interval in intervals for edge in interval]
    return edges == sorted(set(edges))


@given(pairs, pairs)
def test_a_union_holds_what_any_part_holds(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    both = union(one, other)

    assert is_normal(both)
    assert minutes(both) == {m for start, end in [*one, *other] for m in range(start, end)}


@given(sets, sets)
def test_an_intersection_holds_what_both_hold(one: Intervals, other: Intervals) -> None:
    assert is_normal(intersect(one, other))
    assert minutes(intersect(one, other)) == minutes(one) & minutes(other)


@given(sets, sets)
def test_a_difference_holds_what_only_the_first_holds(one: Intervals, other: Intervals) -> None:
    assert is_normal(subtract(one, other))
    assert minutes(subtract(one, other)) == minutes(one) - minutes(other)


@given(sets, st.integers(0, 60), st.integers(0, 60))
def test_clipping_keeps_what_is_within(intervals: Intervals, start: int, end: int) -> None:
    assert is_normal(clip(intervals, start, end))
    assert minutes(clip(intervals, start, end)) == minutes(intervals) & set(range(start, end))


@given(sets, sets)
def test_a_set_and_the_rest_are_as_long_as_the_whole(one: Intervals, other: Intervals) -> None:
    assert total_s(intersect(one, other)) + total_s(subtract(one, other)) == total_s(one)
    assert total_s(one) == len(minutes(one))
