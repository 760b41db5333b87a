"""Columns of whole numbers as bytes: what is left after a guess, in Rice codes. No I/O.

Each column is guessed in the way that leaves least (see `_Guess`). What is left (not negative) is written as a Rice code:
z >> k zeros, a one, the low k bits; what would need more than _MOST_ZEROS zeros is written plainly behind that many.
Rice, R. F. (1979), JPL 79-22. For the few hundred numbers of a chunk this beats deflate and LZMA, whose tables alone are
as long. Strings of digits and regular expressions do the work at the speed of C.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from statistics import median_low
from typing import Final

from monitor.series.codec.integers import Source, unzigzag, write_signed, write_varint, zigzag

_MOST_ZEROS: Final = 16
_MOST_LOW_BITS: Final = 128
_ZEROS: Final = tuple("0" * count for count in range(_MOST_ZEROS + 1))


class _Guess(IntEnum):
    """What a number is guessed from."""

    SAME = 0
    """All are equal; nothing is left."""
    LEAST = 1
    """The column's least."""
    MIDDLE = 2
    """The column's median."""
    STEP = 3
    """The one before, plus the median step."""
    GRID = 4
    """The column's first, plus the median step for each one since."""
    TREND = 5
    """A moving average of those before."""


def write_column(out: bytearray, numbers: Sequence[int]) -> None:
    """Append numbers; how many is not written. The same numbers always give the same bytes."""
    if not numbers:
        return
    first = numbers[0]
    if numbers.count(first) == len(numbers):
        write_varint(out, _Guess.SAME)
        write_signed(out, first)
        return
    guess, bases, left = min(_guesses(numbers), key=lambda guessed: sum(guessed[2]))
    low_bits = _low_bits(left)
    most = max(left)
    plain_bytes = (most.bit_length() + 7) // 8 if most >> low_bits >= _MOST_ZEROS else 0
    write_varint(out, (low_bits << 1 | bool(plain_bytes)) << 3 | guess)
    for base in bases:
        write_signed(out, base)
    if plain_bytes:
        write_varint(out, plain_bytes)
    one, mask = 1 << low_bits, (1 << low_bits) - 1
    if plain_bytes:
        width = f"0{8 * plain_bytes}b"
        digits = "".join(
            [
                f"{_ZEROS[z >> low_bits]}{z & mask | one:b}"
                if z >> low_bits < _MOST_ZEROS
                else _ZEROS[_MOST_ZEROS] + format(z, width)
                for z in left
            ]
        )
    else:
        digits = "".join([f"{_ZEROS[z >> low_bits]}{z & mask | one:b}" for z in left])
    count = (len(digits) + 7) // 8
    write_varint(out, count)
    out += (int(digits, 2) << 8 * count - len(digits)).to_bytes(count)


def read_column(source: Source, count: int) -> list[int]:
    """Take a column of `count` numbers. ValueError when that is not what stands there."""
    if not count:
        return []
    head = source.varint()
    guess, is_plain, low_bits = _Guess(head & 7), head >> 3 & 1, head >> 4
    if guess is _Guess.SAME:
        return [source.signed()] * count
    bases = [source.signed() for _ in range(_BASES[guess])]
    plain_bytes = source.varint() if is_plain else 0
    if low_bits > _MOST_LOW_BITS or 8 * plain_bytes > _MOST_LOW_BITS:
        raise ValueError("numbers are too long")
    size = source.varint()
    left = _read_codes(source.take(size), count - (guess is _Guess.STEP), low_bits, 8 * plain_bytes)
    return _unguess(guess, bases, left)


_BASES = {_Guess.LEAST: 1, _Guess.MIDDLE: 1, _Guess.STEP: 2, _Guess.GRID: 2, _Guess.TREND: 1}


def _guesses(numbers: Sequence[int]) -> list[tuple[_Guess, tuple[int, ...], list[int]]]:
    least, middle, first = min(numbers), median_low(numbers), numbers[0]
    steps = [after - before for before, after in pairwise(numbers)]
    step = median_low(steps)
    trend, around_trend = first << 3, []
    for number in numbers:
        off = number - (trend >> 3)
        trend += off
        around_trend.append(zigzag(off))
    return [
        (_Guess.LEAST, (least,), [number - least for number in numbers]),
        (_Guess.MIDDLE, (middle,), [zigzag(number - middle) for number in numbers]),
        (_Guess.STEP, (first, step), [zigzag(each - step) for each in steps]),
        (
            _Guess.GRID,
            (first, step),
            [zigzag(number - first - step * place) for place, number in enumerate(numbers)],
        ),
        (_Guess.TREND, (first,), around_trend),
    ]


def _unguess(guess: _Guess, bases: Sequence[int], left: list[int]) -> list[int]:
    base = bases[0]
    if guess is _Guess.LEAST:
        return [base + each for each in left]
    offs = [unzigzag(each) for each in left]
    if guess is _Guess.MIDDLE:
        return [base + off for off in offs]
    if guess is _Guess.STEP:
        step = bases[1]
        return list(accumulate((off + step for off in offs), initial=base))
    if guess is _Guess.GRID:
        step = bases[1]
        return [base + step * place + off for place, off in enumerate(offs)]
    trend, numbers = base << 3, []
    for off in offs:
        numbers.append((trend >> 3) + off)
        trend += off
    return numbers


def _low_bits(left: Sequence[int]) -> int:
    """Return the k that makes the codes shortest."""
    count = len(left)
    best = max(0, (sum(left) // count).bit_length() - 1)
    cost = _cost(left, best)
    while best and (less := _cost(left, best - 1)) < cost:
        best, cost = best - 1, less
    return best


def _cost(left: Sequence[int], low_bits: int) -> int:
    return len(left) * low_bits + sum([min(z >> low_bits, 40) for z in left])


def _read_codes(data: bytes, count: int, low_bits: int, plain_bits: int) -> list[int]:
    digits = format(int.from_bytes(data), f"0{8 * len(data)}b")
    one = 1 << low_bits
    values: dict[str, int] = {}
    left = []
    for code in islice(_codes(low_bits, plain_bits).findall(digits), count):
        value = values.get(code)
        if value is None:
            zeros = len(code) - low_bits - 1
            if plain_bits and code.startswith(_ZEROS[_MOST_ZEROS]):
                value = int(code, 2)
            else:
                value = (zeros << low_bits) + int(code, 2) - one
            values[code] = value
        left.append(value)
    if len(left) < count:
        raise ValueError("codes are missing")
    return left


@lru_cache(maxsize=512)
def _codes(low_bits: int, plain_bits: int) -> re.Pattern[str]:
    short = f"0{{0,{_MOST_ZEROS - 1}}}1[01]{{{low_bits}}}"
    return re.compile(f"{short}|0{{{_MOST_ZEROS}}}[01]{{{plain_bits}}}" if plain_bits else short)
