import asyncio
import errno
import socket
import subprocess
import time

import pytest

from probes.icmp.engine import Engine, open_engine
from probes.icmp.flight import Burst, destination
from tests.bench.icmp import addresses
from tests.probes.namespace import Mode, in_namespace, ip

pytestmark = pytest.mark.alone

BOTH: list[Mode] = ["datagram", "raw"]


async def burst(
    engine: Engine, address: str, *, count: int = 3, within_s: float = 2.0, dscp: int = 0
) -> Burst:
    return await engine.burst(
        destination(address), count=count, spacing_s=0.01, within_s=within_s, payload_bytes=56, dscp=dscp
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.77.3.9", "::1"])
async def test_loopback_answers_every_request_at_once(address: str) -> None:
    async with open_engine() as engine:
        done = await burst(engine, address)

    assert done.sent == 3
    assert all(rtt is not None and 0 < rtt < 0.05 for rtt in done.rtts_s)
    assert engine.counters.answered == 3


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_either_kind_of_socket_serves(address: str, mode: Mode) -> None:
    async def story() -> tuple[Burst, bool]:
        async with open_engine() as engine:
            done = await burst(engine, address, dscp=34)
            return done, next(iter(engine._wires.values())).icmp.is_raw

    done, is_raw = in_namespace(story, mode=mode)

    assert is_raw == (mode == "raw")
    assert None not in done.rtts_s


@pytest.mark.parametrize("mode", BOTH)
def test_a_sweep_loses_nothing(mode: Mode) -> None:
    async def story() -> list[float | None]:
        async with open_engine() as engine:
            return await engine.ping(addresses(3_000), timeout_s=1.0)

    round_trips = in_namespace(story, mode=mode)

    assert len(round_trips) == 3_000
    assert None not in round_trips


async def test_a_sweep_longer_than_there_are_sequence_numbers_loses_nothing() -> None:
    async with open_engine() as engine:
        round_trips = await engine.ping(addresses(70_000), timeout_s=2.0)

    assert round_trips.count(None) == 0
    assert engine.counters.answered == 70_000


@pytest.mark.parametrize("mode", BOTH)
def test_a_sweep_read_one_by_one_loses_nothing(mode: Mode) -> None:
    async def story() -> list[float | None]:
        async with open_engine(in_batches=False) as engine:
            return await engine.ping(addresses(2_000), timeout_s=1.0)

    assert None not in in_namespace(story, mode=mode)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("mode", BOTH)
def test_bursts_of_different_sizes_at_the_same_time_are_all_answered(mode: Mode, address: str) -> None:
    async def story() -> list[Burst]:
        async with open_engine() as engine:
            return await asyncio.gather(
                *(
                    engine.burst(
                        destination(address), count=4, spacing_s=0.005, within_s=2, payload_bytes=size, dscp=0
                    )
                    for size in (24, 25, 56, 57, 1_472)
                )
            )

    assert all(None not in done.rtts_s for done in in_namespace(story, mode=mode))


async def test_no_request_is_sent_that_leaves_its_reply_no_time() -> None:
    async with open_engine() as engine:
        done = await engine.burst(
            destination("127.0.0.1"), count=5, spacing_s=0.15, within_s=0.5, payload_bytes=56, dscp=0
        )

    assert done.sent == 3
    assert done.rtts_s[3:] == [None, None]


async def test_a_sweep_of_nothing_is_empty() -> None:
    async with open_engine() as engine:
        assert await engine.ping([], timeout_s=1.0) == []


async def test_bursts_at_the_same_time_do_not_mix() -> None:
    async with open_engine() as engine:
        bursts = await asyncio.gather(*(burst(engine, address, count=5) for address in addresses(200)))

    assert all(None not in done.rtts_s for done in bursts)
    assert engine.counters.answered == 1_000
    assert engine.counters.spoofed == engine.counters.late == engine.counters.duplicate == 0


async def test_a_busy_loop_neither_loses_nor_lengthens() -> None:
    async with open_engine() as engine:
        task = asyncio.create_task(burst(engine, "127.0.0.1", count=1, within_s=0.1))
        await asyncio.sleep(0)
        subprocess.run(["sleep", "0.3"], check=True)  # noqa: ASYNC221 (blocking the loop is the point)
        done = await task

    rtt = done.rtts_s[0]
    assert rtt is not None
    assert rtt < 0.05


@pytest.mark.parametrize("step_s", [3_600, -3_600, 10, -0.01])
async def test_a_step_of_the_wall_clock_does_no_harm(step_s: float) -> None:
    step_ns = 0

    def wall_ns() -> int:
        return time.time_ns() + step_ns

    async with open_engine(wall_ns=wall_ns) as engine:
        task = asyncio.create_task(burst(engine, "127.0.0.1", count=1))
        await asyncio.sleep(0)
        step_ns = int(step_s * 1e9)
        done = await task

    rtt = done.rtts_s[0]
    assert rtt is not None
    assert 0 <= rtt < 0.5
    assert engine.counters.clock_stepped == 1


async def test_a_dead_socket_is_replaced() -> None:
    async with open_engine() as engine:
        await burst(engine, "127.0.0.1")
        engine._wires[socket.AF_INET].icmp.close()
        done = await burst(engine, "127.0.0.1")

    assert None not in done.rtts_s


def test_without_a_route_nothing_is_sent() -> None:
    async def story() -> Burst:
        async with open_engine() as engine:
            return await burst(engine, "10.66.0.2", within_s=0.2)

    done = in_namespace(story)

    assert done.sent == 0
    assert [error.errno for error in done.send_errors.values()] == [errno.ENETUNREACH] * 3


@pytest.mark.parametrize("mode", BOTH)
def test_a_neighbour_that_does_not_answer_arp_is_unreachable(mode: Mode) -> None:
    async def story() -> Burst:
        ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
        ip("addr", "add", "10.67.0.1/24", "dev", "v0")
        for device in ("v0", "v1"):
            ip("link", "set", device, "up")
        with open("/proc/sys/net/ipv4/neigh/v0/retrans_time_ms", "w", encoding="ascii") as file:  # noqa: ASYNC230, PTH123 (procfs)
            file.write("50")
        async with open_engine() as engine:
            return await burst(engine, "10.67.0.9", within_s=3.0)

    done = in_namespace(story, mode=mode)

    assert done.sent == 3
    assert done.rtts_s == [None] * 3
    assert {error.reporter for error in done.errors.values()} == {"10.67.0.1"}


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"]
)
def test_only_unicast_addresses_are_destinations(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|Expected|permitted"):
        destination(text)


@pytest.mark.parametrize("text", ["fe80::1%nosuchdevice", "::ffff:127.0.0.1", "1::2::3", "127.0.0.1.5"])
def test_odd_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|interface|permitted|At most"):
        destination(text)


def test_ipv6_addresses_become_canonical() -> None:
    assert destination("FE80:0::0001%1")[1] == ("fe80::1", 0, 0, 1)
