"""What InfluxDB is told: a point for each result, each change of a status, each turn of an incident. Pure; docs/influx.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

from alerts.messages import words
from alerts.model.checks import CheckResult, Status
from monitor.influx.lines import Line
from monitor.influx.tags import CheckTags

STATE: Final = "state"
INCIDENT: Final = "incident"
STATUS_CODES: Final[Mapping[Status, int]] = {
    Status.UNKNOWN: 0,
    Status.UP: 1,
    Status.DEGRADED: 2,
    Status.DOWN: 3,
}
"""The field `code` of `state`; a number, because state timelines and counts are made of numbers."""
EVENTS: Final[Mapping[str, str]] = {
    "opened": "Sự cố mới",
    "reopened": "Lại mất kết nối",
    "worsened": "Nặng hơn",
    "acknowledged": "Đã có người nhận",
    "closed": "Sự cố kết thúc",
}
"""What happens to an incident and is worth a mark on a graph: kind in its log -> words."""
RESERVED_FIELDS: Final = frozenset(
    {"ok", "duration_s", "reason", "rtt_mean_s", "rtt_p10_s", "rtt_p25_s", "rtt_p75_s", "rtt_p90_s"}
)
_BURST_PERCENTILES: Final = (10, 25, 75, 90)


@dataclass(frozen=True, slots=True)
class Change:
    """A transition. `rank`: how many of the same check and time came before it."""

    check_id: str
    at: float
    new: Status
    old: Status
    cause: str
    rank: int


@dataclass(frozen=True, slots=True)
class Turn:
    """An entry of an incident's log; the rest is of the incident. `number` tells apart what happened at the same time."""

    number: int
    at: float
    kind: str
    incident_id: str
    root_check_id: str
    cause: str
    name: str
    common_dimension: str
    common_value: str
    common_layer: str


def line_of(result: CheckResult, tags: CheckTags) -> Line:
    """Return the point of one result: `ok` (1i or 0i), `duration_s`, every metric as a float, `reason` when not ok.

    Of a burst also its mean and percentiles (nearest rank), which its metrics lack. A metric named like one of those
    fields gets the prefix `metric_`. The time is in whole milliseconds, as the log keeps it: the same result has the
    same time whichever way it was read.
    """
    reading = result.reading
    fields: dict[str, float | int | str] = {"ok": int(reading.ok), "duration_s": float(result.duration_s)}
    for name, value in reading.metrics.items():
        fields[f"metric_{name}" if name in RESERVED_FIELDS else name] = float(value)
    fields |= _burst(reading.rtts_s)
    if reading.reason is not None:
        fields["reason"] = str(reading.reason)
    time_ns = round(result.started_at * 1_000) * 1_000_000
    return Line(tags.kind, tags.of(result.check_id, result.vantage), fields, time_ns)


def line_of_change(change: Change, tags: CheckTags) -> Line:
    """Return the point of one transition, at the time it really changed.

    Two at the same time are a nanosecond apart: a server keeps one point for each series and time. Texts are there even
    when they are empty: InfluxQL's `!=` is never true of a field that is missing.
    """
    fields: dict[str, float | int | str] = {
        "code": STATUS_CODES[change.new],
        "old_code": STATUS_CODES[change.old],
        "status": change.new.value,
        "cause": change.cause,
        "cause_text": words.cause_phrase(change.cause),
        "name": tags.name,
        "unit_name": tags.unit_name,
    }
    return Line(STATE, tags.of(change.check_id), fields, _exact_ns(change.at) + change.rank)


def line_of_turn(turn: Turn, tags: CheckTags | None) -> Line:
    """Return the point of one turn of an incident; `tags` are those of its root, None for a group.

    No person is named: what leaves for a server of graphs is no personnel record.
    """
    where = CheckTags(kind="", target="")
    if tags is not None:
        where = tags
    elif turn.common_dimension:
        first, _, second = turn.common_value.partition("|")
        where = CheckTags(
            kind="",
            target="",
            area=(second or first) if turn.common_dimension in {"area", "provider_area"} else "",
            layer=turn.common_layer,
            provider=first if turn.common_dimension.startswith("provider") else "",
        )
    word = EVENTS[turn.kind]
    name = turn.name or " – ".join(filter(None, (where.name, where.unit_name))) or "Nhiều nơi cùng lúc"
    cause = words.cause_phrase(turn.cause)
    fields: dict[str, float | int | str] = {
        "id": turn.incident_id,
        "kind": turn.kind,
        "title": f"{word}: {name}",
        "text": f"{turn.incident_id}{': ' if cause else ''}{cause}",
        "count": 1,
    }
    return Line(INCIDENT, where.of(turn.root_check_id), fields, _exact_ns(turn.at) + turn.number % 1_000)


def _exact_ns(at: float) -> int:
    """Return Unix seconds as nanoseconds: microseconds are what a float of today's seconds holds."""
    return round(at * 1_000_000) * 1_000


def _burst(rtts_s: Sequence[float | None]) -> dict[str, float]:
    received = sorted([rtt for rtt in rtts_s if rtt is not None])
    if not received:
        return {}
    fields = {"rtt_mean_s": sum(received) / len(received)}
    for name, place in _places(len(received)):
        fields[name] = received[place]
    return fields


@cache
def _places(count: int) -> tuple[tuple[str, int], ...]:
    """Return where the percentiles are among so many round trips in order of size (nearest rank)."""
    return tuple((f"rtt_p{each}_s", max(1, ceil(each * count / 100)) - 1) for each in _BURST_PERCENTILES)
