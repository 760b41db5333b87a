"""XLSX files of tables of texts and numbers. No cell is ever a formula, none holds a control character. No I/O."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from inventory.sheet.cells import MAX_TEXT
from inventory.sheet.columns import LISTS_TITLE, TABLES, Column, Table

_HEADER_COLOUR: Final = "#DCE6F1"
_PREFILLED_COLOUR: Final = "#F2F2F2"
_BORDER_COLOUR: Final = "#BFBFBF"
_SPARE_ROWS: Final = 500
"""Rows below the filled ones that have the drop-down lists too."""
_A4: Final = 9
_FONT: Final = "Times New Roman"

Content = str | float


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet. `rows` hold a value for each column; `choices` are column key -> the values of its drop-down list.

    A list may be a column of another page: what is typed there can be chosen here.
    """

    table: Table
    rows: Sequence[Sequence[Content]]
    choices: Mapping[str, Sequence[str] | Column] = field(default_factory=dict)
    frozen_columns: int = 0
    prefilled: frozenset[str] = frozenset()
    """Columns that are shown as filled in already."""


def workbook(
    pages: Sequence[Page], guide: tuple[str, Sequence[tuple[str, str]]] | None, *, created_at: datetime
) -> bytes:
    """Return an .xlsx of these pages. `guide` is a title and rows of (heading, text); `created_at` has no zone."""
    buffer = io.BytesIO()
    # Without these two options "=1+1" becomes a formula and "https://..." a link.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": "Danh mục giám sát", "created": created_at})
    writer = _Writer(book)
    for page in pages:
        writer.add_page(page)
    if guide is not None:
        writer.add_guide(*guide)
    writer.add_lists()
    book.close()
    return buffer.getvalue()


def written(text: str) -> str:
    """Return what a cell can hold of a text: no control characters; a text longer than a cell is left out."""
    kept = "".join(letter for letter in text if letter.isprintable())
    return kept if len(kept) <= MAX_TEXT else ""


class _Writer:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._lists: list[tuple[str, Sequence[str]]] = []
        common = {"font_name": _FONT, "font_size": 11, "valign": "top"}
        cell = {**common, "num_format": "@", "border": 1, "border_color": _BORDER_COLOUR}
        self._text = book.add_format({**common, "num_format": "@"})
        self._cell = book.add_format(cell)
        self._prefilled = book.add_format({**cell, "bg_color": _PREFILLED_COLOUR})
        self._number = book.add_format({**cell, "num_format": "General"})
        header = {**cell, "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": _HEADER_COLOUR}
        self._header = book.add_format(header)
        self._title = book.add_format({**common, "bold": True, "font_size": 14})
        self._bold = book.add_format({**common, "bold": True, "text_wrap": True})
        self._wrapped = book.add_format({**common, "text_wrap": True})

    def add_page(self, page: Page) -> None:
        columns = page.table.columns
        sheet = self._book.add_worksheet(page.table.title)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width, self._text)
            sheet.write_string(0, index, column.heading, self._header)
        for number, row in enumerate(page.rows, start=1):
            for index, (column, content) in enumerate(zip(columns, row, strict=True)):
                look = self._prefilled if column.key in page.prefilled and content else self._cell
                self._write(sheet, (number, index), content, look)
        last = len(page.rows) + _SPARE_ROWS
        for index, column in enumerate(columns):
            self._add_help(sheet, index, last, page, column.key)
        sheet.freeze_panes(1, page.frozen_columns)
        sheet.autofilter(0, 0, max(1, len(page.rows)), len(columns) - 1)
        sheet.set_row(0, 32)
        _set_paper(sheet, f"&L{page.table.title}&RTrang &P/&N")
        sheet.repeat_rows(0)

    def _write(self, sheet: Any, at: tuple[int, int], content: Content, look: Any) -> None:
        if isinstance(content, float):
            sheet.write_number(*at, content, self._number)
        elif written(content):
            sheet.write_string(*at, written(content), look)
        else:
            sheet.write_blank(*at, None, look)

    def _add_help(self, sheet: Any, index: int, last: int, page: Page, key: str) -> None:
        column = page.table.columns[index]
        # Excel's limits: 32 and 255 characters.
        rule = {"validate": "any", "input_title": column.heading[:32], "input_message": column.meaning[:255]}
        choices = page.choices.get(key)
        if choices:
            source = _typed(choices) if isinstance(choices, Column) else self._list(choices)
            # A warning, not a ban: what is not in the list is asked about when the file is imported.
            title, message = (
                "Không có trong danh sách",
                "Chọn trong danh sách thả xuống thì không bị hỏi lại.",
            )
            rule |= {"validate": "list", "source": source, "error_type": "warning"}
            rule |= {"error_title": title, "error_message": message}
        sheet.data_validation(1, index, last, index, rule)

    def _list(self, choices: Sequence[str]) -> str:
        """Return the range of a hidden list; a list within a rule holds 255 characters only."""
        found = [index for index, (_, known) in enumerate(self._lists) if list(known) == list(choices)]
        if not found:
            self._lists.append((LISTS_TITLE, choices))
        index = found[0] if found else len(self._lists) - 1
        letter = xlsxwriter.utility.xl_col_to_name(index)
        return f"='{LISTS_TITLE}'!${letter}$1:${letter}${len(choices)}"

    def add_guide(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        sheet = self._book.add_worksheet(title)
        sheet.set_column(0, 0, 26, self._bold)
        sheet.set_column(1, 1, 100, self._wrapped)
        sheet.write_string(0, 0, title, self._title)
        for number, (heading, text) in enumerate(rows, start=2):
            sheet.write_string(number, 0, written(heading), self._bold)
            sheet.write_string(number, 1, written(text), self._wrapped)
        _set_paper(sheet, "&RTrang &P/&N")

    def add_lists(self) -> None:
        if not self._lists:
            return
        sheet = self._book.add_worksheet(LISTS_TITLE)
        for index, (_, choices) in enumerate(self._lists):
            for number, choice in enumerate(choices):
                sheet.write_string(number, index, written(choice), self._text)
        sheet.hide()


def _typed(column: Column) -> str:
    """Return the range of what is typed into a table's column."""
    table = next(table for table in TABLES if column in table.columns)
    letter = xlsxwriter.utility.xl_col_to_name(table.columns.index(column))
    return f"='{table.title}'!${letter}$2:${letter}${_SPARE_ROWS + 1}"


def _set_paper(sheet: Any, footer: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(footer)
