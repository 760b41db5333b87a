import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from probes.reach import EVERYWHERE
from probes.reading import FailureReason
from probes.resolve import ADDRESSES_MAX, CACHE_NAMES, ResolveError, Resolver, ip_literal, open_resolver
from tests.probes.nameserver import Nameserver, running_nameserver
from tests.probes.servers import lateness


@asynccontextmanager
async def both() -> AsyncIterator[tuple[Resolver, Nameserver]]:
    async with (
        running_nameserver() as server,
        open_resolver(EVERYWHERE, nameservers=(f"127.0.0.1:{server.port}",)) as resolver,
    ):
        yield resolver, server


async def test_a_name_becomes_its_address() -> None:
    async with both() as (resolver, _):
        assert await resolver.addresses("portal.example.test") == ("127.0.0.1",)


@pytest.mark.parametrize("literal", ["10.1.2.3", "::1"])
async def test_an_address_is_not_looked_up(literal: str) -> None:
    async with both() as (resolver, server):
        assert await resolver.addresses(literal) == (literal,)
        assert server.questions == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nxdomain.example.test", FailureReason.DNS),
        ("nodata.example.test", FailureReason.DNS),
        ("servfail.example.test", FailureReason.LOCAL),
        ("refused.example.test", FailureReason.LOCAL),
        ("silent.example.test", FailureReason.LOCAL),
        ("cut.example.test", FailureReason.LOCAL),
        ("loop.example.test", FailureReason.DNS),
        ("", FailureReason.DNS),
        ("a..b", FailureReason.DNS),
        ("x" * 64 + ".test", FailureReason.DNS),
        ("x." * 127 + "test", FailureReason.DNS),
        ("bad name.test", FailureReason.DNS),
        ("bad\nname.test", FailureReason.DNS),
    ],
)
async def test_every_failure_has_one_reason(name: str, reason: FailureReason) -> None:
    async with both() as (resolver, _):
        with pytest.raises(ResolveError) as told:
            await resolver.first(name, within_s=0.3)

    assert told.value.reason is reason
    assert "\n" not in told.value.detail


async def test_a_resolver_that_is_not_there_is_our_fault() -> None:
    async with open_resolver(EVERYWHERE, nameservers=("127.0.0.1:1",)) as resolver:
        with pytest.raises(ResolveError) as told:
            await resolver.first("portal.example.test", within_s=1.0)

    assert told.value.reason is FailureReason.LOCAL


async def test_a_name_is_asked_once_and_kept_at_least_five_seconds() -> None:
    async with both() as (resolver, server):
        for _ in range(3):
            await asyncio.gather(*(resolver.addresses("ttl0.example.test") for _ in range(20)))
        asked = len(server.questions)

    assert asked <= 2  # A and AAAA


async def test_a_huge_lifetime_is_clamped() -> None:
    async with both() as (resolver, _):
        await resolver.addresses("forever.example.test")
        ((expires_at, _addresses),) = resolver._cache.values()

    assert expires_at < asyncio.get_running_loop().time() + 301


async def test_one_waiter_that_gives_up_does_not_cancel_the_others() -> None:
    async with both() as (resolver, _):
        impatient = asyncio.create_task(resolver.addresses("portal.example.test"))
        patient = asyncio.create_task(resolver.addresses("portal.example.test"))
        await asyncio.sleep(0)
        impatient.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await impatient

        assert await patient == ("127.0.0.1",)


async def test_a_thousand_addresses_are_capped() -> None:
    async with both() as (resolver, _):
        assert len(await resolver.addresses("many.example.test")) <= ADDRESSES_MAX


async def test_ipv4_comes_before_ipv6() -> None:
    async with both() as (resolver, _):
        assert await resolver.addresses("both.example.test") == ("127.0.0.1", "::1")


@pytest.mark.alone
async def test_a_silent_resolver_holds_up_nobody_else() -> None:
    async with both() as (resolver, _), lateness() as late:
        hung = [asyncio.create_task(resolver.addresses(f"silent.{n}.test")) for n in range(50)]
        await asyncio.sleep(0.02)
        async with asyncio.timeout(0.5):
            assert await resolver.addresses("portal.example.test") == ("127.0.0.1",)
        for task in hung:
            task.cancel()

    assert late.most_s < 0.2


async def test_the_cache_is_capped() -> None:
    async with both() as (resolver, _):
        for number in range(CACHE_NAMES):
            resolver._cache[f"{number}.test"] = (0.0, ())
        await resolver.addresses("portal.example.test")

        assert len(resolver._cache) == CACHE_NAMES
        assert "0.test" not in resolver._cache


@pytest.mark.parametrize("name", ["_sip._udp.example.test", "PORTAL.example.test.", "x" * 63 + ".test"])
async def test_unusual_names_are_looked_up(name: str) -> None:
    async with both() as (resolver, _):
        assert await resolver.addresses(name) == ("127.0.0.1",)


async def test_vietnamese_names_are_encoded() -> None:
    async with both() as (resolver, server):
        await resolver.addresses("Quảng-Ngãi.test.")

    assert {question.lower().encode().decode("idna") for question in server.questions} == {"quảng-ngãi.test"}


async def test_descriptors_do_not_grow() -> None:
    async with both() as (resolver, _):
        await resolver.addresses("first.example.test")
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (procfs)
        for number in range(50):
            await resolver.addresses(f"name{number}.example.test")

        assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208 (procfs)


@pytest.mark.parametrize(
    "text", ["127.1", "0x7f000001", "2130706433", "localhost", "", "1.2.3.4\0", "١.1.1.1"]
)
def test_only_plain_addresses_are_literals(text: str) -> None:
    assert ip_literal(text) is None
