"""How `series` shows a graph and single results: a drawing and a table for people, JSON for programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.checks import CheckResult
from monitor.cli import sketch
from monitor.cli.output import Cell, Output, Row
from monitor.series.model import ANSWER, Bucket, Gap
from monitor.series.smoke import Marks, Smoke, Stretch, summary

_MOST_ROWS: Final = 20
_MOST_NAMED: Final = 8
_HEADERS: Final = ("LÚC", "GIỮA", "P10–P90", "THẤP–CAO")
_RAW_HEADERS: Final = ("LÚC", "KẾT QUẢ", "THỜI GIAN", "CÁC GÓI", "GHI CHÚ")


def show_graph(graph: Smoke, title: str, zone: ZoneInfo, out: Output) -> None:
    """Print a graph. On a terminal: a drawing, and the worst points unless everything is wanted; else every point."""
    slice_ = graph.slice
    out.line(title)
    period = f"{_time(slice_.edges[0], zone)} – {_time(slice_.edges[-1], zone)}"
    out.line(f"{period}; {slice_.series}, mỗi điểm {words.duration(slice_.width_s)}")
    out.line(summary(graph, zone))
    if out.is_terminal and any(slice_.buckets):
        top = "" if graph.clip_at is None else words.figure(slice_.series, graph.clip_at)
        out.line(f"  giữa  {sketch.medians(graph)}  0 – {top}")
        if graph.has_loss:
            out.line(f"  {_lost(graph):4}  {sketch.losses(graph)}")
            out.note(f"        {sketch.LEGEND}")
    for text in _marks(graph.marks, zone):
        out.line(text)
    places = list(zip(slice_.edges, slice_.buckets, strict=False))
    if out.is_terminal and not out.is_extended and len(places) > _MOST_ROWS:
        places = [each for each in places if _is_worth_a_line(graph, each[1])][-_MOST_ROWS:]
        if places:
            out.note(
                f"{words.count(len(places))} điểm {_lost(graph)} nhiều hoặc chậm bất thường gần đây nhất; đủ mọi điểm: -o extended"
            )
    headers = (*_HEADERS, _lost(graph).upper(), "SỐ LẦN", "ĐỘ PHỦ")
    out.table(headers, [_row(graph, at, bucket, zone) for at, bucket in places])


def _lost(graph: Smoke) -> str:
    """Say what loss is: packets are lost, questions fail."""
    return "hỏng" if graph.slice.series == ANSWER else "mất"


def _is_worth_a_line(graph: Smoke, bucket: Bucket | None) -> bool:
    """Whether a bucket had loss beyond the smallest class, or ran out of the picture."""
    if bucket is None:
        return False
    has_loss = graph.has_loss and (bucket.loss_ratio or 0.0) > 0.02  # noqa: PLR2004 (the smallest class of loss)
    is_beyond = bucket.spread is not None and graph.clip_at is not None and bucket.spread.p50 > graph.clip_at
    return has_loss or is_beyond


def _row(graph: Smoke, at: float, bucket: Bucket | None, zone: ZoneInfo) -> Row:
    when = _time(at, zone, exact=graph.slice.width_s < 60)  # noqa: PLR2004 (a minute)
    if bucket is None:
        return [when, "–", "–", "–", "–", "0", words.percent(0)]
    shown = partial(words.figure, graph.slice.series)
    spread = bucket.spread
    bands = ["–"] * 3
    if spread is not None:
        bands = [
            shown(spread.p50),
            f"{shown(spread.p10)} – {shown(spread.p90)}",
            f"{shown(spread.least)} – {shown(spread.most)}",
        ]
    loss = bucket.loss_ratio if graph.has_loss else None
    state = "" if not loss else "down" if loss >= 1 else "degraded"
    return [
        when,
        *bands,
        Cell("–" if loss is None else words.percent(loss), state),
        words.number(bucket.sent),
        words.percent(bucket.coverage_ratio),
    ]


def _marks(marks: Marks, zone: ZoneInfo) -> Iterator[str]:
    for name, stretches in (("Sự cố", marks.incidents), ("Bảo trì", marks.maintenance)):
        if stretches:
            yield f"{name}: " + _listed([_stretch(each, zone) for each in stretches])
    if marks.gaps:
        yield "Mất kết quả do máy giám sát: " + _listed([_gap(each, zone) for each in marks.gaps])


def _listed(texts: list[str]) -> str:
    """List the latest."""
    rest = len(texts) - _MOST_NAMED
    return "; ".join(texts[-_MOST_NAMED:]) + (f"; và {rest} lần trước đó" if rest > 0 else "")


def _stretch(of: Stretch, zone: ZoneInfo) -> str:
    end = "đang diễn ra" if of.until_at is None else _time(of.until_at, zone)
    return f"{of.id} {_time(of.from_at, zone)} – {end}"


def _gap(gap: Gap, zone: ZoneInfo) -> str:
    return f"{_time(gap.from_at, zone)} – {_time(gap.until_at, zone)} ({words.number(gap.results)} kết quả)"


def show_results(
    found: Sequence[CheckResult], check_id: str, zone: ZoneInfo, out: Output, *, now: float
) -> None:
    """Print single results."""
    if out.is_json:
        as_of = datetime.fromtimestamp(now, zone).isoformat(timespec="seconds")
        items = [_as_json(result, zone) for result in found]
        out.json({"schema": "results/1", "asOf": as_of, "check": check_id, "items": items})
        return
    out.table(_RAW_HEADERS, [_raw_row(result, zone) for result in found])
    if not found:
        out.note("không có kết quả đo nào trong khoảng này")


def _raw_row(result: CheckResult, zone: ZoneInfo) -> Row:
    reading = result.reading
    state = (
        Cell("Tốt", "up") if reading.ok else Cell(f"Hỏng: {words.cause_phrase(str(reading.reason))}", "down")
    )
    rtts = " ".join("mất" if rtt is None else words.milliseconds(rtt) for rtt in reading.rtts_s)
    return [
        f"{datetime.fromtimestamp(result.started_at, zone):%H:%M:%S %d/%m/%Y}",
        state,
        words.short_time(result.duration_s),
        rtts or "–",
        reading.detail or "–",
    ]


def _as_json(result: CheckResult, zone: ZoneInfo) -> dict[str, object]:
    return {
        "at": datetime.fromtimestamp(result.started_at, zone).isoformat(timespec="milliseconds"),
        "ok": result.reading.ok,
        "reason": result.reading.reason,
        "detail": result.reading.detail,
        "durationS": result.duration_s,
        "rttsS": list(result.reading.rtts_s),
        "metrics": dict(result.reading.metrics),
        "vantage": result.vantage,
    }


def _time(at: float, zone: ZoneInfo, *, exact: bool = False) -> str:
    return f"{datetime.fromtimestamp(at, zone):{'%H:%M:%S' if exact else '%H:%M'} %d/%m/%Y}"
