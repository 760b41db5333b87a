"""Hours of the week: 7 rows of 24 cells, the darker the more hours; the figure stands in every cell that has one."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from alerts.messages import words
from monitor.report.charts import paper
from monitor.report.document.model import HeatMap
from monitor.report.fonts.faces import Face

DAYS: Final = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
LEFT_MM: Final = 19.0
TOP_MM: Final = 5.0
CELL_WIDTH_MM: Final = (paper.WIDTH_MM - LEFT_MM - 1) / 24
CELL_HEIGHT_MM: Final = 5.3
HEIGHT_MM: Final = TOP_MM + 7 * CELL_HEIGHT_MM + 13
SCALE: Final = ("#ffffff", "#d6e4fb", "#8fb3e8", "#2f69bd", "#0d2c5e")
"""Lightness falls evenly, so that it stays a scale in grey."""
DARK: Final = 0.68
"""Share of the greatest value from which letters are white."""
_TENTH: Final = 0.1
_TEN: Final = 10


def draw(chart: HeatMap) -> Figure:
    """Draw the map; rows beyond what is given stay empty."""
    figure = paper.figure_of(HEIGHT_MM)
    sheet = paper.sheet_of(figure)
    most = max((value for row in chart.values for value in row), default=0.0)
    colours = LinearSegmentedColormap.from_list("hours", SCALE)
    values = [_row(chart, row) for row in range(len(DAYS))]
    shares = [[value / most if most > 0 else 0.0 for value in row] for row in values]
    sheet.pcolormesh(
        [LEFT_MM + hour * CELL_WIDTH_MM for hour in range(25)],
        [TOP_MM + row * CELL_HEIGHT_MM for row in range(len(DAYS) + 1)],
        shares,
        cmap=colours,
        vmin=0,
        vmax=1,
        edgecolors=paper.RULE,
        linewidth=0.5,
    )
    for row, name in enumerate(DAYS):
        middle = TOP_MM + (row + 0.5) * CELL_HEIGHT_MM
        sheet.text(LEFT_MM - 1.5, middle, name, ha="right", va="center", **paper.text_style())
        for hour, (value, share) in enumerate(zip(values[row], shares[row], strict=True)):
            if value > 0:
                style = paper.text_style(6.5, color="#ffffff" if share >= DARK else paper.INK)
                place = LEFT_MM + (hour + 0.5) * CELL_WIDTH_MM
                sheet.text(place, middle, _hours(value), ha="center", va="center", **style)
    for hour in range(24):
        place = LEFT_MM + (hour + 0.5) * CELL_WIDTH_MM
        sheet.text(place, 2.6, str(hour), ha="center", va="center", **paper.text_style(paper.SMALL))
    _frame(sheet)
    if most > 0:
        _scale(sheet, most, colours)
    else:
        middle = TOP_MM + 7 * CELL_HEIGHT_MM + 9
        sheet.text(
            paper.WIDTH_MM / 2,
            middle,
            paper.NONE_HAPPENED,
            ha="center",
            va="center",
            **paper.text_style(paper.BODY, Face.ITALIC, paper.GREY),
        )
    return figure


def _row(chart: HeatMap, row: int) -> list[float]:
    given = chart.values[row] if row < len(chart.values) else ()
    return [given[hour] if hour < len(given) else 0.0 for hour in range(24)]


def _hours(value: float) -> str:
    if value < _TENTH:
        return "<0,1"
    return words.number(value, 1 if value < _TEN else 0)


def _frame(sheet: Axes) -> None:
    size = (24 * CELL_WIDTH_MM, 7 * CELL_HEIGHT_MM)
    sheet.add_patch(Rectangle((LEFT_MM, TOP_MM), *size, fill=False, edgecolor=paper.GREY, linewidth=0.8))
    # A thicker rule before the weekend.
    line = TOP_MM + 5 * CELL_HEIGHT_MM
    sheet.plot((LEFT_MM, LEFT_MM + size[0]), (line, line), color=paper.INK, linewidth=1.0)
    sheet.text(
        LEFT_MM - 1.5, 2.6, "Giờ", ha="right", va="center", **paper.text_style(paper.SMALL, Face.ITALIC)
    )


def _scale(sheet: Axes, most: float, colours: LinearSegmentedColormap) -> None:
    steps, width = 5, 12.0
    top = TOP_MM + 7 * CELL_HEIGHT_MM + 4
    left = LEFT_MM + 44
    sheet.text(
        left - 3,
        top + 2,
        "Tổng số giờ gián đoạn:",
        ha="right",
        va="center",
        **paper.text_style(paper.SMALL, Face.ITALIC),
    )
    for step in range(steps):
        share = step / (steps - 1)
        place = left + step * width
        sheet.add_patch(
            Rectangle((place, top), width, 4, facecolor=colours(share), edgecolor=paper.GREY, linewidth=0.5)
        )
        said = "0" if not step else words.number(share * most, 1 if most < _TEN else 0)
        sheet.text(
            place + width / 2, top + 6.4, said, ha="center", va="center", **paper.text_style(paper.SMALL)
        )
