"""The API of series, from the stores of a running daemon."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from monitor.series.log import ResultLog
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from probes.kinds import KINDS
from tests.monitor.series.filling import ZONE, burst
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

NOW = datetime(2026, 11, 22, 3, tzinfo=ZONE).timestamp()
PROVINCE = samples.province(communes=4)
CHECK, FIRST = next(iter(PROVINCE.checks.items()))
INVENTORY = replace(
    PROVINCE, checks={**PROVINCE.checks, CHECK: replace(FIRST, options=KINDS[FIRST.kind].options())}
)


class Api:
    def __init__(self, session: aiohttp.ClientSession, base: str, daemon: HeldDaemon) -> None:
        self._session, self._base = session, base
        self.daemon = daemon

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self._session.get(f"{self._base}/api/v1/series/{path}", params=query) as response:
            return response.status, await response.json(content_type=None)


async def served(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = make_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A check that is asked for three hours, of which the second is a hole."""
    async with (
        ResultLog.open(tmp_path / "results.db", now=NOW, reserve_bytes=0) as log,
        StateStore.open(tmp_path / "state.db", now=NOW) as state,
    ):
        at = NOW - 3 * 3_600 + 1
        while at < NOW:
            if not NOW - 7_200 <= at < NOW - 3_600:
                log.append(burst(at, (0.012, 0.012, None, 0.013), check_id=CHECK))
            at += FIRST.interval_s
        await log.flush()
        snapshot = replace(samples.snapshot_of(INVENTORY), now=NOW)
        daemon = HeldDaemon(snapshot, results=log, stored=state)
        runner, base = await served(make_app(daemon, SocketDoor()))
        async with aiohttp.ClientSession() as session:
            yield Api(session, base, daemon)
        await runner.cleanup()


async def test_a_graph_has_columns_and_holes(api: Api) -> None:
    status, body = await api.get(CHECK, range="3h", points="100")

    assert status == 200
    assert (body["schema"], body["check"], body["metric"], body["source"]) == (
        "series/1",
        CHECK,
        "rtt_s",
        "raw",
    )
    assert body["asOf"] == "2026-11-22T03:00:00+07:00"
    assert len(body["t"]) == len(body["med"]) <= 100
    known = {at: sent for at, sent in zip(body["t"], body["sent"], strict=True) if sent}
    assert not [at for at in known if NOW - 7_200 <= at < NOW - 3_600]
    assert body["loss"][0] * 4 == body["sent"][0]
    assert body["lossClass"][0] == "below_100"
    assert "Trễ giữa 12 ms" in body["summary"]


async def test_a_day_is_the_default(api: Api) -> None:
    status, body = await api.get(CHECK)

    assert (status, body["source"], len(body["t"])) == (200, "5m", 288)


@pytest.mark.parametrize(
    ("path", "query", "status", "detail", "hint"),
    [
        (f"{CHECK[:-1]}", {}, 404, "không có phép đo", CHECK),
        (CHECK, {"range": "2h"}, 400, "range: không có '2h'", "3h, 24h, 7d, 30d, 1y"),
        (CHECK, {"points": "1e3"}, 400, "points: không hiểu '1e3'", "số từ 2 đến 2100"),
        (CHECK, {"from": "mai"}, 400, "from: không hiểu 'mai'", "2026-11-22 07:00"),
        (CHECK, {"metric": "http_status"}, 400, "không có chỉ số 'http_status'", "rtt_s"),
    ],
)
async def test_what_is_wrong_is_named_with_the_remedy(
    api: Api, path: str, query: dict[str, str], status: int, detail: str, hint: str
) -> None:
    told, body = await api.get(path, **query)

    assert told == body["status"] == status
    assert detail in body["detail"]
    assert hint in body["hint"]


async def test_a_store_that_does_not_answer_is_503(api: Api) -> None:
    class Closed:
        async def read(self, _query: object) -> object:
            raise StorageError(StorageFault.IO, "x", "y")

    class Log:
        database = Closed()

    api.daemon.results = Log()

    status, body = await api.get(CHECK)

    assert (status, body["detail"], body["hint"]) == (503, "x", "y")


async def test_a_target_shows_its_primary_check(api: Api) -> None:
    target_id = FIRST.target_id

    status, body = await api.get(f"../targets/{target_id}/series", range="3h")

    assert (status, body["check"]) == (200, CHECK)
    assert (await api.get("../targets/khong.co/series"))[0] == 404
