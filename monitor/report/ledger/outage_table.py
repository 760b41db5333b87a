"""The ledger outage by outage. Pure."""

from collections.abc import Iterator

from monitor.report.document import cells
from monitor.report.document.incidents import cause_words
from monitor.report.document.model import Cell, CellKind, Table, TableRow
from monitor.report.figures.model import Figures
from monitor.report.ledger.model import CircuitAccount, Ledger, LedgerLine, Verdict
from monitor.report.ledger.places import UNITS, VERDICTS, Place, printed, row_of, sheet_only, wanted

_OfCircuit = tuple[CircuitAccount, LedgerLine]


def outages_table(ledger: Ledger, figures: Figures, *, is_printed: bool) -> Table:
    """Return one row for each outage; on paper below its circuit."""
    places = wanted(_places(figures), is_printed=is_printed)
    rows: list[TableRow] = []
    for circuit in ledger.circuits:
        if is_printed and circuit.lines:
            rows.append(cells.group(_title(circuit)))
        rows += (row_of(places, (circuit, line)) for line in circuit.lines)
    return Table(
        id="luot" if is_printed else "luot_day_du",
        caption="" if is_printed else "Các lượt gián đoạn",
        columns=tuple(place.column for place in places),
        rows=tuple(rows),
        notes=(
            f"{UNITS} Thời gian: phần mất kết nối đo được trong kỳ. Theo mã sự cố xuất được hồ sơ chứng cứ.",
        ),
        sheet="" if is_printed else "Từng lượt",
    )


def _places(figures: Figures) -> Iterator[Place[_OfCircuit]]:
    yield sheet_only("doanh_nghiep", "Doanh nghiệp", lambda it: cells.text(it[0].circuit.provider))
    yield sheet_only("kenh", "Mã kênh", lambda it: cells.text(it[0].circuit.id))
    yield sheet_only("hop_dong", "Hợp đồng", lambda it: cells.text(it[0].circuit.contract_code))
    yield sheet_only("don_vi", "Đơn vị", lambda it: cells.text(_unit(it[1], figures)))
    yield sheet_only("doi_tuong", "Mã đối tượng", lambda it: cells.text(it[1].outage.target_id))
    yield printed("ma", "Mã sự cố", 27, lambda it: cells.text(_incident(it[1])))
    moment, span = CellKind.MOMENT, CellKind.DURATION
    yield printed("bat_dau", "Bắt đầu", 22, lambda it: cells.moment(it[1].outage.from_at, figures), moment)
    yield printed("ket_thuc", "Kết thúc", 22, lambda it: _end(it[1], figures), moment)
    yield printed("thoi_gian_s", "Thời gian", 17, lambda it: cells.short_span(it[1].measured_s), span)
    yield sheet_only(
        "ca_luot_s", "Cả lượt, kể cả trước kỳ", lambda it: cells.short_span(it[1].outage.length_s), span
    )
    yield printed("so_phieu", "Số phiếu", 24, lambda it: cells.text(it[1].ticket_number))
    yield printed("bao_luc", "Báo lúc", 22, lambda it: cells.moment(it[1].reported_at, figures), moment)
    yield printed("bao_sau_s", "Báo sau", 15, lambda it: cells.short_span(it[1].report_wait_s), span)
    yield printed(
        "tu_luc_bao_s", "Từ lúc báo đến hết", 19, lambda it: cells.short_span(it[1].since_report_s), span
    )
    yield sheet_only(
        "xong_luc", "Doanh nghiệp báo xong", lambda it: cells.moment(it[1].closed_at, figures), moment
    )
    yield printed("nguyen_nhan", "Nguyên nhân đã xác nhận", 32, lambda it: _cause(it[1]))
    yield sheet_only("nguoi_xac_nhan", "Người xác nhận", lambda it: cells.text(it[1].confirmed_by))
    yield printed("ket_luan", "Kết luận", 47, lambda it: _conclusion(it[1]))
    yield sheet_only("tinh_s", "Thời gian tính", lambda it: cells.short_span(it[1].counted_s), span)


def _title(circuit: CircuitAccount) -> str:
    code = circuit.circuit.contract_code or circuit.circuit.id
    return " – ".join(
        part for part in (f"{circuit.circuit.provider} {code}", ", ".join(circuit.places)) if part
    )


def _unit(line: LedgerLine, figures: Figures) -> str:
    place = figures.places.get(line.outage.unit_code)
    return line.outage.unit_code if place is None else place.name


def _incident(line: LedgerLine) -> str:
    """Name the incident of the line, and the group it was told in."""
    if not line.told_id or line.told_id == line.incident_id:
        return line.incident_id or "không mở sự cố"
    return f"{line.incident_id} ({line.told_id})" if line.incident_id else line.told_id


def _end(line: LedgerLine, figures: Figures) -> Cell:
    return cells.moment(line.outage.until_at, figures, missing="chưa kết thúc")


def _cause(line: LedgerLine) -> Cell:
    return cells.text(cause_words(line.outage.cause, line.outage.side))


def _conclusion(line: LedgerLine) -> Cell:
    said = VERDICTS[line.verdict]
    if line.measured_s < line.outage.down_s:
        said += "; phần trùng với lượt khác của kênh không tính lại"
    if line.exceeds_restore_time:
        said += "; quá hạn khắc phục"
    return cells.text(said, is_bold=line.verdict is Verdict.COUNTS)
