"""The calendar of a target and the months of a unit: what the accounts say, day by day and month by month."""

from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Inventory, Layer, Selector
from monitor.accounting.account import account, by_day
from monitor.accounting.books import read_books
from monitor.accounting.calendar import read_calendar, read_latest_days, read_months, year_of
from monitor.accounting.model import GroupBy
from monitor.accounting.periods import period
from monitor.storage.opening import open_reader

ZONE = "Asia/Ho_Chi_Minh"
NOW = datetime(2026, 12, 1, tzinfo=ZoneInfo(ZONE)).timestamp()
LEAST = 0.9


def test_days_are_those_of_the_accounts_with_the_incidents_that_began(
    made_up_year: Path, made_up_land: Inventory
) -> None:
    with closing(open_reader(made_up_year / "state" / "state.db")) as connection:
        [(check_id, at, incident_id)] = connection.execute(
            "select root_check_id, opened_at, id from incident where root_check_id like '%/icmp' "
            "order by opened_at limit 1"
        ).fetchall()
        days = read_calendar(
            connection, made_up_land, check_id, 2026, zone=ZONE, least_coverage_ratio=LEAST, now=NOW
        )
        november = period("2026-11", zone=ZONE, month_begins_on=1, now=NOW)
        books = read_books(connection, made_up_land, november, now=NOW)

    assert (len(days), days[0].day, days[-1].day) == (365, date(2026, 1, 1), date(2026, 12, 31))
    by_date = {each.day: each for each in days}
    for day, parts in by_day(books, check_id, november, zone=ZONE):
        assert by_date[day].down_s == pytest.approx(parts.down_s)
        assert by_date[day].maintenance_s == pytest.approx(parts.maintenance_s)
        assert by_date[day].availability_ratio == pytest.approx(parts.availability_ratio(LEAST))
    began = datetime.fromtimestamp(at, ZoneInfo(ZONE)).date()
    assert incident_id in by_date[began].incident_ids
    assert not by_date[date(2026, 12, 2)].is_watched
    assert not by_date[date(2026, 1, 1)].is_watched


def test_months_are_those_of_the_units_account(made_up_year: Path, made_up_land: Inventory) -> None:
    code = next(each.code for each in made_up_land.units.values() if each.is_commune)
    with closing(open_reader(made_up_year / "state" / "state.db")) as connection:
        months = read_months(
            connection, made_up_land, code, zone=ZONE, least_coverage_ratio=LEAST, now=NOW - 1
        )
        november = period("2026-11", zone=ZONE, month_begins_on=1, now=NOW)
        books = read_books(connection, made_up_land, november, now=NOW - 1)

    [row] = account(
        books, november, GroupBy.UNIT, least_coverage_ratio=LEAST, select=Selector(units=(code,))
    ).rows
    assert [months[0].id, months[-1].id, len(months)] == ["2025-12", "2026-11", 12]
    assert months[-1].down_s == pytest.approx(row.parts.down_s)
    assert months[-1].availability_ratio == pytest.approx(row.availability_ratio)
    assert months[0].availability_ratio is None


def test_the_latest_days_end_today(made_up_year: Path, made_up_land: Inventory) -> None:
    systems = [each.id for each in made_up_land.targets.values() if each.layer is Layer.SHARED][:3]
    with closing(open_reader(made_up_year / "state" / "state.db")) as connection:
        found = read_latest_days(
            connection,
            made_up_land,
            [*systems, "khong.co"],
            30,
            zone=ZONE,
            least_coverage_ratio=LEAST,
            now=NOW - 1,
        )

    assert list(found) == systems
    assert all((len(days), days[-1].day) == (30, date(2026, 11, 30)) for days in found.values())


def test_a_year_or_a_check_that_is_none_is_refused(made_up_year: Path, made_up_land: Inventory) -> None:
    for year in (1999, 2201, 10**9):
        with pytest.raises(ValueError, match=str(year)):
            year_of(year, zone=ZONE)
    with closing(open_reader(made_up_year / "state" / "state.db")) as connection, pytest.raises(KeyError):
        read_calendar(
            connection, made_up_land, "khong/co", 2026, zone=ZONE, least_coverage_ratio=LEAST, now=NOW
        )
