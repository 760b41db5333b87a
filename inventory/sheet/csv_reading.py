"""CSV files as one sheet of cells: the ways that Excel writes them. Pure."""

import csv
import io
from collections.abc import Callable
from typing import Final

from inventory.sheet.archive import refuse_size
from inventory.sheet.cells import (
    EMPTY,
    IS_FORMULA,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Sheet,
    SheetError,
    clean,
    from_csv_field,
)

_DELIMITERS: Final = (",", ";", "\t")
_SAMPLE_LINES: Final = 20
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAVE_AS: Final = "trong Excel chọn Lưu thành (Save as) kiểu 'CSV UTF-8'"

Score = Callable[[list[str]], int]
"""How much a line looks like a header."""


def read_csv(content: bytes, *, name: str, score: Score) -> Sheet:
    """Return the sheet; raise SheetError when it cannot be read. The delimiter is that of the best header."""
    refuse_size(content)
    text = _decoded(content)
    lines = text.splitlines(keepends=True)
    offset = 0
    delimiter = ""
    if lines and lines[0].casefold().startswith("sep=") and len(lines[0].rstrip("\r\n")) == len("sep=;"):
        # Excel's own hint to itself.
        delimiter, offset = lines[0][len("sep=")], 1
        text = text[len(lines[0]) :]
        lines = lines[1:]
    sheet = Sheet(name, [], [])
    _fill(sheet, text, delimiter or _best(lines[:_SAMPLE_LINES], score), offset)
    return sheet


def _decoded(content: bytes) -> str:
    encoding = "utf-8"
    for bom, name in _BOMS:
        if content.startswith(bom):
            content, encoding = content[len(bom) :], name
            break
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetError("tệp không phải mã UTF-8 hay UTF-16", _SAVE_AS) from error
    if "\0" in text:
        raise SheetError("tệp không phải văn bản (có ký tự NUL)", _SAVE_AS)
    return text


def _best(lines: list[str], score: Score) -> str:
    def best_score(delimiter: str) -> int:
        heads = (_split(line, delimiter)[:MAX_COLUMNS] for line in lines)
        return max((score([clean(field) for field in fields]) for fields in heads), default=0)

    return max(_DELIMITERS, key=best_score)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _fill(sheet: Sheet, text: str, delimiter: str, offset: int) -> None:
    # Strict: a quote that is never closed would otherwise swallow the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = offset
    while True:
        line = reader.line_num + offset + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise SheetError(
                f"dòng {line}: dấu nháy kép không cân, hoặc một ô quá dài",
                'mỗi dấu " mở phải có dấu " đóng; dấu " trong chữ viết thành ""',
            ) from error
        if fields is None:
            return
        number += 1
        if len(fields) > MAX_COLUMNS and any(fields[MAX_COLUMNS:]):
            raise SheetError(f"dòng {line}: hơn {MAX_COLUMNS} cột", "xóa các cột thừa bên phải")
        cells = [_cell(field) for field in fields[:MAX_COLUMNS]]
        while cells and cells[-1] == EMPTY:
            cells.pop()
        if cells:
            sheet.rows.append((number, cells))
        if len(sheet.rows) > MAX_ROWS:
            raise SheetError(f"hơn {MAX_ROWS} dòng", "chia thành nhiều tệp")


def _cell(field: str) -> Cell:
    text = clean(field)
    if text.startswith(("=", "＝")):
        return Cell(text, IS_FORMULA)
    return Cell(from_csv_field(text)) if text else EMPTY
