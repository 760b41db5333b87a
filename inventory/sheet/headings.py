"""Sheets of cells -> rows with named columns: where the header is, which column is which. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from inventory.names import fold
from inventory.problem import near_miss
from inventory.sheet.cells import EMPTY, Cell, Sheet, SheetError, column_name
from inventory.sheet.columns import GUIDE_TITLE, LISTS_TITLE, ORDINALS, TABLES, Table

_SEARCHED_ROWS: Final = 20
_FEWEST: Final = 2
"""Known headings that make a row a header."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row below a header. `cells` holds the columns that have anything; `letters` is of every known column."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    letters: Mapping[str, str]

    def text(self, key: str) -> str:
        """Return the text of a cell, "" when it is empty or cannot be used."""
        cell = self.cells.get(key, EMPTY)
        return "" if cell.refusal else cell.text

    def place(self, key: str) -> str:
        """Return the name of a cell ("B7"), or of the row when the sheet has no such column."""
        return f"{self.letters[key]}{self.number}" if key in self.letters else f"dòng {self.number}"


@dataclass(slots=True)
class Rows:
    """The rows of each table of a file, by the table's title, and what is to be said about the file."""

    of: dict[str, list[Row]]
    notes: list[str]
    warnings: list[str]


def rows_of(sheets: Sequence[Sheet]) -> Rows:
    """Return the rows below the headers; raise SheetError when no sheet has a header."""
    found = Rows({table.title: [] for table in TABLES}, [], [])
    has_header = False
    headless: list[str] = []
    for sheet in sheets:
        header = _header(sheet)
        if header is None:
            if sheet.name not in {GUIDE_TITLE, LISTS_TITLE}:
                why = ["không có dòng tiêu đề nên không được đọc"] if sheet.rows else sheet.notes
                headless += [f"trang '{sheet.name}' {reason}" for reason in why]
            continue
        has_header = True
        _add_rows(sheet, *header, found)
        found.notes += [f"trang '{sheet.name}': {note}" for note in sheet.notes]
    if not has_header:
        raise SheetError(
            f"không thấy dòng tiêu đề trong {_SEARCHED_ROWS} dòng đầu",
            "cần các cột như 'Mã đơn vị', 'Loại thiết bị', 'Địa chỉ'; lấy mẫu bằng: tslcd-monitor inventory template",
        )
    found.warnings += headless
    return found


def header_score(texts: Sequence[str]) -> int:
    """Return how many known headings of one table are among these texts."""
    return max(len(_columns(texts, table)) for table in TABLES)


def _header(sheet: Sheet) -> tuple[Table, int, dict[str, int]] | None:
    """Return the table, the header's index among the rows and the columns, of the row that says most."""
    best: tuple[Table, int, dict[str, int]] | None = None
    for index, (number, cells) in enumerate(sheet.rows):
        if number > _SEARCHED_ROWS:
            break
        for table in TABLES:
            columns = _columns([cell.text for cell in cells], table)
            is_header = len(columns) >= _FEWEST and any(key in columns for key in table.needed)
            if is_header and (best is None or len(columns) > len(best[2])):
                best = table, index, columns
    return best


def _columns(texts: Sequence[str], table: Table) -> dict[str, int]:
    """Return key -> index of the columns whose heading is known, the first of each."""
    known = _spellings(table)
    columns: dict[str, int] = {}
    for index, text in enumerate(texts):
        key = known.get(_bare(text))
        if key is not None:
            columns.setdefault(key, index)
    return columns


def _bare(heading: str) -> str:
    return fold(heading.rstrip("*: ").replace("_", " "))


@cache  # every row that may be the header asks, with each delimiter that a CSV file may have
def _spellings(table: Table) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for column in table.columns:
        for spelling in (column.heading, *column.spellings):
            known.setdefault(_bare(spelling), column.key)
    return known


def _add_rows(sheet: Sheet, table: Table, index: int, columns: dict[str, int], into: Rows) -> None:
    header = sheet.rows[index][1]
    known = _spellings(table)
    taken = set(columns.values())
    for place, cell in enumerate(header):
        if not cell.text or place in taken or fold(cell.text) in map(fold, ORDINALS):
            continue
        twin = known.get(_bare(cell.text))
        why = (
            f"trùng với cột {column_name(columns[twin])}"
            if twin is not None
            else near_miss(cell.text, [column.heading for column in table.columns])
            or "không có trong bảng cột"
        )
        into.warnings.append(
            f"trang '{sheet.name}': cột {column_name(place)} '{cell.text}' không được nhập; {why}"
        )
    letters = {key: column_name(place) for key, place in columns.items()}
    for number, cells in sheet.rows[index + 1 :]:
        named = {key: cells[place] for key, place in columns.items() if place < len(cells)}
        named = {key: cell for key, cell in named.items() if cell.text or cell.refusal}
        if named:
            into.of[table.title].append(Row(sheet.name, number, named, letters))
