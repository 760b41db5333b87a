"""The overview's content: headline, tiles, matters."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from alerts.messages import words
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from inventory.model import Area, Equipped, Inventory, Layer
from monitor.web.api.shapes import overview_json
from monitor.web.overview import overview
from monitor.web.view import Shown, build_snapshot
from tests.monitor.web.samples import (
    HEALTH,
    NOW,
    commune_targets,
    cut,
    incident,
    inventory_of,
    province,
    snapshot_of,
    target,
    unit,
    world_of,
)


def test_all_well_is_said_with_the_number_of_communes() -> None:
    assert overview(snapshot_of(province(communes=96))).headline.text == "96/96 xã hoạt động"


def test_the_headline_counts_cut_and_degraded_communes() -> None:
    inventory = province(communes=5)
    snapshot = snapshot_of(
        inventory,
        incidents=[cut(inventory, 1, "21000")],
        statuses={"21001.cpe/icmp": Status.DEGRADED, "21002.cpe/icmp": Status.DEGRADED},
    )

    headline = overview(snapshot).headline

    assert headline.text == "1 xã mất kết nối, 2 xã suy giảm"
    assert headline.shown is Shown.DOWN


def test_a_commune_whose_line_is_up_is_not_called_cut() -> None:
    inventory = province(communes=2)
    snapshot = snapshot_of(inventory, incidents=[incident(1, "21000.d1/icmp")])

    headline = overview(snapshot).headline

    assert headline.text == "1 xã có thiết bị mất kết nối"


def test_what_the_core_takes_along_is_affected() -> None:
    inventory = province(communes=3)
    behind = [check_id for check_id in inventory.checks if not check_id.startswith("core")]
    snapshot = snapshot_of(inventory, incidents=[incident(1, "core.router/icmp", affected=behind)])

    headline = overview(snapshot).headline

    assert headline.text == "3 xã bị ảnh hưởng, 1 hệ thống cấp tỉnh mất kết nối"


def test_a_system_that_others_answer_for_is_not_called_the_provinces() -> None:
    inventory = province(communes=1)
    snapshot = snapshot_of(
        inventory, incidents=[incident(1, "core.router/icmp"), incident(2, "core.vneid/icmp")]
    )

    headline = overview(snapshot).headline.text

    assert headline == "1 hệ thống cấp tỉnh mất kết nối, 1 hệ thống của Trung ương mất kết nối"


def test_an_empty_inventory_is_said() -> None:
    assert overview(snapshot_of(Inventory({}, {}, {}))).headline.text == "Chưa có danh mục giám sát"


def test_before_the_first_result_nothing_is_claimed() -> None:
    snapshot = snapshot_of(province(communes=1), health=replace(HEALTH, last_result_at=None))

    assert overview(snapshot).headline.shown is Shown.UNKNOWN


def test_an_office_computer_does_not_colour_its_commune() -> None:
    inventory = province(communes=1, devices=5)
    snapshot = snapshot_of(inventory, incidents=[incident(1, "21000.d2/icmp")])

    (tile,) = overview(snapshot).tiles

    assert tile.layers[Layer.PC] is Shown.DOWN
    assert tile.shown is Shown.UP


def test_choosing_a_layer_recolours_the_map_and_not_the_headline() -> None:
    inventory = province(communes=1, devices=5)
    snapshot = snapshot_of(inventory, incidents=[incident(1, "21000.d2/icmp")])

    content = overview(snapshot, Layer.PC)

    assert [tile.shown for tile in content.tiles] == [Shown.DOWN]
    assert content.headline.text == "1/1 xã hoạt động"


def test_a_tile_names_the_layer_that_colours_it() -> None:
    inventory = province(communes=1, devices=5)
    snapshot = snapshot_of(inventory, incidents=[incident(1, "21000.d1/icmp")])

    (tile,) = overview(snapshot).tiles

    assert tile.because == "Kiosk"
    assert tile.incident_id == "SC-2026-0001"


def test_a_unit_without_anything_watched_is_neither_well_nor_ill() -> None:
    watched, unwatched = unit(0), unit(1)
    line = commune_targets(watched, 0)
    missing = replace(target(unwatched, "cpe", "Thiết bị", Layer.TSLCD), equipped=Equipped.NO)
    content = overview(snapshot_of(inventory_of([watched, unwatched], [*line, missing])))

    assert content.headline.text == "1/1 xã hoạt động"
    assert {tile.unit.code: tile.shown for tile in content.tiles}["21001"] is Shown.UNWATCHED


def test_tiles_stand_by_former_district_then_vietnamese_name() -> None:
    units = [
        replace(unit(0, name=name, area="qn"), code=f"{code}", former_district=district)
        for code, (name, district) in enumerate(
            [
                ("Xã Sơn Hạ", "Huyện Sơn Hà"),
                ("Xã Ba Tơ", "Huyện Ba Tơ"),
                ("Xã Ba Tô", "Huyện Ba Tơ"),
                ("Xã Đăk Ui", "Huyện Đăk Hà"),
            ]
        )
    ]
    content = overview(snapshot_of(inventory_of(units, [commune_targets(each, 0)[0] for each in units])))

    assert [tile.name for tile in content.tiles] == ["Ba Tô", "Ba Tơ", "Đăk Ui", "Sơn Hạ"]


def test_what_nobody_took_comes_first_then_the_older() -> None:
    inventory = province(communes=3)
    old, new, taken = (
        incident(n, f"2100{n}.cpe/icmp", lasting_s=age) for n, age in ((0, 900.0), (1, 60.0), (2, 5000.0))
    )
    taken = replace(taken, acknowledged_at=NOW - 10, acknowledged_by="B. Ngọc")

    matters = overview(snapshot_of(inventory, incidents=[taken, new, old])).matters

    assert [matter.incident.id for matter in matters] == ["SC-2026-0000", "SC-2026-0001", "SC-2026-0002"]


def test_a_matter_says_where_what_how_long_and_how_many_behind() -> None:
    inventory = province(communes=1, devices=5)

    (matter,) = overview(snapshot_of(inventory, incidents=[cut(inventory, 7, "21000")])).matters

    assert (matter.place, matter.what) == ("Xã Đăk Rơ Wa", "Thiết bị đầu cuối TSLCD")
    assert matter.lasting_s == pytest.approx(780)
    assert matter.reach.targets == 5


def test_a_matter_says_why_nobody_is_told_while_that_is_so() -> None:
    inventory = province(communes=2)
    snapshot = snapshot_of(inventory, incidents=[cut(inventory, 7, "21000")])
    (incident_id,) = snapshot.incidents
    holds = [Hold(SuppressionReason.MAINTENANCE, "w", snapshot.now + wait_s) for wait_s in (60, 0)]

    found = [overview(replace(snapshot, holds={incident_id: hold})).matters[0].hold for hold in holds]

    assert found == [holds[0], None]


def test_a_matter_does_not_name_its_unit_twice() -> None:
    owner = unit(3)
    line = target(owner, "cpe", "Đường truyền TSLCD – Xã Ba Tơ", Layer.TSLCD)
    snapshot = snapshot_of(inventory_of([owner], [line]), incidents=[incident(1, "21003.cpe/icmp")])

    (matter,) = overview(snapshot).matters

    assert (matter.place, matter.what) == ("Xã Ba Tơ", "Đường truyền TSLCD")


def test_an_incident_of_a_removed_target_is_still_listed() -> None:
    (matter,) = overview(snapshot_of(province(communes=1), incidents=[incident(1, "gone.cpe/icmp")])).matters

    assert matter.place == "gone.cpe/icmp"
    assert matter.what == "đã rời danh mục"


def test_a_provincial_system_that_is_ill_says_why() -> None:
    inventory = province(communes=1)
    world = world_of(inventory, statuses={"core.mcu/icmp": Status.DEGRADED})
    world.states["core.mcu/icmp"] = replace(
        world.states["core.mcu/icmp"], cause="mcu_ports_used_ratio 0.96 / 0.9"
    )
    page = overview(build_snapshot(world, HEALTH, NOW))

    (mcu,) = page.systems[Layer.CONFERENCE]
    assert words.cause_phrase(mcu.cause) == "sắp hết cổng MCU, đã dùng 96% (ngưỡng 90%)"
    assert {each.cause for of in page.systems.values() for each in of if each is not mcu} == {""}
    shown = overview_json(page, ZoneInfo("Asia/Ho_Chi_Minh"))
    assert "sắp hết cổng MCU, đã dùng 96%" in json.dumps(shown, ensure_ascii=False)


def test_provincial_systems_are_grouped_by_layer() -> None:
    systems = overview(snapshot_of(province(communes=1))).systems

    assert {layer: [each.target.name for each in of] for layer, of in systems.items()} == {
        Layer.CONFERENCE: ["MCU hội nghị truyền hình"],
        Layer.SHARED: ["Hệ thống một cửa điện tử"],
        Layer.CENTRAL: ["VNeID"],
        Layer.INFRA: ["Bộ định tuyến lõi"],
    }


def test_any_provinces_areas_share_the_page_by_their_size_in_declared_order() -> None:
    sizes = {"c": 10, "a": 25, "b": 13}
    units = [
        replace(unit(0, area=area), code=f"{area}{number}")
        for area, size in sizes.items()
        for number in range(size)
    ]
    declared = {area: Area(area, area.upper()) for area in ("b", "c", "empty", "a")}
    inventory = replace(inventory_of(units, []), areas=declared)

    blocks = overview(snapshot_of(inventory)).blocks

    assert [(block.title, len(block.tiles), block.columns) for block in blocks] == [
        ("B", 13, 3),
        ("C", 10, 3),
        ("A", 25, 6),
    ]
