"""The channel `zalo_bot`: plain texts of a Zalo bot to people and groups that have written to it (their chat id).

The Bot knows no edit, no buttons and no key for repetitions: an update is a new message. A wrong token, a used-up month
and a chat that never spoke all come in the body, whatever the HTTP status says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from alerts.channels.base import CHANNEL_WIDE, ChannelHealth, DeliveryError, DeliveryFailure
from alerts.channels.zalo_bot_api import BotApi
from alerts.channels.zalo_errors import bot_error
from alerts.channels.zalo_text import Guard, zalo_text
from alerts.messages.message import Message

_CHAT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class ZaloBotConfig:
    """The bot, what is kept out of texts, and the clock (`now` returns Unix seconds)."""

    bot: BotApi
    guard: Guard
    now: Callable[[], float]


class ZaloBotChannel:
    """Sends texts of one bot."""

    knows_repeats = False

    def __init__(self, config: ZaloBotConfig) -> None:
        self.bot = config.bot
        self._guard = config.guard
        self._now = config.now
        self._last_success_at: float | None = None
        self._refused = 0
        self._trouble: DeliveryFailure | None = None

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Send one text to one chat; returns Zalo's message id."""
        del message_id, thread_id
        if not is_chat_id(recipient):
            raise DeliveryError("not a chat id of the bot", DeliveryFailure.RECIPIENT, permanent=True)
        text = zalo_text(message.text, self._guard)
        if not text:
            raise DeliveryError("the message has no text", DeliveryFailure.REJECTED, permanent=True)
        answer = await self.bot.call("sendMessage", {"chat_id": recipient, "text": text})
        if not answer.ok:
            error = bot_error(answer.error_code, refused_before=self._refused, is_json=answer.is_json)
            self._refused += answer.error_code == _TOO_MANY
            self._trouble = error.reason if error.reason in CHANNEL_WIDE else None
            raise error
        self._last_success_at, self._refused, self._trouble = self._now(), 0, None
        result = answer.result
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""

    def health(self, now: float) -> ChannelHealth:
        """Return when a message last went out, and what was wrong at the last attempt."""
        del now
        return ChannelHealth(last_success_at=self._last_success_at, trouble=self._trouble)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.bot.aclose()


def is_chat_id(text: str) -> bool:
    """Whether `text` can be a chat id."""
    return _CHAT_ID.fullmatch(text) is not None
