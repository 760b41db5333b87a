"""The web server: the overview, the read-only API, /healthz, /metrics; over the Unix socket also acknowledging.

No sign-in yet, so on TCP it only reads, answers this machine only, and refuses other Host names (DNS rebinding). Who
may open the Unix socket (file mode) may acknowledge.
"""

import json
from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from alerts.messages.plain import clean
from alerts.model.incident import Incident
from alerts.world import World
from inventory.model import Layer
from monitor.accounting.desk import CorrectionDesk
from monitor.composer import Composer
from monitor.delivering import DeliveryDesk
from monitor.duty.desk import Desk
from monitor.incidents.desk import IncidentDesk
from monitor.muting.desk import MutingDesk
from monitor.reloading import Reloading
from monitor.series.log import ResultLog
from monitor.settings.settings import Settings
from monitor.storage.state import IncidentRecord, StateStore
from monitor.web import api
from monitor.web.corrections_api import add_correction_routes
from monitor.web.fence import fence, only_loopback_hosts, problem
from monitor.web.health import Grade
from monitor.web.incidents_api import add_incident_routes
from monitor.web.inventory_api import add_inventory_routes
from monitor.web.metrics import Metrics
from monitor.web.mutings_api import add_muting_routes
from monitor.web.notify_api import add_notify_routes
from monitor.web.oncall_api import add_oncall_routes
from monitor.web.overview import overview
from monitor.web.pages import Pages, StaticFile, load_static
from monitor.web.render_api import add_render_routes
from monitor.web.series_api import add_series_routes
from monitor.web.view import Snapshot
from monitor.web.zalo_api import add_zalo_routes
from monitor.zalo import ZaloInput

KEEPALIVE_S: Final = 15.0
BODY_LIMIT_BYTES: Final = 16_384
WHO_LIMIT: Final = 80
INCIDENTS_LIMIT: Final = 500
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_NO_STORE: Final = {"Cache-Control": "no-store"}
_FOR_A_YEAR: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


class DaemonPort(Protocol):
    """What the web needs of the running daemon."""

    @property
    def settings(self) -> Settings:
        """Province, time zone, addresses."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The counters."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now; cheap, never waits for a disk."""
        ...

    async def incidents(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        """Return incidents, the latest declared first. Raises StorageError."""
        ...

    async def incident(self, incident_id: str) -> IncidentRecord | None:
        """Return one incident with its log and messages. Raises StorageError."""
        ...

    @property
    def incident_desk(self) -> IncidentDesk:
        """Where commands on incidents are carried out."""
        ...

    @property
    def reloading(self) -> Reloading:
        """The inventory's life."""
        ...

    @property
    def muting(self) -> MutingDesk:
        """Where silences and maintenance are carried out."""
        ...

    @property
    def corrections(self) -> CorrectionDesk:
        """Where corrections of accounts are carried out."""
        ...

    @property
    def composer(self) -> Composer:
        """Writes messages."""
        ...

    @property
    def delivering(self) -> DeliveryDesk:
        """Where people look after delivery."""
        ...

    @property
    def world(self) -> World:
        """What the engine knows; only read."""
        ...

    @property
    def desk(self) -> Desk:
        """The duty desk."""
        ...

    @property
    def results(self) -> ResultLog:
        """The log of results."""
        ...

    @property
    def state(self) -> StateStore:
        """What survives everything."""
        ...

    @property
    def zalo(self) -> ZaloInput | None:
        """What goes on with Zalo besides sending."""
        ...


def make_app(daemon: DaemonPort) -> web.Application:
    """Return the application for TCP on loopback: it only reads."""
    return _make(_Site(daemon, with_recipients=False), middlewares=[only_loopback_hosts])


def make_local_app(daemon: DaemonPort) -> web.Application:
    """Return the application for the Unix socket: the same, and what changes something (acknowledge, inventory)."""
    site = _Site(daemon, with_recipients=True)
    app = _make(site, middlewares=[])
    add_incident_routes(app, daemon, site.pages.zone)
    add_inventory_routes(app, daemon, site.pages.zone)
    add_oncall_routes(app, daemon, site.pages.zone)
    add_notify_routes(app, daemon, site.pages.zone)
    add_render_routes(app, daemon, site.pages.zone)
    add_muting_routes(app, daemon, site.pages.zone)
    add_correction_routes(app, daemon, site.pages.zone)
    add_series_routes(app, daemon, site.pages.zone)
    add_zalo_routes(app, daemon, site.pages.zone)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """Return a runner with our limits: short keep-alive, no access log, signals left to the daemon."""
    return web.AppRunner(
        app, keepalive_timeout=KEEPALIVE_S, access_log=None, handle_signals=False, shutdown_timeout=2.0
    )


def _make(site: "_Site", *, middlewares: Sequence[Middleware]) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT_BYTES, middlewares=[fence(site.pages), *middlewares])
    app.router.add_get("/", site.overview_page)
    app.router.add_get("/healthz", site.healthz)
    app.router.add_get("/metrics", site.metrics)
    app.router.add_get("/api/v1/overview", site.overview)
    app.router.add_get("/api/v1/incidents", site.incidents)
    app.router.add_get("/api/v1/incidents/{id}", site.incident)
    app.router.add_get("/static/{name}", site.static_file)
    return app


class _Site:
    """The handlers; each answers from one snapshot."""

    def __init__(self, daemon: DaemonPort, *, with_recipients: bool) -> None:
        self._daemon = daemon
        self._with_recipients = with_recipients
        self._static: dict[str, StaticFile] = dict(load_static())
        self.pages = Pages(daemon.settings, self._static)

    async def overview_page(self, request: web.Request) -> web.Response:
        page = self.pages.overview(overview(self._daemon.snapshot(), _layer(request)))
        return _compressed(page, "text/html")

    async def overview(self, request: web.Request) -> web.Response:
        content = overview(self._daemon.snapshot(), _layer(request))
        body = json.dumps(api.overview_json(content, self.pages.zone), ensure_ascii=False)
        return _compressed(body, "application/json")

    async def healthz(self, _request: web.Request) -> web.Response:
        grade, body = api.health_json(self._daemon.snapshot(), self.pages.zone)
        return web.json_response(body, status=503 if grade is Grade.FAILING else 200, headers=_NO_STORE)

    async def metrics(self, _request: web.Request) -> web.Response:
        body = self._daemon.metrics.exposition(self._daemon.snapshot())
        return web.Response(body=body, headers={**_NO_STORE, "Content-Type": _METRICS_TYPE})

    async def incidents(self, request: web.Request) -> web.Response:
        open_only = request.query.get("state", "all") == "open"
        limit = _limit(request)
        found = await self._daemon.incidents(open_only=open_only, limit=limit)
        snapshot = self._daemon.snapshot()
        return web.json_response(api.incidents_json(found, snapshot, self.pages.zone), headers=_NO_STORE)

    async def incident(self, request: web.Request) -> web.Response:
        record = await self._daemon.incident(request.match_info["id"])
        if record is None:
            return _unknown_incident(request)
        snapshot = self._daemon.snapshot()
        body = api.record_json(record, snapshot, self.pages.zone, with_recipients=self._with_recipients)
        return web.json_response(body, headers=_NO_STORE)

    async def static_file(self, request: web.Request) -> web.Response:
        file = self._static.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = _FOR_A_YEAR if request.query.get("v") == file.version else _NO_STORE
        return web.Response(body=file.content, content_type=file.content_type, headers=headers)


def _compressed(text: str, content_type: str) -> web.Response:
    """Return an answer that is compressed for whoever accepts it: on the loop, a few milliseconds.

    Never in the default executor, where aiohttp would do it: dead DNS fills that one.
    """
    response = web.Response(
        text=text, content_type=content_type, headers=_NO_STORE, zlib_executor_size=2 * len(text.encode()) + 1
    )
    response.enable_compression()
    return response


def _layer(request: web.Request) -> Layer | None:
    """Return the layer asked for; one that does not exist is no layer."""
    try:
        return Layer(request.query.get("lop", ""))
    except ValueError:
        return None


def _limit(request: web.Request) -> int:
    asked = request.query.get("limit", "")
    return min(int(asked), INCIDENTS_LIMIT) if asked.isascii() and asked.isdigit() else INCIDENTS_LIMIT


def _unknown_incident(request: web.Request) -> web.Response:
    return problem(404, f"không có sự cố {clean(request.match_info['id'], WHO_LIMIT)}")
