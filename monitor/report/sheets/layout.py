"""What stands in which cell of a sheet: the tables of a document, with every figure as a number. Pure.

A workbook and a CSV file for people hold figures as they are printed, so that no sheet says 99,97 where the letter says
99,96; CSV files for machines hold what they were printed from.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from inventory.sheet.cells import MAX_TEXT, clean
from monitor import official
from monitor.report.document.model import Cell, CellKind, Document, RowLevel, Table, TableRow

Content = str | int | float | datetime | None
"""What a cell holds: a moment is the province's wall time without a zone, None is an empty cell."""

MINUTES_SUFFIX: Final = " (phút)"
MACHINE_TEXT_SUFFIX: Final = "_text"
MAX_TITLE: Final = 31
"""Characters of a sheet's name (Excel's own limit)."""

_FORBIDDEN: Final = frozenset("[]:*?/\\")
_LAST_SINGLE: Final = "\uffff"
_RESERVED: Final = "history"
_NO_WORDS: Final = frozenset({"", "-", official.NOTHING})
_PER_CENT_SIGN: Final = "(%)"
_MINUTE_S: Final = 60.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet. `source`: its place in the table; a duration has two columns, minutes and text."""

    id: str
    title: str
    source: int
    kind: CellKind
    width_mm: float
    is_percentage: bool = False
    """Ratios are written as 99.82 below a title with (%), else as 0.9982 shown as 99.82%."""
    target_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as a sheet; `title` is a valid and unique name of a sheet."""

    title: str
    table: Table
    columns: tuple[SheetColumn, ...]


def sheets(document: Document) -> tuple[Sheet, ...]:
    """Return the sheets of a document in its order; the same table is one sheet."""
    found: list[Table] = []
    for table in _tables(document):
        if table.sheet and table not in found:
            found.append(table)
    titles = _titles([table.sheet for table in found])
    return tuple(Sheet(title, table, _columns(table)) for title, table in zip(titles, found, strict=True))


def printed(row: TableRow, column: SheetColumn, zone: ZoneInfo) -> Content:
    """Return a cell as it is printed, as a number where it is one. Words stand where there is no figure."""
    cell = _cell(row, column)
    value = _number(cell)
    if column.kind is CellKind.TEXT and cell.kind in {CellKind.TEXT, CellKind.DURATION}:
        return _text(cell)
    if value is None:
        text = _text(cell)
        is_said_beside = column.kind is CellKind.DURATION
        return None if text is None or text in _NO_WORDS or is_said_beside else text
    return _figure(value, cell.kind, column, zone)


def exact(row: TableRow, column: SheetColumn, zone: ZoneInfo) -> Content:
    """Return what a cell was printed from: ratios 0..1, seconds, moments in ISO 8601; None when there is no figure."""
    cell = _cell(row, column)
    value = _number(cell)
    is_text = column.kind is CellKind.TEXT and cell.kind in {CellKind.TEXT, CellKind.DURATION}
    if is_text or row.level is RowLevel.GROUP:
        return _text(cell)
    if value is None:
        return None
    if cell.kind is CellKind.MOMENT:
        return (_EPOCH + timedelta(seconds=value)).astimezone(zone).isoformat(timespec="milliseconds")
    return value


def wall_time(at: float, zone: ZoneInfo) -> datetime:
    """Return the wall time of a moment in whole seconds that have passed, without its zone."""
    moment = (_EPOCH + timedelta(seconds=math.floor(at))).astimezone(zone)
    return moment.replace(tzinfo=None)


def cell_text(text: str) -> str:
    """Return what a cell can hold of a text: one line without control characters."""
    return clean(text)[:MAX_TEXT]


def _tables(document: Document) -> Iterator[Table]:
    for blocks in (document.blocks, *(each.blocks for each in document.appendices)):
        yield from (block for block in blocks if isinstance(block, Table))
    yield from document.sheets


def _columns(table: Table) -> tuple[SheetColumn, ...]:
    found: list[SheetColumn] = []
    for place, column in enumerate(table.columns):
        title = cell_text(column.title)
        if column.kind is CellKind.DURATION:
            minutes = title if "phút" in title.casefold() else f"{title}{MINUTES_SUFFIX}"
            found.append(SheetColumn(column.id, minutes, place, CellKind.DURATION, column.width_mm))
            beside = (f"{column.id}{MACHINE_TEXT_SUFFIX}", title, place, CellKind.TEXT, column.width_mm)
            found.append(SheetColumn(*beside))
            continue
        is_percentage = column.kind is CellKind.RATIO and _PER_CENT_SIGN in title
        found.append(
            SheetColumn(
                column.id,
                title,
                place,
                column.kind,
                column.width_mm,
                is_percentage,
                column.target_ratio,
            )
        )
    return tuple(found)


def _titles(names: Sequence[str]) -> list[str]:
    """Return valid names of sheets, each once whatever its case; Excel takes neither a quote at an end nor "History"."""
    found: list[str] = []
    taken: set[str] = {_RESERVED}
    for name in names:
        # Excel counts what lies beyond the plane of all alphabets as two.
        kept = "".join(
            " " if letter in _FORBIDDEN or letter > _LAST_SINGLE else letter for letter in clean(name)
        )
        base = _trimmed(kept, MAX_TITLE) or "Bảng"
        title, number = base, 1
        while title.casefold() in taken:
            number += 1
            mark = f" {number}"
            title = _trimmed(base, MAX_TITLE - len(mark)) + mark
        taken.add(title.casefold())
        found.append(title)
    return found


def _trimmed(text: str, most: int) -> str:
    return text[:most].strip(" '")


def _cell(row: TableRow, column: SheetColumn) -> Cell:
    if row.level is RowLevel.GROUP:
        return row.cells[0] if column.source == 0 else Cell("")
    return row.cells[column.source]


def _number(cell: Cell) -> int | float | None:
    if cell.kind is CellKind.TEXT or isinstance(cell.value, str | bool) or cell.value is None:
        return None
    return cell.value if math.isfinite(cell.value) else None


def _figure(value: float, kind: CellKind, column: SheetColumn, zone: ZoneInfo) -> Content:
    match kind:
        case CellKind.RATIO:
            return official.hundredths(value) / (100 if column.is_percentage else 10_000)
        case CellKind.POINTS:
            return round(value * 100, 2) + 0.0  # never -0.0
        case CellKind.DURATION:
            return math.floor(value / _MINUTE_S * 100 + 1e-6) / 100
        case CellKind.MOMENT:
            return wall_time(value, zone)
        case _:
            return value


def _text(cell: Cell) -> str | None:
    return cell_text(cell.text) or None
