"""The availability calendar."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from monitor.accounting.calendar import CalendarDay
from monitor.web.pictures.year import bad_days, day_class, day_words, month_svgs, year_svg


def day(number: int = 0, ratio: float | None = 1.0, **more: float | bool | tuple[str, ...]) -> CalendarDay:
    facts = {"coverage_ratio": 1.0, "down_s": 0.0, "maintenance_s": 0.0, "is_watched": True} | more
    return CalendarDay(day=date(2026, 1, 1) + timedelta(days=number), availability_ratio=ratio, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "class_"),
    [
        (1.0, "day-all"),
        (0.9995, "day-999"),
        (0.999, "day-999"),
        (0.99, "day-99"),
        (0.95, "day-95"),
        (0.2, "day-low"),
        (0.0, "day-low"),
        (None, "day-none"),
    ],
)
def test_a_day_has_one_of_five_steps_or_is_striped(ratio: float | None, class_: str) -> None:
    assert day_class(day(ratio=ratio)) == class_


def test_a_day_of_maintenance_is_framed_and_one_that_is_to_come_is_no_link() -> None:
    days = [
        day(0, maintenance_s=3_600.0),
        day(1, is_watched=False),
        day(2, None, maintenance_s=9.0, coverage_ratio=0),
    ]
    root = ET.fromstring(str(year_svg(days, "/doi-tuong/a")))  # noqa: S314 (our own writer's)
    rects = [each.attrib["class"] for each in root.iter("rect")]
    assert rects == ["day-all day-framed", "day-out", "day-works day-framed"]
    assert [each.attrib["href"] for each in root.iter("a")] == [
        "/doi-tuong/a?ngay=2026-01-01#do-thi",
        "/doi-tuong/a?ngay=2026-01-03#do-thi",
    ]


def test_a_year_has_a_cell_for_every_day_once_by_weeks_and_once_by_months() -> None:
    days = [day(number) for number in range(365)]
    root = ET.fromstring(str(year_svg(days, "/x")))  # noqa: S314 (our own writer's)
    places = {(each.attrib["x"], each.attrib["y"]) for each in root.iter("rect")}
    assert len(places) == 365
    assert len({x for x, _ in places}) == 53
    months = month_svgs(days, "/x")
    assert [name for name, _ in months][:2] == ["01/2026", "02/2026"]
    assert sum(str(svg).count("<rect") for _, svg in months) == 365


def test_what_hostile_paths_say_stays_an_attribute() -> None:
    root = ET.fromstring(str(year_svg([day()], '/doi-tuong/"><script>')))  # noqa: S314 (our own writer's)
    assert not list(root.iter("script"))


def test_words_of_a_day_tell_what_went_on() -> None:
    said = day_words(day(ratio=0.9, down_s=8_640.0, incident_ids=("SC-1",)))
    assert said.startswith("01/01/2026, 90,00%, mất kết nối ")
    assert said.endswith("1 sự cố")
    assert day_words(day(is_watched=False)) == "01/01/2026: không giám sát"


def test_bad_days_come_latest_first_and_no_days_are_no_picture() -> None:
    days = [day(0, down_s=5.0), day(1), day(2, incident_ids=("SC-1",))]
    assert [each.day.day for each in bad_days(days)] == [3, 1]
    assert str(year_svg([], "/x")) == ""
