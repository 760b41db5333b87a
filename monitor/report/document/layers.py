"""Table 1: the layers of the digital infrastructure, a row each. Pure."""

from collections.abc import Iterator
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.document import cells, judging
from monitor.report.document.model import Cell, CellKind, Table, TableRow
from monitor.report.document.summing import added
from monitor.report.figures.model import Compared, Figures
from monitor.settings.report import ReportSettings

_ABBREVIATIONS: Final = (
    "TSLCD: truyền số liệu chuyên dùng; PVHCC: Trung tâm Phục vụ hành chính công; g là giờ, p là phút; "
    "– là không có hoặc không so sánh được."
)


def layers_table(figures: Figures, settings: ReportSettings) -> Table:
    """Return the table of layers with what they had in the period before."""
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    rows: list[TableRow] = []
    for layer, name in judging.LAYERS.items():
        compared = figures.layers.get(layer)
        if compared is None:
            continue
        number = sum(row.cells[0].value is not None for row in rows) + 1
        rows.append(_row(cells.ordinal(number), name, compared))
        for part_name, part in _parts(figures, layer):
            if part is not None and 0 < part.row.members < compared.row.members:
                rows.append(_row(cells.EMPTY, f"Trong đó: {part_name}", part))
    return Table(
        id="tong-hop",
        caption="Kết quả giám sát theo các lớp hạ tầng số",
        columns=(
            cells.column("stt", "STT", 11, CellKind.NUMBER),
            cells.column("lop", "Lớp hạ tầng", 46),
            cells.column("so_doi_tuong", "Số đối tượng", 14, CellKind.COUNT),
            cells.column("do_kha_dung", "Độ khả dụng (%)", 17, CellKind.RATIO),
            cells.column("thay_doi", f"So với {before} (điểm %)", 20, CellKind.POINTS),
            cells.column("so_luot", "Số lượt gián đoạn", 15, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 22, CellKind.DURATION),
            cells.centred("danh_gia", "Đánh giá", 20),
        ),
        rows=tuple(rows),
        notes=_notes(figures, settings),
        sheet="Tổng hợp",
    )


def _row(number: Cell, name: str, compared: Compared) -> TableRow:
    row = compared.row
    return cells.row(
        number,
        cells.text(name),
        cells.count(row.members),
        cells.ratio(row.availability_ratio, is_bold=judging.is_below(compared)),
        cells.change(compared),
        cells.count(row.outages.count),
        cells.short_span(row.parts.down_s),
        judging.verdict(compared),
    )


def _parts(figures: Figures, layer: Layer) -> Iterator[tuple[str, Compared | None]]:
    """Yield which of a layer's targets a report speaks of: other bodies have lines, communes have pages of their own."""
    if layer is Layer.TSLCD:
        yield "đến cấp xã", figures.lines
    if layer is Layer.SHARED:
        systems = [system.compared for system in figures.shared]
        yield f"của {official.province_level(figures.province)}", added(systems, figures.least_coverage_ratio)


def _notes(figures: Figures, settings: ReportSettings) -> tuple[str, ...]:
    notes = [_ABBREVIATIONS]
    behind = sum(outage.is_behind and not outage.is_carried for outage in figures.outages)
    if behind:
        notes.append(
            f"{official.count(behind)} lượt là do đường truyền hoặc thiết bị phía trước mất kết nối, "
            "không phải do bản thân đối tượng."
        )
    if said := judging.aims(settings.target_ratios):
        notes.append(said)
    return tuple(notes)
