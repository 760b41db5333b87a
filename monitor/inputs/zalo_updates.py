"""What people write to the Zalo bot: a long poll that hands each message on once, and never acts itself.

Zalo returns what it returned before, at once and for ever: polls keep a distance, messages are taken for a day only,
and whoever they are handed to must take each id once and for all (state.db's used_once is kept for longer), since after
a restart they come again. A webhook that somebody set keeps messages from us; it is reported and left alone: it may
serve another system.
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.zalo_bot_api import BotApi, BotUpdate, WebhookSetError
from monitor.clock import Clock
from monitor.storage.errors import StorageError

log = logging.getLogger(__name__)

CHANNEL: Final = "zalo_bot"
POLL_S: Final = 30
FLOOR_S: Final = 1.0
"""Between the beginnings of two polls."""
NOTHING_NEW_S: Final = 3.0
"""... after one that returned at once what was known."""
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 120.0
PERSON_WAIT_S: Final = 300.0
"""Between looks at whether a person has mended the token or the webhook."""
OLDEST_S: Final = 86_400.0
"""Older messages are history: what they asked for is over."""
_MOST_REMEMBERED: Final = 5_000
_MOST_CHATS: Final = 200
_MOST_UNHEARD: Final = 100


TOKEN_REFUSED: Final = (
    "Zalo không nhận mã (token) của bot; lấy mã mới trong Zalo Bot Creator rồi ghi vào tệp bí mật"  # noqa: S105 (words)
)
WEBHOOK_SET: Final = (
    "bot đang đặt webhook nên không hỏi được tin nhắn; webhook không còn dùng thì gỡ trong Zalo Bot Creator, "
    "còn dùng thì đặt zalo_bot.poll: false"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody wrote to a chat channel. `at` is when, as the service tells it, in Unix seconds."""

    channel: str
    chat_id: str = field(repr=False)
    user_id: str = field(repr=False)
    message_id: str
    text: str = field(repr=False)
    display_name: str = field(repr=False)
    is_group: bool
    at: float


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat that wrote to the bot lately."""

    chat_id: str = field(repr=False)
    display_name: str = field(repr=False)
    is_group: bool
    last_at: float


HandOn = Callable[[Heard], Awaitable[None]]
"""Does what was heard, once for each message id. Raises StorageError: it is handed on again."""


class ZaloUpdates:
    """Hears what people write to one bot. `fault` is one line for people, "" when all is well."""

    def __init__(
        self,
        bot: BotApi,
        hand_on: HandOn,
        *,
        clock: Clock,
        poll_s: int = POLL_S,
    ) -> None:
        self._bot = bot
        self._hand_on = hand_on
        self._clock = clock
        self._poll_s = poll_s
        self._remembered: OrderedDict[str, None] = OrderedDict()
        self._chats: OrderedDict[str, Chat] = OrderedDict()
        self._unheard: deque[Heard] = deque(maxlen=_MOST_UNHEARD)
        self._wait_s = FIRST_WAIT_S
        self.fault = ""

    @property
    def chats(self) -> tuple[Chat, ...]:
        """Who wrote since the start, the latest first."""
        return tuple(reversed(self._chats.values()))

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            began_mono = self._clock.monotonic()
            wait_s = await self.once()
            took_s = self._clock.monotonic() - began_mono
            await self._clock.sleep(max(wait_s, FLOOR_S - took_s))

    async def once(self) -> float:
        """Poll once; returns how long to wait before the next poll, besides the floor."""
        began_mono = self._clock.monotonic()
        try:
            updates = await self._bot.updates(self._poll_s)
        except WebhookSetError:
            return self._lost(WEBHOOK_SET, PERSON_WAIT_S)
        except DeliveryError as error:
            if error.reason is DeliveryFailure.AUTH:
                return self._lost(TOKEN_REFUSED, PERSON_WAIT_S)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            return self._lost(
                f"chưa hỏi được tin nhắn của bot Zalo ({error})", error.retry_after_s or self._wait_s
            )
        if self.fault:
            log.info("zalo_updates_back")
        self.fault, self._wait_s = "", FIRST_WAIT_S
        fresh = [self._heard(update) for update in updates if self._is_new(update)]
        self._unheard.extend(fresh)
        await self._tell()
        came_at_once = self._clock.monotonic() - began_mono < FLOOR_S
        return NOTHING_NEW_S if updates and not fresh and came_at_once else 0.0

    def _is_new(self, update: BotUpdate) -> bool:
        self._note_chat(update)
        is_history = bool(update.at) and self._clock.now() - update.at > OLDEST_S
        if is_history or update.message_id in self._remembered:
            return False
        self._remembered[update.message_id] = None
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return True

    def _heard(self, update: BotUpdate) -> Heard:
        return Heard(
            channel=CHANNEL,
            chat_id=update.chat_id,
            user_id=update.user_id,
            message_id=update.message_id,
            text=update.text,
            display_name=update.display_name,
            is_group=update.is_group,
            at=update.at or self._clock.now(),
        )

    async def _tell(self) -> None:
        """Hand on what waits, in order; what the disk refuses waits for the next poll."""
        while self._unheard:
            try:
                await self._hand_on(self._unheard[0])
            except StorageError as error:
                log.warning("zalo_update_waits fault=%s", error.fault)
                return
            except Exception:
                log.exception("zalo_update_bug")  # one message must not deafen us to the next
            self._unheard.popleft()

    def _note_chat(self, update: BotUpdate) -> None:
        self._chats.pop(update.chat_id, None)
        self._chats[update.chat_id] = chat_of(update)
        while len(self._chats) > _MOST_CHATS:
            self._chats.popitem(last=False)

    def _lost(self, fault: str, wait_s: float) -> float:
        if fault != self.fault:
            log.warning("zalo_updates_lost error=%s", fault)
        self.fault = fault
        return wait_s


def chat_of(update: BotUpdate) -> Chat:
    """Return the chat that somebody wrote in."""
    return Chat(update.chat_id, update.display_name, update.is_group, update.at)
