import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows, result_rows
from monitor.series.compactor import GRACE_S, RETENTION_EVERY_S
from monitor.series.hours import HOUR_S
from monitor.series.model import Level
from monitor.storage.database import Database, Transaction
from monitor.storage.migrations import migrate, migrations
from monitor.storage.opening import Synchronous
from tests.effort import examples
from tests.monitor.series.rolls import INTERVAL_S, varied
from tests.monitor.series.site import DAY_S, HTTP, ICMP, T0, Site, assert_counted, some

T = TypeVar("T")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    path = tmp_path / "results.db"
    async with Database.open(path, schema="results", synchronous=Synchronous.NORMAL, now=T0) as opened:
        yield Site(opened)


async def test_an_hour_that_is_over_goes_into_a_chunk_and_its_buckets(site: Site) -> None:
    results = some(300) + some(150, check_id=HTTP, every_s=60)
    await site.write(results)

    await site.compact(T0 + 2 * DAY_S)

    assert await site.ask("select count(*) from result") == [(0,)]
    assert await site.ask("select count(*) from day_due") == [(0,)]
    for check_id in (ICMP, HTTP):
        await assert_counted(site, results, check_id)
    assert (site.compactor.facts.chunks, site.compactor.facts.results) == (6, 450)


async def test_an_hour_waits_until_it_is_over_and_a_little_longer(site: Site) -> None:
    await site.write(some(130))  # a few of the next hour

    await site.compact(T0 + HOUR_S + GRACE_S - 1 - RETENTION_EVERY_S)
    assert await site.ask("select count(*) from chunk") == [(0,)]

    await site.compact(T0 + HOUR_S + GRACE_S - RETENTION_EVERY_S)
    assert await site.ask("select count(*) from chunk") == [(1,)]
    assert await site.ask("select count(*) from result") == [(10,)]
    assert await site.rolled(Level.DAY, ICMP) == {}


async def test_late_results_join_their_hour_and_change_the_one_behind_it(site: Site) -> None:
    results = some(360)
    late = results[110:120] + results[200:210]
    in_time = [result for result in results if result not in late]
    await site.write(in_time)
    await site.compact(T0 + 2 * DAY_S)

    await site.write(late)
    await site.compact(T0 + 3 * DAY_S)

    await assert_counted(site, results, ICMP)
    assert await site.ask("select count(*) from chunk") == [(3,)]


def in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, migrations("results"), Path("results.db"))
    return connection


@settings(max_examples=examples(12))
@given(seed=st.integers(0, 10**6), parts=st.integers(1, 6))
def test_in_how_many_parts_results_come_changes_nothing(seed: int, parts: int) -> None:
    async def lived() -> None:
        chance = random.Random(seed)  # noqa: S311 (which come when)
        results = [
            varied(seed + number, T0 + 40.0 * number + chance.randrange(20), ICMP)
            for number in range(280)
            if chance.random() < 0.8
        ]
        batches: list[list[CheckResult]] = [[] for _ in range(parts)]
        for result in results:
            chance.choice(batches).append(result)
        site = Site(_InMemory())
        for day, batch in enumerate(batches):
            await site.write(batch)
            await site.compact(T0 + (2 + day) * DAY_S)
        await assert_counted(site, results, ICMP)

    asyncio.run(lived())


class _InMemory(Database):
    """A database of one connection and no threads."""

    def __init__(self) -> None:
        super().__init__(Path("results.db"), readers=1)
        self._memory = in_memory()

    async def read(self, query: Transaction[T], *, within_s: float | None = None) -> T:
        del within_s
        return query(self._memory)

    async def write(self, transaction: Transaction[T]) -> T:
        with self._memory:
            return transaction(self._memory)


BACKLOG = (
    "select chunk_id, last_seq from backlog join chunk on chunk.id = chunk_id where cursor_name = 'influx'"
)


async def test_what_a_reader_has_not_read_is_left_to_it_as_backlog(site: Site) -> None:
    site.readers = ("influx",)
    await site.write(some(240))
    await site.database.write(lambda connection: result_rows.move_cursor(connection, "influx", 120, ()))

    await site.compact(T0 + 3 * HOUR_S)

    backlog = await site.ask(BACKLOG)
    assert [last_seq for _, last_seq in backlog] == [240]

    await site.database.write(lambda connection: chunk_rows.drop_backlog(connection, "influx", backlog))
    assert await site.ask("select count(*) from backlog") == [(0,)]


async def test_a_backlog_chunk_that_grew_while_it_was_read_is_read_again(site: Site) -> None:
    site.readers = ("influx",)
    results = some(100)
    await site.write(results[:50])
    await site.compact(T0 + 3 * HOUR_S)
    read = await site.ask(BACKLOG)
    await site.write(results[50:])
    await site.compact(T0 + 4 * HOUR_S)

    await site.database.write(lambda connection: chunk_rows.drop_backlog(connection, "influx", read))

    assert await site.ask("select count(*) from backlog") == [(1,)]


async def test_the_backlog_of_a_reader_that_the_settings_no_longer_name_is_forgotten(site: Site) -> None:
    site.readers = ("influx",)
    await site.write(some(100))
    await site.compact(T0 + 3 * HOUR_S)
    assert await site.ask("select count(*) from backlog") == [(1,)]

    site.readers = ()
    await site.compact(T0 + 4 * HOUR_S)

    assert await site.ask("select count(*) from backlog") == [(0,)]


async def test_a_chunk_that_cannot_be_read_is_set_aside_and_its_buckets_stay(site: Site) -> None:
    results = some(110)
    await site.write(results)
    await site.compact(T0 + 2 * DAY_S)
    before = [await site.rolled(level, ICMP) for level in Level]
    await site.database.write(lambda connection: connection.execute("update chunk set body = x'0102'"))

    await site.write([varied(115, T0 + 115 * INTERVAL_S, ICMP), *some(5, check_id=HTTP)])
    site.begun_again()
    await site.compact(T0 + 4 * DAY_S)

    assert site.compactor.facts.damaged == 1
    assert await site.ask("select count(*) from damaged_chunk") == [(1,)]
    assert len(await site.raw(ICMP)) == 1
    assert len(await site.raw(HTTP)) == 5
    now = [await site.rolled(level, ICMP) for level in Level]
    assert now[1:] == before[1:]
    assert now[0].keys() == before[0].keys()


async def test_a_page_that_cannot_be_read_is_begun_anew(site: Site) -> None:
    results = some(240)
    await site.write(results[:120])
    await site.compact(T0 + HOUR_S + GRACE_S)
    await site.database.write(lambda connection: connection.execute("update rollup_5m set body = x'0102'"))

    await site.write(results[120:])
    await site.compact(T0 + 2 * HOUR_S + GRACE_S)

    assert site.compactor.facts.damaged == 1
    starts = [bucket.at for bucket in (await site.rolled(Level.FIVE_MINUTES, ICMP))["rtt_s"]]
    assert starts == [T0 + HOUR_S + 300 * place for place in range(12)]


async def test_a_damaged_row_keeps_only_its_own_hour_from_being_compacted(site: Site) -> None:
    await site.write(some(240) + some(10, check_id=HTTP))
    await site.database.write(
        lambda connection: connection.execute("update result set rtts = x'01' where seq = 3")
    )

    await site.compact(T0 + 3 * HOUR_S)

    assert site.compactor.facts.refused == 1
    assert await site.ask("select count(*) from result") == [(120,)]
    assert await site.ask("select count(*) from chunk") == [(2,)]
    await site.compact(T0 + 4 * HOUR_S)
    assert site.compactor.facts.refused == 1


async def test_while_the_disk_refuses_it_waits_and_then_goes_on(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.write(some(100))
    site.clock.step_wall(DAY_S)
    await site.database.write(
        lambda connection: (
            connection.execute(
                "create trigger no before insert on chunk begin select raise(abort, 'no'); end"
            ).rowcount
        )
    )

    assert not await site.compactor.step()
    assert not await site.compactor.step()
    assert site.compactor.fault is not None
    assert site.compactor.facts.fault
    assert caplog.text.count("compaction_waits") == 1
    assert len(await site.raw(ICMP)) == 100

    await site.database.write(lambda connection: connection.execute("drop trigger no").rowcount)
    while await site.compactor.step():
        pass
    assert site.compactor.facts.fault == ""
    assert site.compactor.facts.last_error != ""
    assert len(await site.raw(ICMP)) == 100
    assert await site.ask("select count(*) from chunk") == [(1,)]


async def test_the_daemon_s_loop_looks_again_after_a_while(site: Site) -> None:
    await site.write(some(100))
    running = asyncio.create_task(site.compactor.run())
    site.clock.step_wall(DAY_S)

    for _ in range(400):
        await site.clock.advance(1.0)
        await asyncio.sleep(0.001)
        if site.compactor.facts.days:
            break
    running.cancel()

    assert site.compactor.facts.chunks == 1
    assert site.compactor.facts.days == 1
