"""What results.db no longer keeps: whole hours of chunks, whole pages of rollups. Functions for `Database.write`.

The file keeps the pages that become free. What is dropped in an hour is about what the next hour writes, so it fills
them again, and the file stays as large as its retention wants. Giving them back to the disk (incremental auto_vacuum)
would move other pages about for that, each one twice through the write-ahead log, and scatter the hours that lie side
by side now. Only after retention was shortened does it pay: a copy (`db backup`, VACUUM INTO) is as small as can be.

Age is counted from a date that the file itself knows: a wall clock that jumps ahead (2038, a slip of the hand) must not
cost five years of series. It is believed when results of BELIEVED_HOURS hours have come with it; somebody was told by then.
"""

import datetime as dt
import sqlite3
from collections.abc import Collection
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series import chunk_rows, rollup_rows
from monitor.series.chunk_rows import hour_of
from monitor.series.model import Level, Retention
from monitor.settings.storage import RetentionSettings

CHUNKS_AT_ONCE: Final = 400
PAGES_AT_ONCE: Final = 200
BELIEVED_HOURS: Final = 24
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def kept(settings: RetentionSettings) -> Retention:
    """Return what the settings ask for."""
    return Retention(
        raw_days=settings.raw_days,
        five_minutes_days=settings.five_minutes_days,
        hours_days=settings.hours_days,
        days_days=settings.days_days,
    )


def first_hour_kept(retention: Retention, now: float) -> int:
    """Return the oldest hour (Unix hours UTC) of which single results are kept."""
    return hour_of(now - retention.raw_days * _DAY_S)


def drop_some(
    connection: sqlite3.Connection,
    retention: Retention,
    *,
    now: float,
    zone: ZoneInfo,
    readers: Collection[str],
) -> int:
    """Drop a bounded part of what is too old, and the backlog of readers that are none any more.

    Returns how many chunks and pages were dropped; 0: nothing is left to drop.
    """
    chunk_rows.drop_backlog_of_others(connection, readers)
    latest_hours = list(islice(chunk_rows.hours_before(connection, hour_of(now) + 1), BELIEVED_HOURS))
    if len(latest_hours) < BELIEVED_HOURS:
        return 0
    # In a file of every hour that is an hour or two ago; after a stop it becomes so within a day.
    now = min(now, (latest_hours[-1] + BELIEVED_HOURS) * _HOUR_S)
    dropped = chunk_rows.delete_before(connection, first_hour_kept(retention, now), CHUNKS_AT_ONCE)
    if dropped:
        return dropped
    today = rollup_rows.local_day(now, zone)
    for level, days in (
        (Level.FIVE_MINUTES, retention.five_minutes_days),
        (Level.HOUR, retention.hours_days),
        (Level.DAY, retention.days_days),
    ):
        dropped = rollup_rows.delete_before(connection, level, today - dt.timedelta(days=days), PAGES_AT_ONCE)
        if dropped:
            return dropped
    return 0
