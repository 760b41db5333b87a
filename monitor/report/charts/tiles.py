"""The tile map: communes as equal tiles in blocks side by side, each with its name and figure; hatches say the class."""

from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from monitor.report.charts import paper
from monitor.report.document.model import Tile, TileClass, TileMap
from monitor.report.fonts.faces import Face

BLOCK_GAP_MM: Final = 5.0
TITLE_MM: Final = 6.0
LEGEND_MM: Final = 9.0
TILE_HEIGHT_MM: Final = 10.6
WIDEST_TILE_MM: Final = 22.0
GAP_MM: Final = 0.7
NAME_SIZES: Final = (7.5, 7.0, 6.5, 6.0, 5.5)
TWO_LINES_SIZE: Final = 6.5
FIGURE_SIZE: Final = 7.5


@dataclass(frozen=True, slots=True)
class Look:
    """How a class is drawn; the hatch is paler than letters, that stand on it."""

    fill: str
    border: str
    ink: str
    hatch: str = ""
    hatch_colour: str = "none"


LOOKS: Final = {
    TileClass.MEETS: Look("#eef8f2", "#1a7f4b", "#0f5c35"),
    TileClass.BELOW: Look("#ffd573", "#8a5a00", "#2b1c00", "////", "#dba93c"),
    TileClass.FAR_BELOW: Look("#9d1f15", "#5c0d07", "#ffffff"),
    TileClass.NO_DATA: Look("#ffffff", "#5b6472", "#222222", "....", "#b6bdc8"),
}


def draw(chart: TileMap) -> Figure:
    """Draw the map. Each block's tiles begin at its upper left corner."""
    blocks: dict[str, list[Tile]] = {}
    for tile in chart.tiles:
        blocks.setdefault(tile.block, []).append(tile)
    firsts = {
        name: (min(tile.column for tile in tiles), min(tile.row for tile in tiles))
        for name, tiles in blocks.items()
    }
    columns = {
        name: 1 + max(tile.column for tile in tiles) - firsts[name][0] for name, tiles in blocks.items()
    }
    rows = max(
        (1 + max(tile.row for tile in tiles) - firsts[name][1] for name, tiles in blocks.items()), default=1
    )
    titled = TITLE_MM if any(blocks) else 0.0
    figure = paper.figure_of(1 + titled + rows * TILE_HEIGHT_MM + LEGEND_MM)
    sheet = paper.sheet_of(figure)
    if not blocks:
        paper.say(sheet, paper.NOTHING)
        return figure
    room = paper.WIDTH_MM - 1 - BLOCK_GAP_MM * (len(blocks) - 1)
    width = min(WIDEST_TILE_MM, room / sum(columns.values()))
    left = (paper.WIDTH_MM - width * sum(columns.values()) - BLOCK_GAP_MM * (len(blocks) - 1)) / 2
    for name, tiles in blocks.items():
        if name:
            title = paper.wrapped(
                paper.shown(name, Face.BOLD), paper.BODY, width * columns[name], 1, Face.BOLD
            )
            middle = left + width * columns[name] / 2
            sheet.text(middle, 3.2, title, ha="center", va="center", **paper.text_style(face=Face.BOLD))
        first_column, first_row = firsts[name]
        for tile in tiles:
            place = left + (tile.column - first_column) * width
            _tile(sheet, tile, place, 1 + titled + (tile.row - first_row) * TILE_HEIGHT_MM, width)
        left += width * columns[name] + BLOCK_GAP_MM
    _legend(sheet, chart, 1 + titled + rows * TILE_HEIGHT_MM + 3.5)
    return figure


def _tile(sheet: Axes, tile: Tile, left: float, top: float, width: float) -> None:
    ink = _box(sheet, tile.tile_class, left, top, width - GAP_MM, TILE_HEIGHT_MM - GAP_MM)
    most = width - GAP_MM - 1.3
    middle = left + (width - GAP_MM) / 2
    name, size = _fitting(paper.shown(tile.name), most)
    lines = name.split("\n")
    baselines = (4.5,) if len(lines) == 1 else (3.2, 6.0)
    for line, baseline in zip(lines, baselines, strict=True):
        style = paper.text_style(size, color=ink)
        sheet.text(middle, top + baseline, line, ha="center", va="baseline", **style)
    figure = paper.wrapped(paper.shown(tile.figure, Face.BOLD), FIGURE_SIZE, most, 1, Face.BOLD)
    style = paper.text_style(FIGURE_SIZE, Face.BOLD, ink)
    sheet.text(middle, top + 9.1, figure, ha="center", va="baseline", **style)


def _fitting(name: str, most_mm: float) -> tuple[str, float]:
    """Return the name at the largest size at which it fits on one line, or on two."""
    for size in NAME_SIZES:
        if paper.width_mm(name, size) <= most_mm:
            return name, size
        lines = paper.wrapped(name, size, most_mm, 2)
        if size <= TWO_LINES_SIZE and "…" not in lines:
            return lines, size
    return paper.wrapped(name, NAME_SIZES[-1], most_mm, 2), NAME_SIZES[-1]


def _box(sheet: Axes, tile_class: TileClass, left: float, top: float, width: float, height: float) -> str:
    """Draw the ground of a tile; return the colour of letters on it."""
    look, place = LOOKS[tile_class], (left, top)
    sheet.add_patch(
        Rectangle(
            place,
            width,
            height,
            facecolor=look.fill,
            edgecolor=look.hatch_colour,
            hatch=look.hatch or None,
            linewidth=0,
        )
    )
    sheet.add_patch(Rectangle(place, width, height, fill=False, edgecolor=look.border, linewidth=0.9))
    return look.ink


def _legend(sheet: Axes, chart: TileMap, top: float) -> None:
    box, gap = 6.0, 5.0
    said = [(tile_class, paper.shown(text)) for tile_class, text in chart.legend]
    size = paper.BODY
    while size > NAME_SIZES[-1] and _legend_mm(said, size, box, gap) > paper.WIDTH_MM:
        size -= 0.5
    left = max(0.0, (paper.WIDTH_MM - _legend_mm(said, size, box, gap)) / 2)
    for tile_class, text in said:
        _box(sheet, tile_class, left, top, box, 4)
        sheet.text(left + box + 1.5, top + 2, text, ha="left", va="center", **paper.text_style(size))
        left += box + 1.5 + paper.width_mm(text, size) + gap


def _legend_mm(said: list[tuple[TileClass, str]], size: float, box: float, gap: float) -> float:
    return sum(box + 1.5 + paper.width_mm(text, size) for _, text in said) + gap * (len(said) - 1)
