"""Columns of the ledger's tables, with what stands in them. Pure.

What is printed leaves out what a sheet has room for; both are made of the same cells.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from alerts.messages import words
from alerts.model.incident import CauseKind
from monitor.report.document import cells
from monitor.report.document.model import Cell, CellKind, Column, TableRow
from monitor.report.ledger.model import Verdict
from monitor.settings.report import ReportSettings

T = TypeVar("T")

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.COUNTS: "tính",
    Verdict.EXCEPTED_CAUSE: "không tính: nguyên nhân loại trừ",
    Verdict.OTHER_SIDE: "không tính: không thuộc phía doanh nghiệp",
    Verdict.UNCONFIRMED: "chưa tính: chưa xác nhận nguyên nhân",
}
NOT_CONTRACTED: Final = "chưa ghi"
UNITS: Final = "g là giờ, p là phút."
_CAUSES: Final = words.VOCABULARIES[words.VI].cause_kinds


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """A column, and what stands in it; not printed: only in a sheet."""

    column: Column
    cell: Callable[[T], Cell]
    is_printed: bool = True


def printed(
    column_id: str, title: str, width_mm: float, cell: Callable[[T], Cell], kind: CellKind = CellKind.TEXT
) -> Place[T]:
    """Return a column on paper and in the sheet."""
    return Place(cells.column(column_id, title, width_mm, kind), cell)


def sheet_only(
    column_id: str, title: str, cell: Callable[[T], Cell], kind: CellKind = CellKind.TEXT
) -> Place[T]:
    """Return a column for which paper has no room."""
    return Place(cells.column(column_id, title, 20, kind), cell, is_printed=False)


def wanted(places: Iterable[Place[T]], *, is_printed: bool) -> tuple[Place[T], ...]:
    """Return the columns of the table on paper, or of the sheet."""
    return tuple(place for place in places if place.is_printed or not is_printed)


def row_of(places: Iterable[Place[T]], value: T) -> TableRow:
    """Return the row of one value."""
    return cells.row(*(place.cell(value) for place in places))


def not_contracted(kind: CellKind) -> Cell:
    """Say that the inventory has no such figure of the contract."""
    return Cell(NOT_CONTRACTED, None, kind)


def excepted_words(settings: ReportSettings) -> str:
    """Name the causes that do not count against a carrier."""
    return ", ".join(_CAUSES[CauseKind(kind)] for kind in settings.not_the_carriers) or "không có"
