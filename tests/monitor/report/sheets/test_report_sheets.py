"""A month's report as sheets: every cell of every table, against the text that is printed in the letter."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from inventory.names import fold
from inventory.sheet.cells import clean, from_csv_field
from monitor import official
from monitor.report.document.model import Cell, CellKind, Document, RowLevel, Table
from monitor.report.document.report import report_document
from monitor.report.editions.model import Changes
from monitor.report.sheets.csv_files import csv_zip
from monitor.report.sheets.workbook import xlsx_bytes
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import NOVEMBER, nothing_happened, small_figures

VN: Final = ZoneInfo("Asia/Ho_Chi_Minh")
Row = list[object]


@pytest.fixture(scope="module", params=["a month", "a month without anything"])
def document(request: pytest.FixtureRequest) -> Document:
    figures = small_figures() if request.param == "a month" else nothing_happened()
    settings = ReportSettings(target_ratios={"tslcd": 0.995})
    return report_document(
        figures, (), Changes(), settings, revision=1, made_at=NOVEMBER.until_at, digest="ab" * 32
    )


def tables(document: Document) -> list[Table]:
    blocks = [*document.blocks, *(block for part in document.appendices for block in part.blocks)]
    found = [each for each in (*blocks, *document.sheets) if isinstance(each, Table) and each.sheet]
    return list(dict.fromkeys(found))


def cells_of(
    table: Table, rows: list[Row], *, shift: int = 0
) -> Iterator[tuple[Cell, CellKind, object, object]]:
    """Yield each cell, its column's kind, what stands in its place, and what stands beside (of lengths the text)."""
    for row, read in zip(table.rows, rows, strict=True):
        values = iter(read[shift:])
        if row.level is RowLevel.GROUP:
            assert read[shift] == row.cells[0].text
            assert not any(read[shift + 1 :])
            continue
        for cell, column in zip(row.cells, table.columns, strict=True):
            value = next(values)
            yield cell, column.kind, value, next(values) if column.kind is CellKind.DURATION else None
        assert not list(values)


def said(number: float, decimals: int) -> str:
    return f"{number:.{decimals}f}".replace(".", ",")


def test_a_workbook_says_what_the_letter_says_in_every_cell(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(document)))
    found = tables(document)
    assert len(book.sheetnames) == len(found) >= 6
    for table, name in zip(found, book.sheetnames, strict=True):
        page = book[name]
        last = 2 + len(table.rows)
        rows = [list(row) for row in page.iter_rows(min_row=3, max_row=last, values_only=True)][
            : len(table.rows)
        ]
        for cell, kind, value, beside in cells_of(table, rows):
            _check_printed(cell, kind, value, beside)
        assert not [each for row in page.iter_rows() for each in row if each.data_type == "f"]


def _check_printed(cell: Cell, kind: CellKind, value: object, beside: object) -> None:
    text = clean(cell.text) or None
    if kind is CellKind.TEXT and cell.kind in {CellKind.TEXT, CellKind.DURATION}:
        assert value == text
        return
    if kind is CellKind.DURATION:
        assert beside == text
    if cell.value is None:
        assert value in {None, text}
        return
    match cell.kind:
        case CellKind.RATIO:
            assert isinstance(value, int | float)
            assert cell.text.removesuffix("%") in {said(value, 2), said(value * 100, 2)}
        case CellKind.POINTS:
            assert isinstance(value, int | float)
            assert cell.text == official.points(value / 100 + 1, 1.0) or said(abs(value), 2) in cell.text
        case CellKind.COUNT:
            assert cell.text == official.count(int(str(value)))
        case CellKind.DURATION:
            assert isinstance(value, int | float)
            assert cell.text in {
                official.short_span(value * 60 + 0.001),
                official.span(value * 60 + 0.001),
                "–",
            }
        case CellKind.MOMENT:
            assert isinstance(value, datetime)
            assert cell.text in {
                f"{value:%H:%M %d/%m}",
                f"{value:%H:%M %d/%m/%Y}",
                f"{value:%H:%M ngày %d/%m/%Y}",
            }
        case _:
            assert value == cell.value


def test_files_for_programs_have_the_values_behind_every_cell(document: Document) -> None:
    with zipfile.ZipFile(io.BytesIO(csv_zip(document))) as archive:
        for table in tables(document):
            name = "-".join(fold(table.sheet).replace(",", " ").split())
            text = archive.read(f"may/{name}.csv").decode("utf-8-sig")
            header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
            assert header[0] == "row_level"
            assert len(header) == len(set(header)), "no two columns of one name"
            assert all(column.isascii() for column in header)
            for cell, kind, value, beside in cells_of(table, [list(row) for row in rows], shift=1):
                _check_exact(cell, kind, str(value), beside)


def _check_exact(cell: Cell, kind: CellKind, value: str, beside: object) -> None:
    if kind is CellKind.TEXT and cell.kind in {CellKind.TEXT, CellKind.DURATION}:
        assert from_csv_field(value) == clean(cell.text)
    elif cell.value is None or cell.kind is CellKind.TEXT:
        assert value == ""
    elif cell.kind is CellKind.MOMENT:
        assert datetime.fromisoformat(value).timestamp() == pytest.approx(float(cell.value), abs=1e-3)
    else:
        assert float(value) == cell.value
    if kind is CellKind.DURATION:
        assert from_csv_field(str(beside)) == clean(cell.text)
