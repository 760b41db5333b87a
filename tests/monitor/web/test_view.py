"""What a check, target or unit looks like."""

from dataclasses import replace

from alerts.model.checks import Status
from monitor.web.reach import Reach, reach
from monitor.web.view import Shown, worst
from tests.monitor.web.samples import (
    HEALTH,
    NOW,
    commune_targets,
    cut,
    incident,
    inventory_of,
    province,
    snapshot_of,
    unit,
)


def test_the_root_of_an_incident_is_down_and_what_hangs_on_it_is_affected() -> None:
    inventory = province(communes=1, devices=1)

    snapshot = snapshot_of(inventory, incidents=[cut(inventory, 1, "21000")])

    assert snapshot.check("21000.cpe/icmp") is Shown.DOWN
    assert snapshot.check("21000.d0/icmp") is Shown.AFFECTED


def test_a_check_that_is_down_and_not_explained_is_down() -> None:
    inventory = province(communes=1, devices=1)

    snapshot = snapshot_of(inventory, statuses={"21000.d0/icmp": Status.DOWN})

    assert snapshot.check("21000.d0/icmp") is Shown.DOWN


def test_nothing_is_certain_once_results_have_stopped_coming() -> None:
    inventory = province(communes=1, devices=1)
    old = replace(HEALTH, last_result_at=NOW - 61)

    snapshot = snapshot_of(inventory, incidents=[cut(inventory, 1, "21000")], health=old)

    assert snapshot.is_stale
    assert set(snapshot.shown_targets.values()) == {Shown.UNKNOWN}


def test_a_slow_inventory_is_not_stale_between_its_results() -> None:
    owner = unit(0)
    inventory = inventory_of([owner], commune_targets(owner, 0), interval_s=300)
    old = replace(HEALTH, last_result_at=NOW - 290)

    snapshot = snapshot_of(inventory, health=old)

    assert not snapshot.is_stale


def test_before_the_first_result_nothing_is_stale() -> None:
    snapshot = snapshot_of(province(communes=1), health=replace(HEALTH, last_result_at=None))

    assert not snapshot.is_stale
    assert snapshot.data_age_s is None


def test_the_worst_of_nothing_is_unwatched() -> None:
    assert worst([]) is Shown.UNWATCHED


def test_down_outranks_affected_degraded_unknown_and_up_in_this_order() -> None:
    order = [Shown.DOWN, Shown.AFFECTED, Shown.DEGRADED, Shown.UNKNOWN, Shown.UP, Shown.UNWATCHED]

    assert sorted(Shown, key=lambda shown: shown.urgency) == order


def test_since_when_is_the_start_of_the_worst_state() -> None:
    inventory = province(communes=1, devices=1)

    snapshot = snapshot_of(inventory, statuses={"21000.d0/icmp": Status.DEGRADED})

    assert snapshot.since_at(inventory.targets["21000.d0"]) == NOW - 600


def test_the_reach_counts_targets_and_other_units_but_not_the_root() -> None:
    inventory = province(communes=3, devices=2)
    behind = [check_id for check_id in inventory.checks if not check_id.startswith("core")]

    hit = reach(incident(1, "core.router/icmp", affected=[*behind, "gone.target/icmp"]), inventory)

    assert hit == Reach(targets=9, units=3)
