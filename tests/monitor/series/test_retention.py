from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.series.compactor import GRACE_S, RETENTION_EVERY_S
from monitor.series.hours import HOUR_S
from monitor.series.model import Level
from monitor.storage.database import Database
from monitor.storage.opening import Synchronous
from tests.monitor.series.rolls import INTERVAL_S, alike, expected, varied
from tests.monitor.series.site import DAY_S, ICMP, KEEP, ROUNDING, T0, Site, decoded, edges, some

CHUNKS = "select count(*) from chunk where results > 0"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    path = tmp_path / "results.db"
    async with Database.open(path, schema="results", synchronous=Synchronous.NORMAL, now=T0) as opened:
        yield Site(opened)


async def test_retention_drops_whole_hours_and_counts_what_a_reader_missed(site: Site) -> None:
    site.readers = ("influx",)
    await site.write(some(360))
    await site.compact(T0 + 2 * DAY_S)

    await site.believe(T0 + 35 * DAY_S + 2 * HOUR_S)
    await site.compact(T0 + 35 * DAY_S + 2 * HOUR_S - RETENTION_EVERY_S)

    assert await site.ask(CHUNKS) == [(1,)]
    assert await site.ask("select name, skipped from cursor") == [("influx", 240)]
    assert await site.ask("select count(*) from backlog") == [(1,)]
    assert len((await site.rolled(Level.HOUR, ICMP))["rtt_s"]) == 3


async def test_retention_drops_whole_pages_of_each_level(site: Site) -> None:
    site.keep = replace(KEEP, raw_days=1, five_minutes_days=2, hours_days=30, days_days=400)
    await site.write(some(100))
    await site.compact(T0 + 2 * DAY_S)
    kept = [len(await site.rolled(level, ICMP)) > 0 for level in Level]
    await site.believe(T0 + 3 * DAY_S)
    await site.compact(T0 + 3 * DAY_S)
    after_days = [len(await site.rolled(level, ICMP)) > 0 for level in Level]
    await site.believe(T0 + 70 * DAY_S)
    await site.compact(T0 + 70 * DAY_S)
    after_months = [len(await site.rolled(level, ICMP)) > 0 for level in Level]

    assert kept == [True, True, True]
    assert after_days == [False, True, True]
    assert after_months == [False, False, True]


async def test_results_of_an_hour_that_retention_dropped_are_dropped_and_counted(site: Site) -> None:
    results = some(100)
    await site.write(results[:50])
    await site.compact(T0 + 2 * DAY_S)
    await site.believe(T0 + 36 * DAY_S)
    await site.compact(T0 + 36 * DAY_S)
    before = [await site.rolled(level, ICMP) for level in Level]
    await site.write(results[50:])
    await site.compact(T0 + 37 * DAY_S)

    assert site.compactor.facts.late == 50
    assert await site.ask("select count(*) from result") == [(0,)]
    assert await site.ask(CHUNKS) == [(0,)]
    assert [await site.rolled(level, ICMP) for level in Level] == before


async def test_results_that_waited_longer_than_retention_keeps_them_are_counted_all_the_same(
    site: Site,
) -> None:
    results = some(100)
    await site.write(results)

    await site.believe(T0 + 50 * DAY_S)
    await site.compact(T0 + 50 * DAY_S)

    assert site.compactor.facts.late == 0
    assert await site.ask(CHUNKS) == [(0,)]
    wanted = expected(decoded(results), edges(Level.HOUR), INTERVAL_S)
    assert alike(await site.rolled(Level.HOUR, ICMP), wanted, rounding=ROUNDING, coverage=1 / 255)


async def test_a_clock_that_jumps_ahead_costs_nothing_before_a_day_of_it(site: Site) -> None:
    in_2038 = T0 + 12 * 365 * DAY_S
    await site.write(some(240))
    await site.believe(T0 + DAY_S)
    await site.compact(T0 + DAY_S)

    await site.write([varied(hour, in_2038 + hour * HOUR_S, ICMP) for hour in range(23)])
    await site.compact(in_2038 + 24 * HOUR_S)
    assert await site.ask(CHUNKS) == [(2 + 23,)]

    await site.compact(T0 + 2 * DAY_S)
    await site.write(some(10, at=T0 + 2 * DAY_S))
    await site.compact(T0 + 3 * DAY_S)
    assert await site.ask(CHUNKS) == [(2 + 23 + 1,)]
    assert len((await site.rolled(Level.DAY, ICMP))["rtt_s"]) == 2

    await site.write([varied(24, in_2038 + 24 * HOUR_S, ICMP)])
    await site.compact(in_2038 + 26 * HOUR_S)
    assert await site.ask(CHUNKS) == [(24,)]


async def test_results_of_a_clock_at_1970_are_counted_and_go_when_it_is_right_again(site: Site) -> None:
    await site.write(some(5) + some(5, at=3_600.0))
    await site.believe(T0 + DAY_S)

    await site.compact(7_200.0 + GRACE_S)
    assert await site.ask(CHUNKS) == [(1,)]
    await site.compact(T0 + DAY_S)

    assert await site.ask(CHUNKS) == [(1,)]
    assert await site.ask("select count(*) from result") == [(0,)]


async def test_what_is_too_old_is_dropped_though_the_disk_takes_nothing_new(site: Site) -> None:
    await site.write(some(100))
    await site.compact(T0 + DAY_S)
    await site.believe(T0 + 40 * DAY_S)
    await site.write(some(10, at=T0 + 39 * DAY_S))
    await site.ask_to_write("create trigger no before insert on chunk begin select raise(abort, 'no'); end")

    site.clock.step_wall(40 * DAY_S)
    await site.clock.advance(RETENTION_EVERY_S)
    for _ in range(3):
        assert not await site.compactor.step()

    assert site.compactor.fault is not None
    assert await site.ask(CHUNKS) == [(0,)]


async def test_results_of_a_clock_in_2038_wait_and_hold_up_nothing(site: Site) -> None:
    await site.write(some(10, at=2.0**31) + some(120))

    await site.compact(T0 + 2 * DAY_S)

    assert await site.ask("select started_ms >= 2147483648000, count(*) from result group by 1") == [(1, 10)]
    assert await site.ask(CHUNKS) == [(1,)]
    assert site.compactor.facts.hours_behind == 0
