"""XLSX files as sheets of cells. Formulas are neither executed nor trusted: such a cell is refused. No network."""

import bisect
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import ParseError, iterparse

import openpyxl
from openpyxl.utils.cell import range_boundaries

from inventory.sheet.archive import refuse_archive
from inventory.sheet.cells import EMPTY, IS_FORMULA, MAX_COLUMNS, MAX_ROWS, Cell, Sheet, SheetError, cell_of

_NAMESPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LAST_ROW: Final = 1_048_576
"""Excel's own limit."""
_MOST_MERGED: Final = 20_000
_MOST_FILLED: Final = 200_000
"""Cells that merged ranges fill: those of a file made by hand may lie over each other without end."""
_MOST_SHOWN: Final = 5
_CONTROL: Final = re.compile("_x00[01][0-9A-Fa-f]_")
"""How control characters stand in the file (ECMA-376, ST_Xstring), which openpyxl leaves as it is."""
_BROKEN: Final = ("tệp .xlsx hỏng: không đọc được nội dung", "mở bằng Excel, lưu lại rồi thử lại")

Merged = tuple[int, int, int, int]
"""First column, first row, last column, last row, all from 1."""


def read_workbook(content: bytes, *, most_rows: int = MAX_ROWS) -> list[Sheet]:
    """Return the sheets, of a hidden one only a note; raise SheetError when the file cannot be read or has more rows with content."""
    refuse_archive(content)
    try:
        with warnings.catch_warnings():
            # openpyxl tells of styles and extensions that it drops: nothing that a value depends on.
            warnings.simplefilter("ignore")
            # With formulas as formulas: their cached results are whatever the writer of the file liked.
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=False, keep_links=False
            )
            try:
                return [
                    _read(sheet, most_rows)
                    if sheet.sheet_state == "visible"
                    else Sheet(str(sheet.title), [], ["đang ẩn nên không được đọc"])
                    for sheet in book.worksheets
                ]
            finally:
                book.close()
    except SheetError:
        raise
    except (ParseError, MemoryError) as error:
        raise SheetError(*_BROKEN) from error
    except Exception as error:
        raise SheetError(f"{_BROKEN[0]} ({type(error).__name__})", _BROKEN[1]) from error


def _read(source: Any, most_rows: int) -> Sheet:
    hidden, merged = _layout(source)
    sheet = Sheet(str(source.title), [], [])
    for number, row in enumerate(_rows(source), start=1):
        cells = [_cell(item) for item in row[:MAX_COLUMNS]]
        is_wide = any(item.value is not None for item in row[MAX_COLUMNS:])
        while cells and cells[-1] == EMPTY:
            cells.pop()
        if not cells and not is_wide:
            continue
        if is_wide:
            raise SheetError(
                f"trang '{sheet.name}', dòng {number}: hơn {MAX_COLUMNS} cột", "xóa các cột thừa bên phải"
            )
        sheet.rows.append((number, cells))
        if len(sheet.rows) > most_rows:
            raise SheetError(f"trang '{sheet.name}' có hơn {most_rows} dòng", "chia thành nhiều tệp")
    _spread(sheet, merged)
    used = sorted(hidden & {number for number, _ in sheet.rows})
    if used:
        sheet.notes.append(f"{len(used)} dòng đang ẩn vẫn được đọc: {_listed(used)}")
    return sheet


def _rows(source: Any) -> Iterator[Any]:
    # The declared size may be a lie, or whole columns that somebody once coloured.
    source.reset_dimensions()
    yield from source.iter_rows(min_row=1)


def _cell(item: Any) -> Cell:
    kind, value = item.data_type, item.value
    if kind == "f":
        return Cell("", IS_FORMULA)
    if kind == "e":
        return Cell(str(value), f"là lỗi {value} của bảng tính; gõ lại giá trị")
    return cell_of(_CONTROL.sub(" ", value) if isinstance(value, str) else value)


def _layout(source: Any) -> tuple[set[int], list[Merged]]:
    """Return the hidden rows and the merged ranges, which openpyxl's streaming reader leaves out."""
    hidden: set[int] = set()
    merged: list[Merged] = []
    number = 0
    with source._get_source() as stream:  # noqa: SLF001 (the only way to the sheet's XML)
        for _, element in iterparse(stream):  # noqa: S314 (refuse_archive lets no entity in)
            if element.tag == f"{_NAMESPACE}row":
                number = int(element.get("r", number + 1))
                if number > _LAST_ROW:
                    # The streaming reader makes up every row that is left out.
                    raise SheetError(f"trang '{source.title}' có hơn {_LAST_ROW} dòng", "lưu lại bằng Excel")
                if element.get("hidden") in {"1", "true"}:
                    hidden.add(number)
            elif element.tag == f"{_NAMESPACE}mergeCell" and len(merged) < _MOST_MERGED:
                merged.append(range_boundaries(element.get("ref")))
            element.clear()
    return hidden, merged


def _spread(sheet: Sheet, merged: list[Merged]) -> None:
    """Give the rows of a merged range the value that is seen there; sideways it stays where it is."""
    rows = dict(sheet.rows)
    numbers = sorted(rows)
    spread = []
    filled = 0
    for left, top, _, bottom in merged:
        first = rows.get(top)
        if bottom == top or first is None or len(first) < left or first[left - 1] == EMPTY:
            continue
        below = numbers[bisect.bisect_right(numbers, top) : bisect.bisect_right(numbers, bottom)]
        filled += len(below)
        if filled > _MOST_FILLED:
            raise SheetError(
                f"trang '{sheet.name}': ô gộp phủ hơn {_MOST_FILLED} ô", "bỏ gộp ô (Unmerge), lưu lại"
            )
        for number in below:
            cells = rows[number]
            cells += [EMPTY] * (left - len(cells))
            cells[left - 1] = first[left - 1]
        if below:
            spread.append(top)
    if spread:
        sheet.notes.append(
            f"{len(spread)} ô gộp: mọi dòng của ô nhận cùng giá trị (ô bắt đầu ở dòng {_listed(sorted(spread))})"
        )


def _listed(numbers: list[int]) -> str:
    more = f" và {len(numbers) - _MOST_SHOWN} dòng khác" if len(numbers) > _MOST_SHOWN else ""
    return ", ".join(map(str, numbers[:_MOST_SHOWN])) + more
