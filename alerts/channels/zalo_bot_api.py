"""The Zalo Bot Platform's calls: sendMessage, getUpdates, getMe, getWebhookInfo. Source: bot.zapps.me/docs.

The token is part of every URL, so nothing here shows one. The HTTP status is not to be relied on in either direction: a
wrong token may come as 200, an idle poll as 408; the body's `ok` and `error_code` decide.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.http_client import HttpClient

BOT_URL: Final = "https://bot-api.zaloplatforms.com"
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]+")
_WITHIN_S: Final = 20.0
_LONGER_THAN_POLL_S: Final = 8.0
_ONE_ELSE: Final = "webhook"


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """What the Bot said: `result` when `ok`, else `error_code` (of the body, or else of HTTP) and its words."""

    ok: bool
    result: Any = None
    error_code: int = 0
    description: str = ""
    is_json: bool = True


@dataclass(frozen=True, slots=True)
class BotUpdate:
    """Somebody wrote to the bot. Ids and texts are theirs: none of it belongs into a log. `at` is Unix seconds."""

    message_id: str
    chat_id: str = field(repr=False)
    user_id: str = field(repr=False)
    text: str = field(repr=False)
    display_name: str = field(repr=False)
    is_group: bool
    at: float


class WebhookSetError(Exception):
    """Messages to the bot go to a webhook, so they cannot be polled. It may serve another system: it is left alone."""


class BotApi:
    """One bot. Raises ValueError for a token that cannot be one."""

    def __init__(self, token: str, client: HttpClient, *, base_url: str = BOT_URL) -> None:
        if not _TOKEN.fullmatch(token):
            raise ValueError("this is not a bot's token")
        self._base = f"{base_url}/bot{token}"
        self._client = client

    def __repr__(self) -> str:
        return "BotApi()"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def call(self, method: str, body: dict[str, Any], *, within_s: float = _WITHIN_S) -> BotAnswer:
        """Call a method. Raises DeliveryError when there is no answer."""
        answer = await self._client.call("POST", f"{self._base}/{method}", within_s=within_s, body=body)
        said = answer.object
        if said is None or not isinstance(said.get("ok"), bool):
            return BotAnswer(ok=False, error_code=answer.status, is_json=False)
        if said["ok"]:
            return BotAnswer(ok=True, result=said.get("result"))
        code = said.get("error_code")
        return BotAnswer(
            ok=False,
            error_code=code if isinstance(code, int) else answer.status,
            description=str(said.get("description", "")),
        )

    async def updates(self, timeout_s: int) -> tuple[BotUpdate, ...]:
        """Wait at most `timeout_s` for messages; the same ones come again and again. Nothing new is an empty answer.

        Raises WebhookSetError; DeliveryError (AUTH for a token that is not taken).
        """
        answer = await self.call(
            "getUpdates", {"timeout": str(timeout_s)}, within_s=timeout_s + _LONGER_THAN_POLL_S
        )
        if answer.ok:
            found = answer.result if isinstance(answer.result, list) else [answer.result]
            return tuple(update for each in found if (update := read_update(each)) is not None)
        match answer.error_code:
            case 408:
                return ()
            case 400 if _ONE_ELSE in answer.description.lower():
                raise WebhookSetError
            case 401 | 404 if answer.is_json:
                raise DeliveryError("the bot's token is not taken", DeliveryFailure.AUTH)
            case 429:
                raise DeliveryError("too many calls", DeliveryFailure.RATE, retry_after_s=60.0)
            case code:
                raise DeliveryError(f"zalo bot error {code}", DeliveryFailure.DEFERRED)


def read_update(update: object) -> BotUpdate | None:
    """Read an update, wrapped in {"ok", "result"} or not; None when nobody wrote anything there."""
    if isinstance(update, dict) and isinstance(update.get("result"), dict):
        update = update["result"]
    message = update.get("message") if isinstance(update, dict) else None
    if not isinstance(message, dict):
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, dict) or not isinstance(sender, dict) or sender.get("is_bot") is True:
        return None
    message_id, chat_id = message.get("message_id"), chat.get("id")
    if not message_id or not chat_id:
        return None
    names = (sender.get(key) for key in ("display_name", "name", "first_name"))
    text, date = message.get("text"), message.get("date")
    return BotUpdate(
        message_id=str(message_id),
        chat_id=str(chat_id),
        user_id=str(sender.get("id") or ""),
        text=text if isinstance(text, str) else "",
        display_name=next((name for name in names if isinstance(name, str) and name), ""),
        is_group=str(chat.get("chat_type", "")).upper() == "GROUP",
        at=_seconds(date),
    )


def _seconds(date: object) -> float:
    """Zalo writes milliseconds, as a number or as text; 0 when it is neither."""
    try:
        seconds = float(date) / 1_000 if isinstance(date, int | float | str) else 0.0
    except (ValueError, OverflowError):  # no number, or one of hundreds of digits
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
