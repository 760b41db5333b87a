"""Tables of whatever shape find their place on pages."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.report.document.model import Cell, Column, Document, Paragraph, RowLevel, Table, TableRow
from monitor.report.pdf.writing import pdf_bytes
from tests.effort import examples
from tests.monitor.report.pdf.test_writing import pages_of
from tests.monitor.report.rich_document import rich_document

WIDTHS = st.lists(st.sampled_from([1.0, 8.0, 20.0, 90.0]), min_size=1, max_size=4)


def _document(*tables: Table) -> Document:
    return replace(rich_document(), blocks=tables, appendices=())


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    widths = draw(WIDTHS)
    rows: list[TableRow] = []
    for number in range(draw(st.integers(0, 6))):
        level = draw(st.sampled_from(RowLevel))
        words = [
            f"o{number} "
            + draw(st.sampled_from(["", "chữ ", "liền"])) * draw(st.sampled_from([0, 3, 40, 200]))
            for _ in range(1 if level is RowLevel.GROUP else len(widths))
        ]
        rows.append(TableRow(tuple(Cell(word.strip()) for word in words), level))
    columns = tuple(Column(f"c{place}", "Cột", width) for place, width in enumerate(widths))
    return Table("bang", "Bảng 1. Bảng", columns, tuple(rows), ("Ghi chú.",))


@given(_tables())
@settings(max_examples=examples(30))
def test_no_row_is_lost_whatever_its_size(table: Table) -> None:
    pages = pages_of(pdf_bytes(_document(table), {}))
    squeezed = "".join("\n".join(pages).split())
    assert all(f"o{number}" in squeezed for number in range(len(table.rows)) if min(_widths(table)) > 1)
    assert not any(re.sub(r"BẢN ĐỌC.*", "", page).strip() in {"", "2"} for page in pages)


def _widths(table: Table) -> list[float]:
    return [column.width_mm for column in table.columns]


def test_a_short_table_stays_whole_with_its_caption_and_a_long_one_begins_with_a_row() -> None:
    columns = (Column("a", "Tên", 60), Column("b", "Số", 30))
    short = Table(
        "b", "Bảng 2. Ngắn", columns, tuple(TableRow((Cell(f"ngắn{n}"), Cell("1"))) for n in range(9))
    )
    long = Table(
        "a", "Bảng 1. Dài", columns, tuple(TableRow((Cell(f"dài{n}"), Cell("1"))) for n in range(40))
    )
    for lines in (24, 29, 33):
        space = Paragraph("\n".join(["chờ"] * lines))
        for table, last in ((short, "ngắn8"), (long, "dài0")):
            document = replace(_document(table), blocks=(space, table))
            page = next(page for page in pages_of(pdf_bytes(document, {})) if table.caption in page)
            assert last in page


def test_a_row_higher_than_a_page_is_continued_without_empty_pages() -> None:
    columns = (Column("a", "Tên", 20), Column("b", "Nội dung", 20))
    table = Table("a", "", columns, (TableRow((Cell("Một"), Cell("lời dài " * 1_500))),))
    pages = pages_of(pdf_bytes(_document(table), {}))
    assert sum(page.count("lời") for page in pages) == 1_500
    assert all(page.count("lời") > 0 for page in pages[1:-1])


def test_notes_stand_on_the_page_of_the_last_row() -> None:
    columns = (Column("a", "Tên", 60), Column("b", "Số", 30))
    for count in (24, 63):  # by themselves, they would come on the next page
        rows = tuple(TableRow((Cell(f"dòng{n}"), Cell("1"))) for n in range(count))
        table = Table("a", "Bảng 1. Dài", columns, rows, notes=("ghi chú một", "ghi chú hai"))
        pages = pages_of(pdf_bytes(_document(table), {}))
        (noted,) = [page for page in pages if "ghi chú một" in page]
        assert f"dòng{count - 1}" in noted
        assert "ghi chú hai" in noted
