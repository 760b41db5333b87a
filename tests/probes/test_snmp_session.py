import asyncio
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.reading import FailureReason
from probes.snmp.access import SnmpAccess, credentials, dialect
from probes.snmp.ber import encode_oid
from probes.snmp.session import Community, Dialect, Sessions, SnmpRequestError, Value
from tests.probes.agent import (
    GEN_ERR,
    NO_SUCH_NAME,
    TOO_BIG,
    Get,
    Mib,
    decode_get,
    integer,
    running_agent,
)
from tests.probes.secrets import FixedSecrets
from tests.probes.servers import lateness, responding, silent_udp_port, stranger

OIDS = [f"1.3.6.1.2.1.{number}.0" for number in range(1, 46)]
MIB = {oid: integer(number) for number, oid in enumerate(OIDS)}


async def get(
    port: int,
    oids: Sequence[str] = OIDS[:5],
    *,
    version: str = "2c",
    dialect: Dialect = Dialect(),  # noqa: B008 (frozen)
    within_s: float = 2.0,
    sessions: Sessions | None = None,
) -> dict[str, Value]:
    used = sessions or Sessions()
    ends_at = asyncio.get_running_loop().time() + within_s
    try:
        account = Community(version, "public")
        return dict(await used.get("127.0.0.1", port, account, oids, ends_at=ends_at, dialect=dialect))
    finally:
        if sessions is None:
            used.close()


async def reason(port: int, **how: Any) -> FailureReason:
    with pytest.raises(SnmpRequestError) as caught:
        await get(port, **how)
    return caught.value.reason


async def test_many_objects_are_asked_in_turn() -> None:
    mib = Mib(MIB)
    async with running_agent(mib) as agent:
        found = await get(agent.port, OIDS)

    assert found == {oid: number for number, oid in enumerate(OIDS)}
    assert [len(asked.oids) for asked in mib.asked] == [20, 20, 5]
    assert agent.most_at_once == 1


async def test_a_device_that_finds_the_answer_too_big_is_asked_for_less() -> None:
    mib = Mib(MIB)

    def small(asked: Get) -> list[bytes]:
        return [asked.refusal(TOO_BIG)] if len(asked.oids) > 6 else mib(asked)

    sessions = Sessions()
    async with running_agent(small) as agent:
        found = await get(agent.port, OIDS, sessions=sessions)
        notes = sessions.notes("127.0.0.1", agent.port, Community("2c", "public"), Dialect())
    sessions.close()

    assert len(found) == len(OIDS)
    assert "5 đối tượng" in notes["snmp_objects"]


@pytest.mark.parametrize("missing", [[0], [4], [1, 3], [0, 1, 2, 3, 4]])
async def test_a_v1_agent_is_asked_again_without_what_it_lacks(missing: list[int]) -> None:
    absent = {encode_oid(OIDS[number]) for number in missing}

    def old(asked: Get) -> list[bytes]:
        for number, oid in enumerate(asked.oids, start=1):
            if oid in absent:
                return [asked.refusal(NO_SUCH_NAME, number)]
        return mib(asked)

    mib = Mib(MIB)
    async with running_agent(old) as agent:
        found = await get(agent.port, version="1")

    assert list(found) == [OIDS[number] for number in range(5) if number not in missing]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GEN_ERR, FailureReason.UNEXPECTED_ANSWER),
        (TOO_BIG, FailureReason.UNEXPECTED_ANSWER),
        (16, FailureReason.AUTH),
        (6, FailureReason.AUTH),
        (99, FailureReason.UNEXPECTED_ANSWER),
    ],
)
async def test_each_error_of_the_device_has_its_reason(error: int, expected: FailureReason) -> None:
    async with running_agent(lambda asked: [asked.refusal(error, 1)]) as agent:
        assert await reason(agent.port, oids=OIDS[:1]) is expected


async def test_an_answer_with_more_objects_than_any_question_has_is_not_even_read() -> None:
    """Nine thousand small ones fit in a datagram: 50 ms of work, again and again."""
    async with running_agent(lambda asked: [asked.reply([(asked.oids[0], integer(1))] * 3_000)]) as agent:
        assert await reason(agent.port, within_s=0.3) is FailureReason.PROTOCOL


@pytest.mark.alone
async def test_three_thousand_strays_neither_hide_the_answer_nor_hold_up_the_loop() -> None:
    def flood(asked: Get) -> list[bytes]:
        strays = [asked.reply([], request_id=number.to_bytes(4, "big")) for number in range(3_000)]
        return [*strays[:100], asked.answer(integer(1)), *strays[100:]]

    async with running_agent(flood) as agent, lateness() as late:
        found = await get(agent.port)
        again = await get(agent.port)

    assert len(found) == len(again) == 5
    assert late.most_s < 0.5


async def test_rubbish_does_not_hide_the_right_answer() -> None:
    async with running_agent(lambda asked: [b"\x30", b"\xff" * 900, asked.answer(integer(1))]) as agent:
        assert len(await get(agent.port)) == 5


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    numbers = count()
    async with running_agent(lambda asked: [asked.answer(integer(next(numbers)))], delay_s=0.2) as agent:
        sessions = Sessions()
        with pytest.raises(SnmpRequestError):
            await get(agent.port, within_s=0.1, sessions=sessions)
        found = await get(agent.port, sessions=sessions)
        sessions.close()

    assert set(found.values()) == {1}


async def test_who_waits_while_a_dead_device_is_asked_says_that_it_is_silent() -> None:
    sessions = Sessions()
    with silent_udp_port() as port:
        reasons = await asyncio.gather(*(reason(port, within_s=0.3, sessions=sessions) for _ in range(3)))
    sessions.close()

    assert set(reasons) == {FailureReason.TIMEOUT}


@pytest.mark.alone
async def test_who_has_no_turn_while_a_device_answers_others_says_so() -> None:
    sessions = Sessions()
    async with running_agent(Mib(MIB), delay_s=0.1) as agent:
        others = [asyncio.create_task(get(agent.port, within_s=5, sessions=sessions)) for _ in range(5)]
        await asyncio.sleep(0)
        assert await reason(agent.port, within_s=0.35, sessions=sessions) is FailureReason.LOCAL
        assert all(await asyncio.gather(*others))
    sessions.close()


@pytest.mark.alone
async def test_a_long_run_lets_others_ask_in_between() -> None:
    sessions = Sessions()
    async with running_agent(Mib(MIB), delay_s=0.03) as agent:
        slow = Dialect(max_oids=1)
        long = asyncio.create_task(get(agent.port, OIDS, within_s=9, sessions=sessions, dialect=slow))
        await asyncio.sleep(0)
        assert len(await get(agent.port, within_s=0.7, sessions=sessions)) == 5
        assert not long.done()
        assert len(await long) == len(OIDS)
        assert agent.most_at_once == 1
    sessions.close()


@pytest.mark.alone
async def test_the_silence_that_a_wrong_community_meets_does_not_hold_up_the_right_one() -> None:
    mib = Mib(MIB)
    sessions = Sessions()
    async with running_agent(lambda asked: mib(asked) if asked.community == b"public" else []) as agent:
        ends_at = asyncio.get_running_loop().time() + 1.0
        wrong = asyncio.create_task(
            sessions.get(
                *("127.0.0.1", agent.port, Community("2c", "guess"), OIDS[:1]),
                ends_at=ends_at,
                dialect=Dialect(),
            )
        )
        await asyncio.sleep(0)
        assert len(await get(agent.port, within_s=0.7, sessions=sessions)) == 5
        with pytest.raises(SnmpRequestError):
            await wrong
    sessions.close()


async def test_an_answer_from_another_address_counts_only_where_it_may() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as virtual:
        async with running_agent(lambda asked: [asked.answer(integer(1))], other_source=virtual) as agent:
            virtual.bind(("127.0.0.2", agent.port))

            found = await get(agent.port, dialect=Dialect(any_source=True))

            assert len(found) == 5
            assert await reason(agent.port, within_s=0.2) is FailureReason.TIMEOUT


async def test_an_answer_from_another_port_never_counts() -> None:
    with stranger() as forger:
        async with running_agent(lambda asked: [asked.answer(integer(1))], other_source=forger) as agent:
            dialect = Dialect(any_source=True)

            assert await reason(agent.port, within_s=0.2, dialect=dialect) is FailureReason.TIMEOUT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.binary(max_size=200))
async def test_any_datagram_before_the_answer_changes_nothing(data: bytes) -> None:
    def respond(request: bytes) -> list[bytes]:
        return [data or b"\0", *Mib(MIB)(decode_get(request))]

    async with responding(respond) as server:
        assert await get(server.port) == {oid: number for number, oid in enumerate(OIDS[:5])}


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_runs_that_are_cancelled_or_end_in_silence_keep_no_descriptor() -> None:
    sessions = Sessions()
    with silent_udp_port() as port:
        before = descriptors()
        for _ in range(300):
            run = asyncio.ensure_future(get(port, within_s=5, sessions=sessions))
            await asyncio.sleep(0)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
        with pytest.raises(SnmpRequestError):
            await get(port, within_s=0.05, sessions=sessions)

        assert descriptors() == before
    sessions.close()


async def test_closing_closes_every_socket() -> None:
    before = descriptors()
    async with running_agent(Mib(MIB)) as agent:
        sessions = Sessions()
        await get(agent.port, sessions=sessions)
        sessions.close()
    await asyncio.sleep(0)

    assert descriptors() == before


async def test_the_devices_asked_longest_ago_make_room() -> None:
    sessions = Sessions(most=2)
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(running_agent(Mib(MIB))) for _ in range(4)]
        before = descriptors()
        for agent in agents:
            await get(agent.port, sessions=sessions)

        assert descriptors() == before + 2
        for agent in agents:
            assert len(await get(agent.port, sessions=sessions)) == 5
    sessions.close()


def access(**options: Any) -> SnmpAccess:
    return SnmpAccess.model_validate(options)


@pytest.mark.parametrize(
    "options",
    [
        {"auth": "md5"},
        {"priv": "des"},
        {"priv": "none"},
        {"auth": "none", "priv": "none"},
    ],
)
def test_weak_protection_must_be_permitted(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="allow_legacy: true"):
        access(version="3", user="monitor", **options)

    assert access(version="3", user="monitor", allow_legacy=True, **options).version == "3"


def test_encryption_needs_authentication() -> None:
    with pytest.raises(ValidationError, match="không thể mã hóa"):
        access(version="3", user="monitor", auth="none", allow_legacy=True)


@pytest.mark.parametrize(
    "options", [{"max_repetitions": 0}, {"max_repetitions": 51}, {"max_oids": 0}, {"max_oids": 61}]
)
def test_senseless_dialects_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        access(**options)


def test_version_1_never_uses_getbulk() -> None:
    assert not dialect(access(version="1")).bulk
    assert dialect(access()).bulk


def test_only_the_secrets_that_are_needed_are_asked_for() -> None:
    secrets = FixedSecrets(snmp_auth="authword123")
    options = access(version="3", user="monitor", priv="none", allow_legacy=True)

    assert options.secrets() == {"snmp-auth"}
    assert "authword123" not in repr(credentials(options, secrets))
    with pytest.raises(KeyError):
        credentials(access(version="3", user="monitor"), secrets)


@pytest.mark.alone
async def test_a_question_that_got_lost_is_asked_again() -> None:
    mib = Mib(MIB)
    heard = count()
    async with running_agent(lambda asked: [] if next(heard) < 2 else mib(asked)) as agent:
        found = await get(agent.port, within_s=1.4)

    assert len(found) == 5
    assert len({asked.request_id for asked in mib.asked}) == 1
    assert len(agent.askers) == 3


async def test_a_silent_device_is_asked_three_times_and_no_more() -> None:
    async with running_agent(lambda _: []) as agent:
        assert await reason(agent.port, within_s=1.4) is FailureReason.TIMEOUT

    assert len(agent.askers) == 3
