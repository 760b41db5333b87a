"""Metrics in a chunk: those that follow from the round trips are not stored, the others are a column each. No I/O.

A metric follows when what the stored round trips give is the same (counts, loss), or within 1 us or 0.2 % (round trips), or
within 2 us or 0.2 % of the longest round trip (jitter, which is made of differences); then that is what comes back. Of the
others, columns of whole numbers come back exactly, and so do columns of at most six decimals where that takes hardly more room
than rounding; else they are rounded to 0.01 % (in seconds: to 1 us or 0.01 %). What has no such level stays a double.
"""

import struct
from collections.abc import Mapping, Sequence
from operator import sub
from typing import Final

from monitor.series.codec.columns import read_column, write_column
from monitor.series.codec.integers import Source, write_varint
from monitor.series.codec.quantities import LEAST, METRIC, METRIC_S, MOST, Quantiser
from probes.icmp.probe import round_trip_metrics

_MOST_DECIMALS: Final = 6
_LEVELS: Final = _MOST_DECIMALS + 1
_DOUBLES: Final = _LEVELS + 1
_MOST_WHOLE: Final = 2**53
_EXACT_COSTS: Final = 1.25
"""How much more room exact decimals may take than rounded values."""

_NEAR_S: Final = 1e-6
_NEAR: Final = 0.002
_SAME: Final = 1e-9
"""The same number, divided in another way."""
_COUNTED: Final = frozenset({"sent", "received", "loss_ratio"})
_TIMED: Final = frozenset({"rtt_min_s", "rtt_p50_s", "rtt_p95_s", "rtt_max_s"})
_JITTER: Final = "jitter_s"


def following(rtts_s: Sequence[float | None]) -> dict[str, float]:
    """Return all metrics that follow from the round trips of a burst."""
    if not rtts_s:
        return {}
    sent, received = len(rtts_s), len(rtts_s) - rtts_s.count(None)
    metrics = {"sent": float(sent), "received": float(received), "loss_ratio": (sent - received) / sent}
    if received:
        metrics |= round_trip_metrics(rtts_s)
    return metrics


def follows(metrics: Mapping[str, float], from_round_trips: Mapping[str, float]) -> tuple[bool, ...]:
    """Tell of each metric whether it need not be stored."""
    if not from_round_trips:
        return (False,) * len(metrics)
    if _is_as_measured(metrics, from_round_trips):
        return (True,) * len(metrics)
    longest_s = from_round_trips.get("rtt_max_s", 0.0)
    told = []
    for name, value in metrics.items():
        own = from_round_trips.get(name)
        if own is None or own == value:
            told.append(own is not None)
        elif name in _COUNTED:
            told.append(abs(own - value) <= _SAME)
        else:
            off = abs(own - value)
            is_near = (
                off <= max(2 * _NEAR_S, _NEAR * longest_s)
                if name == _JITTER
                else off <= max(_NEAR_S, _NEAR * own)
            )
            told.append(is_near)
    return tuple(told)


def _is_as_measured(metrics: Mapping[str, float], from_round_trips: Mapping[str, float]) -> bool:
    """Whether all follow, by the strictest of the tolerances: true of nearly every burst, and soon told."""
    if list(metrics) != list(from_round_trips):
        return False
    offs: list[float] = list(map(abs, map(sub, metrics.values(), from_round_trips.values())))
    near_s = max(_NEAR_S, _NEAR * from_round_trips.get("rtt_min_s", 0.0))
    # What is counted comes first (see `following`).
    return max(offs[: len(_COUNTED)]) <= _SAME and max(offs) <= near_s


def write_values(out: bytearray, name: str, values: Sequence[float]) -> None:
    """Append the values of one metric; how many is not written. All are finite."""
    out += _shortest(name, values)


def read_values(source: Source, name: str, count: int) -> list[float]:
    """Take `count` values of a metric. ValueError, OverflowError or struct.error when they do not stand there."""
    form = source.varint()
    if form <= _MOST_DECIMALS:
        scale = 10**form
        return [number / scale for number in read_column(source, count)]
    if form == _LEVELS:
        quantiser = _quantiser(name)
        return [quantiser.quantity(level) for level in read_column(source, count)]
    if form == _DOUBLES:
        return list(struct.unpack(f">{count}d", source.take(8 * count)))
    raise ValueError("an unknown form of values")


def _quantiser(name: str) -> Quantiser:
    return METRIC_S if name.endswith("_s") else METRIC


def _shortest(name: str, values: Sequence[float]) -> bytes:
    exact = _decimals(values)
    if exact is not None and exact[0] == 0:
        return exact
    # What follows for other results is kept exactly where it does not: rounded, it might follow the next time.
    is_kept = name in _COUNTED or name in _TIMED or name == _JITTER
    levels = None if is_kept else _levels(_quantiser(name), values)
    if levels is None:
        return exact or _doubles(values)
    rounded, rough = levels
    for form in exact, _decimals(rounded):
        if form is not None and (form[0] == 0 or len(form) <= _EXACT_COSTS * len(rough)):
            return form
    return rough


def _decimals(values: Sequence[float]) -> bytes | None:
    """Return the values exactly, as whole numbers of the first power of ten that fits; None: none does."""
    most = max(map(abs, values))
    first = values[0]
    for decimals in range(_MOST_DECIMALS + 1):
        scale = 10**decimals
        if most * scale >= _MOST_WHOLE:
            return None
        if round(first * scale) / scale != first:
            continue
        numbers = [round(value * scale) for value in values]
        if [number / scale for number in numbers] == values:
            out = bytearray()
            write_varint(out, decimals)
            write_column(out, numbers)
            return bytes(out)
    return None


def _levels(quantiser: Quantiser, values: Sequence[float]) -> tuple[list[float], bytes] | None:
    """Return what the values are rounded to, and its bytes; None: they are too small or too large for levels."""
    if any(value and not LEAST < abs(value) < MOST for value in values):
        return None
    sizes = quantiser.levels([abs(value) for value in values])
    numbers = [size if value >= 0 else -size for size, value in zip(sizes, values, strict=True)]
    out = bytearray()
    write_varint(out, _LEVELS)
    write_column(out, numbers)
    return [quantiser.quantity(number) for number in numbers], bytes(out)


def _doubles(values: Sequence[float]) -> bytes:
    out = bytearray()
    write_varint(out, _DOUBLES)
    return bytes(out) + struct.pack(f">{len(values)}d", *values)
