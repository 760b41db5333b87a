"""R11: InfluxDB is away, overloaded, loses its answers, refuses a line: nothing is lost, only late, and nothing twice."""

import math
from collections import Counter
from pathlib import Path

from aiohttp import web

from monitor.influx.forwarder import Forwarder, Pace
from monitor.influx.server_v2 import ServerV2
from monitor.series.log import ResultLog
from tests.chaos import promise
from tests.clock import FakeClock
from tests.monitor.influx.refused_lines import refused_lines
from tests.monitor.influx.test_forwarder import answer, fill, refuse_lines_with, tags_of, times
from tests.monitor.storage.samples import T0
from tests.servers.line_sink import LineSink, accept, line_sink

HOUR_S = 3_600.0
EVERY_S = 10.0
BATCH = 64


async def test_r11_an_outage_delays_and_loses_nothing(tmp_path: Path) -> None:
    clock, sink, number = FakeClock(now=T0), LineSink(), 0
    async with (
        ResultLog.open(tmp_path / "results.db", now=T0) as log,
        line_sink(sink),
        ServerV2.open(sink.url, org="tslcd", bucket="qn", token=None) as server,
    ):
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=clock, pace=Pace(BATCH))

        async def live(seconds: float) -> None:
            """Measure every ten seconds and forward as it likes."""
            nonlocal number
            ends_at = clock.now() + seconds
            next_at = clock.now()
            while clock.now() < ends_at:
                if clock.now() >= next_at:
                    await fill(log, range(number, number + 1))
                    number, next_at = number + 1, next_at + EVERY_S
                await clock.advance(min(await forwarder.step(), max(0.1, next_at - clock.now())))

        await live(60.0)
        sink.judge = answer(503, "overloaded")
        await live(HOUR_S)
        shown_rows, shown = forwarder.lag_rows, forwarder.last_error
        assert shown_rows >= HOUR_S / EVERY_S - 1
        assert "503" in shown

        # It took everything, and the answer was lost: sent again, it is the same point.
        lost = 3

        def take_and_be_cut(lines: list[str]) -> web.Response:
            nonlocal lost
            sink.stored.extend(lines)
            if lost:
                lost -= 1
                raise ConnectionResetError
            sink.judge = accept
            return web.Response(status=200, text="")

        sink.judge = take_and_be_cut
        await live(120.0)
        sink.judge = accept
        await live(600.0)
        assert (forwarder.lag_rows, forwarder.last_error) == (0, "")

        # One line of a full batch is refused for ever.
        poison = number + 17
        await fill(log, range(number, number + BATCH))
        number += BATCH
        requests = len(sink.requests)
        sink.judge = refuse_lines_with(f" {round(T0) + poison}000000000")
        await live(30.0)
        asked = len(sink.requests) - requests
        refused = await refused_lines(log)
        assert len(refused) == 1
        assert asked <= 2 * math.ceil(math.log2(BATCH)) + 1 + 30.0 / EVERY_S
        sink.judge = accept
        await live(60.0)
        assert forwarder.lag_rows <= 1

    arrived = Counter(times(sink.stored))
    expected = set(range(number)) - {poison}
    assert expected - set(arrived) <= {number - 1}, "lost"
    assert len(set(sink.stored)) == len(arrived), "sent again, but as another point"
    promise.told(
        11,
        "an outage of InfluxDB delays and loses nothing; what is sent again is the same point; a refused line is kept aside",
        f"1 h of 503 ({shown_rows} rows late, shown), 3 answers lost, 1 refused line of {BATCH} found in {asked} requests: "
        f"{len(expected)} results due, lost 0, kept aside {len(refused)}",
    )
