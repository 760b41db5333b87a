"""How accounts and corrections are shown at the terminal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor import official
from monitor.accounting.model import Account, Correction, GroupBy, Part, Parts, Row
from monitor.accounting.texts import PART_WORDS
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as TableRow

_FIGURE_HEADER: Final = "KHẢ DỤNG\nĐỘ PHỦ"
_PART_HEADERS: Final = (
    "MẤT\nKẾT NỐI",
    "SỐ LƯỢT\nDÀI NHẤT",
    "KẾT NỐI\nSUY GIẢM",
    "BẢO TRÌ\nNGOÀI GIỜ",
    "KHÔNG DỮ LIỆU\nCHƯA GIÁM SÁT",
)
_OUTAGE_HEADERS: Final = (
    "SỐ LƯỢT\nMẤT",
    "DÀI NHẤT",
    "TRÊN 1,\n4, 24 GIỜ",
    "MTTR",
    "MTBF",
    "MTTA\nĐÃ NHẬN",
)
_NAME_WIDTH: Final = 14
"""Columns that a name keeps on a narrow terminal."""
_NAMED: Final = 5
"""So many of what left are named."""
_STALE_S: Final = 300.0
"""The daemon vouches for every minute: what is older than this is told."""
_OF_ITSELF: Final = frozenset({GroupBy.CHECK, GroupBy.TARGET})
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


def table(
    account: Account,
    rows: Sequence[Row],
    out: Output,
    *,
    now: float,
    outages: bool,
    before: Account | None = None,
) -> None:
    """Print rows, each figure with what it covers; with `before`, the account of another period, that figure too."""
    earlier = {} if before is None else {row.key: row.availability_ratio for row in before.rows}
    cells = [
        [
            _name_cell(row, account.group_by),
            _figure_cell(row.parts, row.availability_ratio),
            *(() if before is None else (_earlier_cell(row, earlier.get(row.key)),)),
            *(_outage_cells(row) if outages else _part_cells(row, _unwatched_s(account, row, now))),
        ]
        for row in rows
    ]
    of_what = _OUTAGE_HEADERS if outages else _PART_HEADERS
    compared = () if before is None else (f"KỲ {before.period.id}\nTHAY ĐỔI".upper(),)
    headers = (_GROUP_WORDS[account.group_by].upper(), _FIGURE_HEADER, *compared, *of_what)
    out.table(headers, cells, name_width=_NAME_WIDTH)


def days_table(days: Sequence[tuple[date, Parts]], least_coverage_ratio: float, out: Output) -> None:
    """Print what each day counts as."""
    rows: list[TableRow] = [
        [
            Cell(f"{day:%d/%m/%Y}"),
            _figure_cell(parts, parts.availability_ratio(least_coverage_ratio)),
            Cell(official.clock_span(parts.down_s), "down" if parts.down_s > 0 else ""),
            Cell(official.clock_span(parts.up_s), below=official.clock_span(parts.degraded_s)),
            Cell(official.clock_span(parts.maintenance_s), below=official.clock_span(parts.off_hours_s)),
            Cell(official.clock_span(parts.unknown_s), below=official.clock_span(parts.unwatched_s)),
        ]
        for day, parts in days
    ]
    down, _, *others = _PART_HEADERS
    out.table(("NGÀY", _FIGURE_HEADER, down, *others), rows)


def notes(account: Account, rows: Sequence[Row], out: Output, zone: ZoneInfo, *, now: float) -> None:
    """Say what the figures are of, how they are counted, and what they do not speak of."""
    of = account.period
    from_, until = (words.date_time(at, zone) for at in (of.from_at, of.until_at))
    if now <= of.from_at:
        out.note(f"Kỳ {of.id} chưa bắt đầu: từ {from_} đến {until}.")
        return
    if now < of.until_at:
        until = f"{words.date_time(now, zone)} (kỳ chưa hết)"
    out.note(f"Kỳ {of.id}: từ {from_} đến {until}. Thời gian ghi giờ:phút:giây.")
    end_at = min(now, of.until_at)
    if of.from_at < account.until_at < end_at - _STALE_S:
        stopped = words.date_time(account.until_at, zone)
        out.note(f"Chú ý: máy giám sát ngừng lúc {stopped}; từ đó đến cuối là không có dữ liệu.")
    least = words.percent(account.least_coverage_ratio)
    out.note(
        "Khả dụng = (kết nối + suy giảm) / (kết nối + suy giảm + mất kết nối), chỉ trong giờ phục vụ theo lịch và ngoài "
        f"bảo trì; nhóm là tổng thời gian của các đối tượng; độ phủ dưới {least}: {official.NOT_ENOUGH}."
    )
    late = sum(_unwatched_s(account, row, now) >= 1 for row in rows)
    if late:
        out.note(
            f"Chú ý: {words.number(late)} dòng có lúc chưa giám sát (trước lần đo đầu, hoặc không có trong danh mục). "
            "Con số và độ phủ không nói về lúc ấy."
        )
    if len(rows) < len(account.rows):
        without = sum(row.availability_ratio is None for row in account.rows)
        unranked = f" {words.number(without)} dòng {official.NOT_ENOUGH}, không xếp hạng." if without else ""
        out.note(f"{words.number(len(rows))} trong {words.number(len(account.rows))} dòng.{unranked}")
    if account.left:
        targets = tuple(dict.fromkeys(check_id.partition("/")[0] for check_id in account.left))
        more = ", ..." if len(targets) > _NAMED else ""
        out.note(
            f"Chú ý: {words.number(len(account.left))} phép đo có giám sát trong kỳ nhưng nay không còn trong danh mục, không "
            f"nằm trong dòng nào: {', '.join(targets[:_NAMED])}{more}."
        )
    if account.corrections:
        count = words.number(len(account.corrections))
        out.note(f"Có {count} lần tính lại: tslcd-monitor uptime corrections --period {of.id}")


def corrections_table(entries: Sequence[Correction], out: Output, zone: ZoneInfo) -> None:
    """Print corrections, with those that were withdrawn."""
    withdrawn = {entry.withdraws: entry for entry in entries if entry.withdraws is not None}
    rows: list[TableRow] = [
        [
            str(entry.id),
            Cell(words.date_time(entry.from_at, zone), below=f"đến {words.date_time(entry.until_at, zone)}"),
            Cell(_decision(entry), below=_state(entry, withdrawn.get(entry.id))),
            Cell(", ".join(entry.check_ids[:3]) or official.NOTHING, below=f"{len(entry.check_ids)} phép đo"),
            Cell(entry.reason, below=entry.document or official.NOTHING),
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
                f"{official.ratio(was[row.key].availability_ratio)} → {official.ratio(row.availability_ratio)}",
                below=f"độ phủ {official.ratio(was[row.key].coverage_ratio, missing=official.NOTHING)} → "
                f"{official.ratio(row.coverage_ratio, missing=official.NOTHING)}",
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


def _unwatched_s(account: Account, row: Row, now: float) -> float:
    """Return how long nobody watched, without what has not happened yet."""
    of = account.period
    to_come_s = of.until_at - min(max(now, of.from_at), of.until_at)
    return max(0.0, row.parts.unwatched_s - row.members * to_come_s)


def _name_cell(row: Row, group_by: GroupBy) -> Cell:
    return Cell(
        row.name, below=row.key if group_by in _OF_ITSELF else f"{words.number(row.members)} đối tượng"
    )


def _figure_cell(parts: Parts, availability_ratio: float | None) -> Cell:
    covered = f"độ phủ {official.ratio(parts.coverage_ratio, missing=official.NOTHING)}"
    style = "unknown" if availability_ratio is None else ""
    return Cell(official.ratio(availability_ratio), style, below=covered)


def _earlier_cell(row: Row, earlier: float | None) -> Cell:
    """Show the figure of the other period, and by how many percentage points this one is above or below."""
    if earlier is None or row.availability_ratio is None:
        return Cell(official.ratio(earlier), below=official.NOTHING)
    return Cell(official.ratio(earlier), below=f"{official.points(row.availability_ratio, earlier)} điểm")


def _part_cells(row: Row, unwatched_s: float) -> list[Cell | str]:
    parts, outages = row.parts, row.outages
    return [
        Cell(official.clock_span(parts.down_s), "down" if parts.down_s > 0 else ""),
        Cell(words.number(outages.count), below=official.clock_span(outages.longest_s)),
        Cell(official.clock_span(parts.up_s), below=official.clock_span(parts.degraded_s)),
        Cell(official.clock_span(parts.maintenance_s), below=official.clock_span(parts.off_hours_s)),
        Cell(official.clock_span(parts.unknown_s), below=official.clock_span(unwatched_s)),
    ]


def _outage_cells(row: Row) -> list[Cell | str]:
    outages = row.outages

    def mean(seconds: float | None) -> str:
        return official.NOTHING if seconds is None else official.clock_span(seconds)

    carried = f"{words.number(outages.carried)} từ kỳ trước" if outages.carried else official.NOTHING
    return [
        Cell(words.number(outages.count), below=carried),
        official.clock_span(outages.longest_s),
        f"{outages.over_1h}/{outages.over_4h}/{outages.over_24h}",
        mean(outages.mttr_s),
        mean(outages.mtbf_s),
        Cell(mean(outages.mtta_s), below=f"{outages.acknowledged}/{outages.incidents} sự cố"),
    ]


def _decision(entry: Correction) -> str:
    if entry.counts_as is None:
        return f"hủy lần {entry.withdraws}"
    was = "" if entry.was is None else f"{PART_WORDS[entry.was]} "
    return f"{was}→ {PART_WORDS[Part(entry.counts_as)]}"


def _state(entry: Correction, withdrawal: Correction | None) -> str:
    if entry.counts_as is None:
        return official.NOTHING
    return "có hiệu lực" if withdrawal is None else f"đã hủy (lần {withdrawal.id})"
