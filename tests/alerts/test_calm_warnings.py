"""No limit of the shipped device classes wakes anybody by a warning, whatever is switched on."""

from collections.abc import Iterator

import pytest

from alerts.model.checks import Status
from alerts.model.incident import Common, Dimension, Incident
from alerts.model.settings import AlertSettings
from alerts.telling.urgency import HAVE_TIME, is_secondary, night_hold, severity_of
from inventory.model import Check, Inventory, Threshold
from tests.inventory.test_profiles import everything

SETTINGS = AlertSettings()
THREE_AT_NIGHT = 1_770_066_000.0
"""03:00 in Vietnam."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return everything(tmp_path_factory.mktemp("shipped"))


def warnings_of(inventory: Inventory) -> Iterator[tuple[Check, Threshold]]:
    for check in inventory.checks.values():
        yield from ((check, each) for each in check.thresholds if each.warning is not None)


def degraded(check: Check, threshold: Threshold) -> Incident:
    cause = f"{threshold.metric} {threshold.warning:g} / {threshold.warning:g}"
    return Incident("SC-1", check.id, 0, 600, cause, level=Status.DEGRADED)


def down(check: Check) -> Incident:
    return Incident("SC-1", check.id, 0, 60, "timeout")


def test_no_warning_wakes_anybody(shipped: Inventory) -> None:
    loud = [
        (check.id, each.metric)
        for check, each in warnings_of(shipped)
        if night_hold(SETTINGS.quiet, severity_of(shipped, SETTINGS, degraded(check, each)), THREE_AT_NIGHT)
        is None
    ]
    assert loud == []


def test_what_has_days_of_time_is_least_urgent_everywhere(shipped: Inventory) -> None:
    found = {
        (check.id, each.metric): severity_of(shipped, SETTINGS, degraded(check, each))
        for check, each in warnings_of(shipped)
        if each.metric in HAVE_TIME
    }
    assert set(found.values()) == {3}
    assert {metric for _, metric in found} == HAVE_TIME


def test_a_warning_of_a_second_check_is_least_urgent(shipped: Inventory) -> None:
    found = {
        severity_of(shipped, SETTINGS, degraded(check, each))
        for check, each in warnings_of(shipped)
        if is_secondary(shipped, check.id)
    }
    assert found == {3}


def test_a_line_that_answers_badly_is_less_urgent_than_one_that_is_lost(shipped: Inventory) -> None:
    (loss, *_) = shipped.checks["tslcd-cpe/icmp"].thresholds
    slow = degraded(shipped.checks["tslcd-cpe/icmp"], loss)

    assert severity_of(shipped, SETTINGS, down(shipped.checks["tslcd-cpe/icmp"])) == 1
    assert severity_of(shipped, SETTINGS, slow) == 2


def test_a_second_check_that_is_down_is_one_less_urgent_than_the_target(shipped: Inventory) -> None:
    for check in shipped.checks.values():
        layer = shipped.targets[check.target_id].layer
        of_target = SETTINGS.severities[layer]
        expected = min(3, of_target + 1) if is_secondary(shipped, check.id) else of_target
        assert severity_of(shipped, SETTINGS, down(check)) == expected, check.id


def test_the_first_check_of_a_target_is_no_second_one(shipped: Inventory) -> None:
    first: dict[str, str] = {}
    for check in shipped.checks.values():
        first.setdefault(check.target_id, check.id)

    # The parts of the monitor itself do not stand behind each other.
    others = [each.id for each in shipped.checks.values() if each.kind != "self"]
    assert all(is_secondary(shipped, each) is (each not in first.values()) for each in others)


@pytest.mark.parametrize(("layer", "severity"), [("tslcd", 1), ("conference", 1), ("kiosk", 2), ("pc", 2)])
def test_a_group_is_one_more_urgent_than_one_of_its_layer(layer: str, severity: int) -> None:
    group = Incident("SC-2026-0001", "", 0.0, 0.0, "timeout", common=Common(Dimension.LAYER, layer, layer))

    assert severity_of(Inventory({}, {}, {}), SETTINGS, group) == severity
