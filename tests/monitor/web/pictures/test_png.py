"""PNG out of a child process."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.web.pictures.png import KEPT_S, MOST_WAITING, PngPress, plain
from monitor.web.pictures.qr import qr_svg
from monitor.web.pictures.smoke import smoke_drawing
from monitor.web.refusing import RefusedError
from tests.monitor.web.pictures.graphs import bucket, graph_of

DRAWING = smoke_drawing(
    graph_of([bucket(0), None, bucket(2, lost=20), bucket(3)]),
    title="$x$ <b>\x00",
    zone=ZoneInfo("Asia/Ho_Chi_Minh"),
)


async def test_a_picture_is_drawn_once_and_kept_for_a_minute(tmp_path: Path) -> None:
    press = PngPress()
    found = await press.draw("a", DRAWING, 100.0, cache=tmp_path)
    assert found.startswith(b"\x89PNG\r\n")
    assert press.kept("a", 100.0 + KEPT_S - 1) == found
    assert press.kept("a", 100.0 + KEPT_S) is None
    assert press.kept("b", 100.0) is None


async def test_too_many_who_wait_are_told_to_come_back(tmp_path: Path) -> None:
    press = PngPress()
    press._waiting = MOST_WAITING
    with pytest.raises(RefusedError) as refused:
        await press.draw("a", DRAWING, 1.0, cache=tmp_path)
    assert refused.value.status == 429


def test_a_drawing_goes_through_json_without_control_characters() -> None:
    assert b"\\u0000" not in plain(DRAWING)


def test_a_qr_code_is_a_square_svg() -> None:
    found = qr_svg("https://giam-sat.example.gov.vn/xa/21484")
    assert found.startswith(b"<svg")
    assert b"<script" not in found
