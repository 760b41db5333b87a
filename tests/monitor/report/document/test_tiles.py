from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Layer
from monitor import official
from monitor.report.document.model import TileClass
from monitor.report.document.tiles import legend, tile_class, tile_map
from monitor.settings.report import ReportSettings
from tests.effort import examples
from tests.monitor.report.small_figures import small_figures


@settings(max_examples=examples(50))
@given(
    st.lists(
        st.none() | st.tuples(st.integers(0, 3), st.integers(0, 3)),
        min_size=6,
        max_size=6,
    )
)
def test_every_commune_has_a_cell_of_its_own(places: list[tuple[int, int] | None]) -> None:
    figures = small_figures()
    communes = tuple(
        replace(each, place=replace(each.place, tile=tile))
        for each, tile in zip(figures.communes, places, strict=True)
    )
    tiles = tile_map(replace(figures, communes=communes), ReportSettings()).tiles
    assert len({(tile.block, tile.column, tile.row) for tile in tiles}) == len(tiles) == 6
    homes = [(each.place.area, each.place.tile) for each in communes if each.place.tile is not None]
    kept = {(tile.block, (tile.column, tile.row)) for tile in tiles}
    assert {(figures.areas[area], tile) for area, tile in homes} <= kept


def test_communes_without_a_place_fill_free_cells_by_name() -> None:
    figures = small_figures()
    communes = tuple(
        replace(each, place=replace(each.place, area="qn", tile=(1, 0) if number == 0 else None))
        for number, each in enumerate(figures.communes)
    )
    tiles = tile_map(replace(figures, communes=communes), ReportSettings()).tiles
    assert [(tile.column, tile.row, tile.name) for tile in tiles] == [
        (0, 0, "Ba Tơ"),
        (1, 0, "Đăk Pék"),
        (0, 1, "Cẩm Thành"),
        (1, 1, "Đăk Plô"),
        (0, 2, "Lý Sơn"),
        (1, 2, "Măng Ri"),
    ]


def test_without_an_aim_tiles_are_told_apart_by_what_was_seen() -> None:
    assert [tile_class(each, None) for each in (1.0, 0.9999, 0.99, 0.98, None)] == [
        TileClass.MEETS,
        TileClass.BELOW,
        TileClass.BELOW,
        TileClass.FAR_BELOW,
        TileClass.NO_DATA,
    ]
    assert [words for _, words in legend(None)] == [
        "không gián đoạn",
        "có gián đoạn, từ 99,00%",
        "dưới 99,00%",
        "không đủ dữ liệu",
    ]


def test_with_an_aim_tiles_say_how_far_below_it_they_are() -> None:
    assert [tile_class(each, 0.995) for each in (0.995, 0.99, 0.98)] == [
        TileClass.MEETS,
        TileClass.BELOW,
        TileClass.FAR_BELOW,
    ]
    assert dict(legend(0.995))[TileClass.BELOW] == "từ 98,50% đến dưới 99,50%"


def test_a_tile_shows_the_figure_of_the_appendix() -> None:
    figures = small_figures()
    tiles = tile_map(figures, ReportSettings(target_ratios={Layer.TSLCD: 0.995})).tiles
    by_name = {tile.name: tile.figure for tile in tiles}
    line = figures.communes[0].line
    assert line is not None
    assert by_name["Đăk Pék"] == official.bare_ratio(line.row.availability_ratio)
