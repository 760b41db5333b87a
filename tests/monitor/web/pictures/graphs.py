"""Graphs for the tests of pictures, in memory."""

from collections.abc import Sequence

from monitor.series.model import RTT, Bucket, Spread
from monitor.series.reading import Slice
from monitor.series.smoke import Marks, Smoke, smoke

BEGIN = 1_795_280_400.0


def spread(middle: float) -> Spread:
    return Spread(
        least=middle * 0.8,
        mean=middle,
        most=middle * 1.6,
        p10=middle * 0.85,
        p25=middle * 0.95,
        p50=middle,
        p75=middle * 1.05,
        p90=middle * 1.3,
    )


def bucket(number: int, *, lost: int = 0, middle: float = 0.012, step: float = 300.0) -> Bucket:
    return Bucket(BEGIN + number * step, 20, lost, 1.0, None if lost == 20 else spread(middle))


def graph_of(buckets: Sequence[Bucket | None], marks: Marks | None = None, *, step: float = 300.0) -> Smoke:
    edges = tuple(BEGIN + number * step for number in range(len(buckets) + 1))
    found = Slice("21484.cpe/icmp", RTT, "5m", step, edges, tuple(buckets))
    return smoke(found, marks or Marks(), now=edges[-1])
