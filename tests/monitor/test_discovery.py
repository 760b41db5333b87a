"""The search on loopback: every address of 127.0.0.0/8 answers a ping; agents and listeners are real ones."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from inventory.discovery.proposal import Found
from monitor.clock import SystemClock
from monitor.discovery import Findings, Pace, Questions, discover
from probes.snmp.access import SnmpAccess
from probes.snmp_ranges import AccountRanges, RangeAccount
from tests.clock import FakeClock
from tests.servers.snmpd import Snmpd, running_snmpd
from tests.servers.snmpsim import RECORDINGS, SnmpSim, running_snmpsim


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd")) as agent:
        yield agent


@pytest.fixture(scope="module")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnmpSim]:
    with running_snmpsim(tmp_path_factory.mktemp("snmpsim"), RECORDINGS) as simulator:
        yield simulator


class Known:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str:
        return self._values[name]


async def search(
    addresses: Sequence[str], questions: Questions, *, community: str = "public", per_s: float = 200
) -> Findings:
    findings = Findings()
    await discover(
        addresses,
        questions,
        secrets=Known({"snmp-community": community}),
        per_s=per_s,
        clock=SystemClock(),
        into=findings,
    )
    return findings


async def test_a_range_says_whose_community_is_asked_with_and_nobody_else_is_told_one(snmpd: Snmpd) -> None:
    ranges = AccountRanges({ipaddress.ip_network("127.0.0.1/32"): RangeAccount("snmp-own")})
    findings = Findings()
    await discover(
        ["127.0.0.1", "127.0.0.2"],
        Questions(SnmpAccess(port=snmpd.port), ports=()),
        secrets=Known({"snmp-own": "public"}),
        per_s=200,
        clock=SystemClock(),
        into=findings,
        ranges=ranges,
    )
    assert {found.address: found.has_snmp for found in findings.found} == {
        "127.0.0.1": True,
        "127.0.0.2": False,
    }


async def only(questions: Questions, *, community: str = "public", address: str = "127.0.0.1") -> Found:
    (found,) = (await search([address], questions, community=community)).found
    return found


@contextmanager
def listening(*addresses: str) -> Iterator[int]:
    """Listen on one free port of each address."""
    with ExitStack() as stack:
        port = 0
        for address in addresses:
            sock = stack.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.listen()
            port = sock.getsockname()[1]
        yield port


@pytest.mark.alone
async def test_a_real_agent_is_known_by_what_it_says(snmpd: Snmpd) -> None:
    found = await only(Questions(SnmpAccess(port=snmpd.port), ports=()))

    assert (found.device, found.has_snmp) == ("net-snmp", True)
    assert found.object_id.startswith("1.3.6.1.4.1.8072.")
    assert found.description.startswith("Linux")
    assert 0 < found.rtt_s < 1


@pytest.mark.parametrize(
    ("recording", "device"),
    [("printer-ready", "printer"), ("ups-apc", "ups"), ("rmx", "rmx"), ("huawei", "huawei-vrp")],
)
async def test_recorded_devices_are_told_apart(snmpsim: SnmpSim, recording: str, device: str) -> None:
    found = await only(Questions(SnmpAccess(port=snmpsim.port), ports=()), community=recording)

    assert found.device == device


async def test_an_agent_that_nobody_knows_is_asked_for_printer_and_ups(snmpsim: SnmpSim) -> None:
    found = await only(Questions(SnmpAccess(port=snmpsim.port), ports=()), community="unknown")

    assert (found.has_snmp, found.device) == (True, "")
    assert not found.has_printer_mib
    assert not found.has_ups_mib


async def test_without_an_agent_or_with_a_wrong_community_there_is_only_the_ping(snmpd: Snmpd) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.9", snmpd.port))
        found = await only(Questions(SnmpAccess(port=snmpd.port), ports=()), address="127.0.0.9")

    assert (found.has_snmp, found.ports) == (False, ())


async def test_open_ports_are_found_and_closed_ones_not() -> None:
    with listening("127.0.7.3") as port, listening("127.0.7.4") as other:
        findings = await search(["127.0.7.3", "127.0.7.4"], Questions(ports=(port, other)))

    assert {found.address: found.ports for found in findings.found} == {
        "127.0.7.3": (port,),
        "127.0.7.4": (other,),
    }
    assert findings.asked == 2


async def test_a_search_that_is_ended_keeps_what_it_knows() -> None:
    findings = Findings()
    addresses = [f"127.0.7.{number}" for number in range(1, 200)]
    work = asyncio.create_task(
        discover(
            addresses,
            Questions(ports=()),
            secrets=Known({}),
            per_s=50,
            clock=SystemClock(),
            into=findings,
        )
    )
    deadline = monotonic() + 10
    while findings.asked < 5 and monotonic() < deadline:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert 5 <= len(findings.found) < 100
    assert {found.address for found in findings.found} <= set(addresses)


async def test_a_secret_that_is_missing_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        await discover(
            ["127.0.0.1"],
            Questions(SnmpAccess()),
            secrets=Known({}),
            per_s=50,
            clock=SystemClock(),
            into=Findings(),
        )


async def test_turns_are_evenly_spaced_whoever_waits() -> None:
    clock = FakeClock()
    started_at = clock.monotonic()
    pace = Pace(50, clock)
    given: list[float] = []

    async def take(turns: int) -> None:
        for _ in range(turns):
            await pace.turn()
            given.append(clock.monotonic() - started_at)

    tasks = [asyncio.create_task(take(10)) for _ in range(5)]
    await clock.advance(2)

    assert all(task.done() for task in tasks)
    assert given == pytest.approx([number / 50 for number in range(50)])


async def test_packets_without_a_turn_delay_those_to_come() -> None:
    clock = FakeClock()
    pace = Pace(50, clock)
    await pace.turn()
    pace.charge(5)
    waiting = asyncio.create_task(pace.turn())

    await clock.advance(0.119)
    assert not waiting.done()
    await clock.advance(0.002)
    assert waiting.done()


async def test_a_pause_is_not_made_up_for_by_a_volley() -> None:
    clock = FakeClock()
    pace = Pace(10, clock)
    await pace.turn()
    await clock.advance(60)
    waiting = [asyncio.create_task(pace.turn()) for _ in range(5)]

    await clock.advance(0.25)
    assert sum(task.done() for task in waiting) == 3


@pytest.mark.alone
async def test_no_more_questions_than_allowed_reach_the_network_in_any_second() -> None:
    """Counted where they arrive: connections to one listener for all of 127.0.8.0/24."""
    arrived: list[float] = []
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen(100)
        listener.setblocking(False)

        def accept() -> None:
            arrived.append(monotonic())
            listener.accept()[0].close()

        loop = asyncio.get_running_loop()
        loop.add_reader(listener, accept)
        addresses = [f"127.0.8.{number}" for number in range(1, 41)]
        started = monotonic()
        await search(addresses, Questions(ports=(listener.getsockname()[1],)), per_s=100)
        took_s = monotonic() - started
        loop.remove_reader(listener)

    # A ping, the beginning of a connection, its acknowledgement and its end: 160 packets of ours at 100 a second.
    assert len(arrived) == 40
    assert took_s >= 1.5
    busiest = max(sum(at <= later < at + 0.5 for later in arrived) for at in arrived)
    print(f"\n{len(arrived)} connections in {took_s:.2f} s; busiest half second {busiest}")
    assert busiest <= 26


@pytest.mark.alone
async def test_repeated_questions_to_silent_agents_are_no_volley() -> None:
    """Counted where they arrive: a socket for all of 127.0.9.0/24 that answers nobody."""
    arrived: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("0.0.0.0", 0))
        silent.setblocking(False)

        def receive() -> None:
            arrived.append(monotonic())
            silent.recv(2_000)

        loop = asyncio.get_running_loop()
        loop.add_reader(silent, receive)
        questions = Questions(SnmpAccess(port=silent.getsockname()[1]), ports=())
        await search([f"127.0.9.{number}" for number in range(1, 41)], questions, per_s=50)
        loop.remove_reader(silent)

    assert len(arrived) == 120
    assert max(sum(at <= later < at + 1 for later in arrived) for at in arrived) <= 55
