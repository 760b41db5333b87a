"""Own ranges, remedies for addresses, hints for ids."""

from pathlib import Path

import pytest

from inventory.address import address_remedy
from inventory.loader import load, load_with_warnings
from inventory.names import near_id, unit_hint
from inventory.problem import InventoryError
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parent / "base.yaml"
RANGES = "address_plan: {ranges: [192.0.2.0/25, 10.51.0.0/16, 192.0.2.128/25, 'fd00:51::/32']}\n"


def with_target(write: WriteFiles, target: str, more: str = "") -> Path:
    return write(a=f"{RANGES}targets: {{a: {{name: A, unit: '21484', profile: switch, {target}}}}}\n{more}")


def refusals(*paths: Path) -> list[str]:
    with pytest.raises(InventoryError) as caught:
        load(paths)
    return [f"{problem.line}: {problem.path}: {problem.message}" for problem in caught.value.problems]


def test_the_inventory_knows_its_own_ranges_with_neighbours_joined(write: WriteFiles) -> None:
    inventory = load([BASE, with_target(write, "address: 10.51.7.1")])

    assert inventory.own_ranges == ("10.51.0.0/16", "192.0.2.0/24", "fd00:51::/32")


@pytest.mark.parametrize(
    "address", ["10.51.255.254", "192.0.2.200", "fd00:51::9", "switch.example", "'https://a.example:8443/'"]
)
def test_addresses_within_the_ranges_and_names_pass(write: WriteFiles, address: str) -> None:
    assert "a" in load([BASE, with_target(write, f"address: {address}")]).targets


@pytest.mark.parametrize("address", ["10.52.0.1", "203.0.113.9", "'fd00:52::1'", "'http://203.0.113.9/'"])
def test_an_address_outside_of_the_ranges_is_told_at_its_line(write: WriteFiles, address: str) -> None:
    bare = address.strip("'")

    assert refusals(BASE, with_target(write, f"address: {address}")) == [
        (
            f"2: targets.a.address: địa chỉ {bare} nằm ngoài các mạng của tỉnh "
            "(10.51.0.0/16, 192.0.2.0/24, fd00:51::/32)"
        )
    ]


@pytest.mark.parametrize("owner", ["central", "enterprise"])
def test_what_is_somebody_elses_may_lie_outside(write: WriteFiles, owner: str) -> None:
    inventory = load([BASE, with_target(write, f"address: 203.0.113.9, owner: {owner}")])

    assert inventory.targets["a"].address == "203.0.113.9"


def test_without_ranges_nothing_is_outside(write: WriteFiles) -> None:
    folder = write(a="targets: {a: {name: A, unit: '21484', profile: switch, address: 203.0.113.9}}")

    assert load([BASE, folder]).own_ranges == ()


def test_a_wrong_range_is_told_once_and_not_as_many_strange_addresses(write: WriteFiles) -> None:
    folder = write(
        a="address_plan: {ranges: [192.0.2.1/24, 0.0.0.0/0]}\n"
        "targets: {a: {name: A, unit: '21484', profile: switch, address: 10.9.9.9}}"
    )

    assert refusals(BASE, folder) == [
        "1: address_plan.ranges[0]: '192.0.2.1/24' không phải mạng đúng",
        "1: address_plan.ranges[1]: mạng 0.0.0.0/0 quá rộng",
    ]


def test_a_site_outside_is_told_once_and_not_at_its_targets(write: WriteFiles) -> None:
    folder = write(
        a="address_plan:\n  ranges: [192.0.2.0/24]\n  sites: {'21484': 10.9.9.0/24}\n  hosts: {switch: 2}\n"
        "targets: {21484.switch: {name: A, unit: '21484', profile: switch}}"
    )

    assert refusals(BASE, folder) == [
        "3: address_plan.sites.21484: mạng 10.9.9.0/24 nằm ngoài các mạng của tỉnh (192.0.2.0/24)"
    ]


def warnings(*paths: Path) -> list[str]:
    return [f"{p.path}: {p.message}" for p in load_with_warnings(paths).warnings]


def test_a_pair_of_targets_at_one_address_is_one_warning_with_all_kinds(write: WriteFiles) -> None:
    folder = write(
        a="targets:\n"
        "  a: {name: A, unit: '21484', profile: vcs-endpoint, address: 192.0.2.9}\n"
        "  b: {name: B, unit: '21484', profile: vcs-endpoint, address: 192.0.2.9}\n"
    )

    assert warnings(BASE, folder) == ["targets.b: đo cùng địa chỉ 192.0.2.9 với đối tượng 'a' (icmp, h323)"]


def test_a_check_that_is_sent_elsewhere_counts_where_it_goes(write: WriteFiles) -> None:
    folder = write(
        a="targets:\n"
        "  a: {name: A, unit: '21484', profile: switch, address: 192.0.2.9,\n"
        "      checks: {other: {kind: icmp, address: 192.0.2.1}}}\n"
    )

    assert warnings(BASE, folder) == ["targets.a: đo cùng địa chỉ 192.0.2.1 với đối tượng 'gw' (icmp)"]


def test_a_check_copied_within_a_target_is_a_warning(write: WriteFiles) -> None:
    folder = write(
        a="targets:\n"
        "  a: {name: A, unit: '21484', profile: pc, address: 192.0.2.9,\n"
        "      checks: {web: {kind: tcp, options: {port: 443}},\n"
        "               web2: {kind: tcp, options: {port: 443}, address: 192.0.2.9}}}\n"
    )

    assert warnings(BASE, folder) == [
        "targets.a.checks.web2: phép đo 'web2' và 'web' đo giống hệt nhau: tcp tới 192.0.2.9"
    ]


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        (
            "10.51.7.1:8443",
            (
                "ghi address: 10.51.7.1; cổng thuộc về phép đo: options: {port: 8443}, "
                'hoặc address: "{address}:8443" của phép đo'
            ),
        ),
        (
            "[fd00::1]:161",
            (
                "ghi address: fd00::1; cổng thuộc về phép đo: options: {port: 161}, "
                'hoặc address: "{address}:161" của phép đo'
            ),
        ),
        ("10.51.07.1", "bỏ số 0 ở đầu: 10.51.7.1"),
        ("10.51.7", "địa chỉ IPv4 gồm bốn số, ví dụ 10.51.7.1"),
        (f"10.51.7.{'9' * 5000}", "mỗi số trong địa chỉ IPv4 từ 0 đến 255"),
        ("10.51.7.256", "mỗi số trong địa chỉ IPv4 từ 0 đến 255"),
        ("fd00::1::2", "địa chỉ IPv6 viết như 2001:db8::7, đặt trong dấu nháy"),
        ("máy chủ xã", "tên máy không có dấu cách, ví dụ cong.quangngai.gov.vn"),
        ("https://a:b@c.example/", "bỏ phần đứng trước dấu '@'"),
        ("htps://c.example/", "viết như https://cong.quangngai.gov.vn/ hoặc http://10.51.7.1:8080/"),
        ("0.0.0.0", ""),
        ("10.51.7.1", ""),
    ],
)
def test_tells_how_to_mend_an_address(address: str, remedy: str) -> None:
    assert address_remedy(address) == remedy


IDS = ["21484.cpe", "21484.switch", "21523.cpe", "21523.kiosk", "bien.vnpt", "gw"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("21484.swich", "có phải '21484.switch'?"),
        ("21485.cpe", "có phải '21484.cpe'?"),
        ("21484.kiosk", ""),  # there is none at this commune, and another's is nothing to suggest
        ("90000.cpe", ""),
        ("bien.viettel", ""),
        ("gww", "có phải 'gw'?"),
    ],
)
def test_suggests_ids_of_the_same_unit_or_role_only(asked: str, hint: str) -> None:
    assert near_id(asked, IDS) == hint


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("21485", "có phải '21484' (Xã Ba Tơ)?"),
        ("Xã Ba Tơ", "ghi mã đơn vị: '21484' (Xã Ba Tơ)"),
        ("ba to", "ghi mã đơn vị, có phải '21484' (Xã Ba Tơ) hay '21523' (Xã Ba Tô)?"),
        ("99999", ""),
    ],
)
def test_tells_a_units_code_with_its_name(asked: str, hint: str) -> None:
    assert unit_hint(asked, {"21484": "Xã Ba Tơ", "21523": "Xã Ba Tô"}) == hint
