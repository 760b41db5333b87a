import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series.gaps import Dropped, insert_gaps
from monitor.series.log import FLUSH_S, ResultLog
from monitor.series.model import Gap
from monitor.series.result_rows import CursorState, DeadLetter, select_dead_letters
from probes.reading import Reading
from tests.clock import FakeClock
from tests.monitor.storage.samples import CHECK, T0, result


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[ResultLog]:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as opened:
        yield opened


async def append(log: ResultLog, numbers: range) -> None:
    for number in numbers:
        log.append(result(number))
    await log.flush()
    assert log.fault is None


async def test_results_come_back_as_they_were_in_the_order_they_came(log: ResultLog) -> None:
    given_results = [
        result(1),
        result(2, ok=False),
        result(3, check_id="b/http"),
        replace(result(4), vantage="sat1"),
    ]
    for entry in given_results:
        log.append(entry)
    await log.flush()

    stored = await log.read_after(0, 10)

    assert [entry.result for entry in stored] == given_results
    assert [entry.seq for entry in stored] == [1, 2, 3, 4]


async def test_reading_goes_on_behind_a_seq_and_stops_at_the_limit(log: ResultLog) -> None:
    await append(log, range(10))

    assert [entry.seq for entry in await log.read_after(3, 4)] == [4, 5, 6, 7]
    assert await log.read_after(10, 4) == []


async def test_the_last_results_of_a_check_come_newest_first(log: ResultLog) -> None:
    await append(log, range(5))
    log.append(result(9, check_id="other/icmp"))
    await log.flush()

    assert [entry.result for entry in await log.last_results(CHECK, 2)] == [result(4), result(3)]
    assert await log.last_results("absent/icmp", 2) == []


async def test_what_is_queued_is_written_at_the_end_and_seqs_go_on_after_a_restart(tmp_path: Path) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        log.append(result(1))

    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        assert (log.last_seq, log.queued) == (1, 0)
        await append(log, range(2, 3))
        assert [entry.seq for entry in await log.read_after(0, 10)] == [1, 2]


async def test_single_round_trips_come_back_and_lost_ones_stay_lost(log: ResultLog) -> None:
    reading = Reading(ok=True, rtts_s=(0.012345678, None, 0.5))
    log.append(replace(result(), reading=reading))
    await log.flush()

    (stored,) = await log.read_after(0, 1)

    assert stored.result.reading.rtts_s == (0.012345678, None, 0.5)


async def test_what_was_not_measured_stays_missing(log: ResultLog) -> None:
    reading = Reading(ok=True, metrics={"loss_ratio": 0.0, "rtt_p50_s": math.nan, "jitter_s": math.inf})
    log.append(replace(result(), reading=reading))
    await log.flush()

    (stored,) = await log.read_after(0, 1)

    assert stored.result.reading.metrics == {"loss_ratio": 0.0}


@settings(max_examples=3, deadline=None)
@given(
    st.lists(
        st.builds(
            Reading,
            ok=st.just(True),
            metrics=st.dictionaries(
                st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False), max_size=4
            ),
            detail=st.text(st.characters(exclude_categories=["Cs"])),
            rtts_s=st.lists(st.none() | st.floats(0, 60), max_size=4).map(tuple),
        ),
        min_size=20,
    ),
    st.lists(st.integers(0, 10**14), unique=True, min_size=20),
)
async def test_any_reading_survives_storage(
    tmp_path_factory: pytest.TempPathFactory, readings: list[Reading], times_ms: list[int]
) -> None:
    given_results = [
        replace(result(), started_at=started_ms / 1_000, reading=reading)
        for reading, started_ms in zip(readings, sorted(times_ms), strict=False)
    ]
    async with ResultLog.open(tmp_path_factory.mktemp("log") / "results.db", now=T0) as log:
        for each in given_results:
            log.append(each)
        await log.flush()

        assert [entry.result for entry in await log.read_after(0, 1_000)] == given_results


async def test_the_run_writes_every_half_second(log: ResultLog) -> None:
    clock = FakeClock()
    task = asyncio.create_task(log.run(clock))
    await clock.settle()
    log.append(result())
    assert log.lag_s(T0 + 0.25) == 0.25

    await clock.advance(FLUSH_S)
    async with asyncio.timeout(5.0):
        while log.queued:
            await asyncio.sleep(0.01)
    task.cancel()

    assert len(await log.read_after(0, 10)) == 1
    assert log.lag_s(T0 + 9) == 0.0


async def test_cancelling_a_flush_neither_loses_nor_doubles_a_result(log: ResultLog) -> None:
    for number in range(20):
        log.append(result(number))
        flush = asyncio.create_task(log.flush())
        for _ in range(number % 4):
            await asyncio.sleep(0)
        flush.cancel()
        await asyncio.gather(flush, return_exceptions=True)
    await log.flush()

    assert [entry.result for entry in await log.read_after(0, 100)] == [
        result(number) for number in range(20)
    ]


async def test_a_full_queue_drops_the_oldest_and_counts_them(tmp_path: Path) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0, queue_rows=3) as log:
        for number in range(5):
            log.append(result(number))
        assert (log.queued, log.dropped) == (3, 2)
        await log.flush()

        assert [entry.result for entry in await log.read_after(0, 10)] == [result(2), result(3), result(4)]


async def test_a_cursor_moves_forward_only_and_survives_a_restart(tmp_path: Path) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        assert await log.cursor("influx") == CursorState(0, 0)
        await log.move_cursor("influx", 7)
        await log.move_cursor("influx", 5)

    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        assert await log.cursor("influx") == CursorState(7, 0)
        assert await log.cursor("uplink") == CursorState(0, 0)


async def test_refused_lines_are_kept_once(log: ResultLog) -> None:
    letter = DeadLetter("influx", 3, "icmp ok=1i 1", "HTTP 400: type conflict")

    await log.move_cursor("influx", 3, [letter])
    await log.move_cursor("influx", 3, [letter])

    assert await log.database.read(partial(select_dead_letters, limit=10)) == [letter]
    assert (await log.stats()).rows.dead_letters == 1


async def test_results_that_were_dropped_are_on_record_as_one_gap_when_the_disk_takes_it(
    tmp_path: Path,
) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0, queue_rows=3) as log:
        for number in range(5):
            log.append(result(number))
        await log.flush()
        assert await log.gaps(T0, T0 + 100) == [Gap(T0, T0 + 1, 2, "overload")]

    async with ResultLog.open(tmp_path / "results.db", now=T0, queue_rows=3) as log:
        assert await log.gaps(T0, T0 + 100) == [Gap(T0, T0 + 1, 2, "overload")]
        assert await log.gaps(T0 + 2, T0 + 100) == await log.gaps(T0 - 9, T0) == []


async def test_the_reason_of_a_gap_is_that_of_its_time(tmp_path: Path) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0, queue_rows=2, reserve_bytes=2**62) as log:
        for number in range(3):
            log.append(result(number))
        await log.flush()
        for number in range(3, 6):
            log.append(result(number))
        assert (log.queued, log.dropped) == (2, 4)
        assert await log.gaps(0, 1e12) == []

        log.reserve_bytes = 0
        await log.flush()

        assert await log.gaps(0, 1e12) == [Gap(T0, T0, 1, "overload"), Gap(T0 + 1, T0 + 3, 3, "full")]
        await log.flush()
        assert len(await log.gaps(0, 1e12)) == 2


async def test_a_gap_whose_record_was_in_doubt_grows_with_what_was_dropped_meanwhile(log: ResultLog) -> None:
    first, more = (Dropped(1, last, Gap(T0, T0 + last, last, "full")) for last in (3, 5))

    for dropped in (first, more, more):
        await log.database.write(partial(insert_gaps, dropped=(dropped,)))

    assert await log.gaps(0, 1e12) == [more.gap]
