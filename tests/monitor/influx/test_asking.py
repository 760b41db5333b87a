from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from monitor.doctor import Grade, examine_influx
from monitor.settings.influx import InfluxSettings
from monitor.settings.settings import Settings
from tests.servers.influxd import Influxd
from tests.servers.line_sink import LineSink, line_sink
from tests.servers.running import free_port
from tests.servers.victoriametrics import VictoriaMetrics


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(province="Quảng Ngãi", inventory=[tmp_path], state_dir=tmp_path, secrets_dir=tmp_path)


async def test_victoriametrics_takes_lines_and_none_is_written(
    settings: Settings, victoriametrics: VictoriaMetrics
) -> None:
    found = await examine_influx(InfluxSettings(url=victoriametrics.url), settings)

    assert found.grade is Grade.GOOD


async def test_influxdb_1_takes_lines_once_its_database_is_there_and_the_api_is_v1(
    settings: Settings, influxd: Influxd
) -> None:
    async def text(**keys: str) -> str:
        influx = InfluxSettings.model_validate({"url": influxd.url, **keys})
        return (await examine_influx(influx, settings)).text

    missing = await text(api="v1", bucket="asked")
    influxd.create_database("asked")

    assert 'CREATE DATABASE "asked"' in missing
    assert await text(api="v1", bucket="asked") == f"{influxd.url} nhận số liệu"
    assert "retention policy not found" in await text(api="v1", bucket="asked/none")
    assert "cần influx.api: v1" in await text(api="v2", bucket="asked")
    assert influxd.series("asked", "show measurements") == []


@pytest.mark.parametrize(
    ("ping", "write", "grade"),
    [
        (204, 204, Grade.GOOD),
        (204, 400, Grade.GOOD),
        (204, 401, Grade.WARNING),
        (204, 404, Grade.WARNING),
        (204, 503, Grade.WARNING),
        (503, 204, Grade.WARNING),
    ],
)
async def test_what_a_server_says_is_passed_on(
    settings: Settings, ping: int, write: int, grade: Grade
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=ping if request.path == "/ping" else write)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        found = await examine_influx(InfluxSettings(url=str(server.make_url("/"))), settings)

    assert found.grade is grade


async def test_influx_away_is_a_warning_because_results_are_kept(settings: Settings) -> None:
    found = await examine_influx(InfluxSettings(url=f"http://127.0.0.1:{free_port()}"), settings)

    assert found.grade is Grade.WARNING
    assert "results.db" in found.remedy


async def test_a_secret_that_is_not_there_is_said_before_anything_is_asked(settings: Settings) -> None:
    async with line_sink(LineSink()) as sink:
        influx = InfluxSettings(url=sink.url, token_secret="absent")
        found = await examine_influx(influx, settings)

        assert found.grade is Grade.WARNING
        assert "absent" in found.text
        assert sink.requests == []
