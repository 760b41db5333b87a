import unicodedata
from pathlib import Path

import pytest

import inventory
from inventory.loader import load
from inventory.names import find
from inventory.provinces import Province, choose, read_provinces

QUANGNGAI = Path(inventory.__file__).parent / "quangngai"
PROVINCES = read_provinces()


def test_there_are_34_provinces_with_3321_communes() -> None:
    kinds = [commune.kind for province in PROVINCES for commune in province.communes]

    assert len(PROVINCES) == 34
    assert [province.kind for province in PROVINCES].count("thành phố") == 6
    assert (len(kinds), kinds.count("xã"), kinds.count("phường"), kinds.count("đặc khu")) == (
        3_321,
        2_621,
        687,
        13,
    )


def test_codes_are_unique_and_have_five_digits() -> None:
    codes = [commune.code for province in PROVINCES for commune in province.communes]

    assert len(set(codes)) == len(codes)
    assert all(code.isdigit() and len(code) == 5 for code in codes)


def test_all_names_are_composed_and_clean() -> None:
    names = [
        name
        for province in PROVINCES
        for commune in province.communes
        for name in (
            province.name,
            commune.name,
            commune.former_province,
            commune.former_district,
            *commune.former_names,
        )
    ]

    assert all(name == " ".join(unicodedata.normalize("NFC", name).split()) and name for name in names)


def test_the_communes_of_quang_ngai_are_those_of_its_inventory() -> None:
    units = load([QUANGNGAI]).units
    [province] = choose("51", PROVINCES)

    shipped = {c.code: (c.name, c.kind, c.former_district) for c in province.communes}
    assert shipped == {
        code: (unit.name, unit.kind, unit.former_district) for code, unit in units.items() if code.isdigit()
    }
    assert province.former_provinces == ("Quảng Ngãi", "Kon Tum")


def test_each_name_of_a_commune_begins_with_its_kind() -> None:
    communes = [commune for province in PROVINCES for commune in province.communes]

    assert all(commune.name.casefold().startswith(commune.kind + " ") for commune in communes)


def test_a_merged_commune_names_the_communes_that_it_was_made_of() -> None:
    [province] = choose("Quảng Ngãi", PROVINCES)
    by_code = {commune.code: commune for commune in province.communes}

    assert by_code["21484"].former_names == ("Thị trấn Ba Tơ", "Xã Ba Cung", "Xã Ba Bích")


def test_search_without_marks_shows_both_of_an_ambiguous_pair() -> None:
    [province] = choose("quang ngai", PROVINCES)
    names = {commune.code: commune.name for commune in province.communes}

    assert find("ba to", names) == ["21484", "21523"]
    assert find("Ba Tơ", names) == ["21484"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("51", ["Quảng Ngãi"]),
        ("1", ["Hà Nội"]),
        ("quảng", ["Quảng Ninh", "Quảng Trị", "Quảng Ngãi"]),
        ("hue", ["Huế"]),
        ("Thành phố Hồ Chí Minh", ["Hồ Chí Minh"]),
        ("thanh pho hue", ["Huế"]),
        ("tp da nang", ["Đà Nẵng"]),
        ("TP.Hồ Chí Minh", ["Hồ Chí Minh"]),
        ("dak", ["Đắk Lắk"]),
        ("hcm", ["Hồ Chí Minh"]),
        ("tp hcm", ["Hồ Chí Minh"]),
        ("TP.HCM", ["Hồ Chí Minh"]),
        ("tphcm", ["Hồ Chí Minh"]),
        ("sai gon", ["Hồ Chí Minh"]),
        ("Sài Gòn", ["Hồ Chí Minh"]),
        ("hn", ["Hà Nội"]),
        ("99", []),
        ("", []),
        ("Kon Tum", []),
    ],
)
def test_a_province_is_found_by_code_or_name_with_or_without_marks(asked: str, names: list[str]) -> None:
    found: list[Province] = choose(asked, PROVINCES)

    assert [province.name for province in found] == names
