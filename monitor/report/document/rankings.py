"""Sheets that rank: circuits and carriers; the lowest, those below their aim, those that fail again and again. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.document import cells, judging
from monitor.report.document.communes import short_name
from monitor.report.document.incidents import unit_name
from monitor.report.document.model import CellKind, Table, TableRow
from monitor.report.figures.model import CommuneFigures, Compared, Figures, OutageRecord
from monitor.settings.report import ReportSettings

MOST_LOWEST: Final = 10


def circuits_sheet(figures: Figures) -> Table:
    """Return carriers and then circuits, each as the accounting added it up."""
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    rows: list[TableRow] = []
    for title, own in (
        ("Theo nhà mạng", figures.providers),
        ("Theo kênh truyền", figures.circuits),
    ):
        if own:
            rows.append(cells.group(title))
            rows += [_circuit_row(number, compared) for number, compared in enumerate(own, 1)]
    return Table(
        id="theo-kenh",
        caption="Độ khả dụng theo kênh truyền và nhà mạng",
        columns=(
            cells.column("stt", "STT", 10, CellKind.NUMBER),
            cells.column("ten", "Kênh, nhà mạng", 50),
            cells.column("so_doi_tuong", "Số đối tượng", 18, CellKind.COUNT),
            cells.column("do_kha_dung", "Độ khả dụng (%)", 20, CellKind.RATIO),
            cells.column("thay_doi", f"So với {before} (điểm %)", 22, CellKind.POINTS),
            cells.column("cam_ket", "Mức cam kết (%)", 20, CellKind.RATIO),
            cells.column("so_luot", "Số lượt gián đoạn", 18, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 28, CellKind.DURATION),
            cells.column("dai_nhat", "Dài nhất", 28, CellKind.DURATION),
            cells.column("khac_phuc", "Thời gian khắc phục trung bình", 28, CellKind.DURATION),
            cells.column("co_du_lieu", "Có dữ liệu (%)", 20, CellKind.RATIO),
            cells.column("danh_gia", "Đánh giá", 28),
        ),
        rows=tuple(rows),
        sheet="Theo kênh, nhà mạng",
    )


def _circuit_row(number: int, compared: Compared) -> TableRow:
    row = compared.row
    return cells.row(
        cells.ordinal(number),
        cells.text(row.name or row.key),
        cells.count(row.members),
        cells.ratio(row.availability_ratio, missing=official.NOT_ENOUGH),
        cells.change(compared),
        cells.ratio(compared.target_ratio),
        cells.count(row.outages.count),
        cells.span(row.parts.down_s),
        cells.span(row.outages.longest_s),
        cells.span(row.outages.mttr_s),
        cells.ratio(row.coverage_ratio),
        judging.verdict(compared),
    )


def lowest(figures: Figures) -> tuple[CommuneFigures, ...]:
    """Return up to ten communes whose lines were available least, the lowest first; none that never failed."""
    known = [each for each in figures.communes if each.line is not None and _availability(each) < 1.0]
    return tuple(sorted(known, key=_availability)[:MOST_LOWEST])


def repeaters(figures: Figures, settings: ReportSettings) -> tuple[CommuneFigures, ...]:
    """Return communes whose line failed as often as the settings call repeated, the most often first."""
    found = [each for each in figures.communes if _count(each) >= settings.repeated_at_least]
    return tuple(sorted(found, key=_count, reverse=True))


def lowest_table(figures: Figures) -> Table:
    """Return the lowest ten for a page."""
    return Table(
        id="thap-nhat-tom-tat",
        caption="",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("ten", "Xã, phường, đặc khu", 41),
            cells.column("dia_ban_cu", "Địa bàn (cũ)", 40),
            cells.column("tslcd", "TSLCD (%)", 22, CellKind.RATIO),
            cells.column("so_luot", "Số lượt", 14, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 18, CellKind.DURATION),
            cells.column("dai_nhat", "Dài nhất", 18, CellKind.DURATION),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(short_name(commune.place)),
                cells.text(commune.place.former_district),
                cells.ratio(commune.line.row.availability_ratio),
                cells.count(commune.line.row.outages.count),
                cells.short_span(commune.line.row.parts.down_s),
                cells.short_span(commune.line.row.outages.longest_s),
            )
            for number, commune in enumerate(lowest(figures), 1)
            if commune.line is not None
        ),
    )


def lowest_sheet(figures: Figures, settings: ReportSettings) -> Table:
    """Return the lowest ten, those below their aim, the repeaters, and the longest outages of lines."""
    below = [each for each in figures.communes if judging.is_below(each.line)]
    long = sorted(_line_outages(figures), key=lambda outage: -outage.length_s)[:MOST_LOWEST]
    rows: list[TableRow] = []
    parts: tuple[tuple[str, Sequence[TableRow]], ...] = (
        ("Độ khả dụng thấp nhất", _commune_rows(lowest(figures))),
        ("Dưới mức đánh giá", _commune_rows(sorted(below, key=_availability))),
        (
            f"Gián đoạn lặp lại từ {official.count(settings.repeated_at_least)} lượt",
            _commune_rows(repeaters(figures, settings)),
        ),
        ("Lượt gián đoạn dài nhất", [_outage_row(figures, n, each) for n, each in enumerate(long, 1)]),
    )
    for title, own in parts:
        rows.append(cells.group(title if own else f"{title}: không có"))
        rows += own
    return Table(
        id="thap-nhat",
        caption="Các đơn vị cần lưu ý",
        columns=(
            cells.column("stt", "STT", 10, CellKind.NUMBER),
            cells.column("ten", "Xã, phường, đặc khu", 48),
            cells.column("dia_ban_cu", "Địa bàn (cũ)", 40),
            cells.column("tslcd", "TSLCD (%)", 20, CellKind.RATIO),
            cells.column("so_luot", "Số lượt", 16, CellKind.COUNT),
            cells.column("tong_thoi_gian", "Tổng thời gian", 28, CellKind.DURATION),
            cells.column("dai_nhat", "Dài nhất", 28, CellKind.DURATION),
            cells.column("bat_dau", "Bắt đầu lượt dài nhất", 28, CellKind.MOMENT),
        ),
        rows=tuple(rows),
        sheet="Thấp nhất",
    )


def _commune_rows(communes: Iterable[CommuneFigures]) -> list[TableRow]:
    rows: list[TableRow] = []
    for commune in communes:
        line = commune.line
        if line is not None:
            rows.append(
                cells.row(
                    cells.ordinal(len(rows) + 1),
                    cells.text(short_name(commune.place)),
                    cells.text(commune.place.former_district),
                    cells.ratio(line.row.availability_ratio),
                    cells.count(line.row.outages.count),
                    cells.span(line.row.parts.down_s),
                    cells.span(line.row.outages.longest_s),
                    cells.EMPTY,
                )
            )
    return rows


def _outage_row(figures: Figures, number: int, outage: OutageRecord) -> TableRow:
    place = figures.places.get(outage.unit_code)
    lines = {each.place.code: each.line for each in figures.communes}
    line = lines.get(outage.unit_code)
    return cells.row(
        cells.ordinal(number),
        cells.text(unit_name(figures, outage.unit_code) if place is None else short_name(place)),
        cells.text("" if place is None else place.former_district),
        cells.ratio(None if line is None else line.row.availability_ratio),
        cells.count(Counter(each.unit_code for each in _counted(figures))[outage.unit_code]),
        cells.span(outage.down_s),
        cells.span(outage.length_s),
        cells.moment(outage.from_at, figures),
    )


def _line_outages(figures: Figures) -> list[OutageRecord]:
    codes = {each.place.code for each in figures.communes}
    return [each for each in figures.outages if each.layer is Layer.TSLCD and each.unit_code in codes]


def _counted(figures: Figures) -> list[OutageRecord]:
    return [each for each in _line_outages(figures) if not each.is_carried]


def _availability(commune: CommuneFigures) -> float:
    ratio = None if commune.line is None else commune.line.row.availability_ratio
    return 1.0 if ratio is None else ratio


def _count(commune: CommuneFigures) -> int:
    return 0 if commune.line is None else commune.line.row.outages.count
