import contextlib
import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.sheet.cells import Cell, Sheet, SheetError, cell_of, column_name
from inventory.sheet.headings import rows_of
from inventory.sheet.reading import read_workbook
from tests.inventory.sheet.conftest import xlsx


def refusal(content: bytes) -> str:
    with pytest.raises(SheetError) as caught:
        read_workbook(content)
    assert caught.value.remedy
    return caught.value.what


def texts(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in cells] for _, cells in sheet.rows]


def edited(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one member changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


class TestCells:
    def test_a_code_typed_as_a_number_is_that_code(self) -> None:
        assert texts(read_workbook(xlsx([21484, 21484.0, 10.5, True]))[0]) == [
            ["21484", "21484", "10.5", "có"]
        ]

    def test_decomposed_letters_and_odd_blanks_are_as_meant(self) -> None:
        assert cell_of("  Xa\u0303\u00a0Ba To\u031b\u200b\t") == Cell("Xã Ba Tơ")

    def test_formulas_are_refused_whatever_result_the_file_holds(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            sheet.write_formula("A1", '=HYPERLINK("http://x","y")', None, "10.51.7.1")
            sheet.write_array_formula("B1:B2", "{=A1}", None, "21484")

        row = read_workbook(buffer.getvalue())[0].rows[0][1]

        assert [(cell.text, cell.refusal) for cell in row] == [
            ("", "ô này là công thức; hãy dán giá trị")
        ] * 2

    def test_texts_that_look_like_formulas_are_texts(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            book.add_worksheet().write_string("A1", "=1+1")

        assert read_workbook(buffer.getvalue())[0].rows[0][1] == [Cell("=1+1")]

    def test_dates_and_errors_are_asked_about(self) -> None:
        (cells,) = (cells for _, cells in read_workbook(xlsx([date(2026, 1, 2), "#N/A"]))[0].rows)

        assert "ngày giờ" in cells[0].refusal
        assert "lỗi #N/A" in cells[1].refusal

    def test_a_number_of_more_digits_than_excel_keeps_is_asked_about(self) -> None:
        (cells,) = (cells for _, cells in read_workbook(xlsx([2025010012345678, 123456789012345]))[0].rows)

        assert "làm tròn" in cells[0].refusal
        assert cells[1] == Cell("123456789012345", number=123456789012345.0)

    def test_control_characters_are_none_however_they_are_stored(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            book.add_worksheet().write_string("A1", "10.51.7.1\r")

        assert read_workbook(buffer.getvalue())[0].rows[0][1] == [Cell("10.51.7.1")]

    def test_columns_are_named_as_in_excel(self) -> None:
        assert [column_name(index) for index in (0, 25, 26, 701, 702, 16_383)] == [
            *("A", "Z", "AA", "ZZ", "AAA", "XFD")
        ]


class TestLayout:
    def test_merged_cells_are_read_as_they_are_seen(self) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (["mã", "x"], ["21484", "a"], [None, "b"], [None, "c"]):
            sheet.append(row)
        sheet.merge_cells("A2:A4")
        buffer = io.BytesIO()
        book.save(buffer)

        read = read_workbook(buffer.getvalue())[0]

        assert texts(read)[1:] == [["21484", "a"], ["21484", "b"], ["21484", "c"]]
        assert read.notes == ["1 ô gộp: mọi dòng của ô nhận cùng giá trị (ô bắt đầu ở dòng 2)"]

    def test_hidden_rows_are_read_and_said_to_be(self) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (["a"], ["b"], ["c"]):
            sheet.append(row)
        sheet.row_dimensions[2].hidden = True
        buffer = io.BytesIO()
        book.save(buffer)

        read = read_workbook(buffer.getvalue())[0]

        assert texts(read) == [["a"], ["b"], ["c"]]
        assert read.notes == ["1 dòng đang ẩn vẫn được đọc: 2"]

    def test_hidden_sheets_are_left_alone_and_that_is_said(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(xlsx(["Mã đơn vị", "Địa chỉ"])))
        for name in ("Danh sách", "Cũ"):
            book.create_sheet(name).sheet_state = "hidden"
            book[name].append(["Mã đơn vị", "Địa chỉ"])
        buffer = io.BytesIO()
        book.save(buffer)

        sheets = read_workbook(buffer.getvalue())

        assert [(sheet.name, len(sheet.rows)) for sheet in sheets] == [
            ("Thiết bị", 1),
            ("Danh sách", 0),
            ("Cũ", 0),
        ]
        assert rows_of(sheets).warnings == ["trang 'Cũ' đang ẩn nên không được đọc"]

    def test_empty_rows_keep_the_numbers_of_the_others(self) -> None:
        assert [number for number, _ in read_workbook(xlsx(["a"], [], [" "], ["b"]))[0].rows] == [1, 4]

    def test_a_declared_size_is_not_believed(self) -> None:
        content = edited(xlsx(["a"]), SHEET, lambda text: text.replace(b'ref="A1"', b'ref="A1:XFD1048576"'))

        assert texts(read_workbook(content)[0]) == [["a"]]


class TestRefusals:
    def test_a_workbook_with_a_password(self) -> None:
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

        assert refusal(ole + "EncryptedPackage".encode("utf-16-le")) == "tệp đặt mật khẩu"
        assert refusal(ole) == "tệp .xls kiểu cũ (Excel 97-2003)"

    def test_a_file_of_100_mb(self) -> None:
        assert refusal(b"PK\x03\x04" + bytes(100_000_000)) == "tệp lớn hơn 20 MB"

    def test_a_zip_bomb_before_it_is_unpacked(self) -> None:
        content = edited(xlsx(["a"]), SHEET, lambda _: b" " * 70_000_000)

        assert len(content) < 200_000
        assert refusal(content) == "tệp nén bung ra 70 MB, quá lớn cho một danh mục"

    def test_a_bomb_that_lies_about_its_size(self) -> None:
        content = edited(xlsx(["a"]), SHEET, lambda _: b" " * 70_000_000)
        size = struct.pack("<I", 70_000_000)

        assert "hỏng" in refusal(content.replace(size, struct.pack("<I", 1_000)))

    def test_entities_that_multiply(self) -> None:
        bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'

        assert "DOCTYPE" in refusal(edited(xlsx(["a"]), SHEET, lambda _: bomb))
        for encoding in ("utf-16", "utf-16-be", "utf-16-le"):
            hidden = bomb.decode().encode(encoding)
            assert "DOCTYPE" in refusal(edited(xlsx(["a"]), SHEET, lambda _, text=hidden: text))

    def test_merged_cells_that_lie_over_each_other_without_end(self) -> None:
        merged = b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:A90"/>' * 3_000 + b"</mergeCells>"
        content = edited(
            xlsx(*([["a", "b"]] * 90)), SHEET, lambda text: text.replace(b"</sheetData>", merged)
        )

        assert "ô gộp" in refusal(content)

    def test_a_million_columns(self) -> None:
        # Excel's own limit is 16,384.
        wide = edited(xlsx(["a", "b"]), SHEET, lambda text: text.replace(b'r="B1"', b'r="XFD1"'))

        assert "hơn 200 cột" in refusal(wide)
        assert "hơn 200 cột" in refusal(xlsx(["a"] * 300))

    def test_a_row_number_beyond_every_sheet(self) -> None:
        far = edited(
            xlsx(["a"]),
            SHEET,
            lambda text: text.replace(b'r="1"', b'r="999999999999"').replace(b'"A1"', b'"A999999999999"'),
        )

        assert refusal(far) == "trang 'Thiết bị' có hơn 1048576 dòng"

    def test_more_rows_than_an_inventory_may_have(self) -> None:
        content = xlsx(*([["a"]] * 6))

        assert len(read_workbook(content, most_rows=6)[0].rows) == 6
        with pytest.raises(SheetError, match="trang 'Thiết bị' có hơn 5 dòng"):
            read_workbook(content, most_rows=5)

    @pytest.mark.parametrize(
        ("member", "words"), [("xl/workbook.bin", ".xlsb"), ("mimetype", "không phải bảng tính .xlsx")]
    )
    def test_other_kinds_of_archives(self, member: str, words: str) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(member, "x")

        assert words in refusal(buffer.getvalue())

    def test_nothing_of_an_archive_is_written_to_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        monkeypatch.chdir(inner)
        buffer = io.BytesIO(xlsx(["a"]))
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("../escaped.yaml", "x")

        assert texts(read_workbook(buffer.getvalue())[0]) == [["a"]]
        assert list(tmp_path.rglob("*")) == [inner]

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8)
    )
    def test_any_damage_is_a_refusal_or_a_reading(self, damage: list[tuple[float, int]]) -> None:
        content = bytearray(xlsx(["Mã đơn vị", "Địa chỉ"], ["21484", "10.51.7.1"]))
        for where, byte in damage:
            content[4 + int(where * (len(content) - 4))] = byte

        with contextlib.suppress(SheetError):
            read_workbook(bytes(content))
