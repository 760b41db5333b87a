"""Tables of the shared systems of the province and of the central ones, as seen from the province. Pure."""

from collections.abc import Sequence
from typing import Final

from monitor import official
from monitor.report import periods
from monitor.report.document import cells, judging
from monitor.report.document.incidents import cause_words
from monitor.report.document.model import Block, CellKind, Paragraph, Table, TableRow
from monitor.report.figures.model import Compared, Figures, OutageRecord, SystemFigures

MOST_IN_BODY: Final = 8
"""More central systems than these: the body lists those with something to say, the appendix all."""


def shared_table(figures: Figures) -> Table:
    """Return the shared systems, in the inventory's order."""
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    return Table(
        id="he-thong-dung-chung",
        caption=f"Các hệ thống thông tin dùng chung của {official.province_level(figures.province)}",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("he_thong", "Hệ thống", 57),
            cells.column("do_kha_dung", "Độ khả dụng (%)", 17, CellKind.RATIO),
            cells.column("thay_doi", f"So với {before} (điểm %)", 20, CellKind.POINTS),
            cells.column("so_luot", "Số lượt gián đoạn", 17, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 22, CellKind.DURATION),
            cells.centred("danh_gia", "Đánh giá", 20),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(system.name),
                cells.ratio(
                    system.compared.row.availability_ratio, is_bold=judging.is_below(system.compared)
                ),
                cells.change(system.compared),
                cells.count(system.compared.row.outages.count),
                cells.short_span(system.down_s),
                judging.verdict(system.compared),
            )
            for number, system in enumerate(figures.shared, 1)
        )
        + (() if figures.sites is None else (_sites(figures.sites, len(figures.shared) + 1),)),
        sheet="Hệ thống dùng chung",
    )


def _sites(sites: Compared, number: int) -> TableRow:
    """Return the row of the communes' web sites, which would fill pages one by one."""
    row = sites.row
    return cells.row(
        cells.ordinal(number),
        cells.text(f"{row.name} ({official.count(row.members)} trang)"),
        cells.ratio(row.availability_ratio, is_bold=judging.is_below(sites)),
        cells.change(sites),
        cells.count(row.outages.count),
        cells.short_span(row.parts.down_s),
        judging.verdict(sites),
    )


def central_table(figures: Figures) -> Table | None:
    """Return the central systems for the body: of many, those that failed or were slow; None when none is left."""
    systems = [each for each in figures.central if _is_notable(each)]
    rest = len(figures.central) - len(systems)
    if len(figures.central) <= MOST_IN_BODY:
        systems, rest = list(figures.central), 0
    if not systems:
        return None
    notes = [f"{official.count(rest)} hệ thống còn lại hoạt động ổn định (Phụ lục III)."] if rest else []
    return Table(
        id="he-thong-trung-uong-tom-tat",
        caption=f"Các hệ thống do bộ, ngành Trung ương quản lý (ghi nhận {_side(figures)})",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("he_thong", "Hệ thống", 55),
            cells.column("do_kha_dung", "Độ khả dụng (%)", 18, CellKind.RATIO),
            cells.column("so_luot", "Số lượt không truy cập được", 22, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 20, CellKind.DURATION),
            cells.column("so_luot_cham", "Số lượt phản hồi chậm", 18, CellKind.COUNT),
            cells.column("thoi_gian_cham", "Thời gian chậm", 20, CellKind.DURATION),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(system.name),
                cells.ratio(system.compared.row.availability_ratio),
                cells.count(system.compared.row.outages.count),
                cells.short_span(system.down_s),
                cells.count(system.slow_count),
                cells.short_span(system.degraded_s),
            )
            for number, system in enumerate(systems, 1)
        ),
        notes=tuple(notes),
    )


def central_blocks(figures: Figures) -> tuple[Block, ...]:
    """Return the appendix of the central systems: a row each, then every time one could not be reached."""
    if not figures.central:
        return (Paragraph("Trong kỳ không giám sát hệ thống nào do bộ, ngành Trung ương quản lý."),)
    own = {system.target_id for system in figures.central}
    outages = [outage for outage in figures.outages if outage.target_id in own]
    if not outages:
        nothing = judging.nothing(figures, f"không ghi nhận lượt không truy cập được nào {_side(figures)}")
        return (_central_full(figures), Paragraph(nothing))
    return (_central_full(figures), _outage_table(figures, outages))


def _central_full(figures: Figures) -> Table:
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    return Table(
        id="he-thong-trung-uong",
        caption=f"Độ khả dụng của các hệ thống Trung ương, ghi nhận {_side(figures)}",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("he_thong", "Hệ thống", 70),
            cells.column("do_kha_dung", "Độ khả dụng (%)", 21, CellKind.RATIO),
            cells.column("thay_doi", f"So với {before} (điểm %)", 22, CellKind.POINTS),
            cells.column("so_luot", "Số lượt không truy cập được", 24, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 20, CellKind.DURATION),
            cells.column("dai_nhat", "Dài nhất", 18, CellKind.DURATION),
            cells.column("so_luot_cham", "Số lượt phản hồi chậm", 20, CellKind.COUNT),
            cells.column("thoi_gian_cham", "Thời gian chậm", 20, CellKind.DURATION),
            cells.column("co_du_lieu", "Có dữ liệu (%)", 20, CellKind.RATIO),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(system.name),
                cells.ratio(system.compared.row.availability_ratio, missing=official.NOT_ENOUGH),
                cells.change(system.compared),
                cells.count(system.compared.row.outages.count),
                cells.short_span(system.down_s),
                cells.short_span(system.compared.row.outages.longest_s),
                cells.count(system.slow_count),
                cells.short_span(system.degraded_s),
                cells.ratio(system.compared.row.coverage_ratio),
            )
            for number, system in enumerate(figures.central, 1)
        ),
        sheet="Hệ thống TW",
    )


def _outage_table(figures: Figures, outages: Sequence[OutageRecord]) -> Table:
    names = {system.target_id: system.name for system in figures.central}
    return Table(
        id="luot-trung-uong",
        caption=f"Các lượt không truy cập được hệ thống Trung ương {_side(figures)}",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("he_thong", "Hệ thống", 90),
            cells.column("tu", "Từ", 33, CellKind.MOMENT),
            cells.column("den", "Đến", 33, CellKind.MOMENT),
            cells.column("thoi_gian", "Thời gian trong kỳ", 33, CellKind.DURATION),
            cells.column("nguyen_nhan", "Nguyên nhân đã xác nhận", 46),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(names[outage.target_id]),
                cells.moment(outage.from_at, figures),
                cells.moment(outage.until_at, figures, missing="còn tiếp diễn"),
                cells.short_span(outage.down_s),
                cells.text(cause_words(outage.cause, outage.side)),
            )
            for number, outage in enumerate(outages, 1)
        ),
    )


def _is_notable(system: SystemFigures) -> bool:
    return (
        system.down_s > 0
        or system.degraded_s > 0
        or system.compared.row.outages.count > 0
        or system.compared.row.availability_ratio is None
    )


def _side(figures: Figures) -> str:
    return f"từ phía {official.province_level(figures.province)}"
