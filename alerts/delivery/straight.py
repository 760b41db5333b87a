"""Send a bulletin past the outbox, once, when the outbox itself cannot be written."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from alerts.channels.base import Channel, DeliveryError
from alerts.delivery.letter import Letter, News
from alerts.delivery.sending import attempt
from alerts.messages.message import Message
from alerts.model.notification import Bulletin, NotificationKind
from alerts.oncall.model import Recipient

logger = logging.getLogger(__name__)

WITHIN_S: Final = 20.0
"""How long one recipient's channel may take."""

ComposeBulletin = Callable[[Bulletin, Letter], Awaitable[Message]]


class StraightWay:
    """Sends at once; nothing is written. `failing`: channels that do not work -> since when."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        compose: ComposeBulletin,
        failing: Callable[[], Mapping[str, float]],
    ) -> None:
        self.failing = failing
        self._channels = channels
        self._compose = compose

    async def send(self, bulletin: Bulletin, recipients: Sequence[Recipient]) -> tuple[Recipient, ...]:
        """Send to all of them, side by side; return who has it, or may have it."""
        has_it = await asyncio.gather(*(self._send_to(each, bulletin) for each in recipients))
        return tuple(each for each, has in zip(recipients, has_it, strict=True) if has)

    async def _send_to(self, recipient: Recipient, bulletin: Bulletin) -> bool:
        channel = self._channels.get(recipient.channel)
        if channel is None:
            return False
        letter = Letter(
            recipient.channel,
            recipient.address,
            recipient.contact_id,
            (News(bulletin.id, NotificationKind.BULLETIN, ()),),
            message_id=f"{bulletin.id}:{recipient.channel}:{recipient.address}",
        )
        try:
            await attempt(letter, channel, partial(self._compose, bulletin), deadline_s=WITHIN_S)
        except DeliveryError as error:
            logger.warning(
                "not_sent_straight id=%s channel=%s error=%s", bulletin.id, recipient.channel, error
            )
            return error.in_doubt
        return True
