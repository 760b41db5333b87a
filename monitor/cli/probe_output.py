"""What `probe` prints: the judgement, the figures, and with --trace the phases, the notes and every option in force."""

import json
from collections.abc import Sequence
from typing import Final

from alerts.messages import words
from alerts.model.checks import CheckResult, Level, Verdict
from inventory.model import Check
from monitor.cli.output import Cell, Output, Row
from probes.kinds import KINDS
from probes.path import Hop, PathError

_LEVELS: Final = {
    Level.OK: Cell("ĐẠT", "up"),
    Level.WARNING: Cell("Vượt ngưỡng", "degraded"),
    Level.CRITICAL: Cell("Không đạt", "down"),
    Level.UNKNOWN: Cell("Chưa rõ", "unknown"),
}
_FINE_S: Final = 0.001
_BAR: Final = 30
_PHASES: Final = (
    *("dns_s", "connect_s", "tls_s", "first_byte_s", "body_s", "greeting_s", "answer_s", "rtt_s"),
    *("round_trip_s", "total_s"),
)
"""Metrics that are times of one run, in the order in which they pass."""


def print_results(
    checks: Sequence[Check],
    results: Sequence[CheckResult],
    verdicts: Sequence[Verdict],
    hops: tuple[Hop, ...] | PathError | None,
    out: Output,
    *,
    with_trace: bool,
) -> None:
    """Print one result a check, in the same order; `hops` is None when no way was traced."""
    if out.is_json:
        out.json(_as_json(checks, results, verdicts, hops, with_trace=with_trace))
        return
    rows: list[Row] = [
        [
            _LEVELS[verdict.level],
            check.id,
            check.address,
            words.milliseconds(result.duration_s),
            words.cause_phrase(verdict.cause) or "–",
            result.reading.detail or "–",
        ]
        for check, result, verdict in zip(checks, results, verdicts, strict=True)
    ]
    out.table(("KẾT QUẢ", "PHÉP ĐO", "ĐỊA CHỈ", "MẤT", "LÝ DO", "CHI TIẾT"), rows)
    metrics = [
        [check.id, name, _value(name, value), _meaning(check, name)]
        for check, result in zip(checks, results, strict=True)
        for name, value in result.reading.metrics.items()
    ]
    if metrics:
        out.line()
        out.table(("PHÉP ĐO", "CHỈ SỐ", "GIÁ TRỊ", "LÀ"), metrics)
    if with_trace:
        for check, result in zip(checks, results, strict=True):
            _print_trace(check, result, out)
    if isinstance(hops, PathError):
        out.note(f"đường đi: {hops}")
    elif hops is not None:
        out.line()
        out.table(
            ("CHẶNG", "ĐỊA CHỈ", "TRỄ"),
            [[str(hop.distance), hop.address, words.milliseconds(hop.rtt_s)] for hop in hops],
        )
        if not hops:
            out.note("đường đi: không chặng nào trả lời")


def _print_trace(check: Check, result: CheckResult, out: Output) -> None:
    """Print how the time was spent, what else was seen, and every option in force."""
    phases = [(name, result.reading.metrics[name]) for name in _PHASES if name in result.reading.metrics]
    longest = max((value for _, value in phases), default=0.0)
    out.line()
    out.line(check.id)
    if phases:
        bars = [[_meaning(check, name), _value(name, value), _bar(value, longest)] for name, value in phases]
        out.table(("GIAI ĐOẠN", "MẤT", ""), bars)
        out.line()
    if result.reading.notes:
        out.table(("GHI NHẬN", "NỘI DUNG"), [[name, text] for name, text in result.reading.notes.items()])
        out.line()
    given = check.options.model_fields_set
    out.table(
        ("TÙY CHỌN", "ĐANG DÙNG", ""),
        [
            [name, _option_text(value), "" if name in given else "mặc định"]
            for name, value in check.options.model_dump(mode="json").items()
        ],
    )


def _bar(value: float, longest: float) -> str:
    return "█" * max(1, round(_BAR * value / longest)) if longest > 0 else ""


def _option_text(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return str(value).lower()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False) if value else "–"
        case _:
            return str(value)


def _meaning(check: Check, name: str) -> str:
    metric = KINDS[check.kind].metrics.get(name)
    return "" if metric is None else metric.vi


def _value(name: str, value: float) -> str:
    if name.endswith("_s") and abs(value) < _FINE_S:
        return f"{words.number(1_000 * value, 3)} ms"
    return words.figure(name, value)


def _as_json(
    checks: Sequence[Check],
    results: Sequence[CheckResult],
    verdicts: Sequence[Verdict],
    hops: tuple[Hop, ...] | PathError | None,
    *,
    with_trace: bool,
) -> dict[str, object]:
    items = [
        {
            "check": check.id,
            "kind": check.kind,
            "address": check.address,
            "ok": result.reading.ok,
            "level": verdict.level.value,
            "cause": verdict.cause,
            "reason": None if result.reading.reason is None else result.reading.reason.value,
            "detail": result.reading.detail,
            "durationS": round(result.duration_s, 6),
            "metrics": dict(result.reading.metrics),
            "notes": dict(result.reading.notes),
        }
        | ({"options": check.options.model_dump(mode="json")} if with_trace else {})
        for check, result, verdict in zip(checks, results, verdicts, strict=True)
    ]
    path: object = None
    if isinstance(hops, PathError):
        path = {"error": str(hops)}
    elif hops is not None:
        path = {
            "hops": [{"distance": hop.distance, "address": hop.address, "rttS": hop.rtt_s} for hop in hops]
        }
    return {"schema": "probe/1", "items": items, "path": path}
