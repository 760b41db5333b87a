"""The made-up year is one that this monitor could have lived through, and the same each time it is written."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from alerts import engine
from alerts.model.checks import Status, Transition
from alerts.model.incident import Incident, LogKind
from alerts.model.settings import AlertSettings
from inventory.model import Inventory, Layer
from monitor.cli import main
from monitor.cli.demo import last_month
from monitor.cli.exits import Exit
from monitor.demo.year.book import moment
from monitor.demo.year.land import write_land
from monitor.demo.year.making import SEED, NotEmptyError, make_year
from monitor.demo.year.model import END_AT
from monitor.demo.year.script import written
from monitor.storage.decisions import load_alive_at, load_saved_state
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents, select_log
from monitor.storage.opening import open_reader


@pytest.fixture
def state(made_up_year: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(made_up_year / "state" / "state.db")) as opened:
        yield opened


@pytest.fixture
def incidents(state: sqlite3.Connection) -> list[Incident]:
    return select_incidents(state, SELECT_INCIDENTS + "order by declared_at, id")


@pytest.fixture
def histories(state: sqlite3.Connection) -> dict[str, list[Transition]]:
    found: defaultdict[str, list[Transition]] = defaultdict(list)
    for row in state.execute(
        "select check_id, at, declared_at, old, new, cause from transition order by at, id"
    ):
        check_id, at, declared_at, old, new, cause = row
        found[check_id].append(Transition(check_id, at, declared_at, Status(old), Status(new), cause))
    return found


def status_at(history: list[Transition], at: float) -> Status:
    return next((each.new for each in reversed(history) if each.at <= at), Status.UNKNOWN)


def test_the_configuration_has_no_mistake(made_up_year: Path) -> None:
    assert main(["check-config", str(made_up_year / "tslcd-monitor.yaml")]) == Exit.OK


def test_each_check_goes_from_one_status_to_the_next(
    made_up_land: Inventory, histories: dict[str, list[Transition]]
) -> None:
    assert histories.keys() == made_up_land.checks.keys()
    for history in histories.values():
        assert history[0].old is Status.UNKNOWN
        for before, after in pairwise(history):
            assert before.new is after.old is not after.new
            assert before.at < after.at
            assert before.declared_at <= after.declared_at
            assert after.at <= after.declared_at


def test_an_incident_lasts_as_long_as_its_root_is_bad(
    state: sqlite3.Connection, incidents: list[Incident], histories: dict[str, list[Transition]]
) -> None:
    end_at = load_alive_at(state)
    assert end_at is not None
    for incident in incidents:
        if incident.is_group:
            continue
        history = histories[incident.root_check_id]
        assert incident.level is status_at(history, incident.opened_at)
        assert status_at(history, incident.opened_at - 1) is Status.UP
        assert incident.opened_at <= incident.declared_at
        if incident.resolved_at is None:
            assert history[-1].new is incident.level
        else:
            assert status_at(history, incident.resolved_at) is Status.UP
            assert incident.resolved_at < end_at


def test_whatever_is_bad_belongs_to_an_incident(
    incidents: list[Incident], histories: dict[str, list[Transition]]
) -> None:
    explained: defaultdict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        if not incident.is_group:
            for check_id in (incident.root_check_id, *incident.affected):
                explained[check_id].append(incident)
    for check_id, history in histories.items():
        for transition in history:
            if transition.new in {Status.DOWN, Status.DEGRADED} and transition.old is Status.UP:
                assert any(
                    each.opened_at <= transition.at <= (each.resolved_at or 1e12)
                    for each in explained[check_id]
                ), transition


def test_groups_hold_their_members(incidents: list[Incident]) -> None:
    groups = {incident.id: incident for incident in incidents if incident.is_group}
    members: defaultdict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.part_of is not None:
            members[incident.part_of].append(incident)
    assert groups.keys() == members.keys()
    assert len(groups) >= 6
    for group_id, group in groups.items():
        assert len(members[group_id]) >= 3
        assert group.opened_at == min(each.opened_at for each in members[group_id])
        assert group.affected >= {each.root_check_id for each in members[group_id]}
        assert all(each.told.step < 0 for each in members[group_id]), "people hear of the group"


def test_numbers_follow_the_declarations(incidents: list[Incident]) -> None:
    numbers = [int(incident.id.rpartition("-")[2]) for incident in incidents]

    assert numbers == list(range(1, len(incidents) + 1))


def test_logs_are_in_order_and_begin_with_the_beginning(
    state: sqlite3.Connection, incidents: list[Incident]
) -> None:
    for incident in incidents:
        log = select_log(state, incident.id)
        assert log[0].kind is LogKind.OPENED
        assert [each.at for each in log] == sorted(each.at for each in log)
        assert (incident.choice is not None) == any(each.kind is LogKind.CAUSE for each in log)


def test_every_message_was_sent_and_whoever_heard_of_a_beginning_heard_of_the_end(
    state: sqlite3.Connection, incidents: list[Incident]
) -> None:
    assert state.execute("select count(*) from waiting").fetchone() == (0,)
    assert state.execute("select count(*) from outbox where sent_at is null").fetchone() == (0,)
    told: defaultdict[str, set[str]] = defaultdict(set)
    ended: defaultdict[str, set[str]] = defaultdict(set)
    for about_id, kind, recipient in state.execute("select about_id, kind, recipient from outbox"):
        (ended if kind == "resolved" else told)[about_id].add(recipient)
    over = {incident.id for incident in incidents if not incident.is_open}
    assert {id_: who for id_, who in told.items() if id_ in over} == dict(ended)


def test_a_daemon_could_go_on_from_here(state: sqlite3.Connection, made_up_land: Inventory) -> None:
    saved = load_saved_state(state)
    world, decision = engine.start(
        made_up_land, AlertSettings(), saved, now=(saved.alive_at or 0.0) + 5, mono=0.0
    )

    bad = {each.check_id for each in saved.states if each.status in {Status.DOWN, Status.DEGRADED}}
    explained = {*world.incident_of, *world.standing}
    assert explained <= bad
    assert not [each for each in decision.incidents if not each.is_open], "nothing ends by starting"
    assert {each.id for each in saved.incidents if each.is_open} == world.incidents.keys()


def test_everything_that_a_report_speaks_of_happens(
    state: sqlite3.Connection, incidents: list[Incident], made_up_land: Inventory
) -> None:
    chosen = {each.choice.kind.value for each in incidents if each.choice is not None}
    layers = {
        made_up_land.targets[each.root_check_id.partition("/")[0]].layer
        for each in incidents
        if each.root_check_id
    }

    assert chosen >= {"line", "power", "device", "central", "disaster", "maintenance", "software"}
    assert layers >= {Layer.TSLCD, Layer.CONFERENCE, Layer.KIOSK, Layer.PC, Layer.SHARED, Layer.CENTRAL}
    assert any(each.choice is None and each.resolved_at for each in incidents)
    assert any(each.flapping_at is not None for each in incidents)
    assert any(each.ticket is not None for each in incidents)
    assert any(each.acknowledged_at is not None for each in incidents)
    for table in ("muting", "correction", "meeting", "audit"):
        assert state.execute(f"select count(*) from {table}").fetchone()[0] > 0, table  # noqa: S608 (names of ours)
    assert state.execute("select count(*) from transition where cause = 'stopped'").fetchone()[0] > 0


def test_the_same_seed_tells_the_same_and_another_seed_another_story(
    made_up_land: Inventory, tmp_path: Path
) -> None:
    again = write_land(tmp_path, SEED)

    assert made_up_land.circuits == again.circuits
    story = written(made_up_land, SEED, 1)
    assert story == written(again, SEED, 1)
    assert story.faults != written(made_up_land, SEED + 1, 1).faults


def test_the_story_of_a_year_may_end_with_any_month(made_up_land: Inventory) -> None:
    script = written(made_up_land, SEED, 12, date(2031, 2, 1))

    assert (script.begin_at, script.end_at) == (moment(date(2030, 3, 1), 0), moment(date(2031, 3, 1), 6))
    assert len(script.off) == 4
    assert sum(fault.common is not None for fault in script.faults) >= 10
    assert max(fault.from_at for fault in script.faults) < script.end_at
    assert written(made_up_land, SEED, 1).end_at == END_AT


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (date(2026, 11, 22), date(2026, 10, 1)),
        (date(2027, 1, 2), date(2026, 12, 1)),
        # The year's last sign of life comes at six in the morning: it must be over, too.
        (date(2027, 3, 1), date(2027, 1, 1)),
    ],
)
def test_a_made_up_year_ends_before_now(now: date, last: date) -> None:
    assert last_month(moment(now, 5.9)) == last


def test_a_last_month_is_one_of_the_calendar_and_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "--year", "nam", "--until", "2026-13"])
    assert stopped.value.code == Exit.USAGE
    assert "không có tháng '2026-13'" in capsys.readouterr().err
    assert main(["demo", "--until", "2026-10"]) == Exit.USAGE


def test_what_is_in_a_folder_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thư.txt").write_text("của tôi", encoding="utf-8")

    with pytest.raises(NotEmptyError):
        make_year(tmp_path)
    assert main(["demo", "--year", str(tmp_path)]) == Exit.USAGE
    assert [each.name for each in tmp_path.iterdir()] == ["thư.txt"]
