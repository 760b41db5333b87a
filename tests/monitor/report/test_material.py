"""What is read for a report: the books of two periods, the course of the lines, meetings, packet loss."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision
from inventory.model import Layer
from monitor.accounting.account import account
from monitor.accounting.books import read_books
from monitor.accounting.model import GroupBy, Period
from monitor.accounting.periods import period, previous
from monitor.conference.model import Meeting
from monitor.conference.store import insert_meeting
from monitor.report.figures.making import figures
from monitor.report.figures.material import Material
from monitor.report.material import read_material
from monitor.settings.settings import Settings
from monitor.storage.decisions import save_alive_at, save_decision
from monitor.storage.opening import Synchronous, open_writer
from tests.monitor.accounting import books_of_chance
from tests.monitor.report.figures import worlds
from tests.monitor.series.filling import burst, fill, opened

ZONE = worlds.ZONE
INVENTORY = worlds.land(books_of_chance.land())
CHECKS = tuple(INVENTORY.checks)
DAY_S = 86_400.0
MONTH = period("2026-11", zone=ZONE, month_begins_on=15, now=0.0)
OCTOBER = previous(MONTH, zone=ZONE, month_begins_on=15)
NOW = MONTH.until_at + 3_600.0


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A state.db with half a year, in which everything comes and goes at whole hours."""
    path = tmp_path_factory.mktemp("state") / "state.db"
    connection, _ = open_writer(path, schema="state", synchronous=Synchronous.NORMAL, now=NOW)
    with closing(connection):
        connection.execute("begin")
        save_decision(connection, Decision(transitions=tuple(_story()), seen=_seen()))
        save_alive_at(connection, NOW)
        for number, begins_at in enumerate((OCTOBER.until_at - 60.0, MONTH.from_at, MONTH.until_at)):
            insert_meeting(
                connection, Meeting("", f"Họp {number}", begins_at, begins_at + 3_600.0, created_at=NOW)
            )
        connection.execute("commit")
        yield connection


def _story() -> Iterator[Transition]:
    chance = random.Random(7)  # noqa: S311 (when things break)
    for check_id in CHECKS:
        begun_at = MONTH.from_at - 160 * DAY_S
        status = Status.UP
        yield Transition(check_id, begun_at, begun_at, Status.UNKNOWN, status, "")
        for hour in sorted(chance.sample(range(1, 190 * 24), 120)):
            at = begun_at + hour * 3_600.0
            new = chance.choice(
                [each for each in (Status.UP, Status.DOWN, Status.DEGRADED) if each != status]
            )
            yield Transition(check_id, at, at, status, new, "")
            status = new


def _seen() -> Sequence[tuple[str, float]]:
    return tuple((target_id, MONTH.from_at - 160 * DAY_S) for target_id in INVENTORY.targets)


def settings_of(**more: object) -> Settings:
    return Settings.model_validate(
        {"province": "Quảng Ngãi", "inventory": ["x"], "state_dir": "/x", "timezone": ZONE, **more}
    )


def read(
    state: sqlite3.Connection,
    of: Period = MONTH,
    results: sqlite3.Connection | None = None,
    settings: Settings | None = None,
) -> Material:
    before = previous(of, zone=ZONE, month_begins_on=15)
    return read_material(state, results, INVENTORY, settings or settings_of(), of, before, now=NOW)


def test_books_are_those_of_the_period_and_of_the_one_before(state: sqlite3.Connection) -> None:
    found = read(state)
    assert found.books == read_books(state, INVENTORY, MONTH, now=NOW)
    assert found.books_before == read_books(state, INVENTORY, OCTOBER, now=NOW)
    assert (found.period, found.before) == (MONTH, OCTOBER)


def test_the_course_goes_back_no_further_than_anything_was_recorded(state: sqlite3.Connection) -> None:
    assert [each.id for each in read(state).earlier] == [f"2026-{number:02}" for number in range(5, 12)]
    week = period("2026-w46", zone=ZONE, month_begins_on=15, now=0.0)
    assert len(read(state, week).earlier) == 12


def test_the_course_of_the_lines_is_that_of_the_books_of_each_period(state: sqlite3.Connection) -> None:
    material = read(state)
    points = {each.period_id: each for each in figures(material).months}
    assert list(points) == [each.id for each in material.earlier]
    for each in material.earlier:
        rows = account(
            read_books(state, INVENTORY, each, now=NOW), each, GroupBy.LAYER, least_coverage_ratio=0.9
        ).rows
        (lines,) = (row for row in rows if row.key == Layer.TSLCD)
        point = points[each.id]
        assert (point.availability_ratio, point.coverage_ratio) == (
            lines.availability_ratio,
            lines.coverage_ratio,
        )


def test_of_the_long_time_only_lines_are_read_and_what_they_depend_on(state: sqlite3.Connection) -> None:
    whole = Period("", OCTOBER.from_at, MONTH.until_at)
    some = read_books(state, INVENTORY, whole, now=NOW, targets=("1.kiosk",))
    everything = read_books(state, INVENTORY, whole, now=NOW)
    needed = {"1.kiosk/icmp", "1.cpe/icmp", "1.cpe/snmp"}
    assert some.histories == {id_: each for id_, each in everything.histories.items() if id_ in needed}


def test_meetings_are_those_that_begin_in_the_period(state: sqlite3.Connection) -> None:
    assert [each.title for each in read(state).meetings] == ["Họp 1"]


def test_settings_say_what_is_aimed_at(state: sqlite3.Connection) -> None:
    settings = settings_of(
        report={"target_ratios": {"tslcd": 0.99}, "mcu_ports": 48},
        accounting={"least_coverage_ratio": 0.7},
        alerting={"degraded_wait_s": 900},
    )
    found = read(state, settings=settings).aims
    assert (found.province, found.zone, found.ports) == ("Quảng Ngãi", ZONE, 48)
    assert (found.least_coverage_ratio, found.slow_least_s) == (0.7, 900)
    assert found.target_ratios == {Layer.TSLCD: 0.99}


def test_packet_loss_is_that_of_hours_in_which_the_line_answered(
    state: sqlite3.Connection, tmp_path: Path
) -> None:
    """One line lost one of three hundred pings, others outside of the period, and all of those while it was down."""

    def answers(hour: int) -> Sequence[float | None]:
        if hour in range(20, 30):
            return (None, None, None)
        return (0.01, 0.01, None if hour in {-3, 5} else 0.01)

    with closing(opened(tmp_path / "results.db")) as results:
        hours = range(-20, 110)
        pings = [burst(MONTH.from_at + hour * 3_600.0, answers(hour), check_id=CHECKS[0]) for hour in hours]
        fill(
            results,
            pings,
            lambda result: result.started_at > MONTH.from_at + 90 * 3_600.0,
            interval_s=3_600.0,
        )
        found = read(state, results=results).loss_ratios
    assert found == {"1.cpe": 1 / 300}
    assert read(state).loss_ratios == {}


def test_a_month_of_which_nothing_is_known_can_still_be_read(tmp_path: Path) -> None:
    connection, _ = open_writer(
        tmp_path / "state.db", schema="state", synchronous=Synchronous.NORMAL, now=NOW
    )
    with closing(connection):
        found = figures(read(connection))
    assert [each.period_id for each in found.months] == ["2026-11"]
    assert found.lines is not None
    assert (found.lines.row.availability_ratio, found.lines.before) == (None, None)
    assert found.known_until_at == MONTH.from_at
    assert (found.outages, found.incidents, found.causes, found.restore_s) == ((), (), (), None)
