"""What needs a hand: groups stand for their members, and what is said of an incident is what it is."""

from dataclasses import replace

from alerts.model.checks import Status
from alerts.model.incident import Common, Dimension, Incident
from inventory.model import Inventory
from monitor.web.matters import matters_of
from monitor.web.overview import overview
from monitor.web.view import Shown
from tests.monitor.web import samples

PROVINCE = samples.province(communes=6, devices=0)


def line(number: int) -> str:
    return f"{21_000 + number:05d}.cpe/icmp"


def members(count: int) -> list[Incident]:
    return [replace(samples.incident(n, line(n)), part_of="SC-2026-0099") for n in range(1, count + 1)]


def group(common: Common, **changes: object) -> Incident:
    opened = samples.incident(99, "", lasting_s=900)
    return replace(opened, id="SC-2026-0099", common=common, **changes)  # type: ignore[arg-type]


STORM = Common(Dimension.LAYER, "tslcd", "tslcd")


def shown(*incidents: Incident, inventory: Inventory = PROVINCE) -> list[tuple[str, str, str, str]]:
    snapshot = samples.snapshot_of(inventory, incidents=incidents)
    return [(each.incident.id, each.place, each.word, each.shown.value) for each in matters_of(snapshot)]


def test_a_group_stands_for_its_members() -> None:
    assert shown(group(STORM), *members(4)) == [
        ("SC-2026-0099", "04 nơi cùng lúc", "Mất kết nối", Shown.DOWN.value)
    ]


def test_what_a_group_has_in_common_is_said_in_words() -> None:
    snapshot = samples.snapshot_of(
        PROVINCE, incidents=[group(Common(Dimension.DISTRICT, "Huyện Ba Tơ", "tslcd")), *members(3)]
    )
    (matter,) = matters_of(snapshot)

    assert "Ba Tơ" in matter.what
    assert "|" not in matter.what


def test_what_is_released_from_a_group_that_ended_stands_for_itself() -> None:
    (left,) = members(1)

    assert [each[0] for each in shown(left)] == [left.id]


def test_whoever_took_a_group_took_the_places_of_its_members() -> None:
    taken = group(STORM, acknowledged_at=samples.NOW - 60, acknowledged_by="Bích Ngọc")
    page = overview(samples.snapshot_of(PROVINCE, incidents=[taken, *members(2)]))
    tiles = {tile.unit.code: tile for tile in page.tiles}

    assert tiles["21001"].acknowledged_by == "Bích Ngọc"
    assert tiles["21001"].incident_id == "SC-2026-0099"
    assert tiles["21004"].acknowledged_by == ""


def test_degraded_and_flapping_are_not_called_cut_off() -> None:
    slow = replace(samples.incident(1, line(1)), level=Status.DEGRADED)
    restless = replace(samples.incident(2, line(2)), flapping_at=samples.NOW - 300)

    assert [each[2] for each in shown(slow, restless)] == ["Suy giảm", "Chập chờn"]
