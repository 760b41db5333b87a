"""The API of Zalo: who wrote to the bot."""

from typing import Annotated, Final

from pydantic import Field

from monitor.people.rights import Right
from monitor.web.api.entered_shapes import chat_json
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json


class ChatShape(Answer):
    """A chat; `chatId` is what an address is made of."""

    chatId: str
    name: str
    isGroup: bool
    lastAt: str | None


class ChatsAnswer(Answer):
    """All chats that are known."""

    schema_: Annotated[str, Field(alias="schema")]
    items: list[ChatShape]


async def list_chats(daemon: DaemonPort, call: Call) -> Json:
    """List who wrote."""
    zalo = daemon.zalo
    if zalo is None or not zalo.is_listening:
        hint = "thêm zalo_bot (poll: true) vào cấu hình rồi khởi động lại tiến trình giám sát"
        raise RefusedError(409, "tiến trình giám sát không nghe tin nhắn của bot Zalo", hint)
    return {"schema": "zalo-chats/1", "items": [chat_json(chat, call.zone) for chat in zalo.chats]}


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/zalo/chats",
        needs=Right.OPERATE,
        summary="Who wrote to the Zalo bot",
        handler=list_chats,
        answer=ChatsAnswer,
        refuses={409: "không nghe tin nhắn của bot Zalo"},
    ),
)
"""What can be asked."""
