"""Badges."""

import unicodedata
from xml.etree import ElementTree as ET

import pytest

from monitor.web.pictures.badge import badge, text_width
from monitor.web.view import Shown


@pytest.mark.parametrize("shown", list(Shown))
def test_a_badge_says_the_same_word_as_the_pages(shown: Shown) -> None:
    root = ET.fromstring(badge("TSLCD", shown.word, shown))  # noqa: S314 (our own writer's)
    assert root.attrib["aria-label"] == f"TSLCD: {shown.word}"
    assert [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")] == ["TSLCD", shown.word]


def test_marks_make_a_letter_no_wider_whichever_way_they_are_written() -> None:
    text = "Mất kết nối Đăk Rơ Wa"
    assert text_width(text) == text_width("Mat ket noi Dak Ro Wa")
    assert text_width(unicodedata.normalize("NFD", text)) == text_width(text)
    assert text_width("mmm") > text_width("iii")


def test_hostile_labels_stay_text_and_short() -> None:
    found = badge('"><script>x</script>\x00', "a" * 500, Shown.UP)
    root = ET.fromstring(found)  # noqa: S314 (our own writer's)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert float(root.attrib["width"]) < 1_200
    assert badge("", "", Shown.UP)
