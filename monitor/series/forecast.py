"""What results.db takes, what it will take when every retention is full, and when the disk would be full before that.

Pure but for `measure`, which samples a few hours and pages: reading every row of a large file would take minutes.
"""

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series.model import HOUR_MS, Level, Retention

RAW: Final = "raw"
"""Name of the level of single results (chunks)."""
SAMPLED_HOURS: Final = 6
"""Whole hours of chunks that are weighed."""

_KEY: Final = 2**24
"""Ids of chunks and pages are (hour or ordinal) * this + check."""
_ROW_BYTES: Final = 24
"""What SQLite stores with a body: the id, its sizes, the seq."""
_PAGE_BYTES: Final = 4_096
_PAGE_HOLDS: Final = 4_084
"""What a page of SQLite has for rows; longer ones go on in pages of their own (https://www.sqlite.org/fileformat.html)."""
_TABLES: Final[Mapping[Level, str]] = {
    Level.FIVE_MINUTES: "rollup_5m",
    Level.HOUR: "rollup_1h",
    Level.DAY: "rollup_1d",
}


@dataclass(frozen=True, slots=True)
class LevelUse:
    """What one level holds now: how many days of it, and how many bytes one more day takes."""

    days: float = 0.0
    day_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Use:
    """What results.db takes now. `levels`: RAW and the values of Level; `unused_bytes`: pages free for reuse."""

    levels: Mapping[str, LevelUse]
    file_bytes: int
    unused_bytes: int


@dataclass(frozen=True, slots=True)
class LevelForecast:
    """One level: what it takes now (an estimate) and once it is kept for `keep_days`."""

    name: str
    days: float
    keep_days: int
    taken_bytes: int
    day_bytes: int
    full_bytes: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where results.db is heading, if checks and answers stay what they are. Sizes are estimates but `file_bytes`.

    `other_bytes`: rows not in chunks yet, indexes, names; it does not grow. `day_bytes`: growth a day now, levels that
    are full left out. `full_bytes`: when all levels are. `disk_full_in_days` None: the disk is large enough.
    """

    levels: tuple[LevelForecast, ...]
    other_bytes: int
    file_bytes: int
    unused_bytes: int
    day_bytes: int
    full_bytes: int
    disk_free_bytes: int
    disk_full_in_days: float | None


def forecast(use: Use, retention: Retention, *, disk_free_bytes: int, reserve_bytes: int = 0) -> Forecast:
    """Tell where it goes. `reserve_bytes` of the disk are not for results.db: it is full when only they are left."""
    keep_days = {
        RAW: retention.raw_days,
        Level.FIVE_MINUTES: retention.five_minutes_days,
        Level.HOUR: retention.hours_days,
        Level.DAY: retention.days_days,
    }
    levels = tuple(
        LevelForecast(
            name=str(name),
            days=of.days,
            keep_days=keep,
            taken_bytes=round(of.days * of.day_bytes),
            day_bytes=round(of.day_bytes),
            full_bytes=round(max(keep, of.days) * of.day_bytes),
        )
        for name, keep in keep_days.items()
        for of in (use.levels.get(name, LevelUse()),)
    )
    other = max(0, use.file_bytes - use.unused_bytes - sum(level.taken_bytes for level in levels))
    return Forecast(
        levels=levels,
        other_bytes=other,
        file_bytes=use.file_bytes,
        unused_bytes=use.unused_bytes,
        day_bytes=sum(level.day_bytes for level in levels if level.days < level.keep_days),
        full_bytes=other + sum(level.full_bytes for level in levels),
        disk_free_bytes=disk_free_bytes,
        disk_full_in_days=_full_in_days(levels, max(0, disk_free_bytes - reserve_bytes) + use.unused_bytes),
    )


def _full_in_days(levels: tuple[LevelForecast, ...], room_bytes: int) -> float | None:
    """Follow the growth from one level's full retention to the next."""
    growing = sorted(
        (level.keep_days - level.days, level.day_bytes) for level in levels if level.days < level.keep_days
    )
    passed_days, room = 0.0, float(room_bytes)
    rate = sum(day_bytes for _, day_bytes in growing)
    for until_days, day_bytes in growing:
        grown = rate * (until_days - passed_days)
        if grown > room:
            return passed_days + room / rate
        room -= grown
        passed_days, rate = until_days, rate - day_bytes
    return None


def measure(connection: sqlite3.Connection, *, zone: ZoneInfo, now: float) -> Use:
    """Return what results.db takes. A function for `Database.read`, or for any connection to the file."""
    (pages,), (unused,), (size,) = (
        connection.execute(f"pragma {name}").fetchone()
        for name in ("page_count", "freelist_count", "page_size")
    )
    today = dt.datetime.fromtimestamp(now, zone).date().toordinal()
    first_hour, last_hour = _ends(connection, "chunk")
    first_day, _ = _ends(connection, "rollup_5m")
    if first_hour is not None:
        began = dt.datetime.fromtimestamp(first_hour * HOUR_MS / 1_000, zone).date().toordinal()
        first_day = began if first_day is None else min(first_day, began)
    levels = {RAW: _chunks(connection, first_hour, last_hour)}
    for level in Level:
        levels[level] = _pages(connection, level, first_day=first_day or today, today=today)
    return Use(levels, file_bytes=pages * size, unused_bytes=unused * size)


def _ends(connection: sqlite3.Connection, table: str) -> tuple[int | None, int | None]:
    """Return the first and the last hour or page."""
    # One end each: of min and max together SQLite would read the whole table.
    first, last = (
        connection.execute(f"select {end}(id) from {table}").fetchone()[0]  # noqa: S608 (constants only)
        for end in ("min", "max")
    )
    return (None, None) if first is None else (first // _KEY, last // _KEY)


def _chunks(connection: sqlite3.Connection, first: int | None, last: int | None) -> LevelUse:
    """Weigh the last whole hours: the very last one is still being written."""
    if first is None or last is None:
        return LevelUse()
    until = max(first + 1, last)
    since = max(first, until - SAMPLED_HOURS)
    return LevelUse(
        days=(last + 1 - first) / 24,
        day_bytes=_bytes(connection, "chunk", since, until) * 24 / (until - since),
    )


def _pages(connection: sqlite3.Connection, level: Level, *, first_day: int, today: int) -> LevelUse:
    """Weigh the last whole page, or the only one there is."""
    table = _TABLES[level]
    first, last = _ends(connection, table)
    if first is None or last is None:
        return LevelUse()
    (before,) = connection.execute(
        f"select max(id) from {table} where id < ?",  # noqa: S608 (a constant)
        (last * _KEY,),
    ).fetchone()
    page = last if before is None else before // _KEY
    end = min(_next_page(level, page), today + 1)
    days = max(1, end - max(page, first_day))
    return LevelUse(
        days=float(max(1, today + 1 - max(first, first_day))),
        day_bytes=_bytes(connection, table, page, page + 1) / days,
    )


def _bytes(connection: sqlite3.Connection, table: str, since: int, until: int) -> float:
    (rows, bodies) = connection.execute(
        # length() of a blob does not read the pages that hold it.
        f"select count(*), total(length(body)) from {table} where id >= ? and id < ?",  # noqa: S608 (a constant)
        (since * _KEY, until * _KEY),
    ).fetchone()
    return rows * _taken(bodies / rows + _ROW_BYTES) if rows else 0.0


def _taken(row_bytes: float) -> float:
    """Return what a row of this size takes of the file: half a row on average does not fit at a page's end."""
    whole, rest = divmod(row_bytes, _PAGE_HOLDS)
    fitting = max(1.0, _PAGE_HOLDS / rest - 0.5) if rest else 1.0
    return _PAGE_BYTES * (whole + 1 / fitting)


def _next_page(level: Level, page: int) -> int:
    """Return the ordinal after the page's last day."""
    day = dt.date.fromordinal(page)
    match level:
        case Level.FIVE_MINUTES:
            return page + 1
        case Level.HOUR:
            return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1).toordinal()
        case Level.DAY:
            return day.replace(year=day.year + 1, month=1, day=1).toordinal()
