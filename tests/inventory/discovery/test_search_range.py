import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.discovery.search_range import MOST_ADDRESSES, RangeError, searched_addresses
from inventory.model import Inventory


def own(*ranges: str, **sites: str) -> Inventory:
    return Inventory({}, {}, {}, own_ranges=ranges, sites=sites)


def refusal(text: str, inventory: Inventory) -> tuple[str, str]:
    with pytest.raises(RangeError) as refused:
        searched_addresses(text, inventory)
    return refused.value.what, refused.value.remedy


def test_a_range_is_searched_in_order_without_its_network_and_broadcast_address() -> None:
    assert searched_addresses("10.51.7.0/29", own("10.51.0.0/16")) == tuple(
        f"10.51.7.{n}" for n in range(1, 7)
    )


def test_one_address_and_pairs_have_no_edges() -> None:
    assert searched_addresses("10.51.7.5", own("10.51.0.0/16")) == ("10.51.7.5",)
    assert searched_addresses("10.51.7.4/31", own("10.51.0.0/16")) == ("10.51.7.4", "10.51.7.5")


def test_the_edges_of_units_networks_within_are_left_out() -> None:
    found = searched_addresses("10.51.6.0/23", own("10.51.0.0/16", a="10.51.6.0/24", b="10.51.7.0/24"))

    assert len(found) == 508
    assert not {"10.51.6.0", "10.51.6.255", "10.51.7.0", "10.51.7.255"} & set(found)
    assert searched_addresses("10.51.7.255/32", own("10.51.0.0/16", b="10.51.7.0/24")) == ()


@settings(max_examples=60)
@given(st.integers(0, 255), st.integers(20, 32), st.sampled_from((22, 24, 26)))
def test_nothing_outside_and_no_edge_is_ever_asked(third: int, length: int, site_length: int) -> None:
    asked = ipaddress.ip_network(f"10.51.{third}.128/{length}", strict=False)
    site = ipaddress.ip_network(f"10.51.{third}.0/{site_length}", strict=False)

    found = [
        ipaddress.ip_address(text)
        for text in searched_addresses(str(asked), own("10.51.0.0/16", a=str(site)))
    ]

    edges = {site.network_address, site.broadcast_address}
    edges |= {asked.network_address, asked.broadcast_address} if length < 31 else set()
    edges |= {ipaddress.ip_address("10.51.0.0"), ipaddress.ip_address("10.51.255.255")}
    assert found == [address for address in asked if address not in edges]
    assert len(found) <= MOST_ADDRESSES


@pytest.mark.parametrize("text", ["10.52.7.0/24", "10.0.0.0/8", "8.8.8.8", "fd00::/120", "127.0.0.1"])
def test_what_is_not_declared_as_own_is_refused_with_the_line_to_add(text: str) -> None:
    what, remedy = refusal(text, own("10.51.0.0/16"))

    assert "không nằm trong dải địa chỉ của mình; các dải đã khai báo: 10.51.0.0/16" in what
    assert f"address_plan: {{ranges: [10.51.0.0/16, {ipaddress.ip_network(text)}]}}" in remedy


def test_without_any_own_range_nothing_is_searched() -> None:
    what, remedy = refusal("10.51.7.0/24", own())

    assert "danh mục chưa khai báo dải nào" in what
    assert remedy.endswith("address_plan: {ranges: [10.51.7.0/24]}")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("10.51.7.5/24", "có phải '10.51.7.0/24'?"),
        ("10.51.7.0/33", "ví dụ 10.51.7.0/24"),
        ("Ba Tơ", "ví dụ 10.51.7.0/24"),
        ("", "ví dụ 10.51.7.0/24"),
        ("224.0.0.0/24", "ví dụ 10.51.7.0/24"),
        ("0.0.0.0", "ví dụ 10.51.7.0/24"),
        ("240.0.0.0/24", "ví dụ 10.51.7.0/24"),
        ("255.255.255.255", "ví dụ 10.51.7.0/24"),
    ],
)
def test_what_is_no_range_of_devices_is_refused(text: str, remedy: str) -> None:
    assert refusal(text, own("0.0.0.0/0"))[1] == remedy


def test_too_many_addresses_are_to_be_asked_in_parts() -> None:
    assert refusal("10.51.0.0/16", own("10.51.0.0/16")) == (
        "10.51.0.0/16 có 65536 địa chỉ, nhiều hơn 4096",
        "dò từng phần, ví dụ 10.51.0.0/24",
    )
    assert "fd00::/120" in refusal("fd00::/64", own("fd00::/48"))[1]
