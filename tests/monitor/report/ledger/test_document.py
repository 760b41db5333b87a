"""The ledger as a document: what is said of carriers, and figures that are the same on paper and in sheets."""

import csv
import io
import zipfile
from typing import Any, Final

import pytest

from inventory.model import Circuit
from monitor.report.document.model import Document, Paragraph, RowLevel, Table
from monitor.report.ledger.document import ledger_document
from monitor.report.ledger.making import ledger
from monitor.report.sheets.csv_files import csv_zip
from tests.monitor.report.ledger.test_making import (
    BEGIN,
    CARRIERS,
    CONTRACT,
    MINUTE,
    POWER,
    SETTINGS,
    an_incident,
    figures_of,
    inventory_of,
    outage,
)

OUTAGES: Final = (
    outage(0, 70, **CARRIERS, incident_id="SC-2026-0001"),
    outage(200, 260, **POWER),
    outage(300, None),
    outage(10, 20, "b.cpe", **CARRIERS),
)
VIETTEL: Final = Circuit("kenh-2", "Viettel", "V-2")


def document_of(*circuits: Circuit, **fields: Any) -> Document:
    figures = figures_of(**{"outages": OUTAGES} | fields)
    made = ledger(figures, inventory_of(*circuits), [an_incident("SC-2026-0001", 0, 70)], SETTINGS)
    return ledger_document(made, figures, SETTINGS, made_at=BEGIN, digest="ab" * 32)


@pytest.fixture(scope="module")
def document() -> Document:
    return document_of(CONTRACT, VIETTEL)


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def tables(document: Document) -> dict[str, Table]:
    blocks = [*document.blocks, *(block for part in document.appendices for block in part.blocks)]
    return {each.id: each for each in (*blocks, *document.sheets) if isinstance(each, Table)}


def said(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))


def test_carriers_are_told_by_how_much_they_are_over_and_where_nothing_is_contracted(
    document: Document,
) -> None:
    assert texts(tables(document)["doanh_nghiep"]) == [
        ["Viettel", "01", "01", "10p", "–", "–", "chưa ghi", "chưa ghi"],
        ["VNPT", "01", "03", "1g10p", "1g00p", "5g00p", "01", "10p"],
    ]
    assert (
        "VNPT: 01/01 kênh vượt thời gian gián đoạn cho phép theo hợp đồng, tổng thời gian vượt 10 phút (GL-0001)"
        in said(document)
    )
    assert "Viettel: 01 kênh chưa ghi độ khả dụng theo hợp đồng" in said(document)
    assert "nguồn điện, thiết bị, thiên tai, bảo trì" in said(document)
    assert "01 kênh không có đối tượng nào được giám sát" in said(document)


def test_each_outage_names_its_incident_and_says_why_it_counts_or_not(document: Document) -> None:
    table = tables(document)["luot"]
    rows = [row for row in texts(table) if len(row) > 1]

    assert [row[0] for row in texts(table) if len(row) == 1] == ["Viettel V-2 – Xã B", "VNPT GL-0001 – Xã A"]
    assert [row[0] for row in rows] == ["không mở sự cố", "SC-2026-0001", "không mở sự cố", "không mở sự cố"]
    assert [row[-1] for row in rows] == [
        "tính",
        "tính",
        "không tính: nguyên nhân loại trừ",
        "chưa tính: chưa xác nhận nguyên nhân",
    ]
    assert rows[-1][2] == "chưa kết thúc"


def test_paper_and_sheets_have_the_same_figures(document: Document) -> None:
    found = tables(document)
    for short, whole in (("kenh", "kenh_day_du"), ("luot", "luot_day_du")):
        ids = [column.id for column in found[short].columns]
        places = [place for place, column in enumerate(found[whole].columns) if column.id in ids]
        on_paper = [row.cells for row in found[short].rows if row.level is RowLevel.DATA]
        assert on_paper == [tuple(row.cells[place] for place in places) for row in found[whole].rows]
        assert sum(column.width_mm for column in found[short].columns) == 247


def test_programs_can_add_up_what_is_printed(document: Document) -> None:
    with zipfile.ZipFile(io.BytesIO(csv_zip(document))) as archive:
        names = archive.namelist()
        lines = archive.read("may/tung-luot.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines, newline="")))

    assert "theo-kenh.csv" in names
    assert sum(float(row["tinh_s"]) for row in rows if row["doanh_nghiep"] == "VNPT") == 70 * MINUTE


def test_an_inventory_without_lines_has_a_ledger_that_says_so() -> None:
    empty = document_of()

    assert "Danh mục chưa có kênh truyền nào" in said(empty)
    assert empty.appendices == ()


def test_of_a_period_that_nobody_measured_it_is_not_said_that_all_was_well() -> None:
    dark = said(document_of(CONTRACT, outages=(), circuits=()))

    assert "không có kênh nào vượt" not in dark
    assert "VNPT: chưa đủ dữ liệu để kết luận" in dark
    assert "VNPT: không có kênh nào vượt" in said(document_of(CONTRACT, outages=()))
