"""The API of series: a check's smoke graph, by the check or by the target whose primary check it is."""

import json
import sqlite3
from functools import partial
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from alerts.messages.plain import clean
from inventory.model import Check
from inventory.problem import near_miss
from monitor.people.rights import Right
from monitor.series.asking import Asked, AskedWrongError, read_asked
from monitor.series.graph import read_graph, select_marks
from monitor.series.series_json import smoke_json
from monitor.series.smoke import Marks
from monitor.web.api.targets import chosen, primary_of
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Model, Reply

TEXT_LIMIT: Final = 120
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]


class SeriesQuery(Model):
    """Which part of which series: `range` up to `to` (now), or from `from` to `to`."""

    range: Text = ""
    """3h, 24h, 7d, 30d or 1y."""
    from_: Annotated[Text, Field(alias="from")] = ""
    to: Text = ""
    points: Text = ""
    """How many points at most."""
    metric: Text = ""
    """Absent: what fits the check."""


class SeriesAnswer(Answer):
    """A smoke graph in columns of equal length, one place for each bucket of time; `t` is Unix seconds."""

    asOf: str | None
    check: str
    metric: str | None
    stepS: float
    summary: str
    t: list[float]
    min: list[float | None]
    med: list[float | None]
    max: list[float | None]


async def read_check_series(daemon: DaemonPort, call: Call) -> Reply:
    """Return the graph of one check."""
    checks = daemon.snapshot().inventory.checks
    check_id = clean(call.params["check"], TEXT_LIMIT)
    check = checks.get(check_id)
    if check is None:
        raise RefusedError(404, f"không có phép đo '{check_id}'", near_miss(check_id, checks))
    return await graph_of(daemon, call, check)


async def read_target_series(daemon: DaemonPort, call: Call) -> Reply:
    """Return the graph of a target's primary check."""
    snapshot = daemon.snapshot()
    return await graph_of(daemon, call, primary_of(snapshot, chosen(snapshot, call)))


async def graph_of(daemon: DaemonPort, call: Call, check: Check) -> Reply:
    """Read and write the graph that was asked for. Raises RefusedError."""
    snapshot, said = daemon.snapshot(), call.asked(SeriesQuery)
    try:
        asked = read_asked(
            span=clean(said.range, TEXT_LIMIT),
            since=clean(said.from_, TEXT_LIMIT),
            until=clean(said.to, TEXT_LIMIT),
            points=clean(said.points, TEXT_LIMIT),
            metric=clean(said.metric, TEXT_LIMIT),
            now=snapshot.now,
            zone=call.zone,
        )
        marks = await daemon.state.database.read(
            partial(select_marks, check=check, inventory=snapshot.inventory, asked=asked)
        )
        body = await daemon.results.database.read(
            partial(_body, check=check, asked=asked, marks=marks, zone=call.zone, now=snapshot.now)
        )
    except AskedWrongError as wrong:
        raise RefusedError(400, wrong.what, wrong.remedy) from None
    return Reply(body)


def _body(
    connection: sqlite3.Connection, *, check: Check, asked: Asked, marks: Marks, zone: ZoneInfo, now: float
) -> str:
    """Return the answer, written on the reader's thread: two thousand points take longer than the loop may wait."""
    graph = read_graph(connection, check, asked, marks, zone=zone, now=now)
    return json.dumps(smoke_json(graph, zone, now=now), ensure_ascii=False)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/series/{check:.+}",
        needs=Right.SEE,
        summary="The smoke graph of a check",
        handler=read_check_series,
        query=SeriesQuery,
        answer=SeriesAnswer,
        refuses={404: "không có phép đo này"},
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}/series",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="The smoke graph of a target's primary check",
        handler=read_target_series,
        query=SeriesQuery,
        answer=SeriesAnswer,
        refuses={404: "không có đối tượng này"},
    ),
)
