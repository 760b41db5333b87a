import ipaddress
from pathlib import Path

import pytest

from inventory.loader import load
from inventory.model import Inventory
from monitor.demo import terrain
from monitor.demo import timeline as timelines
from monitor.demo.run import TIMELINE
from monitor.demo.stage import OVERLAY, PROVINCE
from probes.snmp.interfaces import InterfacesOptions

FOLDERS = (PROVINCE, OVERLAY)


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(FOLDERS)


def test_real_systems_are_named_and_the_simulated_one_is_not(province: Inventory) -> None:
    elsewhere = terrain.targets_elsewhere(province)
    assert "tw.dkkd-hkd" in elsewhere
    assert "demo.ho-tich" not in elsewhere
    assert {province.targets[target_id].layer.value for target_id in elsewhere} == {"central"}


def test_a_commune_is_its_network_without_the_portal_that_stands_elsewhere(province: Inventory) -> None:
    places = terrain.places(province, terrain.read_address_plan(FOLDERS))
    assert places.sites["23332"] == ("10.51.62.0/24",)
    assert places.targets["23332.portal"] == "10.51.240.62"
    assert places.sites["trung-uong-mo-phong"] == ("198.18.0.10",)


def test_the_shipped_timeline_names_places_of_the_shipped_province(province: Inventory) -> None:
    events = timelines.load(TIMELINE)
    timelines.check_places(events, terrain.places(province, terrain.read_address_plan(FOLDERS)))
    told = {
        "cut",
        "restore",
        "slow",
        "loss",
        "power_off",
        "power_on",
        "mcu",
        "call",
        "mains_off",
        "beats_off",
    }
    assert {event.action for event in events} >= told


def test_the_devices_offer_what_the_checks_ask_for(province: Inventory) -> None:
    plan = terrain.device_plan(
        province, community_file=Path("community"), beats_file=Path("beats"), each_address=False
    )
    assert plan.http == ("0.0.0.0:80",)
    assert plan.tcp == ("0.0.0.0:1720",)
    assert plan.sip == ("0.0.0.0:5060",)
    assert plan.snmp == ("0.0.0.0:161",)
    assert plan.models["10.51.247.10"] == "rmx"
    assert set(plan.models.values()) == {"rmx", "polycom-endpoint", "ups"}


def test_machines_beat_from_addresses_of_their_own_that_answer(province: Inventory) -> None:
    machines = terrain.beating(province)
    assert machines["21025.quay-1"] == "10.51.1.31"
    assert machines["21172.kiosk"].startswith("10.51.")
    networks = [ipaddress.ip_network(network) for network in terrain.networks(province)]
    for address in machines.values():
        assert any(ipaddress.ip_address(address) in network for network in networks)


def test_watched_lines_carry_less_than_was_contracted(province: Inventory) -> None:
    lines = [check for check in province.checks.values() if isinstance(check.options, InterfacesOptions)]
    assert len(lines) >= 4
    for check in lines:
        assert isinstance(check.options, InterfacesOptions)
        assert min(check.options.contract.values()) >= 10e6


def test_only_addresses_of_the_inventory_answer(province: Inventory) -> None:
    networks = terrain.networks(province)
    assert "198.18.0.10/32" in networks
    assert not any(network.endswith(("/8", "/16")) for network in networks)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("10.51.62.0/24", "127.51.62.0/24"),
        ("http://198.18.0.10/", "http://127.18.0.10/"),
        ("http://10.51.250.11:8080/a/b", "http://127.51.250.11:8080/a/b"),
        ("https://dangkykinhdoanh.gov.vn", "https://dangkykinhdoanh.gov.vn"),
    ],
)
def test_simulated_addresses_move_to_loopback(before: str, after: str) -> None:
    moved = terrain.loopback_plan({"sites": {"23332": before}})
    assert moved["address_plan"]["sites"] == {"23332": after}
