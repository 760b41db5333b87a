"""The smoke graph of a check, as values: bands of percentiles, loss and its class, holes, and what is said of it. Pure.

A hole (nothing was measured) is None, never 0. After SmokePing, whose graph shows spread and loss in one picture.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor.series.model import ANSWER, RTT, Bucket, Gap
from monitor.series.reading import Slice

CLIP: Final = 1.6
"""The y axis ends at so many times the 99th percentile of the medians: one spike must not flatten the graph."""
COVERED_RATIO: Final = 0.95
"""Below it the summary says how much is missing."""

_SLOW: Final = 1.5
"""Without loss, a stretch is called the worst only when it is so many times slower than usual."""
_DAY_S: Final = 86_400.0


class LossClass(StrEnum):
    """How much was lost, in the steps that have colours."""

    NONE = "none"
    TO_2 = "to_2"
    TO_5 = "to_5"
    TO_20 = "to_20"
    BELOW_100 = "below_100"
    ALL = "all"


_UPPER: Final = (0.0, 0.02, 0.05, 0.2)
_STEPS: Final = (LossClass.NONE, LossClass.TO_2, LossClass.TO_5, LossClass.TO_20, LossClass.BELOW_100)


def loss_class(loss_ratio: float) -> LossClass:
    """Return the step a loss belongs to; each one's upper bound belongs to it."""
    if loss_ratio >= 1:
        return LossClass.ALL
    return _STEPS[bisect_left(_UPPER, loss_ratio)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval worth marking: `id` of an incident or of maintenance; `until_at` None: it goes on."""

    id: str
    from_at: float
    until_at: float | None


@dataclass(frozen=True, slots=True)
class Marks:
    """What explains a graph: gaps of ours, maintenance, incidents; each has a part within the range."""

    gaps: tuple[Gap, ...] = ()
    maintenance: tuple[Stretch, ...] = ()
    incidents: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Smoke:
    """One graph. `clip_at`: where the y axis ends, in the series' unit; None when no value came.

    `coverage_ratio`: how much of the range up to now results account for.
    """

    slice: Slice
    clip_at: float | None
    coverage_ratio: float
    marks: Marks

    @property
    def has_loss(self) -> bool:
        """Whether its series counts requests that got no good answer."""
        return self.slice.series in {RTT, ANSWER}


def smoke(slice_: Slice, marks: Marks, *, now: float) -> Smoke:
    """Return the graph of a slice."""
    medians = sorted(bucket.spread.p50 for bucket in _buckets(slice_) if bucket.spread is not None)
    clip_at = CLIP * medians[-(-99 * len(medians) // 100) - 1] if medians else None
    ends = [*slice_.edges[1:-1], min(slice_.edges[-1], max(now, slice_.edges[-2]))]
    spans = [end - start for start, end in zip(slice_.edges[:-1], ends, strict=True)]
    known_s = sum(
        min(span_s, (end - start) * bucket.coverage_ratio)
        for span_s, start, end, bucket in zip(
            spans, slice_.edges[:-1], slice_.edges[1:], slice_.buckets, strict=True
        )
        if bucket is not None
    )
    return Smoke(slice_, clip_at, min(1.0, known_s / sum(spans)) if sum(spans) > 0 else 0.0, marks)


def _buckets(slice_: Slice) -> Iterator[Bucket]:
    return (bucket for bucket in slice_.buckets if bucket is not None)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is typical: the middle of the medians, and what eight in ten of them lie within; weighted by values."""

    middle: float
    low: float
    high: float


def usual(slice_: Slice) -> Usual | None:
    """Return what is typical of a slice; None when no value came."""
    weighed = sorted(
        (bucket.spread.p50, max(1, bucket.sent - bucket.lost))
        for bucket in _buckets(slice_)
        if bucket.spread is not None
    )
    if not weighed:
        return None
    total = sum(weight for _, weight in weighed)
    found: list[float] = []
    seen = 0
    wanted = [0.1, 0.5, 0.9]
    for value, weight in weighed:
        seen += weight
        while wanted and seen >= wanted[0] * total:
            found.append(value)
            wanted.pop(0)
    low, middle, high = found
    return Usual(middle, low, high)


def worst(slice_: Slice) -> tuple[float, float] | None:
    """Return the stretch with the most loss; without any loss the slowest, if it is out of the usual; else None.

    It takes in neighbours that are at least half as bad as the worst moment.
    """
    known = usual(slice_)
    losses = [None if bucket is None else bucket.loss_ratio for bucket in slice_.buckets]
    most = max((loss for loss in losses if loss), default=0.0)
    if most > 0:
        return _stretch(slice_, losses, most, most / 2)
    if known is None or known.middle <= 0:
        return None
    medians = [
        None if bucket is None or bucket.spread is None else bucket.spread.p50 for bucket in slice_.buckets
    ]
    slowest = max((median for median in medians if median is not None), default=0.0)
    if slowest < _SLOW * max(known.high, known.middle):
        return None
    return _stretch(slice_, medians, slowest, (slowest + known.middle) / 2)


def _stretch(slice_: Slice, values: Sequence[float | None], most: float, least: float) -> tuple[float, float]:
    """Return the longest run of values of at least `least` that holds `most`; the first of equals."""
    best = (0, 0)
    start = None
    for place, value in enumerate([*values, None]):
        if value is not None and value >= least:
            start = place if start is None else start
        elif start is not None:
            if most in values[start:place] and place - start > best[1] - best[0]:
                best = (start, place)
            start = None
    return slice_.edges[best[0]], slice_.edges[best[1]]


def summary(
    graph: Smoke, zone: ZoneInfo, language: Language = Language.VI, _: Callable[[str], str] = str
) -> str:
    """Say in one sentence what the graph shows, for people who do not read graphs.

    `_` turns a Vietnamese text of ours into the language; docs/make_locale.py finds them here.
    """
    slice_ = graph.slice
    sent, lost = (sum(getattr(bucket, name) for bucket in _buckets(slice_)) for name in ("sent", "lost"))
    known = usual(slice_)
    if known is None and not (graph.has_loss and sent):
        return _("Không có số liệu trong khoảng này.")
    parts = []
    if known is None:
        parts.append(_("Không có lần nào trả lời"))
    else:
        name, unit = _naming(slice_.series, _)
        low, middle, high = (
            words.figure(unit, value, language) for value in (known.low, known.middle, known.high)
        )
        said = _("%(name)s %(middle)s (bình thường %(usual)s)")
        parts.append(said % {"name": name, "middle": middle, "usual": _between(low, high)})
    if graph.has_loss and sent:
        said = _("mất gói %(ratio)s") if slice_.series == RTT else _("lần đo hỏng %(ratio)s")
        parts.append(said % {"ratio": _percent(lost / sent, language, _)})
    at_worst = worst(slice_) if known is not None else None
    if at_worst is not None and len(slice_.buckets) > 1:
        parts.append(_("xấu nhất %(when)s") % {"when": _when(slice_, *at_worst, zone, _)})
    if graph.coverage_ratio < COVERED_RATIO:
        said = _("chỉ có số liệu của %(ratio)s thời gian")
        parts.append(said % {"ratio": _percent(graph.coverage_ratio, language, _)})
    return ", ".join(parts) + "."


def _naming(series: str, _: Callable[[str], str]) -> tuple[str, str]:
    """Return what the middle of a series is called, and a name that ends in its unit."""
    if series == RTT:
        return _("Trễ giữa"), "rtt_s"
    return (_("Trả lời giữa"), "duration_s") if series == ANSWER else (_("Giữa"), series)


def _between(low: str, high: str) -> str:
    """Write "11–14 ms", the unit once when both have the same."""
    value, _, unit = low.partition(" ")
    if low == high:
        return low
    return f"{value}–{high}" if unit and high.endswith(f" {unit}") else f"{low}–{high}"


def _percent(ratio: float, language: Language, _: Callable[[str], str]) -> str:
    """Write a percentage that is neither 0 nor 100 unless it really is."""
    if 0 < ratio < 0.001:  # noqa: PLR2004 (shown as 0,1%)
        return _("dưới 0,1%")
    return words.percent(min(ratio, 0.999) if ratio < 1 else 1.0, language)


def _when(slice_: Slice, from_at: float, until_at: float, zone: ZoneInfo, _: Callable[[str], str]) -> str:
    if slice_.width_s >= _DAY_S:
        first, last = (words.short_date(at, zone) for at in (from_at, until_at - 1))
        return _("ngày %(day)s") % {"day": first} if first == last else f"{first}–{last}"
    start, end = (words.clock_time(at, zone) for at in (from_at, until_at))
    day = words.short_date(from_at, zone)
    if words.short_date(until_at - 1, zone) != day:
        return f"{start} {day} – {end} {words.short_date(until_at, zone)}"
    is_one_day = slice_.edges[-2] - slice_.edges[0] <= _DAY_S
    return (
        f"{start}–{end}"
        if is_one_day
        else _("%(times)s ngày %(day)s") % {"times": f"{start}–{end}", "day": day}
    )
