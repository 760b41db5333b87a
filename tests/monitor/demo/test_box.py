import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from monitor.demo.box import Box
from monitor.demo.control import ControlError
from monitor.demo.devices import DevicePlan
from monitor.demo.processes import module_environment
from probes.snmp.session import Community, Dialect, Sessions, SnmpRequestError

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE, OTHER = "10.51.3.7", "10.51.4.1"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
OPENER = """
import asyncio, json
from monitor.demo.box import Box, DevicePlan

async def main():
    async with Box.open(devices=DevicePlan()) as box:
        sleeper = await box.spawn(["sleep", "1000"], inside="monitor")
        pids = [sleeper.pid, *(process.pid for process in box._vital.values())]
        print(json.dumps({"pids": pids, "namespaces": [box.namespace_id("monitor"), box.namespace_id("province")]}), flush=True)
        await asyncio.sleep(1000)

asyncio.run(main())
"""


_SITE_NUMBERS = itertools.count(10)


@dataclass(frozen=True)
class Site:
    """A commune that no other test touches."""

    number: int = field(default_factory=_SITE_NUMBERS.__next__)

    @property
    def prefix(self) -> str:
        return f"10.51.{self.number}.0/24"

    @property
    def address(self) -> str:
        return f"10.51.{self.number}.7"


@pytest.fixture
def site() -> Site:
    return Site()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box() -> AsyncIterator[Box]:
    async with Box.open(devices=DevicePlan()) as opened:
        yield opened


async def ping(box: Box, address: str, *, count: int = 1, timeout_s: float = 1.0) -> list[float]:
    """Send `count` pings at once from the monitor; return the round-trip times of the answered ones."""
    with box.entered("monitor"):
        icmp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    loop = asyncio.get_running_loop()
    round_trips: list[float] = []
    with icmp:
        for number in range(count):
            sent_at = struct.pack("!d", time.perf_counter())
            icmp.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, number) + sent_at, (address, 0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while len(round_trips) < count:
                    reply = await loop.sock_recv(icmp, 1_500)
                    (sent,) = struct.unpack("!d", reply[8:16])
                    round_trips.append(time.perf_counter() - sent)
    return round_trips


async def fetch(box: Box, address: str, *, timeout_s: float = 5.0) -> float:
    """Get a page from the monitor; return how long it took."""
    started = time.perf_counter()
    with box.entered("monitor"):
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"http://{address}/") as answer,
        ):
            assert answer.status == 200
            assert address in await answer.text()
    return time.perf_counter() - started


async def read_uptime_s(box: Box, address: str, *, community: str = "public") -> float:
    ends_at = asyncio.get_running_loop().time() + 2.0
    with Sessions().in_use() as sessions, box.entered("monitor"):
        account = Community("2c", community)
        answer = await sessions.get(address, 161, account, [SYS_UP_TIME], ends_at=ends_at, dialect=Dialect())
    ticks = answer[SYS_UP_TIME]
    assert isinstance(ticks, int)
    return ticks / 100


@pytest.mark.alone
async def test_pings_meet_the_latency_of_their_target(box: Box, site: Site) -> None:
    box.set_link(site.prefix, latency_s=0.031)
    far = sorted([(await ping(box, site.address))[0] for _ in range(27)])
    near = sorted([(await ping(box, OTHER))[0] for _ in range(9)])
    assert far[0] >= 0.031
    assert far[13] == pytest.approx(0.031, abs=0.003)
    assert near[4] < 0.005


@pytest.mark.alone
async def test_tcp_and_http_meet_the_latency_too(box: Box, site: Site) -> None:
    box.set_link(site.prefix, latency_s=0.031)
    started = time.perf_counter()
    with box.entered("monitor"):
        _, writer = await asyncio.open_connection(site.address, 1720)
    connected_s = time.perf_counter() - started
    writer.close()
    assert 0.031 <= connected_s < 0.062
    assert 0.062 <= await fetch(box, site.address) < 0.2


async def test_a_closed_port_refuses(box: Box, site: Site) -> None:
    with box.entered("monitor"), pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(site.address, 9)


@pytest.mark.alone
async def test_a_cut_is_silent_and_its_end_is_felt_at_once(box: Box, site: Site) -> None:
    box.cut(site.prefix)
    assert await ping(box, site.address, timeout_s=0.2) == []
    assert len(await ping(box, OTHER)) == 1
    with box.entered("monitor"), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await asyncio.open_connection(site.address, 1720)
    started = time.perf_counter()
    box.restore(site.prefix)
    assert len(await ping(box, site.address)) == 1
    assert time.perf_counter() - started < 0.05


async def test_pings_are_lost_at_the_ratio_that_was_set(box: Box, site: Site) -> None:
    box.set_link(site.prefix, loss_ratio=0.3)
    lost_before = box.counts()["lost"]
    answered = [await ping(box, site.address, count=100, timeout_s=0.15) for _ in range(10)]
    assert sum(map(len, answered)) == pytest.approx(700, abs=60)
    assert box.counts()["lost"] - lost_before == 1_000 - sum(map(len, answered))


async def test_power_that_returns_resets_the_uptime_of_its_site_only(box: Box, site: Site) -> None:
    before_s = await read_uptime_s(box, site.address)
    other_s = await read_uptime_s(box, OTHER)
    box.power_off(site.prefix)
    box.restore(site.prefix)
    assert await ping(box, site.address, timeout_s=0.1) == []
    box.power_on(site.prefix)
    assert before_s > 10
    assert await read_uptime_s(box, site.address) < 5
    assert await read_uptime_s(box, OTHER) >= other_s


async def test_a_slow_system_answers_late_and_pings_at_once(box: Box, site: Site) -> None:
    box.change(site.address, web_delay_s=0.4)
    assert await fetch(box, site.address) >= 0.4
    assert await fetch(box, OTHER) < 0.3
    assert (await ping(box, site.address))[0] < 0.05
    box.change(site.address, web_delay_s=0)
    assert await fetch(box, site.address) < 0.3


async def test_the_community_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "community").write_text("quangngai\n", encoding="utf-8")
    async with Box.open(devices=DevicePlan(community_file=tmp_path / "community")) as box:
        assert await read_uptime_s(box, SITE, community="quangngai") > 10
        with pytest.raises(SnmpRequestError):
            await read_uptime_s(box, SITE, community="public")


async def test_a_real_snmpd_answers_for_every_address_of_the_province(tmp_path: Path) -> None:
    (tmp_path / "snmpd.conf").write_text(
        "rocommunity public\nagentaddress udp:0.0.0.0:161\n", encoding="utf-8"
    )
    argv = ["/usr/sbin/snmpd", "-f", "-Lf", str(tmp_path / "log"), "-C", "-c", str(tmp_path / "snmpd.conf")]
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(tmp_path)}
    async with Box.open() as box:
        await box.spawn([*argv, "-I", "system_mib,sysORTable"], inside="province", env=environment)
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(SnmpRequestError):
                    assert await read_uptime_s(box, SITE) < 10
                    break
        assert await read_uptime_s(box, OTHER) < 10


async def test_a_function_runs_inside_the_monitor_and_comes_back(box: Box) -> None:
    def namespace() -> int:
        return Path("/proc/thread-self/ns/net").stat().st_ino

    assert await box.call(namespace, inside="monitor") == box.namespace_id("monitor")
    assert await box.call(namespace, inside="province") == box.namespace_id("province")
    assert namespace() == box.namespace_id("host")


async def test_an_inherited_listener_is_reached_from_the_host_only(box: Box) -> None:
    serve = "import socket, sys; socket.socket(fileno=int(sys.argv[1])).accept()[0].sendall(b'xin')"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        descriptor = listener.fileno()
        await box.spawn(
            [sys.executable, "-c", serve, str(descriptor)], inside="monitor", pass_fds=[descriptor]
        )
        with box.entered("monitor"), pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read(3) == b"xin"
        writer.close()


async def test_nothing_of_the_box_reaches_the_host(box: Box) -> None:
    process = await box.spawn(["ip", "-o", "link"], inside="monitor", stdout=asyncio.subprocess.PIPE)
    links, _ = await process.communicate()
    assert [line.split()[1].rstrip(b":") for line in links.splitlines()] == [b"lo", b"wan0"]
    assert "wan0" not in {name for _, name in socket.if_nameindex()}


async def test_a_wrong_command_is_refused_and_harms_nothing(box: Box) -> None:
    with pytest.raises(ControlError, match="host bits set"):
        box.cut("10.51.3.1/24")
    with pytest.raises(ControlError, match="no_such_state"):
        box.change(SITE, no_such_state=1)
    with pytest.raises(ControlError, match="loss_ratio"):
        box.set_link("10.51.3.0/24", loss_ratio=2)
    assert len(await ping(box, SITE)) == 1


@pytest.mark.parametrize("vital", ["wan", "devices"])
async def test_a_killed_part_is_noticed(vital: str) -> None:
    async with Box.open(devices=DevicePlan()) as box:
        os.kill(box._vital[vital].pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            assert await box.broken() == vital


async def test_leaving_stops_what_ignores_the_polite_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Box.open() as box:
        stubborn = await box.spawn(
            ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
            inside="monitor",
            stdout=asyncio.subprocess.PIPE,
        )
        assert stubborn.stdout is not None
        await stubborn.stdout.readline()
        monkeypatch.setattr("monitor.demo.box.STOP_GRACE_S", 0.2)
    assert stubborn.returncode == -signal.SIGKILL


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_nothing_is_left_when_the_opener_dies(signal_number: signal.Signals) -> None:
    opener = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OPENER,
        env=module_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert opener.stdout is not None
    opened = json.loads(await opener.stdout.readline())
    opener.send_signal(signal_number)
    await opener.wait()
    async with asyncio.timeout(5):
        while is_anything_left(opened["pids"], opened["namespaces"]):
            await asyncio.sleep(0.01)


def is_anything_left(pids: list[int], namespaces: list[int]) -> bool:
    if any(is_running(pid) for pid in pids):
        return True
    wanted = {f"net:[{number}]" for number in namespaces}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while we look
            links = [process / "ns/net", *(process / "fd").iterdir()]
            if wanted & {str(link.readlink()) for link in links}:
                return True
    return False


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than an exit status that nobody has read yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
