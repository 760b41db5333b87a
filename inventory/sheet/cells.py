"""Cells: what is in one, as the text a person reads there. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

MAX_COLUMNS: Final = 200
MAX_ROWS: Final = 50_000
"""Rows with anything in them; as many targets as one inventory may have."""
MAX_TEXT: Final = 32_767
"""Characters of a cell (Excel's own limit)."""
FORMULA_STARTS: Final = "=+-@\t\r＝＋－＠"
"""A spreadsheet takes a CSV field that starts so for a formula (OWASP: CSV injection)."""
_TAKEN: Final = re.compile(f"'*[{re.escape(FORMULA_STARTS)}]")
"""What gets an apostrophe in front, that a formula may not begin; more of them, or taking one off would lose one."""
_LOST_DIGITS: Final = 1e15
"""From here on Excel, which keeps 15 digits, may have put zeros for what was typed."""
IS_FORMULA: Final = "ô này là công thức; hãy dán giá trị"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `refusal` says why its content cannot be used, "" when it can; `number` is set for numbers."""

    text: str
    refusal: str = ""
    number: float | None = None


EMPTY: Final = Cell("")


@dataclass(slots=True)
class Sheet:
    """One sheet: its rows that have anything, with their numbers from 1, and what is to be said about it."""

    name: str
    rows: list[tuple[int, list[Cell]]]
    notes: list[str]


class SheetError(Exception):
    """A file cannot be read as a sheet: `what` is wrong and the `remedy`, one Vietnamese line each."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def clean(text: str) -> str:
    """Return a text as it was meant: NFC, every blank a space, without control and invisible characters, trimmed."""
    if text.isascii() and text.isprintable():
        return text.strip()  # most cells, twenty times faster
    spaced = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    return "".join(letter for letter in spaced if letter.isprintable()).strip()


def cell_of(value: object) -> Cell:
    """Return the cell of a value that is no formula: text, number, truth, date, nothing."""
    match value:
        case None:
            return EMPTY
        case bool():
            return Cell("có" if value else "không")
        case int() | float():
            number = float(value)
            if abs(number) >= _LOST_DIGITS:
                return Cell(
                    str(value),
                    "ô này là số quá dài, bảng tính đã làm tròn; định dạng ô là Văn bản (Text) rồi gõ lại",
                )
            # A code typed into an unprepared cell: 21484.0 is 21484.
            return Cell(str(int(value)) if number.is_integer() else repr(value), number=number)
        case datetime() | date() | time() | timedelta():
            return Cell(str(value), "ô này là ngày giờ; định dạng ô là Văn bản (Text) rồi gõ lại")
        case _:
            return Cell(clean(str(value)))


def column_name(index: int) -> str:
    """Return the letters of a column counted from 0: A, B, ..., Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def csv_field(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; `from_csv_field` undoes it."""
    text = "".join(letter for letter in text if letter.isprintable())
    return f"'{text}" if _TAKEN.match(text) else text


def from_csv_field(text: str) -> str:
    """Return what `csv_field` was given."""
    return text[1:] if text.startswith("'") and _TAKEN.match(text) else text
