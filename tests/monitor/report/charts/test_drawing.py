"""Charts: everything in them is seen whole, says what is true, and is the same each time."""

import struct
from datetime import date, timedelta
from itertools import pairwise

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from monitor.report.charts import causes, days, heat, line, paper, tiles
from monitor.report.charts.drawing import png
from monitor.report.document.model import (
    CauseChart,
    Chart,
    DayChart,
    HeatMap,
    LineChart,
    Tile,
    TileClass,
    TileMap,
)
from tests.monitor.report.rich_document import VIETNAMESE

# A sign without a glyph is a warning of matplotlib.
pytestmark = pytest.mark.filterwarnings("error")

LABELS = tuple(f"{(number + 10) % 12 + 1:02d}/{2025 + (number + 10) // 12}" for number in range(12))
HOSTILE = (
    "Xã <b>$x^2$ & \x00\x1b \N{UMBRELLA WITH RAIN DROPS} rất rất dài không có chỗ nào để viết hết ra đây cả"
)
LEGEND = (
    (TileClass.MEETS, "từ 99,50% trở lên"),
    (TileClass.BELOW, "từ 99,00% đến dưới 99,50%"),
    (TileClass.FAR_BELOW, "dưới 99,00%"),
    (TileClass.NO_DATA, "không đủ dữ liệu"),
)


def _days(first: date, counts: tuple[int, ...]) -> DayChart:
    each = tuple(first + timedelta(number) for number in range(len(counts)))
    return DayChart(each, counts, tuple(day.weekday() > 4 for day in each))


def _map(names: tuple[str, ...], wide: int = 4) -> TileMap:
    return TileMap(
        tuple(
            Tile(f"Khối {n % 2}", n // 2 % wide, n // 2 // wide, name, "100,00", tuple(TileClass)[n % 4])
            for n, name in enumerate(names)
        ),
        LEGEND,
    )


CHARTS: dict[str, Chart] = {
    "a year with gaps": LineChart(LABELS, (0.9987, None, 0.9978, *(0.999,) * 8, 0.9871), 0.995),
    "from nothing to all": LineChart(LABELS[:3], (0.0, 1.0, 0.00001), 1.0),
    "one period": LineChart((LABELS[0],), (0.99951,)),
    "no figure in any period": LineChart(LABELS[:2], (None, None), 0.99),
    "no period": LineChart((), ()),
    "hostile labels": LineChart((HOSTILE[:12], "$a$"), (1.0, 0.5)),
    "a month": _days(date(2026, 11, 1), tuple(n % 4 for n in range(30))),
    "a month in which much happened": _days(date(2026, 10, 15), (12_000, *(0,) * 29, 1)),
    "a quiet week": _days(date(2026, 11, 16), (0,) * 7),
    "no day": DayChart((), (), ()),
    "causes": CauseChart((HOSTILE, VIETNAMESE[:70], "Mất điện"), (7_000.5, 0.2, 0.0), (1_234, 1, 0)),
    "no cause": CauseChart((), (), ()),
    "tiles": _map(("Đăk Rơ Wa", "Sơn Tây Thượng", "Lý Sơn", "Trương Quang Trọng", HOSTILE, "Y", "", "Bờ Y")),
    "one tile": TileMap((Tile("", 7, 3, "Ba Tơ", "–", TileClass.NO_DATA),), ()),
    "many columns": _map(("Nguyễn Nghiêm",) * 16, wide=8),
    "no tile": TileMap((), LEGEND),
    "hours of the week": HeatMap(tuple(tuple(float(hour * day) for hour in range(24)) for day in range(7))),
    "quiet hours": HeatMap(((0.0,) * 24,) * 7),
    "no hours": HeatMap(()),
}


def _figure(chart: Chart) -> Figure:
    rooms = {LineChart: line, DayChart: days, CauseChart: causes, TileMap: tiles, HeatMap: heat}
    made: Figure = rooms[type(chart)].draw(chart)  # type: ignore[attr-defined]
    return made


def _texts(figure: Figure) -> list[str]:
    return [found.get_text() for found in figure.findobj(Text) if found.get_visible() and found.get_text()]


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_a_chart_is_as_wide_as_a_page_and_nothing_written_in_it_is_cut_off(chart: Chart) -> None:
    with paper.plain_style():
        figure = _figure(chart)
        canvas = FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        width, height = canvas.get_width_height()
        assert width == int(160 / 25.4 * 200)
        assert 100 < height < 1400
        for text in figure.findobj(Text):
            if not text.get_visible() or not text.get_text().strip():
                continue
            box = text.get_window_extent()
            where = (text.get_text(), box)
            assert box.x0 >= -1, where
            assert box.y0 >= -1, where
            assert box.x1 <= width + 1, where
            assert box.y1 <= height + 1, where


@pytest.mark.parametrize("name", ["one period", "one tile"])
def test_a_chart_is_the_same_each_time_whatever_the_machine_prefers(name: str) -> None:
    first = png(CHARTS[name])
    assert first.startswith(b"\x89PNG")
    assert struct.unpack(">I", first[16:20]) == (1259,)
    assert b"Software" not in first
    with mpl.rc_context({"lines.linewidth": 20, "font.size": 40, "axes.facecolor": "red", "savefig.dpi": 30}):
        assert png(CHARTS[name]) == first
        assert mpl.rcParams["font.size"] == 40


@pytest.mark.parametrize("values", [(0.9987, None, 0.9951), (1.0,), (0.0, 0.3), (0.89, 0.91), (0.99999,)])
def test_the_axis_of_the_line_reaches_below_every_value_and_says_where_it_begins(
    values: tuple[float | None, ...],
) -> None:
    target = 0.999
    figure = line.draw(LineChart(LABELS[: len(values)], values, target))
    low, high = figure.axes[0].get_ylim()
    assert high > 100
    known = [value for value in (*values, target) if value is not None]
    assert low < min(known) * 100 or low == 0
    begins = [text for text in _texts(figure) if "trục đứng bắt đầu từ" in text]
    assert bool(begins) == (low > 0)
    assert any("Mục tiêu 99,90%" in text for text in _texts(figure))


def test_a_period_without_a_figure_is_a_gap_that_says_so() -> None:
    figure = line.draw(LineChart(LABELS[:3], (0.99, None, 0.98)))
    heights = figure.axes[0].lines[0].get_ydata()
    assert [height == height for height in heights] == [True, False, True]  # noqa: PLR0124 (a gap is not a number)
    assert "không đủ dữ liệu" in _texts(figure)
    assert not any("Mục tiêu" in text for text in _texts(figure))


def test_bars_have_whole_numbers_and_free_days_are_explained() -> None:
    figure = days.draw(_days(date(2026, 11, 1), (1, 0, 2)))
    assert all(float(tick) == int(tick) for tick in figure.axes[0].get_yticks())
    assert "Ngày nghỉ, ngày lễ" in _texts(figure)
    assert "Ngày trong tháng 11/2026" in _texts(figure)
    workdays = days.draw(_days(date(2026, 11, 2), (1, 0, 2)))
    assert "Ngày nghỉ, ngày lễ" not in _texts(workdays)


def test_causes_say_hours_and_count_as_the_text_does() -> None:
    figure = causes.draw(CauseChart(("Đứt cáp", "Mất điện"), (64.2, 0.005), (5, 1)))
    assert "64 giờ 12 phút (05 sự cố)" in _texts(figure)
    assert "dưới 01 phút (01 sự cố)" in _texts(figure)


def test_long_names_are_broken_between_words_and_keep_their_letters() -> None:
    name, size = tiles._fitting("Sơn Tây Thượng", 11.0)
    assert name == "Sơn Tây\nThượng"
    assert size >= 5.5
    cut, _ = tiles._fitting("Nghiêngngảnghiêngngả", 6.0)
    assert cut.endswith("…")


def _lightness(colour: str) -> float:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_classes_of_tiles_differ_without_colour() -> None:
    looks = list(tiles.LOOKS.values())
    for place, look in enumerate(looks):
        assert abs(_lightness(look.fill) - _lightness(look.ink)) > 0.5
        for other in looks[place + 1 :]:
            assert look.hatch != other.hatch or abs(_lightness(look.fill) - _lightness(other.fill)) > 0.3


def test_the_scale_of_hours_darkens_evenly() -> None:
    steps = [_lightness(colour) for colour in heat.SCALE]
    assert min(above - below for above, below in pairwise(steps)) > 0.1


def test_days_of_the_week_are_named_in_vietnamese_beginning_with_monday() -> None:
    texts = _texts(heat.draw(HeatMap(((1.26,) + (0.0,) * 23,) + ((0.0,) * 24,) * 6)))
    assert [text for text in texts if text in heat.DAYS] == list(heat.DAYS)
    assert texts.count("1,3") == 2  # its cell, and the end of the scale


@pytest.mark.parametrize("label", ["12/2026", "Q.IV/2026", "6T cuối 2026", "2026-11-01..2026-11-15"])
def test_names_of_periods_stand_side_by_side_and_whole(label: str) -> None:
    count = 12
    figure = line.draw(LineChart((label,) * count, (0.99,) * count))
    FigureCanvasAgg(figure).draw()
    marks = [mark for mark in figure.axes[0].get_xticklabels() if mark.get_text()]
    assert ["".join(mark.get_text().split()) for mark in marks] == ["".join(label.split())] * count
    boxes = [mark.get_window_extent() for mark in marks]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert all(box.y0 >= 0 for box in boxes)
