"""The trap receiver against net-snmp's snmptrap and snmpinform, and against a flood."""

import asyncio
import random
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from monitor.inputs.traps import EngineIdentity, Trap, TrapReceiver, TrapUser, listening
from tests.probes.servers import lateness

LINK_DOWN, LINK_UP, COLD_START = (f"1.3.6.1.6.3.1.1.5.{number}" for number in (3, 4, 1))
ON_BATTERY, POLYCOM_LOSS = "1.3.6.1.2.1.33.2.1", "1.3.6.1.4.1.13885.101.0.85"
SENDER_ENGINE = "8000000001020304"
USER = TrapUser("tram", "sha256", "authword123", "privword123", (SENDER_ENGINE,))
V3 = [
    "-v3",
    "-u",
    "tram",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "authword123",
    "-x",
    "AES",
    "-X",
    "privword123",
]
V2C = ("-v2c", "-c", "secret-word")


@dataclass
class Door:
    """A receiver that listens, and what it understood."""

    port: int
    receiver: TrapReceiver
    traps: list[Trap] = field(default_factory=list)

    async def hears(self, count: int) -> list[tuple[str, str]]:
        """Wait until so many datagrams of known sources were judged; return source and OID of the hints."""
        async with asyncio.timeout(10):
            while sum(self.receiver.counts.values()) < count:
                await asyncio.sleep(0.01)
        return [(trap.source, trap.oid) for trap in self.traps]


@asynccontextmanager
async def door(
    *,
    host: str = "127.0.0.1",
    known: frozenset[str] | None = None,
    on_trap: Callable[[Trap], None] | None = None,
) -> AsyncIterator[Door]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
        sock.bind((host, 0))
        traps: list[Trap] = []
        receiver = TrapReceiver(on_trap or traps.append)
        receiver.admit_only(known if known is not None else frozenset({host}))
        identity = EngineIdentity("80000000050102030405060708", 7)
        async with listening(receiver, sock, communities=["secret-word"], users=[USER], identity=identity):
            yield Door(sock.getsockname()[1], receiver, traps)


async def send(command: str, *arguments: str) -> int:
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    await process.communicate()
    return process.returncode or 0


async def test_a_v2c_trap_of_a_known_device_is_a_hint() -> None:
    async with door() as opened:
        await send("snmptrap", *V2C, f"127.0.0.1:{opened.port}", "", LINK_DOWN)

        assert await opened.hears(1) == [("127.0.0.1", LINK_DOWN)]
        assert "linkDown" in opened.traps[0].meaning


async def test_a_v1_trap_comes_with_the_oid_of_v2() -> None:
    async with door() as opened:
        to = f"127.0.0.1:{opened.port}"
        await send("snmptrap", "-v1", "-c", "secret-word", to, "1.3.6.1.4.1.8072", "127.0.0.1", "3", "0", "9")

        assert await opened.hears(1) == [("127.0.0.1", LINK_UP)]


async def test_a_v2c_inform_is_acknowledged() -> None:
    async with door() as opened:
        told = await send(
            "snmpinform", *V2C, "-t", "3", "-r", "0", f"127.0.0.1:{opened.port}", "", POLYCOM_LOSS
        )

        assert told == 0
        assert await opened.hears(1) == [("127.0.0.1", POLYCOM_LOSS)]


async def test_a_v3_trap_of_a_known_engine_is_a_hint() -> None:
    async with door() as opened:
        await send("snmptrap", *V3, "-e", f"0x{SENDER_ENGINE}", f"127.0.0.1:{opened.port}", "", COLD_START)

        assert await opened.hears(1) == [("127.0.0.1", COLD_START)]


async def test_a_v3_inform_is_acknowledged_after_discovery() -> None:
    async with door() as opened:
        told = await send("snmpinform", *V3, "-t", "3", "-r", "0", f"127.0.0.1:{opened.port}", "", ON_BATTERY)

        assert told == 0
        assert await opened.hears(2) == [("127.0.0.1", ON_BATTERY)]


@pytest.mark.parametrize(
    "wrong",
    [
        ("-v2c", "-c", "another-word"),
        ("-v3", "-u", "nobody", *V3[3:], "-e", f"0x{SENDER_ENGINE}"),
        (*V3[:-1], "wrong-word123", "-e", f"0x{SENDER_ENGINE}"),
        (*V3, "-e", "0x8000000009090909"),
    ],
    ids=["community", "user", "password", "engine"],
)
async def test_who_does_not_know_the_secret_is_rejected(wrong: tuple[str, ...]) -> None:
    async with door() as opened:
        await send("snmptrap", *wrong, f"127.0.0.1:{opened.port}", "", LINK_DOWN)

        assert await opened.hears(1) == []
        assert opened.receiver.counts == {"rejected": 1}


async def test_a_stranger_is_not_even_read() -> None:
    async with door(known=frozenset({"127.0.0.9"})) as opened:
        await send("snmptrap", *V2C, f"127.0.0.1:{opened.port}", "", LINK_DOWN)

        assert await opened.hears(1) == []
        assert opened.receiver.counts == {"unknown_source": 1}


async def test_a_notification_that_says_nothing_to_us_is_ignored() -> None:
    async with door() as opened:
        await send("snmptrap", *V2C, f"127.0.0.1:{opened.port}", "", "1.3.6.1.4.1.9.9.9.0.1")

        assert await opened.hears(1) == []
        assert opened.receiver.counts == {"ignored": 1}


async def test_ipv6_is_listened_to() -> None:
    async with door(host="::1") as opened:
        await send("snmptrap", *V2C, f"udp6:[::1]:{opened.port}", "", LINK_DOWN)

        assert await opened.hears(1) == [("::1", LINK_DOWN)]


async def test_a_receiver_that_hangs_does_not_hold_up_the_end() -> None:
    hanging, hangs = threading.Event(), threading.Event()

    def hang(_trap: Trap) -> None:
        hangs.set()
        hanging.wait(30)

    loop = asyncio.get_running_loop()
    try:
        async with door(on_trap=hang) as here:
            await send("snmptrap", *V2C, f"127.0.0.1:{here.port}", "", LINK_DOWN)
            await asyncio.to_thread(hangs.wait, 10)
            ending_at = loop.time()

        assert loop.time() - ending_at < 4
    finally:
        hanging.set()


@pytest.mark.alone
async def test_noise_and_a_flood_neither_end_the_receiver_nor_hold_up_the_loop() -> None:
    noise = random.Random(7)  # noqa: S311 (the same bytes each time)
    hostile = [
        *(noise.randbytes(noise.randrange(1, 400)) for _ in range(15)),
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 3_000,
    ]
    async with door(known=frozenset({"127.0.0.1", "127.0.0.2"})) as opened, lateness() as late:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in hostile:
                sender.sendto(datagram, ("127.0.0.1", opened.port))
            for _ in range(5_000):
                sender.sendto(hostile[0], ("127.0.0.1", opened.port))
        await opened.hears(len(hostile))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
        async with asyncio.timeout(20):
            while not opened.traps:  # while the kernel's buffer is full of the flood, datagrams are lost
                await send(
                    "snmptrap", *V2C, "--clientaddr=127.0.0.2", f"127.0.0.1:{opened.port}", "", LINK_UP
                )
                await asyncio.sleep(0.1)

    assert {(trap.source, trap.oid) for trap in opened.traps} == {("127.0.0.2", LINK_UP)}
    assert opened.receiver.counts["too_fast"] > 0
    assert late.most_s < 0.25
