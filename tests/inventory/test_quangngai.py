import re
import unicodedata
from collections import Counter
from pathlib import Path
from statistics import mean
from time import perf_counter

import pytest

import inventory
from inventory.graph import descendant_targets
from inventory.loader import load_with_warnings
from inventory.model import Equipped, Inventory, Layer, Unit

FOLDER = Path(inventory.__file__).parent / "quangngai"
NO_VCS = "21496 21538 21529 21349 21325 23284 23317 23332 23326 23383 23356 23365 23344 23374 23548 23485 23479 23455 23476 23530"
CENTRAL_URLS = {
    "https://dangkyhkd.dkkd.gov.vn",
    "https://dangkyhtx.dkkd.gov.vn",
    "https://dangkykinhdoanh.gov.vn",
    "https://mstt.mof.gov.vn",
    "https://lienthong.dichvucong.gov.vn",
    "https://dichvucong.baohiemxahoi.gov.vn",
    "https://khaisinhdientu.moj.gov.vn",
    "https://hotichdientu.moj.gov.vn",
    "https://quoctich.moj.gov.vn",
    "https://dvcquyhoach.xaydung.gov.vn",
    "https://capphep.xaydung.gov.vn",
    "https://csdl-nguoicocong.molisa.gov.vn",
    "https://dvcbtxh.molisa.gov.vn",
    "https://imda.moh.gov.vn/",
    "https://ecosys.gov.vn",
}


@pytest.fixture(scope="module")
def province() -> Inventory:
    started_at = perf_counter()
    loaded = load_with_warnings([FOLDER])
    took_s = perf_counter() - started_at
    shipped = loaded.inventory
    watched = sum(target.is_watched for target in shipped.targets.values())
    print(
        f"\n{len(shipped.units)} units, {len(shipped.targets)} targets ({watched} watched), "
        f"{len(shipped.checks)} checks, loaded in {took_s:.3f} s"
    )
    assert loaded.warnings == ()
    return shipped


def communes(province: Inventory) -> list[Unit]:
    return [unit for unit in province.units.values() if unit.kind in {"xã", "phường", "đặc khu"}]


def test_has_the_96_communes(province: Inventory) -> None:
    units = communes(province)

    assert Counter(unit.kind for unit in units) == {"xã": 86, "phường": 9, "đặc khu": 1}
    assert Counter(unit.area for unit in units) == {"qn": 56, "kt": 40}
    assert all(re.fullmatch("[0-9]{5}", unit.code) for unit in units)
    assert all(unit.former_district for unit in units)


def test_tells_apart_names_that_differ_by_a_mark(province: Inventory) -> None:
    names = {code: province.units[code].name for code in ("21484", "21523", "21289", "21292")}

    assert names == {"21484": "Xã Ba Tơ", "21523": "Xã Ba Tô", "21289": "Xã Sơn Hà", "21292": "Xã Sơn Hạ"}
    assert len({unit.name for unit in communes(province)}) == 96


def test_all_text_is_nfc() -> None:
    texts = [file.read_text() for file in FOLDER.parent.glob("*/*.yaml")]

    assert all(unicodedata.is_normalized("NFC", text) for text in texts)


def test_targets_of_communes_are_keyed_by_code_and_never_by_name(province: Inventory) -> None:
    for unit in communes(province):
        own = [target.id for target in province.targets.values() if target.unit_code == unit.code]
        roles = ("cpe", "switch", "router", "vcs", "kiosk", "queue", "display", "scan-pc", "pc", "portal")
        assert own == [f"{unit.code}.{role}" for role in roles]


def test_the_lines_of_communes_hang_on_the_node_of_their_area(province: Inventory) -> None:
    nodes = {"qn": "tslcd.nut-qn", "kt": "tslcd.nut-kt"}

    for unit in communes(province):
        assert province.targets[f"{unit.code}.cpe"].depends_on == (nodes[unit.area],)
        assert set(descendant_targets(province, f"{unit.code}.cpe")) == {
            f"{unit.code}.{role}"
            for role in ("switch", "router", "vcs", "kiosk", "queue", "display", "scan-pc", "pc")
        }


def test_20_communes_and_so_ngoai_vu_have_no_conference_endpoint(province: Inventory) -> None:
    without = {target.id for target in province.targets.values() if target.equipped is Equipped.NO}

    assert without == {f"{code}.vcs" for code in NO_VCS.split()} | {"so-ngoai-vu.vcs"}
    assert len(NO_VCS.split()) == 20


def test_what_nobody_knows_is_unknown(province: Inventory) -> None:
    unknown = Counter(
        target.profile for target in province.targets.values() if target.equipped is Equipped.UNKNOWN
    )

    equipment = ("kiosk", "queue-machine", "call-display", "one-stop-pc", "pc")
    assert unknown == {**dict.fromkeys(equipment, 96), "central-system": 3}


def test_has_13_departments_and_so_ngoai_vu(province: Inventory) -> None:
    bodies = [unit for unit in province.units.values() if unit.kind in {"sở", "ban ngành"}]

    assert len(bodies) == 14
    assert province.units["so-ngoai-vu"].name == "Sở Ngoại vụ"


def test_has_the_provincial_core(province: Inventory) -> None:
    profiles = Counter(target.profile for target in province.targets.values())

    assert (profiles["gateway"], profiles["mcu-rmx"], profiles["shared-system"]) == (3, 1, 7)


def test_anchors_stand_on_two_carriers_and_the_own_gateway(province: Inventory) -> None:
    anchors = [province.targets[province.checks[check_id].target_id] for check_id in province.anchors]
    carriers = {province.circuits[target.circuit_id].provider for target in anchors if target.circuit_id}

    assert [target.id for target in anchors] == ["ttdl-tinh.gateway", "bien.vnpt", "bien.viettel"]
    assert carriers == {"VNPT", "Viettel"}


def test_central_systems_have_the_addresses_of_the_report_to_the_letter(province: Inventory) -> None:
    central = [target for target in province.targets.values() if target.layer is Layer.CENTRAL]

    assert len(central) == 18
    assert {target.address for target in central if target.address} == CENTRAL_URLS
    recorded = [check for check in province.checks.values() if check.policy == "record-only"]
    assert {check.address for check in recorded if not check.is_own} == CENTRAL_URLS
    assert all("do Trung ương quản lý" in target.impact for target in central)


def test_one_switch_turns_the_central_systems_off(province: Inventory, tmp_path: Path) -> None:
    (tmp_path / "tat.yaml").write_text("layers: {central: {enabled: false}}\n")

    without = load_with_warnings([FOLDER, tmp_path]).inventory

    recorded = [check for check in without.checks.values() if check.policy == "record-only"]
    assert all(check.is_own for check in recorded)
    assert len(without.checks) == len(province.checks) - len(CENTRAL_URLS)


def test_probes_of_the_example_plan_stay_in_its_networks(province: Inventory) -> None:
    elsewhere = [
        check.address
        for check in province.checks.values()
        if not re.match(r"(http://)?10\.51\.", check.address)
        and check.address not in CENTRAL_URLS
        and not check.is_own
    ]

    assert elsewhere == []


def test_has_as_many_targets_and_checks_as_documented(province: Inventory) -> None:
    watched = sum(target.is_watched for target in province.targets.values())

    assert (len(province.units), len(province.targets), watched, len(province.checks)) == (
        117,
        1036,
        532,
        635,
    )


def test_every_commune_has_a_cell_of_its_own_on_the_grid_of_its_area(province: Inventory) -> None:
    cells = Counter((unit.area, unit.tile) for unit in communes(province) if unit.tile is not None)

    assert len(cells) == 96
    assert {unit.former_province for unit in communes(province) if unit.area == "kt"} == {"Kon Tum"}
    assert {unit.former_province for unit in communes(province) if unit.area == "qn"} == {"Quảng Ngãi"}


@pytest.mark.parametrize(
    ("axis", "districts"),
    [
        (1, ("Huyện Bình Sơn", "Huyện Sơn Tịnh", "Huyện Tư Nghĩa", "Huyện Mộ Đức", "Thị xã Đức Phổ")),
        (0, ("Huyện Sơn Tây", "Huyện Sơn Hà", "Huyện Minh Long", "Huyện Nghĩa Hành", "Huyện Mộ Đức")),
        (1, ("Huyện Đắk Glei", "Huyện Đắk Tô", "Huyện Đăk Hà", "Thành phố Kon Tum")),
        (0, ("Huyện Sa Thầy", "Huyện Đăk Hà", "Huyện Kon Rẫy", "Huyện Kon Plông")),
    ],
)
def test_the_grid_keeps_what_lies_west_and_north(
    province: Inventory, axis: int, districts: tuple[str, ...]
) -> None:
    means = [
        mean(
            unit.tile[axis]
            for unit in communes(province)
            if unit.former_district == district and unit.tile is not None
        )
        for district in districts
    ]

    assert means == sorted(means)
