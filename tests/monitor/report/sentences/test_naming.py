from dataclasses import replace

import pytest

from monitor.report.figures.model import Compared
from monitor.report.sentences import comparing, naming
from monitor.report.sentences.environment import clean
from tests.monitor.report.small_figures import COMMUNES, nothing_happened, small_figures

FIGURES = small_figures()
CODES = tuple(place.code for place in COMMUNES)


def test_few_communes_are_named_with_their_kind() -> None:
    assert naming.named(CODES[2:5], FIGURES) == "xã Măng Ri, xã Ba Tơ, đặc khu Lý Sơn"
    assert naming.where(CODES[:2], FIGURES) == "02 xã (xã Đăk Pék, xã Đăk Plô)"
    assert naming.where(CODES[:1], FIGURES) == "xã Đăk Pék"


def test_many_communes_are_told_by_former_district_where_there_are_several() -> None:
    assert naming.named(CODES, FIGURES) == "địa bàn huyện Đăk Glei (cũ): 02 xã"
    assert naming.where(CODES, FIGURES) == (
        "06 xã, phường, đặc khu (nhiều nhất tại địa bàn huyện Đăk Glei (cũ): 02 xã)"
    )
    assert naming.focus([*CODES, CODES[2]], FIGURES) == (
        ", tập trung tại địa bàn huyện Đăk Glei (cũ) và huyện Tu Mơ Rông (cũ)"
    )


def test_no_former_district_is_said_to_have_most_beside_one_that_has_as_many() -> None:
    """Thirteen communes, four former districts with two each: any three of them would be no truth."""
    places = {
        f"{number}": replace(COMMUNES[0], code=f"{number}", former_district=f"Huyện {number // 2}")
        for number in range(8)
    } | {
        f"{number}": replace(COMMUNES[0], code=f"{number}", former_district=f"Huyện {number}")
        for number in range(8, 13)
    }
    figures = replace(FIGURES, places=places)
    assert naming.where(tuple(places), figures) == "13 xã"
    assert naming.where(tuple(places)[2:], figures) == (
        "11 xã (tập trung tại địa bàn huyện 1 (cũ): 02 xã; huyện 2 (cũ): 02 xã; huyện 3 (cũ): 02 xã)"
    )


def test_kinds_are_only_those_there_are() -> None:
    assert naming.kinds(CODES, FIGURES) == "xã, phường, đặc khu"
    assert naming.kinds(CODES[:2], FIGURES) == "xã"
    assert naming.kinds((), FIGURES) == "địa phương"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [naming.joined(names) for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "",
        "A",
        "A và B",
        "A, B và C",
    ]


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (0.9952, 0.9968, "giảm 0,16 điểm phần trăm so với tháng 10"),
        (0.9968, 0.9952, "tăng 0,16 điểm phần trăm so với tháng 10"),
        (0.9968, 0.9972, "tương đương tháng 10"),
        (0.9968, 0.9973, "giảm 0,05 điểm phần trăm so với tháng 10"),
        (0.99684, 0.99679, "tương đương tháng 10"),
        (None, 0.9973, "chưa đủ dữ liệu để so sánh với tháng 10"),
        (0.9973, None, "chưa đủ dữ liệu để so sánh với tháng 10"),
    ],
)
def test_availabilities_are_compared_as_they_are_written(
    now: float | None, then: float | None, said: str
) -> None:
    row = nothing_happened().communes[0].line
    assert row is not None
    compared = Compared(replace(row.row, availability_ratio=now), replace(row.row, availability_ratio=then))

    assert comparing.availability(compared, "tháng 10") == said


def test_counts_are_compared_with_care() -> None:
    said = [
        comparing.counts(now, then, "tháng 10")
        for now, then in ((11, 10), (12, 10), (9, 10), (8, 10), (7, 7))
    ]

    assert said == [
        "tăng nhẹ so với 10 lượt của tháng 10",
        "tăng so với 10 lượt của tháng 10",
        "giảm nhẹ so với 10 lượt của tháng 10",
        "giảm so với 10 lượt của tháng 10",
        "bằng tháng 10",
    ]
    assert comparing.counts(3, None, "tháng 10") == ""
    assert comparing.counts(3, 0, "tháng 10") == "tháng 10 không phát sinh"


def test_text_is_cleaned() -> None:
    assert clean(" - Câu  a ;  b\u200b\n ") == "Câu a; b."
    assert clean("a\u0302") == "â."
    assert clean(" ") == ""
