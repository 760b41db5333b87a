"""How long commits wait while a large state.db is copied: our copy against VACUUM INTO, which is synced at its end.

Commits come every 10 ms with synchronous=FULL, as alerts do. BENCH_MB says how large the database is.
"""

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from monitor.storage.opening import Synchronous, open_writer
from monitor.storage.snapshot import Work, copy_database
from tests.bench.frame import Figure

MEGABYTES = int(os.environ.get("BENCH_MB", "500"))
LONGEST_MS = 250.0
PEER = "VACUUM INTO + fsync"
_INSERT = "insert into audit (at, who, action, detail) values (?, 'a', 'b', ?)"


@dataclass
class Commits:
    """Commits of one thread, timed."""

    writer: sqlite3.Connection
    log: Path
    waited_ms: list[float] = field(default_factory=list)
    log_bytes: int = 0
    ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.ends.wait(0.01):
            started_s = time.perf_counter()
            self.writer.execute("begin immediate")
            self.writer.execute(_INSERT, (0.0, "x" * 200))
            self.writer.execute("commit")
            self.waited_ms.append(1_000 * (time.perf_counter() - started_s))
            self.log_bytes = max(self.log_bytes, self.log.stat().st_size)

    def quantile(self, share: float) -> float:
        return sorted(self.waited_ms)[int(share * (len(self.waited_ms) - 1))]


def run() -> Sequence[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "state.db"
        writer, _ = open_writer(path, schema="state", synchronous=Synchronous.FULL, now=0.0)
        with closing(writer):
            _fill(writer)
            ours, ours_s = _beside(writer, path, lambda: copy_database(path, folder / "ours", Work()))
            theirs, theirs_s = _beside(writer, path, lambda: _vacuum(path, folder / "theirs"))
    return [
        Figure(
            f"longest commit while {MEGABYTES} MB are copied",
            max(ours.waited_ms),
            "ms",
            PEER,
            max(theirs.waited_ms),
            f"at most {LONGEST_MS:g} ms",
            max(ours.waited_ms) <= LONGEST_MS,
        ),
        Figure("p99 of commits meanwhile", ours.quantile(0.99), "ms", PEER, theirs.quantile(0.99), "", None),
        Figure("copy, checked and hashed (peer: unchecked)", ours_s, "s", PEER, theirs_s, "", None),
        Figure(
            "largest write-ahead log meanwhile",
            ours.log_bytes / 2**20,
            "MB",
            PEER,
            theirs.log_bytes / 2**20,
            "at most 64 MB",
            ours.log_bytes <= 64 * 2**20,
        ),
    ]


def _fill(writer: sqlite3.Connection) -> None:
    writer.execute("pragma synchronous = off")
    writer.execute("begin")
    writer.executemany(_INSERT, ((n, "x" * 900) for n in range(1_000 * MEGABYTES)))
    writer.execute("commit")
    writer.execute("pragma wal_checkpoint(truncate)")
    writer.execute("pragma synchronous = full")
    os.sync()


def _beside(writer: sqlite3.Connection, path: Path, job: Callable[[], object]) -> tuple[Commits, float]:
    """Commit while `job` runs; return the commits and how long it took."""
    commits = Commits(writer, path.with_name(path.name + "-wal"))
    thread = threading.Thread(target=commits.run)
    thread.start()
    started_s = time.perf_counter()
    try:
        job()
    finally:
        commits.ends.set()
        thread.join()
    return commits, time.perf_counter() - started_s


def _vacuum(path: Path, target: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("vacuum into ?", (str(target),))
    held = os.open(target, os.O_RDONLY)
    os.fsync(held)
    os.close(held)
