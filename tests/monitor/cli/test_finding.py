"""Finding by name as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.finding import find, fold, hint

NAMES = {
    "21484": "Xã Ba Tơ",
    "21523": "Xã Ba Tô",
    "23308": "Xã Đăk Rơ Wa",
    "21540": "Đặc khu Lý Sơn",
    "21034": "Xã Sơn Hà",
    "21037": "Xã Sơn Hạ",
}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("dak ro wa", ["23308"]),
        ("DAK-RO-WA", ["23308"]),
        ("xã đăk rơ wa", ["23308"]),
        ("21484", ["21484"]),
        ("Ba Tơ", ["21484"]),
        ("ba to", ["21484", "21523"]),
        ("Sơn Hạ", ["21037"]),
        ("son ha", ["21034", "21037"]),
        ("ly", ["21540"]),
        ("không có", []),
        ("", []),
    ],
)
def test_names_are_found_without_marks_and_told_apart_with_them(asked: str, found: list[str]) -> None:
    assert find(asked, NAMES) == found


def test_decomposed_text_is_found_too() -> None:
    assert find("Ba To\u031b", NAMES) == ["21484"]


def test_a_near_miss_is_offered_with_its_marks() -> None:
    assert hint("dak ro va", NAMES.values()) == "có phải 'Đăk Rơ Wa'?"


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
