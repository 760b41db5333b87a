"""Reading results and series out of results.db, whatever form they are in by now: hot rows, chunks, rollup pages.

Works on one snapshot (`Database.read`) and on a connection without a transaction: hot rows are read before chunks, so
what the compactor moves in between is seen twice and counted once.
"""

import datetime as dt
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows, result_rows, rollup_rows
from monitor.series.chunk_rows import Chunk, check_ref_of, hour_of
from monitor.series.codec import chunk
from monitor.series.model import ANSWER, HOUR_MS, RTT, Bucket, Level, Series, StoredResult
from monitor.series.rolling import FRESH_INTERVALS, roll
from monitor.storage.errors import DamagedError

MOST_POINTS: Final = 2_100
"""Seven days of 5 minutes, and some."""
RAW: Final = "raw"
"""Source of buckets that were counted from single results."""
RAW_LONGEST_S: Final = 6 * 3_600.0
"""Longer ranges are read from rollups: raw results of a day take longer to read than people wait."""

_RAW_WIDTHS_S: Final = (10.0, 20.0, 30.0, 60.0, 120.0)
_WIDTHS_S: Final = {Level.FIVE_MINUTES: 300.0, Level.HOUR: 3_600.0, Level.DAY: 86_400.0}
_HOUR_S: Final = HOUR_MS / 1_000
_BACK_HOURS: Final = 24

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slice:
    """One series of a check over a range. Bucket i lies in [edges[i], edges[i + 1]); None: nothing was measured.

    `source`: RAW or a Level; `width_s`: of a bucket (days may have another hour).
    """

    check_id: str
    series: str
    source: str
    width_s: float
    edges: tuple[float, ...]
    buckets: tuple[Bucket | None, ...]


def results_between(
    connection: sqlite3.Connection,
    check_id: str,
    *,
    from_at: float,
    until_at: float,
    with_following: bool = True,
) -> list[CheckResult]:
    """Return the check's results that started in [from_at, until_at), in order, none twice.

    A chunk that cannot be read counts as empty and is logged. `with_following`: see `chunk.decode`.
    """
    hot = result_rows.select_between(connection, check_id, from_at=from_at, until_at=until_at)
    chunks = chunk_rows.select_chunks(connection, check_id, from_at, until_at)
    return _merged(hot, chunks, from_at=from_at, until_at=until_at, with_following=with_following)


def last_results(connection: sqlite3.Connection, check_id: str, limit: int) -> list[StoredResult]:
    """Return the check's last `limit` results, the newest first; `seq` is 0 of what lies in a chunk."""
    hot = result_rows.select_last(connection, check_id, limit)
    found = {stored.result.started_at: stored for stored in hot}
    ref = check_ref_of(connection, check_id)
    first, last = connection.execute(
        "select (select min(id) from chunk), (select max(id) from chunk)"
    ).fetchone()
    if ref is not None and first is not None:
        hour = (last >> chunk_rows.REF_BITS) + 1
        while hour > first >> chunk_rows.REF_BITS and not _has_all_since(found, limit, hour * _HOUR_S):
            for each in chunk_rows.select_hours(connection, ref, range(hour - _BACK_HOURS, hour)):
                for result in _decoded(each):
                    found.setdefault(result.started_at, StoredResult(0, result))
            hour -= _BACK_HOURS
    return [found[at] for at in sorted(found, reverse=True)[:limit]]


def _has_all_since(found: Collection[float], limit: int, until_at: float) -> bool:
    """Whether nothing before `until_at` can be among the last `limit`."""
    return sum(at >= until_at for at in found) >= limit


def buckets(
    connection: sqlite3.Connection,
    check_id: str,
    series: str | None,
    *,
    from_at: float,
    until_at: float,
    points: int,
    interval_s: float,
    zone: ZoneInfo,
) -> Slice:
    """Return a series over a range, in at most `points` buckets where days are not too many for that.

    Buckets are never joined (percentiles cannot be): they are those of the finest level that is coarse enough for
    `points` and for a check that runs every `interval_s`, and that still reaches back as far as a coarser one does.
    Ranges up to RAW_LONGEST_S are counted from single results; so is what is not rolled up yet. Buckets that the range
    cuts are returned whole. `series` None: round trips if there are any, else how long answers took.
    """
    wanted = {RTT, ANSWER} if series is None else {series}
    best: _Found | None = None
    for source, width_s in _sources(until_at - from_at, points, interval_s):
        edges = _edges(source, width_s, from_at, until_at, zone)
        read = _rolled if source == RAW else _of_level
        found = _Found(
            source, width_s, edges, read(connection, check_id, source, edges, wanted, interval_s, zone)
        )
        if best is None or found.ends_before(best):
            best = found
        elif found.begins_at is not None:
            break
        if best.begins_at == best.edges[0]:
            break
    if best is None:
        raise AssertionError("days are always there")
    return best.slice(check_id, series)


@dataclass(frozen=True, slots=True)
class _Found:
    source: str
    width_s: float
    edges: tuple[float, ...]
    series: Series

    @property
    def begins_at(self) -> float | None:
        return min((each[0].at for each in self.series.values() if each), default=None)

    def ends_before(self, other: "_Found") -> bool:
        """Whether it has a bucket that is over before the other has anything: older results are gone there."""
        ours, theirs = self.begins_at, other.begins_at
        return ours is not None and (theirs is None or ours + self.width_s <= theirs)

    def slice(self, check_id: str, series: str | None) -> Slice:
        name = series or (RTT if self.series.get(RTT) else ANSWER)
        by_time = {bucket.at: bucket for bucket in self.series.get(name, ())}
        return Slice(
            check_id, name, self.source, self.width_s, self.edges, tuple(map(by_time.get, self.edges[:-1]))
        )


def _sources(range_s: float, points: int, interval_s: float) -> Iterator[tuple[str, float]]:
    """Yield what may be read, the finest first; days are always among it."""
    if range_s <= RAW_LONGEST_S:
        # Twice the interval: a run that starts a little late must not leave a hole.
        fitting = (width for width in _RAW_WIDTHS_S if width >= 2 * interval_s and range_s <= points * width)
        width_s = next(fitting, None)
        if width_s is not None:
            yield RAW, width_s
    for level, width_s in _WIDTHS_S.items():
        if level is Level.DAY or (range_s <= points * width_s and interval_s <= width_s):
            yield level, width_s


def _edges(source: str, width_s: float, from_at: float, until_at: float, zone: ZoneInfo) -> tuple[float, ...]:
    """Return where the buckets begin that have a part in the range, and where the last one ends."""
    if source != Level.DAY:
        first = from_at // width_s
        count = max(1, -int(-(until_at - first * width_s) // width_s))
        return tuple((first + place) * width_s for place in range(count + 1))
    day = rollup_rows.local_day(from_at, zone)
    edges = [rollup_rows.midnight(day, zone)]
    while edges[-1] < until_at or len(edges) == 1:
        day += dt.timedelta(days=1)
        edges.append(rollup_rows.midnight(day, zone))
    return tuple(edges)


def _rolled(
    connection: sqlite3.Connection,
    check_id: str,
    _source: str,
    edges: tuple[float, ...],
    wanted: Collection[str],
    interval_s: float,
    _zone: ZoneInfo,
) -> Series:
    """Count buckets from single results; those a little earlier lend their time to the first bucket."""
    earlier_s = FRESH_INTERVALS * interval_s
    results = results_between(
        connection, check_id, from_at=edges[0] - earlier_s, until_at=edges[-1], with_following=False
    )
    rolled = roll(results, edges, interval_s=interval_s)
    return {name: found for name, found in rolled.items() if name in wanted}


def _of_level(
    connection: sqlite3.Connection,
    check_id: str,
    source: str,
    edges: tuple[float, ...],
    wanted: Collection[str],
    interval_s: float,
    zone: ZoneInfo,
) -> Series:
    """Read a level, and count anew what it does not know yet."""
    level = Level(source)
    from_at, until_at = edges[0], edges[-1]
    # Before the pages: what is rolled up meanwhile is then counted here once more, and not missed.
    stale = list(_stale(connection, check_id, level, edges, zone))
    read = rollup_rows.read(
        connection, level, check_id, from_at=from_at, until_at=until_at, zone=zone, names=wanted
    )
    found = {name: {bucket.at: bucket for bucket in of} for name, of in read.items()}
    for start, end in stale:
        within = tuple(edge for edge in edges if start <= edge <= end)
        for name, fresh in _rolled(connection, check_id, RAW, within, wanted, interval_s, zone).items():
            known = found.setdefault(name, {})
            for bucket in fresh:
                # As in the pages themselves: what accounts for more was made while more could be read.
                if bucket.at not in known or known[bucket.at].sent <= bucket.sent:
                    known[bucket.at] = bucket
    return {name: tuple(known[at] for at in sorted(known)) for name, known in found.items() if known}


def _stale(
    connection: sqlite3.Connection, check_id: str, level: Level, edges: tuple[float, ...], zone: ZoneInfo
) -> Iterator[tuple[float, float]]:
    """Yield the spans of whole hours or days that have results which the level does not count yet."""
    ref = check_ref_of(connection, check_id)
    if ref is None:
        return
    from_at, until_at = edges[0], edges[-1]
    hours = [
        hour * _HOUR_S
        for (hour,) in connection.execute(
            "select distinct started_ms / 3600000 from result where check_ref = ? and started_ms >= ? "
            "and started_ms < ? order by 1",
            (ref, round(from_at * 1_000), round(until_at * 1_000)),
        ).fetchall()
    ]
    if level is not Level.DAY:
        # The range may begin within an hour: its pages are whole, the hour is not.
        yield from ((max(hour, from_at), min(hour + _HOUR_S, until_at)) for hour in hours)
        return
    days = {rollup_rows.local_day(hour, zone).toordinal() for hour in hours}
    days |= {day for (day,) in connection.execute("select day from day_due where check_ref = ?", (ref,))}
    for start, end in pairwise(edges):
        if rollup_rows.local_day(start, zone).toordinal() in days:
            yield start, end


def _merged(
    hot: Iterable[StoredResult],
    chunks: Iterable[Chunk],
    *,
    from_at: float,
    until_at: float,
    with_following: bool,
) -> list[CheckResult]:
    last_seqs: dict[int, int] = {}
    found: list[CheckResult] = []
    moved: set[float] = set()
    for each in chunks:
        last_seqs[each.hour] = each.last_seq
        for result in _decoded(each, with_following=with_following):
            if from_at <= result.started_at < until_at:
                found.append(result)
                moved.add(result.started_at)
    for stored in hot:
        at = stored.result.started_at
        is_moved = at in moved and stored.seq <= last_seqs.get(hour_of(at), 0)
        if not is_moved:
            found.append(stored.result)
    return sorted(found, key=_started_at)


def _started_at(result: CheckResult) -> float:
    return result.started_at


def _decoded(each: Chunk, *, with_following: bool = True) -> list[CheckResult]:
    try:
        return chunk.decode(each.check_id, each.body, with_following=with_following)
    except DamagedError as error:
        logger.warning("chunk_damaged id=%d error=%s", each.id, error)
        return []
