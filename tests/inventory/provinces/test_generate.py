import ipaddress
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from inventory.loader import Loaded, load_with_warnings
from inventory.model import Equipped
from inventory.provinces import Province, choose, read_provinces
from inventory.provinces.device_mix import Size
from inventory.provinces.generate import Addresses, generate

PROVINCES = read_provinces()
[QUANGNGAI] = choose("51", PROVINCES)


def made(
    folder: Path, size: Size, *, province: Province = QUANGNGAI, addresses: Addresses = Addresses.LOOPBACK
) -> Loaded:
    for name, text in generate(province, size, addresses).items():
        (folder / name).write_text(text)
    return load_with_warnings([folder])


@pytest.fixture(scope="module")
def medium(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return made(tmp_path_factory.mktemp("medium"), Size.MEDIUM)


@pytest.mark.parametrize(("size", "total"), [("small", 806), ("medium", 2_732), ("large", 11_920)])
def test_the_province_has_exactly_the_targets_of_its_size(size: str, total: int) -> None:
    files = generate(QUANGNGAI, Size(size), Addresses.LOOPBACK)

    assert sum(text.count("profile: ") for text in files.values()) == total


def test_the_medium_province_is_valid(medium: Loaded) -> None:
    assert len(medium.inventory.targets) == 2_732
    assert len(medium.inventory.anchors) == 3
    assert not medium.warnings


def test_another_province_is_made_of_its_own_units(tmp_path: Path) -> None:
    [lai_chau] = choose("lai chau", PROVINCES)

    inventory = made(tmp_path, Size.SMALL, province=lai_chau).inventory

    assert len(inventory.targets) == 38 * 6 + 230
    assert {unit.name for unit in inventory.units.values()} >= {c.name for c in lai_chau.communes}


@pytest.mark.parametrize(
    ("addresses", "network"), [("loopback", "127.51.0.0/16"), ("example", "10.51.0.0/16")]
)
def test_every_address_is_of_the_network_asked_for(tmp_path: Path, addresses: str, network: str) -> None:
    inventory = made(tmp_path, Size.SMALL, addresses=Addresses(addresses)).inventory

    written = [target.address for target in inventory.targets.values()]
    hosts = [address.removeprefix("http://").rstrip("/") for address in written]
    assert all(ipaddress.ip_address(host) in ipaddress.ip_network(network) for host in hosts)
    assert len(set(hosts)) == len(hosts)
    assert inventory.own_ranges == (network,)


def test_the_largest_province_fits_into_its_network() -> None:
    [largest] = choose("79", PROVINCES)

    files = generate(largest, Size.LARGE, Addresses.EXAMPLE)

    assert sum(text.count("profile: ") for text in files.values()) == 168 * 95 + 2_800


def test_everything_hangs_on_the_provinces_gateway(medium: Loaded) -> None:
    targets = medium.inventory.targets

    def top(target_id: str) -> str:
        needs = targets[target_id].depends_on
        return top(needs[0]) if needs else target_id

    assert {top(target_id) for target_id in targets} == {"ttdl-tinh.gateway"}


def test_communes_have_lines_power_and_service_hours_of_their_own(medium: Loaded) -> None:
    inventory = medium.inventory

    ward = next(unit.code for unit in inventory.units.values() if unit.kind == "phường")
    line = inventory.targets[f"{ward}.cpe"].circuit_id
    assert line is not None
    assert inventory.circuits[line].bandwidth_bps is not None
    assert inventory.targets[f"{ward}.switch"].powered_by == (f"{ward}.ups",)
    assert Counter(t.equipped for t in inventory.targets.values())[Equipped.NO] == 96 // 5


def test_two_runs_make_the_same_files() -> None:
    code = (
        "import json; from inventory.provinces import *; from inventory.provinces.generate import *;"
        "[q] = choose('51', read_provinces());"
        "print(json.dumps(generate(q, Size.SMALL, Addresses.EXAMPLE)))"
    )

    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert json.loads(other.stdout) == generate(QUANGNGAI, Size.SMALL, Addresses.EXAMPLE)
