"""How accounts and corrections are shown at the terminal and written as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.accounting.model import Account, Correction, GroupBy, Part, Parts, Row
from monitor.accounting.texts import PART_WORDS
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as TableRow
from monitor.web.api import iso
from monitor.web.corrections_api import correction_items

NOTHING: Final = "–"
NOT_ENOUGH: Final = "không đủ dữ liệu"
_HUNDREDTHS: Final = 10_000
"""Hundredths of a per cent in a ratio of 1."""
_PART_HEADERS: Final = (
    "MẤT KẾT NỐI",
    "LƯỢT / DÀI NHẤT",
    "KẾT NỐI / CHẬP CHỜN",
    "BẢO TRÌ / NGOÀI GIỜ",
    "KHÔNG DỮ LIỆU",
)
_OUTAGE_HEADERS: Final = ("LƯỢT MẤT", "DÀI NHẤT", "TRÊN 1/4/24 GIỜ", "MTTR", "MTBF", "MTTA")
_GROUP_WORDS: Final[Mapping[GroupBy, str]] = {
    GroupBy.CHECK: "phép đo",
    GroupBy.TARGET: "đối tượng",
    GroupBy.UNIT: "đơn vị",
    GroupBy.LAYER: "lớp",
    GroupBy.CIRCUIT: "kênh truyền",
    GroupBy.PROVIDER: "nhà mạng",
    GroupBy.AREA: "địa bàn",
    GroupBy.FORMER_DISTRICT: "huyện (cũ)",
    GroupBy.FORMER_PROVINCE: "tỉnh (cũ)",
    GroupBy.PROVINCE: "cả tỉnh",
}


def ratio_text(ratio: float | None, *, missing: str = NOT_ENOUGH) -> str:
    """Write a ratio as "99,95%", never rounded up: 100% is what nothing was missing of."""
    if ratio is None:
        return missing
    # The last bits of a product must not take a hundredth away.
    return f"{words.number(math.floor(ratio * _HUNDREDTHS + 1e-6) / 100, 2)}%"


def span_text(seconds: float) -> str:
    """Write how long, "–" for no time at all."""
    return words.duration(seconds) if seconds > 0 else NOTHING


def table(account: Account, rows: Sequence[Row], out: Output, *, outages: bool) -> None:
    """Print rows, each figure with what it covers."""
    first = (_GROUP_WORDS[account.group_by].upper(), "KHẢ DỤNG / ĐỘ PHỦ")
    cells = _outage_cells if outages else _part_cells
    out.table(
        (*first, *(_OUTAGE_HEADERS if outages else _PART_HEADERS)),
        [[*_head(row), *cells(row)] for row in rows],
    )


def notes(account: Account, shown: int, out: Output, zone: ZoneInfo) -> None:
    """Say what the figures are of, and how they are counted."""
    of = account.period
    running = " (kỳ chưa hết)" if account.until_at < of.until_at else ""
    until = words.date_time(min(account.until_at, of.until_at), zone)
    out.note(f"Kỳ {of.id}: từ {words.date_time(of.from_at, zone)} đến {until}{running}.")
    least = words.percent(account.least_coverage_ratio)
    out.note(
        "Khả dụng = (kết nối + chập chờn) / (kết nối + chập chờn + mất kết nối), chỉ trong giờ phục vụ theo lịch và ngoài "
        f"bảo trì; nhóm là tổng thời gian của các đối tượng; độ phủ dưới {least}: {NOT_ENOUGH}."
    )
    if shown < len(account.rows):
        out.note(f"{words.number(shown)} trong {words.number(len(account.rows))} dòng.")
    if account.corrections:
        count = words.number(len(account.corrections))
        out.note(f"Có {count} lần tính lại: tslcd-monitor uptime corrections --period {of.id}")


def as_json(account: Account, rows: Sequence[Row], zone: ZoneInfo) -> dict[str, object]:
    """Return the account in full precision."""
    return {
        "schema": "uptime/1",
        "period": {
            "id": account.period.id,
            "from": iso(account.period.from_at, zone),
            "until": iso(account.period.until_at, zone),
        },
        "knownUntil": iso(account.until_at, zone),
        "groupBy": account.group_by.value,
        "leastCoverageRatio": account.least_coverage_ratio,
        "items": [_row_json(row) for row in rows],
        "corrections": correction_items(account.corrections, zone),
    }


def corrections_table(entries: Sequence[Correction], out: Output, zone: ZoneInfo) -> None:
    """Print corrections, with those that were withdrawn."""
    withdrawn = {entry.withdraws: entry for entry in entries if entry.withdraws is not None}
    rows: list[TableRow] = [
        [
            str(entry.id),
            Cell(words.date_time(entry.from_at, zone), below=f"đến {words.date_time(entry.until_at, zone)}"),
            Cell(_decision(entry), below=_state(withdrawn.get(entry.id))),
            Cell(", ".join(entry.check_ids[:3]) or NOTHING, below=f"{len(entry.check_ids)} phép đo"),
            Cell(entry.reason, below=entry.document or NOTHING),
            Cell(entry.who, below=f"{entry.approver} duyệt"),
        ]
        for entry in entries
    ]
    out.table(("MÃ", "KHOẢNG", "TÍNH LẠI", "PHÉP ĐO", "VÌ SAO / VĂN BẢN", "AI LÀM / DUYỆT"), rows)


def compared(before: Account, after: Account, out: Output) -> None:
    """Print which figures change from what to what."""
    was = {row.key: row for row in before.rows}
    rows: list[TableRow] = [
        [
            row.name,
            Cell(
                f"{ratio_text(was[row.key].availability_ratio)} → {ratio_text(row.availability_ratio)}",
                below=f"độ phủ {ratio_text(was[row.key].coverage_ratio, missing=NOTHING)} → "
                f"{ratio_text(row.coverage_ratio, missing=NOTHING)}",
            ),
            _moved(was[row.key].parts, row.parts),
        ]
        for row in after.rows
        if row.key in was
    ]
    out.table((_GROUP_WORDS[after.group_by].upper(), "KHẢ DỤNG / ĐỘ PHỦ", "THAY ĐỔI"), rows)


def _moved(before: Parts, after: Parts) -> str:
    """Say which part grew and which shrank: "mất kết nối −02 giờ, bảo trì +02 giờ"."""
    changes = []
    for part, word in PART_WORDS.items():
        more_s = getattr(after, f"{part.value}_s") - getattr(before, f"{part.value}_s")
        if abs(more_s) >= 1:
            changes.append(f"{word} {'+' if more_s > 0 else '−'}{words.duration(abs(more_s))}")
    return ", ".join(changes) or "không đổi"


def _head(row: Row) -> list[Cell | str]:
    is_known = row.availability_ratio is not None
    covered = f"độ phủ {ratio_text(row.coverage_ratio, missing=NOTHING)}"
    return [
        Cell(row.name, below=row.key if row.members == 1 else f"{words.number(row.members)} đối tượng"),
        Cell(ratio_text(row.availability_ratio), "" if is_known else "unknown", below=covered),
    ]


def _part_cells(row: Row) -> list[Cell | str]:
    parts, outages = row.parts, row.outages
    return [
        Cell(span_text(parts.down_s), "down" if parts.down_s > 0 else ""),
        Cell(words.number(outages.count), below=span_text(outages.longest_s)),
        Cell(span_text(parts.up_s), below=span_text(parts.degraded_s)),
        Cell(span_text(parts.maintenance_s), below=span_text(parts.off_hours_s)),
        span_text(parts.unknown_s),
    ]


def _outage_cells(row: Row) -> list[Cell | str]:
    outages = row.outages

    def mean(seconds: float | None) -> str:
        return NOTHING if seconds is None else words.duration(seconds)

    return [
        words.number(outages.count),
        span_text(outages.longest_s),
        f"{outages.over_1h}/{outages.over_4h}/{outages.over_24h}",
        mean(outages.mttr_s),
        mean(outages.mtbf_s),
        Cell(mean(outages.mtta_s), below=f"{outages.acknowledged}/{outages.incidents} sự cố"),
    ]


def _row_json(row: Row) -> dict[str, object]:
    parts = asdict(row.parts)
    outages = row.outages
    return {
        "key": row.key,
        "name": row.name,
        "members": row.members,
        "lowest": row.lowest or None,
        "availabilityRatio": row.availability_ratio,
        "coverageRatio": row.coverage_ratio,
        "seconds": {
            "up": parts["up_s"],
            "degraded": parts["degraded_s"],
            "down": parts["down_s"],
            "unknown": parts["unknown_s"],
            "maintenance": parts["maintenance_s"],
            "offHours": parts["off_hours_s"],
            "unwatched": parts["unwatched_s"],
        },
        "outages": {
            "count": outages.count,
            "carried": outages.carried,
            "longestS": outages.longest_s,
            "over1h": outages.over_1h,
            "over4h": outages.over_4h,
            "over24h": outages.over_24h,
            "mttrS": outages.mttr_s,
            "mtbfS": outages.mtbf_s,
            "mttaS": outages.mtta_s,
            "acknowledged": outages.acknowledged,
            "incidents": outages.incidents,
        },
    }


def _decision(entry: Correction) -> str:
    if entry.counts_as is None:
        return f"hủy lần {entry.withdraws}"
    was = "" if entry.was is None else f"{PART_WORDS[entry.was]} "
    return f"{was}→ {PART_WORDS[Part(entry.counts_as)]}"


def _state(withdrawal: Correction | None) -> str:
    return NOTHING if withdrawal is None else f"đã hủy (lần {withdrawal.id})"
