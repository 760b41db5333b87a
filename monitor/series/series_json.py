"""A smoke graph as JSON, in columns: the same for the API and the command line. Additions only within a version. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil, log10
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series.model import Bucket
from monitor.series.smoke import LossClass, Smoke, Stretch, loss_class, summary

SCHEMA: Final = "series/1"

_SPREADS: Final[Mapping[str, str]] = {
    "min": "least",
    "p10": "p10",
    "p25": "p25",
    "med": "p50",
    "p75": "p75",
    "p90": "p90",
    "max": "most",
    "mean": "mean",
}
"""Column -> field of Spread."""
_DIGITS: Final = 6
"""Values are told to so many digits of the largest: stored ones are exact to about half a percent."""


def smoke_json(graph: Smoke, zone: ZoneInfo, *, now: float) -> dict[str, object]:
    """Return one graph. Columns have an entry for every bucket, null where nothing is known; `t` is Unix seconds.

    Values are in the unit that the series' name ends in. `loss` counts requests; `lossClass` is null without any.
    """
    slice_ = graph.slice

    buckets = slice_.buckets
    lossy = buckets if graph.has_loss else (None,) * len(buckets)
    spreads = [None if bucket is None else bucket.spread for bucket in buckets]
    most = max((abs(spread.most) for spread in spreads if spread is not None), default=0.0)
    decimals = _DIGITS - ceil(log10(most)) if most > 0 else 0

    def of_spread(field: str) -> list[float | None]:
        value_of = attrgetter(field)
        return [None if spread is None else round(value_of(spread), decimals) for spread in spreads]

    return {
        "schema": SCHEMA,
        "asOf": _iso(now, zone),
        "check": slice_.check_id,
        "metric": slice_.series,
        "from": _iso(slice_.edges[0], zone),
        "until": _iso(slice_.edges[-1], zone),
        "source": str(slice_.source),
        "stepS": slice_.width_s,
        "summary": summary(graph, zone),
        "coverageRatio": round(graph.coverage_ratio, 4),
        "clipY": None if graph.clip_at is None else round(graph.clip_at, decimals),
        "t": [_short_time(at) for at in slice_.edges[:-1]],
        **{name: of_spread(field) for name, field in _SPREADS.items()},
        "sent": [None if bucket is None else bucket.sent for bucket in buckets],
        "loss": [None if bucket is None else bucket.lost for bucket in lossy],
        "lossClass": [None if bucket is None or not bucket.sent else _class(bucket) for bucket in lossy],
        "coverage": [None if bucket is None else round(bucket.coverage_ratio, 3) for bucket in buckets],
        "incidents": _stretches(graph.marks.incidents, zone),
        "maintenance": _stretches(graph.marks.maintenance, zone),
        "gaps": [
            {
                "from": _iso(gap.from_at, zone),
                "until": _iso(gap.until_at, zone),
                "results": gap.results,
                "why": gap.why,
            }
            for gap in graph.marks.gaps
        ],
    }


def _class(bucket: Bucket) -> LossClass:
    return loss_class(bucket.lost / bucket.sent)


def _stretches(stretches: Sequence[Stretch], zone: ZoneInfo) -> list[object]:
    return [
        {
            "id": each.id,
            "from": _iso(each.from_at, zone),
            "until": None if each.until_at is None else _iso(each.until_at, zone),
        }
        for each in stretches
    ]


def _short_time(at: float) -> float:
    return int(at) if at == int(at) else at


def _iso(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
