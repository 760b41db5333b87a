"""One attempt: compose a letter and hand it to its channel. Whatever goes wrong is a DeliveryError."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from alerts.channels.base import Channel, DeliveryError, DeliveryFailure
from alerts.delivery.letter import Letter
from alerts.delivery.merging import thread_id
from alerts.messages.message import Message

logger = logging.getLogger(__name__)

Compose = Callable[[Letter], Awaitable[Message]]
"""Write the message of a letter, from what is known at the moment of sending."""


class DeliveryClock(Protocol):
    """What delivery needs of a clock."""

    def now(self) -> float:
        """Unix seconds UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""
        ...


@dataclass(slots=True)
class DeliveryCounts:
    """What happened since the start, for /metrics: by channel, failures also by reason, dead letters apart.

    `sent` counts messages, `doubtful` those that count as sent though no answer came.
    """

    sent: Counter[str] = field(default_factory=Counter)
    failed: Counter[tuple[str, DeliveryFailure]] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    outbox_errors: int = 0


async def attempt(letter: Letter, channel: Channel, compose: Compose, *, deadline_s: float) -> str:
    """Compose and send; return the receipt. Raises DeliveryError, and nothing else but cancellation."""
    is_sending = False
    try:
        async with asyncio.timeout(deadline_s):
            # Where the receiver can tell a repetition by its id, the text need not say so.
            says_so = letter.is_repeat and not channel.knows_repeats
            message = await _composed(replace(letter, is_repeat=says_so), compose)
            is_sending = True
            return await channel.send(
                message, letter.recipient, message_id=letter.message_id, thread_id=thread_id(letter)
            )
    except DeliveryError:
        raise
    except TimeoutError as error:
        text = f"not sent within {deadline_s:g} s"
        reason = DeliveryFailure.TIMEOUT if is_sending else DeliveryFailure.COMPOSE
        raise DeliveryError(text, reason, in_doubt=is_sending) from error
    except Exception as error:
        logger.exception("channel_failed channel=%s", letter.channel)
        text = f"the channel failed: {type(error).__name__}"
        raise DeliveryError(text, DeliveryFailure.INTERNAL) from error


async def _composed(letter: Letter, compose: Compose) -> Message:
    about = letter.news[0].about_id
    try:
        message = await compose(letter)
    except Exception as error:
        logger.exception("compose_failed about=%s", about)
        text = f"the message could not be composed: {type(error).__name__}"
        raise DeliveryError(text, DeliveryFailure.COMPOSE) from error
    if message.fault:
        logger.error("template_failed about=%s fault=%s", about, message.fault)
    return message


class Trouble:
    """Logs a repeating warning when it starts, when its text changes, and when it ends, with a count."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._text = ""
        self._count = 0

    def goes_on(self, text: str) -> None:
        """Count it once more."""
        self._count += 1
        if text != self._text:
            self._text = text
            logger.warning("delivery_trouble %s error=%s", self._what, text)

    def ends(self) -> None:
        """Note that all is well."""
        if self._count:
            logger.info("delivery_trouble_over %s times=%d", self._what, self._count)
        self._text, self._count = "", 0
