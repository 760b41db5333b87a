"""The forecast against the file itself (dbstat), and against simulating day by day."""

import os
import random
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series.forecast import RAW, Forecast, LevelUse, Use, forecast, measure
from monitor.series.model import Level, Retention
from monitor.storage.opening import Synchronous, open_writer
from tests.effort import examples

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 7, tzinfo=ZONE).timestamp()
KEPT = Retention(raw_days=35, five_minutes_days=397, hours_days=1_827, days_days=1_827)
CHECKS = 40
DAYS = 12
"""The monitor was set up so long ago: in the middle of a month, and of a year."""
TABLES = {RAW: "chunk", Level.FIVE_MINUTES: "rollup_5m", Level.HOUR: "rollup_1h", Level.DAY: "rollup_1d"}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened, _ = open_writer(
        tmp_path / "results.db", schema="results", synchronous=Synchronous.NORMAL, now=NOW
    )
    yield opened
    opened.close()


def fill(connection: sqlite3.Connection) -> None:
    """Write DAYS of chunks and pages of about their real sizes, chunks in the order of time."""
    randomness = random.Random(1)  # noqa: S311 (sizes, no secrets)
    today = datetime.fromtimestamp(NOW, ZONE).date()
    hour = int(NOW // 3_600)
    for back in range(DAYS * 24, 0, -1):
        connection.executemany(
            "insert into chunk values (?, 0, 60, ?)",
            [
                ((hour - back) * 2**24 + check, os.urandom(randomness.randint(500, 900)))
                for check in range(CHECKS)
            ],
        )
    days = [today - timedelta(back) for back in range(DAYS)]
    pages = {
        "rollup_5m": (days, 2_600),
        "rollup_1h": ([date(2026, 11, 1)], DAYS * 400),
        "rollup_1d": ([date(2026, 1, 1)], DAYS * 20),
    }
    for table, (firsts, size) in pages.items():
        connection.executemany(
            f"insert into {table} values (?, ?)",  # noqa: S608 (names of ours)
            [
                (first.toordinal() * 2**24 + check, os.urandom(size))
                for first in firsts
                for check in range(CHECKS)
            ],
        )


def test_what_levels_take_is_near_what_the_file_says(connection: sqlite3.Connection) -> None:
    fill(connection)
    truth = dict(connection.execute("select name, pgsize from dbstat where aggregate = true"))

    use = measure(connection, zone=ZONE, now=NOW)
    told = forecast(use, KEPT, disk_free_bytes=10**12)

    assert use.file_bytes == sum(truth.values()) + use.unused_bytes
    for level in told.levels:
        assert level.days == pytest.approx(DAYS, abs=1), level
    # What is small has a page of its own all the same.
    raw, five, hours, _ = told.levels
    assert raw.taken_bytes == pytest.approx(truth["chunk"], rel=0.03)
    assert five.taken_bytes == pytest.approx(truth["rollup_5m"], rel=0.1)
    assert hours.taken_bytes == pytest.approx(truth["rollup_1h"], rel=0.3)
    assert raw.full_bytes == pytest.approx(truth["chunk"] / DAYS * 35, rel=0.03)
    assert told.full_bytes > told.file_bytes
    assert told.disk_full_in_days is None


def test_an_empty_log_takes_nothing(connection: sqlite3.Connection) -> None:
    told = forecast(measure(connection, zone=ZONE, now=NOW), KEPT, disk_free_bytes=0)

    assert (told.day_bytes, told.disk_full_in_days) == (0, None)
    assert told.full_bytes == told.other_bytes == told.file_bytes


def test_the_first_hour_and_the_first_day_count_too(connection: sqlite3.Connection) -> None:
    connection.execute("insert into chunk values (?, 0, 60, ?)", (int(NOW // 3_600) * 2**24, bytes(900)))
    connection.execute(
        "insert into rollup_1d values (?, ?)", (date(2026, 1, 1).toordinal() * 2**24, bytes(50))
    )

    use = measure(connection, zone=ZONE, now=NOW)

    assert use.levels[RAW].day_bytes == pytest.approx(24 * 1_040, rel=0.02)
    assert use.levels[Level.DAY].days == 1


USES = st.builds(LevelUse, days=st.integers(0, 50).map(float), day_bytes=st.integers(0, 1_000).map(float))
KEEPS = st.integers(1, 60)


@settings(max_examples=examples(100))
@given(
    uses=st.tuples(USES, USES, USES, USES),
    kept=st.builds(Retention, KEEPS, KEEPS, KEEPS, KEEPS),
    disk=st.integers(0, 100_000),
    reserve=st.integers(0, 1_000),
)
def test_the_day_the_disk_is_full_is_that_of_a_day_by_day_count(
    uses: tuple[LevelUse, ...], kept: Retention, disk: int, reserve: int
) -> None:
    use = Use(dict(zip(TABLES, uses, strict=True)), file_bytes=200_000, unused_bytes=0)

    told = forecast(use, kept, disk_free_bytes=disk, reserve_bytes=reserve)

    found = told.disk_full_in_days
    room = max(0, disk - reserve)
    if found is None:
        assert grown(told, 100) <= room
    else:
        assert grown(told, int(found)) <= room
        assert grown(told, int(found) + 1) >= room


def grown(told: Forecast, days: int) -> int:
    """Count the bytes that `days` days add, one day after the other."""
    held = {level.name: level.days for level in told.levels}
    total = 0
    for _ in range(days):
        for level in told.levels:
            if held[level.name] < level.keep_days:
                held[level.name] += 1
                total += level.day_bytes
    return total
