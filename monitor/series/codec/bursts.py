"""The round trips of a chunk as columns: how many each burst asked for, which were lost, the levels of the others. No I/O."""

import math
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import Final, NamedTuple

from monitor.series.codec.columns import read_column, write_column
from monitor.series.codec.integers import Source, write_varint
from monitor.series.codec.quantities import ROUND_TRIP_S

MOST_S: Final = 1e9
"""Longer times become this one: no clock measures them."""

RoundTrips = tuple[float | None, ...]
"""Of one burst, as in `Reading.rtts_s`."""


class Bursts(NamedTuple):
    """Several bursts behind each other. `lost` are the places of the unanswered in all of them, rising."""

    lengths: list[int]
    lost: list[int]
    levels: list[int]

    def round_trips(self) -> list[RoundTrips]:
        """Return what the levels stand for, burst by burst."""
        answered = list(map(ROUND_TRIP_S.quantity, self.levels))
        rtts_s: list[float | None] = list(answered)
        if self.lost:
            rtts_s = [None] * (len(answered) + len(self.lost))
            is_lost = bytearray(len(rtts_s))
            for place in self.lost:
                is_lost[place] = 1
            found = iter(answered)
            rtts_s = [None if lost else next(found) for lost in is_lost]
        return [tuple(rtts_s[start:end]) for start, end in pairwise(accumulate(self.lengths, initial=0))]


def possible(times_s: Sequence[float]) -> Sequence[float]:
    """Return times that a clock can measure: from 0 to MOST_S."""
    if not times_s or (min(times_s) >= 0 and max(times_s) <= MOST_S and math.isfinite(sum(times_s))):
        return times_s
    return [0.0 if math.isnan(time_s) else min(max(time_s, 0.0), MOST_S) for time_s in times_s]


def measure(bursts: Sequence[RoundTrips]) -> Bursts:
    """Return the levels of these bursts. NaN is no answer."""
    asked = list(chain.from_iterable(bursts))
    answered = [rtt_s for rtt_s in asked if rtt_s is not None and rtt_s == rtt_s]  # noqa: PLR0124 (only NaN differs)
    lost = []
    if len(answered) < len(asked):
        lost = [place for place, rtt_s in enumerate(asked) if rtt_s is None or math.isnan(rtt_s)]
    return Bursts([len(burst) for burst in bursts], lost, ROUND_TRIP_S.levels(possible(answered)))


def write_bursts(out: bytearray, bursts: Bursts) -> None:
    """Append the columns; how many bursts is not written."""
    write_column(out, bursts.lengths)
    if bursts.lost or bursts.levels:
        write_varint(out, len(bursts.lost))
        write_column(out, bursts.lost)
        write_column(out, bursts.levels)


def read_bursts(source: Source, count: int, *, most: int) -> Bursts:
    """Take `count` bursts that ask for at most `most` round trips. ValueError when they do not stand there."""
    lengths = read_column(source, count)
    total = sum(lengths)
    if min(lengths) < 0 or total > most:
        raise ValueError("too many round trips")
    if not total:
        return Bursts(lengths, [], [])
    losses = source.varint()
    if losses > total:
        raise ValueError("more is lost than was sent")
    lost = read_column(source, losses)
    if any(after <= before for before, after in pairwise([-1, *lost, total])):
        raise ValueError("a loss is out of place")
    return Bursts(lengths, lost, read_column(source, total - losses))
