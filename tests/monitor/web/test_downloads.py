"""Tables as files."""

import csv
import io
import zipfile

import pytest

from alerts.messages.vocabulary import Language
from monitor.web.downloads import SMALL_CELLS, Downloads, csv_bytes, file_name, xlsx_bytes
from monitor.web.paging import Table
from monitor.web.refusing import RefusedError

HOSTILE = (
    '=HYPERLINK("http://x")',
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "a\x00b\x1b[31m",
    "<script>alert(1)</script>",
    "xã \ud800 Ễ",
)
TABLE = Table(
    name="xã Ba Tơ/..\\x",
    columns=("Tên", "=Số"),
    rows=(*((text, -1.5) for text in HOSTILE), ("trống", None), ("vô hạn", float("inf")), ("nguyên", 12)),
)


def test_csv_has_a_mark_and_no_formula_and_numbers_keep_their_sign() -> None:
    content = csv_bytes(TABLE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Tên", "'=Số"]
    for row in rows[1:]:
        assert not row[0].startswith(tuple("=+-@\t\r＝"))
    assert {row[1] for row in rows[1 : 1 + len(HOSTILE)]} == {"-1.5"}
    assert [row[1] for row in rows[-3:]] == ["", "", "12"]
    assert b"\x00" not in content
    assert b"\x1b" not in content


def test_a_workbook_has_texts_as_texts_and_numbers_as_numbers_and_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(TABLE))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
        names = book.namelist()
    assert "<f>" not in sheet
    assert "<v>-1.5</v>" in sheet
    assert "hyperlink" not in sheet.lower()
    assert "=HYPERLINK" in strings
    assert "<script>" not in strings
    assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]


async def test_a_file_is_an_attachment_with_a_plain_name() -> None:
    response = await Downloads().response(TABLE, "csv", Language.VI)
    assert response.headers["Content-Disposition"] == 'attachment; filename="x-Ba-T-x.csv"'
    assert response.content_type == "text/csv"
    assert file_name("../../etc") == "etc"
    assert file_name("ễ") == "bang"


async def test_a_large_table_is_written_beside_the_loop_with_the_same_content() -> None:
    large = Table("t", ("a", "b"), tuple(("x", number) for number in range(SMALL_CELLS)))
    response = await Downloads().response(large, "csv", Language.VI)
    assert response.body == csv_bytes(large)


async def test_another_form_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        await Downloads().response(TABLE, "exe", Language.VI)
    assert refused.value.status == 406
