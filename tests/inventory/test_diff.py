from dataclasses import replace
from pathlib import Path

import pytest

from inventory.diff import Changes, diff
from inventory.loader import load
from inventory.model import Inventory
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parent / "base.yaml"


@pytest.fixture
def old() -> Inventory:
    return load([BASE])


def test_the_same_inventory_has_no_difference(old: Inventory) -> None:
    assert not diff(old, load([BASE]))


def test_the_digest_alone_is_no_difference(old: Inventory) -> None:
    assert not diff(old, replace(old, digest="x"))


def test_tells_what_was_added_and_removed(old: Inventory, write: WriteFiles) -> None:
    new = load(
        [BASE, write(a="targets: {a: {name: A, unit: 21484, profile: vcs-endpoint, address: 192.0.2.9}}")]
    )

    assert diff(old, new).targets == Changes(added=("a",))
    assert diff(old, new).checks == Changes(added=("a/h323", "a/icmp"))
    assert diff(new, old).targets == Changes(removed=("a",))
    assert diff(new, old).checks == Changes(removed=("a/h323", "a/icmp"))


def test_a_new_name_changes_the_target_and_no_check(old: Inventory, write: WriteFiles) -> None:
    changes = diff(old, load([BASE, write(a="targets: {gw: {name: Tên mới}}")]))

    assert changes.targets == Changes(changed=("gw",))
    assert not changes.checks


def test_a_new_interval_changes_the_check_and_no_target(old: Inventory, write: WriteFiles) -> None:
    changes = diff(old, load([BASE, write(a="targets: {gw: {checks: {icmp: {interval_s: 30}}}}")]))

    assert not changes.targets
    assert changes.checks == Changes(changed=("gw/icmp",))


def test_a_new_dependency_changes_target_and_check(old: Inventory, write: WriteFiles) -> None:
    changes = diff(old, load([BASE, write(a="targets: {bien: {depends_on: [gw]}}")]))

    assert changes.targets == Changes(changed=("bien",))
    assert changes.checks == Changes(changed=("bien/icmp",))
