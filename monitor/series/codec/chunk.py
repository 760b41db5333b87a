"""All results of one check in one hour as one blob, and back. No I/O.

A chunk: version, CRC-32 of all that follows, how many results, their words, their columns. The words are the distinct
combinations of vantage, reason, detail and names of metrics, deflated; the columns are whole numbers (`columns.py`): start,
number of the words, duration, round trips, and one column for each metric.

What comes back: the results in their order; start exact to 1 ms; every round trip within 1 us or 0.5 %, unanswered ones
unanswered; duration within the same, but 1 ms or 1 % where a burst was sent; metrics as `metrics.py` says; words exact.
Numbers that are none (NaN, infinite) are left out, as the log does. `started_mono` and notes are not kept. What was
decoded is encoded to the same bytes again.
"""

import math
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, pairwise
from typing import Final

from alerts.model.checks import CheckResult
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
MOST_S: Final = 1e9
"""Longer durations and round trips become this one."""

_HEAD: Final = struct.Struct(">BI")
_BROKEN: Final = (ValueError, OverflowError, IndexError, KeyError, struct.error, zlib.error)


def encode(results: Sequence[CheckResult]) -> bytes:
    """Return the chunk of these results of one check. ValueError: none, of several checks, or more than the limits."""
    if not 0 < len(results) <= MOST_RESULTS:
        raise ValueError(f"a chunk has 1 to {MOST_RESULTS} results")
    check_id = results[0].check_id
    if any(result.check_id != check_id for result in results):
        raise ValueError("a chunk is of one check")
    table: dict[Words, int] = {}
    numbers: list[int] = []
    bursts: list[list[int | None]] = []
    columns: dict[str, list[float]] = {}
    values = 0
    for result in results:
        reading = result.reading
        burst = [_round_trip(rtt) for rtt in reading.rtts_s]
        bursts.append(burst)
        metrics = {name: value for name, value in reading.metrics.items() if math.isfinite(value)}
        told = follows(metrics, following(_round_trips(burst)))
        words = Words(result.vantage, reading.reason, reading.detail, tuple(metrics), told)
        numbers.append(table.setdefault(words, len(table)))
        values += len(burst) + len(metrics)
        for (name, value), is_told in zip(metrics.items(), told, strict=True):
            if not is_told:
                columns.setdefault(name, []).append(value)
    if values > MOST_VALUES:
        raise ValueError(f"a chunk has at most {MOST_VALUES} round trips and metrics")
    out = bytearray()
    write_varint(out, len(results))
    words_bytes = write_words(table)
    write_varint(out, len(words_bytes))
    out += words_bytes
    write_column(out, numbers)
    write_column(out, [round(result.started_at * 1_000) for result in results])
    write_column(out, [_duration(result) for result in results])
    _write_bursts(out, bursts)
    for name in _stored_names(table):
        write_values(out, name, columns[name])
    return _HEAD.pack(VERSION, zlib.crc32(out)) + out


def decode(check_id: str, body: bytes) -> list[CheckResult]:
    """Return the results of a chunk, in their order. DamagedError when it is none of ours."""
    try:
        return _decode(check_id, body)
    except _BROKEN as error:
        raise DamagedError(f"a chunk of {check_id} cannot be read: {error}") from error


def _decode(check_id: str, body: bytes) -> list[CheckResult]:
    version, checksum = _HEAD.unpack_from(body)
    if version != VERSION:
        raise ValueError(f"version {version}")
    if zlib.crc32(body[_HEAD.size :]) != checksum:
        raise ValueError("the checksum is another")
    source = Source(body[_HEAD.size :])
    count = source.varint()
    if not 0 < count <= MOST_RESULTS:
        raise ValueError("too many results")
    table = read_words(source.take(source.varint()))
    words = [table[_not_negative(number)] for number in read_column(source, count)]
    starts_ms = read_column(source, count)
    durations = read_column(source, count)
    bursts = _read_bursts(source, count, most=MOST_VALUES - sum(len(each.names) for each in words))
    counts = Counter(
        chain.from_iterable(
            (name for name, is_told in zip(each.names, each.follows, strict=True) if not is_told)
            for each in words
        )
    )
    columns = {name: iter(read_values(source, name, counts[name])) for name in _stored_names(table)}
    source.end()
    results = []
    for each, start_ms, duration, rtts_s in zip(words, starts_ms, durations, bursts, strict=True):
        vantage, reason, detail, names, told = each
        from_round_trips = following(rtts_s) if True in told else {}
        metrics = {
            name: from_round_trips[name] if is_told else next(columns[name])
            for name, is_told in zip(names, told, strict=True)
        }
        reading = Reading(reason is None, metrics, reason, detail, rtts_s)
        quantiser = BURST_S if rtts_s else ROUND_TRIP_S
        results.append(
            CheckResult(check_id, start_ms / 1_000, quantiser.quantity(duration), reading, vantage)
        )
    return results


def _stored_names(table: Iterable[Words]) -> dict[str, None]:
    """Return the names of metrics that have a column, each once, in the order of the words."""
    return dict.fromkeys(
        name
        for words in table
        for name, is_told in zip(words.names, words.follows, strict=True)
        if not is_told
    )


def _round_trip(rtt_s: float | None) -> int | None:
    return None if rtt_s is None or math.isnan(rtt_s) else ROUND_TRIP_S.level(_possible(rtt_s))


def _round_trips(burst: Sequence[int | None]) -> tuple[float | None, ...]:
    return tuple(None if level is None else ROUND_TRIP_S.quantity(level) for level in burst)


def _duration(result: CheckResult) -> int:
    quantiser = BURST_S if result.reading.rtts_s else ROUND_TRIP_S
    return quantiser.level(_possible(result.duration_s))


def _possible(seconds: float) -> float:
    """Return a time that a clock can measure."""
    return min(max(seconds, 0.0), MOST_S)


def _write_bursts(out: bytearray, bursts: Sequence[Sequence[int | None]]) -> None:
    """Append how many requests each burst had, which of all of them were lost, and the levels of the others."""
    write_column(out, [len(burst) for burst in bursts])
    levels = list(chain.from_iterable(bursts))
    if not levels:
        return
    lost = [place for place, level in enumerate(levels) if level is None]
    write_varint(out, len(lost))
    write_column(out, lost)
    write_column(out, [level for level in levels if level is not None])


def _read_bursts(source: Source, count: int, *, most: int) -> list[tuple[float | None, ...]]:
    """Take `count` bursts with `most` requests in all."""
    lengths = read_column(source, count)
    if min(lengths) < 0 or sum(lengths) > most:
        raise ValueError("too many round trips")
    total = sum(lengths)
    if not total:
        return [()] * count
    losses = source.varint()
    if losses > total:
        raise ValueError("more lost than sent")
    lost = read_column(source, losses)
    answered = map(ROUND_TRIP_S.quantity, read_column(source, total - losses))
    rtts_s: list[float | None]
    if losses:
        is_lost = bytearray(total)
        for place in lost:
            is_lost[_not_negative(place)] = 1
        if sum(is_lost) != losses:
            raise ValueError("a loss told twice")
        rtts_s = [None if each else next(answered) for each in is_lost]
    else:
        rtts_s = list(answered)
    ends = accumulate(lengths, initial=0)
    return [tuple(rtts_s[start:end]) for start, end in pairwise(ends)]


def _not_negative(number: int) -> int:
    if number < 0:
        raise ValueError("a number below 0")
    return number
