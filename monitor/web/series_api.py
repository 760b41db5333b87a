"""The API of series: a check's smoke graph. Over the Unix socket only: the page shows no measured values so far."""

import json
import sqlite3
from functools import partial
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.plain import clean
from inventory.model import Check
from inventory.problem import near_miss
from monitor.series.asking import Asked, AskedWrongError, read_asked
from monitor.series.graph import read_graph, select_marks
from monitor.series.log import ResultLog
from monitor.series.series_json import smoke_json
from monitor.series.smoke import Marks
from monitor.storage.state import StateStore
from monitor.web.fence import problem
from monitor.web.view import Snapshot

TEXT_LIMIT: Final = 120
_NO_STORE: Final = {"Cache-Control": "no-store"}


class SeriesPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def results(self) -> ResultLog:
        """The log."""
        ...

    @property
    def state(self) -> StateStore:
        """Incidents and maintenance."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...


def add_series_routes(app: web.Application, daemon: SeriesPort, zone: ZoneInfo) -> None:
    """Add the route to the application of the Unix socket."""
    app.router.add_get("/api/v1/series/{check_id:.+}", _Site(daemon, zone).graph)


class _Site:
    def __init__(self, daemon: SeriesPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def graph(self, request: web.Request) -> web.Response:
        snapshot = self._daemon.snapshot()
        checks = snapshot.inventory.checks
        check_id = clean(request.match_info["check_id"], TEXT_LIMIT)
        check = checks.get(check_id)
        if check is None:
            return problem(404, f"không có phép đo '{check_id}'", near_miss(check_id, checks))
        said = {name: clean(value, TEXT_LIMIT) for name, value in request.query.items()}
        try:
            asked = read_asked(
                span=said.get("range", ""),
                since=said.get("from", ""),
                until=said.get("to", ""),
                points=said.get("points", ""),
                metric=said.get("metric", ""),
                now=snapshot.now,
                zone=self._zone,
            )
            marks = await self._daemon.state.database.read(
                partial(select_marks, check=check, inventory=snapshot.inventory, asked=asked)
            )
            body = await self._daemon.results.database.read(
                partial(_body, check=check, asked=asked, marks=marks, zone=self._zone, now=snapshot.now)
            )
        except AskedWrongError as wrong:
            return problem(400, wrong.what, wrong.remedy)
        return web.Response(text=body, content_type="application/json", headers=_NO_STORE)


def _body(
    connection: sqlite3.Connection, *, check: Check, asked: Asked, marks: Marks, zone: ZoneInfo, now: float
) -> str:
    """Return the answer, written on the reader's thread: two thousand points take longer than the loop may wait."""
    graph = read_graph(connection, check, asked, marks, zone=zone, now=now)
    return json.dumps(smoke_json(graph, zone, now=now), ensure_ascii=False)
