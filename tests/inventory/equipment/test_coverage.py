from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inventory as inventory_package
from inventory.equipment.coverage import (
    ClassCoverage,
    contradictions,
    coverage,
    fraction,
    month,
    named,
    sentence,
)
from inventory.loader import load
from inventory.model import (
    Area,
    Equipped,
    Inventory,
    Layer,
    ReportedClass,
    ReportedFigure,
    Target,
    Unit,
)

FOLDER = Path(inventory_package.__file__).parent / "quangngai"
TODAY = date(2026, 11, 22)
NAMES = ("Xã Ba Tơ", "Xã Ba Tô", "Phường Đăk Cấm", "Xã Đăk Kôi", "Xã Xốp", "Đặc khu Lý Sơn", "Sở Nội vụ")
KINDS = ("xã", "xã", "phường", "xã", "xã", "đặc khu", "sở")
QUEUE = ReportedClass("may-lay-so", "Máy lấy số", ("queue-machine", "queue-kiosk"))


def figure(
    printed: str, *, have: int | None = None, without: int | None = None, on: str = "2025-09"
) -> ReportedFigure:
    return ReportedFigure(printed, 96, on, "Báo cáo", have=have, without=without)


def target(number: int, unit: str, profile: str, equipped: Equipped) -> Target:
    return Target(f"{unit}.{number}", "Máy", unit, Layer.KIOSK, profile, "", equipped=equipped)


def place(
    *targets: Target, reported: ReportedClass = QUEUE, areas: tuple[str, ...] = ("east", "west")
) -> Inventory:
    units = {
        str(number): Unit(str(number), name, kind, areas[number % len(areas)])
        for number, (name, kind) in enumerate(zip(NAMES, KINDS, strict=True))
    }
    return Inventory(
        units=units,
        targets={item.id: item for item in targets},
        checks={},
        areas={area: Area(area, f"Phía {area}") for area in areas},
        reported={reported.id: reported},
    )


def count(inventory: Inventory) -> ClassCoverage:
    (item,) = coverage(inventory, on=TODAY).classes
    return item


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6).map(str),
            st.sampled_from(("queue-machine", "queue-kiosk", "kiosk")),
            st.sampled_from(Equipped),
        ),
        max_size=20,
    )
)
def test_every_commune_is_counted_once_and_as_its_targets_say(given: list[tuple[str, str, Equipped]]) -> None:
    item = count(place(*(target(number, *parts) for number, parts in enumerate(given))))

    for code in "012345":
        own = [state for unit, profile, state in given if unit == code and profile in QUEUE.profiles]
        has = any(state is Equipped.YES for state in own)
        has_none = bool(own) and all(state is Equipped.NO for state in own)
        assert (code in item.have, code in item.without) == (has, has_none)
        assert (code in item.unknown) == (not has and not has_none)
    assert len(item.have) + len(item.without) + len(item.unknown) == 6


def test_a_kind_in_capitals_is_counted_and_named_like_the_others() -> None:
    inventory = place(target(1, "0", "queue-machine", Equipped.YES))
    capital = {code: replace(unit, kind=unit.kind.capitalize()) for code, unit in inventory.units.items()}
    inventory = replace(inventory, units=capital)

    assert count(inventory).have == ("0",)
    assert len(coverage(inventory, on=TODAY).units) == 6
    assert named(("0",), inventory) == [("Phía east", "Ba Tơ")]


def test_names_stand_by_area_and_in_dictionary_order() -> None:
    inventory = place()

    # East are the even codes: Ba Tơ, Đăk Cấm, Xốp; west: Ba Tô, Đăk Kôi, Lý Sơn.
    assert count(inventory).unknown == ("0", "2", "4", "1", "3", "5")
    assert named(("0", "2", "1"), inventory) == [
        ("Phía east", "Ba Tơ, Phường Đăk Cấm"),
        ("Phía west", "Ba Tô"),
    ]


def test_an_area_of_which_all_are_meant_is_not_spelt_out() -> None:
    inventory = place(areas=("all",))

    assert named(count(inventory).unknown, inventory) == [("Phía all", "cả 6 địa phương")]


def test_what_is_switched_off_or_without_an_address_is_there_all_the_same() -> None:
    off = Target("0.q", "Máy", "0", Layer.KIOSK, "queue-machine", "", enabled=False)

    assert count(place(off)).have == ("0",)


def test_says_the_count_in_the_words_of_the_reports() -> None:
    known = [target(n, str(n), "queue-machine", Equipped.YES if n < 4 else Equipped.NO) for n in range(6)]

    assert sentence(count(place(*known)), of=6) == "04/06 địa phương có máy lấy số, 02/06 chưa có"
    assert (
        sentence(count(place(*known[1:5])), of=6)
        == "ít nhất 03/06 địa phương có máy lấy số, 01/06 chưa có, 02/06 chưa rõ"
    )
    assert sentence(count(place()), of=6) == "chưa rõ cả 6 địa phương có hay không có máy lấy số"
    assert (fraction(8, 96), month("2025-09"), month("2025-09-05")) == ("08/96", "9/2025", "5/9/2025")


def test_two_numbers_for_one_item_are_a_contradiction_and_both_are_shown() -> None:
    item = ReportedClass(
        "kiosk",
        "Kiosk",
        figures=(
            figure("91/96", have=91),
            figure("03/96", have=3),
        ),
    )

    assert contradictions(item, units=96) == ["báo cáo 9/2025 in hai số cho cùng một mục: 91/96 và 03/96"]
    assert count(place(reported=item)).latest == item.figures


def test_a_later_report_is_no_contradiction_and_an_agreeing_subtraction_neither() -> None:
    figures = (
        figure("57/96", have=57),
        figure("thiếu 39", without=39),
        figure("60/96", have=60, on="2025-12"),
    )
    item = ReportedClass("q", "Máy lấy số", QUEUE.profiles, figures)

    assert contradictions(item, units=96) == []
    assert count(place(reported=item)).latest == figures[2:]


def test_a_report_over_another_number_of_communes_is_told() -> None:
    item = ReportedClass("q", "Máy", figures=(figure("57/96", have=57),))

    assert contradictions(item, units=95) == ["báo cáo đếm trên 96 địa phương, danh mục có 95"]


def test_what_the_report_did_not_name_is_not_counted() -> None:
    item = count(place(reported=ReportedClass("x", "(không nêu tên)")))

    assert not item.is_counted
    assert item.have == item.without == item.unknown == ()


def test_a_class_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        coverage(place(), on=TODAY, class_id="kiosk")


def test_the_shipped_province_has_the_items_of_the_report_as_printed() -> None:
    counted = {item.reported.id: item for item in coverage(load([FOLDER]), on=TODAY).classes}

    printed = {id_: [figure.printed for figure in item.latest] for id_, item in counted.items()}
    assert printed["may-lay-so"] == ["57/96"]
    assert printed["tra-cuu-tthc"] == ["91/96 địa phương", "03/96 địa phương"]
    assert printed["khong-neu-ten"] == ["08/96 địa phương chưa có"]
    assert counted["tra-cuu-tthc"].contradictions == (
        "báo cáo 9/2025 in hai số cho cùng một mục: 91/96 và 03/96",
    )
    assert [id_ for id_, item in counted.items() if item.contradictions] == ["tra-cuu-tthc"]


def test_the_shipped_province_counts_76_conference_endpoints_and_guesses_nothing() -> None:
    counted = {item.reported.id: item for item in coverage(load([FOLDER]), on=TODAY).classes}

    endpoints = counted["diem-cau"]
    assert (len(endpoints.have), len(endpoints.without), len(endpoints.unknown)) == (76, 20, 0)
    assert [figure.derived for figure in endpoints.latest] == [True]
    assert len(counted["tslcd"].have) == 96
    for unknown in ("may-lay-so", "man-hinh-so", "may-tinh-so-hoa", "tra-cuu-tthc", "may-tinh-cong-chuc"):
        assert len(counted[unknown].unknown) == 96
