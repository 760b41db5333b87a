"""Service hours against an oracle that looks at every minute."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Calendar, DayTable, Spans
from inventory.times.calendars import always, covers, day_spans, spans, told_from
from inventory.times.day_table import holiday_name, weekday_of
from inventory.times.intervals import total_s

HOURS: Spans = ((420, 690), (810, 1020))
TABLE = DayTable("VN", {date(2026, 1, 2): "Nghỉ Tết Dương lịch"}, {date(2026, 1, 10): 4})
ONE_STOP = Calendar(
    "mot-cua",
    "Giờ một cửa",
    week=(HOURS,) * 5 + ((), ()),
    closed_on_holidays=True,
    opening_grace_s=1800.0,
    day_table=TABLE,
)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
ZONES = ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]
"""Two halves of the earth; half an hour of difference; a change at midnight, so that 00:00 is left out."""
DAY_S = 86_400
FIRST_DAY = date(2020, 1, 1)


def at(text: str, zone: ZoneInfo = VIETNAM) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


days = st.integers(0, 3652).map(lambda number: FIRST_DAY + timedelta(days=number))
"""Ten years: 2020 to 2029."""


@st.composite
def day_hours(draw: st.DrawFn) -> Spans:
    edges = sorted(
        draw(st.sets(st.sampled_from([0, 30, 60, 90, 120, 150, 180, 420, 690, 1020, 1439, 1440]), max_size=6))
    )
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, near: date | None = None) -> Calendar:
    some_days = days if near is None else st.integers(-3, 6).map(lambda step: near + timedelta(days=step))
    off = draw(st.dictionaries(some_days, st.just("Nghỉ"), max_size=3))
    working = draw(
        st.dictionaries(some_days.filter(lambda day: day not in off), st.integers(0, 6), max_size=3)
    )
    return Calendar(
        "lich",
        "Lịch",
        week=tuple(draw(st.lists(day_hours(), min_size=7, max_size=7))),
        closed_on_holidays=draw(st.booleans()),
        days=draw(st.dictionaries(some_days, day_hours(), max_size=3)),
        opening_grace_s=draw(st.sampled_from([0.0, 600.0, 1800.0, 7200.0])),
        zone=draw(st.sampled_from(ZONES)),
        day_table=DayTable(draw(st.sampled_from(["", "VN"])), off, working),
    )


def is_open(calendar: Calendar, moment: float) -> bool:
    """Say it anew, from the wall clock."""
    wall = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(calendar.zone))
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    hours = calendar.days.get(day)
    if hours is None:
        hours = calendar.week[day.weekday()]
        if calendar.closed_on_holidays:
            hours = calendar.week[weekday_of(calendar.day_table, day)]
            if holiday_name(calendar.day_table, day):
                hours = ()
    return any(start <= minute < end for start, end in hours)


def open_minutes(calendar: Calendar, first: float, count: int) -> Iterator[float]:
    return (
        moment for moment in (first + 60.0 * number for number in range(count)) if is_open(calendar, moment)
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_covers_exactly_the_minutes_of_its_hours(data: st.DataObject) -> None:
    near = data.draw(days)
    calendar = data.draw(calendars(near))
    first = datetime(near.year, near.month, near.day, tzinfo=UTC).timestamp() + 60 * data.draw(
        st.integers(0, 1439)
    )
    count = data.draw(st.integers(0, 3 * 1440))

    expected = set(open_minutes(calendar, first, count))

    found = spans(calendar, first, first + 60 * count)
    assert {
        first + 60.0 * n for n in range(count) if any(a <= first + 60 * n < b for a, b in found)
    } == expected
    assert total_s(found) == 60 * len(expected)
    for moment in list(expected)[:20]:
        assert covers(calendar, moment)
        assert covers(calendar, moment + 59.9)


@settings(max_examples=60, deadline=None)
@given(calendars(), days, st.integers(0, DAY_S))
def test_a_range_is_the_sum_of_its_parts(calendar: Calendar, day: date, cut_s: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    whole = spans(calendar, start, start + 30 * DAY_S)
    parts = [spans(calendar, start, start + cut_s), spans(calendar, start + cut_s, start + 30 * DAY_S)]

    assert total_s(whole) == sum(total_s(part) for part in parts)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_somebody_is_told_from_the_first_minute_that_is_open_for_as_long_as_the_grace(
    data: st.DataObject,
) -> None:
    near = data.draw(days)
    calendar = data.draw(calendars(near))
    moment = datetime(near.year, near.month, near.day, tzinfo=UTC).timestamp() + 60 * data.draw(
        st.integers(0, 1439)
    )
    grace = int(calendar.opening_grace_s // 60)
    minutes = [moment + 60 * number for number in range(-grace, 2 * 1440)]
    opened = [is_open(calendar, minute) for minute in minutes]
    told = [all(opened[max(0, n - grace) : n + 1]) for n in range(len(minutes))]

    expected = next((minutes[n] for n in range(grace, len(minutes)) if told[n]), None)
    found = told_from(calendar, moment)

    assert found == expected or (expected is None and (found is None or found > minutes[-1]))


class TestOneStopHours:
    def test_lasts_the_working_hours_of_a_month_with_a_holiday_and_a_swapped_day(self) -> None:
        january = spans(ONE_STOP, at("2026-01-01 00:00"), at("2026-02-01 00:00"))

        # 22 weekdays without 1/1 and 2/1, and Saturday 10/1.
        assert total_s(january) / 3600 == 21 * 8

    def test_is_closed_at_tet(self) -> None:
        assert spans(ONE_STOP, at("2026-02-14 00:00"), at("2026-02-23 00:00")) == ()

    def test_is_open_on_the_saturday_that_is_worked_instead(self) -> None:
        assert covers(ONE_STOP, at("2026-01-10 08:00"))
        assert not covers(ONE_STOP, at("2026-01-17 08:00"))

    @pytest.mark.parametrize(
        ("now", "told"),
        [
            ("2026-11-20 06:59", "2026-11-20 07:30"),
            ("2026-11-20 07:10", "2026-11-20 07:30"),
            ("2026-11-20 07:30", "2026-11-20 07:30"),
            ("2026-11-20 09:15", "2026-11-20 09:15"),
            ("2026-11-20 11:30", "2026-11-20 14:00"),
            ("2026-11-20 17:00", "2026-11-23 07:30"),
            ("2026-11-23 17:00", "2026-11-25 07:30"),
            ("2026-02-13 17:00", "2026-02-23 07:30"),
        ],
    )
    def test_tells_after_the_grace_that_follows_an_opening(self, now: str, told: str) -> None:
        assert told_from(ONE_STOP, at(now)) == at(told)

    def test_an_exception_is_the_whole_truth_about_its_day(self) -> None:
        calendar = replace(ONE_STOP, days={date(2026, 2, 17): ((480, 540),), date(2026, 11, 20): ()})

        assert day_spans(calendar, date(2026, 2, 17)) == ((480, 540),)
        assert told_from(calendar, at("2026-11-20 00:00")) == at("2026-11-23 07:30")

    def test_a_calendar_open_on_holidays_does_not_care_for_swapped_days(self) -> None:
        calendar = replace(ONE_STOP, closed_on_holidays=False)

        assert covers(calendar, at("2026-02-17 08:00"))
        assert not covers(calendar, at("2026-01-10 08:00"))


class TestNever:
    def test_always_never_closes_and_always_tells(self) -> None:
        now = at("2026-02-17 03:00")

        assert covers(always(), now)
        assert told_from(always(), now) == now
        assert spans(always(), now, now + 10 * DAY_S) == ((now, now + 10 * DAY_S),)

    def test_a_calendar_without_hours_never_opens(self) -> None:
        empty = Calendar("hop", "Phiên họp", week=((),) * 7, days={date(2026, 12, 1): HOURS})

        assert told_from(empty, at("2026-11-01 00:00")) == at("2026-12-01 07:00")
        assert told_from(empty, at("2026-12-01 17:00")) is None

    def test_a_span_shorter_than_the_grace_is_never_told_of(self) -> None:
        short = replace(ONE_STOP, days={date(2026, 11, 20): ((480, 510),)})

        assert told_from(short, at("2026-11-20 08:00")) == at("2026-11-23 07:30")

    def test_hours_around_midnight_open_once(self) -> None:
        night = Calendar("dem", "Đêm", week=(((0, 360), (1320, 1440)),) * 7, opening_grace_s=1800.0)

        assert told_from(night, at("2026-11-20 00:00")) == at("2026-11-20 00:00")


class TestClockChanges:
    night = Calendar("dem", "Đêm", week=(((60, 210),),) * 7, zone="Europe/Berlin")
    """01:00 to 03:30."""
    berlin = ZoneInfo("Europe/Berlin")

    def test_the_hour_that_is_left_out_is_missing(self) -> None:
        start = at("2026-03-29 00:00", self.berlin)

        assert total_s(spans(self.night, start, start + DAY_S)) == 1.5 * 3600

    def test_the_hour_that_comes_twice_counts_twice(self) -> None:
        start = at("2026-10-25 00:00", self.berlin)

        assert total_s(spans(self.night, start, start + DAY_S)) == 3.5 * 3600

    def test_hours_that_begin_within_the_repeated_one_come_twice(self) -> None:
        calendar = replace(self.night, week=(((150, 240),),) * 7)  # 02:30 to 04:00
        start = at("2026-10-25 00:00", self.berlin)

        found = spans(calendar, start, start + DAY_S)

        assert [end - begin for begin, end in found] == [1800, 5400]
        assert found[1][0] - found[0][1] == 1800
