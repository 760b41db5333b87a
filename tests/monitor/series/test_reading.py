"""What is read equals a plain list, wherever its parts lie: in rows, in chunks, split between both, in pages."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows
from monitor.series.model import ANSWER, RTT
from monitor.series.reading import RAW, buckets, last_results, results_between
from monitor.series.rolling import spread_of
from monitor.storage.opening import open_reader
from tests.effort import examples
from tests.monitor.series.filling import CHECK, HOUR_S, ZONE, answer, burst, fill, opened

BEGIN = datetime(2026, 11, 19, 21, tzinfo=ZONE).timestamp()
"""Three hours before midnight."""
HOURS = 6


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(path)
    yield connection
    connection.close()


def cleared(connection: sqlite3.Connection) -> sqlite3.Connection:
    if connection.in_transaction:
        connection.rollback()
    for table in ("result", "chunk", "rollup_5m", "rollup_1h", "rollup_1d", "day_due", "name"):
        connection.execute(f"delete from {table}")  # noqa: S608 (names of ours)
    return connection


def steady(count: int, interval_s: float = 60.0, begin: float = BEGIN) -> list[CheckResult]:
    """Bursts of two, whose round trips tell which one it is; every seventh loses one packet, every 31st all."""
    return [
        burst(
            begin + 7 + place * interval_s,
            (None, None) if place % 31 == 30 else (0.01 + place / 1e5, None if place % 7 == 6 else 0.02),
            detail=str(place),
        )
        for place in range(count)
    ]


def marks(results: Sequence[CheckResult]) -> list[str]:
    return [result.reading.detail for result in results]


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_results_come_in_order_and_once_however_rows_and_chunks_share_them(
    connection: sqlite3.Connection, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, 40))
    spacing_s = HOURS * HOUR_S / count
    results = steady(count, spacing_s)
    hot = data.draw(st.sets(st.integers(0, count - 1)))
    fill(cleared(connection), results, lambda result: int(result.reading.detail) in hot)
    from_at = BEGIN + data.draw(st.floats(-HOUR_S, (HOURS + 1) * HOUR_S))
    until_at = from_at + data.draw(st.floats(0, HOURS * HOUR_S))
    limit = data.draw(st.integers(1, count + 1))

    found = results_between(connection, CHECK, from_at=from_at, until_at=until_at)

    assert marks(found) == marks(
        [
            each
            for each in results
            if round(from_at * 1e3) <= round(each.started_at * 1e3) < round(until_at * 1e3)
        ]
    )
    last = last_results(connection, CHECK, limit)
    assert marks([stored.result for stored in last]) == marks(results[::-1][:limit])


def test_what_moves_into_a_chunk_while_it_is_read_comes_once(
    connection: sqlite3.Connection, path: Path
) -> None:
    results = steady(30)
    fill(connection, results, lambda result: int(result.reading.detail) >= 10)
    hot = connection.execute("select * from result").fetchall()
    fill(cleared(connection), results, lambda _: False)
    # As if the rows had been read before the compactor and the chunk after it.
    connection.executemany(f"insert into result values ({','.join('?' * len(hot[0]))})", hot)  # noqa: S608 (question marks)
    reader = open_reader(path)

    found = results_between(reader, CHECK, from_at=BEGIN, until_at=BEGIN + HOUR_S)

    reader.close()
    assert marks(found) == marks(results)


def test_a_chunk_that_cannot_be_read_is_a_hole(connection: sqlite3.Connection) -> None:
    results = steady(120)
    fill(connection, results, lambda _: False)
    hour = chunk_rows.hour_of(BEGIN)
    connection.execute("update chunk set body = x'00ff' where id >> 24 = ?", (hour,))

    found = results_between(connection, CHECK, from_at=BEGIN, until_at=BEGIN + 2 * HOUR_S)

    assert marks(found) == marks(results[60:])


def test_a_check_that_nobody_knows_has_nothing(connection: sqlite3.Connection) -> None:
    found = buckets(
        connection,
        "x/icmp",
        None,
        from_at=BEGIN,
        until_at=BEGIN + 86_400,
        points=300,
        interval_s=60,
        zone=ZONE,
    )

    assert last_results(connection, "x/icmp", 5) == []
    assert set(found.buckets) == {None}
    assert len(found.buckets) == 288


@settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hot_hours=st.sets(st.integers(0, HOURS - 1)),
    split_hours=st.sets(st.integers(0, HOURS - 1)),
    silent=st.sets(st.integers(0, HOURS * 12 - 1), max_size=30),
    rolled=st.sets(st.sampled_from([0, 1])),
    from_s=st.integers(-7_200, HOURS * 3_600),
    length_s=st.integers(1, 200_000),
    points=st.integers(2, 2_100),
)
def test_buckets_equal_counting_the_plain_list_whatever_is_rolled_up_already(
    connection: sqlite3.Connection,
    hot_hours: set[int],
    split_hours: set[int],
    silent: set[int],
    rolled: set[int],
    from_s: int,
    length_s: int,
    points: int,
) -> None:
    results = [each for each in steady(HOURS * 60) if int((each.started_at - BEGIN) // 300) not in silent]
    if not results:
        return

    def is_hot(result: CheckResult) -> bool:
        hour = int((result.started_at - BEGIN) // HOUR_S)
        return hour in hot_hours or (hour in split_hours and int(result.reading.detail) % 2 == 0)

    first_day = datetime.fromtimestamp(BEGIN, ZONE).date().toordinal()
    fill(cleared(connection), results, is_hot, rolled_days={first_day + each for each in rolled})
    from_at = BEGIN + from_s

    found = buckets(
        connection,
        CHECK,
        RTT,
        from_at=from_at,
        until_at=from_at + length_s,
        points=points,
        interval_s=60.0,
        zone=ZONE,
    )

    assert found.edges[0] <= from_at < found.edges[1]
    assert found.edges[-2] < from_at + length_s <= found.edges[-1]
    for (start, end), bucket in zip(pairwise(found.edges), found.buckets, strict=True):
        inside = [each for each in results if start <= each.started_at < end]
        if not inside:
            assert bucket is None
            continue
        assert bucket is not None
        rtts = [rtt for each in inside for rtt in each.reading.rtts_s]
        answered = [rtt for rtt in rtts if rtt is not None]
        assert (bucket.at, bucket.sent, bucket.lost) == (start, len(rtts), len(rtts) - len(answered))
        assert (bucket.spread is None) == (not answered)
        if bucket.spread is not None:
            exact = spread_of(answered)
            for name in ("least", "mean", "most", "p10", "p25", "p50", "p75", "p90"):
                assert getattr(bucket.spread, name) == pytest.approx(getattr(exact, name), rel=0.02), name


@pytest.mark.parametrize(
    ("days", "points", "interval_s", "source", "count"),
    [
        (3 / 24, 2_100, 60, RAW, 90),
        (3 / 24, 2_100, 10, RAW, 540),
        (3 / 24, 2_100, 300, "5m", 36),
        (3 / 24, 50, 10, "5m", 36),
        (1, 2_100, 60, "5m", 288),
        (1, 2_100, 3_600, "1h", 24),
        (7, 2_100, 60, "5m", 2_016),
        (30, 2_100, 60, "1h", 720),
        (365, 2_100, 60, "1d", 365),
        (365, 10, 60, "1d", 365),
    ],
)
def test_standard_ranges_are_whole_buckets_of_one_level(
    connection: sqlite3.Connection, days: float, points: int, interval_s: float, source: str, count: int
) -> None:
    until_at = datetime(2026, 11, 20, tzinfo=ZONE).timestamp()

    found = buckets(
        connection,
        CHECK,
        None,
        from_at=until_at - days * 86_400,
        until_at=until_at,
        points=points,
        interval_s=interval_s,
        zone=ZONE,
    )

    assert (found.source, len(found.buckets)) == (source, count)


def test_where_results_are_gone_the_next_level_is_read(connection: sqlite3.Connection) -> None:
    fill(connection, steady(HOURS * 60), lambda _: False)

    def source(hours: float) -> str:
        found = buckets(
            connection,
            CHECK,
            None,
            from_at=BEGIN,
            until_at=BEGIN + hours * HOUR_S,
            points=2_100,
            interval_s=60,
            zone=ZONE,
        )
        assert any(found.buckets)
        return found.source

    assert (source(3), source(12)) == (RAW, "5m")
    connection.execute("delete from chunk where id >> 24 = ?", (chunk_rows.hour_of(BEGIN),))
    assert source(3) == "5m"
    connection.execute("delete from rollup_5m")
    assert (source(3), source(12)) == ("1h", "1h")


def test_what_answers_without_bursts_is_shown_by_how_long_it_took(connection: sqlite3.Connection) -> None:
    fill(connection, [answer(BEGIN + place * 60, 0.2 if place % 5 else None) for place in range(60)], bool)

    found = buckets(
        connection, CHECK, None, from_at=BEGIN, until_at=BEGIN + HOUR_S, points=100, interval_s=60, zone=ZONE
    )

    assert found.series == ANSWER
    assert sum(bucket.lost for bucket in found.buckets if bucket) == 12
