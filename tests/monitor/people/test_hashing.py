"""Hashing of passwords."""

import asyncio

import pytest

from monitor.clock import SystemClock
from monitor.people.hashing import WAITING_LIMIT, Hashing
from monitor.people.refusals import PeopleError, PeopleRefusal


async def fastest(hashing: Hashing, password_hash: str | None) -> float:
    clock, times = SystemClock(), []
    for _ in range(5):
        began = clock.monotonic()
        assert not await hashing.is_right("đoán", password_hash)
        times.append(clock.monotonic() - began)
    return min(times)


@pytest.mark.alone
async def test_a_name_that_nobody_has_costs_as_much_as_a_wrong_password() -> None:
    hashing = Hashing()
    known = await hashing.hash("bốn từ chẳng liên quan")
    await hashing.is_right("đoán", None)

    nobody, somebody = await fastest(hashing, None), await fastest(hashing, known)

    assert 0.3 < nobody / somebody < 3.0
    assert not await hashing.is_right("nobody's password", None)
    hashing.close()


async def test_one_more_than_may_wait_is_told_to_come_back() -> None:
    hashing = Hashing()
    waiting = [asyncio.ensure_future(hashing.is_right("x", "no hash")) for _ in range(WAITING_LIMIT)]
    await asyncio.sleep(0)

    with pytest.raises(PeopleError) as refused:
        await hashing.hash("x")

    assert refused.value.reason is PeopleRefusal.BUSY
    assert refused.value.wait_s > 0
    assert await asyncio.gather(*waiting) == [False] * WAITING_LIMIT
    assert (await hashing.hash("x")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    hashing.close()
