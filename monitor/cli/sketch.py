"""A smoke graph in two lines of a terminal: the medians, and the loss. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from monitor.series.model import Bucket
from monitor.series.smoke import LossClass, Smoke, loss_class

WIDTH: Final = 72
"""Columns of a drawing."""
LEGEND: Final = "· 0%, ▁ đến 2%, ▂ đến 5%, ▄ đến 20%, ▆ dưới 100%, █ 100%, trống: không có số liệu"

_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_BEYOND: Final = "▲"
_NOTHING: Final = " "
_LOSSES: Final = {
    LossClass.NONE: "·",
    LossClass.TO_2: "▁",
    LossClass.TO_5: "▂",
    LossClass.TO_20: "▄",
    LossClass.BELOW_100: "▆",
    LossClass.ALL: "█",
}

_Buckets = Sequence[Bucket | None]


def medians(graph: Smoke) -> str:
    """Draw the largest median of each column, from 0 to the end of the y axis; ▲ is beyond it."""
    top = graph.clip_at

    def sign(of: _Buckets) -> str:
        found = [bucket.spread.p50 for bucket in of if bucket is not None and bucket.spread is not None]
        if not found or top is None:
            return _NOTHING
        most = max(found)
        if most > top > 0:
            return _BEYOND
        share = most / top if top > 0 else 0.0
        return _HEIGHTS[min(len(_HEIGHTS) - 1, max(0, int(share * len(_HEIGHTS))))]

    return _drawn(graph.slice.buckets, sign)


def losses(graph: Smoke) -> str:
    """Draw the largest loss of each column."""

    def sign(of: _Buckets) -> str:
        found = [bucket.loss_ratio for bucket in of if bucket is not None and bucket.loss_ratio is not None]
        return _LOSSES[loss_class(max(found))] if found else _NOTHING

    return _drawn(graph.slice.buckets, sign)


def _drawn(buckets: _Buckets, sign: Callable[[_Buckets], str]) -> str:
    return "".join(sign(column) for column in _columns(buckets))


def _columns(buckets: _Buckets) -> Iterator[_Buckets]:
    count = min(WIDTH, len(buckets))
    for column in range(count):
        yield buckets[column * len(buckets) // count : (column + 1) * len(buckets) // count]
