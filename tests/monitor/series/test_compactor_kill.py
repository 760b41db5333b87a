"""kill -9 while hours are moved: every acknowledged result is read once, and every bucket is what they make it."""

import asyncio
import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows, reading, rollup_rows
from monitor.series.codec import chunk
from monitor.series.model import HOUR_MS, Level, Series
from monitor.storage.database import Database
from monitor.storage.opening import Synchronous
from tests.clock import FakeClock
from tests.monitor.series.filling import ZONE
from tests.monitor.series.moving import CHECKS, T0, compactor_of, live, stored
from tests.monitor.series.rolls import INTERVAL_S, alike, expected
from tests.monitor.storage.samples import integrity

FIRST_WORD_S = 30.0
DAY_S = 86_400.0
FAR_S = 400 * DAY_S


def one_life(context: ForkServerContext, path: Path, seconds: float) -> int:
    """Run a life, kill it `seconds` after its first word; return the last number it said."""
    listening, speaking = context.Pipe(duplex=False)
    process = context.Process(target=live, args=(path, speaking), daemon=True)
    process.start()
    speaking.close()
    assert listening.poll(FIRST_WORD_S), "the life never began"
    ends_mono = time.monotonic() + seconds
    said = 0
    while (left := ends_mono - time.monotonic()) > 0:
        if listening.poll(left):
            said = int(listening.recv_bytes())
    process.kill()
    process.join(10.0)
    try:
        while True:
            said = int(listening.recv_bytes())
    except EOFError:
        return said
    finally:
        listening.close()


def kept(results: list[CheckResult]) -> list[CheckResult]:
    """What chunks give back."""
    by_hour: dict[int, list[CheckResult]] = {}
    for result in sorted(results, key=lambda each: each.started_at):
        by_hour.setdefault(round(result.started_at * 1_000) // HOUR_MS, []).append(result)
    return [back for rows in by_hour.values() for back in chunk.decode(rows[0].check_id, chunk.encode(rows))]


async def everything(
    path: Path,
) -> tuple[dict[str, list[CheckResult]], dict[tuple[str, Level], Series], float]:
    """Let a compactor finish, and read all there is."""
    async with Database.open(path, schema="results", synchronous=Synchronous.NORMAL, now=T0) as database:
        clock = FakeClock(now=T0 + FAR_S)
        compactor = compactor_of(database, clock)
        while await compactor.step():
            pass
        assert compactor.fault is None
        assert compactor.facts.refused == compactor.facts.damaged == 0
        assert await database.read(lambda c: c.execute("select count(*) from result").fetchone()) == (0,)
        assert await database.read(lambda c: c.execute("select count(*) from day_due").fetchone()) == (0,)
        counts = await database.read(chunk_rows.count)
        raw: dict[str, list[CheckResult]] = {}
        rolled: dict[tuple[str, Level], Series] = {}
        for check_id in CHECKS:
            raw[check_id] = await database.read(
                lambda c, check_id=check_id: reading.results_between(  # type: ignore[misc]
                    c, check_id, from_at=0, until_at=T0 + FAR_S
                )
            )
            for level in Level:
                rolled[check_id, level] = await database.read(
                    lambda c, check_id=check_id, level=level: rollup_rows.read(  # type: ignore[misc]
                        c, level, check_id, from_at=T0 - DAY_S, until_at=T0 + FAR_S, zone=ZONE
                    )
                )
    return raw, rolled, counts.results


def edges(level: Level, until_at: float) -> list[float]:
    if level is Level.DAY:
        begin, width_s = rollup_rows.midnight(rollup_rows.local_day(T0, ZONE), ZONE), DAY_S
    else:
        begin, width_s = T0, 300.0 if level is Level.FIVE_MINUTES else 3_600.0
    return [begin + width_s * place for place in range(int((until_at - begin) / width_s) + 2)]


async def survives(path: Path, lives: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.series.moving"])
    chance = random.Random()  # noqa: S311 (when it is killed)
    acknowledged = 0
    for _ in range(lives):
        said = await asyncio.to_thread(one_life, context, path, chance.uniform(0, 0.4))
        acknowledged = max(acknowledged, said)
    assert integrity(path) == "ok"

    raw, rolled, counted = await everything(path)

    count = sum(len(results) for results in raw.values())
    assert count >= acknowledged
    assert counted == count
    results = [stored(seq).result for seq in range(1, count + 1)]
    for check_id in CHECKS:
        own = kept([result for result in results if result.check_id == check_id])
        assert raw[check_id] == own
        for level in Level:
            wanted = expected(own, edges(level, own[-1].started_at), INTERVAL_S)
            assert alike(rolled[check_id, level], wanted, rounding=0.0051, coverage=1 / 255)
    print(
        f"\n{lives} kills: {acknowledged} acknowledged, {count} read, {len(rolled)} series of buckets equal"
    )


async def test_killed_at_any_moment_nothing_is_lost_or_counted_twice(tmp_path: Path) -> None:
    await survives(tmp_path / "results.db", 3)


@pytest.mark.slow
async def test_killed_a_hundred_times_nothing_is_lost_or_counted_twice(tmp_path: Path) -> None:
    await survives(tmp_path / "results.db", 100)
