"""`load`: a week of a line's load against the load rule, from the results recorded on this machine."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from inventory.loader import load
from inventory.model import Check, Inventory
from inventory.names import find, former_hint, hint
from inventory.problem import ProblemsError
from monitor.cli.config import config_path, read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output, Row
from monitor.cli.results_file import reading
from monitor.clock import SystemClock
from monitor.report.load_rule import (
    DIRECTIONS,
    LONGEST_SPAN,
    DirectionLoad,
    Load,
    LoadRule,
    LoadVerdict,
    Rate,
    assess,
    rule_on,
)
from monitor.series.reading import results_between
from probes.snmp.interfaces import InterfacesOptions

_SLACK_S: Final = 900.0
_DIRECTION_WORDS: Final = {"in": "nhận (tải xuống)", "out": "gửi (tải lên)"}
_VERDICTS: Final = {
    LoadVerdict.MEETS: Cell("Đạt", "up"),
    LoadVerdict.EXCEEDS: Cell("Vượt mức", "down"),
    LoadVerdict.UNDECIDED: Cell("Chưa kết luận", "unknown"),
}
_EXITS: Final = {
    LoadVerdict.MEETS: Exit.OK,
    LoadVerdict.EXCEEDS: Exit.FINDINGS,
    LoadVerdict.UNDECIDED: Exit.WARNINGS,
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One watched interface and its load."""

    check: Check
    interface: str
    load: Load


def run(arguments: Namespace, out: Output) -> int:
    """Judge; 0 the line meets the rule, 1 it exceeds it, 3 not enough is known."""
    settings = read_settings(arguments)
    zone = ZoneInfo(settings.timezone)
    until_at = _until(arguments.until, zone)
    rule = rule_on(datetime.fromtimestamp(until_at, zone).date())
    if rule is None:
        raise CommandError(Exit.USAGE, "vào ngày đó chưa có quy định về tải kênh", "chọn --until muộn hơn")
    if not 1 <= arguments.days <= 366:  # noqa: PLR2004 (a year)
        raise CommandError(Exit.USAGE, "--days: cần từ 1 đến 366", f"quy định tính trên {rule.days} ngày")
    checks = _checks(arguments.target, _inventory(arguments, settings.inventory))
    lines = [
        _Line(
            check,
            options.interfaces[0],
            _judged(settings.state_dir / "results.db", check, options, until_at, arguments.days, rule),
        )
        for check, options in checks
    ]
    if out.is_json:
        out.json(_as_json(lines, rule, zone))
    else:
        for line in lines:
            _print(line, zone, out)
    return max((_EXITS[line.load.verdict] for line in lines), key=(0, 3, 1).index)


def _until(asked: str | None, zone: ZoneInfo) -> float:
    if asked is None:
        return SystemClock().now()
    try:
        at = datetime.fromisoformat(asked)
    except ValueError:
        raise CommandError(
            Exit.USAGE, f"--until: không hiểu '{asked}'", "ví dụ --until 2026-11-22T07:00"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def _inventory(arguments: Namespace, folders: Sequence[Path]) -> Inventory:
    try:
        return load(folders)
    except ProblemsError as error:
        remedy = f"xem hết các lỗi: tslcd-monitor check-config {config_path(arguments)}"
        raise CommandError(Exit.FINDINGS, str(error.problems[0]), remedy) from None


def _checks(asked: str, inventory: Inventory) -> list[tuple[Check, InterfacesOptions]]:
    """Return the checks of exactly one interface of the target; a unit's name stands for its targets that have any."""
    found: dict[str, list[tuple[Check, InterfacesOptions]]] = {}
    for check in inventory.checks.values():
        if isinstance(check.options, InterfacesOptions) and len(check.options.interfaces) == 1:
            found.setdefault(check.target_id, []).append((check, check.options))
    names = {id_: target.name for id_, target in inventory.targets.items()}
    units = {code: unit.name for code, unit in inventory.units.items()}
    target_ids = find(asked, names)
    if not target_ids:
        codes = find(asked, units)
        target_ids = [id_ for id_ in found if inventory.targets[id_].unit_code in codes]
        if not codes:
            former = former_hint(
                asked, {code: unit.former_names for code, unit in inventory.units.items()}, units
            )
            near = former or hint(asked, [*names, *units.values()]) or "dùng mã như trong danh mục"
            raise CommandError(Exit.USAGE, f"không có đối tượng '{asked}'", near)
    if len(target_ids) > 1:
        listed = "; ".join(f"{id_} ({names[id_]})" for id_ in target_ids)
        raise CommandError(Exit.USAGE, f"'{asked}' có thể là: {listed}", "dùng mã của một đối tượng")
    checks = found.get(target_ids[0], []) if target_ids else []
    if not checks:
        remedy = "thêm phép đo kind: interfaces với options: {interfaces: [tên cổng WAN]}"
        raise CommandError(Exit.FINDINGS, f"'{asked}' chưa có phép đo lưu lượng của một cổng", remedy)
    return checks


def _judged(
    path: Path, check: Check, options: InterfacesOptions, until_at: float, days: int, rule: LoadRule
) -> Load:
    from_at = until_at - days * 86_400 - _SLACK_S
    with reading(path) as connection:
        results = results_between(connection, check.id, from_at=from_at, until_at=until_at + _SLACK_S)
    rates: dict[str, list[Rate]] = {direction: [] for direction in DIRECTIONS}
    for result in results:
        span_s = result.reading.metrics.get("rates_over_s", 0.0)
        for direction in DIRECTIONS:
            bps = result.reading.metrics.get(f"{direction}_bps")
            if bps is not None:
                rates[direction].append(Rate(result.started_at + result.duration_s, span_s, bps))
    return assess(rates, options.contract, until_at=until_at, rule=rule, days=days)


def _print(line: _Line, zone: ZoneInfo, out: Output) -> None:
    judged, rule = line.load, line.load.rule
    out.line(f"{line.check.target_id}  cổng {line.interface}")
    period = f"{_time(judged.from_at, zone)} – {_time(judged.until_at, zone)}"
    out.line(
        f"{period}; mẫu {rule.bucket_s // 60} phút, bách phân vị {rule.percentile}; "
        f"độ phủ {words.percent(judged.coverage_ratio)}"
    )
    headers = ("CHIỀU", f"P{rule.percentile}", "HỢP ĐỒNG", "MỨC SỬ DỤNG", "SỐ MẪU", "KẾT LUẬN", "VÌ SAO")
    rows: list[Row] = [
        [
            _DIRECTION_WORDS[direction],
            _megabits(load.percentile_bps),
            _megabits(load.capacity_bps),
            "–" if load.use_ratio is None else words.percent(load.use_ratio),
            f"{words.number(load.samples)}/{words.number(_wanted(judged))}",
            _VERDICTS[load.verdict],
            _why(load, judged),
        ]
        for direction, load in judged.directions.items()
    ]
    out.table(headers, rows)
    most = words.percent(rule.most_ratio)
    out.line(f"Kết luận: {_sentence(judged.verdict, most)} ({rule.source}).")
    if line.check.interval_s > LONGEST_SPAN * rule.bucket_s:
        out.note(
            f"phép đo {line.check.id} cách nhau {line.check.interval_s:g} giây, không cho mẫu {rule.bucket_s // 60} phút: "
            f"đặt interval_s: {rule.bucket_s}"
        )


def _sentence(verdict: LoadVerdict, most: str) -> str:
    match verdict:
        case LoadVerdict.MEETS:
            return f"đạt, cả hai chiều không quá {most} băng thông hợp đồng"
        case LoadVerdict.EXCEEDS:
            return f"vượt mức {most} băng thông hợp đồng"
        case LoadVerdict.UNDECIDED:
            return f"chưa đủ căn cứ để kết luận về mức {most} băng thông hợp đồng"


def _why(load: DirectionLoad, judged: Load) -> str:
    if load.samples == 0:
        return "không có mẫu nào"
    if load.capacity_bps is None:
        return "danh mục chưa ghi băng thông hợp đồng"
    if _wanted(judged) != judged.rule.days * 86_400 // judged.rule.bucket_s:
        return f"quy định tính trên {judged.rule.days} ngày liên tiếp"
    if load.verdict is LoadVerdict.UNDECIDED:
        return "thiếu nhiều mẫu"
    return "–" if load.is_certain else "các mẫu còn thiếu có thể làm đổi kết luận"


def _wanted(judged: Load) -> int:
    return (judged.until_at - judged.from_at) // judged.rule.bucket_s


def _megabits(bps: float | None) -> str:
    return "–" if bps is None else f"{words.number(bps / 1e6, 2)} Mbit/s"


def _time(at: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m/%Y}"


def _as_json(lines: Sequence[_Line], rule: LoadRule, zone: ZoneInfo) -> Mapping[str, object]:
    return {
        "schema": "load/1",
        "rule": {
            "source": rule.source,
            "validFrom": rule.valid_from.isoformat(),
            "percentile": rule.percentile,
            "mostRatio": rule.most_ratio,
            "days": rule.days,
            "bucketS": rule.bucket_s,
        },
        "items": [
            {
                "check": line.check.id,
                "interface": line.interface,
                "from": datetime.fromtimestamp(line.load.from_at, zone).isoformat(),
                "until": datetime.fromtimestamp(line.load.until_at, zone).isoformat(),
                "verdict": line.load.verdict.value,
                "coverageRatio": round(line.load.coverage_ratio, 6),
                "directions": {
                    direction: {
                        "samples": load.samples,
                        "wanted": _wanted(line.load),
                        "percentileBps": load.percentile_bps,
                        "contractedBps": load.capacity_bps,
                        "useRatio": load.use_ratio,
                        "verdict": load.verdict.value,
                        "isCertain": load.is_certain,
                    }
                    for direction, load in line.load.directions.items()
                },
            }
            for line in lines
        ],
    }
