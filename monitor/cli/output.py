"""What commands print: tables for people, tab-separated lines for pipes, JSON for programs; talk goes to stderr."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from probes.wording import one_line

if TYPE_CHECKING:
    from rich.text import Text

CELL_LIMIT: Final = 300
_WHOLE_LIMIT: Final = 20
"""Longer codes may be broken."""

STATE_STYLES: Final[Mapping[str, str]] = {
    "down": "bold white on red3",
    "affected": "red3",
    "degraded": "dark_orange3",
    "unknown": "bright_black",
    "up": "green4",
    "ĐẠT": "green4",
    "CẢNH BÁO": "dark_orange3",
    "LỖI": "bold white on red3",
}
STATE_SIGNS: Final[Mapping[str, str]] = {
    "down": "✕",
    "affected": "⇥",
    "degraded": "▲",
    "unknown": "?",
    "up": "●",
    "unwatched": "–",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, the state that colours it ("" for none), and what stands under it on a terminal."""

    text: str
    state: str = ""
    below: str = ""


Row = Sequence[Cell | str]


class Output:
    """Prints in the format asked for (simple, extended or json)."""

    def __init__(self, style: str, *, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self.style = style
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._is_terminal = self._stdout.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def is_json(self) -> bool:
        """Whether a program reads."""
        return self.style == "json"

    @property
    def is_extended(self) -> bool:
        """Whether everything is wanted, not only what matters now."""
        return self.style == "extended"

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, with room for a drawing."""
        return self._is_terminal

    def json(self, body: Mapping[str, object]) -> None:
        """Print one JSON object."""
        print(json.dumps(body, ensure_ascii=False, indent=2), file=self._stdout)

    def line(self, text: str = "") -> None:
        """Print one line of the answer."""
        print(text, file=self._stdout)

    def note(self, text: str) -> None:
        """Print something around the answer: to stderr, so that pipes carry data only."""
        print(text, file=self._stderr)

    def table(self, headers: Sequence[str], rows: Sequence[Row], *, name_width: int = 0) -> None:
        """Print rows: aligned and coloured on a terminal, else one line each with tabs between and no header.

        `name_width`: on a terminal too narrow for everything the first column gives way, down to so many columns, and
        no figure is cut.
        """
        cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
        if not self._is_terminal:
            for row in cells:
                texts = [
                    text for cell in row for text in ([cell.text, cell.below] if cell.below else [cell.text])
                ]
                self.line("\t".join(one_line(text, CELL_LIMIT) for text in texts))
            return
        if not cells:
            return
        self._rich_table(headers, cells, name_width)

    def error(self, what: str, remedy: str = "") -> None:
        """Print an error and what to do about it."""
        self.note(f"lỗi: {one_line(what, 2_000)}")
        if remedy:
            self.note(f"cách sửa: {one_line(remedy, 2_000)}")

    def _rich_table(self, headers: Sequence[str], cells: Sequence[Sequence[Cell]], name_width: int) -> None:
        from rich.cells import cell_len  # noqa: PLC0415 (only a terminal pays for loading it)
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, header_style="bold")
        for header, column in zip(headers, zip(*cells, strict=True), strict=True):
            table.add_column(header, overflow="fold", no_wrap=all(map(_is_whole, column)))
        for row in cells:
            table.add_row(*(_rich_text(cell) for cell in row))
        # NO_COLOR is honoured by rich itself (https://no-color.org).
        console = Console(file=self._stdout, highlight=False)
        too_wide = (
            console.measure(table, options=console.options.update(width=10_000)).maximum - console.width
        )
        if name_width and too_wide > 0:
            lines = (line for row in cells for line in (row[0].text, row[0].below))
            table.columns[0].width = max(name_width, max(map(cell_len, lines)) - too_wide)
        console.print(table)


def _is_whole(cell: Cell) -> bool:
    """Whether a cell is a code, a number or a time: of no use to who wants to copy it once it is broken in two."""
    return " " not in cell.text and len(cell.text) <= _WHOLE_LIMIT


def _rich_text(cell: Cell) -> "Text":
    from rich.text import Text  # noqa: PLC0415

    text = Text(one_line(cell.text, CELL_LIMIT), style=STATE_STYLES.get(cell.state, ""))
    return text.append(f"\n{one_line(cell.below, CELL_LIMIT)}", "dim") if cell.below else text


def state_cell(state: str, word: str) -> Cell:
    """Return the cell of a state: sign, word and colour."""
    return Cell(f"{STATE_SIGNS.get(state, '')} {word}".strip(), state)
