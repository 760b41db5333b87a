import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from monitor.influx.forwarder import (
    BACKOFF_MOST_S,
    BREATH_S,
    DENIED_S,
    IDLE_S,
    Forwarder,
    Pace,
    retry_after_s,
)
from monitor.influx.server_v2 import ServerV2
from monitor.influx.streams import CURSOR
from monitor.influx.tags import CheckTags
from monitor.series.log import ResultLog
from tests.clock import FakeClock
from tests.monitor.influx.refused_lines import refused_lines
from tests.monitor.storage.samples import T0, result
from tests.servers.line_sink import Judge, LineSink, accept, line_sink
from tests.servers.running import free_port

TAGS = CheckTags(kind="icmp", target="21484.cpe", unit="21484", layer="tslcd")


def tags_of(_: str) -> CheckTags:
    return TAGS


def answer(status: int, text: str = "", **headers: str) -> Judge:
    named = {name.replace("_", "-"): content for name, content in headers.items()}
    return lambda _lines: web.Response(status=status, text=text, headers=named)


def refuse_lines_with(poison: str) -> Judge:
    def judge(lines: list[str]) -> web.Response:
        if any(poison in line for line in lines):
            return web.json_response({"code": "invalid", "message": f"unable to parse {poison}"}, status=400)
        return web.Response(status=204)

    return judge


@pytest.fixture
async def sink() -> AsyncIterator[LineSink]:
    async with line_sink(LineSink()) as serving:
        yield serving


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[ResultLog]:
    async with ResultLog.open(tmp_path / "results.db", now=T0) as opened:
        yield opened


@pytest.fixture
async def forwarder(log: ResultLog, sink: LineSink) -> AsyncIterator[Forwarder]:
    async with ServerV2.open(sink.url, org="tslcd", bucket="qn", token="s3cret-token") as server:
        yield Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace(8))


async def fill(log: ResultLog, numbers: range) -> None:
    for number in numbers:
        log.append(result(number))
    await log.flush()


def times(lines: list[str]) -> list[int]:
    return [int(line.rsplit(" ", 1)[1]) // 10**9 - round(T0) for line in lines]


async def test_results_arrive_in_order_compressed_and_with_the_token(
    log: ResultLog, sink: LineSink, forwarder: Forwarder
) -> None:
    await fill(log, range(3))

    assert await forwarder.step() == IDLE_S

    assert times(sink.stored) == [0, 1, 2]
    assert sink.headers[0]["Content-Encoding"] == "gzip"
    assert sink.headers[0]["Authorization"] == "Token s3cret-token"
    assert "bucket=qn" in sink.headers[0]["query"]
    assert "precision=ns" in sink.headers[0]["query"]
    assert (forwarder.lag_rows, forwarder.last_error) == (0, "")
    assert forwarder.last_success_at == T0
    assert (await log.cursor(CURSOR)).seq == 3


async def test_with_nothing_new_nothing_is_sent(sink: LineSink, forwarder: Forwarder) -> None:
    assert await forwarder.step() == IDLE_S

    assert sink.requests == []


async def test_what_is_fresh_goes_batch_by_batch(
    log: ResultLog, sink: LineSink, forwarder: Forwarder
) -> None:
    await fill(log, range(20))

    waits = [await forwarder.step() for _ in range(3)]

    assert [len(request) for request in sink.requests] == [8, 8, 4]
    assert waits == [BREATH_S, BREATH_S, IDLE_S]


async def test_an_overloaded_server_is_asked_again_ever_more_slowly_and_nothing_is_lost(
    log: ResultLog, sink: LineSink, forwarder: Forwarder
) -> None:
    await fill(log, range(5))
    sink.judge = answer(503, "overloaded")

    waits = [await forwarder.step() for _ in range(9)]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == BACKOFF_MOST_S
    assert forwarder.last_error == "HTTP 503 Service Unavailable: overloaded"
    assert (forwarder.lag_rows, (await log.cursor(CURSOR)).seq) == (5, 0)

    sink.judge = accept
    assert await forwarder.step() == IDLE_S
    assert times(sink.stored) == [0, 1, 2, 3, 4]
    assert forwarder.last_error == ""


async def test_the_servers_own_retry_after_is_honoured(
    log: ResultLog, sink: LineSink, forwarder: Forwarder
) -> None:
    await fill(log, range(1))
    sink.judge = answer(429, Retry_After="17")

    assert await forwarder.step() == 17.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("Mon, 02 Feb 2026 02:40:30 GMT", 30.0),
        ("Mon, 02 Feb 2026 02:39:30 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1 Jan 99999999999999999999 00:00:00", None),
        ("Mon, 1 Jan 2020 00:00:00 +99999999999999", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, now=T0) == seconds


@pytest.mark.parametrize("status", [401, 403, 404, 302, 200])
async def test_a_wrong_token_bucket_or_address_waits_for_a_person_and_says_so(
    log: ResultLog, sink: LineSink, forwarder: Forwarder, status: int
) -> None:
    await fill(log, range(2))
    sink.judge = answer(status, "no such thing", Location="http://127.0.0.1:9/")

    assert await forwarder.step() == DENIED_S

    assert str(status) in forwarder.last_error or status == 200
    assert forwarder.last_error
    assert forwarder.lag_rows == 2
    assert await refused_lines(log) == []


@pytest.mark.parametrize("status", [400, 422, 413])
async def test_one_poisoned_line_is_isolated_by_halving_and_kept(
    log: ResultLog, sink: LineSink, forwarder: Forwarder, status: int
) -> None:
    def judge(lines: list[str]) -> web.Response:
        poisoned = any("duration_s=666.0" in line for line in lines)
        return web.Response(
            status=status if poisoned else 204, text="field type conflict" if poisoned else ""
        )

    for number in range(8):
        poisoned = dataclasses.replace(result(number), duration_s=666.0 if number == 5 else 1.0)
        log.append(poisoned)
    await log.flush()
    sink.judge = judge

    assert await forwarder.step() == BREATH_S

    assert times(sink.stored) == [0, 1, 2, 3, 4, 6, 7]
    assert len(sink.requests) == 7  # 8, then 2 for each of the log2(8) halvings
    (letter,) = await refused_lines(log)
    assert (letter.cursor, letter.seq) == (CURSOR, 6)
    assert "duration_s=666.0" in letter.line
    assert "field type conflict" in letter.error
    assert (forwarder.refused, forwarder.lag_rows, forwarder.last_error) == (1, 0, "")


async def test_an_outage_in_the_middle_of_halving_keeps_what_was_done(
    log: ResultLog, sink: LineSink, forwarder: Forwarder
) -> None:
    await fill(log, range(8))
    statuses = iter([400, 204, 503])
    sink.judge = lambda _lines: web.Response(status=next(statuses))
    assert await forwarder.step() == 1.0
    assert (await log.cursor(CURSOR)).seq == 4

    sink.judge = accept
    await forwarder.step()
    assert times(sink.stored) == list(range(8))


async def test_a_server_that_refuses_every_line_is_denied_and_no_line_is_given_up(
    log: ResultLog, sink: LineSink
) -> None:
    await fill(log, range(200))
    sink.judge = answer(400, "database is required")
    async with ServerV2.open(sink.url, org="tslcd", bucket="qn", token=None) as server:
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace(200))

        assert await forwarder.step() == DENIED_S

        assert "từ chối mọi dòng" in forwarder.last_error
        assert (forwarder.lag_rows, await refused_lines(log)) == (200, [])
        sink.judge = accept
        await forwarder.step()
    assert times(sink.stored) == list(range(200))


async def test_a_server_that_is_not_there_is_waited_for(log: ResultLog) -> None:
    await fill(log, range(3))
    port = free_port()
    async with ServerV2.open(f"http://127.0.0.1:{port}", org="o", bucket="b", token=None) as server:
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace())
        assert [await forwarder.step() for _ in range(2)] == [1.0, 2.0]
        assert forwarder.last_error == "từ chối kết nối"

        async with line_sink(LineSink(), port) as late:
            await forwarder.step()
            assert times(late.stored) == [0, 1, 2]
    assert forwarder.lag_rows == 0


async def test_a_reply_that_is_lost_means_sending_again_not_losing(log: ResultLog, sink: LineSink) -> None:
    await fill(log, range(3))
    taken: list[str] = []

    def judge(lines: list[str]) -> web.Response:
        taken.extend(lines)
        raise ConnectionResetError

    sink.judge = judge
    async with ServerV2.open(sink.url, org="o", bucket="b", token=None) as server:
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace())
        assert await forwarder.step() == 1.0
        sink.judge = accept
        await forwarder.step()

    assert taken == sink.stored


async def test_a_restart_goes_on_at_the_cursor(tmp_path: Path, sink: LineSink) -> None:
    async def life(numbers: range) -> None:
        async with (
            ResultLog.open(tmp_path / "results.db", now=T0) as log,
            ServerV2.open(sink.url, org="o", bucket="b", token=None) as server,
        ):
            await fill(log, numbers)
            await Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace()).step()

    await life(range(3))
    await life(range(3, 5))

    assert times(sink.stored) == [0, 1, 2, 3, 4]


async def test_the_run_follows_the_clock_through_an_outage(log: ResultLog, sink: LineSink) -> None:
    clock = FakeClock()
    async with ServerV2.open(sink.url, org="o", bucket="b", token=None) as server:
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=clock, pace=Pace())
        await fill(log, range(4))
        sink.judge = answer(503)
        task = asyncio.create_task(forwarder.run())
        async with asyncio.timeout(10.0):
            while len(sink.requests) < 5:
                await clock.advance(1.0)
                await asyncio.sleep(0.002)
            sink.judge = accept
            while len(sink.stored) < 4:
                await clock.advance(1.0)
                await asyncio.sleep(0.002)
        task.cancel()

    assert times(sink.stored) == [0, 1, 2, 3]


async def test_the_log_tells_when_trouble_starts_and_ends_but_not_every_time(
    log: ResultLog, sink: LineSink, forwarder: Forwarder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "monitor.influx.forwarder")
    await fill(log, range(1))
    sink.judge = answer(503, "overloaded")
    for _ in range(4):
        await forwarder.step()
    sink.judge = accept
    await forwarder.step()

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "s3cret-token" not in caplog.text


async def test_a_bug_on_the_way_to_the_server_is_told_and_ends_nothing(
    log: ResultLog, sink: LineSink, caplog: pytest.LogCaptureFixture
) -> None:
    bugs = [TypeError("a bug")]

    def tripping(check_id: str) -> CheckTags:
        if bugs:
            raise bugs.pop()
        return tags_of(check_id)

    await fill(log, range(3))
    async with ServerV2.open(sink.url, org="o", bucket="b", token=None) as server:
        forwarder = Forwarder(log, server, tags_of=tripping, clock=FakeClock(), pace=Pace())
        assert await forwarder.step() == BACKOFF_MOST_S
        assert "TypeError" in forwarder.last_error
        assert await forwarder.step() == IDLE_S
        assert not forwarder.last_error
    assert "influx bug" in caplog.text
    assert times(sink.stored) == [0, 1, 2]
