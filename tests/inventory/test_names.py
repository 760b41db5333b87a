"""Finding and sorting names as people type and write them."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.names import find, fold, former_hint, hint, sort_key

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


def test_a_name_that_nobody_means_is_not_offered() -> None:
    assert hint("la ha", ["Xã Đăk Hà", "Xã Sơn Hà"]) == ""


@pytest.mark.parametrize("asked", ["la ha", "La Hà", "thi tran la ha", "Xã La Hà"])
def test_a_former_name_is_found_without_its_kind_and_says_where_it_is_now(asked: str) -> None:
    former = {"21235": ["Thị trấn La Hà", "Xã Nghĩa Thương"], "21484": []}

    answer = former_hint(asked, former, {"21235": "Xã Tư Nghĩa", "21484": "Xã Ba Tơ"})

    assert answer == "La Hà (cũ) nay thuộc Xã Tư Nghĩa (21235)"


def test_a_letter_of_another_language_that_looks_like_ours_is_ours() -> None:
    assert fold("\N{LATIN CAPITAL LETTER ETH}ăk Cấm") == fold("Đăk Cấm") == "dak cam"


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_sorts_in_dictionary_order_without_the_kind_of_unit() -> None:
    names = [
        "Xã An Phú",
        "Xã Ăn",
        "Xã Ân Tường",
        "Xã Ba Tô",
        "Xã Ba Tơ",
        "Xã Bờ Y",
        "Xã Dục Nông",
        "Xã Đăk Tô",
        "Phường Đức Phổ",
        "Đặc khu Lý Sơn",
        "Xã Ma",
        "Xã Mà",
        "Xã Mả",
        "Xã Mã",
        "Xã Má",
        "Xã Mạ",
        "Xã Ma Rông",
        "Xã Sơn Hà",
        "Xã Sơn Hạ",
    ]

    shuffled = names[::-1]

    assert sorted(shuffled, key=sort_key) == names


@given(st.lists(st.text(st.characters(), max_size=12), max_size=6))
def test_order_is_total_and_knows_no_normal_form(names: list[str]) -> None:
    keys = sorted(sort_key(name) for name in names)

    assert all(first <= second for first, second in pairwise(keys))
    for name in names:
        decomposed = unicodedata.normalize("NFD", name)
        composed = unicodedata.normalize("NFC", name)
        assert sort_key(decomposed)[:2] == sort_key(composed)[:2]
