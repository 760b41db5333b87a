import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.links import Link, LinkTable


def find(table: LinkTable, address: str) -> Link:
    return table.find(int(ipaddress.IPv4Address(address)))


def test_an_unknown_address_has_a_perfect_link() -> None:
    assert find(LinkTable(), "10.51.3.7") == Link()


def test_the_longest_prefix_that_sets_an_attribute_wins() -> None:
    table = LinkTable()
    table.set_link("10.51.3.7", latency_s=0.3)
    table.set_link("10.51.3.0/24", latency_s=0.2, loss_ratio=0.5)
    table.set_link("10.51.0.0/16", latency_s=0.1, jitter_s=0.01)
    assert find(table, "10.51.3.7") == Link(latency_s=0.3, jitter_s=0.01, loss_ratio=0.5)
    assert find(table, "10.51.3.8") == Link(latency_s=0.2, jitter_s=0.01, loss_ratio=0.5)
    assert find(table, "10.51.4.1") == Link(latency_s=0.1, jitter_s=0.01)


def test_setting_one_attribute_leaves_the_others() -> None:
    table = LinkTable()
    table.set_link("10.51.3.0/24", latency_s=0.2)
    table.set_link("10.51.3.0/24", loss_ratio=0.5)
    assert find(table, "10.51.3.1") == Link(latency_s=0.2, loss_ratio=0.5)


def test_a_cut_takes_everything_in_the_prefix_whatever_was_restored_before() -> None:
    table = LinkTable()
    table.cut("10.51.3.0/24")
    table.restore("10.51.3.0/24")
    table.cut("10.51.0.0/16")
    assert find(table, "10.51.3.1").is_cut


def test_restoring_ends_the_cuts_inside_but_not_the_one_around() -> None:
    table = LinkTable()
    table.cut("10.51.3.7")
    table.cut("10.52.0.0/16")
    table.restore("10.51.0.0/16")
    table.restore("10.52.3.0/24")
    assert not find(table, "10.51.3.7").is_cut
    assert find(table, "10.52.3.7").is_cut


def test_restoring_a_link_does_not_bring_back_power() -> None:
    table = LinkTable()
    table.power_off("10.51.3.0/24")
    table.restore("10.51.3.0/24")
    assert find(table, "10.51.3.7").is_cut
    table.power_on("10.51.3.0/24")
    assert not find(table, "10.51.3.7").is_cut


@pytest.mark.parametrize("prefix", ["10.51.3.7/24", "10.51.3", "2001:db8::1", "", "xã"])
def test_what_is_no_ipv4_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        LinkTable().cut(prefix)


@pytest.mark.parametrize("change", [{"latency_s": -1.0}, {"loss_ratio": 1.5}, {"jitter_s": float("nan")}])
def test_impossible_values_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        LinkTable().set_link("10.51.3.0/24", **change)


@given(st.floats(min_value=0, max_value=1))
def test_both_directions_together_lose_the_ratio(ratio: float) -> None:
    one_way = Link(loss_ratio=ratio).loss_ratio_one_way
    assert 1 - (1 - one_way) ** 2 == pytest.approx(ratio)


NETWORKS = st.builds(
    lambda address, length: ipaddress.IPv4Network((address >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@given(st.lists(st.tuples(st.booleans(), NETWORKS), max_size=12), st.data())
def test_cuts_agree_with_the_standard_library(
    steps: list[tuple[bool, ipaddress.IPv4Network]], data: st.DataObject
) -> None:
    table, cuts = LinkTable(), set[ipaddress.IPv4Network]()
    for is_cut, network in steps:
        if is_cut:
            table.cut(str(network))
            cuts.add(network)
        else:
            table.restore(str(network))
            cuts = {known for known in cuts if not known.subnet_of(network)}
    near = [int(network.network_address) for _, network in steps] or [0]
    address = data.draw(st.sampled_from(near) | st.integers(0, 2**32 - 1))
    expected = any(ipaddress.IPv4Address(address) in network for network in cuts)
    assert table.find(address).is_cut == expected
