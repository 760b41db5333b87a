"""A page of rollups as bytes: many buckets of many series of one check, in columns.

    page    = segments, each: its length (4) | segment
    segment = version (1) | crc32 of the directory (4) | length of the directory (4) | directory | sections
    directory = for each series: length of its name (1) | name (UTF-8) | length of its section (4)
    section = zlib of columns; each series is read without the others

New buckets are appended as a segment of their own, which costs nothing of what is there; after MOST_SEGMENTS all become
one. Of two buckets that begin at the same time the one that accounts for more counts, else the later one.

Times and counts are exact. Coverage is kept to 1/255. Values of a series whose percentiles are all whole numbers (a
status, a count) are exact, but for the mean; all others, and means, are kept to 0.5 %: as the nearest power of 1.01.
The columns are differences (to the bucket before, to the neighbouring percentile), which are small.
"""

import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, chain, pairwise
from math import expm1, floor, inf, isfinite, log, log1p
from operator import sub
from typing import Final

from monitor.series.model import Bucket, Series, Spread
from monitor.storage.errors import DamagedError

_VERSION: Final = 1
_HEAD: Final = struct.Struct("<BII")
_LENGTH: Final = struct.Struct("<I")
_STEP: Final = log(1.01)
_LEAST: Final = 1e-12
"""What is nearer to nothing than this is kept as 0."""
_EXACT_BELOW: Final = 2**53
_WIDTHS: Final = ("B", "H", "I", "Q")
_BYTE: Final = 256
_LONGEST_SECTION: Final = 16 * 2**20
_COVERAGES: Final = 255

MOST_SEGMENTS: Final = 24
"""A page of 5 minutes gets one for each hour of its day, the others a day's or a month's worth."""


def encode(series: Series) -> bytes:
    """Return a page; every series has buckets, in order. Names are shorter than 256 bytes. ValueError: no numbers."""
    directory, sections = bytearray(), []
    for name, buckets in series.items():
        section = zlib.compress(_section(buckets), 6)
        text = name.encode()
        directory += bytes((len(text),)) + text + _LENGTH.pack(len(section))
        sections.append(section)
    head = _HEAD.pack(_VERSION, zlib.crc32(directory), len(directory))
    segment = b"".join((head, directory, *sections))
    return _LENGTH.pack(len(segment)) + segment


def extended(page: bytes, series: Series) -> bytes:
    """Return the page with these buckets too. Raises DamagedError."""
    if len(_segments(page)) + 1 < MOST_SEGMENTS:
        return page + encode(series)
    both = dict(decode(page))
    for name, buckets in series.items():
        both[name] = _merged(both.get(name, ()), buckets)
    return encode(both)


def decode(
    page: bytes,
    names: Collection[str] | None = None,
    *,
    from_at: float = -inf,
    until_at: float = inf,
) -> Series:
    """Return the series of a page, or only those named; of each the buckets that begin in [from_at, until_at).

    Raises DamagedError.
    """
    found: dict[str, tuple[Bucket, ...]] = {}
    try:
        for segment in _segments(page):
            for name, section in _sections(segment):
                if names is None or name in names:
                    buckets = _buckets(_inflate(section), from_at, until_at)
                    found[name] = _merged(found.get(name, ()), buckets)
    except (ValueError, IndexError, OverflowError, struct.error, zlib.error) as error:
        raise DamagedError(f"a page of rollups cannot be read: {error}") from error
    return found


def _merged(old: Sequence[Bucket], new: Sequence[Bucket]) -> tuple[Bucket, ...]:
    if not old or not new or old[-1].at < new[0].at:
        return (*old, *new)
    by_start = {bucket.at: bucket for bucket in old}
    for bucket in new:
        known = by_start.get(bucket.at)
        if known is None or known.sent <= bucket.sent:
            by_start[bucket.at] = bucket
    return tuple(by_start[at] for at in sorted(by_start))


def _segments(page: bytes) -> list[bytes]:
    """Return the segments of a page whose directories are sound. Raises DamagedError."""
    segments, place = [], 0
    while place < len(page):
        if place + _LENGTH.size + _HEAD.size > len(page):
            raise DamagedError("a page of rollups is cut")
        (length,) = _LENGTH.unpack_from(page, place)
        segment = page[place + _LENGTH.size : place + _LENGTH.size + length]
        if len(segment) < max(length, _HEAD.size):
            raise DamagedError("a page of rollups is cut")
        version, checksum, size = _HEAD.unpack_from(segment)
        if version != _VERSION or zlib.crc32(segment[_HEAD.size : _HEAD.size + size]) != checksum:
            raise DamagedError("the directory of a page of rollups is damaged")
        segments.append(segment)
        place += _LENGTH.size + length
    if not segments:
        raise DamagedError("a page of rollups is empty")
    return segments


def _sections(segment: bytes) -> Iterable[tuple[str, bytes]]:
    _, _, length = _HEAD.unpack_from(segment)
    directory = segment[_HEAD.size : _HEAD.size + length]
    place, begin = 0, _HEAD.size + length
    while place < length:
        name_end = place + 1 + directory[place]
        (size,) = _LENGTH.unpack_from(directory, name_end)
        yield directory[place + 1 : name_end].decode(), segment[begin : begin + size]
        place, begin = name_end + _LENGTH.size, begin + size
    if begin != len(segment):
        raise ValueError("its length is wrong")


def _inflate(section: bytes) -> bytes:
    inflater = zlib.decompressobj()
    columns = inflater.decompress(section, _LONGEST_SECTION)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("a section is cut or too long")
    return columns


def _section(buckets: Sequence[Bucket]) -> bytes:
    times = [round(bucket.at) for bucket in buckets]
    spreads = [bucket.spread for bucket in buckets]
    values = [spread for spread in spreads if spread is not None]
    # Whole numbers of whatever size are exact; a column of them costs what the numbers themselves cost.
    exact = all(_is_whole(value) for spread in values for value in _ranks(spread))
    code_of = int if exact else _quantised
    ranks = [list(map(code_of, of_rank)) for of_rank in zip(*map(_ranks, values), strict=True)] or [[]] * 7
    middles = [_quantised(spread.p50) for spread in values] if exact else ranks[3]
    columns: list[Iterable[int]] = [
        [len(buckets)],
        _second_differences(times),
        _differences([bucket.sent for bucket in buckets]),
        _differences([bucket.lost for bucket in buckets]),
        [_COVERAGES - round(bucket.coverage_ratio * _COVERAGES) for bucket in buckets],
        [spread is None for spread in spreads],
        [exact],
        _differences(ranks[3]),
        *(map(sub, right, left) for left, right in pairwise(ranks)),
        map(sub, (_quantised(spread.mean) for spread in values), middles),
    ]
    return b"".join(_packed(column) for column in columns)


def _ranks(spread: Spread) -> tuple[float, ...]:
    return spread.least, spread.p10, spread.p25, spread.p50, spread.p75, spread.p90, spread.most


def _buckets(columns: bytes, from_at: float, until_at: float) -> tuple[Bucket, ...]:
    reader = _Columns(columns)
    (count,) = reader.take(1)
    first_differences = accumulate(reader.take(count))
    times = list(accumulate(first_differences))
    sent, lost = list(accumulate(reader.take(count))), list(accumulate(reader.take(count)))
    coverages = reader.take(count)
    absent = reader.take(count)
    (exact,) = reader.take(1)
    # Making values takes longer than reading numbers: only what is wanted is made.
    first, behind = bisect_left(times, from_at), bisect_left(times, until_at)
    skipped, wanted = (
        sum(not each for each in absent[part]) for part in (slice(first), slice(first, behind))
    )
    values = slice(skipped, skipped + wanted)
    spreads = iter(_spreads(reader, sum(not each for each in absent), values, exact=bool(exact)))
    reader.end()
    part = slice(first, behind)
    return tuple(
        Bucket(
            float(at), asked, gone, (_COVERAGES - coverage) / _COVERAGES, None if missing else next(spreads)
        )
        for at, asked, gone, coverage, missing in zip(
            times[part], sent[part], lost[part], coverages[part], absent[part], strict=True
        )
    )


def _spreads(reader: "_Columns", count: int, wanted: slice, *, exact: bool) -> list[Spread]:
    p50 = list(accumulate(reader.take(count)))
    p10_least, p25_p10, p50_p25, p75_p50, p90_p75, most_p90 = (reader.take(count) for _ in range(6))
    p25 = [value - step for value, step in zip(p50, p50_p25, strict=True)]
    p10 = [value - step for value, step in zip(p25, p25_p10, strict=True)]
    least = [value - step for value, step in zip(p10, p10_least, strict=True)]
    p75 = [value + step for value, step in zip(p50, p75_p50, strict=True)]
    p90 = [value + step for value, step in zip(p75, p90_p75, strict=True)]
    most = [value + step for value, step in zip(p90, most_p90, strict=True)]
    middles = [_quantised(value) for value in p50] if exact else p50
    means = [value + step for value, step in zip(middles, reader.take(count), strict=True)][wanted]
    ranks = [column[wanted] for column in (least, p10, p25, p50, p75, p90, most)]
    value_of = {code: _value(code) for code in {*means, *(() if exact else chain(*ranks))}}
    shown = float if exact else value_of.__getitem__
    columns = (map(shown, column) for column in ranks)
    return [
        # Rounding must not carry a mean past its extremes.
        Spread(a, max(a, min(mean, c)), c, d, e, f, g, h)
        for mean, (a, d, e, f, g, h, c) in zip(
            map(value_of.__getitem__, means), zip(*columns, strict=True), strict=True
        )
    ]


def _is_whole(value: float) -> bool:
    return value.is_integer() and abs(value) < _EXACT_BELOW


def _quantised(value: float) -> int:
    """Return the power of 1.01 nearest to the value, with its sign; 0 is 0."""
    if not isfinite(value):
        raise ValueError(f"{value} is no measurement")
    size = floor(log1p(abs(value) / _LEAST) / _STEP + 0.5)
    return size if value >= 0 else -size


def _value(code: int) -> float:
    size = _LEAST * expm1(abs(code) * _STEP)
    return size if code >= 0 else -size


def _differences(values: Sequence[int]) -> list[int]:
    return list(map(sub, values, chain((0,), values)))


def _second_differences(values: Sequence[int]) -> list[int]:
    return _differences(_differences(values))


def _packed(column: Iterable[int]) -> bytes:
    """Return the column in the least width that holds it: the width, then each number as a zigzag code."""
    codes = [value << 1 if value >= 0 else ~(value << 1) for value in column]
    top = max(codes, default=0)
    if top < _BYTE:
        return b"B" + bytes(codes)
    width = next(kind for kind in _WIDTHS if top < 1 << (8 * array(kind).itemsize))
    return width.encode() + _little(array(width, codes)).tobytes()


def _little(codes: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        codes.byteswap()
    return codes


class _Columns:
    """Columns one after the other."""

    def __init__(self, columns: bytes) -> None:
        self._columns = columns
        self._place = 0

    def take(self, count: int) -> list[int]:
        """Return the next column, of so many numbers."""
        width = self._columns[self._place : self._place + 1].decode("ascii")
        if width not in _WIDTHS:
            raise ValueError("a column has no width")
        codes = array(width)
        begin = self._place + 1
        self._place = begin + count * codes.itemsize
        if self._place > len(self._columns):
            raise ValueError("a column is cut")
        codes.frombytes(self._columns[begin : self._place])
        return [code >> 1 if not code & 1 else ~(code >> 1) for code in _little(codes)]

    def end(self) -> None:
        """Raise ValueError when there is more than what was taken."""
        if self._place != len(self._columns):
            raise ValueError("columns are left over")
