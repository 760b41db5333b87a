"""What every kind of probe promises, for every entry of KINDS."""

import asyncio
import gc
import math
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from probes import KINDS
from probes.http import HttpOptions
from probes.icmp.probe import IcmpOptions
from probes.kind import Options
from probes.reading import Reading
from probes.snmp.scalars import SnmpOptions
from probes.tcp import TcpOptions
from tests.probes.agent import integer, running_agent
from tests.probes.secrets import PUBLIC
from tests.probes.servers import answering, black_hole, page, refused_port, serving, silent_udp_port

TIMEOUT_S = 0.25
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Place:
    """Where to probe, and whether that is fine."""

    address: str
    options: Options
    is_fine: bool


@asynccontextmanager
async def places(kind: str) -> AsyncIterator[list[Place]]:
    """Yield a healthy place and many sick ones."""
    async with AsyncExitStack() as stack:
        hole = stack.enter_context(black_hole())
        silent = stack.enter_context(silent_udp_port())
        closed = refused_port()
        garbage = await stack.enter_async_context(serving(answering(bytes(range(256)))))
        mute = await stack.enter_async_context(serving(answering(b"", stay_s=5)))
        healthy = await stack.enter_async_context(serving(answering(page(b"fine"))))
        agent = await stack.enter_async_context(running_agent(lambda get: [get.answer(integer(1))]))
        liar = await stack.enter_async_context(running_agent(lambda _: [b"\x30\x03abc"]))
        everywhere = {
            "icmp": [
                Place("127.0.0.1", IcmpOptions(count=2, spacing_s=0.01), is_fine=True),
                Place("224.0.0.1", IcmpOptions(), is_fine=False),
                Place("bad name", IcmpOptions(), is_fine=False),
            ],
            "tcp": [
                Place(f"127.0.0.1:{healthy}", TcpOptions(), is_fine=True),
                Place(f"127.0.0.1:{closed}", TcpOptions(), is_fine=False),
                Place(f"127.0.0.1:{hole}", TcpOptions(), is_fine=False),
                Place("127.0.0.1", TcpOptions(), is_fine=False),
                Place("::::", TcpOptions(), is_fine=False),
            ],
            "http": [
                Place(f"http://127.0.0.1:{healthy}/", HttpOptions(), is_fine=True),
                *(
                    Place(f"{scheme}://127.0.0.1:{port}/", HttpOptions(), is_fine=False)
                    for scheme in ("http", "https")
                    for port in (closed, hole, garbage, mute)
                ),
                Place("no url", HttpOptions(), is_fine=False),
            ],
            "snmp": [
                Place("127.0.0.1", SnmpOptions(port=agent.port), is_fine=True),
                *(
                    Place("127.0.0.1", SnmpOptions(port=port), is_fine=False)
                    for port in (closed, silent, liar.port)
                ),
                Place("127.0.0.1", SnmpOptions(community_secret="unknown"), is_fine=False),
                Place("bad name", SnmpOptions(), is_fine=False),
            ],
        }
        yield everywhere[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_place_gives_one_reading_within_the_deadline(kind: str) -> None:
    loop = asyncio.get_running_loop()
    async with places(kind) as everywhere, KINDS[kind].connect(PUBLIC) as probe:
        for place in everywhere:
            started_at = loop.time()
            seen = await probe(place.address, place.options, timeout_s=TIMEOUT_S)

            assert seen.ok is place.is_fine, place
            assert seen.ok is (seen.reason is None)
            assert loop.time() - started_at < TIMEOUT_S + 0.5
            assert_clean(seen)


def assert_clean(seen: Reading) -> None:
    assert seen.detail.isprintable()
    assert len(seen.detail) <= 300
    assert bool(seen.detail) or seen.ok
    for name, value in seen.metrics.items():
        assert name.islower()
        assert math.isfinite(value)


@pytest.mark.parametrize("kind", KINDS)
async def test_descriptors_stay_flat(kind: str) -> None:
    async with places(kind) as everywhere, KINDS[kind].connect(PUBLIC) as probe:
        quick = [place for place in everywhere if place.address != "bad name"]

        async def all_places() -> None:
            await asyncio.gather(*(probe(place.address, place.options, timeout_s=0.1) for place in quick))

        await all_places()
        await settle()
        before = descriptors()
        for _ in range(ROUNDS):
            await all_places()
        await settle()

        assert descriptors() <= before + 2


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_probe_leaves_nothing(kind: str) -> None:
    async with places(kind) as everywhere, KINDS[kind].connect(PUBLIC) as probe:
        quick = [place for place in everywhere if place.address != "bad name"]
        await asyncio.gather(*(probe(place.address, place.options, timeout_s=0.1) for place in quick))
        await settle()
        before = descriptors()
        for _ in range(ROUNDS):
            tasks = [asyncio.ensure_future(probe(p.address, p.options, timeout_s=5.0)) for p in quick]
            await asyncio.sleep(0.005)
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, Reading | asyncio.CancelledError)
        del tasks, task, result
        await settle()
        # A cancelled task's traceback holds what it used; gufo-snmp closes a socket when nobody holds it.
        gc.collect()

        assert descriptors() <= before + 2


async def settle() -> None:
    """Let closed connections leave the loop, on both sides."""
    await asyncio.sleep(0.1)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (procfs)


@pytest.mark.parametrize("kind", KINDS)
async def test_everything_is_closed_at_the_end(kind: str) -> None:
    async with places(kind) as everywhere:
        before = descriptors()
        async with KINDS[kind].connect(PUBLIC) as probe:
            await probe(everywhere[0].address, everywhere[0].options, timeout_s=1.0)
        async with asyncio.timeout(5):
            # c-ares ends its thread in its own time.
            while descriptors() > before:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_and_its_options_are_described(kind: str) -> None:
    fields = KINDS[kind].options.model_fields

    assert KINDS[kind].name == kind
    assert [name for name, field in fields.items() if not field.description] == []
    with pytest.raises(ValidationError):
        KINDS[kind].options.model_validate({"no_such_option": 1})


@pytest.mark.parametrize("kind", KINDS)
async def test_options_of_another_kind_are_a_bug(kind: str) -> None:
    async with KINDS[kind].connect(PUBLIC) as probe:
        with pytest.raises(TypeError):
            await probe("127.0.0.1", Options(), timeout_s=1.0)


_WITHOUT_DESCRIPTORS = """
import asyncio, os, resource
from probes import KINDS
from probes.http import HttpOptions
from probes.icmp.probe import IcmpOptions
from tests.probes.secrets import PUBLIC
from contextlib import AsyncExitStack
ADDRESSES = {"icmp": "127.0.0.1", "tcp": "127.0.0.1:1", "http": "http://127.0.0.1:1/", "snmp": "127.0.0.1"}
async def main():
    async with AsyncExitStack() as stack:
        probes = {name: await stack.enter_async_context(kind.connect(PUBLIC)) for name, kind in KINDS.items()}
        most = resource.getrlimit(resource.RLIMIT_NOFILE)
        held = [os.open("/dev/null", os.O_RDONLY)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 1, most[1]))
        for name, probe in probes.items():
            seen = await probe(ADDRESSES[name], KINDS[name].options(), timeout_s=1.0)
            print(name, seen.reason)
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
asyncio.run(main())
"""


def test_without_descriptors_every_probe_says_it_is_our_fault() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WITHOUT_DESCRIPTORS], capture_output=True, text=True, check=True, timeout=30
    )

    assert told.stdout.split("\n")[:-1] == [f"{name} local" for name in KINDS]
