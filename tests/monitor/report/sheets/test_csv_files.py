"""CSV: read back by Python's reader, cell by cell."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.sheet.cells import FORMULA_STARTS, clean, from_csv_field
from monitor.report.document.model import Cell, CellKind, RowLevel, Table, TableRow
from monitor.report.sheets.csv_files import csv_zip, field
from monitor.report.sheets.layout import sheets
from tests.effort import examples
from tests.monitor.report.sheets.rows import AT, COLUMNS, COMMUNES, DOCUMENT, INJECTIONS, TEXTS


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(csv_zip(DOCUMENT))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def test_each_sheet_is_there_for_people_and_for_programs(files: dict[str, bytes]) -> None:
    names = [
        "history-2",
        "su-co-tu-60-phut-duong-truye",
        "su-co-tu-60-phut-duong-tru-2",
        "theo-xa",
        "theo-xa-2",
    ]

    assert sorted(files) == sorted(
        ["GHI-CHU.txt", *(f"{name}.csv" for name in names), *(f"may/{name}.csv" for name in names)]
    )
    assert "(1) Ghi chú một." in files["GHI-CHU.txt"].decode("utf-8-sig")
    assert "ab" * 32 in files["GHI-CHU.txt"].decode()


def test_a_file_begins_with_the_mark_of_utf_8_and_ends_its_lines_as_rfc_4180_says(
    files: dict[str, bytes],
) -> None:
    for name, content in files.items():
        assert content.startswith(b"\xef\xbb\xbf"), name
        assert content.count(b"\n") == content.count(b"\r\n"), name
    assert files["theo-xa.csv"].decode("utf-8-sig").startswith('"Xã, phường, đặc khu",')


def test_people_read_the_figures_that_are_printed(files: dict[str, bytes]) -> None:
    header, *rows = rows_of(files["theo-xa.csv"])

    assert header[:2] == ["Xã, phường, đặc khu", "TSLCD (%)"]
    assert rows[1] == [
        *("Ba Tơ", "99.99", "-0.01", "2", "78.98", "1g18p", "2026-11-18 18:07:39", "0.0012", "12.5")
    ]
    assert rows[3][:3] == ["Đăk Rơ Wa", "không đủ dữ liệu", ""]


def test_programs_read_what_was_measured(files: dict[str, bytes]) -> None:
    header, *rows = rows_of(files["may/theo-xa.csv"])

    assert header[:2] == ["row_level", "name"]
    assert {column.id for column in COLUMNS} < set(header)
    assert all(name.isascii() for name in header)
    assert [row[0] for row in rows] == [row.level.value for row in COMMUNES.rows]
    for row, read in zip(COMMUNES.rows, rows, strict=True):
        if row.level is RowLevel.GROUP:
            assert read[1:] == [row.cells[0].text, *[""] * 8]
            continue
        by_id = dict(zip(header, read, strict=True))
        for cell, column in zip(row.cells, COLUMNS, strict=True):
            found = by_id[column.id]
            if cell.value is None:
                assert found == ""
            elif cell.kind is CellKind.MOMENT:
                assert datetime.fromisoformat(found).timestamp() == pytest.approx(cell.value, abs=1e-3)
                assert found.endswith("+07:00")
            elif cell.kind is CellKind.TEXT:
                assert found == cell.value
            else:
                assert float(found) == cell.value
        assert by_id["down_s_text"] == row.cells[4].text


def test_no_field_can_be_taken_for_a_formula(files: dict[str, bytes]) -> None:
    for name, kept in (("theo-xa-2.csv", "'"), ("may/theo-xa-2.csv", "")):
        header, *rows = rows_of(files[name])
        texts = [row[-2] for row in rows]
        meant = [f"{kept}{text}" if text.isdigit() else text for text in map(clean, INJECTIONS)]
        assert [from_csv_field(text) for text in texts] == meant
        assert not [text for text in (*header, *texts) if text.startswith(tuple(FORMULA_STARTS))]
        assert "".join(texts).isprintable()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("06/06", "'06/06"),
        ("12/2026", "'12/2026"),
        ("3-11", "'3-11"),
        ("00004", "'00004"),
        ("1e5", "'1e5"),
        ("12,5%", "'12,5%"),
        ("1234567890123456", "'1234567890123456"),
        ("21484", "21484"),
        ("0", "0"),
        ("1g18p", "1g18p"),
        ("02 xã", "02 xã"),
        ("10.51.0.1", "'10.51.0.1"),
    ],
)
def test_what_people_open_in_a_spreadsheet_becomes_no_day_and_loses_no_zero(text: str, written: str) -> None:
    table = Table("t", "Bảng", TEXTS.columns, (TableRow((Cell(text, text), Cell("x"))),), sheet="Chữ")
    content = csv_zip(replace(DOCUMENT, blocks=(table,), appendices=(), sheets=()))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert rows_of(archive.read("chu.csv"))[1][0] == written
        assert rows_of(archive.read("may/chu.csv"))[1][1] == text, "programs get it as it is"


@given(st.text())
@settings(max_examples=examples(200))
def test_whatever_a_text_is_it_stays_a_text(text: str) -> None:
    written = field(text)
    assert not written.startswith(tuple(FORMULA_STARTS))
    assert written.isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
@settings(max_examples=examples(200))
def test_a_number_keeps_its_minus_and_all_its_digits(number: float) -> None:
    assert type(number)(field(number)) == number
    assert "," not in field(number)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert csv_zip(DOCUMENT) == csv_zip(DOCUMENT)
    assert datetime.fromtimestamp(AT, UTC).year == 2026
    assert len(sheets(DOCUMENT)) == 5
