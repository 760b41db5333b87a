"""A page's table as a file: CSV and XLSX, in which nothing can be a formula. Pure but for the thread of large ones."""

import asyncio
import csv
import io
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Final

import xlsxwriter
from aiohttp import web

from alerts.messages.vocabulary import Language
from inventory.sheet.cells import MAX_TEXT, clean, csv_field
from monitor.web.paging import Cell, Table
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator

CSV: Final = "csv"
XLSX: Final = "xlsx"
SMALL_CELLS: Final = 2_000
"""Up to so many cells a table is written on the loop: that takes a few milliseconds."""
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WIDEST: Final = 60
_SHEET: Final = "Bang"


class Downloads:
    """Makes files; large ones on a thread of its own, one at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="download")

    async def response(self, table: Table, form: str, language: Language) -> web.Response:
        """Return the file as an attachment. Raises RefusedError: there is no such form."""
        if form not in _TYPES:
            _ = translator(language)
            raise RefusedError(406, _("không có dạng tệp này"), _("chọn csv hoặc xlsx"))
        write = csv_bytes if form == CSV else xlsx_bytes
        if len(table.rows) * len(table.columns) <= SMALL_CELLS:
            content = write(table)
        else:
            content = await asyncio.get_running_loop().run_in_executor(self._thread, write, table)
        return web.Response(
            body=content,
            content_type=_TYPES[form],
            charset="utf-8" if form == CSV else None,
            headers={
                "Content-Disposition": f'attachment; filename="{file_name(table.name)}.{form}"',
                "Cache-Control": "no-store",
            },
        )


def file_name(name: str) -> str:
    """Return a name of ASCII letters, digits and hyphens."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name)
    return "-".join(kept.split())[:80] or "bang"


def csv_bytes(table: Table) -> bytes:
    """Return RFC 4180 with CRLF, UTF-8 with the mark by which spreadsheets know it; numbers have a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([csv_field(clean(column)) for column in table.columns])
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return _BYTE_ORDER_MARK + text.getvalue().encode("utf-8", "replace")


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return csv_field(clean(cell))
    return "" if cell is None or not math.isfinite(cell) else repr(cell)


def xlsx_bytes(table: Table) -> bytes:
    """Return a workbook of one sheet: numbers are numbers, every text is that text, whatever it begins with."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(_SHEET)
    bold = book.add_format({"bold": True})
    for column, title in enumerate(table.columns):
        sheet.write_string(0, column, _text(title), bold)
        sheet.set_column(column, column, _width(table, column))
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, _text(cell))
            elif cell is not None and math.isfinite(cell):
                sheet.write_number(number, column, cell)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _text(text: str) -> str:
    return clean(text)[:MAX_TEXT]


def _width(table: Table, column: int) -> int:
    longest = max((len(str(row[column] or "")) for row in table.rows[:200]), default=0)
    return min(_WIDEST, max(len(table.columns[column]), longest) + 2)
