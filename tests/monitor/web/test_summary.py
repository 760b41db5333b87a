"""The latest weeks in a few figures: those of the accounts, beside as many days before."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Inventory, Selector
from monitor.accounting.account import account
from monitor.accounting.books import read_books
from monitor.accounting.model import GroupBy, Period
from monitor.storage.opening import open_reader
from monitor.web.summary import DAY_S, MOST_CUT, read_summary

NOW = datetime(2026, 11, 29, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()


def test_the_figures_are_those_of_the_accounts(made_up_year: Path, made_up_land: Inventory) -> None:
    with closing(open_reader(made_up_year / "state" / "state.db")) as connection:
        found = read_summary(connection, made_up_land, 14, least_coverage_ratio=0.9, now=NOW)
        before = Period("", NOW - 28 * DAY_S, NOW - 14 * DAY_S)
        books = read_books(connection, made_up_land, before, now=NOW)

    made = account(books, before, GroupBy.LAYER, least_coverage_ratio=0.9, select=Selector(layers=("tslcd",)))
    [row] = made.rows
    assert found.before.availability_ratio == pytest.approx(row.availability_ratio)
    assert found.before.outages == row.outages.count
    assert found.before.down_s == pytest.approx(row.parts.down_s)
    assert found.figures.from_at == found.before.until_at
    assert found.figures.communes_hit >= len(found.most_cut) <= MOST_CUT
    counts = [each.outages for each in found.most_cut]
    assert counts == sorted(counts, reverse=True)
