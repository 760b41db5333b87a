"""`inventory show`, on a small inventory in files."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.conftest import Run

MORE = """
units:
  "23401":
    name: Xã Đăk Tờ Kan
    kind: xã
    area: kt
    former_district: Huyện Tu Mơ Rông
    former_province: Kon Tum
    former_names: [Xã Đăk Rơ Ông, Xã Đăk Na, Thị trấn La Hà]
circuits:
  kenh-1: {provider: VNPT, contract_code: HD-01, hotline: 18001260}
targets:
  core.ups: {name: UPS phòng máy, unit: core, profile: ups, address: 127.0.0.9}
  23401.cpe: {name: CPE Tờ Kan, unit: "23401", profile: any, address: 127.0.0.6, depends_on: [core.edge], circuit: kenh-1, powered_by: [core.ups]}
  23401.switch: {name: Switch Tờ Kan, unit: "23401", profile: any, address: 127.0.0.7, depends_on: [23401.cpe]}
  core.edge: {depends_on: [core.gateway]}
"""


@pytest.fixture
def province(config: Path) -> Path:
    (config.parent / "rieng").mkdir()
    (config.parent / "rieng" / "20.yaml").write_text(MORE)
    config.write_text(config.read_text().replace("[danh-muc]", "[danh-muc, rieng]"))
    return config


def facts(rows: list[list[str]]) -> dict[str, str]:
    return {row[0]: row[1] for row in rows if len(row) == 2}


def test_shows_a_target_with_its_way_up_and_what_is_behind_it(run: Run, province: Path) -> None:
    told = run("inventory", "show", "23401.cpe", "--config", province)

    assert told.code == 0
    shown = facts(told.rows)
    assert shown["Đối tượng"] == "CPE Tờ Kan (23401.cpe)"
    assert shown["Đi qua"] == "core.edge → core.gateway"
    assert shown["Phía sau"] == "1 đối tượng: 23401.switch"
    assert shown["Nguồn từ"] == "core.ups"
    assert shown["Kênh truyền"] == "kenh-1, VNPT, HD-01, 18001260"
    assert ["icmp", "icmp", "60 s (chờ 5 s)", "3/2 lần, cách 20 s", "–", "24x7", "default"] in told.rows


def test_a_commune_is_found_without_diacritics(run: Run, province: Path) -> None:
    told = run("inventory", "show", "dak ro wa", "--config", province)

    assert told.code == 0
    assert facts(told.rows)["Đơn vị"] == "Xã Đăk Rơ Wa (23308)"
    assert [row[0] for row in told.rows if len(row) > 2] == ["23308.cpe", "23308.off"]


def test_a_commune_is_found_by_a_former_name_and_shows_both_maps(run: Run, province: Path) -> None:
    told = run("inventory", "show", "dak na", "--config", province)

    shown = facts(told.rows)
    assert shown["Đơn vị"] == "Xã Đăk Tờ Kan (23401)"
    assert (shown["Địa bàn"], shown["Huyện (cũ)"]) == ("Kon Tum (cũ)", "Huyện Tu Mơ Rông")
    assert (shown["Tỉnh (cũ)"], shown["Gồm các đơn vị cũ"]) == (
        "Kon Tum",
        "Xã Đăk Rơ Ông, Xã Đăk Na, Thị trấn La Hà",
    )


def test_a_former_name_without_its_kind_says_where_it_is_now(run: Run, province: Path) -> None:
    told = run("inventory", "show", "la ha", "--config", province)

    assert facts(told.rows)["Đơn vị"] == "Xã Đăk Tờ Kan (23401)"
    assert "La Hà (cũ) nay thuộc Xã Đăk Tờ Kan (23401)" in told.err
    told = run("inventory", "show", "Xã La Hà", "--config", province)
    assert "La Hà (cũ) nay thuộc Xã Đăk Tờ Kan (23401)" in told.err


@pytest.mark.parametrize("asked", ["127.0.0.6", "http://127.0.0.6/", "127.0.0.6:8080"])
def test_targets_are_found_by_address(run: Run, province: Path, asked: str) -> None:
    told = run("inventory", "show", asked, "--config", province)

    assert told.code == 0
    assert facts(told.rows)["Đối tượng"] == "CPE Tờ Kan (23401.cpe)"


def test_several_targets_of_one_address_are_listed(run: Run, province: Path) -> None:
    more = province.parent / "rieng" / "21.yaml"
    more.write_text('targets: {23401.web: {name: Trang, unit: "23401", profile: any, address: 127.0.0.6}}')

    told = run("inventory", "show", "127.0.0.6", "--config", province)

    assert told.code == 2
    assert "23401.cpe" in told.err
    assert "23401.web" in told.err


def test_an_address_of_nobody_is_said_to_be_that(run: Run, province: Path) -> None:
    told = run("inventory", "show", "127.9.9.9", "--config", province)

    assert told.code == 2
    assert "chưa có đối tượng nào ở địa chỉ 127.9.9.9" in told.err


def test_a_name_that_two_communes_have_is_listed_with_codes(run: Run, province: Path) -> None:
    told = run("inventory", "show", "ba to", "--config", province)

    assert told.code == 2
    assert told.out == ""
    assert "Xã Ba Tơ (21484, Huyện Ba Tơ); Xã Ba Tô (21523, Huyện Ba Tơ)" in told.err


def test_a_slip_in_an_id_gets_a_hint(run: Run, province: Path) -> None:
    told = run("inventory", "show", "23401.cp", "--config", province)

    assert told.code == 2
    assert "có phải '23401.cpe'?" in told.err


def test_resolved_tells_level_file_and_line_of_each_value(run: Run, province: Path) -> None:
    told = run("inventory", "show", "core.edge", "--resolved", "--config", province)

    rows = {row[0]: row[1:] for row in told.rows}
    folder = province.parent
    assert rows["name"] == ["Biên nhà mạng", "target", f"{folder}/danh-muc/10.yaml:15"]
    assert rows["depends_on"] == ["core.gateway", "target", f"{folder}/rieng/20.yaml:16"]
    assert rows["checks.icmp.options.count"] == ["2", "profile", f"{folder}/danh-muc/10.yaml:12"]
    assert rows["checks.icmp.interval_s"] == ["60", "mặc định chương trình", "–"]


def test_programs_read_the_same_as_json(run: Run, province: Path) -> None:
    target = json.loads(
        run("inventory", "show", "23401.cpe", "--resolved", "-o", "json", "--config", province).out
    )
    unit = json.loads(run("inventory", "show", "Ba Tô", "--json", "--config", province).out)

    assert target["schema"] == "inventory-target/1"
    assert target["needs"] == [["core.edge"], ["core.gateway"]]
    assert target["checks"][0]["calendar"] == "24x7"
    assert {"path": "circuit", "value": "kenh-1", "level": "target"}.items() <= target["resolved"][6].items()
    assert target["resolved"][6]["line"] == 14
    assert unit["schema"] == "inventory-unit/1"
    assert [each["id"] for each in unit["targets"]] == ["21523.cpe"]


def test_resolved_is_for_one_target(run: Run, province: Path) -> None:
    told = run("inventory", "show", "21484", "--resolved", "--config", province)

    assert told.code == 2
    assert "chọn một đối tượng: 21484.cpe" in told.err


def test_a_broken_inventory_is_not_shown(run: Run, province: Path) -> None:
    (province.parent / "rieng" / "20.yaml").write_text("targets: {x: {}}\n")

    told = run("inventory", "show", "21484", "--config", province)

    assert told.code == 1
    assert "20.yaml:1: targets.x.name" in told.err
    assert "check-config" in told.err
