"""The web server: pages, API, live updates, /healthz and /metrics, over TCP behind the door and over the Unix socket.

Nothing here decides: rights stand in the tables of pages and operations.
"""

from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from monitor.people.rights import Right
from monitor.web.api import shapes
from monitor.web.api.table import ENDPOINTS
from monitor.web.door.base import Door, admitted
from monitor.web.door.noting import noting
from monitor.web.door.origin import asked_for_us, is_secure, seen_through
from monitor.web.fence import fence
from monitor.web.framing import frame
from monitor.web.headers import SERVER, security_headers
from monitor.web.health import Grade
from monitor.web.listener import KEEPALIVE_S
from monitor.web.live.stream import LiveDesk
from monitor.web.pages.table import DEEDS, NAV, PAGES
from monitor.web.port import DaemonPort
from monitor.web.public_files import PublicFiles
from monitor.web.refusing import NO_STORE
from monitor.web.rendering import Renderer
from monitor.web.routing import PRINCIPAL, add_endpoints, require
from monitor.web.showing import PageDesk
from monitor.web.static_files import load_static

BODY_LIMIT_BYTES: Final = 65_536
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FOR_A_YEAR: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


def make_app(daemon: DaemonPort, door: Door) -> web.Application:
    """Return the application behind a door."""
    site = _Site(daemon)
    settings = daemon.settings.web
    middlewares = [
        seen_through(settings.proxies),
        fence(site.pages),
        asked_for_us(settings.url),
        admitted(door),
        noting(daemon.state, lambda: daemon.snapshot().now),
    ]
    app = web.Application(client_max_size=BODY_LIMIT_BYTES, middlewares=middlewares)

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in security_headers(is_secure=is_secure(request, settings.proxies)).items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = SERVER

    app.on_response_prepare.append(mark)
    add_endpoints(app, daemon, ENDPOINTS)
    site.pages.add(app, PAGES, DEEDS)
    LiveDesk(daemon, site.pages, door).add(app)
    door.add_pages(app, site.pages)
    PublicFiles(daemon).add(app)
    app.router.add_get("/healthz", site.healthz)
    app.router.add_get("/metrics", site.metrics)
    app.router.add_get("/static/{name:.+}", site.static_file)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """Return a runner with our limits: short keep-alive, no access log, signals left to the daemon."""
    return web.AppRunner(
        app, keepalive_timeout=KEEPALIVE_S, access_log=None, handle_signals=False, shutdown_timeout=2.0
    )


class _Site:
    """What is neither page nor operation."""

    def __init__(self, daemon: DaemonPort) -> None:
        self._daemon = daemon
        self._static = load_static()
        self._zone = ZoneInfo(daemon.settings.timezone)
        self.pages = PageDesk(
            daemon,
            Renderer(
                daemon.settings,
                self._static,
                NAV,
                lambda page, visit: frame(daemon.snapshot(), page, visit),
            ),
        )

    async def healthz(self, request: web.Request) -> web.Response:
        """Say whether the monitor can be relied on; why not, only to those who may know."""
        grade, body = shapes.health_json(self._daemon.snapshot(), self._zone)
        if not request[PRINCIPAL].may(Right.OPERATE):
            body = {"status": grade.value}
        return web.json_response(body, status=503 if grade is Grade.FAILING else 200, headers=NO_STORE)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer Prometheus."""
        require(request[PRINCIPAL], Right.METRICS)
        body = self._daemon.metrics.exposition(self._daemon.snapshot())
        return web.Response(body=body, headers={**NO_STORE, "Content-Type": _METRICS_TYPE})

    async def static_file(self, request: web.Request) -> web.Response:
        """Serve one of the files that were read at the start."""
        file = self._static.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        kept = _FOR_A_YEAR if request.query.get("v") == file.version else NO_STORE
        headers = {**kept, "Vary": "Accept-Encoding"}
        body = file.content
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = file.packed
        return web.Response(body=body, content_type=file.content_type, headers=headers)
