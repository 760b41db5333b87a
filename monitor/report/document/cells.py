"""Cells and columns: every figure of a document becomes text here, beside its value. Pure."""

import unicodedata
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from monitor import official
from monitor.report.document.model import Alignment, Cell, CellKind, Column, RowLevel, TableRow
from monitor.report.figures.model import Compared, Figures

EMPTY: Final = Cell("")
DASH: Final = Cell(official.NOTHING)
"""There is nothing to be measured; the notes of a table say why."""


def clean(text: str) -> str:
    """Return text as it is printed: NFC, in one line, blanks single. People's own words come here as they wrote them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text(words: str, *, is_bold: bool = False) -> Cell:
    """Return a cell of words."""
    return Cell(clean(words) or official.NOTHING, clean(words) or None, is_bold=is_bold)


def count(value: int, *, is_bold: bool = False) -> Cell:
    """Return a count: "08"."""
    return Cell(official.count(value), value, CellKind.COUNT, is_bold=is_bold)


def ordinal(value: int) -> Cell:
    """Return a number in the first column: "8"."""
    return Cell(str(value), value, CellKind.NUMBER)


def fraction(value: int, of: int) -> Cell:
    """Return a count of a whole, "08/96"; a dash when there is no whole."""
    return text(official.fraction(value, of)) if of else DASH


def ratio(value: float | None, *, missing: str = official.NOTHING, is_bold: bool = False) -> Cell:
    """Return a ratio without its sign, for a column with (%) in the title."""
    return Cell(official.bare_ratio(value, missing=missing), value, CellKind.RATIO, is_bold=is_bold)


def percentage(value: float | None) -> Cell:
    """Return a ratio with its sign, or that there is not enough data."""
    return Cell(official.ratio(value), value, CellKind.RATIO)


def change(compared: Compared | None) -> Cell:
    """Return by how many percentage points availability has changed, as written."""
    now = None if compared is None else compared.row.availability_ratio
    before = None if compared is None or compared.before is None else compared.before.availability_ratio
    if now is None or before is None:
        return Cell(official.NOTHING, None, CellKind.POINTS)
    # Of the written figures, so that a sheet's difference is the one a reader works out.
    written = (official.hundredths(now) - official.hundredths(before)) / 10_000
    return Cell(official.points(now, before), written, CellKind.POINTS)


def span(seconds: float | None, *, is_bold: bool = False) -> Cell:
    """Return a length in words: "64 giờ 12 phút"; "–" for no time at all."""
    if seconds is None:
        return Cell(official.NOTHING, None, CellKind.DURATION, is_bold=is_bold)
    said = official.span(seconds) if seconds > 0 else official.NOTHING
    return Cell(said, seconds, CellKind.DURATION, is_bold=is_bold)


def short_span(seconds: float | None, *, is_bold: bool = False) -> Cell:
    """Return a length for a narrow column: "64g12p"."""
    if seconds is None:
        return Cell(official.NOTHING, None, CellKind.DURATION, is_bold=is_bold)
    return Cell(official.short_span(seconds), seconds, CellKind.DURATION, is_bold=is_bold)


def moment(at: float | None, figures: Figures, *, missing: str = official.NOTHING) -> Cell:
    """Return a moment for a column: "02:47 21/11", with its year where the period's is another."""
    if at is None:
        return Cell(missing, None, CellKind.MOMENT)
    zone = ZoneInfo(figures.zone)
    years = {
        datetime.fromtimestamp(each, zone).year
        for each in (at, figures.period.from_at, figures.period.until_at - 1)
    }
    if len(years) == 1:
        return Cell(official.short_moment(at, zone), at, CellKind.MOMENT)
    return Cell(f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m/%Y}", at, CellKind.MOMENT)


def column(
    column_id: str,
    title: str,
    width_mm: float,
    kind: CellKind = CellKind.TEXT,
    *,
    target_ratio: float | None = None,
) -> Column:
    """Return a column: words stand left, figures in the middle."""
    alignment = Alignment.LEFT if kind is CellKind.TEXT else Alignment.CENTER
    return Column(column_id, title, width_mm, kind, alignment, target_ratio)


def centred(column_id: str, title: str, width_mm: float) -> Column:
    """Return a column of short words that stand in the middle."""
    return Column(column_id, title, width_mm, CellKind.TEXT, Alignment.CENTER)


def row(*cells: Cell) -> TableRow:
    """Return a row of data."""
    return TableRow(cells)


def group(title: str) -> TableRow:
    """Return a heading within a table."""
    return TableRow((Cell(clean(title), clean(title), is_bold=True),), RowLevel.GROUP)


def total(*cells: Cell) -> TableRow:
    """Return a row of sums."""
    return TableRow(cells, RowLevel.TOTAL)
