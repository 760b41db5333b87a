"""The smoke graph as SVG: well-formed whatever is in it, and everything that ux.md asks of it."""

from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from monitor.series.smoke import Marks, Smoke, Stretch
from monitor.web.pictures.drawing import Lines, Rect, Text
from monitor.web.pictures.palette import DARK, LIGHT
from monitor.web.pictures.smoke import TICK_WIDTH, TOP, smoke_drawing
from monitor.web.pictures.svg import svg
from tests.monitor.web.pictures.graphs import BEGIN, bucket, graph_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOSTILE = "<script>alert(1)</script>\" onload='x' \x00\x1b\u202e]]> & Ễ"


def drawn(graph: Smoke, title: str = "Xã Ba Tơ") -> str:
    return svg(smoke_drawing(graph, title=title, zone=ZONE))


@pytest.mark.parametrize(
    "graph",
    [
        graph_of([None] * 5),
        graph_of([bucket(0)]),
        graph_of([bucket(0, lost=20)]),
        graph_of([bucket(number, lost=number % 21) for number in range(2_100)]),
    ],
    ids=["no-data", "one-point", "all-lost", "2100-points"],
)
def test_a_graph_of_any_size_is_well_formed_and_says_what_it_shows(graph: Smoke) -> None:
    root = ET.fromstring(drawn(graph))  # noqa: S314 (our own writer's)
    assert root.tag.endswith("svg")
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "Xã Ba Tơ"
    assert root.findtext("{http://www.w3.org/2000/svg}desc")


def test_hostile_names_stay_text() -> None:
    marks = Marks(
        maintenance=(Stretch(HOSTILE, BEGIN, None),), incidents=(Stretch(HOSTILE, BEGIN, BEGIN + 300),)
    )
    text = drawn(graph_of([bucket(0), bucket(1)], marks), title=HOSTILE)
    root = ET.fromstring(text)  # noqa: S314 (our own writer's)
    names = {element.tag.partition("}")[2] for element in root.iter()}
    assert "script" not in names
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "Ễ" in text


def test_holes_are_striped_and_total_loss_is_a_dark_block_of_full_height() -> None:
    drawing = smoke_drawing(
        graph_of([bucket(0), None, None, bucket(3, lost=20), bucket(4)]), title="x", zone=ZONE
    )
    holes = [each for each in drawing.shapes if isinstance(each, Rect) and each.hatch]
    blocks = [
        each for each in drawing.shapes if isinstance(each, Rect) and each.fill == "#000000" and each.y == TOP
    ]
    assert len(holes) == 1  # neighbours are one
    assert len(blocks) == 1
    assert blocks[0].height == holes[0].height


def test_medians_have_the_colour_of_their_loss_and_what_is_above_the_frame_a_mark() -> None:
    calm = [bucket(number) for number in range(200)]
    drawing = smoke_drawing(
        graph_of([*calm, bucket(200, lost=1), bucket(201, middle=9.0)]), title="x", zone=ZONE
    )
    ticks = {
        each.stroke: len(each.strokes)
        for each in drawing.shapes
        if isinstance(each, Lines) and each.width == TICK_WIDTH
    }
    assert ticks[LIGHT.loss[next(iter(LIGHT.loss))]] == 201
    assert len(ticks) == 2
    assert any(isinstance(each, Lines) and each.stroke == LIGHT.incident for each in drawing.shapes)


def test_a_dark_page_gets_a_dark_picture() -> None:
    drawing = smoke_drawing(graph_of([bucket(0)]), title="x", zone=ZONE, palette=DARK)
    first = drawing.shapes[0]
    assert isinstance(first, Rect)
    assert first.fill == "#0f1419"


def test_times_are_written_the_vietnamese_way_at_every_zoom() -> None:
    for step, wanted in ((10.0, ":"), (3_600.0, "/11"), (86_400.0, "/20")):
        buckets = [bucket(number, step=step) for number in range(300)]
        drawing = smoke_drawing(graph_of(buckets, step=step), title="x", zone=ZONE)
        said = [each.text for each in drawing.shapes if isinstance(each, Text) and each.anchor == "middle"]
        assert said
        assert any(wanted in each for each in said), said
        assert not any("AM" in each or "PM" in each for each in said)
