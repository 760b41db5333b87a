import ipaddress
import struct

from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.links import LinkTable
from monitor.demo.packets import PacketQueue, far_address

MONITOR, SITE = "10.50.255.1", "10.51.3.7"


def packet(source: str, destination: str, payload: bytes = b"") -> bytes:
    addresses = ipaddress.IPv4Address(source).packed + ipaddress.IPv4Address(destination).packed
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, 17, 0) + addresses + payload


def queue_with(seed: int = 1, **link: float) -> tuple[PacketQueue, LinkTable]:
    table = LinkTable()
    table.set_link("10.51.3.0/24", **link)
    return PacketQueue(table, seed=seed), table


def test_the_far_host_is_the_destination_on_the_way_out_and_the_source_on_the_way_back() -> None:
    site = int(ipaddress.IPv4Address(SITE))
    assert far_address(packet(MONITOR, SITE), outward=True) == site
    assert far_address(packet(SITE, MONITOR), outward=False) == site


@given(st.binary(max_size=60))
def test_any_bytes_are_an_address_or_nothing(data: bytes) -> None:
    address = far_address(data, outward=True)
    assert (address is not None) == (len(data) >= 20 and data[0] >> 4 == 4)


def test_each_direction_takes_half_the_latency() -> None:
    queue, _ = queue_with(latency_s=0.030)
    queue.push(packet(MONITOR, SITE), outward=True, now=100.0)
    assert queue.next_due_at == 100.015
    assert queue.pop_due(100.014) == []
    assert queue.pop_due(100.015) == [(True, packet(MONITOR, SITE))]
    assert queue.next_due_at is None


def test_a_near_packet_overtakes_a_far_one() -> None:
    queue, _ = queue_with(latency_s=0.030)
    queue.push(packet(MONITOR, SITE), outward=True, now=100.0)
    queue.push(packet(MONITOR, "10.51.4.1"), outward=True, now=100.001)
    assert queue.pop_due(101.0) == [(True, packet(MONITOR, "10.51.4.1")), (True, packet(MONITOR, SITE))]


def test_a_cut_drops_new_packets_and_those_under_way() -> None:
    queue, table = queue_with(latency_s=0.030)
    queue.push(packet(SITE, MONITOR), outward=False, now=100.0)
    table.cut("10.51.3.0/24")
    queue.push(packet(SITE, MONITOR), outward=False, now=100.001)
    assert queue.pop_due(101.0) == []
    assert (queue.counts.cut, queue.counts.carried) == (2, 0)


def test_jitter_stays_in_its_range_and_keeps_the_order() -> None:
    queue, _ = queue_with(latency_s=0.020, jitter_s=0.010)
    sent = [packet(MONITOR, SITE, bytes([number])) for number in range(200)]
    for number, data in enumerate(sent):
        queue.push(data, outward=True, now=100.0 + number * 0.001)
    arrivals: list[tuple[float, bytes]] = []
    while (due_at := queue.next_due_at) is not None:
        arrivals += [(due_at, data) for _, data in queue.pop_due(due_at)]
    assert [data for _, data in arrivals] == sent
    delays = [at - (100.0 + number * 0.001) for number, (at, _) in enumerate(arrivals)]
    assert 0.010 <= min(delays) < 0.011
    assert 0.014 < max(delays) <= 0.0151


def test_the_seed_fixes_which_packets_are_lost() -> None:
    def survivors(seed: int) -> list[bytes]:
        queue, _ = queue_with(seed=seed, loss_ratio=0.3)
        for number in range(2_000):
            queue.push(packet(MONITOR, SITE, number.to_bytes(2, "big")), outward=True, now=100.0)
        return [data for _, data in queue.pop_due(100.0)]

    first = survivors(1)
    assert first == survivors(1)
    assert first != survivors(2)
    assert abs(len(first) / 2_000 - 0.7**0.5) < 0.03


def test_what_is_not_ipv4_is_dropped_and_counted() -> None:
    queue, _ = queue_with()
    queue.push(b"\x60" + bytes(39), outward=True, now=100.0)
    assert queue.next_due_at is None
    assert queue.counts.foreign == 1
