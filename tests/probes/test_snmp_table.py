import asyncio
from collections.abc import Mapping, Sequence

import pytest

from probes.reading import FailureReason
from probes.snmp.identify import identify
from probes.snmp.session import Community, Credentials, Dialect, Sessions, SnmpRequestError, Value
from probes.snmp.walk import Walk, walk
from tests.probes.agent import (
    END_OF_VIEW,
    GEN_ERR,
    GETBULK,
    GETNEXT,
    NO_SUCH_INSTANCE,
    NO_SUCH_NAME,
    TOO_BIG,
    Behaviour,
    Get,
    Mib,
    integer,
    oid_bytes,
    running_agent,
    tlv,
)
from tests.servers.snmpd import Snmpd

PUBLIC = Community("2c", "public")
COLUMNS = ("1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.10")
INDEX, NAME, IN_OCTETS = COLUMNS
ROWS = (1, 2, 127, 128, 16_383, 16_384, 4_000_000_000)
TABLE = Mib(
    {f"{INDEX}.{row}": integer(7) for row in ROWS}
    | {f"{NAME}.{row}": tlv(4, b"port") for row in ROWS}
    | {f"{IN_OCTETS}.{row}": integer(row % 1_000) for row in ROWS[1:4]}
    | {"1.3.6.1.2.1.2.2.1.11.1": integer(1), "1.3.6.1.2.1.1.5.0": tlv(4, b"box")}
)
"""A table whose last column lacks rows."""


async def table(
    port: int,
    columns: Sequence[str] = COLUMNS,
    *,
    credentials: Credentials = PUBLIC,
    dialect: Dialect = Dialect(),  # noqa: B008 (frozen)
    within_s: float = 2.0,
    most_rows: int = 4_096,
    sessions: Sessions | None = None,
) -> Mapping[str, Mapping[str, Value]]:
    used = sessions or Sessions()
    try:
        return await used.table(
            "127.0.0.1",
            port,
            credentials,
            columns,
            dialect=dialect,
            ends_at=asyncio.get_running_loop().time() + within_s,
            most_rows=most_rows,
        )
    finally:
        if sessions is None:
            used.close()


async def failing(behaviour: Behaviour, *, within_s: float = 2.0, most_rows: int = 4_096) -> SnmpRequestError:
    async with running_agent(behaviour) as agent:
        with pytest.raises(SnmpRequestError) as caught:
            await table(agent.port, within_s=within_s, most_rows=most_rows)
    return caught.value


@pytest.mark.parametrize(
    ("version", "dialect"),
    [
        ("2c", Dialect()),
        ("2c", Dialect(max_repetitions=1)),
        ("2c", Dialect(max_oids=2)),
        ("2c", Dialect(bulk=False)),
        ("1", Dialect(bulk=False)),
        ("1", Dialect(bulk=False, max_oids=1)),
    ],
)
async def test_a_table_is_whole_in_every_dialect(version: str, dialect: Dialect) -> None:
    async with running_agent(Mib(TABLE.objects)) as agent:
        found = await table(agent.port, credentials=Community(version, "public"), dialect=dialect)

    assert found[INDEX] == {str(row): 7 for row in ROWS}
    assert found[NAME] == {str(row): b"port" for row in ROWS}
    assert found[IN_OCTETS] == {str(row): row % 1_000 for row in ROWS[1:4]}


async def test_columns_are_walked_together() -> None:
    mib = Mib(TABLE.objects)
    async with running_agent(mib) as agent:
        await table(agent.port)

    assert [(len(get.oids), get.repetitions) for get in mib.asked] == [(3, 10)]


async def test_an_answer_has_at_most_sixty_objects() -> None:
    mib = Mib({f"{column}.{row}": integer(1) for column in COLUMNS for row in range(1, 100)})
    async with running_agent(mib) as agent:
        await table(agent.port, dialect=Dialect(max_repetitions=50))

    assert {get.repetitions * len(get.oids) for get in mib.asked} == {60}


async def test_an_absent_table_has_no_rows() -> None:
    async with running_agent(Mib({})) as agent:
        found = await table(agent.port)

    assert found == {column: {} for column in COLUMNS}


async def test_exceptions_are_absent_and_not_text() -> None:
    mib = Mib({f"{INDEX}.1": NO_SUCH_INSTANCE, f"{INDEX}.2": integer(5), f"{INDEX}.3": tlv(5, b"")})
    async with running_agent(mib) as agent:
        found = await table(agent.port)

    assert found[INDEX] == {"2": 5}


@pytest.mark.parametrize("step", [0, -1])
async def test_oids_that_do_not_increase_end_the_walk(step: int) -> None:
    numbers = {"next": 100}

    def looping(get: Get) -> list[bytes]:
        numbers["next"] += step
        return [get.reply([(oid_bytes(f"{INDEX}.{numbers['next']}"), integer(1))] * len(get.oids))]

    error = await failing(looping)

    assert error.reason is FailureReason.UNEXPECTED_ANSWER
    assert "không tăng" in error.detail


def endless() -> Behaviour:
    numbers = {"next": 0}

    def growing(get: Get) -> list[bytes]:
        numbers["next"] += 1
        return [get.reply([(oid_bytes(f"{INDEX}.{numbers['next']}"), integer(1))])]

    return growing


async def test_a_table_without_end_is_cut_at_the_row_limit() -> None:
    error = await failing(endless(), most_rows=50)

    assert error.reason is FailureReason.UNEXPECTED_ANSWER
    assert "50 hàng" in error.detail


@pytest.mark.alone
async def test_a_table_without_end_is_cut_at_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()

    error = await failing(endless(), most_rows=10**9, within_s=0.3)

    assert error.reason is FailureReason.TIMEOUT
    assert loop.time() - started_at < 1.0


async def test_rows_without_values_count_too() -> None:
    numbers = {"next": 0}

    def growing(get: Get) -> list[bytes]:
        numbers["next"] += 1
        return [get.reply([(oid_bytes(f"{INDEX}.{numbers['next']}"), NO_SUCH_INSTANCE)])]

    assert "50 hàng" in (await failing(growing, most_rows=50)).detail


async def test_a_table_of_endless_texts_is_cut_at_four_megabytes() -> None:
    numbers = {"next": 0}

    def growing(get: Get) -> list[bytes]:
        numbers["next"] += 1
        return [get.reply([(oid_bytes(f"{INDEX}.{numbers['next']}"), tlv(4, b"x" * 60_000))])]

    assert "4 MB" in (await failing(growing)).detail


@pytest.mark.parametrize("index", [b"\x80", b"\x9f\xff\xff\xff\x7f"])
async def test_a_row_whose_name_is_no_oid_is_an_error(index: bytes) -> None:
    error = await failing(lambda get: [get.reply([(oid_bytes(INDEX) + index, integer(1))])])

    assert error.reason is FailureReason.PROTOCOL


async def test_an_empty_answer_is_an_error() -> None:
    error = await failing(lambda get: [get.reply([])])

    assert error.reason is FailureReason.UNEXPECTED_ANSWER


async def test_a_device_that_finds_the_answer_too_big_is_asked_for_less_ever_after() -> None:
    mib = Mib(TABLE.objects)

    def small(get: Get) -> list[bytes]:
        answer = mib(get)
        return [get.refusal(TOO_BIG)] if len(get.oids) * max(1, get.repetitions) > 8 else answer

    sessions = Sessions()
    async with running_agent(small) as agent:
        await table(agent.port, sessions=sessions)
        first = len(mib.asked)
        found = await table(agent.port, sessions=sessions)
        notes = sessions.notes("127.0.0.1", agent.port, PUBLIC, Dialect())
    sessions.close()

    assert len(found[INDEX]) == len(ROWS)
    assert len(mib.asked) - first < first
    assert "7 đối tượng" in notes["snmp_objects"]


async def test_a_device_that_finds_even_one_object_too_big_is_an_error() -> None:
    error = await failing(lambda get: [get.refusal(TOO_BIG)])

    assert error.reason is FailureReason.UNEXPECTED_ANSWER
    assert "tooBig" in error.detail


async def test_a_device_that_refuses_getbulk_is_asked_with_getnext_ever_after() -> None:
    mib = Mib(TABLE.objects)

    def old(get: Get) -> list[bytes]:
        return [get.refusal(GEN_ERR)] if get.kind == GETBULK else mib(get)

    sessions = Sessions()
    async with running_agent(old) as agent:
        await table(agent.port, sessions=sessions)
        asked = len(agent.askers)
        found = await table(agent.port, sessions=sessions)
        again = len(agent.askers) - asked
        notes = sessions.notes("127.0.0.1", agent.port, PUBLIC, Dialect())
    sessions.close()

    assert len(found[NAME]) == len(ROWS)
    assert {get.kind for get in mib.asked} == {GETNEXT}
    assert again == asked - 1
    assert "GETNEXT" in notes["snmp_bulk"]


async def test_a_device_as_usual_has_no_notes() -> None:
    sessions = Sessions()
    async with running_agent(Mib(TABLE.objects)) as agent:
        await table(agent.port, sessions=sessions)

        assert sessions.notes("127.0.0.1", agent.port, PUBLIC, Dialect()) == {}
    sessions.close()


async def test_a_v1_agent_that_does_not_say_which_column_ended_is_asked_one_by_one() -> None:
    mib = Mib(TABLE.objects)

    def vague(get: Get) -> list[bytes]:
        return mib(get) if len(get.oids) == 1 else [get.refusal(NO_SUCH_NAME)]

    async with running_agent(vague) as agent:
        found = await table(agent.port, credentials=Community("1", "public"), dialect=Dialect(bulk=False))

    assert len(found[INDEX]) == len(ROWS)
    assert len(found[IN_OCTETS]) == 3


async def test_a_slow_agent_ends_at_the_deadline() -> None:
    async with running_agent(Mib(TABLE.objects), delay_s=0.15) as agent:
        with pytest.raises(SnmpRequestError) as caught:
            await table(agent.port, dialect=Dialect(max_repetitions=1), within_s=0.4)

    assert caught.value.reason is FailureReason.TIMEOUT


async def test_the_interfaces_of_a_real_agent_are_read_alike_in_every_dialect(snmpd: Snmpd) -> None:
    columns = [f"1.3.6.1.2.1.2.2.1.{column}" for column in (1, 2, 3, 5, 8)]
    by_bulk = await table(snmpd.port, columns)
    by_next = await table(snmpd.port, columns, dialect=Dialect(bulk=False))
    by_v1 = await table(
        snmpd.port, columns, credentials=Community("1", "public"), dialect=Dialect(bulk=False)
    )

    assert b"lo" in by_bulk[columns[1]].values()
    assert by_bulk == by_next == by_v1


async def walked(port: int, root: str, *, within_s: float = 2.0, most_objects: int = 10_000) -> Walk:
    sessions = Sessions()
    try:
        return await walk(
            sessions,
            "127.0.0.1",
            port,
            PUBLIC,
            root,
            dialect=Dialect(),
            ends_at=asyncio.get_running_loop().time() + within_s,
            most_objects=most_objects,
        )
    finally:
        sessions.close()


async def test_a_walk_finds_everything_under_its_root_in_order(snmpd: Snmpd) -> None:
    seen = await walked(snmpd.port, "1.3.6.1.2.1.1")

    assert seen.stopped == ""
    assert all(oid.startswith("1.3.6.1.2.1.1.") for oid in seen.objects)
    assert len(seen.objects) > 6
    assert list(seen.objects)[:2] == ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"]


async def test_a_walk_of_one_object_is_that_object(snmpd: Snmpd) -> None:
    seen = await walked(snmpd.port, "1.3.6.1.2.1.1.5.0")

    assert list(seen.objects) == ["1.3.6.1.2.1.1.5.0"]


async def test_a_walk_that_was_cut_short_says_why() -> None:
    async with running_agent(endless()) as agent:
        by_count = await walked(agent.port, INDEX, most_objects=20)
        by_time = await walked(agent.port, INDEX, within_s=0.2)

    assert len(by_count.objects) == 20
    assert "20 hàng" in by_count.stopped
    assert by_time.objects
    assert "thời gian" in by_time.stopped


async def test_a_walk_without_any_answer_is_an_error() -> None:
    async with running_agent(lambda _: []) as agent:
        with pytest.raises(SnmpRequestError):
            await walked(agent.port, INDEX, within_s=0.2)


async def test_a_device_says_what_it_is(snmpd: Snmpd) -> None:
    sessions = Sessions()
    ends_at = asyncio.get_running_loop().time() + 2

    seen = await identify(sessions, "127.0.0.1", snmpd.port, PUBLIC, dialect=Dialect(), ends_at=ends_at)
    sessions.close()

    assert seen.object_id == "1.3.6.1.4.1.8072.3.2.10"
    assert seen.description is not None
    assert seen.description.startswith("Linux")
    assert seen.uptime_s is not None


async def test_what_a_device_says_is_one_clean_line_or_absent() -> None:
    hostile = tlv(4, b"Huawei\r\nAR\x00<b>\xe2\x80\xae" + b"x" * 60_000)
    mib = Mib(
        {"1.3.6.1.2.1.1.1.0": hostile, "1.3.6.1.2.1.1.2.0": integer(5), "1.3.6.1.2.1.1.3.0": END_OF_VIEW}
    )
    sessions = Sessions()
    async with running_agent(mib) as agent:
        ends_at = asyncio.get_running_loop().time() + 2
        seen = await identify(sessions, "127.0.0.1", agent.port, PUBLIC, dialect=Dialect(), ends_at=ends_at)
    sessions.close()

    assert seen.description is not None
    assert seen.description.isprintable()
    assert len(seen.description) <= 200
    assert (seen.object_id, seen.name, seen.uptime_s) == (None, None, None)
