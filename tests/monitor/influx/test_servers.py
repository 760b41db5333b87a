"""What each kind of server's answer means, by both ways of writing; then InfluxDB 1.x itself."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from monitor.influx.forwarder import Forwarder, Pace
from monitor.influx.line_server import Answer, LineServer, Reply
from monitor.influx.server_v1 import ServerV1
from monitor.influx.server_v2 import ServerV2
from monitor.influx.tags import CheckTags
from monitor.series.log import ResultLog
from tests.clock import FakeClock
from tests.monitor.influx.refused_lines import refused_lines
from tests.monitor.storage.samples import T0, result
from tests.servers.influxd import Influxd
from tests.servers.line_sink import LineSink, line_sink
from tests.servers.running import free_port

SHORT = aiohttp.ClientTimeout(total=0.5)
LINE = "icmp,check=a ok=1i 1770000000000000000"


def opened(api: str, url: str) -> AbstractAsyncContextManager[LineServer]:
    if api == "v1":
        return ServerV1.open(url, bucket="tslcd/year", user="an:mật:khẩu", within=SHORT)
    return ServerV2.open(url, org="o", bucket="tslcd", token="t0ken", within=SHORT)


@pytest.fixture
async def sink() -> AsyncIterator[LineSink]:
    async with line_sink(LineSink()) as serving:
        yield serving


@pytest.fixture(params=["v1", "v2"])
async def server(request: pytest.FixtureRequest, sink: LineSink) -> AsyncIterator[LineServer]:
    async with opened(request.param, sink.url) as server:
        yield server


@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_server_that_is_not_there_is_told_in_words_for_people(api: str) -> None:
    async with opened(api, f"http://127.0.0.1:{free_port()}") as server:
        reply = await server.write([LINE])

    assert (reply.answer, reply.why) == (Answer.UNAVAILABLE, "từ chối kết nối")


@pytest.mark.parametrize(
    ("status", "text", "answer"),
    [
        (204, "", Answer.ACCEPTED),
        (400, "partial write: field type conflict", Answer.REFUSED),
        (413, "", Answer.REFUSED),
        (422, "", Answer.REFUSED),
        (400, "partial write: points beyond retention policy dropped=1", Answer.ACCEPTED),
        (422, "partial write: points beyond retention policy dropped=1", Answer.ACCEPTED),
        (408, "", Answer.UNAVAILABLE),
        (429, "", Answer.UNAVAILABLE),
        (500, "", Answer.UNAVAILABLE),
        (503, "", Answer.UNAVAILABLE),
        (401, "", Answer.DENIED),
        (403, "", Answer.DENIED),
        (404, "", Answer.DENIED),
        (200, "<html>", Answer.DENIED),
        (301, "", Answer.DENIED),
    ],
)
async def test_a_status_means_the_same_by_both_ways(
    server: LineServer, sink: LineSink, status: int, text: str, answer: Answer
) -> None:
    sink.judge = lambda _lines: web.Response(status=status, text=text, headers={"Retry-After": "7"})

    reply = await server.write([LINE])

    assert reply.answer is answer
    assert bool(reply.why) == (answer is not Answer.ACCEPTED)
    assert reply.retry_after == ("7" if answer is Answer.UNAVAILABLE else "")
    assert sink.requests == [[LINE]]


async def test_a_redirect_is_not_followed_and_no_secret_goes_where_it_points(
    server: LineServer, sink: LineSink
) -> None:
    async with line_sink(LineSink()) as elsewhere:
        there = f"{elsewhere.url}/api/v2/write"
        sink.judge = lambda _lines: web.Response(status=307, headers={"Location": there})

        assert (await server.write([LINE])).answer is Answer.DENIED
        assert elsewhere.requests == []


async def test_a_lost_answer_and_a_slow_one_are_no_answer(server: LineServer, sink: LineSink) -> None:
    def cut(_lines: list[str]) -> web.Response:
        raise ConnectionResetError

    sink.judge = cut
    assert (await server.write([LINE])).answer is Answer.UNAVAILABLE


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize("drips", [True, False])
async def test_an_endless_or_dripping_answer_ends(api: str, drips: bool) -> None:  # noqa: FBT001 (parametrised)
    async def talk(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=400)
        if drips:
            await asyncio.sleep(10)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    app = web.Application()
    app.router.add_post("/{path:.*}", talk)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with opened(api, f"http://127.0.0.1:{runner.addresses[0][1]}") as server, asyncio.timeout(5):
            reply = await server.write([LINE])
    finally:
        await runner.cleanup()

    assert reply.answer is (Answer.UNAVAILABLE if drips else Answer.REFUSED)
    assert len(reply.why) <= 300


async def test_influxdb_1_is_told_database_policy_and_password(sink: LineSink) -> None:
    async with opened("v1", sink.url + "/") as server:
        assert await server.write([LINE, LINE]) == Reply(Answer.ACCEPTED)

    headers = sink.headers[0]
    assert headers["query"] == "db=tslcd&precision=ns&rp=year"
    assert headers["Authorization"] == "Basic " + b64encode("an:mật:khẩu".encode()).decode()
    assert headers["Content-Encoding"] == "gzip"
    assert sink.stored == [LINE, LINE]


async def test_results_reach_influxdb_1(tmp_path: Path, influxd: Influxd) -> None:
    influxd.create_database("by_v1")
    async with (
        ResultLog.open(tmp_path / "results.db", now=T0) as log,
        ServerV1.open(influxd.url, bucket="by_v1", user=None) as server,
    ):
        for number in range(5):
            log.append(result(number))
        await log.flush()
        tags = CheckTags(kind="icmp", target="21484.cpe")
        forwarder = Forwarder(log, server, tags_of=lambda _: tags, clock=FakeClock(), pace=Pace(2))
        for _ in range(5):
            await forwarder.step()

        assert (forwarder.last_error, forwarder.lag_rows) == ("", 0)
    (series,) = influxd.series("by_v1", "select rtt_p50_s from icmp")
    assert [row["time"] for row in series["rows"]] == [round(T0 + n) * 10**9 for n in range(5)]


async def test_influxdb_1_isolates_a_conflicting_line_and_keeps_the_others(
    tmp_path: Path, influxd: Influxd
) -> None:
    influxd.create_database("conflict")
    assert influxd.write("conflict", f'icmp rtt_p50_s="text" {round(T0) * 10**9}') == 204
    async with (
        ResultLog.open(tmp_path / "results.db", now=T0) as log,
        ServerV1.open(influxd.url, bucket="conflict", user=None) as server,
    ):
        log.append(result(0))
        log.append(result(1, ok=False))
        await log.flush()
        tags = CheckTags(kind="icmp", target="21484.cpe")
        forwarder = Forwarder(log, server, tags_of=lambda _: tags, clock=FakeClock(), pace=Pace())
        await forwarder.step()
        (letter,) = await refused_lines(log)

    assert "field type conflict" in letter.error
    (series,) = influxd.series("conflict", "select loss_ratio from icmp")
    assert [row["loss_ratio"] for row in series["rows"]] == [1.0]


async def test_what_is_older_than_the_servers_own_retention_is_let_go(influxd: Influxd) -> None:
    influxd.create_database("short")
    influxd.query('create retention policy "hour" on "short" duration 1h replication 1')
    async with ServerV1.open(influxd.url, bucket="short/hour", user=None) as server:
        assert await server.write([LINE]) == Reply(Answer.ACCEPTED)


async def test_a_database_that_is_not_there_is_told_with_the_command_that_makes_it(
    influxd: Influxd,
) -> None:
    async with ServerV1.open(influxd.url, bucket="nowhere", user=None) as server:
        reply = await server.write([LINE])

    assert reply.answer is Answer.DENIED
    assert reply.why.endswith("tạo cơ sở dữ liệu: influx -execute 'CREATE DATABASE \"nowhere\"'")
