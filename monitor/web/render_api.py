"""The API that shows the message an incident would be told with now; sends nothing. Over the Unix socket only."""

from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from alerts.messages.message import Message
from alerts.messages.vocabulary import Language
from alerts.model.notification import NotificationKind
from monitor.composer import Composer
from monitor.storage.errors import StorageError
from monitor.web.api import Json, iso
from monitor.web.fence import problem


class RenderPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def composer(self) -> Composer:
        """Writes messages."""
        ...


def add_render_routes(app: web.Application, daemon: RenderPort, zone: ZoneInfo) -> None:
    """Add the route to the application of the Unix socket."""
    site = _Site(daemon, zone)
    app.router.add_get("/api/v1/notify/render", site.render)


class _Site:
    def __init__(self, daemon: RenderPort, zone: ZoneInfo) -> None:
        self._daemon = daemon
        self._zone = zone

    async def render(self, request: web.Request) -> web.Response:
        query = request.query
        incident_id, kind = query.get("incident", ""), query.get("kind", NotificationKind.OPENED)
        language, channel = query.get("lang", Language.VI), query.get("channel", "")
        if kind not in set(NotificationKind) - {NotificationKind.BULLETIN} or language not in set(Language):
            return problem(400, "cần kind là loại tin của sự cố, lang là vi hoặc en")
        try:
            message = await self._daemon.composer.preview(
                incident_id, NotificationKind(kind), channel, Language(language)
            )
        except LookupError:
            return problem(404, f"không có sự cố {incident_id}")
        except StorageError as error:
            return problem(503, error.what, error.remedy)
        return web.json_response(self._shown(message), headers={"Cache-Control": "no-store"})

    def _shown(self, message: Message) -> Json:
        return {
            "schema": "notify-render/1",
            "asOf": iso(message.composed_at, self._zone),
            "subject": message.subject,
            "text": message.text,
            "body": message.body,
            "html": message.html,
            "fault": message.fault,
        }
