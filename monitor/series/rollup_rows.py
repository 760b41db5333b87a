"""The rows of rollups: pages of buckets of one check. Functions for `Database.read` and `write`.

A page holds the buckets that begin on a local day (5 minutes), in a month (hours), in a year (days); its number is the
ordinal of its first day.
"""

import datetime as dt
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series import rollup_codec
from monitor.series.chunk_rows import REF_BITS, check_ref_of
from monitor.series.model import Bucket, Level, Series
from monitor.storage.errors import DamagedError

logger = logging.getLogger(__name__)

_TABLES: Final = {Level.FIVE_MINUTES: "rollup_5m", Level.HOUR: "rollup_1h", Level.DAY: "rollup_1d"}
DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Page:
    """A row of a level's table."""

    level: Level
    id: int
    body: bytes
    replaces_damaged: bool


def page_with(level: Level, day: dt.date) -> int:
    """Return the number of the page a local day belongs to."""
    return _first_day(level, day).toordinal()


def page_of(level: Level, at: float, zone: ZoneInfo) -> int:
    """Return the number of the page of a bucket that begins at `at`."""
    return page_with(level, local_day(at, zone))


def local_day(at: float, zone: ZoneInfo) -> dt.date:
    """Return the day of a time in that zone."""
    return dt.datetime.fromtimestamp(at, zone).date()


def midnight(day: dt.date, zone: ZoneInfo) -> float:
    """Return when a local day begins."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def read(
    connection: sqlite3.Connection,
    level: Level,
    check_id: str,
    *,
    from_at: float,
    until_at: float,
    zone: ZoneInfo,
    names: Collection[str] | None = None,
) -> Series:
    """Return the check's buckets that begin in [from_at, until_at); of all its series, or of those named.

    A page that cannot be read counts as empty and is logged: the next bucket of it that is written replaces it.
    """
    ref = check_ref_of(connection, check_id)
    found: dict[str, list[Bucket]] = {}
    if ref is None or until_at <= from_at:
        return {}
    for page in _pages(level, from_at, until_at, zone):
        read_page = _read_page(connection, level, _page_id(page, ref), names, from_at, until_at)
        for name, inside in read_page.items():
            if inside:
                found.setdefault(name, []).extend(inside)
    return {name: tuple(buckets) for name, buckets in found.items()}


def merged_pages(
    connection: sqlite3.Connection, level: Level, check_ref: int, series: Series, *, zone: ZoneInfo
) -> list[Page]:
    """Return the pages of a check in which these buckets stand in the place of those that begin when they do.

    Results only ever come in addition: a bucket that is there and accounts for more than its successor was made while
    more could be read (a chunk was damaged or dropped since), and stays. A page that cannot be read is begun anew; its
    other buckets are gone, the chunks they came from are not.
    """
    by_page: dict[int, dict[str, list[Bucket]]] = {}
    for name, buckets in series.items():
        for bucket in buckets:
            by_page.setdefault(page_of(level, bucket.at, zone), {}).setdefault(name, []).append(bucket)
    pages = []
    for page, of_page in by_page.items():
        new = {name: tuple(own) for name, own in of_page.items()}
        identity = _page_id(page, check_ref)
        old = _body(connection, level, identity)
        try:
            body = rollup_codec.encode(new) if old is None else rollup_codec.extended(old, new)
            is_sound = True
        except DamagedError as error:
            logger.warning("rollup_page_damaged level=%s id=%d error=%s", level.value, identity, error)
            body, is_sound = rollup_codec.encode(new), False
        pages.append(Page(level, identity, body, replaces_damaged=not is_sound))
    return pages


def write_pages(connection: sqlite3.Connection, pages: Iterable[Page]) -> None:
    """Write pages in the place of those that are there."""
    for page in pages:
        connection.execute(
            f"insert into {_TABLES[page.level]} (id, body) values (?, ?) "  # noqa: S608 (of a table of ours)
            "on conflict (id) do update set body = excluded.body",
            (page.id, page.body),
        )


def delete_before(connection: sqlite3.Connection, level: Level, day: dt.date, limit: int) -> int:
    """Drop at most `limit` pages that end before the local day; return how many were dropped."""
    table = _TABLES[level]
    return connection.execute(
        f"delete from {table} where id in (select id from {table} where id < ? order by id limit ?)",  # noqa: S608 (of a table of ours)
        (_page_id(page_with(level, day), 0), limit),
    ).rowcount


def count(connection: sqlite3.Connection, level: Level) -> tuple[int, int]:
    """Return the number of pages and of their bytes; reads the whole table: for `db stats`, not for a page."""
    pages, size = connection.execute(
        f"select count(*), coalesce(sum(length(body)), 0) from {_TABLES[level]}"  # noqa: S608 (of a table of ours)
    ).fetchone()
    return int(pages), int(size)


def _body(connection: sqlite3.Connection, level: Level, identity: int) -> bytes | None:
    row = connection.execute(
        f"select body from {_TABLES[level]} where id = ?",  # noqa: S608 (of a table of ours)
        (identity,),
    ).fetchone()
    return None if row is None else bytes(row[0])


def _read_page(
    connection: sqlite3.Connection,
    level: Level,
    identity: int,
    names: Collection[str] | None,
    from_at: float,
    until_at: float,
) -> Series:
    body = _body(connection, level, identity)
    if body is None:
        return {}
    try:
        return rollup_codec.decode(body, names, from_at=from_at, until_at=until_at)
    except DamagedError as error:
        logger.warning("rollup_page_damaged level=%s id=%d error=%s", level.value, identity, error)
        return {}


def _pages(level: Level, from_at: float, until_at: float, zone: ZoneInfo) -> Iterator[int]:
    day = _first_day(level, local_day(from_at, zone))
    last = local_day(until_at, zone)
    while day < last or (day == last and midnight(day, zone) < until_at):
        yield day.toordinal()
        day = _next_first_day(level, day)


def _first_day(level: Level, day: dt.date) -> dt.date:
    if level is Level.FIVE_MINUTES:
        return day
    return day.replace(day=1) if level is Level.HOUR else day.replace(month=1, day=1)


def _next_first_day(level: Level, day: dt.date) -> dt.date:
    if level is Level.FIVE_MINUTES:
        return day + dt.timedelta(days=1)
    if level is Level.HOUR and day.month < DECEMBER:
        return day.replace(month=day.month + 1)
    return day.replace(year=day.year + 1, month=1)


def _page_id(page: int, check_ref: int) -> int:
    return (page << REF_BITS) | check_ref
