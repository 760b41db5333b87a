"""Points read back from a real VictoriaMetrics and, from the same lines, a real InfluxDB 1.x."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
from influxdb_client.client.write.point import Point

from alerts.model.checks import CheckResult
from monitor.influx.forwarder import Forwarder, Pace
from monitor.influx.line_server import Answer, Reply
from monitor.influx.lines import Line, encode
from monitor.influx.points import line_of
from monitor.influx.server_v2 import ServerV2
from monitor.influx.tags import CheckTags
from monitor.series.log import ResultLog
from probes.reading import FailureReason, Reading, failed
from tests.clock import FakeClock
from tests.monitor.storage.samples import CHECK, T0, result
from tests.servers.influxd import Influxd
from tests.servers.victoriametrics import VictoriaMetrics

TAGS = CheckTags(kind="icmp", target="21484.cpe", unit="21484", layer="tslcd")


def tags_of(_: str) -> CheckTags:
    return TAGS


def some_results(vantage: str) -> list[CheckResult]:
    good = [result(number) for number in range(50)]
    extreme = Reading(ok=True, metrics={"rtt_p50_s": 1.7e-12, "loss_ratio": 1 / 3})
    bad = failed(FailureReason.TIMEOUT, "0/5", loss_ratio=1.0)
    odd = [dataclasses.replace(result(60), reading=extreme), dataclasses.replace(result(61), reading=bad)]
    return [dataclasses.replace(entry, vantage=vantage) for entry in good + odd]


async def forward(results: list[CheckResult], folder: Path, url: str) -> None:
    async with (
        ResultLog.open(folder / "results.db", now=T0) as log,
        ServerV2.open(url, org="tslcd", bucket="tslcd", token=None) as server,
    ):
        for entry in results:
            log.append(entry)
        await log.flush()
        forwarder = Forwarder(log, server, tags_of=tags_of, clock=FakeClock(), pace=Pace(20))
        while not forwarder.last_success_at or forwarder.lag_rows:
            await forwarder.step()
            assert forwarder.last_error == ""


async def test_victoriametrics_gives_back_every_value_and_time(
    tmp_path: Path, victoriametrics: VictoriaMetrics
) -> None:
    results = some_results("vm-values")

    await forward(results, tmp_path, victoriametrics.url)

    for metric in ("rtt_p50_s", "loss_ratio"):
        (series,) = victoriametrics.export(f'icmp_{metric}{{vantage="vm-values"}}')
        expected = {
            round(entry.started_at * 1_000): entry.reading.metrics[metric]
            for entry in results
            if metric in entry.reading.metrics
        }
        found = series.points
        assert found.keys() == expected.keys()
        # It keeps 15 significant digits at most.
        assert all(math.isclose(found[at], value, rel_tol=1e-12) for at, value in expected.items())
        assert series.labels.items() >= {
            "check": CHECK, "target": "21484.cpe", "unit": "21484", "layer": "tslcd"
        }.items()  # fmt: skip
    (ok,) = victoriametrics.export('icmp_ok{vantage="vm-values"}')
    assert ok.values == [int(entry.reading.ok) for entry in results]


async def test_sending_again_to_victoriametrics_changes_nothing(
    tmp_path: Path, victoriametrics: VictoriaMetrics
) -> None:
    results = some_results("vm-twice")
    for life in ("first", "second"):
        (tmp_path / life).mkdir()
        await forward(results, tmp_path / life, victoriametrics.url)

    (ok,) = victoriametrics.export('icmp_ok{vantage="vm-twice"}')

    assert ok.points == {round(entry.started_at * 1_000): int(entry.reading.ok) for entry in results}


def test_influxd_gives_back_every_value_and_time_of_the_same_lines(influxd: Influxd) -> None:
    influxd.create_database("values")
    results = some_results("main")
    lines = "\n".join(encode(line_of(entry, TAGS)) for entry in results)

    assert influxd.write("values", lines) == 204
    assert influxd.write("values", lines) == 204

    (series,) = influxd.series("values", "select * from icmp")
    expected = [line_of(entry, TAGS) for entry in results]
    for row, line in zip(series["rows"], expected, strict=True):
        assert row["time"] == line.time_ns
        assert {name: value for name, value in row.items() if value is not None and name != "time"} == {
            **{key: text for key, text in line.tags.items() if text},
            **line.fields,
        }


def test_influxd_reads_hostile_names_as_one_point(influxd: Influxd) -> None:
    influxd.create_database("hostile")
    hostile = 'a,b=c d"e\\'
    line = encode(
        Line("#m,1 =2", {"t g,=": hostile, "empty": ""}, {"f=,ld ": 1.5, "text": 'q"\\', "nan": math.nan}, 7)
    )

    assert influxd.write("hostile", line) == 204

    (series,) = influxd.series("hostile", 'select * from "_#m,1 =2"')
    assert series["rows"] == [{"time": 7, "t g,=": 'a,b=c d"e/', "f=,ld ": 1.5, "text": 'q"\\'}]


@pytest.mark.parametrize("tag", ["a\\,b", "a\\ b", "a\\\\"])
async def test_victoriametrics_loses_the_librarys_line_with_such_a_tag_but_keeps_ours(
    victoriametrics: VictoriaMetrics, tag: str
) -> None:
    """The day this fails, the library can do the encoding."""
    name = tag.encode().hex()
    point: Any = Point(f"library_{name}")  # type: ignore[no-untyped-call]
    theirs = point.tag("t", tag).tag("z", "end").field("f", 1.0).time(round(T0) * 10**9).to_line_protocol()
    ours = encode(Line(f"ours_{name}", {"t": tag, "z": "end"}, {"f": 1.0}, round(T0) * 10**9))

    async with ServerV2.open(victoriametrics.url, org="o", bucket="b", token=None) as server:
        for line in (theirs, ours):
            assert await server.write([line]) == Reply(Answer.ACCEPTED)

    assert victoriametrics.export(f"library_{name}_f") == []
    (kept,) = victoriametrics.export(f"ours_{name}_f")
    assert kept.labels["t"] == tag.replace("\\", "/")
