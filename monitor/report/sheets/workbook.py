"""A document's tables as a workbook. No I/O; the same document gives the same bytes.

No formulas, no macros, no links: a text that begins with "=" is that text. Every figure stands as it is printed.
"""

import io
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

from monitor.report.document.model import Document
from monitor.report.sheets.layout import cell_text, sheets, wall_time
from monitor.report.sheets.page import PageWriter

_KNOWN: Final = frozenset(
    {"title", "subject", "author", "manager", "company", "category", "keywords", "comments", "status"}
)
_MAX_PROPERTY: Final = 255
_NO_TABLES: Final = "Không có bảng"


def xlsx_bytes(document: Document) -> bytes:
    """Return an .xlsx with a sheet for each table that names one."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    zone = ZoneInfo(document.zone)
    _set_properties(book, document)
    writer = PageWriter(book, zone, mark=document.mark, digest=document.digest)
    found = sheets(document)
    for sheet in found:
        writer.add(sheet)
    if not found:
        book.add_worksheet(_NO_TABLES).write_string(0, 0, cell_text(document.subject))
    book.close()
    return buffer.getvalue()


def _set_properties(book: Any, document: Document) -> None:
    utc = ZoneInfo("UTC")  # as a workbook means its times
    given = {name.casefold(): cell_text(text)[:_MAX_PROPERTY] for name, text in document.properties}
    known = {name: text for name, text in given.items() if name in _KNOWN}
    book.set_properties(
        {
            "title": cell_text(document.subject)[:_MAX_PROPERTY],
            "comments": f"SHA-256: {document.digest}",
            **known,
            "created": wall_time(document.made_at, utc),
        }
    )
    for name in sorted(given.keys() - known.keys()):
        book.set_custom_property(name[:_MAX_PROPERTY], given[name], "text")
    book.set_custom_property("digest", document.digest or "–", "text")
    book.set_custom_property("made_at", f"{wall_time(document.made_at, utc).isoformat()}Z", "text")
