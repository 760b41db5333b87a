"""What chat services post to us: each call is checked, and what somebody wrote is handed on to the same commands.

Zalo wants an answer within two seconds and repeats what got none; repetitions are known by their message id. A call that
is not Zalo's gets 403 and leaves no trace but a count in the log.
"""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from alerts.channels.zalo_webhook import Signature, bot_webhook, oa_signature
from monitor.clock import Clock
from monitor.replies.people import Said

log = logging.getLogger(__name__)

OA_PATH: Final = "/zalo/oa"
BOT_PATH: Final = "/zalo/bot"
OLDEST_S: Final = 86_400.0
"""Older events are history, or a replay: Zalo repeats for two hours."""
_MS: Final = 1_000
Hear = Callable[[Said], Awaitable[None]]


class ZaloHooks:
    """The handlers; `oa_secret` and `bot_secret` are those of webhooks, "" when there is none."""

    def __init__(self, hear: Hear, *, clock: Clock, oa_secret: str = "", bot_secret: str = "") -> None:
        self._hear = hear
        self._clock = clock
        self._oa_secret = oa_secret
        self._bot_secret = bot_secret

    async def official_account(self, request: web.Request) -> web.Response:
        """Take an event of the Official Account."""
        body = await request.read()
        signature = oa_signature(
            body,
            request.headers.get("X-ZEvent-Signature", ""),
            oa_secret=self._oa_secret,
            header_timestamp=request.headers.get("X-ZEvent-Timestamp", ""),
        )
        if signature is Signature.WRONG:
            return self._refused("oa")
        said = None if signature is Signature.PROBE else said_to_account(json.loads(body))
        if said is not None and self._is_fresh(json.loads(body).get("timestamp")):
            await self._hear(said)
        return web.Response(text="ok")

    async def bot(self, request: web.Request) -> web.Response:
        """Take an event of the bot."""
        body = await request.read()
        given = request.headers.get("X-Bot-Api-Secret-Token", "")
        told = given.encode(errors="surrogateescape")  # a header may be any bytes
        if not self._bot_secret or not hmac.compare_digest(told, self._bot_secret.encode()):
            return self._refused("bot")
        update = bot_webhook(body, given, secret=self._bot_secret)
        if update is None:  # a sticker, or our own echo
            return web.Response(text="ok")
        if not update.at or self._clock.now() - update.at < OLDEST_S:
            await self._hear(Said("zalo_bot", update.chat_id, update.user_id, update.message_id, update.text))
        return web.Response(text="ok")

    def _is_fresh(self, timestamp: object) -> bool:
        try:
            at = float(str(timestamp)) / _MS
        except ValueError:
            return False
        return abs(self._clock.now() - at) < OLDEST_S

    def _refused(self, service: str) -> web.Response:
        log.warning("webhook_refused service=%s", service)
        return web.Response(status=403, text="forbidden")


def said_to_account(event: Any) -> Said | None:
    """Return the text of an event; None for everything else that happens to an account."""
    if not isinstance(event, dict):
        return None
    name, message = event.get("event_name"), event.get("message")
    sender, recipient = _id(event.get("sender")), _id(event.get("recipient"))
    if not isinstance(message, dict) or not sender:
        return None
    text, message_id = message.get("text"), message.get("msg_id")
    if not isinstance(text, str) or not isinstance(message_id, str) or not message_id:
        return None
    user = f"user:{sender}"
    match name:
        case "user_send_text":
            return Said("zalo_oa", user, user, message_id, text)
        case "user_send_group_text" if recipient:
            return Said("zalo_oa", f"group:{recipient}", user, message_id, text)
        case _:
            return None


def _id(who: object) -> str:
    value = who.get("id") if isinstance(who, dict) else None
    return value if isinstance(value, str) else ""
