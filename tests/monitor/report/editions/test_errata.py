"""What a frozen report says otherwise than today's: as printed, row by row, with the decisions that explain it."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.model.incident import CauseKind, Side
from monitor.accounting.model import Correction, Part
from monitor.report.document.model import (
    Appendix,
    Cell,
    CellKind,
    Column,
    Document,
    Paragraph,
    RowLevel,
    Table,
    TableRow,
)
from monitor.report.editions.errata import (
    Difference,
    Errata,
    Merged,
    decisions,
    differences,
    lines,
    with_errata,
)
from tests.monitor.report.rich_document import rich_document
from tests.monitor.report.small_figures import at, small_figures

FIGURES = small_figures()


def changed(document: Document, table_id: str, row: int, column: int, text: str) -> Document:
    """Return the document with another text in one cell of a table of the body."""

    def cell(table: Table) -> Table:
        rows = list(table.rows)
        cells = list(rows[row].cells)
        cells[column] = Cell(text)
        rows[row] = replace(rows[row], cells=tuple(cells))
        return replace(table, rows=tuple(rows))

    return replace(
        document,
        blocks=tuple(
            cell(each) if isinstance(each, Table) and each.id == table_id else each
            for each in document.blocks
        ),
    )


def body_table(document: Document) -> tuple[Table, int]:
    """Return a table of the body, and the place of one of its rows of data."""
    table = next(each for each in document.blocks if isinstance(each, Table))
    return table, next(n for n, row in enumerate(table.rows) if row.level is RowLevel.DATA)


def test_the_same_document_differs_in_nothing() -> None:
    assert differences(rich_document(), rich_document()) == ()


def test_a_cell_is_told_by_table_row_and_column() -> None:
    document = rich_document()
    table, row = body_table(document)
    last = len(table.columns) - 1
    now = changed(document, table.id, row, last, "99,99")

    [found] = differences(document, now)
    was = table.rows[row].cells[last].text
    assert found.was == f"{table.columns[last].title} {was}"
    assert found.now == f"{table.columns[last].title} 99,99"
    assert table.rows[row].cells[1].text in found.what or table.rows[row].cells[0].text in found.what


def test_a_sentence_is_told_by_its_id_also_when_it_is_new_or_gone() -> None:
    document = rich_document()
    said = next(each for each in document.blocks if isinstance(each, Paragraph) and each.sentence_id)
    other = replace(said, text="- Câu khác.")
    now = replace(document, blocks=tuple(other if each is said else each for each in document.blocks))
    without = replace(document, blocks=tuple(each for each in document.blocks if each is not said))

    assert differences(document, now) == (
        Difference(
            f"Câu {said.sentence_id}",
            said.text[:299] + "…" if len(said.text) > 300 else said.text,
            "- Câu khác.",
            is_figure=False,
        ),
    )
    assert [each.now for each in differences(document, without)] == ["(không có)"]
    assert [each.was for each in differences(without, document)] == ["(không có)"]


def test_decisions_since_name_reason_and_approver() -> None:
    entry = Correction(
        id=4,
        check_ids=("21484.cpe/icmp",),
        from_at=at(3, 8),
        until_at=at(3, 10),
        counts_as=Part.MAINTENANCE,
        was=Part.DOWN,
        reason="nhà mạng báo trước",
        who="Lan",
        approver="An",
        at=at(29),
        document="12/TB",
    )
    withdrawn = replace(entry, id=5, counts_as=None, was=None, withdraws=4, at=at(30), reason="nhầm xã")

    assert decisions(FIGURES, FIGURES, since_at=at(30), entries=[entry]) == ()
    first, second = decisions(FIGURES, FIGURES, since_at=at(28), entries=[entry, withdrawn])
    assert first.startswith("Tính lại phần mất kết nối thành bảo trì tại ")
    assert "lý do: nhà mạng báo trước (12/TB); Lan thực hiện, An duyệt lúc 00:00 ngày 29/11/2026." in first
    assert second.startswith("Hủy lần tính lại 4 tại ")
    assert "lý do: nhầm xã" in second


def test_a_cause_that_was_confirmed_since_is_told() -> None:
    open_ones = [each for each in FIGURES.incidents if each.cause is None]
    chosen = replace(open_ones[0], cause=CauseKind.POWER, side=Side.LOCAL, confirmed_by="Bích Ngọc")
    now = replace(
        FIGURES, incidents=tuple(chosen if each.id == chosen.id else each for each in FIGURES.incidents)
    )

    [said] = decisions(FIGURES, now, since_at=at(1), entries=[])
    assert said.startswith(f"Sự cố {chosen.id} ({chosen.name}): nguyên nhân chưa xác định → ")
    assert said.endswith("; Bích Ngọc xác nhận.")


def test_what_people_merged_since_is_told() -> None:
    merged = [Merged("SC-2026-0007", "SC-2026-0005", "Lan")]

    assert decisions(FIGURES, FIGURES, since_at=at(1), entries=[], merged=merged) == (
        "Sự cố SC-2026-0007 gộp vào sự cố SC-2026-0005; Lan thực hiện.",
    )


def test_errata_stand_behind_the_method_under_the_next_number() -> None:
    document = rich_document()
    errata = Errata(
        "2026-10",
        "tháng 10 năm 2026",
        1,
        at(2),
        (
            Difference("Câu K1", "một", "hai", is_figure=False),
            *(Difference(f"Bảng {number}", "1", "2") for number in range(50)),
        ),
        ("Tính lại.",),
    )
    before, after = document.appendices[-1], with_errata(document, (errata,)).appendices[-1]
    added = [getattr(each, "text", "") for each in after.blocks[len(before.blocks) :]]

    assert after.blocks[: len(before.blocks)] == before.blocks
    assert added[0].endswith(". Đính chính")
    assert (
        added[1]
        == "Báo cáo tháng 10 năm 2026, bản 1 chốt lúc 00:00 ngày 02/11/2026, có thay đổi sau khi chốt:"
    )
    assert added[2:4] == ["- Tính lại.", "- Bảng 0: 1 → 2."]
    assert added[-1] == "- Và 10 chỗ khác."
    assert with_errata(document, ()) == document


def test_where_only_words_were_changed_it_says_so() -> None:
    words = Difference("Câu K1", "một", "hai", is_figure=False)
    errata = Errata("2026-11", "tháng 11 năm 2026", 1, at(2), (words,))

    assert lines(errata, ZoneInfo(FIGURES.zone))[1:] == ("- Sửa lời văn, không đổi số liệu.",)


def test_no_two_lines_of_a_table_name_the_same_place() -> None:
    columns = (
        Column("ten", "Tên", 30.0),
        Column("tu", "Từ", 20.0, CellKind.MOMENT),
        Column("so", "Số", 10.0),
    )

    def group(text: str) -> TableRow:
        return TableRow((Cell(text),), RowLevel.GROUP)

    def document(figure: str) -> Document:
        def row(name: str, moment: str) -> TableRow:
            return TableRow((Cell(name), Cell(moment), Cell(figure, 1, CellKind.COUNT)))

        outages = (row("Ba Tơ", "02:47 02/11"), row("Ba Tơ", "03:00 05/11"), row("Ba Tơ", "03:00 05/11"))
        lowest = (group("Thấp nhất"), row("Ba Tơ", ""), group("Dài nhất"), row("Ba Tơ", ""))
        total = TableRow((Cell("Toàn tỉnh"), Cell(""), Cell(figure, 1, CellKind.COUNT)), RowLevel.TOTAL)
        blocks = (
            Table("a", "Bảng 7. Các lượt", columns, outages),
            Table("b", "Bảng 8. Cần lưu ý", columns, (*lowest, total)),
        )
        return replace(rich_document(), blocks=(), appendices=(Appendix("IV", "Khác", blocks),), sheets=())

    found = differences(document("08"), document("09"))

    assert [each.what for each in found] == [
        "Phụ lục IV, Bảng 7, Ba Tơ (02:47 02/11)",
        "Phụ lục IV, Bảng 7, Ba Tơ (03:00 05/11)",
        "Phụ lục IV, Bảng 7, Ba Tơ (03:00 05/11), dòng thứ 2 như vậy",
        "Phụ lục IV, Bảng 8, Thấp nhất, Ba Tơ",
        "Phụ lục IV, Bảng 8, Dài nhất, Ba Tơ",
        "Phụ lục IV, Bảng 8, Toàn tỉnh",
    ]
    assert {(each.was, each.now) for each in found} == {("Số 08", "Số 09")}


def test_a_group_that_is_called_otherwise_makes_no_row_new() -> None:
    columns = (Column("ten", "Tên", 30.0), Column("so", "Số", 10.0, CellKind.COUNT))
    rows = (TableRow((Cell("Ba Tơ"), Cell("08", 8, CellKind.COUNT))),)

    def document(group: str) -> Document:
        heading = TableRow((Cell(group),), RowLevel.GROUP)
        return replace(
            rich_document(), blocks=(Table("b", "Bảng 1. B", columns, (heading, *rows)),), appendices=()
        )

    assert differences(document("Huyện Ba Tơ (cũ)"), document("Huyện Ba Tơ cũ")) == ()


def test_a_column_more_or_less_is_no_erratum_and_words_are_told_apart_from_figures() -> None:
    ten, so, danh_gia = (
        Column("ten", "Tên", 30.0),
        Column("so", "Số", 10.0, CellKind.COUNT),
        Column("danh_gia", "Đánh giá", 20.0),
    )
    eight, nine = Cell("08", 8, CellKind.COUNT), Cell("09", 9, CellKind.COUNT)
    was = Table("b", "Bảng 1. B", (ten, so), (TableRow((Cell("Ba Tơ"), eight)),))
    same = Table("b", "Bảng 1. B", (ten, danh_gia, so), (TableRow((Cell("Ba Tơ"), Cell("đạt"), eight)),))
    other = replace(same, rows=(TableRow((Cell("Ba Tơ"), Cell("chưa đạt"), nine)),))
    before, between, after = (
        replace(rich_document(), blocks=(each,), appendices=()) for each in (was, same, other)
    )

    assert differences(before, between) == ()
    assert differences(between, after) == (
        Difference("Bảng 1, Ba Tơ", "Số 08", "Số 09"),
        Difference("Bảng 1, Ba Tơ", "Đánh giá đạt", "Đánh giá chưa đạt", is_figure=False),
    )
