"""The accounts of a month: 30 days of the medium province's 6,800 checks, and one month out of five years of 600 targets.

The physical limit is SQLite handing over the same rows and nothing else. Judged by the best round's processor seconds,
books read (with the 14 days before, in which outages may have begun) and accounts made; the peak of memory is what one
reading and accounting adds. Every check is down five times in 30 days, which is a bad month for a whole province.
"""

import gc
import os
import random
import resource
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from inventory.loader import load
from inventory.model import Circuit, Inventory
from monitor.accounting.account import accounts
from monitor.accounting.books import read_books
from monitor.accounting.model import Books, GroupBy, Period
from monitor.accounting.periods import period
from monitor.storage.decisions import save_alive_at
from monitor.storage.migrations import migrate, migrations
from monitor.storage.opening import open_reader
from tests.bench.cpu import cpu_s
from tests.bench.frame import Figure
from tests.bench.province import write_settings

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PEER = "sqlite, the same rows"
ZONE = "Asia/Ho_Chi_Minh"
NOW = 1_795_100_000.0
DAY_S = 86_400.0
GROUPINGS = (GroupBy.CHECK, GroupBy.UNIT, GroupBy.PROVIDER)
COVERAGE = 0.9
CARRIERS = ("VNPT", "Viettel", "MobiFone")


@dataclass(frozen=True, slots=True)
class Case:
    """So many days of transitions of an inventory, so many of each check in 30 days, and the period asked for."""

    name: str
    inventory: Inventory
    days: int
    a_month: int
    period: Period
    goal_s: float


def run() -> Sequence[Figure]:
    """Measure both cases."""
    inventory = _province()
    gc.freeze()  # as the daemon and the command line do with what stays
    days = Period("30 days", NOW - 30 * DAY_S, NOW)
    month = period("2026-09", zone=ZONE, month_begins_on=15, now=NOW)
    return [
        *_measured(Case("accounts_30_days", inventory, 60, 10, days, 2.0)),
        *_measured(Case("accounts_five_years", _part_of(inventory, 600), 1_827, 10, month, 1.0)),
    ]


def _province() -> Inventory:
    """Return the medium province of the other benches, each site behind a line of one of three carriers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_settings(folder, state_dir=folder / "state")
        inventory = load([folder / "inventory"])
    circuits = {
        code: Circuit(code, CARRIERS[number % len(CARRIERS)]) for number, code in enumerate(inventory.units)
    }
    targets = {id_: replace(target, circuit_id=target.unit_code) for id_, target in inventory.targets.items()}
    return replace(inventory, circuits=circuits, targets=targets)


def _part_of(inventory: Inventory, targets: int) -> Inventory:
    kept = dict(list(inventory.targets.items())[:targets])
    checks = {id_: check for id_, check in inventory.checks.items() if check.target_id in kept}
    return replace(inventory, targets=kept, checks=checks)


def _measured(case: Case) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "state.db"
        rows = _write(path, case)
        with closing(open_reader(path)) as connection:
            connection.execute("begin")
            read = partial(read_books, connection, case.inventory, case.period, now=NOW)
            limit = [_cost(partial(_scan, connection, case.period)) for _ in range(ROUNDS)]
            reading = [_cost(read) for _ in range(ROUNDS)]
            books = read()
            making = [_cost(partial(_made, books, case.period)) for _ in range(ROUNDS)]
            peak_mb = _peak_mb(lambda: _made(read(), case.period))
    total = min(a[0] for a in reading) + min(b[0] for b in making)
    wall = min(a[1] for a in reading) + min(b[1] for b in making)
    scan_cpu, scan_wall = min(each[0] for each in limit), min(each[1] for each in limit)
    within = sum(len(history.transitions) for history in books.histories.values())
    yield Figure(f"{case.name}_cpu", total, "s", PEER, scan_cpu, f"< {case.goal_s:g}", total < case.goal_s)
    yield Figure(f"{case.name}_wall", wall, "s", PEER, scan_wall, "", None)
    yield Figure(f"{case.name}_books_cpu", min(a[0] for a in reading), "s", PEER, scan_cpu, "", None)
    yield Figure(f"{case.name}_peak", peak_mb, "MB", None, None, "", None)
    yield Figure(f"{case.name}_checks", len(case.inventory.checks), "", None, None, "", None)
    yield Figure(f"{case.name}_rows_within", within, "", "all rows", rows, "", None)
    yield Figure(
        "process_peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", None, None, "", None
    )


def _write(path: Path, case: Case) -> int:
    """Write the transitions as they come, in the order of time over all checks; return how many."""
    chance = random.Random(1)  # noqa: S311 (when lines are cut)
    number = round(case.days / 30 * case.a_month / 2)
    events = []
    for check_id in case.inventory.checks:
        events.append((NOW - case.days * DAY_S, check_id, "unknown", "up"))
        for began in sorted(chance.uniform(0.0, case.days * DAY_S) for _ in range(number)):
            at = NOW - case.days * DAY_S + began
            events.append((at, check_id, "up", "down"))
            events.append((at + chance.expovariate(1 / 600), check_id, "down", "up"))
    events.sort()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        migrate(connection, migrations("state"), path)
        connection.execute("begin")
        connection.executemany(
            "insert or ignore into transition (check_id, at, declared_at, old, new, cause) values (?, ?, ?, ?, ?, '')",
            ((check_id, at, at + 60, old, new) for at, check_id, old, new in events),
        )
        connection.executemany(
            "insert into target_seen (target_id, first_seen_at) values (?, 0.0)",
            ((target_id,) for target_id in case.inventory.targets),
        )
        save_alive_at(connection, NOW)
        connection.execute("commit")
    return len(events)


def _scan(connection: sqlite3.Connection, of: Period) -> None:
    connection.execute(
        "select check_id, at, declared_at, old, new, cause from transition where at >= ? and at < ?",
        (of.from_at, of.until_at),
    ).fetchall()


def _made(books: Books, of: Period) -> None:
    accounts(books, of, GROUPINGS, least_coverage_ratio=COVERAGE)


def _peak_mb(once: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        once()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def _cost(once: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the processor and of the clock."""
    started_s, before_s = time.perf_counter(), cpu_s()
    once()
    return cpu_s() - before_s, time.perf_counter() - started_s
