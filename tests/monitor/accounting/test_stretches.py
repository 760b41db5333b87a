"""Painting over stretches, against looking at every moment."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from inventory.times.intervals import Intervals, union
from monitor.accounting.model import Part
from monitor.accounting.stretches import Stretch, paint, painted

PARTS = st.sampled_from([Part.UP, Part.DOWN, Part.UNKNOWN])
LENGTH = 40


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    edges = sorted({0, LENGTH} | draw(st.sets(st.integers(0, LENGTH))))
    return [(start, end, draw(PARTS)) for start, end in itertools.pairwise(edges)]


intervals = st.lists(st.tuples(st.integers(-5, LENGTH + 5), st.integers(-5, LENGTH + 5))).map(union)


@given(stretches(), intervals)
def test_what_is_painted_lies_in_the_intervals_and_was_named(
    before: list[Stretch], within: Intervals
) -> None:
    after = painted(before, within, paint(Part.MAINTENANCE, Part.DOWN, Part.UNKNOWN))
    assert all(start < end for start, end, _ in after)
    moments = [part for start, end, part in after for _ in range(int(end - start))]
    expected = [part for start, end, part in before for _ in range(int(end - start))]
    for at, part in enumerate(expected):
        if part is not Part.UP and any(start <= at < end for start, end in within):
            expected[at] = Part.MAINTENANCE
    assert moments == expected
    assert [start for start, _, _ in after[1:]] == [end for _, end, _ in after[:-1]]
