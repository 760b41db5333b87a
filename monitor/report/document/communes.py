"""The appendix of communes: a row each, by area and former district, with sums. Pure."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from alerts.messages import words
from inventory.names import short_unit_name
from monitor import official
from monitor.accounting.aggregation import added_parts
from monitor.report.document import cells, judging
from monitor.report.document.marks import Marks, marks_of
from monitor.report.document.meetings import ready_cell
from monitor.report.document.model import (
    Block,
    Cell,
    CellKind,
    Column,
    Paragraph,
    RowLevel,
    Table,
    TableRow,
)
from monitor.report.figures.model import CommuneFigures, Compared, Figures, Place
from monitor.settings.report import ReportSettings

NOT_EQUIPPED: Final = "chưa trang bị"
_UNKNOWN_SHORT: Final = "chưa giám sát"
_NOTE: Final = (
    "TSLCD: độ khả dụng của đường truyền; in đậm là dưới mức đánh giá. g là giờ, p là phút. HNTH: số cuộc họp điểm cầu sẵn sàng "
    "khi khai mạc trên số cuộc họp tham dự. Thiết bị PVHCC: trong giờ làm việc. – là không có hoặc không đủ dữ liệu."
)


def commune_blocks(figures: Figures, settings: ReportSettings) -> tuple[Block, ...]:
    """Return the appendix of communes."""
    if not figures.communes:
        return (Paragraph("Danh mục chưa có xã, phường, đặc khu nào."),)
    return (commune_table(figures, settings),)


def commune_table(figures: Figures, settings: ReportSettings) -> Table:
    """Return a row for every commune, in the official order, and sums by area and of the province."""
    del settings
    marks = Marks()
    without = _not_equipped(figures)
    rows: list[TableRow] = []
    number = 0
    for area, communes in groupby(figures.communes, key=lambda each: each.place.area):
        own = tuple(communes)
        name = figures.areas.get(area, area)
        if name:
            rows.append(cells.group(f"Địa bàn {name}".upper()))
        for district, members in groupby(own, key=lambda each: each.place.former_district):
            if district:
                rows.append(cells.group(_district(district)))
            for commune in members:
                number += 1
                rows.append(_row(figures, number, commune, marks, without))
        if len(figures.areas) > 1:
            compared = next((each for each in figures.line_areas if each.row.key == area), None)
            rows.append(_total(figures, f"Cộng {name}", compared, own))
    rows.append(
        _total(figures, f"Toàn {official.province_level(figures.province)}", figures.lines, figures.communes)
    )
    return Table(
        id="theo-xa",
        caption="",
        columns=_columns(figures),
        rows=tuple(rows),
        notes=(_NOTE, *marks.notes),
        sheet="Theo xã",
    )


def _columns(figures: Figures) -> tuple[Column, ...]:
    targets = {each.line.target_ratio for each in figures.communes if each.line is not None}
    target = next(iter(targets)) if len(targets) == 1 else None
    return (
        cells.column("stt", "STT", 11, CellKind.NUMBER),
        cells.column("ten", "Xã, phường, đặc khu", 39),
        cells.column("dia_ban_cu", "Địa bàn (cũ)", 28),
        cells.column("tslcd", "TSLCD (%)", 17, CellKind.RATIO, target_ratio=target),
        cells.column("thay_doi", "± kỳ trước (điểm %)", 17, CellKind.POINTS),
        cells.column("so_luot", "Số lượt", 12, CellKind.COUNT),
        cells.column("tong_thoi_gian", "Tổng thời gian", 19, CellKind.DURATION),
        cells.column("dai_nhat", "Dài nhất", 17, CellKind.DURATION),
        cells.column("mat_goi", "Mất gói TB (%)", 14, CellKind.RATIO),
        cells.centred("hnth_san_sang", "HNTH sẵn sàng", 25),
        cells.column("thiet_bi", "Thiết bị PVHCC (%)", 18, CellKind.RATIO),
        cells.column("co_du_lieu", "Có dữ liệu (%)", 16, CellKind.RATIO),
        cells.centred("ghi_chu", "Ghi chú", 14),
    )


def _row(
    figures: Figures, number: int, commune: CommuneFigures, marks: Marks, without: frozenset[str]
) -> TableRow:
    line = commune.line
    one_stop = None if commune.one_stop is None else commune.one_stop.row.availability_ratio
    return cells.row(
        cells.ordinal(number),
        cells.text(short_name(commune.place)),
        cells.text(_short_district(commune.place.former_district)),
        cells.ratio(None if line is None else line.row.availability_ratio, is_bold=judging.is_below(line)),
        cells.change(line),
        cells.DASH if line is None else cells.count(line.row.outages.count),
        cells.short_span(None if line is None else line.row.parts.down_s),
        cells.short_span(None if line is None else line.row.outages.longest_s),
        cells.ratio(commune.loss_ratio),
        _conference(figures, commune, without),
        cells.ratio(one_stop, is_bold=judging.is_below(commune.one_stop)),
        cells.ratio(None if line is None else line.row.coverage_ratio),
        marks.cell(marks_of(figures, commune)),
    )


def _conference(figures: Figures, commune: CommuneFigures, without: frozenset[str]) -> Cell:
    if commune.conference is None:
        return cells.text(NOT_EQUIPPED if commune.place.code in without else _UNKNOWN_SHORT)
    return ready_cell(figures, commune.place.code)


def _total(
    figures: Figures, name: str, compared: Compared | None, communes: Sequence[CommuneFigures]
) -> TableRow:
    """Return the sums of lines as the accounting added them up, beside those of the devices."""
    row = None if compared is None else compared.row
    codes = {each.place.code for each in communes}
    seats = [seat.was_ready for each in figures.meetings for seat in each.seats if seat.unit_code in codes]
    known = [ready for ready in seats if ready is not None]
    one_stop = added_parts(each.one_stop.row.parts for each in communes if each.one_stop is not None)
    cells_of_row = (
        cells.EMPTY,
        cells.text(name, is_bold=True),
        cells.text(f"{official.count(len(communes))} đơn vị"),
        cells.ratio(None if row is None else row.availability_ratio, is_bold=True),
        cells.change(compared),
        cells.DASH if row is None else cells.count(row.outages.count, is_bold=True),
        cells.short_span(None if row is None else row.parts.down_s, is_bold=True),
        cells.short_span(None if row is None else row.outages.longest_s),
        cells.DASH,
        cells.fraction(sum(known), len(known)),
        cells.ratio(one_stop.availability_ratio(figures.least_coverage_ratio)),
        cells.ratio(None if row is None else row.coverage_ratio),
        cells.EMPTY,
    )
    return TableRow(cells_of_row, RowLevel.TOTAL)


def _not_equipped(figures: Figures) -> frozenset[str]:
    """Return the codes of communes of which somebody said that they have no endpoint.

    Which class of equipment is that of the endpoints is known by its members: they have endpoints that are watched.
    """
    having = {each.place.code for each in figures.communes if each.conference is not None}
    classes = [each for each in figures.equipment if "hội nghị" in each.reported.name.casefold()]
    return frozenset(code for each in classes for code in each.without if code not in having)


def short_name(place: Place) -> str:
    """Name a commune in a table: "Ba Tơ", "Phường Cẩm Thành", "Đặc khu Lý Sơn"."""
    return short_unit_name(place.name) if place.kind.casefold() == "xã" else place.name


def _short_district(district: str) -> str:
    short = words.former_short(district).removesuffix(" (cũ)").replace("thị xã ", "TX ")
    return f"{short[:1].upper()}{short[1:]}"


def _district(district: str) -> str:
    return f"{district} (cũ)" if "(cũ)" not in district else district
