import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series.codec.columns import read_column, write_column
from monitor.series.codec.integers import Source, unzigzag, write_signed, write_varint, zigzag
from tests.effort import examples

numbers_of_64_bits = st.integers(-(2**63), 2**63 - 1)
columns = st.lists(numbers_of_64_bits | st.integers(-40, 40), max_size=80)


def column_bytes(numbers: list[int]) -> bytes:
    out = bytearray()
    write_column(out, numbers)
    return bytes(out)


def chance() -> random.Random:
    return random.Random(20261122)  # noqa: S311 (repeatable, not secret)


@given(st.integers())
def test_zigzag_is_undone(number: int) -> None:
    assert zigzag(number) >= 0
    assert unzigzag(zigzag(number)) == number


@settings(max_examples=examples(100))
@given(st.lists(st.integers(-(2**127), 2**127)))
def test_numbers_come_back_from_varints(numbers: list[int]) -> None:
    out = bytearray()
    for number in numbers:
        write_signed(out, number)

    source = Source(bytes(out))

    assert [source.signed() for _ in numbers] == numbers
    source.end()


def test_a_number_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too early"):
        Source(b"\x80").varint()
    with pytest.raises(ValueError, match="too long"):
        Source(b"\x80" * 100).varint()


def test_bytes_that_nobody_took_are_told() -> None:
    out = bytearray()
    write_varint(out, 7)
    source = Source(bytes(out) + b"\0")
    source.varint()

    with pytest.raises(ValueError, match="left over"):
        source.end()


@settings(max_examples=examples(200))
@given(columns)
def test_a_column_comes_back(numbers: list[int]) -> None:
    source = Source(column_bytes(numbers))

    assert read_column(source, len(numbers)) == numbers
    source.end()


@pytest.mark.parametrize(
    "numbers",
    [
        [5] * 300,
        list(range(1_000, 1_300)),
        [0, 0, 0, 2**63 - 1, 0],
        [*range(100), *range(0, -100, -1)],
        [1, *[0] * 200],
        [-(2**63), 2**63 - 1] * 50,
    ],
)
def test_a_column_of_any_shape_comes_back(numbers: list[int]) -> None:
    assert read_column(Source(column_bytes(numbers)), len(numbers)) == numbers


def test_what_never_changes_and_what_grows_evenly_take_a_few_bytes() -> None:
    assert len(column_bytes([42] * 10_000)) <= 3
    assert len(column_bytes(list(range(60_000, 6_000_000, 60_000)))) <= 12


def test_noise_around_a_line_takes_the_room_of_the_noise() -> None:
    noise = chance()
    column = [60_000 * minute + noise.randrange(8) for minute in range(600)]

    # Three bits of noise; Rice codes waste less than one.
    assert len(column_bytes(column)) < 600 * 4 / 8 + 16


def test_one_outlier_does_not_make_the_others_long() -> None:
    noise = chance()
    column = [noise.randrange(4) for _ in range(300)]

    assert len(column_bytes([*column, 10**12])) < len(column_bytes(column)) + 40


def test_numbers_of_more_than_64_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="too far apart"):
        column_bytes([0, 1, 2**200])


@settings(max_examples=examples(200))
@given(st.binary(max_size=40), st.integers(0, 100))
def test_bytes_that_are_no_column_are_refused_or_read(data: bytes, length: int) -> None:
    try:
        found = read_column(Source(data), length)
    except ValueError:
        return
    assert len(found) == length
