"""Outages of minutes and of a week: nothing is lost, what is fresh does not wait for what is old."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import CheckResult
from monitor.influx.forwarder import IDLE_S, Forwarder, Pace
from monitor.influx.line_server import Answer, Reply
from monitor.influx.sender import REFUSED_IN_A_ROW_MOST
from monitor.influx.streams import CURSOR
from monitor.influx.tags import CheckTags
from monitor.series.compactor import Compactor
from monitor.series.log import ResultLog
from monitor.series.model import Retention
from probes.reading import Reading
from tests.clock import FakeClock
from tests.effort import examples
from tests.monitor.influx.points_taken import AWAY, TAKEN, KilledError, TakingServer
from tests.monitor.influx.refused_lines import refused_lines
from tests.monitor.series.site import let_believe

HOUR_S = 3_600
BEGIN = 1_770_000_000 // HOUR_S * HOUR_S
BUSY = 540
WEEK_STEP = 168 // examples(168)
"""Of so many hours one has results; 168 is a multiple."""
KEPT = Retention(raw_days=35, five_minutes_days=35, hours_days=35, days_days=35)
TAGS = CheckTags(kind="icmp", target="21484.cpe", unit="21484")


def tags_of(_: str) -> CheckTags:
    return TAGS


def measured(check_id: str, at: float) -> CheckResult:
    rtt_s = 0.01 + at % 997 / 1e5
    reading = Reading(ok=True, metrics={"rtt_p50_s": rtt_s, "loss_ratio": 0.0}, rtts_s=(rtt_s, rtt_s * 1.1))
    return CheckResult(check_id, at, 0.5, reading)


@dataclass
class Station:
    """A result log with its compactor and its forwarder, and the time."""

    log: ResultLog
    compactor: Compactor
    forwarder: Forwarder
    clock: FakeClock

    async def measure(self, check_ids: Sequence[str], *ages_s: float) -> list[tuple[str, int]]:
        """Log a result of each check, begun now or so many seconds ago (several: the oldest first)."""
        times = [self.clock.now() - age_s for age_s in ages_s or (0.0,)]
        for at in times:
            for check_id in check_ids:
                self.log.append(measured(check_id, at))
        await self.log.flush()
        return [(check_id, round(at * 1_000) * 10**6) for at in times for check_id in check_ids]

    async def compact(self) -> None:
        while await self.compactor.step():
            pass
        assert self.compactor.fault is None

    async def forward(self, until_at: float) -> None:
        while self.clock.now() < until_at:
            await self.clock.advance(min(await self.forwarder.step(), until_at - self.clock.now()))

    async def catch_up(self) -> None:
        """Let time pass until nothing waits."""
        for _ in range(5_000):
            await self.clock.advance(await self.forwarder.step())
            behind = await self.forwarder._fresh.behind()
            if behind.oldest_at is None:
                return
        raise AssertionError("it does not catch up")


@asynccontextmanager
async def station(
    folder: Path, server: TakingServer, *, pace: Pace, clock: FakeClock
) -> AsyncIterator[Station]:
    async with ResultLog.open(folder / "results.db", now=clock.now(), reserve_bytes=0) as log:
        compactor = Compactor(
            log.database,
            clock=clock,
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            interval_of=lambda _: 300.0,
            retention=lambda: KEPT,
            readers=lambda: [CURSOR],
        )
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=clock, pace=pace)
        yield Station(log, compactor, forwarder, clock)


@pytest.fixture
def server() -> TakingServer:
    return TakingServer()


async def test_after_a_week_without_the_server_every_point_arrives_in_order_and_fresh_ones_at_once(
    tmp_path: Path, server: TakingServer
) -> None:
    checks, busy, clock = [f"21484.d{n}/icmp" for n in range(3)], "21484.cpe/icmp", FakeClock(now=BEGIN)
    pace = Pace(batch_rows=20, late_rows_per_s=15)
    async with station(tmp_path, server, pace=pace, clock=clock) as here:
        due = await here.measure(checks)
        await here.forward(clock.now() + 60)
        assert server.points.keys() == set(due)

        server.judge = lambda _lines: AWAY
        for hour in range(WEEK_STEP, 169, WEEK_STEP):
            await clock.advance(BEGIN + hour * HOUR_S + 3_000 - clock.now())
            due += await here.measure(checks, *range(3_000, 0, -600))
            if hour == 168:  # enough for the hot rows to be more than fresh
                due += await here.measure([busy], *range(BUSY, 0, -1))
            await here.forwarder.step()
            await here.compact()
        back_at = clock.now()
        assert server.points.keys() == set(due[:3])

        server.judge = lambda _lines: TAKEN
        delays_s, lates = [], []
        for _ in range(30):
            fresh = await here.measure(checks)
            due += fresh
            began_at, before = clock.now(), len(server.order)
            while not server.points.keys() >= set(fresh):
                await clock.advance(await here.forwarder.step())
            delays_s.append(clock.now() - began_at)
            await here.forward(began_at + 10)
            await here.compact()
            lates.append(len(server.order) - before - len(fresh))
        await here.catch_up()
        resting = await here.forwarder.step()

    assert server.points.keys() == set(due)
    assert max(delays_s) <= 2.0
    # A check's hour goes in one piece; the first ten seconds also bring what is still fresh.
    assert max(lates[1:]) <= 10 * pace.late_rows_per_s + pace.batch_rows + BUSY
    assert sorted(lates)[-3] <= 10 * pace.late_rows_per_s + pace.batch_rows
    assert max(server.batches) <= pace.batch_rows
    assert resting == IDLE_S
    for check in (*checks, busy):
        times = server.times_of(check)
        late = [at for at in times if at < back_at - 2 * HOUR_S]
        # Those of the hour that became late while it lasted come a second time with it.
        fresh_first = list(dict.fromkeys(at for at in times if at > back_at))
        assert late == sorted(set(late))
        assert fresh_first == sorted(fresh_first)
    for (_, time_ns), fields in server.points.items():
        median_s = float(fields.partition("rtt_p50_s=")[2].partition(",")[0])
        assert median_s == pytest.approx(measured("", time_ns / 1e9).reading.metrics["rtt_p50_s"], rel=0.01)


async def test_after_an_outage_of_minutes_the_newest_do_not_wait_for_those_before(
    tmp_path: Path, server: TakingServer
) -> None:
    clock, checks = FakeClock(now=BEGIN), [f"21484.d{n}/icmp" for n in range(10)]
    async with station(tmp_path, server, pace=Pace(batch_rows=10, late_rows_per_s=5), clock=clock) as here:
        server.judge = lambda _lines: AWAY
        due = []
        for _ in range(40):
            due += await here.measure(checks)
            await clock.advance(60)
            await here.forwarder.step()

        server.judge = lambda _lines: TAKEN
        newest = await here.measure(checks)
        began_at = clock.now()
        while not server.points.keys() >= set(newest):
            await clock.advance(await here.forwarder.step())

        assert clock.now() - began_at < 1
        assert len(server.points) < 100
        await here.catch_up()
        assert server.points.keys() == {*due, *newest}
        assert clock.now() - began_at >= (len(due) - 100) / 5


async def test_what_is_late_and_too_much_trouble_for_the_server_does_not_hold_up_what_is_fresh(
    tmp_path: Path, server: TakingServer
) -> None:
    clock, old = FakeClock(now=BEGIN), str(BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=10), clock=clock) as here:
        await here.log.move_cursor(CURSOR, 0)
        await here.measure(["a/icmp"])
        await clock.advance(2 * HOUR_S)
        await here.compact()

        def judge(lines: Sequence[str]) -> Reply:
            too_old = any(f" {old}" in line for line in lines)
            return Reply(Answer.UNAVAILABLE, "HTTP 500: shard") if too_old else TAKEN

        server.judge = judge
        for _ in range(5):
            fresh = await here.measure(["b/icmp"])
            await here.forward(clock.now() + 3)
            assert server.points.keys() >= set(fresh)
            assert here.forwarder.last_error == "HTTP 500: shard"

        server.judge = lambda _lines: TAKEN
        await here.catch_up()
        assert len(server.points) == 6
        assert here.forwarder.last_error == ""


async def test_late_lines_that_are_refused_are_all_kept(tmp_path: Path, server: TakingServer) -> None:
    clock = FakeClock(now=BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=10), clock=clock) as here:
        for _ in range(4):
            await here.measure(["a/icmp", "b/icmp"])
            await clock.advance(60)
        await clock.advance(2 * HOUR_S)
        await here.compact()
        server.judge = lambda lines: (
            Reply(Answer.REFUSED, "field type conflict") if any("a/icmp" in line for line in lines) else TAKEN
        )

        await here.forwarder.step()
        await here.forwarder.step()
        letters = await refused_lines(here.log)

    assert [("a/icmp" in letter.line, letter.error) for letter in letters] == [
        (True, "field type conflict")
    ] * 4
    assert len(server.points) == 4
    assert here.forwarder.refused == 4


async def test_an_hour_of_a_check_that_is_refused_as_a_whole_does_not_hold_up_the_hours_behind_it(
    tmp_path: Path, server: TakingServer
) -> None:
    clock = FakeClock(now=BEGIN)
    refused = REFUSED_IN_A_ROW_MOST + 20
    async with station(tmp_path, server, pace=Pace(batch_rows=200), clock=clock) as here:
        await here.measure(["a/icmp"], *range(refused, 0, -1))
        due = await here.measure(["b/icmp"])
        await clock.advance(2 * HOUR_S)
        await here.compact()
        server.judge = lambda lines: (
            Reply(Answer.REFUSED, "field type conflict") if any("a/icmp" in line for line in lines) else TAKEN
        )

        due += await here.measure(["b/icmp"])
        await here.catch_up()
        letters = await refused_lines(here.log)

    assert server.points.keys() == set(due)
    assert len(letters) == refused
    assert here.forwarder.last_error == ""


async def test_a_server_that_begins_to_refuse_everything_takes_no_line_with_it(
    tmp_path: Path, server: TakingServer
) -> None:
    clock = FakeClock(now=BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=200), clock=clock) as here:
        due = await here.measure(["a/icmp"])
        await here.forwarder.step()
        due += await here.measure(["b/icmp"], *range(200, 0, -1))
        server.judge = lambda _lines: Reply(Answer.REFUSED, "no")
        await here.forwarder.step()
        assert (here.forwarder.last_error, here.forwarder.refused) == ("máy chủ từ chối mọi dòng: no", 0)

        server.judge = lambda _lines: TAKEN
        await here.catch_up()

    assert server.points.keys() == set(due)


async def test_an_hour_that_grew_while_it_was_sent_is_sent_again(
    tmp_path: Path, server: TakingServer
) -> None:
    clock = FakeClock(now=BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=10), clock=clock) as here:
        due = await here.measure(["a/icmp"])
        await clock.advance(2 * HOUR_S)
        await here.compact()
        late = here.forwarder._late
        entries = await late.read(10)
        # Results of that hour that came from elsewhere, later, and were compacted before the fresh cursor read them.
        here.log.append(measured("a/icmp", BEGIN + 60))
        await here.log.flush()
        await here.compact()

        sent = await here.forwarder._sender.send(entries)
        await late.save(entries, sent)
        await here.catch_up()

    assert len(due) + 1 == len(server.points)


async def test_what_retention_drops_before_it_was_sent_is_counted(
    tmp_path: Path, server: TakingServer
) -> None:
    clock = FakeClock(now=BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=10), clock=clock) as here:
        server.judge = lambda _lines: AWAY
        await here.measure(["a/icmp", "b/icmp"], 60, 0)
        await clock.advance(2 * HOUR_S)
        await here.compact()
        await clock.advance((KEPT.raw_days + 1) * 86_400)
        await let_believe(here.log.database, clock.now())
        await here.compact()
        server.judge = lambda _lines: TAKEN
        due = await here.measure(["a/icmp"])
        await here.catch_up()
        await here.forwarder.step()

    assert server.points.keys() == set(due)
    assert (here.forwarder.behind.skipped, here.forwarder.behind.chunks) == (4, 0)


@settings(max_examples=examples(20))
@given(st.integers(0, 2**32), st.integers(1, 12))
async def test_killed_anywhere_around_the_servers_answer_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, seed: int, batch_rows: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (when it is killed)
    folder, server, due = tmp_path_factory.mktemp("kill"), TakingServer(), []
    clock = FakeClock(now=BEGIN)

    def fate(lines: Sequence[str]) -> Reply:
        match chance.randrange(5):
            case 0:
                raise KilledError
            case 1:
                server.take(lines)
                raise KilledError
            case 2:
                return AWAY
            case _:
                return TAKEN

    server.judge = fate
    pace = Pace(batch_rows=batch_rows, late_rows_per_s=100)
    for _ in range(6):
        async with station(folder, server, pace=pace, clock=clock) as here:
            for _ in range(chance.randrange(1, 5)):
                due += await here.measure(["a/icmp", "b/icmp"])
                await clock.advance(chance.choice((60, 600, HOUR_S)))
                if chance.random() < 0.5:
                    await here.compact()
                for _ in range(chance.randrange(4)):
                    await here.forwarder.step()
                    if here.forwarder.last_error.startswith("lỗi phần mềm: KilledError"):
                        break
    server.judge = lambda _lines: TAKEN
    async with station(folder, server, pace=pace, clock=clock) as here:
        await here.compact()
        await here.catch_up()

    assert server.points.keys() == set(due)


async def test_one_forwarder_knows_what_waits(tmp_path: Path, server: TakingServer) -> None:
    clock = FakeClock(now=BEGIN)
    async with station(tmp_path, server, pace=Pace(batch_rows=10), clock=clock) as here:
        server.judge = lambda _lines: AWAY
        await here.measure(["a/icmp", "b/icmp"])
        await clock.advance(3 * HOUR_S)
        await here.compact()
        await here.measure(["a/icmp"])
        await here.forwarder.step()
        away = here.forwarder.behind
        server.judge = lambda _lines: TAKEN
        await here.catch_up()
        await clock.advance(20)
        await here.forwarder.step()

    assert (away.chunks, away.oldest_at) == (2, BEGIN)
    assert replace(here.forwarder.behind, dead_letters=0) == replace(away, chunks=0, oldest_at=None)
    assert here.forwarder.lag_rows == 0
