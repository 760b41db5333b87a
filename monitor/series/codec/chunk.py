"""All results of one check in one hour as one blob, and back. No I/O.

A chunk: version, CRC-32 of all that follows, how many results, their words, their columns. The words are the distinct
combinations of vantage, reason, detail and names of metrics, deflated; the columns are whole numbers (`columns.py`): start,
number of the words, duration, round trips, and one column for each metric.

What comes back: the results in their order; start exact to 1 ms; every round trip within 1 us or 0.1 %, unanswered ones
unanswered; duration within the same, but 1 ms or 1 % where a burst was sent; metrics as `metrics.py` says; words exact.
Numbers that are none (NaN, infinite) are left out, as the log does. `started_mono` and notes are not kept. What was
decoded is encoded to the same bytes again.
"""

import math
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

from alerts.model.checks import CheckResult
from monitor.series.codec.bursts import measure, possible, read_bursts, write_bursts
from monitor.series.codec.columns import read_column, write_column
from monitor.series.codec.integers import Source, write_varint
from monitor.series.codec.metrics import following, follows, read_values, write_values
from monitor.series.codec.quantities import BURST_S, ROUND_TRIP_S
from monitor.series.codec.words import Words, read_words, write_words
from monitor.storage.errors import DamagedError
from probes.reading import Reading

VERSION: Final = 1
MOST_RESULTS: Final = 2**16
MOST_VALUES: Final = 2**20
"""Round trips and metrics of one chunk together. A check that runs every second sends 18,000 round trips an hour."""

_HEAD: Final = struct.Struct(">BI")
_BROKEN: Final = (ValueError, OverflowError, IndexError, KeyError, struct.error, zlib.error)


def encode(results: Sequence[CheckResult]) -> bytes:
    """Return the chunk of these results of one check. ValueError: none, of several checks, or more than the limits."""
    if not 0 < len(results) <= MOST_RESULTS:
        raise ValueError(f"a chunk has 1 to {MOST_RESULTS} results")
    check_id = results[0].check_id
    if not all(result.check_id == check_id for result in results):
        raise ValueError("a chunk is of one check")
    if sum([len(result.reading.rtts_s) + len(result.reading.metrics) for result in results]) > MOST_VALUES:
        raise ValueError(f"a chunk has at most {MOST_VALUES} round trips and metrics")
    bursts = measure([result.reading.rtts_s for result in results])
    table: dict[Words, int] = {}
    columns: dict[str, list[float]] = {}
    numbers = []
    for result, rtts_s in zip(results, bursts.round_trips(), strict=True):
        reading = result.reading
        metrics = reading.metrics
        if not all(map(math.isfinite, metrics.values())):
            metrics = {name: value for name, value in metrics.items() if math.isfinite(value)}
        told = follows(metrics, following(rtts_s))
        words = Words(result.vantage, reading.reason, reading.detail, tuple(metrics), told)
        numbers.append(table.setdefault(words, len(table)))
        if False in told:
            for name, is_told in zip(metrics, told, strict=True):
                if not is_told:
                    columns.setdefault(name, []).append(metrics[name])
    out = bytearray()
    write_varint(out, len(results))
    words_bytes = write_words(table)
    write_varint(out, len(words_bytes))
    out += words_bytes
    write_column(out, numbers)
    write_column(out, [round(result.started_at * 1_000) for result in results])
    write_column(out, _durations(results))
    write_bursts(out, bursts)
    for name, own in columns.items():
        write_values(out, name, own)
    return _HEAD.pack(VERSION, zlib.crc32(out)) + out


def decode(check_id: str, body: bytes, *, with_following: bool = True) -> list[CheckResult]:
    """Return the results of a chunk, in their order. DamagedError when it is none of ours.

    Without `with_following` the metrics that follow from the round trips are left out: they take half of the time, and
    who counts buckets asks the round trips themselves.
    """
    try:
        return _decode(check_id, body, with_following=with_following)
    except _BROKEN as error:
        raise DamagedError(f"a chunk of {check_id} cannot be read: {error}") from error


def _decode(check_id: str, body: bytes, *, with_following: bool) -> list[CheckResult]:
    source = _checked(body)
    count = source.varint()
    if not 0 < count <= MOST_RESULTS:
        raise ValueError("no or too many results")
    table = read_words(source.take(source.varint()))
    numbers = read_column(source, count)
    if min(numbers) < 0:
        raise ValueError("a number below 0")
    starts_ms = read_column(source, count)
    durations = read_column(source, count)
    stored = _stored(table, numbers)
    most = MOST_VALUES - sum([len(table[number].names) for number in numbers])
    bursts = read_bursts(source, count, most=most)
    columns = {name: iter(read_values(source, name, values)) for name, values in stored.items()}
    source.end()
    results = []
    for number, start_ms, duration, rtts_s in zip(
        numbers, starts_ms, durations, bursts.round_trips(), strict=True
    ):
        vantage, reason, detail, names, told = table[number]
        metrics = following(rtts_s) if with_following and True in told else {}
        if False in told or (with_following and tuple(metrics) != names):
            metrics = {
                name: metrics[name] if is_told else next(columns[name])
                for name, is_told in zip(names, told, strict=True)
                if with_following or not is_told
            }
        reading = Reading(reason is None, metrics, reason, detail, rtts_s)
        duration_s = (BURST_S if rtts_s else ROUND_TRIP_S).quantity(duration)
        results.append(CheckResult(check_id, start_ms / 1_000, duration_s, reading, vantage))
    return results


def _checked(body: bytes) -> Source:
    """Return what stands behind the head."""
    version, checksum = _HEAD.unpack_from(body)
    if version != VERSION:
        raise ValueError(f"version {version} is unknown")
    content = body[_HEAD.size :]
    if zlib.crc32(content) != checksum:
        raise ValueError("the checksum is another")
    return Source(content)


def _stored(table: Sequence[Words], numbers: Sequence[int]) -> dict[str, int]:
    """Return how many values each metric's column has, in the order of their first value."""
    stored: dict[str, int] = {}
    for number, times in Counter(numbers).items():
        words = table[number]
        for name, is_told in zip(words.names, words.follows, strict=True):
            if not is_told:
                stored[name] = stored.get(name, 0) + times
    return stored


def _durations(results: Sequence[CheckResult]) -> list[int]:
    times_s = possible([result.duration_s for result in results])
    has_burst = [bool(result.reading.rtts_s) for result in results]
    levels = (ROUND_TRIP_S if False in has_burst else BURST_S).levels(times_s)
    if True in has_burst and False in has_burst:
        coarse = BURST_S.levels(times_s)
        return [
            rough if burst else fine for burst, rough, fine in zip(has_burst, coarse, levels, strict=True)
        ]
    return levels
