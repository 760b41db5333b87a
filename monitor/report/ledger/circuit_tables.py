"""The ledger by carrier and by circuit. Pure."""

from collections.abc import Iterator

from monitor import official
from monitor.report.document import cells
from monitor.report.document.model import Cell, CellKind, Table, TableRow
from monitor.report.ledger.model import CircuitAccount, Ledger, ProviderAccount
from monitor.report.ledger.places import (
    NOT_CONTRACTED,
    UNITS,
    Place,
    not_contracted,
    printed,
    row_of,
    sheet_only,
    wanted,
)


def providers_table(ledger: Ledger) -> Table:
    """Return one row for each carrier."""
    return Table(
        id="doanh_nghiep",
        caption="Bảng 1. Tổng hợp theo doanh nghiệp",
        columns=(
            cells.column("doanh_nghiep", "Doanh nghiệp", 33),
            cells.column("so_kenh", "Số kênh", 14, CellKind.COUNT),
            cells.column("so_luot", "Số lượt", 13, CellKind.COUNT),
            cells.column("tinh_s", "Thời gian tính", 21, CellKind.DURATION),
            cells.column("khong_tinh_s", "Không tính", 21, CellKind.DURATION),
            cells.column("chua_xac_nhan_s", "Chưa xác nhận", 21, CellKind.DURATION),
            cells.column("kenh_vuot", "Kênh vượt hợp đồng", 20, CellKind.COUNT),
            cells.column("vuot_s", "Thời gian vượt", 22, CellKind.DURATION),
        ),
        rows=tuple(
            cells.row(
                cells.text(provider.provider),
                cells.count(len(provider.circuits)),
                cells.count(provider.sums.outages),
                *(_counted(provider), _excepted(provider), _unconfirmed(provider)),
                cells.count(len(provider.over)) if has_contract else not_contracted(CellKind.COUNT),
                cells.short_span(provider.over_s) if has_contract else not_contracted(CellKind.DURATION),
            )
            for provider in ledger.providers
            for has_contract in (provider.uncontracted < len(provider.circuits),)
        ),
        notes=(UNITS,),
        sheet="Theo doanh nghiệp",
    )


def circuits_table(ledger: Ledger, *, is_printed: bool) -> Table:
    """Return one row for each circuit, on paper below its carrier."""
    places = wanted(_places(), is_printed=is_printed)
    rows: list[TableRow] = []
    for provider in ledger.providers:
        if is_printed:
            rows.append(cells.group(f"{provider.provider} ({official.count(len(provider.circuits))} kênh)"))
        rows += (row_of(places, circuit) for circuit in provider.circuits)
    return Table(
        id="kenh" if is_printed else "kenh_day_du",
        caption="" if is_printed else "Kết quả theo kênh truyền",
        columns=tuple(place.column for place in places),
        rows=tuple(rows),
        notes=(UNITS, f'"{NOT_CONTRACTED}": danh mục chưa ghi số liệu hợp đồng, nên không tính.'),
        sheet="" if is_printed else "Theo kênh",
    )


def _places() -> Iterator[Place[CircuitAccount]]:
    yield sheet_only("doanh_nghiep", "Doanh nghiệp", lambda it: cells.text(it.circuit.provider))
    yield sheet_only("kenh", "Mã kênh", lambda it: cells.text(it.circuit.id))
    yield printed("hop_dong", "Kênh (hợp đồng)", 32, _contract)
    yield printed("don_vi", "Đơn vị", 40, lambda it: cells.text(", ".join(it.places)))
    yield printed("cam_ket", "Cam kết (%)", 17, _promised, CellKind.RATIO)
    yield printed("cho_phep_s", "Cho phép", 18, lambda it: _span(it.allowed_s), CellKind.DURATION)
    yield printed("so_luot", "Số lượt", 13, lambda it: cells.count(it.sums.outages), CellKind.COUNT)
    yield sheet_only("so_luot_tinh", "Số lượt tính", lambda it: cells.count(it.sums.counted), CellKind.COUNT)
    yield printed("tinh_s", "Thời gian tính", 18, _counted, CellKind.DURATION)
    yield printed("khong_tinh_s", "Không tính", 18, _excepted, CellKind.DURATION)
    yield printed("chua_xac_nhan_s", "Chưa xác nhận", 18, _unconfirmed, CellKind.DURATION)
    yield printed("vuot_s", "Vượt hợp đồng", 18, _over, CellKind.DURATION)
    yield printed("dat", "Đạt theo hợp đồng (%)", 19, _reached, CellKind.RATIO)
    yield printed("qua_han", "Lượt quá hạn", 18, lambda it: _late(it, it.sums.over_restore), CellKind.COUNT)
    yield sheet_only(
        "qua_han_tu_luc_bao",
        "Lượt quá hạn tính từ lúc báo",
        lambda it: _late(it, it.sums.over_since_report),
        CellKind.COUNT,
    )
    yield printed("co_du_lieu", "Có dữ liệu (%)", 18, _covered, CellKind.RATIO)


def _counted(account: CircuitAccount | ProviderAccount) -> Cell:
    return cells.short_span(account.sums.counted_s)


def _excepted(account: CircuitAccount | ProviderAccount) -> Cell:
    return cells.short_span(account.sums.excepted_s)


def _unconfirmed(account: CircuitAccount | ProviderAccount) -> Cell:
    return cells.short_span(account.sums.unconfirmed_s)


def _contract(account: CircuitAccount) -> Cell:
    return cells.text(account.circuit.contract_code or account.circuit.id)


def _promised(account: CircuitAccount) -> Cell:
    return cells.ratio(account.circuit.availability_ratio, missing=NOT_CONTRACTED)


def _over(account: CircuitAccount) -> Cell:
    return _span(account.over_s, is_bold=bool(account.over_s))


def _reached(account: CircuitAccount) -> Cell:
    return cells.ratio(account.contract_ratio, missing=official.NOT_ENOUGH, is_bold=bool(account.over_s))


def _covered(account: CircuitAccount) -> Cell:
    return cells.ratio(None if account.row is None else account.row.coverage_ratio)


def _span(seconds: float | None, *, is_bold: bool = False) -> Cell:
    if seconds is None:
        return not_contracted(CellKind.DURATION)
    return cells.short_span(seconds, is_bold=is_bold)


def _late(account: CircuitAccount, count: int) -> Cell:
    if account.circuit.restore_time_s is None:
        return not_contracted(CellKind.COUNT)
    return cells.count(count)
