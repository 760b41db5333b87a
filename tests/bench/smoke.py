"""One smoke graph (read, judged, written as JSON) of 3 hours to a year, against plainly reading the bytes it is made from.

The file holds CHECKS checks of the week of `week.py` that were compacted for 62 hours by the compactor's own functions;
their pages are repeated back to 13 months (5 minutes) and two years, their chunks to 35 days, and each check has twins
between them, as in a province. Cold: another connection, and the system's cache emptied of the file. Peer: SQLite
reading the same rows (hot rows, chunks, pages) and nothing else. Judged by processor seconds: no other process's work is
in them. BENCH_ROUNDS says how often each is done.
"""

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import Check
from monitor.series import chunk_rows, result_rows, rollup_rows
from monitor.series.asking import RANGES, read_asked
from monitor.series.graph import read_graph
from monitor.series.hours import Day, Hour, prepare_day, prepare_hour, write_work
from monitor.series.model import Bucket, Level, StoredResult
from monitor.series.series_json import smoke_json
from monitor.series.smoke import Marks
from monitor.storage.opening import Synchronous, open_reader, open_writer
from probes.kinds import KINDS
from tests.bench.cpu import cpu_s
from tests.bench.frame import Figure
from tests.bench.week import BEGINS_AT, Week, WeekCheck

ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "4"))
CHECKS: Final = 4
TWINS: Final = 15
"""Other checks with the same chunks and pages, for each."""
HOURS: Final = 62
"""The last one is not compacted yet: the third day is at 14:00."""
GOAL_S: Final = 0.05
PEER: Final = "sqlite3, same rows"
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
NOW: Final = BEGINS_AT + HOURS * 3_600

_DAY_S: Final = 86_400.0
_REPEAT_S: Final = 2 * _DAY_S
_BACK_DAYS: Final = {Level.FIVE_MINUTES: 397, Level.HOUR: 730, Level.DAY: 730}
_RAW_DAYS: Final = 35


@dataclass(frozen=True, slots=True)
class Cost:
    """What one graph cost."""

    wall_s: float
    cpu_s: float


def run() -> Sequence[Figure]:
    """Measure every range, cold and warm, in turn for all checks."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "results.db"
        checks = [each for each in Week(sites=2, seed=6).checks() if each.kind == "icmp"][:CHECKS]
        build(path, checks)
        figures: list[Figure] = []
        for span in RANGES:
            ours, peers = partial(_graph, span), partial(_plain, span)
            figures += _figures(span, "cold", *_measured(path, checks, ours, peers, is_cold=True))
            figures += _figures(span, "warm", *_measured(path, checks, ours, peers, is_cold=False))
        return figures


def build(path: Path, checks: Sequence[WeekCheck]) -> None:
    """Write the file."""
    connection, _ = open_writer(path, schema="results", synchronous=Synchronous.NORMAL, now=NOW)
    with closing(connection):
        connection.execute("pragma synchronous = off")
        for check in checks:
            connection.execute("begin")
            ref = _compact(connection, check)
            _reach_back(connection, ref, check.id)
            connection.execute("commit")
        connection.execute("begin")
        for table in ("chunk", "rollup_5m", "rollup_1h", "rollup_1d"):
            _add_twins(connection, table)
        connection.execute("commit")
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def _compact(connection: sqlite3.Connection, check: WeekCheck) -> int:
    seqs = iter(range(result_rows.select_last_seq(connection) + 1, 10**9))
    results = [result for hour in check.hours(HOURS) for result in hour]
    stored = [StoredResult(seq, result) for seq, result in zip(seqs, results, strict=False)]
    names = result_rows.append_rows(connection, stored, result_rows.select_names(connection))
    ref = (names | result_rows.select_names(connection))[check.id]
    first = chunk_rows.hour_of(BEGINS_AT)
    for hour in range(first, first + HOURS - 1):
        work = prepare_hour(connection, Hour(hour, ref, check.id), interval_s=60.0, zone=ZONE, known=None)
        write_work(connection, work, readers=())
    day = rollup_rows.local_day(BEGINS_AT, ZONE).toordinal()
    for due in (day, day + 1):
        work = prepare_day(connection, Day(due, ref, check.id), interval_s=60.0, zone=ZONE)
        write_work(connection, work, readers=())
    return ref


def _reach_back(connection: sqlite3.Connection, ref: int, check_id: str) -> None:
    """Repeat the first two days as far back as each level is kept."""
    for level, days in _BACK_DAYS.items():
        read = rollup_rows.read(
            connection, level, check_id, from_at=BEGINS_AT, until_at=BEGINS_AT + _REPEAT_S, zone=ZONE
        )
        older: dict[str, tuple[Bucket, ...]] = {}
        for name, buckets in read.items():
            shifts = (_REPEAT_S * back for back in range(days // 2, 0, -1))
            older[name] = tuple(
                replace(bucket, at=bucket.at - shift_s) for shift_s in shifts for bucket in buckets
            )
        rollup_rows.write_pages(
            connection, rollup_rows.merged_pages(connection, level, ref, older, zone=ZONE)
        )
    first = chunk_rows.hour_of(BEGINS_AT)
    connection.executemany(
        "insert into chunk (id, last_seq, results, body) select id - (? << 24), last_seq, results, body from chunk "
        "where id & 16777215 = ? and id >> 24 >= ? and id >> 24 < ?",
        [(48 * back, ref, first, first + 48) for back in range(1, _RAW_DAYS // 2 + 1)],
    )


def _add_twins(connection: sqlite3.Connection, table: str) -> None:
    columns = "last_seq, results, body" if table == "chunk" else "body"
    connection.executemany(
        f"insert into {table} (id, {columns}) select id + ?, {columns} from {table} where id & 16777215 < 1000",  # noqa: S608 (names of ours)
        [(1_000 * twin,) for twin in range(1, TWINS + 1)],
    )


def _measured(
    path: Path,
    checks: Sequence[WeekCheck],
    ours: Callable[[sqlite3.Connection, str], int],
    peer: Callable[[sqlite3.Connection, str], int],
    *,
    is_cold: bool,
) -> tuple[list[Cost], list[Cost]]:
    """Do both in turn for every check, ROUNDS times."""
    found: tuple[list[Cost], list[Cost]] = [], []
    with closing(open_reader(path)) as kept:
        for each in checks:
            for work in (ours, peer):
                work(kept, each.id)
        for _ in range(ROUNDS):
            for each in checks:
                for costs, work in zip(found, (ours, peer), strict=True):
                    costs.append(_cold(path, work, each.id) if is_cold else _cost(work, kept, each.id))
    return found


def _cold(path: Path, work: Callable[[sqlite3.Connection, str], int], check_id: str) -> Cost:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with closing(open_reader(path)) as connection:
        return _cost(work, connection, check_id)


def _cost(
    work: Callable[[sqlite3.Connection, str], int], connection: sqlite3.Connection, check_id: str
) -> Cost:
    begun_s, before_s = time.perf_counter(), cpu_s()
    work(connection, check_id)
    return Cost(time.perf_counter() - begun_s, cpu_s() - before_s)


def _graph(span: str, connection: sqlite3.Connection, check_id: str) -> int:
    """Answer as the API does; return the length of the answer."""
    asked = read_asked(span=span, since="", until="", points="", metric="", now=NOW, zone=ZONE)
    check = Check(
        id=check_id,
        target_id=check_id,
        kind="icmp",
        address="",
        options=KINDS["icmp"].options(),
        interval_s=60.0,
        retry_interval_s=20.0,
        timeout_s=2.0,
        failures_to_down=3,
        successes_to_up=2,
    )
    graph = read_graph(connection, check, asked, Marks(), zone=ZONE, now=NOW)
    return len(json.dumps(smoke_json(graph, ZONE, now=NOW), ensure_ascii=False))


def _plain(span: str, connection: sqlite3.Connection, check_id: str) -> int:
    """Read the rows that a graph is made from; return their bytes."""
    (ref,) = connection.execute("select id from name where text = ?", (check_id,)).fetchone()
    from_at = NOW - RANGES[span]
    size = 0
    for table, identity in _rows_of(span, from_at, ref):
        row = connection.execute(f"select body from {table} where id = ?", (identity,)).fetchone()  # noqa: S608 (names of ours)
        size += len(row[0]) if row else 0
    for (rtts,) in connection.execute(
        "select rtts from result where check_ref = ? and started_ms >= ?", (ref, round(from_at * 1_000))
    ):
        size += len(rtts)
    return size


def _rows_of(span: str, from_at: float, ref: int) -> Iterator[tuple[str, int]]:
    levels = {"24h": Level.FIVE_MINUTES, "7d": Level.FIVE_MINUTES, "30d": Level.HOUR, "1y": Level.DAY}
    chunks_from_at = from_at if span == "3h" else NOW - 14 * 3_600 if span == "1y" else NOW - 3_600
    for hour in range(chunk_rows.hour_of(chunks_from_at), chunk_rows.hour_of(NOW)):
        yield "chunk", chunk_rows.chunk_id(hour, ref)
    level = levels.get(span)
    if level is not None:
        days = range(int(RANGES[span] // _DAY_S) + 1)
        pages = {rollup_rows.page_of(level, from_at + day * _DAY_S, ZONE) for day in days}
        for page in sorted(pages):
            yield f"rollup_{level.value}", chunk_rows.chunk_id(page, ref)


def _figures(span: str, state: str, ours: Sequence[Cost], peer: Sequence[Cost]) -> list[Figure]:
    figures = []
    for clock in ("wall_s", "cpu_s"):
        mine, theirs = ([getattr(cost, clock) for cost in costs] for costs in (ours, peer))
        for word, of in (("p50", median), ("p95", _p95)):
            is_judged = (span, state, clock, word) == ("30d", "cold", "cpu_s", "p50")
            value = of(mine)
            figures.append(
                Figure(
                    name=f"smoke_{span}_{state}_{clock.removesuffix('_s')}_{word}",
                    value=1_000 * value,
                    unit="ms",
                    peer=PEER,
                    peer_value=1_000 * of(theirs),
                    goal=f"< {1_000 * GOAL_S:g}" if is_judged else "",
                    met=value < GOAL_S if is_judged else None,
                )
            )
    return figures


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
