"""Whatever people write for a time is read, or refused with a sentence."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from inventory.times.texts import (
    WEEKDAYS,
    read_day,
    read_minute,
    read_moment,
    read_span,
    read_spans,
    read_weekdays,
    write_minute,
    write_spans,
)

READERS: list[Callable[[str], object]] = [
    read_day,
    read_minute,
    read_span,
    read_weekdays,
    lambda text: read_moment(text, "Asia/Ho_Chi_Minh"),
]
like_a_time = (
    st.text("0123456789:-T ,{}", max_size=20) | st.text(max_size=20) | st.text("٠١٢３４:-", max_size=12)
)


@given(st.sampled_from(READERS), like_a_time)
def test_any_text_is_read_or_refused(read: Callable[[str], object], text: str) -> None:
    with suppress(PydanticCustomError):
        read(text)


@given(st.integers(0, 1439))
def test_minutes_are_read_back_as_written(minute: int) -> None:
    assert read_minute(write_minute(minute)) == minute


@given(st.sets(st.integers(0, 1440), max_size=8))
def test_hours_are_read_back_as_written(edges: set[int]) -> None:
    ordered = sorted(edges)
    spans = tuple(zip(ordered[::2], ordered[1::2], strict=False))

    texts = [text.replace("–", "-") for text in write_spans(spans).split(", ") if text]

    assert read_spans(texts) == spans


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_range_of_weekdays_runs_from_one_to_the_other(first: int, last: int) -> None:
    days = read_weekdays(f"{WEEKDAYS[first]}-{WEEKDAYS[last]}")

    assert (days[0], days[-1]) == (first, last)
    assert all((other - one) % 7 == 1 for one, other in pairwise(days))


@pytest.mark.parametrize("text", ["T2-T6", "mon-fri", "MON - Fri", "t2, t3, t4, t5, t6"])
def test_weekdays_have_names_in_both_languages(text: str) -> None:
    assert read_weekdays(text) == (0, 1, 2, 3, 4)


def test_a_day_alone_is_its_beginning() -> None:
    assert read_moment("2026-12-01", "Asia/Ho_Chi_Minh") == read_moment("2026-12-01 0:00", "Asia/Ho_Chi_Minh")
    assert read_day("2026-12-01") == date(2026, 12, 1)
