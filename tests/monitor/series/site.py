"""A log and its compactor whose time a test turns, and what its buckets must be."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows, reading, result_rows, rollup_rows
from monitor.series.codec import chunk
from monitor.series.compactor import RETENTION_EVERY_S, Compactor
from monitor.series.hours import HOUR_S
from monitor.series.model import Level, Retention, Series, StoredResult
from monitor.series.retention import BELIEVED_HOURS
from monitor.storage.database import Database
from tests.clock import FakeClock
from tests.monitor.series.filling import ZONE
from tests.monitor.series.rolls import INTERVAL_S, alike, expected, varied

T0 = 1_770_001_200.0 - 5 * HOUR_S  # Monday 2026-02-02 05:00 in Hà Nội
DAY_S = 86_400.0
KEEP = Retention(raw_days=35, five_minutes_days=397, hours_days=1_827, days_days=1_827)
ICMP, HTTP = "a/icmp", "a/http"
ROUNDING = 0.0051
NOBODY = 1_000_000


class Site:
    """A log whose time a test turns."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock(now=T0)
        self.keep = KEEP
        self.readers: tuple[str, ...] = ()
        self.seq = 0
        self.refs: dict[str, int] = {}
        self.compactor = self.begun_again()

    def begun_again(self) -> Compactor:
        self.compactor = Compactor(
            self.database,
            clock=self.clock,
            zone=ZONE,
            interval_of=lambda _: INTERVAL_S,
            retention=lambda: self.keep,
            readers=lambda: self.readers,
        )
        return self.compactor

    async def write(self, results: Sequence[CheckResult]) -> None:
        stored = [StoredResult(self.seq + place, result) for place, result in enumerate(results, 1)]
        self.seq += len(stored)
        self.refs |= await self.database.write(
            lambda connection: result_rows.append_rows(connection, stored, self.refs)
        )

    async def compact(self, now: float) -> None:
        """Let it be `now`, and the compactor do all there is to do."""
        self.clock.step_wall(now - self.clock.now())
        await self.clock.advance(RETENTION_EVERY_S)
        while await self.compactor.step():
            pass
        assert self.compactor.fault is None

    async def raw(self, check_id: str) -> list[CheckResult]:
        return await self.database.read(
            lambda connection: reading.results_between(
                connection, check_id, from_at=0, until_at=T0 + 400 * DAY_S
            )
        )

    async def rolled(self, level: Level, check_id: str) -> Series:
        return await self.database.read(
            lambda connection: rollup_rows.read(
                connection, level, check_id, from_at=T0 - 2 * DAY_S, until_at=T0 + 60 * DAY_S, zone=ZONE
            )
        )

    async def ask(self, query: str) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda connection: connection.execute(query).fetchall())

    async def ask_to_write(self, statement: str) -> None:
        await self.database.write(lambda connection: connection.execute(statement).rowcount)

    async def believe(self, now: float) -> None:
        await let_believe(self.database, now)


async def let_believe(database: Database, now: float) -> None:
    """Let the file have a day of hours up to `now`, as retention wants to see them; no check has results in them."""
    last = chunk_rows.hour_of(now)
    ids = [(chunk_rows.chunk_id(hour, NOBODY),) for hour in range(last - BELIEVED_HOURS, last)]
    query = "insert or ignore into chunk (id, last_seq, results, body) values (?, 0, 0, x'')"
    await database.write(lambda connection: connection.executemany(query, ids).rowcount)


def some(
    count: int, *, check_id: str = ICMP, at: float = T0, every_s: float = INTERVAL_S
) -> list[CheckResult]:
    return [varied(number, at + every_s * number, check_id) for number in range(count)]


def decoded(results: Sequence[CheckResult]) -> list[CheckResult]:
    """What chunks give back of results of one check."""
    by_hour: dict[int, list[CheckResult]] = {}
    for result in sorted(results, key=lambda each: each.started_at):
        by_hour.setdefault(chunk_rows.hour_of(result.started_at), []).append(result)
    return [
        back
        for of_hour in by_hour.values()
        for back in chunk.decode(of_hour[0].check_id, chunk.encode(of_hour))
    ]


def edges(level: Level, results: Sequence[CheckResult] = ()) -> list[float]:
    """Return edges that results behind T0 lie in: of days two, of shorter buckets no more than they fill."""
    if level is Level.DAY:
        days = [dt.date(2026, 2, 1) + dt.timedelta(days=day) for day in range(3)]
        return [rollup_rows.midnight(day, ZONE) for day in days]
    width_s = 300.0 if level is Level.FIVE_MINUTES else 3_600.0
    last_s = results[-1].started_at - T0 if results else DAY_S
    return [T0 + width_s * place for place in range(int(last_s / width_s) + 2)]


async def assert_counted(site: Site, results: Sequence[CheckResult], check_id: str) -> None:
    """Assert that every level is what the results make it, and has nothing else."""
    own = decoded([result for result in results if result.check_id == check_id])
    assert await site.raw(check_id) == own
    for level in Level:
        found = await site.rolled(level, check_id)
        wanted = expected(own, edges(level, own), INTERVAL_S)
        assert alike(found, wanted, rounding=ROUNDING, coverage=1 / 255), level
