"""The wall clock steps: the order in the log stays that of measuring, and nothing is lost or doubled, over a restart too."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series import chunk_rows
from monitor.series.log import ResultLog
from monitor.series.stamps import BELIEVED_BACK_MS, Stamps
from tests.effort import examples
from tests.monitor.storage.samples import CHECK, T0, result

HOUR_S = 3_600.0
DAY_S = 86_400.0
CHECKS = ("a/icmp", "b/http")
TO_1970 = -T0
TO_2038 = 2**31 - T0

steps = st.sampled_from(
    [0.0, 0.0, 0.0, -HOUR_S, HOUR_S, -1.0, 1.0, -0.0005, 0.0005, 10 * DAY_S, -10 * DAY_S, TO_1970, TO_2038]
)
measured = st.lists(
    st.tuples(steps, st.sampled_from(CHECKS), st.sampled_from([0.0, 0.0004, 1.0, 60.0])), max_size=30
)


@settings(max_examples=examples(150), deadline=None)
@given(measured, st.integers(0, 30))
def test_stamps_grow_and_leave_the_wall_for_a_day_at_most(
    runs: list[tuple[float, str, float]], restart_at: int
) -> None:
    stamps, wall_s = Stamps({}, None), T0
    last: dict[str, int] = {}
    for number, (step_s, check_id, passes_s) in enumerate(runs):
        wall_s += passes_s + step_s
        if number == restart_at:
            stamps = Stamps(last, None)
        stamp = stamps.stamp(check_id, wall_s)

        wall_ms = round(wall_s * 1_000)
        assert wall_ms <= stamp <= wall_ms + BELIEVED_BACK_MS + 1
        if check_id in last:
            went_back_far = last[check_id] - wall_ms > BELIEVED_BACK_MS
            assert stamp == wall_ms if went_back_far else stamp > last[check_id]
        last[check_id] = stamp


@settings(max_examples=examples(8), deadline=None)
@given(runs=measured, restarts=st.sets(st.integers(0, 30), max_size=2))
async def test_whatever_the_clock_does_every_result_is_there_once_in_the_order_of_measuring(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[float, str, float]], restarts: set[int]
) -> None:
    path = tmp_path_factory.mktemp("log") / "results.db"
    wall_s, number = T0, 0
    parts = sorted({0, *restarts, len(runs)})
    for begin, end in pairwise(parts):
        async with ResultLog.open(path, now=wall_s) as log:
            for step_s, check_id, passes_s in runs[begin:end]:
                wall_s += passes_s + step_s
                log.append(replace(result(number, check_id=check_id), started_at=wall_s))
                number += 1

    async with ResultLog.open(path, now=wall_s) as log:
        stored = await log.read_after(0, 1_000)
    order = [entry.result.reading.metrics["rtt_p50_s"] for entry in stored]
    assert order == [result(n).reading.metrics["rtt_p50_s"] for n in range(len(runs[: parts[-1]]))]
    for check_id in CHECKS:
        times = [entry.result.started_at for entry in stored if entry.result.check_id == check_id]
        pairs = pairwise(times)
        assert all(later > earlier or earlier - later > DAY_S - 1 for earlier, later in pairs)


async def test_a_clock_set_back_while_nobody_watched_does_not_get_behind_what_is_in_chunks(
    tmp_path: Path,
) -> None:
    hour = chunk_rows.hour_of(T0)
    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        await log.database.write(
            lambda connection: chunk_rows.upsert(
                connection,
                chunk_rows.Chunk(chunk_rows.chunk_id(hour, 7), "", last_seq=9, results=9, body=b""),
            )
        )

    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        log.append(replace(result(), started_at=T0 - HOUR_S))
        log.append(replace(result(), started_at=T0 - 2 * DAY_S, check_id="b/http"))
        await log.flush()
        first, second = await log.read_after(0, 2)

    assert first.result.started_at == (hour + 1) * HOUR_S
    assert second.result.started_at == T0 - 2 * DAY_S


async def test_no_seq_is_given_twice_when_all_results_are_in_chunks(tmp_path: Path) -> None:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        log.append(result(1))
        log.append(result(2))
        await log.flush()
        await log.database.write(lambda connection: connection.execute("delete from result").rowcount)

    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        log.append(result(3))
        await log.flush()
        assert [entry.seq for entry in await log.read_after(0, 10)] == [3]
        assert len(await log.last_results(CHECK, 10)) == 1
