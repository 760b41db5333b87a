from pathlib import Path

import pytest

from inventory.loader import load_with_warnings
from inventory.model import Equipped
from inventory.provinces import Province, choose, read_provinces
from inventory.provinces.skeleton import DEPARTMENTS, skeleton

PROVINCES = read_provinces()


@pytest.mark.parametrize(
    "province", [PROVINCES[0], *choose("51", PROVINCES), PROVINCES[27]], ids=lambda province: province.code
)
def test_the_beginning_of_a_province_is_valid_and_measures_only_this_machine(
    tmp_path: Path, province: Province
) -> None:
    for name, text in skeleton(province).items():
        (tmp_path / name).write_text(text)

    loaded = load_with_warnings([tmp_path])

    asked = [check.address for check in loaded.inventory.checks.values() if not check.is_own]
    assert set(asked) == {"127.0.0.1"}
    assert len(loaded.inventory.areas) == len(province.former_provinces)
    communes = [unit for unit in loaded.inventory.units.values() if unit.code.isdigit()]
    assert len(communes) == len(province.communes)
    assert ["mốc" in warning.message for warning in loaded.warnings] == [True] * 3


def test_the_core_waits_for_its_addresses(tmp_path: Path) -> None:
    [province] = choose("51", PROVINCES)
    for name, text in skeleton(province).items():
        (tmp_path / name).write_text(text)

    targets = load_with_warnings([tmp_path]).inventory.targets

    waiting = [target.id for target in targets.values() if target.equipped is Equipped.UNKNOWN]
    assert [target_id for target_id in waiting if not target_id[0].isdigit()] == [
        "ttdl-tinh.gateway",
        "bien.vnpt",
        "bien.viettel",
        "tslcd.nut-qn",
        "tslcd.nut-kt",
    ]


def test_departments_come_when_they_are_asked_for(tmp_path: Path) -> None:
    [province] = choose("51", PROVINCES)
    for name, text in skeleton(province, with_departments=True).items():
        (tmp_path / name).write_text(text)

    assert load_with_warnings([tmp_path]).inventory.units.keys() >= DEPARTMENTS.keys()


def test_what_every_commune_may_have_hangs_on_its_areas_node(tmp_path: Path) -> None:
    [province] = choose("51", PROVINCES)
    for name, text in skeleton(province, with_departments=True).items():
        (tmp_path / name).write_text(text)

    targets = load_with_warnings([tmp_path]).inventory.targets

    assert targets["23332.cpe"].depends_on == ("tslcd.nut-kt",)
    assert targets["23332.vcs"].depends_on == ("23332.switch",)
    assert targets["23332.switch"].depends_on == ("23332.cpe",)
    assert targets["so-y-te.cpe"].depends_on == ("tslcd.nut-qn",)
    assert targets["23332.cpe"].name == "Đường truyền TSLCD – Xã Đăk Rơ Wa"
