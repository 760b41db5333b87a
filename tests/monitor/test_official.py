"""Figures as official letters write them."""

from datetime import date

from monitor import official


def test_a_ratio_is_never_rounded_up() -> None:
    assert [official.ratio(each) for each in (1.0, 0.99999, 0.9995, 0.29, 0.0, None)] == [
        "100,00%",
        "99,99%",
        "99,95%",
        "29,00%",
        "0,00%",
        "không đủ dữ liệu",
    ]
    assert official.bare_ratio(0.95176) == "95,17"
    assert official.bare_ratio(None) == "–"


def test_a_change_is_that_of_the_written_figures() -> None:
    assert official.points(0.9982, 0.9993) == "−0,11"
    assert official.points(0.99829, 0.99821) == "0,00"
    assert official.points(0.98001, 0.97999) == "+0,01"
    assert official.points(None, 0.5) == "–"


def test_lengths_of_time_are_what_has_passed() -> None:
    lengths = (0, 1, 59.9, 60, 3_000, 3_600, 13_200, 231_120, 4_000_000)
    assert [official.span(each) for each in lengths] == [
        "00 phút",
        "dưới 01 phút",
        "dưới 01 phút",
        "01 phút",
        "50 phút",
        "01 giờ",
        "03 giờ 40 phút",
        "64 giờ 12 phút",
        "1.111 giờ 06 phút",
    ]
    assert [official.short_span(each) for each in lengths] == [
        *("–", "<1p", "<1p", "1p", "50p", "1g00p", "3g40p", "64g12p", "1.111g06p"),
    ]
    assert [official.clock_span(each) for each in (0.0, 59.9, 7_200.0, 2_907_910.0)] == [
        *("–", "0:00:59", "2:00:00", "807:45:10"),
    ]


def test_counts_and_days() -> None:
    assert official.fraction(8, 96) == "08/96"
    assert official.count(26_082) == "26.082"
    assert official.long_day(date(2026, 12, 5)) == "ngày 05 tháng 12 năm 2026"
    assert official.long_day(date(2027, 1, 10)) == "ngày 10 tháng 01 năm 2027"
    assert official.long_day(date(2026, 3, 1)) == "ngày 01 tháng 3 năm 2026"


def test_a_province_is_a_city_when_its_name_says_so() -> None:
    names = ("Quảng Ngãi", "Tỉnh Quảng Ngãi", "Thành phố Huế", "thành phố Đà Nẵng", "")
    assert [official.province_level(name) for name in names] == [
        *("tỉnh", "tỉnh", "thành phố", "thành phố", "tỉnh"),
    ]
