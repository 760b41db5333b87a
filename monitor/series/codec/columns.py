"""Columns of whole numbers as bytes: what is left after a guess, in Rice codes. No I/O.

Each column is guessed in the way that leaves least (see `_Guess`). What is left (not negative) is written as a Rice code:
z >> k zeros, a one, the low k bits; what would need more than _MOST_ZEROS zeros is written plainly behind that many.
Rice, R. F. (1979), JPL 79-22. What deflate makes of the same numbers is a quarter longer, LZMA a third: their tables do not pay
for a few hundred numbers. Strings of digits and regular expressions do the work at the speed of C.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, count, repeat
from operator import sub
from statistics import median_low
from typing import Final

from monitor.series.codec.integers import Source, unzigzag, write_signed, write_varint

_MOST_ZEROS: Final = 16
_MOST_BITS: Final = 128
"""Of what is left; numbers of 64 bits never leave more."""
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
    """Append numbers; how many is not written. ValueError when they are not of 64 bits."""
    if not numbers:
        return
    first = numbers[0]
    if numbers.count(first) == len(numbers):
        write_varint(out, _Guess.SAME)
        write_signed(out, first)
        return
    guess, bases, offs = _least_left(numbers)
    left = offs if guess is _Guess.LEAST else [off << 1 if off >= 0 else ~(off << 1) for off in offs]
    most = max(left)
    if most.bit_length() > _MOST_BITS:
        raise ValueError("numbers are too far apart")
    low_bits = _low_bits(left)
    plain_bytes = (most.bit_length() + 7) // 8 if most >> low_bits >= _MOST_ZEROS else 0
    write_varint(out, (low_bits << 1 | bool(plain_bytes)) << 3 | guess)
    for base in bases:
        write_signed(out, base)
    if plain_bytes:
        write_varint(out, plain_bytes)
    codes = _write_codes(left, low_bits, 8 * plain_bytes) if most else b""
    write_varint(out, len(codes))
    out += codes


def read_column(source: Source, length: int) -> list[int]:
    """Take a column of `length` numbers. ValueError when that is not what stands there."""
    if not length:
        return []
    head = source.varint()
    guess, is_plain, low_bits = _Guess(head & 7), head >> 3 & 1, head >> 4
    if guess is _Guess.SAME:
        return [source.signed()] * length
    bases = [source.signed() for _ in range(_BASES[guess])]
    plain_bytes = source.varint() if is_plain else 0
    if low_bits > _MOST_BITS or 8 * plain_bytes > _MOST_BITS:
        raise ValueError("numbers are too long")
    codes = source.take(source.varint())
    length -= guess is _Guess.STEP
    left = _read_codes(codes, length, low_bits, 8 * plain_bytes) if codes else [0] * length
    return _unguess(guess, bases, left)


_BASES = {_Guess.LEAST: 1, _Guess.MIDDLE: 1, _Guess.STEP: 2, _Guess.GRID: 2, _Guess.TREND: 1}


def _least_left(numbers: Sequence[int]) -> tuple[_Guess, tuple[int, ...], list[int]]:
    """Return the guess that leaves least, what it needs to know, and what it leaves."""
    least, middle, first = min(numbers), median_low(numbers), numbers[0]
    steps = list(map(sub, numbers[1:], numbers))
    step = median_low(steps)
    trend, off_trend = first << 3, []
    for number in numbers:
        off = number - (trend >> 3)
        trend += off
        off_trend.append(off)
    guesses = [
        (_Guess.MIDDLE, (middle,), list(map(sub, numbers, repeat(middle)))),
        (_Guess.STEP, (first, step), list(map(sub, steps, repeat(step)))),
        (_Guess.GRID, (first, step), list(map(sub, numbers, count(first, step)))),
        (_Guess.TREND, (first,), off_trend),
    ]
    sizes = [sum(map(abs, offs)) for _, _, offs in guesses]
    # The others need one bit more, for the sign.
    if sum(numbers) - least * len(numbers) <= 2 * min(sizes):
        return _Guess.LEAST, (least,), [number - least for number in numbers]
    return guesses[sizes.index(min(sizes))]


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
    """Return the k that makes the codes short: that of the median, or one less."""
    ordered = sorted(left)
    most = ordered[len(ordered) // 2].bit_length()
    return min(range(max(0, most - 1), most + 1), key=lambda low_bits: _cost(ordered, low_bits))


def _cost(ordered: Sequence[int], low_bits: int) -> int:
    """Return about how many bits the codes have."""
    short = bisect_left(ordered, _MOST_ZEROS << low_bits)
    plain = (len(ordered) - short) * (_MOST_ZEROS + ordered[-1].bit_length())
    return short * (low_bits + 1) + sum([each >> low_bits for each in ordered[:short]]) + plain


def _write_codes(left: Sequence[int], low_bits: int, plain_bits: int) -> bytes:
    one, mask, plain = 1 << low_bits, (1 << low_bits) - 1, f"0{plain_bits}b"
    digits = "".join(
        [
            f"{_ZEROS[z >> low_bits]}{z & mask | one:b}"
            if z >> low_bits < _MOST_ZEROS
            else _ZEROS[_MOST_ZEROS] + format(z, plain)
            for z in left
        ]
    )
    size = (len(digits) + 7) // 8
    return (int(digits, 2) << 8 * size - len(digits)).to_bytes(size)


def _read_codes(data: bytes, length: int, low_bits: int, plain_bits: int) -> list[int]:
    digits = format(int.from_bytes(data), f"0{8 * len(data)}b")
    codes = _codes(low_bits, plain_bits).findall(digits)[:length]
    if len(codes) < length:
        raise ValueError("codes are missing")
    # The value of a short one: zeros << low_bits, plus the digits behind the one. Few are different.
    rest = (low_bits + 1 << low_bits) + (1 << low_bits)
    values = {code: int(code, 2) + (len(code) << low_bits) - rest for code in set(codes)}
    if plain_bits:
        plain = _ZEROS[_MOST_ZEROS]
        values |= {code: int(code, 2) for code in values if code.startswith(plain)}
    return list(map(values.__getitem__, codes))


@lru_cache(maxsize=512)
def _codes(low_bits: int, plain_bits: int) -> re.Pattern[str]:
    short = f"0{{0,{_MOST_ZEROS - 1}}}1[01]{{{low_bits}}}"
    return re.compile(f"{short}|0{{{_MOST_ZEROS}}}[01]{{{plain_bits}}}" if plain_bits else short)
