"""Periods: what their words mean, and that those of a kind follow each other without gap or overlap."""

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.accounting.periods import PeriodError, days_of, period, previous

VIETNAM = "Asia/Ho_Chi_Minh"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=ZoneInfo(VIETNAM)).timestamp()
# Apia left out a day, Lord Howe moves by half an hour, Beirut at midnight.
ZONES = (VIETNAM, "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Beirut")


def days(text: str, month_begins_on: int = 15) -> str:
    asked = period(text, zone=VIETNAM, month_begins_on=month_begins_on, now=NOW)
    first, after = (datetime.fromtimestamp(at, ZoneInfo(VIETNAM)) for at in (asked.from_at, asked.until_at))
    assert {first.hour, first.minute, after.hour, after.minute} == {0}
    return f"{first.date()} {after.date()}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11", "2026-11-01 2026-12-01"),
        ("2026-12", "2026-12-01 2027-01-01"),
        ("2028-02", "2028-02-01 2028-03-01"),
        ("hc-2026-11", "2026-10-15 2026-11-15"),
        ("hc-2026-01", "2025-12-15 2026-01-15"),
        ("2026-q4", "2026-10-01 2027-01-01"),
        (" 2026-Q4 ", "2026-10-01 2027-01-01"),
        ("hc-2026-q4", "2026-09-15 2026-12-15"),
        ("hc-2026-q1", "2025-12-15 2026-03-15"),
        ("2026-h1", "2026-01-01 2026-07-01"),
        ("hc-2026-h1", "2025-12-15 2026-06-15"),
        ("2026", "2026-01-01 2027-01-01"),
        ("hc-2026", "2025-12-15 2026-12-15"),
        ("2026-w47", "2026-11-16 2026-11-23"),
        ("2026-w53", "2026-12-28 2027-01-04"),
        ("2026-11-22", "2026-11-22 2026-11-23"),
        ("2026-11-01..2026-11-15", "2026-11-01 2026-11-16"),
        ("2028-02-29..2028-02-29", "2028-02-29 2028-03-01"),
        ("today", "2026-11-22 2026-11-23"),
        ("yesterday", "2026-11-21 2026-11-22"),
        ("this-month", "2026-11-01 2026-12-01"),
        ("last-month", "2026-10-01 2026-11-01"),
    ],
)
def test_words_mean_whole_local_days(text: str, meant: str) -> None:
    assert days(text) == meant


def test_administrative_months_begin_on_the_day_of_the_settings() -> None:
    assert days("hc-2026-11", month_begins_on=20) == "2026-10-20 2026-11-20"
    assert days("hc-2026-11", month_begins_on=1) == days("2026-11")
    assert days("hc-2026", month_begins_on=1) == days("2026")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-13",
        "2026-00",
        "2026-q5",
        "2026-q0",
        "2026-h3",
        "2026-w54",
        "2026-02-30",
        "20261",
        "2026-11-22..",
        "..2026-11-22",
        "hc-2026-w47",
        "hc-2026-11-22",
        "11/2026",
        "٢٠٢٦-11",
        "tomorrow",
    ],
)
def test_what_is_no_period_is_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(PeriodError, match="kỳ có thể là tháng 2026-11, quý 2026-q4"):
        days(text)


@pytest.mark.parametrize(
    "text", ["1999", "1999-11", "3000-01", "9999-12", "0000-01", "0001-01-01", "9999-w52"]
)
def test_years_nobody_means_are_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="ngoài các năm 2000 đến 2999"):
        days(text)


def test_a_range_the_wrong_way_round_is_refused_with_the_right_one() -> None:
    with pytest.raises(PeriodError, match=r"\(2026-11-01\.\.2026-11-15\)"):
        days("2026-11-15..2026-11-01")


@given(
    st.sampled_from(
        ["{y}-{m:02}", "hc-{y}-{m:02}", "{y}-q{q}", "hc-{y}-q{q}", "{y}-h{h}", "hc-{y}-h{h}", "{y}"]
    )
    | st.sampled_from(["hc-{y}", "{y}-w{m:02}", "{y}-{m:02}-28", "{y}-{m:02}-01..{y}-{m:02}-11"]),
    st.integers(2004, 2035),
    st.integers(1, 12),
    st.sampled_from(ZONES),
    st.integers(1, 28),
)
def test_periods_of_a_kind_tile_time(form: str, year: int, month: int, zone: str, begins_on: int) -> None:
    text = form.format(y=year, m=month, q=(month - 1) // 3 + 1, h=(month - 1) // 6 + 1)
    now = period(text, zone=zone, month_begins_on=begins_on, now=0.0)
    before = previous(now, zone=zone, month_begins_on=begins_on)
    assert before.from_at < before.until_at == now.from_at < now.until_at
    assert previous(before, zone=zone, month_begins_on=begins_on).until_at == before.from_at
    assert period(now.id, zone=zone, month_begins_on=begins_on, now=0.0) == now
    assert before.id != now.id


@given(st.integers(2004, 2035), st.sampled_from(["", "hc-"]), st.sampled_from(ZONES), st.integers(1, 28))
def test_months_quarters_and_halves_make_up_the_year(year: int, hc: str, zone: str, begins_on: int) -> None:
    for kind in ("-q{}", "-h{}", "-{:02}"):
        count = {"-q{}": 4, "-h{}": 2, "-{:02}": 12}[kind]
        parts = [
            period(f"{hc}{year}{kind.format(number + 1)}", zone=zone, month_begins_on=begins_on, now=0.0)
            for number in range(count)
        ]
        whole = period(f"{hc}{year}", zone=zone, month_begins_on=begins_on, now=0.0)
        assert parts[0].from_at == whole.from_at
        assert parts[-1].until_at == whole.until_at
        assert all(one.until_at == other.from_at for one, other in pairwise(parts))


@given(st.dates(date(2004, 1, 1), date(2035, 1, 1)), st.integers(1, 400), st.sampled_from(ZONES))
def test_the_days_of_a_period_tile_it(first: date, count: int, zone: str) -> None:
    last = date.fromordinal(first.toordinal() + count - 1)
    whole = period(f"{first}..{last}", zone=zone, month_begins_on=15, now=0.0)
    found = days_of(whole, zone=zone)
    assert found[0][1] == whole.from_at
    assert found[-1][2] == whole.until_at
    assert all(one[2] == other[1] for one, other in pairwise(found))
    # A day that a zone left out (Apia, 30/12/2011) has no time.
    assert {day for day, _, _ in found} | {date(2011, 12, 30)} == {
        date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)
    } | {date(2011, 12, 30)}


def test_days_of_a_part_of_a_day_are_cut_to_it() -> None:
    day = period("2026-11-22", zone=VIETNAM, month_begins_on=15, now=NOW)
    (one, other) = days_of(type(day)("free", day.from_at + 3600, day.until_at + 7200), zone=VIETNAM)
    assert one == (date(2026, 11, 22), day.from_at + 3600, day.until_at)
    assert other == (date(2026, 11, 23), day.until_at, day.until_at + 7200)


def test_today_is_the_local_day() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("America/New_York")).timestamp()
    assert period("today", zone="America/New_York", month_begins_on=15, now=late).id == "2026-11-22"
    assert period("today", zone=VIETNAM, month_begins_on=15, now=late).id == "2026-11-23"
