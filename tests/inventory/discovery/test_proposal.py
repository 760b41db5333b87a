from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.discovery.proposal import Found, Proposal, propose
from inventory.discovery.proposal_text import proposals_yaml
from inventory.loader import load
from inventory.model import Inventory
from probes.snmp.devices import devices

INVENTORY = """
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: province}
  "21523": {name: Xã Ba Tô, kind: xã, area: province}
  core: {name: Trung tâm dữ liệu tỉnh, kind: cơ quan, area: province}
targets:
  core.gateway: {name: Cổng tỉnh, unit: core, profile: gateway, address: 10.51.250.1}
  21484.cpe: {name: Đường truyền, unit: "21484", profile: tslcd-cpe, address: 10.51.7.1}
  21484.switch: {name: Switch, unit: "21484", profile: switch, address: 10.51.7.2}
  21484.kiosk: {name: Kiosk, unit: "21484", profile: kiosk, address: 10.51.7.20, equipped: unknown}
  21484.portal: {name: Trang, unit: "21484", profile: portal, address: "http://10.51.7.30/"}
  21484.printer: {name: Máy in, unit: "21484", profile: printer, address: 10.51.7.31}
  21523.cpe: {name: Đường truyền, unit: "21523", profile: tslcd-cpe, address: 10.51.8.1}
address_plan:
  ranges: [10.51.0.0/16]
  sites: {"21484": 10.51.7.0/24, "21523": 10.51.8.0/24}
"""
FOUND = Found("10.51.7.40", 0.0123)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    path = tmp_path_factory.mktemp("danh-muc") / "10.yaml"
    path.write_text(INVENTORY)
    return load([path])


def only(found: Found, inventory: Inventory) -> Proposal:
    proposals = propose([found], inventory)
    (proposal,) = (*proposals.new, *proposals.review)
    assert (proposal in proposals.new) == bool(proposal.profile and proposal.unit_code)
    return proposal


def test_known_addresses_are_known_also_those_within_a_url(inventory: Inventory) -> None:
    found = [replace(FOUND, address=address) for address in ("10.51.7.30", "10.51.7.1")]

    proposals = propose(found, inventory)

    assert [known.target_ids for known in proposals.known] == [("21484.cpe",), ("21484.portal",)]
    assert {known.note for known in proposals.known} == {""}
    assert proposals.new == proposals.review == ()


def test_a_thing_that_answers_although_nobody_knew_of_it_is_told(inventory: Inventory) -> None:
    (known,) = propose([replace(FOUND, address="10.51.7.20")], inventory).known

    assert known.note == "danh mục ghi chưa rõ có hay không, nhưng địa chỉ này có trả lời"


@pytest.mark.parametrize(
    ("found", "profile", "role"),
    [
        (replace(FOUND, has_snmp=True, device="ups"), "ups", "ups"),
        (replace(FOUND, has_snmp=True, device="rmx"), "mcu-rmx", "mcu"),
        (replace(FOUND, has_snmp=True, device="hdx"), "vcs-hdx", "vcs"),
        (replace(FOUND, has_snmp=True, device="cisco-smb"), "switch", "switch-2"),
        (
            replace(FOUND, has_snmp=True, device="huawei-vrp", description="S5720 Switch"),
            "switch",
            "switch-2",
        ),
        (replace(FOUND, has_snmp=True, device="hikvision", description="DS-7608 NVR"), "nvr", "nvr"),
        (
            replace(FOUND, has_snmp=True, device="host", object_id="1.3.6.1.4.1.311.1.1.3.1.2"),
            "server",
            "server",
        ),
        (replace(FOUND, has_snmp=True, has_printer_mib=True), "printer", "printer-2"),
        (replace(FOUND, has_snmp=True, has_ups_mib=True), "ups", "ups"),
    ],
)
def test_what_leaves_one_profile_gets_it(inventory: Inventory, found: Found, profile: str, role: str) -> None:
    proposal = only(found, inventory)

    assert (proposal.profile, proposal.id) == (profile, f"21484.{role}")
    assert proposal.candidates == ()


@pytest.mark.parametrize(
    ("found", "candidates"),
    [
        (FOUND, ()),
        (replace(FOUND, ports=(80, 443)), ()),
        (replace(FOUND, has_snmp=True, object_id="1.3.6.1.4.1.99999.1", ports=(1720,)), ()),
        (replace(FOUND, has_snmp=True, device="mikrotik"), ("tslcd-cpe", "switch", "internet-router")),
        (replace(FOUND, ports=(554,)), ("camera", "nvr")),
        (replace(FOUND, ports=(80, 1720)), ("vcs-endpoint", "vcs-hdx", "vcs-studio", "mcu-rmx")),
        (replace(FOUND, ports=(445, 554)), ()),
        (replace(FOUND, has_snmp=True, has_printer_mib=True, has_ups_mib=True), ()),
    ],
)
def test_what_may_be_several_things_is_left_to_people(
    inventory: Inventory, found: Found, candidates: tuple[str, ...]
) -> None:
    proposal = only(found, inventory)

    assert (proposal.profile, proposal.id) == ("", "21484.thiet-bi")
    assert proposal.candidates == candidates
    assert proposal.reason


def test_every_device_with_data_has_profiles_that_exist(inventory: Inventory, tmp_path: Path) -> None:
    shipped: set[str] = set()
    for device in devices():
        proposal = only(replace(FOUND, has_snmp=True, device=device), inventory)
        profiles = (proposal.profile,) if proposal.profile else proposal.candidates
        assert profiles, device
        shipped.update(profiles)
    lines = [
        f"  core.{profile}: {{profile: {profile}, name: A, unit: core, enabled: false}}"
        for profile in shipped
    ]
    (tmp_path / "a.yaml").write_text(INVENTORY)
    (tmp_path / "b.yaml").write_text("targets:\n" + "\n".join(lines) + "\n")

    assert load([tmp_path]).targets.keys() >= {f"core.{profile}" for profile in shipped}


def test_the_parent_is_the_units_switch_else_its_line(inventory: Inventory) -> None:
    camera = replace(FOUND, ports=(554,))

    assert only(camera, inventory).depends_on == ("21484.switch",)
    assert only(replace(camera, address="10.51.8.40"), inventory).depends_on == ("21523.cpe",)
    assert only(replace(FOUND, has_snmp=True, device="cisco-nx"), inventory).depends_on == ("21484.cpe",)


def test_an_address_of_no_unit_is_left_to_people_even_with_a_profile(inventory: Inventory) -> None:
    proposals = propose([replace(FOUND, address="10.51.99.9", has_snmp=True, device="ups")], inventory)

    (proposal,) = proposals.review
    assert (proposal.profile, proposal.unit_code, proposal.depends_on) == ("ups", "", ())


@pytest.fixture
def unplanned(tmp_path: Path) -> Inventory:
    (tmp_path / "10.yaml").write_text(INVENTORY.partition("  sites:")[0])
    return load([tmp_path])


def test_neighbours_of_one_unit_tell_the_unit_where_the_plan_has_no_network(unplanned: Inventory) -> None:
    found = replace(FOUND, has_snmp=True, device="ups")

    proposals = propose([found], unplanned)

    [proposal] = proposals.new
    evidence = (
        "cả 5 đối tượng đã biết trong 10.51.7.0/24 là của 21484 (21484.cpe, 21484.switch, 21484.kiosk, …)"
    )
    assert (proposal.unit_code, proposal.id) == ("21484", "21484.ups")
    assert proposal.unit_reason == evidence
    assert f"chọn unit vì {evidence}" in proposals_yaml(proposals, asked="10.51.7.0/24")


@pytest.mark.parametrize(
    ("more", "address", "reason"),
    [
        ("", "10.51.99.9", "address_plan.sites trống, chưa biết đối tượng nào trong 10.51.99.0/24"),
        (
            "21523.printer: {name: Máy in, unit: '21523', profile: printer, address: 10.51.7.99}",
            "10.51.7.40",
            "address_plan.sites trống, trong 10.51.7.0/24 có đối tượng của 2 đơn vị",
        ),
    ],
)
def test_why_no_unit_is_proposed_is_said(tmp_path: Path, more: str, address: str, reason: str) -> None:
    (tmp_path / "10.yaml").write_text(INVENTORY.partition("  sites:")[0])
    (tmp_path / "20.yaml").write_text(f"targets:\n  {more}\n" if more else "")

    proposal = only(replace(FOUND, address=address), load([tmp_path]))

    assert (proposal.unit_code, proposal.unit_reason) == ("", reason)


def test_a_plan_without_this_network_is_said_to_be_that(inventory: Inventory) -> None:
    proposal = only(replace(FOUND, address="10.51.99.9"), inventory)

    assert proposal.unit_reason.startswith("address_plan.sites không có mạng chứa địa chỉ này")


def test_ids_and_names_differ(inventory: Inventory) -> None:
    found = [replace(FOUND, address=f"10.51.7.{n}", has_snmp=True, device="printer") for n in (50, 51)]

    assert [(item.id, item.name) for item in propose(found, inventory).new] == [
        ("21484.printer-2", "Máy in 2 – Xã Ba Tơ"),
        ("21484.printer-3", "Máy in 3 – Xã Ba Tơ"),
    ]


def test_the_file_loads_beside_the_inventory_and_holds_only_what_is_certain(tmp_path: Path) -> None:
    (tmp_path / "10.yaml").write_text(INVENTORY)
    found = [
        replace(
            FOUND, address="10.51.7.50", has_snmp=True, device="ups", description="APC", name="ups-ba-to"
        ),
        replace(FOUND, address="10.51.7.51", ports=(554,)),
    ]
    text = proposals_yaml(propose(found, load([tmp_path])), asked="10.51.7.0/24")
    (tmp_path / "90.yaml").write_text(text)

    targets = load([tmp_path]).targets

    assert (targets["21484.ups"].address, targets["21484.ups"].depends_on) == (
        "10.51.7.50",
        ("21484.switch",),
    )
    assert "21484.thiet-bi" not in targets
    assert (
        "# ping 12 ms; SNMP “APC” (không có sysObjectID); tên “ups-ba-to”; chọn profile vì SNMP: ups" in text
    )
    assert "#    profile: ???  # cổng 554 mở; có thể là: camera, nvr" in text


def test_what_was_left_open_loads_once_it_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "10.yaml").write_text(INVENTORY)
    text = proposals_yaml(propose([replace(FOUND, ports=(554,))], load([tmp_path])), asked="10.51.7.0/24")
    head, review = text.split("ở đầu dòng.\n")
    filled = "\n".join(line.removeprefix("#") for line in review.splitlines()).replace("???", "camera")
    (tmp_path / "90.yaml").write_text(f"{head}\n{filled}\n")

    assert load([tmp_path]).targets["21484.thiet-bi"].profile == "camera"


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(("", "ups", "printer", "mikrotik")))
def test_a_device_cannot_write_into_the_file_by_what_it_says_of_itself(
    inventory: Inventory, description: str, name: str, device: str
) -> None:
    hostile = f"{description}\n  21484.hack: {{profile: gateway}}\x85\u2028{name}"
    found = replace(FOUND, has_snmp=True, device=device, description=hostile, name=hostile)

    lines = proposals_yaml(propose([found], inventory), asked="10.51.7.0/24").splitlines()

    keys = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    allowed = ("targets:", "21484.", "name:", "unit:", "profile:", "address:", "enabled:", "depends_on:")
    assert all(line.lstrip().startswith(allowed) and "hack" not in line for line in keys)
