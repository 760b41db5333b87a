"""The result log at work: how many results a second it takes with compaction and rollups, and what the loop feels of it.

`log_sustained`: results of a part of the medium province (`week.py`) are appended hour by hour, and each hour is
compacted, rolled up and, once a day, its days counted, without the compactor's pauses; results by the wall time of all
that. The limit: the very rows of the hot table in one plain executemany each, same file system, same settings, and
nothing else. `log_loop_lag`: the whole at the province's own pace with the pauses, while an hour of BENCH_SITES sites
is being compacted: how late the event loop is, beside the same without a compactor.

BENCH_SITES (3): sites of 55 checks, the province has 124. BENCH_HOURS (30).
"""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from monitor.clock import SystemClock
from monitor.series import chunk_rows, rollup_rows
from monitor.series.compactor import GRACE_S, Compactor
from monitor.series.log import TRANSACTION_ROWS, ResultLog
from monitor.series.model import RTT, Level, Retention
from tests.bench.frame import Figure
from tests.bench.week import BEGINS_AT, Week, WeekCheck

SITES: Final = int(os.environ.get("BENCH_SITES", "3"))
HOURS: Final = int(os.environ.get("BENCH_HOURS", "30"))
SEED: Final = 20261123
RATE: Final = 228.0
"""Results a second of the medium province."""
GOAL_TIMES: Final = 10.0
GOAL_LAG_MS: Final = 20.0
GOAL_BUCKET_BYTES: Final = 14.0
LAG_EVERY_S: Final = 0.005
LAG_FOR_S: Final = 6.0
APPEND_EVERY_S: Final = 0.05
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR_S: Final = 3_600.0
KEEP: Final = Retention(raw_days=35, five_minutes_days=397, hours_days=1_827, days_days=1_827)
_COLUMNS: Final = "seq, check_ref, vantage_ref, started_ms, duration_s, reason, detail, metric_names_ref, metric_values, rtts"


class ShiftedClock(SystemClock):
    """The machine's clock, on another date."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def set(self, now: float) -> None:
        """Let it be `now`."""
        self._offset_s = now - super().now()

    def now(self) -> float:
        return super().now() + self._offset_s


@dataclass(slots=True)
class Spent:
    """Wall and CPU seconds of the parts of the work."""

    results: int = 0
    append_s: float = 0.0
    append_cpu_s: float = 0.0
    compact_s: float = 0.0
    compact_cpu_s: float = 0.0
    plain_s: float = 0.0
    hot_bytes: float = 0.0


def run() -> Sequence[Figure]:
    """Measure on the disk of the temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_sustained(Path(folder)))
        return [*figures, *asyncio.run(_lag(Path(folder)))]


async def _sustained(folder: Path) -> list[Figure]:
    spent, clock = Spent(), ShiftedClock()
    async with ResultLog.open(folder / "results.db", now=BEGINS_AT) as log:
        compactor = _compactor(log, clock)
        with closing(_plain(folder / "plain.db")) as plain:
            for number, results in enumerate(_hours()):
                clock.set(BEGINS_AT + (number + 1) * HOUR_S + GRACE_S)
                await _append(log, results, spent)
                _write_plainly(log.database.path, plain, spent)
                await _compact(compactor, spent)
        return await _figures(log, spent)


def _hours() -> Iterator[list[CheckResult]]:
    """Yield each hour's results of all checks, in the order they come."""
    checks: list[WeekCheck] = Week(SITES, SEED).checks()
    for of_checks in zip(*(check.hours(HOURS) for check in checks), strict=True):
        yield sorted((each for own in of_checks for each in own), key=lambda each: each.started_at)


def _compactor(log: ResultLog, clock: ShiftedClock) -> Compactor:
    return Compactor(
        log.database,
        clock=clock,
        zone=ZONE,
        interval_of=lambda _: 60.0,
        retention=lambda: KEEP,
        readers=lambda: (),
    )


async def _append(log: ResultLog, results: Sequence[CheckResult], spent: Spent) -> None:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    rest = iter(results)
    while batch := list(islice(rest, TRANSACTION_ROWS)):
        for result in batch:
            log.append(result)
        await log.flush()
    if log.fault is not None or log.dropped:
        raise AssertionError(f"the log did not take them: {log.fault}, {log.dropped} dropped")
    spent.append_s += time.perf_counter() - begun
    spent.append_cpu_s += time.process_time() - begun_cpu
    spent.results += len(results)


async def _compact(compactor: Compactor, spent: Spent) -> None:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    while await compactor.step():
        pass
    facts = compactor.facts
    if facts.fault or facts.refused or facts.damaged:
        raise AssertionError(f"not everything was compacted: {facts}")
    spent.compact_s += time.perf_counter() - begun
    spent.compact_cpu_s += time.process_time() - begun_cpu


def _plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(f"create table result ({_COLUMNS})")
    return connection


def _write_plainly(log: Path, plain: sqlite3.Connection, spent: Spent) -> None:
    """Write the rows that are hot now once more, with nothing but SQLite."""
    with closing(sqlite3.connect(log)) as source:
        rows = source.execute(f"select {_COLUMNS} from result").fetchall()  # noqa: S608 (names of ours)
    before = plain.execute("pragma page_count").fetchone()[0]
    begun = time.perf_counter()
    for first in range(0, len(rows), TRANSACTION_ROWS):
        plain.execute("begin")
        plain.executemany(
            f"insert into result ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (names of ours)
            rows[first : first + TRANSACTION_ROWS],
        )
        plain.execute("commit")
    spent.plain_s += time.perf_counter() - begun
    spent.hot_bytes += (plain.execute("pragma page_count").fetchone()[0] - before) * 4_096


async def _figures(log: ResultLog, spent: Spent) -> list[Figure]:
    count = spent.results
    rate = count / (spent.append_s + spent.compact_s)
    plain_rate = count / spent.plain_s
    cpu_us = 1e6 * (spent.append_cpu_s + spent.compact_cpu_s) / count
    chunks = await log.database.read(chunk_rows.count)
    pages = {level: await log.database.read(partial(rollup_rows.count, level=level)) for level in Level}
    rolled_bytes = sum(size for _, size in pages.values())
    bucket_bytes = await log.database.read(_bytes_of_a_bucket)
    goal, bucket_goal = f">= {GOAL_TIMES * RATE:g}/s", f"<= {GOAL_BUCKET_BYTES:g} B"
    return [
        Figure(
            "log_sustained", rate, "results/s", "executemany", plain_rate, goal, rate >= GOAL_TIMES * RATE
        ),
        Figure("log_append_only", count / spent.append_s, "results/s", "executemany", plain_rate, "", None),
        Figure("log_cpu", cpu_us, "us/result", None, None, "", None),
        Figure("log_cpu_append", 1e6 * spent.append_cpu_s / count, "us/result", None, None, "", None),
        Figure("log_cpu_compaction", 1e6 * spent.compact_cpu_s / count, "us/result", None, None, "", None),
        Figure("log_hot_row", spent.hot_bytes / count, "B/result", None, None, "", None),
        Figure("log_chunks", chunks.body_bytes / count, "B/result", None, None, "", None),
        Figure("log_rollups", rolled_bytes / count, "B/result", None, None, "", None),
        Figure(
            "log_bucket_5m_icmp",
            bucket_bytes,
            "B",
            None,
            None,
            bucket_goal,
            bucket_bytes <= GOAL_BUCKET_BYTES,
        ),
        Figure("log_file", log.database.file_bytes / count, "B/result", None, None, "", None),
    ]


def _bytes_of_a_bucket(connection: sqlite3.Connection) -> float:
    """Return what a 5-minute bucket of a check with bursts takes in full days."""
    day = rollup_rows.page_of(Level.FIVE_MINUTES, BEGINS_AT, ZONE)
    size = buckets = 0
    rows = connection.execute(
        "select rollup_5m.body, name.text from rollup_5m join name on name.id = rollup_5m.id & 16777215 "
        "where rollup_5m.id >> 24 = ?",
        (day,),
    ).fetchall()
    begins = float(BEGINS_AT)
    for body, check_id in rows:
        series = rollup_rows.read(
            connection,
            Level.FIVE_MINUTES,
            check_id,
            from_at=begins,
            until_at=begins + 24 * HOUR_S,
            zone=ZONE,
        )
        if RTT in series:
            size += len(body)
            buckets += len(series[RTT])
    return size / buckets


async def _lag(folder: Path) -> list[Figure]:
    """Return how late the loop is while an hour is compacted at the product's own pace, and without that."""
    clock = ShiftedClock()
    async with ResultLog.open(folder / "lag.db", now=BEGINS_AT) as log:
        hours = _hours()
        first, second = next(hours), next(hours)
        await _append(log, first, Spent())
        alone_s = await _lag_while(log, clock, islice(second, int(RATE * LAG_FOR_S)))
        clock.set(BEGINS_AT + HOUR_S + GRACE_S)
        compactor = _compactor(log, clock)
        running = asyncio.create_task(compactor.run())
        with_it_s = await _lag_while(log, clock, islice(second, int(RATE * LAG_FOR_S), None))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        lag_ms, alone_ms = 1e3 * with_it_s, 1e3 * alone_s
        met = lag_ms <= GOAL_LAG_MS
        return [
            Figure("log_loop_lag_p99", lag_ms, "ms", "no compactor", alone_ms, f"<= {GOAL_LAG_MS:g} ms", met),
            Figure("log_compacted_meanwhile", compactor.facts.results, "results", None, None, "", None),
        ]


async def _lag_while(log: ResultLog, clock: ShiftedClock, results: Iterator[CheckResult]) -> float:
    """Append at the province's rate for LAG_FOR_S and return the 99th percentile of the loop's lag."""
    writing = asyncio.create_task(log.run(clock))
    lags: list[float] = []
    owed, end = 0.0, time.perf_counter() + LAG_FOR_S
    appended = time.perf_counter()
    while (now := time.perf_counter()) < end:
        if now - appended >= APPEND_EVERY_S:
            owed += RATE * (now - appended)
            for result in islice(results, int(owed)):
                log.append(result)
            owed -= int(owed)
            appended = now
        before = time.perf_counter()
        await asyncio.sleep(LAG_EVERY_S)
        lags.append(time.perf_counter() - before - LAG_EVERY_S)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await log.flush()
    return sorted(lags)[int(0.99 * len(lags))]
