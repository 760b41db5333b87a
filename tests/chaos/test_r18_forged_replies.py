"""R18: no forged reply counts, and every walk of a hostile agent ends by its rows, its time or the order of its OIDs."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from probes.snmp.session import Community, Dialect, Sessions, SnmpRequestError
from tests.chaos import promise
from tests.effort import sized
from tests.probes.agent import Behaviour, Get, integer, oid_bytes, running_agent, tlv
from tests.probes.datagrams import ipv4, with_checksum
from tests.probes.namespace import OUR_ADDRESS, STRANGER, TARGET, Tun
from tests.probes.servers import stranger
from tests.probes.test_icmp_hostile import meet, reply_to

pytestmark = pytest.mark.alone

PUBLIC = Community("2c", "public")
OID, COLUMN = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.1"
WITHIN_S = 0.3
MOST_ROWS = 200
FORGED = 999


def test_r18_no_forged_echo_reply_counts() -> None:
    rounds = sized(short=2_000, long=100_000)
    chance = random.Random(18)  # noqa: S311 (guesses, no secrets)

    async def network(tun: Tun) -> None:
        request = await tun.request()
        reply = request.reply()
        for number in range(rounds):
            guess = reply[:4] + chance.randbytes(4) + chance.randbytes(len(reply) - 8)
            forged = reply_to(request, source=STRANGER) if number % 2 else _echo(guess)
            tun.inject(forged)
            if number % 64 == 0:
                await asyncio.sleep(0)

    done, counted = meet(network, mode="raw", within_s=0.5 + rounds / 20_000)

    assert done.rtts_s == [None]
    assert not counted.get("answered")
    seen = sum(counted.values())
    assert seen > 0
    promise.told(
        18,
        "no forged echo reply counts: another source, or another identifier, sequence or content",
        f"{rounds} forged, {seen} of them read and named {sorted(counted)}, accepted 0",
    )


def _echo(message: bytes) -> bytes:
    return ipv4(TARGET, OUR_ADDRESS, with_checksum(message))


def looping(step: int) -> Behaviour:
    numbers = count(1_000_000, step) if step else iter(lambda: 5, None)
    return lambda get: [get.reply([(oid_bytes(f"{COLUMN}.{next(numbers)}"), integer(1))])]


def malice() -> dict[str, Behaviour]:
    chance = random.Random(4)  # noqa: S311 (the same bytes each time)
    forged = integer(FORGED)
    return {
        "another request's id": lambda get: [get.reply([(get.oids[0], forged)], request_id=b"\x01\x02\x03")],
        "another community": lambda get: [get.reply([(get.oids[0], forged)], community=b"private")],
        "another object": lambda get: [get.reply([(oid_bytes("1.3.6.1.2.1.1.5.0"), forged)])],
        "no object": lambda get: [get.reply([])],
        "bits turned over": lambda get: [_turned(get.answer(forged), chance) for _ in range(50)],
        "random bytes": lambda _get: [chance.randbytes(chance.randrange(1, 1_400)) for _ in range(200)],
        "endless length": lambda _get: [b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 700],
        "60 kB of text": lambda get: [get.answer(tlv(4, b"x" * 60_000))],
    }


def _turned(datagram: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(datagram) - 4)  # not in the value: v2c knows no way to notice that
    return datagram[:place] + bytes([datagram[place] ^ 1 << chance.randrange(8)]) + datagram[place + 1 :]


async def _asked(port: int, sessions: Sessions) -> object:
    ends_at = asyncio.get_running_loop().time() + WITHIN_S
    with suppress(SnmpRequestError):
        got = await sessions.get("127.0.0.1", port, PUBLIC, [OID], ends_at=ends_at, dialect=Dialect())
        return got.get(OID)
    return None


async def _walked(port: int, sessions: Sessions) -> object:
    ends_at = asyncio.get_running_loop().time() + WITHIN_S
    with suppress(SnmpRequestError):
        return await sessions.table(
            "127.0.0.1", port, PUBLIC, [COLUMN], dialect=Dialect(), ends_at=ends_at, most_rows=MOST_ROWS
        )
    return None


async def test_r18_no_forged_answer_of_an_agent_counts_and_every_walk_ends() -> None:
    loop = asyncio.get_running_loop()
    rounds = sized(short=1, long=30)
    accepted: list[str] = []
    slowest_s = 0.0
    sessions = Sessions()
    walks: dict[str, Callable[[], Behaviour]] = {
        "OIDs that stand still": lambda: looping(0),
        "OIDs that go back": lambda: looping(-1),
        "OIDs without end": lambda: looping(1),
    }
    try:
        for _ in range(rounds):
            for name, behaviour in malice().items():
                async with running_agent(behaviour) as agent:
                    begun = loop.time()
                    accepted += [name] if await _asked(agent.port, sessions) == FORGED else []
                    slowest_s = max(slowest_s, loop.time() - begun)
            with stranger() as other:
                async with running_agent(_answers, other_source=other) as agent:
                    accepted += ["another source"] if await _asked(agent.port, sessions) is not None else []
            for name, walk in walks.items():
                async with running_agent(walk()) as agent:
                    begun = loop.time()
                    accepted += [name] if await _walked(agent.port, sessions) is not None else []
                    slowest_s = max(slowest_s, loop.time() - begun)
        async with running_agent(_answers) as agent:
            assert await _asked(agent.port, sessions) == FORGED
    finally:
        sessions.close()

    assert accepted == []
    assert slowest_s < WITHIN_S + 1.0
    promise.told(
        18,
        "no forged answer of an SNMP agent counts; a walk ends by rows, time or the order of its OIDs",
        f"{rounds * 12} hostile answers and walks: accepted 0, slowest {slowest_s:.2f} s (time {WITHIN_S:g} s)",
    )


def _answers(get: Get) -> list[bytes]:
    return [get.answer(integer(FORGED))]
