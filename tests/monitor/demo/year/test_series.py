"""The series of the made-up year agree with what happened: lost while a line was cut, answered around it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Inventory
from monitor.demo.year.making import SEED
from monitor.demo.year.model import END_AT, ZONE, Script
from monitor.demo.year.script import written
from monitor.demo.year.series import HOURS_DAYS
from monitor.series import rollup_rows
from monitor.series.model import RTT, Level
from monitor.series.reading import results_between
from monitor.storage.opening import open_reader
from tests.monitor.conftest import MONTHS

VN = ZoneInfo(ZONE)


@pytest.fixture(scope="module")
def script(made_up_land: Inventory) -> Script:
    return written(made_up_land, SEED, MONTHS)


@pytest.fixture
def results(made_up_year: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(made_up_year / "state" / "results.db")) as opened:
        yield opened


def test_every_line_has_its_days(results: sqlite3.Connection, script: Script) -> None:
    for target_id, usual in script.loss_ratios.items():
        found = rollup_rows.read(
            results,
            Level.DAY,
            f"{target_id}/icmp",
            from_at=script.begin_at,
            until_at=END_AT,
            zone=VN,
        )[RTT]
        assert len(found) == 92, "September to November, and a morning"
        best = sorted(bucket.lost / bucket.sent for bucket in found)[: len(found) // 2]
        assert max(best) < 2 * usual + 0.001, "on most days a line loses what it usually does"


def test_what_was_cut_was_lost_and_what_stands_around_it_was_answered(
    results: sqlite3.Connection, script: Script
) -> None:
    """Of the largest group of the last weeks single results are there."""
    recent = [each for each in script.faults if each.from_at > END_AT - HOURS_DAYS * 86_400]
    largest = max(recent, key=lambda fault: len(fault.strikes))
    strike = largest.strikes[0]
    ((from_at, until_at),) = strike.spans
    check_id = f"{strike.target_id}/icmp"
    found = results_between(results, check_id, from_at=from_at - 1_200, until_at=until_at + 1_200)

    assert len(found) > 100
    for each in found:
        is_cut = from_at <= each.started_at < until_at
        assert each.reading.ok is not is_cut

    hours = rollup_rows.read(results, Level.HOUR, check_id, from_at=from_at, until_at=until_at, zone=VN)[RTT]
    whole = [each for each in hours if from_at <= each.at and each.at + 3_600 <= until_at]
    assert whole
    assert all(each.lost == each.sent and each.spread is None for each in whole)
