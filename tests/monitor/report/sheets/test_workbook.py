"""The workbook: read back by another library and by LibreOffice, cell by cell."""

import csv
import io
import os
import re
import subprocess
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from inventory.sheet.cells import clean
from monitor.report.document.model import Cell, CellKind, Document, RowLevel, Table, TableRow
from monitor.report.sheets.layout import sheets
from monitor.report.sheets.workbook import xlsx_bytes
from tests.monitor.report.rich_document import rich_document
from tests.monitor.report.sheets.rows import AT, COMMUNES, DOCUMENT, INJECTIONS, TEXTS, row

VN = ZoneInfo("Asia/Ho_Chi_Minh")


def opened(document: Document) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx_bytes(document)))


def values(page: Worksheet, row: int) -> list[object]:
    return [cell.value for cell in page[row]]


def parts(document: Document) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(document))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_each_table_that_names_a_sheet_is_one_sheet_with_a_valid_name() -> None:
    names = opened(DOCUMENT).sheetnames

    assert names[:3] == ["Theo xã", "theo XÃ 2", "History 2"]
    assert len(names) == 5, "the same table once"
    assert len({name.casefold() for name in names}) == 5
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_names_of_sheets_are_valid_whatever_a_table_is_called() -> None:
    long = unicodedata.normalize("NFD", "Sự cố đường truyền số liệu chuyên dùng toàn tỉnh")
    called = (long, f"{long}, tiếp", "\N{GRINNING FACE}" * 31, "'\u202etrái\x00'", "")
    tables = tuple(
        replace(COMMUNES, id=str(number), rows=(), sheet=name or " ") for number, name in enumerate(called)
    )
    names = opened(replace(DOCUMENT, blocks=tables, appendices=(), sheets=())).sheetnames

    assert names == [
        "Sự cố đường truyền số liệu chuy",
        "Sự cố đường truyền số liệu ch 2",
        "Bảng",
        "trái",
        "Bảng 2",
    ]


def test_figures_are_numbers_that_say_what_is_printed() -> None:
    page = opened(DOCUMENT)["Theo xã"]

    assert page["A1"].value == "Bảng 1. Các xã"
    assert values(page, 2) == [
        "Xã, phường, đặc khu",
        "TSLCD (%)",
        "± tháng trước",
        "Số lượt",
        "Tổng thời gian (phút)",
        "Tổng thời gian",
        "Bắt đầu",
        "Mất gói TB",
        "Số cổng",
    ]
    assert values(page, 3) == ["Huyện Ba Tơ (cũ)"] + [None] * 8
    began = datetime.fromtimestamp(int(AT + 59.9), VN).replace(tzinfo=None)
    assert values(page, 4) == ["Ba Tơ", 99.99, -0.01, 2, 78.98, "1g18p", began, 0.0012, 12.5]
    assert values(page, 6) == ["Đăk Rơ Wa", "không đủ dữ liệu", None, 0, 0, "–", None, 0.0012, 12.5]
    formats = [cell.number_format for cell in page[4]]
    assert formats == [
        *("@", "0.00", "+0.00;-0.00;0.00", "#,##0", "#,##0.00", "@", "dd/mm/yyyy hh:mm", "0.00%", "#,##0.0")
    ]
    assert page["B5"].font.bold
    assert not page["B4"].font.bold
    assert page["A9"].value == "(1) Ghi chú một.", "a row below the table"


def test_what_would_be_a_formula_elsewhere_is_a_text() -> None:
    book = opened(DOCUMENT)
    cells = [row[0] for row in book["theo XÃ 2"].iter_rows(min_row=3, max_row=2 + len(INJECTIONS))]

    assert [cell.value for cell in cells] == [clean(text) for text in INJECTIONS]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}
    assert book["theo XÃ 2"]["A1"].value == "=1+1"
    for name, text in parts(DOCUMENT).items():
        assert not re.search("<f[ >]|<hyperlink|macro", text), name
        assert "\x00" not in text


def test_a_header_stays_is_filtered_and_stands_on_every_printed_page() -> None:
    page = opened(DOCUMENT)["Theo xã"]

    assert page.freeze_panes == "A3"
    assert page.auto_filter.ref == "A2:I7"
    assert page.print_title_rows == "$2:$2"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.oddHeader.right.text == "BẢN NHÁP"
    assert all(page.column_dimensions[letter].width >= 7 for letter in "ABCDEFGHI")


def test_what_is_below_its_target_or_became_worse_is_marked() -> None:
    page = opened(DOCUMENT)["Theo xã"]
    rules = {
        str(area.sqref): [rule.type for rule in found]
        for area, found in page.conditional_formatting._cf_rules.items()
    }

    assert rules == {
        "B3:B7": ["iconSet", "containsBlanks", "cellIs"],
        "C3:C7": ["iconSet", "containsBlanks", "cellIs"],
    }
    plain = replace(
        COMMUNES, columns=tuple(replace(column, target_ratio=None) for column in COMMUNES.columns)
    )
    page = opened(replace(DOCUMENT, blocks=(plain,), appendices=(), sheets=()))["Theo xã"]
    assert [str(area.sqref) for area in page.conditional_formatting._cf_rules] == ["C3:C7"], (
        "nothing is aimed at, so nothing is below it"
    )


def test_what_just_reaches_its_target_is_not_marked() -> None:
    reached = replace(
        COMMUNES,
        columns=tuple(
            replace(column, target_ratio=0.9021 if column.target_ratio else None)
            for column in COMMUNES.columns
        ),
        rows=(row("Ba Tơ", 0.9021, 0.9021, 0, 0.0, None),),
    )
    page = opened(replace(DOCUMENT, blocks=(reached,), appendices=(), sheets=()))["Theo xã"]
    [rules] = [
        found for area, found in page.conditional_formatting._cf_rules.items() if str(area.sqref) == "B3"
    ]

    assert page["B3"].value == 90.21
    assert [float(rule.formula[0]) for rule in rules if rule.type == "cellIs"] == [90.21]


def test_properties_name_the_figures_and_when_they_were_made() -> None:
    book = opened(DOCUMENT)
    custom = {each.name: each.value for each in book.custom_doc_props.props}

    assert book.properties.creator == "Sở Khoa học và Công nghệ"
    assert book.properties.title == DOCUMENT.subject
    assert "ab" * 32 in book.properties.description
    assert book.properties.created == datetime.fromtimestamp(AT, UTC).replace(tzinfo=None)
    assert custom["made_at"] == "2026-11-18T11:06:40Z"
    assert custom["digest"] == "ab" * 32
    assert custom["kỳ"] == "2026-11"


@contextmanager
def elsewhere() -> Iterator[None]:
    """Another time zone of the process, and a later moment."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def test_the_same_document_gives_the_same_bytes_anywhere() -> None:
    first = xlsx_bytes(DOCUMENT)
    with elsewhere():
        assert xlsx_bytes(DOCUMENT) == first
    assert xlsx_bytes(replace(DOCUMENT, digest="cd" * 32)) != first


def test_a_document_without_tables_is_a_workbook_nevertheless() -> None:
    assert opened(replace(DOCUMENT, blocks=(), appendices=(), sheets=())).sheetnames == ["Không có bảng"]


def test_what_is_no_number_is_no_number() -> None:
    cells = (
        Cell("vô hạn", float("inf"), CellKind.COUNT),
        Cell("không rõ", float("nan"), CellKind.RATIO),
        Cell("–", None, CellKind.POINTS),
        *COMMUNES.rows[1].cells[3:],
    )
    table = replace(COMMUNES, rows=(TableRow((Cell("x"), *cells[:1], *cells[1:])[:8]),))
    page = opened(replace(DOCUMENT, blocks=(table,), appendices=(), sheets=()))["Theo xã"]

    assert values(page, 3)[1:4] == ["vô hạn", "không rõ", None]


def test_a_whole_report_has_a_sheet_for_each_of_its_lists() -> None:
    book = opened(rich_document())

    assert book.sheetnames == ["Tổng hợp", "Theo xã", "Sự cố", "Bổ sung"]
    shown = {(row[1].value, row[3].value) for row in book["Theo xã"].iter_rows(min_row=3)}
    assert ("Tịnh Khê", 99.01) in shown


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The first sheet as LibreOffice shows it in English."""
    folder = tmp_path_factory.mktemp("office")
    source = folder / "thu.xlsx"
    table = Table("texts", "Chữ", TEXTS.columns, TEXTS.rows, sheet="Chữ")
    whole = replace(DOCUMENT, blocks=(TEXTS, COMMUNES), appendices=(), sheets=(table,))
    source.write_bytes(xlsx_bytes(whole))
    # 44,34,76: comma, quote, UTF-8; then "as shown", and -1: every sheet.
    how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false,false,false,-1"
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", how, "--outdir", folder, source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    found: list[list[str]] = []
    for path in sorted(Path(folder).glob("*.csv")):
        found += list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    return found


@pytest.mark.slow
def test_a_spreadsheet_program_shows_what_the_letter_says(converted: list[list[str]]) -> None:
    by_name = {row[0]: row for row in converted if len(row) == 9}
    texts = {row[0] for row in converted if len(row) == 2}

    assert by_name["Ba Tơ"][1:6] == ["99.99", "-0.01", "2", "78.98", "1g18p"]
    assert by_name["Ba Tơ"][6] == f"{datetime.fromtimestamp(AT + 59.9, VN):%m/%d/%Y %H:%M:%S}"
    assert by_name["Ba Tơ"][7:] == ["0.12%", "12.5"]
    assert {clean(text) for text in INJECTIONS} <= texts


@pytest.mark.slow
def test_every_level_of_row_is_there(converted: list[list[str]]) -> None:
    kinds = [row.level for row in COMMUNES.rows]

    assert kinds.count(RowLevel.TOTAL) == 1
    assert [row[0] for row in converted if row[0] in {"Huyện Ba Tơ (cũ)", "Cộng"}] == [
        "Huyện Ba Tơ (cũ)",
        "Cộng",
    ]
    assert len(sheets(DOCUMENT)) == 5
