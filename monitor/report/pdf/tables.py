"""Tables: a header row on every page, rows that stay whole, group rows over all columns that stand with what follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph
from reportlab.platypus import Table as Grid

from monitor.report.document.model import Alignment, RowLevel, Table, TableRow
from monitor.report.fonts.faces import Face
from monitor.report.pdf import looks
from monitor.report.pdf.frame import Frame
from monitor.report.pdf.letters import MM, marked_up, plain, width

PADDING: Final = 1.2 * MM
LINE: Final = 0.5
LEAST_SHARE: Final = 0.03
MOST_SHRUNK: Final = 1.4
MOST_KEPT_SHARE: Final = 1 / 3
"""A table not higher than this share of a page stays whole."""
MOST_ROW_SHARE: Final = 0.55
"""A row that would be higher than this share of a page is continued in another."""
MOST_HELD_SHARE: Final = 0.4
"""Rows that are held together are not higher than this."""
MOST_NOTES_SHARE: Final = 0.2
"""Notes not higher than this stand on the page of the last row."""
BEGINNING: Final = 45 * MM
"""Caption, header and a row: a table does not begin with less room than that."""


def table_flowables(table: Table, frame: Frame) -> list[Flowable]:
    """Return a table with its caption above and its notes below."""
    caption = [frame.line(looks.CAPTION, table.caption)] if table.caption else []
    notes = [frame.line(looks.NOTE, note) for note in table.notes]
    grid = _grid(table, frame)
    _, height = grid.wrap(frame.width, frame.height)
    if height <= frame.height * MOST_KEPT_SHARE:
        return [KeepTogether([*caption, grid, *notes])]
    beginning = [CondPageBreak(min(BEGINNING, frame.height / 2)), *caption]
    if sum(note.wrap(frame.width, frame.height)[1] for note in notes) > frame.height * MOST_NOTES_SHARE:
        return [*beginning, grid, *notes]
    return [*beginning, _grid(table, frame, notes)]


@dataclass(slots=True)
class _Drawn:
    """What a table's rows have become: rows of the grid, and commands about them."""

    rows: list[list[Flowable | str]] = field(default_factory=list)
    commands: list[tuple[Any, ...]] = field(default_factory=list)


def _grid(table: Table, frame: Frame, notes: Sequence[Flowable] = ()) -> Grid:
    """Return the grid; `notes` become its last row, which has no lines and stands with the row above."""
    look = looks.SMALL_CELL if frame.is_appendix else looks.CELL
    widths = _widths(table, frame)
    drawn = _Drawn(
        [[frame.line(look, column.title, Alignment.CENTER, is_bold=True) for column in table.columns]],
        [
            ("FONTNAME", (0, 0), (-1, -1), Face.REGULAR.value),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
            ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ],
    )
    above: TableRow | None = None
    above_height = 0.0
    for row in table.rows:
        first = len(drawn.rows)
        height = _add(drawn, table, row, widths, look, frame)
        is_held = above is not None and (above.level is RowLevel.GROUP or row.level is RowLevel.TOTAL)
        if is_held and above_height + height <= frame.height * MOST_HELD_SHARE:
            drawn.commands.append(("NOSPLIT", (0, first - 1), (-1, first)))
        above, above_height = row, height
    if notes:
        last = len(drawn.rows)
        drawn.rows.append([list(notes), *[""] * (len(widths) - 1)])
        drawn.commands += [
            ("SPAN", (0, last), (-1, last)),
            ("LEFTPADDING", (0, last), (-1, last), 0),
            ("RIGHTPADDING", (0, last), (-1, last), 0),
        ]
        if above_height <= frame.height * MOST_HELD_SHARE:
            drawn.commands.append(("NOSPLIT", (0, last - 1), (-1, last)))
    lined = -2 if notes else -1
    drawn.commands.append(("GRID", (0, 0), (-1, lined), LINE, colors.black))
    return Grid(
        drawn.rows,
        colWidths=widths,
        repeatRows=1,
        splitInRow=0,
        style=drawn.commands,
        spaceBefore=2,
        spaceAfter=4,
    )


def _add(drawn: _Drawn, table: Table, row: TableRow, widths: list[float], look: str, frame: Frame) -> float:
    """Add a row, or several of one that is too high; return about how high it is at most."""
    if row.level is RowLevel.GROUP:
        title = row.cells[0].text if row.cells else ""
        styled = looks.style(look, Alignment.LEFT, is_bold=True, scale=frame.scale)
        cells = [_cell(styled, title, sum(widths) - 2 * PADDING, frame)]
        drawn.commands += [
            ("SPAN", (0, number), (-1, number))
            for number in range(len(drawn.rows), len(drawn.rows) + len(cells[0].parts))
        ]
    else:
        is_total = row.level is RowLevel.TOTAL
        cells = [
            _cell(
                looks.style(look, column.alignment, is_bold=is_total or cell.is_bold, scale=frame.scale),
                cell.text,
                wide - 2 * PADDING,
                frame,
            )
            for cell, column, wide in zip(row.cells, table.columns, widths, strict=True)
        ]
    for line in zip_longest(*(cell.parts for cell in cells), fillvalue=""):
        drawn.rows.append([*line] + [""] * (len(widths) - len(line)))
    return max(cell.height for cell in cells)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell: one paragraph, or several of one too high for a page; and about how high it is at most."""

    parts: list[Flowable]
    height: float


def _cell(styled: tuple[ParagraphStyle, Face], text: str, room: float, frame: Frame) -> _Cell:
    """Return a cell. A figure that is a little too long for its column is written smaller, never broken."""
    made, face = styled
    long = width(plain(text, face), face, made.fontSize)
    if " " not in text and room < long < room * MOST_SHRUNK:
        made = made.clone(made.name, fontSize=made.fontSize * (room - 0.3) / long)
        long = room
    # Words leave lines a third empty at most, but for a column narrower than words.
    lines = 1 + text.count("\n") + (max(long / max(room, 1.0) * 1.5, text.count(" ")) if long > room else 0)
    height = lines * made.leading
    whole = Paragraph(marked_up(text, face), made)
    most = frame.height * MOST_ROW_SHARE
    if height <= most:
        return _Cell([whole], height)
    parts: list[Flowable] = []
    rest: list[Flowable] = [whole]
    while rest:
        part, *after = rest[0].split(max(room, 1.0), most) or rest
        parts.append(part)
        rest = after
    return _Cell(parts, most)


def _widths(table: Table, frame: Frame) -> list[float]:
    """Return widths that fill the line; none is so narrow that its margins leave no room for a letter."""
    total = sum(column.width_mm for column in table.columns)
    shares = [max(column.width_mm / total, LEAST_SHARE) for column in table.columns]
    return [share * frame.width / sum(shares) for share in shares]
