"""Which reports are due when, and on which days writers are nudged."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import DayTable
from inventory.times.day_table import is_working_day
from monitor.accounting.periods import period
from monitor.report.agenda import due, nudge_days
from monitor.report.months import last_month, last_week, this_month
from monitor.settings.report import ReportSettings
from monitor.settings.settings import Settings
from tests.effort import examples

ZONE = "Asia/Ho_Chi_Minh"
TABLE = DayTable(country="VN")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1)).map(  # noqa: DTZ001 (the zone is put on it)
    lambda when: when.replace(tzinfo=ZoneInfo(ZONE)).timestamp()
)


def settings_of(**report: object) -> Settings:
    return Settings(
        province="Quảng Ngãi",
        inventory=[Path("x")],
        state_dir=Path("/nonexistent"),
        report=ReportSettings.model_validate(report),
    )


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


def ids(settings: Settings, when: str) -> list[str]:
    return [each.id for each in due(settings, TABLE, now=at(when))]


@settings(max_examples=examples(120))
@given(moments, st.sampled_from(["calendar", "administrative"]))
def test_the_last_month_is_over_and_this_one_begins_with_its_end(now: float, month: str) -> None:
    chosen = settings_of(month=month)
    last, this = last_month(chosen, now=now), this_month(chosen, now=now)

    assert last.until_at == this.from_at <= now < this.until_at
    assert last.id.startswith("hc-") == (month == "administrative")


@settings(max_examples=examples(120))
@given(moments)
def test_the_last_week_ended_within_seven_days_on_a_sunday(now: float) -> None:
    week = last_week(settings_of(), now=now)

    assert 0 <= now - week.until_at < 7 * 86_400
    assert datetime.fromtimestamp(week.until_at, ZoneInfo(ZONE)).weekday() == 0


def test_on_the_first_of_a_month_its_report_is_due_and_on_monday_the_week() -> None:
    assert ids(settings_of(), "2026-12-01 06:30") == ["report:2026-11", "report:2026-w48"]
    assert ids(settings_of(weekly=False), "2026-12-07 06:30") == ["report:2026-11"]
    assert ids(settings_of(month="administrative"), "2026-11-15 06:30")[0] == "report:hc-2026-11"
    assert ids(settings_of(month="administrative"), "2026-11-14 06:30")[0] == "report:hc-2026-10"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-24", None),
        ("2026-11-25", 1),
        ("2026-11-27", 1),
        ("2026-11-28", None),
        ("2026-11-30", 2),
        ("2026-12-01", None),
        ("2026-02-25", 1),
        ("2026-02-27", 2),
    ],
)
def test_writers_are_nudged_on_the_25th_and_on_the_last_working_day(day: str, expected: int | None) -> None:
    month = f"report:{day[:7]}:nudge-{expected}"

    found = [each for each in ids(settings_of(), f"{day} 06:30") if "nudge" in each]
    assert found == ([] if expected is None else [month])


def test_holidays_at_the_end_of_a_month_move_the_last_nudge() -> None:
    april = period("2026-04", zone=ZONE, month_begins_on=15, now=0.0)

    assert nudge_days(april, TABLE, zone=ZONE) == (date(2026, 4, 25), date(2026, 4, 29))


def test_before_a_tet_at_the_end_of_a_month_there_is_one_nudge_and_none_within_the_holidays() -> None:
    january = period("2025-01", zone=ZONE, month_begins_on=15, now=0.0)
    _, last = nudge_days(january, TABLE, zone=ZONE)

    assert last == date(2025, 1, 24)
    told = [
        (day, each)
        for day in range(20, 32)
        for each in ids(settings_of(weekly=False), f"2025-01-{day} 06:30")
        if "nudge" in each
    ]
    assert told == [(last.day + more, "report:2025-01:nudge-2") for more in range(3)]


@settings(max_examples=examples(60))
@given(moments, st.sampled_from(["calendar", "administrative"]))
def test_both_nudges_lie_in_the_month_and_nobody_works_after_the_last_one(now: float, kind: str) -> None:
    month = this_month(settings_of(month=kind), now=now)
    first, last = nudge_days(month, TABLE, zone=ZONE)
    begin, end = (
        datetime.fromtimestamp(each, ZoneInfo(ZONE)).date() for each in (month.from_at, month.until_at)
    )

    assert begin <= first <= last
    assert begin <= last < end
    assert is_working_day(TABLE, last)
    days = [last + timedelta(days=more) for more in range(1, 12)]
    assert not any(is_working_day(TABLE, day) for day in days if day < end)
