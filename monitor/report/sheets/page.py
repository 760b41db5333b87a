"""One sheet of a workbook: title, header that stays in view, rows, notes, marks, paper. No I/O."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.report.document.model import CellKind, RowLevel, TableRow
from monitor.report.sheets.layout import Content, Sheet, SheetColumn, cell_text, printed

TITLE_ROW: Final = 0
HEADER_ROW: Final = 1

_FONT: Final = "Times New Roman"
_HEADER_COLOUR: Final = "#DCE6F1"
_GROUP_COLOUR: Final = "#F2F2F2"
_BORDER_COLOUR: Final = "#BFBFBF"
_BELOW_COLOURS: Final = ("#9C0006", "#FFC7CE")
_BETTER_COLOUR: Final = "#1E6B2E"
_A4: Final = 9
_LETTERS_PER_MM: Final = 0.5
_LEAST_WIDTH: Final = 7
_MOST_WIDTH: Final = 60
_FILTER_WIDTH: Final = 2
_MOMENT_WIDTH: Final = 17
_HEADER_HEIGHT: Final = 48

_TEXT_FORMAT: Final = "@"
# Locale-neutral codes: a Vietnamese spreadsheet shows 0.00 as 0,00.
_FORMATS: Final = {
    CellKind.COUNT: "#,##0",
    CellKind.POINTS: "+0.00;-0.00;0.00",
    CellKind.DURATION: "#,##0.00",
    CellKind.MOMENT: "dd/mm/yyyy hh:mm",
}
_TARGET_DIGITS: Final = 6
_NO_FIGURE: Final = {"type": "blanks", "stop_if_true": True}
"""An empty cell would count as 0."""
_PER_CENT: Final = "0.00%"
_PERCENTAGE: Final = "0.00"


class PageWriter:
    """Writes sheets into one workbook of XlsxWriter."""

    def __init__(self, book: Any, zone: ZoneInfo, *, mark: str, digest: str) -> None:
        self._book = book
        self._zone = zone
        self._mark = cell_text(mark)
        self._digest = digest
        self._looks: dict[tuple[str, RowLevel, bool], Any] = {}
        common = {"font_name": _FONT, "font_size": 11, "valign": "top"}
        self._common = common
        self._title = book.add_format({**common, "bold": True, "font_size": 14})
        self._note = book.add_format({**common, "italic": True})
        self._header = book.add_format(
            {
                **common,
                "bold": True,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
                "bg_color": _HEADER_COLOUR,
                "border": 1,
                "border_color": _BORDER_COLOUR,
            }
        )
        colour, ground = _BELOW_COLOURS
        self._below = book.add_format({"font_color": colour, "bg_color": ground})
        self._worse = book.add_format({"font_color": colour})
        self._better = book.add_format({"font_color": _BETTER_COLOUR})

    def add(self, sheet: Sheet) -> None:
        """Add one sheet."""
        page = self._book.add_worksheet(sheet.title)
        page.write_string(TITLE_ROW, 0, cell_text(sheet.table.caption) or sheet.title, self._title)
        contents = [
            [printed(row, column, self._zone) for column in sheet.columns] for row in sheet.table.rows
        ]
        for index, column in enumerate(sheet.columns):
            width = _width(column, [row[index] for row in contents], sheet.table.rows)
            page.set_column(index, index, width)
            page.write_string(HEADER_ROW, index, column.title, self._header)
        page.set_row(HEADER_ROW, _HEADER_HEIGHT)
        for number, (row, values) in enumerate(zip(sheet.table.rows, contents, strict=True), HEADER_ROW + 1):
            for index, (column, content) in enumerate(zip(sheet.columns, values, strict=True)):
                self._write(page, (number, index), content, self._look(row, column, content))
        last = HEADER_ROW + len(contents)
        for number, note in enumerate(sheet.table.notes, last + 2):
            page.write_string(number, 0, cell_text(note), self._note)
        if sheet.columns:
            page.autofilter(HEADER_ROW, 0, max(last, HEADER_ROW + 1), len(sheet.columns) - 1)
        page.freeze_panes(HEADER_ROW + 1, 0)
        self._mark_figures(page, sheet, last)
        self._set_paper(page, sheet)

    def _write(self, page: Any, at: tuple[int, int], content: Content, look: Any) -> None:
        match content:
            case None:
                page.write_blank(*at, None, look)
            case str():
                page.write_string(*at, content, look)
            case datetime():
                page.write_datetime(*at, content, look)
            case _:
                page.write_number(*at, content, look)

    def _look(self, row: TableRow, column: SheetColumn, content: Content) -> Any:
        is_group = row.level is RowLevel.GROUP
        cell = row.cells[0] if is_group else row.cells[column.source]
        code = _TEXT_FORMAT if isinstance(content, str) or is_group else _code(column, cell.kind, cell.text)
        key = (code, row.level, cell.is_bold)
        if key not in self._looks:
            look = {**self._common, "num_format": code, "border": 1, "border_color": _BORDER_COLOUR}
            if code == _TEXT_FORMAT and not is_group:
                look["indent"] = 1  # a text beside a figure would touch it
            if cell.is_bold or row.level is not RowLevel.DATA:
                look["bold"] = True
            if row.level is not RowLevel.DATA:
                look["bg_color"] = _GROUP_COLOUR
            self._looks[key] = self._book.add_format(look)
        return self._looks[key]

    def _mark_figures(self, page: Any, sheet: Sheet, last: int) -> None:
        """Colour what is below its target, and show by arrows what became better or worse."""
        for index, column in enumerate(sheet.columns):
            area = (HEADER_ROW + 1, index, max(last, HEADER_ROW + 1), index)
            if column.kind is CellKind.RATIO and column.target_ratio is not None:
                # The last bits of a product must not make 90,21 less than 90,21.
                target = round(column.target_ratio * (100 if column.is_percentage else 1), _TARGET_DIGITS)
                page.conditional_format(*area, _icons("3_symbols_circled", (target, target)))
                page.conditional_format(*area, _NO_FIGURE)
                page.conditional_format(
                    *area, {"type": "cell", "criteria": "<", "value": target, "format": self._below}
                )
            if column.kind is CellKind.POINTS:
                page.conditional_format(*area, _icons("3_arrows", (0.005, -0.004)))
                page.conditional_format(*area, _NO_FIGURE)
                page.conditional_format(
                    *area, {"type": "cell", "criteria": "<", "value": 0, "format": self._worse}
                )

    def _set_paper(self, page: Any, sheet: Sheet) -> None:
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEADER_ROW)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        name, mark = _escaped(sheet.title), _escaped(self._mark)
        page.set_header(f"&L{name}&R{mark}")
        page.set_footer(f"&L{self._digest[:8]}&RTrang &P/&N")


def _code(column: SheetColumn, kind: CellKind, text: str) -> str:
    if kind is CellKind.RATIO:
        return _PERCENTAGE if column.is_percentage else _PER_CENT
    if kind is CellKind.NUMBER:
        decimals = len(text.rpartition(",")[2]) if "," in text else 0
        return f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return _FORMATS.get(kind, _TEXT_FORMAT)


def _icons(style: str, limits: tuple[float, float]) -> dict[str, object]:
    high, low = limits
    return {
        "type": "icon_set",
        "icon_style": style,
        "icons": [
            {"criteria": ">=", "type": "number", "value": high},
            {"criteria": ">=", "type": "number", "value": low},
        ],
    }


def _width(column: SheetColumn, contents: list[Content], rows: tuple[TableRow, ...]) -> float:
    """Return the width in letters: of what stands in it, a heading of several columns aside."""
    if column.kind is CellKind.MOMENT:
        return _MOMENT_WIDTH
    longest = max(
        (
            len(content)
            for content, row in zip(contents, rows, strict=True)
            if isinstance(content, str) and row.level is not RowLevel.GROUP
        ),
        default=0,
    )
    wanted = max(
        longest + _FILTER_WIDTH,
        column.width_mm * _LETTERS_PER_MM,
        *map(len, column.title.split()),
        _LEAST_WIDTH,
    )
    return min(wanted, _MOST_WIDTH)


def _escaped(text: str) -> str:
    return text.replace("&", "&&")
