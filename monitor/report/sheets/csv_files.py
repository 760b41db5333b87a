"""A document's tables as CSV files in a ZIP. Pure.

RFC 4180 with CRLF, UTF-8 with the byte order mark by which spreadsheets know it. Each sheet is there twice: for people
with the Vietnamese header and the figures as printed, and below `may/` for programs, with an ASCII header, ratios 0..1,
seconds and ISO 8601. Numbers have a decimal point in both. What a spreadsheet would take for a formula gets an apostrophe
in front (https://owasp.org/www-community/attacks/CSV_Injection); figures are numbers and keep their minus. For people
what it would take for a day or a number gets one too: "06/06" is six of six endpoints, "00004" a commune, "12/2026" a ticket.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.names import fold
from inventory.sheet.cells import csv_field
from monitor.report.archive import zip_bytes
from monitor.report.document.model import Document
from monitor.report.sheets.layout import Content, Sheet, cell_text, exact, printed, sheets

MACHINE_FOLDER: Final = "may/"
LEVEL_COLUMN: Final = "row_level"
"""First column of a file for programs: data, group or total."""
NOTES_NAME: Final = "GHI-CHU.txt"

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LIKE_A_FIGURE: Final = re.compile(r"[0-9][0-9 ./:,%eE+-]*")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
"""What stays what it is when it becomes a number (Excel keeps 15 digits)."""
_HOW_TO_READ: Final = (
    "Các tệp .csv: cột cách nhau bằng dấu phẩy, số viết với dấu chấm thập phân; bảng tính đặt tiếng Việt nên mở tệp .xlsx.",
    "Dấu ' ở đầu một ô là để bảng tính không đổi ô ấy thành ngày, số hay công thức. Thư mục may/ dành cho chương trình khác đọc.",
)


def csv_zip(document: Document) -> bytes:
    """Return a ZIP with two CSV files for each sheet, and a text with titles and notes."""
    zone = ZoneInfo(document.zone)
    found = sheets(document)
    files: dict[str, bytes] = {NOTES_NAME: _notes(document, found)}
    for name, sheet in zip(_names(found), found, strict=True):
        columns, rows = sheet.columns, sheet.table.rows
        files[f"{name}.csv"] = _csv(
            [column.title for column in columns],
            ([_kept(printed(row, column, zone)) for column in columns] for row in rows),
        )
        files[f"{MACHINE_FOLDER}{name}.csv"] = _csv(
            [LEVEL_COLUMN, *(column.id for column in columns)],
            ([row.level.value, *(exact(row, column, zone) for column in columns)] for row in rows),
        )
    return zip_bytes(files)


def field(content: Content) -> str:
    """Return one field: a number with a point, a moment as ISO 8601, a text that nobody takes for a formula."""
    match content:
        case None:
            return ""
        case str():
            return csv_field(content)
        case datetime():
            return content.isoformat(sep=" ")
        case _:
            return repr(content)


def _kept(content: Content) -> Content:
    """Return what stays a text in a spreadsheet."""
    if isinstance(content, str) and _LIKE_A_FIGURE.fullmatch(content) and not _NUMBER.fullmatch(content):
        return f"'{content}"
    return content


def _csv(header: Sequence[str], rows: Iterable[Sequence[Content]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(csv_field, header))
    writer.writerows([field(content) for content in row] for row in rows)
    return _BYTE_ORDER_MARK + text.getvalue().encode()


def _notes(document: Document, found: Sequence[Sheet]) -> bytes:
    lines = [
        cell_text(document.subject),
        f"Bản số liệu (SHA-256): {document.digest or '–'}",
        *_HOW_TO_READ,
        "",
    ]
    for name, sheet in zip(_names(found), found, strict=True):
        lines += [f"{name}.csv: {cell_text(sheet.table.caption)}", *map(cell_text, sheet.table.notes), ""]
    return _BYTE_ORDER_MARK + "\r\n".join(lines).encode()


def _names(found: Sequence[Sheet]) -> list[str]:
    """Return a file name for each sheet: ASCII, without blanks, each once."""
    names: list[str] = []
    for sheet in found:
        kept = "".join(
            letter if letter.isascii() and letter.isalnum() else " " for letter in fold(sheet.title)
        )
        base = "-".join(kept.split()) or "bang"
        name, number = base, 1
        while name in names:
            number += 1
            name = f"{base}-{number}"
        names.append(name)
    return names
