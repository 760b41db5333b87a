"""Vietnamese holidays: what is computed, and what a file says besides."""

from datetime import date

import pytest

from inventory.model import DayTable
from inventory.times.day_table import (
    holiday_name,
    is_known_country,
    is_working_day,
    is_working_swap,
    weekday_of,
    working_days_between,
)

VIETNAM = DayTable("VN")
SHIPPED = DayTable("VN", {date(2026, 1, 2): "Nghỉ Tết Dương lịch"}, {date(2026, 1, 10): 4})


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "Tết Dương lịch"),
        (date(2026, 2, 17), "Tết Nguyên Đán"),
        (date(2027, 2, 6), "Tết Nguyên Đán"),
        (date(2026, 4, 26), "Ngày Giỗ Tổ Hùng Vương"),
        (date(2026, 4, 27), "Ngày Giỗ Tổ Hùng Vương (nghỉ bù)"),
        (date(2026, 8, 31), "Ngày nghỉ (thay cho ngày 22/08/2026)"),
        (date(2026, 11, 24), "Ngày Văn hóa Việt Nam"),
    ],
)
def test_knows_the_public_holidays_of_vietnam(day: date, name: str) -> None:
    assert holiday_name(VIETNAM, day) == name


def test_a_usual_day_is_no_holiday() -> None:
    assert holiday_name(VIETNAM, date(2026, 11, 23)) is None


def test_a_saturday_that_is_worked_for_a_monday_has_mondays_hours() -> None:
    assert is_working_swap(VIETNAM, date(2026, 8, 22))
    assert weekday_of(VIETNAM, date(2026, 8, 22)) == 0


def test_the_swap_that_no_library_knows_comes_from_the_file() -> None:
    assert holiday_name(VIETNAM, date(2026, 1, 2)) is None
    assert not is_working_day(VIETNAM, date(2026, 1, 10))

    assert holiday_name(SHIPPED, date(2026, 1, 2)) == "Nghỉ Tết Dương lịch"
    assert is_working_day(SHIPPED, date(2026, 1, 10))
    assert weekday_of(SHIPPED, date(2026, 1, 10)) == 4


def test_what_the_file_says_is_stronger_than_what_is_computed() -> None:
    table = DayTable("VN", off={date(2026, 8, 22): "Nghỉ bão"}, working={date(2026, 2, 16): 1})

    assert holiday_name(table, date(2026, 2, 16)) is None
    assert is_working_day(table, date(2026, 2, 16))
    assert holiday_name(table, date(2026, 8, 22)) == "Nghỉ bão"
    assert not is_working_swap(table, date(2026, 8, 22))


def test_without_a_country_only_what_is_listed_counts() -> None:
    table = DayTable("", off={date(2026, 5, 4): "Hội làng"})

    assert [holiday_name(table, date(2026, 5, day)) for day in (1, 4)] == [None, "Hội làng"]
    assert not is_working_swap(table, date(2026, 8, 22))


def test_a_year_that_nobody_can_compute_has_no_holidays() -> None:
    assert holiday_name(VIETNAM, date(2190, 1, 1)) is None


def test_speaks_no_vietnamese_where_the_library_does_not() -> None:
    assert holiday_name(DayTable("US"), date(2026, 7, 4)) == "Independence Day"
    assert (is_known_country("US"), is_known_country("XX")) == (True, False)


@pytest.mark.parametrize(
    ("told", "starts", "days"),
    [
        (date(2026, 11, 10), date(2026, 11, 19), 6),
        (date(2026, 11, 10), date(2026, 11, 20), 7),
        (date(2026, 11, 16), date(2026, 11, 26), 6),  # 24/11 is a holiday
        (date(2026, 8, 20), date(2026, 9, 4), 8),  # a worked Saturday 22/8, off 31/8 to 2/9
        (date(2026, 11, 10), date(2026, 11, 10), 0),
        (date(2026, 11, 10), date(2026, 11, 1), 0),
    ],
)
def test_counts_the_whole_working_days_between_notice_and_start(told: date, starts: date, days: int) -> None:
    assert working_days_between(VIETNAM, told, starts) == days
