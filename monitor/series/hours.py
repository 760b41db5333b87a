"""An hour of one check becomes a chunk and its buckets; a day becomes its bucket.

The hot rows are the list of what is to be done: a chunk is written and its hot rows are deleted in one transaction. All
that takes time (`prepare_*`, for `Database.read`) is done before it; the transaction itself (`write_work`) is short.
Buckets are counted from what the chunk gives back, so that coming late or early, in one piece or in many, changes
nothing.
"""

import datetime as dt
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows, result_rows, rollup_rows
from monitor.series.chunk_rows import Chunk
from monitor.series.codec import chunk
from monitor.series.model import HOUR_MS, Bucket, Level, StoredResult
from monitor.series.rolling import FRESH_INTERVALS, roll, roll_with_whole
from monitor.series.rollup_rows import Page
from monitor.storage.errors import DamagedError

logger = logging.getLogger(__name__)

HOUR_S: Final = HOUR_MS // 1_000
_FIVE_MINUTES_S: Final = 300
_LONGEST_REACH_HOURS: Final = 240
"""How far a result of a check that runs rarely can reach; longer intervals than 160 hours count as so long."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Hot rows of one check that wait: of one hour (Unix hours UTC)."""

    hour: int
    check_ref: int
    check_id: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local day (ordinal) of one check of which results came since its bucket was counted."""

    day: int
    check_ref: int
    check_id: str


@dataclass(slots=True)
class Work:
    """What is to be written of one check.

    It is made on a snapshot: nobody but the compactor writes what it is made from, and rows that come meanwhile have a
    greater seq.
    """

    of: Hour | Day
    chunk: Chunk | None = None
    """The hour's chunk with the hot rows in it."""
    hot: int = 0
    hot_seq: int = 0
    """How many hot rows of the hour are in it, and their greatest seq."""
    old_seq: int = 0
    """`last_seq` of the hour's chunk as it was, 0 when there was none."""
    is_late: bool = False
    """Retention has dropped the hour: its hot rows are dropped too."""
    last: CheckResult | None = None
    """The last result of the chunk, without the metrics that follow from its round trips."""
    pages: list[Page] = field(default_factory=list)
    days: set[int] = field(default_factory=set)
    """Local days whose bucket is to be counted (again)."""
    damaged: list[int] = field(default_factory=list)
    """Ids of chunks that could not be read."""


def select_waiting(
    connection: sqlite3.Connection, before_hour: int, refused: Mapping[int, int]
) -> list[Hour]:
    """Return the oldest hour before `before_hour` of every check that has hot rows of one, the oldest first.

    `refused`: check_ref -> the last hour that is left alone.
    """
    # One look into the index for each check, however many rows it has.
    refs = connection.execute(
        "with recursive ref (ref) as (select min(check_ref) from result union all "
        "select (select min(check_ref) from result where check_ref > ref) from ref where ref is not null) "
        "select ref, name.text, (select min(started_ms) from result where check_ref = ref) "
        "from ref join name on name.id = ref"
    ).fetchall()
    waiting = []
    for ref, check_id, oldest_ms in refs:
        started_ms = oldest_ms
        if ref in refused and started_ms // HOUR_MS <= refused[ref]:
            (started_ms,) = connection.execute(
                "select min(started_ms) from result where check_ref = ? and started_ms >= ?",
                (ref, (refused[ref] + 1) * HOUR_MS),
            ).fetchone()
        if started_ms is not None and started_ms // HOUR_MS < before_hour:
            waiting.append(Hour(started_ms // HOUR_MS, ref, check_id))
    return sorted(waiting, key=lambda each: (each.hour, each.check_ref))


def select_days(connection: sqlite3.Connection, before_day: int, limit: int) -> list[Day]:
    """Return at most `limit` days before `before_day` that are to be counted, the oldest first."""
    rows = connection.execute(
        "select day_due.day, day_due.check_ref, name.text from day_due join name on name.id = day_due.check_ref "
        "where day_due.day < ? order by day_due.day, day_due.check_ref limit ?",
        (before_day, limit),
    )
    return [Day(*row) for row in rows]


def prepare_hour(
    connection: sqlite3.Connection,
    of: Hour,
    *,
    interval_s: float | None,
    zone: ZoneInfo,
    known: tuple[int, CheckResult] | None,
    first_hour: int = 0,
) -> Work:
    """Make the chunk and the pages of an hour from its hot rows; nothing is to be written when it has none.

    Retention drops the hours before `first_hour`. What waits since before it was compacted at all is still counted.

    `known`: hour and last result of a chunk of this check, which need not be read for that. Raises DamagedError for
    a damaged hot row.
    """
    hot = result_rows.select_between(
        connection, of.check_id, from_at=of.hour * HOUR_S, until_at=(of.hour + 1) * HOUR_S
    )
    if not hot:
        return Work(of)
    work = Work(of, hot=len(hot), hot_seq=max(stored.seq for stored in hot))
    identity = chunk_rows.chunk_id(of.hour, of.check_ref)
    old = chunk_rows.select_one(connection, identity)
    if old is None and of.hour < first_hour and _is_rolled(connection, of, zone):
        work.is_late = True
        return work
    if old is not None:
        work.old_seq = old.last_seq
    earlier = [] if old is None else _decoded(old, work, with_following=True)
    merged = _merged(earlier, hot, work.old_seq)
    body = chunk.encode(merged)
    work.chunk = Chunk(identity, of.check_id, max(work.old_seq, work.hot_seq), len(merged), body)
    results = chunk.decode(of.check_id, body, with_following=False)
    work.last = results[-1]
    reach_hours = _reach_hours(interval_s)
    before = _last_before(connection, of.check_ref, of.hour, reach_hours, work, known)
    counted = [(of.hour, [*before, *results])]
    following = _next_chunk(connection, of, reach_hours)
    if following is not None:
        # How long the last result of this hour accounts for may end in that one.
        counted.append((following.hour, [results[-1], *_decoded(following, work)]))
    series: dict[Level, dict[str, tuple[Bucket, ...]]] = {Level.FIVE_MINUTES: {}, Level.HOUR: {}}
    for hour, rows in counted:
        edges = [float(hour * HOUR_S + offset_s) for offset_s in range(0, HOUR_S + 1, _FIVE_MINUTES_S)]
        for of_level, rolled in zip(
            series.values(), roll_with_whole(rows, edges, interval_s=interval_s), strict=True
        ):
            for name, buckets in rolled.items():
                of_level[name] = (*of_level.get(name, ()), *buckets)
    for level, of_level in series.items():
        work.pages += rollup_rows.merged_pages(connection, level, of.check_ref, of_level, zone=zone)
    for hour, _ in counted:
        ends = hour * HOUR_S, (hour + 1) * HOUR_S - 1
        work.days |= {rollup_rows.local_day(at, zone).toordinal() for at in ends}
    return work


def prepare_day(
    connection: sqlite3.Connection, due: Day, *, interval_s: float | None, zone: ZoneInfo
) -> Work:
    """Count the bucket of a local day from every result that is there."""
    work = Work(due)
    date = dt.date.fromordinal(due.day)
    from_at = rollup_rows.midnight(date, zone)
    until_at = rollup_rows.midnight(date + dt.timedelta(days=1), zone)
    results: list[CheckResult] = []
    for each in chunk_rows.select_chunks(connection, due.check_id, from_at, until_at):
        results += _decoded(each, work)
    # A zone that is not whole hours from UTC: the day's last hour may not be in a chunk yet.
    hot = result_rows.select_between(connection, due.check_id, from_at=from_at, until_at=until_at)
    results = sorted([*results, *(stored.result for stored in hot)], key=_started_at)
    if results and results[0].started_at >= from_at:
        first_hour = chunk_rows.hour_of(from_at)
        reach_hours = _reach_hours(interval_s)
        results[:0] = _last_before(connection, due.check_ref, first_hour, reach_hours, work, None)
    series = roll(results, (from_at, until_at), interval_s=interval_s)
    work.pages += rollup_rows.merged_pages(connection, Level.DAY, due.check_ref, series, zone=zone)
    return work


def write_work(connection: sqlite3.Connection, work: Work, *, readers: Iterable[str]) -> None:
    """Write what was prepared, and strike it off: the hot rows of an hour, the line of a day.

    An hour whose chunk is another by now (it was read on an old snapshot) is left as it is, to be prepared again.
    """
    if work.chunk is not None and _seq_of_chunk(connection, work.chunk.id) != work.old_seq:
        return
    for identity in work.damaged:
        chunk_rows.set_aside(connection, identity)
    rollup_rows.write_pages(connection, work.pages)
    if isinstance(work.of, Day):
        connection.execute(
            "delete from day_due where day = ? and check_ref = ?", (work.of.day, work.of.check_ref)
        )
    else:
        connection.execute(
            "delete from result where check_ref = ? and started_ms >= ? and started_ms < ? and seq <= ?",
            (work.of.check_ref, work.of.hour * HOUR_MS, (work.of.hour + 1) * HOUR_MS, work.hot_seq),
        )
    if work.chunk is not None:
        chunk_rows.upsert(connection, work.chunk)
        chunk_rows.note_unread(connection, work.chunk.id, last_seq=work.hot_seq, readers=readers)
    connection.executemany(
        "insert or ignore into day_due (day, check_ref) values (?, ?)",
        ((day, work.of.check_ref) for day in work.days),
    )


def _seq_of_chunk(connection: sqlite3.Connection, identity: int) -> int:
    row = connection.execute("select last_seq from chunk where id = ?", (identity,)).fetchone()
    return 0 if row is None else int(row[0])


def _is_rolled(connection: sqlite3.Connection, of: Hour, zone: ZoneInfo) -> bool:
    """Whether the hour has buckets: it was in a chunk once."""
    begin = float(of.hour * HOUR_S)
    return bool(
        rollup_rows.read(
            connection, Level.HOUR, of.check_id, from_at=begin, until_at=begin + HOUR_S, zone=zone
        )
    )


def _last_before(
    connection: sqlite3.Connection,
    check_ref: int,
    hour: int,
    reach_hours: int,
    work: Work,
    known: tuple[int, CheckResult] | None,
) -> list[CheckResult]:
    """Return the last result that is in a chunk before `hour` and may reach into it, if there is one."""
    for earlier in range(hour - 1, hour - 1 - reach_hours, -1):
        if known is not None and known[0] == earlier:
            return [known[1]]
        found = chunk_rows.select_one(connection, chunk_rows.chunk_id(earlier, check_ref))
        if found is not None:
            return _decoded(found, work)[-1:]
    return []


def _next_chunk(connection: sqlite3.Connection, of: Hour, reach_hours: int) -> Chunk | None:
    for later in range(of.hour + 1, of.hour + 1 + reach_hours):
        found = chunk_rows.select_one(connection, chunk_rows.chunk_id(later, of.check_ref))
        if found is not None:
            return found
    return None


def _reach_hours(interval_s: float | None) -> int:
    """Return in how many hours after its own a result may account for time; without an interval it is taken as 40 min."""
    if interval_s is None:
        return 1
    return max(1, min(ceil(FRESH_INTERVALS * interval_s / HOUR_S), _LONGEST_REACH_HOURS))


def _merged(earlier: Sequence[CheckResult], hot: Sequence[StoredResult], last_seq: int) -> list[CheckResult]:
    """Put hot rows among the results of the chunk; one whose commit was in doubt may be in it already."""
    moved = {result.started_at for result in earlier}
    new = [
        stored.result for stored in hot if not (stored.seq <= last_seq and stored.result.started_at in moved)
    ]
    return sorted([*earlier, *new], key=_started_at)


def _started_at(result: CheckResult) -> float:
    return result.started_at


def _decoded(found: Chunk, work: Work, *, with_following: bool = False) -> list[CheckResult]:
    """Return what is in a chunk; to count buckets, what follows from round trips is not needed."""
    try:
        return chunk.decode(found.check_id, found.body, with_following=with_following)
    except DamagedError as error:
        logger.warning("chunk_damaged id=%d check=%s error=%s", found.id, found.check_id, error)
        work.damaged.append(found.id)
        return []
