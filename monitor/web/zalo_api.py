"""The API of Zalo: who wrote to the bot. Over the Unix socket only: it names people."""

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from monitor.inputs.zalo_updates import Chat
from monitor.web.fence import problem
from monitor.zalo import ZaloInput


class ZaloPort(Protocol):
    """What this API needs of the running daemon."""

    @property
    def zalo(self) -> ZaloInput | None:
        """What goes on with Zalo besides sending."""
        ...


def add_zalo_routes(app: web.Application, daemon: ZaloPort, zone: ZoneInfo) -> None:
    """Add the routes to the application of the Unix socket."""

    async def chats(_request: web.Request) -> web.Response:
        zalo = daemon.zalo
        if zalo is None or not zalo.is_listening:
            hint = "thêm zalo_bot (poll: true) vào cấu hình rồi khởi động lại tiến trình giám sát"
            return problem(409, "tiến trình giám sát không nghe tin nhắn của bot Zalo", hint)
        items = [chat_json(chat, zone) for chat in zalo.chats]
        body = {"schema": "zalo-chats/1", "items": items}
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    app.router.add_get("/api/v1/zalo/chats", chats)


def chat_json(chat: Chat, zone: ZoneInfo) -> dict[str, object]:
    """Return a chat as this API writes it."""
    last = datetime.fromtimestamp(chat.last_at, zone).isoformat(timespec="seconds") if chat.last_at else None
    return {"chatId": chat.chat_id, "name": chat.display_name, "isGroup": chat.is_group, "lastAt": last}
