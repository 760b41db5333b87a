"""Every query of every dashboard, asked of a real InfluxDB that holds what our own encoder makes of every kind of check."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.model.checks import CheckResult, Status
from monitor.influx.line_server import Answer, Reply
from monitor.influx.lines import encode
from monitor.influx.points import Change, Turn, line_of, line_of_change, line_of_turn
from monitor.influx.server_v1 import ServerV1
from monitor.influx.tags import TAGS, CheckTags
from probes.kinds import KINDS
from probes.reading import FailureReason, Reading, failed
from tests.servers.influxd import Influxd

FOLDER = Path(__file__).parents[3] / "deploy/grafana"
DATABASE = "grafana"
UNTIL = 1_770_000_000
SINCE = UNTIL - 6 * 3_600
STEP_S = 300
LAYERS = {"http": "shared", "tls": "central", "heartbeat": "kiosk", "icmp": "tslcd"}


@dataclass(frozen=True)
class Asked:
    """A query and where it is; `is_list` asks for values of a tag."""

    where: str
    query: str


def dashboards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("dashboards/*.json"))]


def asked(board: dict[str, Any]) -> Iterator[Asked]:
    title = board["title"]
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield Asked(f"{title} / {panel['title']} / {target['refId']}", target["query"])
    for variable in board["templating"]["list"]:
        yield Asked(f"{title} / ${variable['name']}", variable["query"])
    for mark in board["annotations"]["list"]:
        yield Asked(f"{title} / @{mark['name']}", mark["query"])


QUERIES = [each for board in dashboards() for each in asked(board)]
CHOSEN = {
    "area": "kt",
    "unit": "23308",
    "layer": "tslcd",
    "provider": "VNPT (cũ)",
    "check": "23308.icmp/icmp",
}


def filled(query: str, chosen: dict[str, str]) -> str:
    """Put Grafana's own variables, and the chosen values of the others, in their places, as it does."""
    frame = f"time >= {SINCE * 1_000}ms and time <= {UNTIL * 1_000}ms"
    query = query.replace("$timeFilter", frame).replace("$__interval", "10m")
    query = query.replace("${__from}", str(SINCE * 1_000)).replace("${__to}", str(UNTIL * 1_000))

    def value(match: re.Match[str]) -> str:
        if match[1] not in chosen:
            return ".*"
        return re.sub(r"([\\^$*+?.()|\[\]{}/])", r"\\\1", chosen[match[1]])

    query = re.sub(r"\$\{(\w+):regex\}", value, query)
    assert "$" not in query.replace("$/", ""), query
    return query


def tags_of(kind: str, layer: str) -> CheckTags:
    return CheckTags(
        kind=kind,
        target=f"23308.{kind}",
        unit="23308",
        area="kt",
        layer=layer,
        provider="VNPT (cũ)",
        name=f"Thiết bị {kind}",
        unit_name="Xã Đăk Rơ Wa",
    )


def measured(kind: str, at: int) -> CheckResult:
    check_id = f"23308.{kind}/{kind}"
    if at % 3_600 == 0:
        reading = failed(FailureReason.LOCAL, "thiếu quyền")
    else:
        metrics = dict.fromkeys(KINDS[kind].metrics, 0.25 + at % 7 / 100)
        rtts_s = (0.01, 0.02, None, 0.03) if kind == "icmp" else ()
        reading = Reading(ok=True, metrics=metrics, rtts_s=rtts_s)
    return CheckResult(check_id, at, 0.5, reading)


def points() -> Iterator[str]:
    for kind in KINDS:
        tags = tags_of(kind, LAYERS.get(kind, "tslcd"))
        for layer in {tags.layer, "tslcd"}:
            for at in range(SINCE, UNTIL, STEP_S):
                yield encode(line_of(measured(kind, at), tags_of(kind, layer)))
    kinds = list(KINDS)
    for index, kind in enumerate(kinds):
        tags, status = tags_of(kind, "tslcd"), [*Status][index % len(Status)]
        for number, new in enumerate((Status.UP, status)):
            cause = "" if new is Status.UP else "overdue"
            change = Change(f"23308.{kind}/{kind}", SINCE + 60 * number, new, Status.UNKNOWN, cause, 0)
            yield encode(line_of_change(change, tags))
    turn = Turn(1, SINCE + 600.0, "opened", "SC-2026-0001", "23308.icmp/icmp", "timeout", "", "", "", "")
    yield encode(line_of_turn(turn, tags_of("icmp", "tslcd")))


@pytest.fixture(scope="module")
def filled_influxd(influxd: Influxd) -> Influxd:
    influxd.create_database(DATABASE)
    lines = list(points())

    async def write() -> None:
        async with ServerV1.open(influxd.url, bucket=DATABASE, user=None) as server:
            for first in range(0, len(lines), 2_000):
                assert await server.write(lines[first : first + 2_000]) == Reply(Answer.ACCEPTED)

    asyncio.run(write())
    return influxd


@pytest.mark.parametrize("each", QUERIES, ids=lambda each: each.where)
def test_a_query_gives_rows(filled_influxd: Influxd, each: Asked) -> None:
    for chosen in ({}, CHOSEN):
        series = filled_influxd.series(DATABASE, filled(each.query, chosen))
        values = [
            value
            for found in series
            for row in found["rows"]
            for column, value in row.items()
            if column != "time" and value is not None
        ]
        assert values, f"{each.where}: no rows for {filled(each.query, chosen)}"


def test_the_state_counts_are_right(filled_influxd: Influxd) -> None:
    def count(title: str) -> int:
        (query,) = [each.query for each in QUERIES if f"/ {title} /" in each.where and "tỉnh" in each.where]
        (series,) = filled_influxd.series(DATABASE, filled(query, {}))
        return int(series["rows"][0]["count"])

    statuses = [[*Status][index % len(Status)] for index in range(len(KINDS))]
    for title, status in (
        ("Phép đo mất kết nối", Status.DOWN),
        ("Suy giảm", Status.DEGRADED),
        ("Chưa rõ", Status.UNKNOWN),
        ("Hoạt động", Status.UP),
    ):
        assert count(title) == statuses.count(status)


def test_a_check_that_left_the_inventory_is_not_counted(influxd: Influxd) -> None:
    influxd.create_database("left")
    gone = Change("a/icmp", SINCE, Status.UNKNOWN, Status.UP, "removed", 0)
    here = Change("b/icmp", SINCE, Status.UNKNOWN, Status.UP, "overdue", 0)
    lines = "\n".join(encode(line_of_change(change, tags_of("icmp", "tslcd"))) for change in (gone, here))
    assert influxd.write("left", lines) == 204
    (query,) = [each.query for each in QUERIES if each.where == "Toàn tỉnh / Chưa rõ / A"]

    (series,) = influxd.series("left", filled(query, {}))

    assert series["rows"][0]["count"] == 1


def test_the_dashboards_are_what_the_script_makes(tmp_path: Path) -> None:
    script = (FOLDER / "make_dashboards.py").read_text("utf-8")
    code = script.partition('if __name__ == "__main__":')[0] + (
        "import sys\nfor name, text in dashboards():\n    (Path(sys.argv[1]) / name).write_text(text, 'utf-8')\n"
    )
    code = code.replace("Path(__file__)", "Path('.')")

    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=FOLDER, check=True)

    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("dashboards/*.json")}
    assert made == kept, "run python3 deploy/grafana/make_dashboards.py"


def test_dashboards_have_ids_of_their_own_and_ask_the_provisioned_source_for_known_tags_only() -> None:
    boards = dashboards()
    sources = yaml.safe_load((FOLDER / "provisioning/datasources/tslcd.yaml").read_text("utf-8"))
    used = set(re.findall(r'"uid": "(\w+)"', json.dumps([board["panels"] for board in boards])))

    assert len({board["uid"] for board in boards}) == len(boards) == 8
    assert used == {source["uid"] for source in sources["datasources"]}
    for each in QUERIES:
        compared = re.findall(r'"(\w+)" =~', each.query)
        assert set(compared) <= set(TAGS), each.where
    for board in boards:
        places = [
            (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
            for panel in board["panels"]
            for dx in range(panel["gridPos"]["w"])
            for dy in range(panel["gridPos"]["h"])
        ]
        assert len(places) == len(set(places))
        assert all(x < 24 for x, _ in places)


def test_every_kind_of_check_is_on_a_dashboard() -> None:
    shown = {kind for each in QUERIES for kind in re.findall(r'FROM "(\w+)"', each.query)}

    assert shown >= {*KINDS, "state", "incident"}
