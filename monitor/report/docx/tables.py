"""Tables: a header row that repeats, rows that stay whole, columns as wide as the page. Pure."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.document.model import Cell, Column, RowLevel, Table, TableRow
from monitor.report.docx import styles
from monitor.report.docx.frame import Frame
from monitor.report.docx.wordml import element, paragraph, run, twips

_MOST_KEPT_ROWS: Final = 6
"""A table of no more rows stays on one page; of a longer one, two rows stay together at either end."""


def table_blocks(table: Table, frame: Frame) -> list[BaseOxmlElement]:
    """Return a table with its caption above and its notes below."""
    made = [frame.line(styles.CAPTION, table.caption)] if table.caption else []
    made.append(_grid(table, frame))
    if table.notes:
        last = len(table.notes) - 1
        return made + [
            frame.line(styles.NOTE, note, keep_next=number < last) for number, note in enumerate(table.notes)
        ]
    # Word makes one of two tables that touch, and wants a paragraph behind the last.
    return [*made, paragraph(frame.style_ids[styles.END])]


def borderless(*rows: Sequence[tuple[float, Sequence[BaseOxmlElement]]]) -> BaseOxmlElement:
    """Return a table without lines and margins, for what stands side by side; a cell is its width in mm and paragraphs.

    Rows may be parted in different places.
    """
    parted = [[0, *(twips(edge) for edge in accumulate(width for width, _ in row))] for row in rows]
    edges = sorted({edge for row in parted for edge in row})
    widths = [right - left for left, right in pairwise(edges)]
    sides = ("top", "left", "bottom", "right")
    margins = element("tblCellMar", *(element(side, w=0, type="dxa") for side in sides))
    made = _table(widths, margins)
    for row, places in zip(rows, parted, strict=True):
        line = element("tr", element("trPr", element("cantSplit")))
        for (_, cell), (left, right) in zip(row, pairwise(places), strict=True):
            properties = element("tcPr", element("tcW", w=right - left, type="dxa"))
            columns = edges.index(right) - edges.index(left)
            if columns > 1:
                properties.append(element("gridSpan", val=columns))
            line.append(element("tc", properties, *cell))
        made.append(line)
    return made


def _grid(table: Table, frame: Frame) -> BaseOxmlElement:
    total = sum(column.width_mm for column in table.columns)
    widths = _whole_twips([column.width_mm * frame.width_mm / total for column in table.columns])
    made = _table(widths, style_id=frame.style_ids[styles.TABLE])
    style_id = frame.style_ids[styles.SMALL_CELL if frame.is_appendix else styles.CELL]
    made.append(_header(table.columns, widths, style_id))
    last = len(table.rows) - 1
    for number, row in enumerate(table.rows):
        is_near_an_end = number == 0 or number == last - 1
        # The last row goes with the notes: they would be alone on a page.
        is_kept = bool(table.notes) if number == last else row.level is RowLevel.GROUP or is_near_an_end
        is_before_total = number < last and table.rows[number + 1].level is RowLevel.TOTAL
        is_kept = is_kept or is_before_total or (len(table.rows) <= _MOST_KEPT_ROWS and number < last)
        made.append(_row(row, table.columns, widths, style_id, keep_next=is_kept))
    return made


def _table(
    widths: Sequence[int], *properties: BaseOxmlElement, style_id: str | None = None
) -> BaseOxmlElement:
    head = element("tblPr")
    if style_id is not None:
        head.append(element("tblStyle", val=style_id))
    head.extend(
        (
            element("tblW", w=sum(widths), type="dxa"),
            element("jc", val="center"),
            element("tblLayout", type="fixed"),
            *properties,
        )
    )
    return element("tbl", head, element("tblGrid", *(element("gridCol", w=width) for width in widths)))


def _header(columns: Sequence[Column], widths: Sequence[int], style_id: str) -> BaseOxmlElement:
    made = element("tr", element("trPr", element("cantSplit"), element("tblHeader")))
    for column, width in zip(columns, widths, strict=True):
        title = paragraph(style_id, [run(column.title, is_bold=True)], keep_next=True)
        made.append(_cell(width, title))
    return made


def _row(
    row: TableRow, columns: Sequence[Column], widths: Sequence[int], style_id: str, *, keep_next: bool
) -> BaseOxmlElement:
    made = element("tr", element("trPr", element("cantSplit")))
    if row.level is RowLevel.GROUP:
        title = row.cells[0].text if row.cells else ""
        words = paragraph(style_id, [run(title, is_bold=True)], keep_next=keep_next, alignment="left")
        made.append(_cell(sum(widths), words, columns=len(columns)))
        return made
    is_total = row.level is RowLevel.TOTAL
    for cell, column, width in zip(row.cells, columns, widths, strict=True):
        words = _words(cell, column, style_id, is_bold=is_total or cell.is_bold, keep_next=keep_next)
        made.append(_cell(width, words))
    return made


def _words(cell: Cell, column: Column, style_id: str, *, is_bold: bool, keep_next: bool) -> BaseOxmlElement:
    runs = [run(cell.text, is_bold=is_bold)] if cell.text else []
    return paragraph(style_id, runs, keep_next=keep_next, alignment=column.alignment.value)


def _cell(width: int, words: BaseOxmlElement, *, columns: int = 1) -> BaseOxmlElement:
    properties = element("tcPr", element("tcW", w=width, type="dxa"))
    if columns > 1:
        properties.append(element("gridSpan", val=columns))
    properties.append(element("vAlign", val="center"))
    return element("tc", properties, words)


def _whole_twips(widths_mm: Sequence[float]) -> list[int]:
    """Return widths whose sum is that of the page, no twip more."""
    edges = [0, *(twips(edge) for edge in accumulate(widths_mm))]
    return [right - left for left, right in pairwise(edges)]
