"""The tile map of a period: every commune where the overview has it, classed by availability. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inventory.model import Layer
from inventory.names import short_unit_name, sort_key
from monitor import official
from monitor.report.document.model import Tile, TileClass, TileMap
from monitor.report.figures.model import CommuneFigures, Figures
from monitor.settings.report import ReportSettings

FAR_RATIO: Final = 0.01
"""So far below the aim is far below."""
LEAST_WITHOUT_AIM: Final = 0.99
"""Where no aim is set: what lies below is far below 100 %. It parts tiles and judges nobody."""
_FREE_COLUMNS: Final = 7
"""Of a block in which no commune has a place."""


def tile_map(figures: Figures, settings: ReportSettings) -> TileMap:
    """Return the map, a block for each area."""
    target = settings.target_ratios.get(Layer.TSLCD)
    tiles: list[Tile] = []
    for area in dict.fromkeys(each.place.area for each in figures.communes):
        own = [each for each in figures.communes if each.place.area == area]
        tiles += _block(figures.areas.get(area, area), own, target)
    return TileMap(tuple(tiles), legend(target))


def legend(target: float | None) -> tuple[tuple[TileClass, str], ...]:
    """Say what the classes mean."""
    if target is None:
        least = official.ratio(LEAST_WITHOUT_AIM)
        said = ("không gián đoạn", f"có gián đoạn, từ {least}", f"dưới {least}")
    else:
        aim, far = official.ratio(target), official.ratio(max(0.0, target - FAR_RATIO))
        said = (f"từ {aim}", f"từ {far} đến dưới {aim}", f"dưới {far}")
    return tuple(zip(TileClass, (*said, official.NOT_ENOUGH), strict=True))


def tile_class(availability_ratio: float | None, target: float | None) -> TileClass:
    """Return the class of an availability."""
    if availability_ratio is None:
        return TileClass.NO_DATA
    meets, least = (1.0, LEAST_WITHOUT_AIM) if target is None else (target, target - FAR_RATIO)
    if availability_ratio >= meets:
        return TileClass.MEETS
    return TileClass.BELOW if availability_ratio >= least else TileClass.FAR_BELOW


def _block(name: str, communes: Sequence[CommuneFigures], target: float | None) -> list[Tile]:
    placed: dict[tuple[int, int], CommuneFigures] = {}
    homeless: list[CommuneFigures] = []
    for commune in communes:
        tile = commune.place.tile
        if tile is None or tile in placed:
            homeless.append(commune)
        else:
            placed[tile] = commune
    columns = max((column for column, _ in placed), default=_FREE_COLUMNS - 1) + 1
    homeless.sort(key=lambda each: sort_key(each.place.name))
    free = _free_cells(placed, columns)
    for commune in homeless:
        placed[next(free)] = commune
    return [_tile(name, cell, placed[cell], target) for cell in sorted(placed, key=lambda at: (at[1], at[0]))]


def _free_cells(taken: Iterable[tuple[int, int]], columns: int) -> Iterator[tuple[int, int]]:
    busy = frozenset(taken)
    row = 0
    while True:
        yield from ((column, row) for column in range(columns) if (column, row) not in busy)
        row += 1


def _tile(block: str, cell: tuple[int, int], commune: CommuneFigures, target: float | None) -> Tile:
    ratio = None if commune.line is None else commune.line.row.availability_ratio
    return Tile(
        block=block,
        column=cell[0],
        row=cell[1],
        name=short_unit_name(commune.place.name),
        figure=official.bare_ratio(ratio),
        tile_class=tile_class(ratio, target),
    )
