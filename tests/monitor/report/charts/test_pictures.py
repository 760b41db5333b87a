"""All charts of a document."""

import logging
from dataclasses import replace

import pytest

from monitor.report.charts.pictures import pictures
from monitor.report.document.model import Appendix, CauseChart, Picture
from tests.monitor.report.rich_document import cause_picture, rich_document

pytestmark = pytest.mark.filterwarnings("error")


def test_pictures_of_body_and_appendices_are_drawn_and_a_failure_takes_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = Picture("hong", CauseChart(("a",), (1.0,), ()), "Hình 9. Hỏng", "")
    document = replace(
        rich_document(), blocks=(bad,), appendices=(Appendix("", "Nguyên nhân", (cause_picture(),)),)
    )
    with caplog.at_level(logging.ERROR):
        drawn = pictures(document)
    assert list(drawn) == ["hong", "nguyen-nhan"]
    assert drawn["hong"] is None
    assert (drawn["nguyen-nhan"] or b"").startswith(b"\x89PNG")
    assert "hong" in caplog.text
