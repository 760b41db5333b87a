"""A smoke graph as JSON, in columns: the same for the API and the command line. Additions only within a version. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series.model import Bucket, Spread
from monitor.series.smoke import Smoke, Stretch, loss_class, summary

SCHEMA: Final = "series/1"

_SPREADS: Final[Mapping[str, Callable[[Spread], float]]] = {
    "min": lambda spread: spread.least,
    "p10": lambda spread: spread.p10,
    "p25": lambda spread: spread.p25,
    "med": lambda spread: spread.p50,
    "p75": lambda spread: spread.p75,
    "p90": lambda spread: spread.p90,
    "max": lambda spread: spread.most,
    "mean": lambda spread: spread.mean,
}


def smoke_json(graph: Smoke, zone: ZoneInfo, *, now: float) -> dict[str, object]:
    """Return one graph. Columns have an entry for every bucket, null where nothing is known; `t` is Unix seconds.

    Values are in the unit that the series' name ends in. `loss` counts requests; `lossClass` is null without any.
    """
    slice_ = graph.slice

    def column(value: Callable[[Bucket], object]) -> list[object]:
        return [None if bucket is None else value(bucket) for bucket in slice_.buckets]

    def of_spread(value: Callable[[Spread], float]) -> list[object]:
        return column(lambda bucket: None if bucket.spread is None else _short(value(bucket.spread)))

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
        "clipY": None if graph.clip_at is None else _short(graph.clip_at),
        "t": [_short_time(at) for at in slice_.edges[:-1]],
        **{name: of_spread(value) for name, value in _SPREADS.items()},
        "sent": column(lambda bucket: bucket.sent),
        "loss": column(lambda bucket: bucket.lost if graph.has_loss else None),
        "lossClass": column(lambda bucket: _class(bucket) if graph.has_loss else None),
        "coverage": column(lambda bucket: round(bucket.coverage_ratio, 3)),
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


def _class(bucket: Bucket) -> str | None:
    return None if bucket.loss_ratio is None else loss_class(bucket.loss_ratio).value


def _stretches(stretches: Sequence[Stretch], zone: ZoneInfo) -> list[object]:
    return [
        {
            "id": each.id,
            "from": _iso(each.from_at, zone),
            "until": None if each.until_at is None else _iso(each.until_at, zone),
        }
        for each in stretches
    ]


def _short(value: float) -> float:
    """Round to what is known: stored values are exact to about half a percent."""
    return float(f"{value:.5g}")


def _short_time(at: float) -> float:
    return int(at) if at == int(at) else at


def _iso(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
