"""The contract of a channel: send one message to one recipient, or say why not. Knows no outbox, no retries."""

from enum import StrEnum
from typing import Final, Protocol

from alerts.message import Message
from alerts.plain import clean

_TEXT_LIMIT: Final = 300


class DeliveryFailure(StrEnum):
    """Why a message could not be handed over."""

    CONNECT = "connect"
    """The channel's server or file is not reachable, or refused us before the message."""
    TLS = "tls"
    """No secure connection: handshake or certificate."""
    AUTH = "auth"
    """Our credentials were rejected."""
    TIMEOUT = "timeout"
    """No answer in time; whether the message went out is in doubt."""
    DISCONNECTED = "disconnected"
    """The connection broke; whether the message went out is in doubt."""
    DEFERRED = "deferred"
    """The server asks to try again later."""
    SENDER = "sender"
    """The server does not let us send as we are configured."""
    RECIPIENT = "recipient"
    """The address is malformed or does not exist."""
    REJECTED = "rejected"
    """The server will not take this message."""
    DISK = "disk"
    """The file cannot be written."""
    COMPOSE = "compose"
    """The message could not be written: a bug, or what it tells of is gone."""
    INTERNAL = "internal"
    """A bug in the channel."""


class DeliveryError(Exception):
    """One attempt failed. `permanent`: trying again cannot help. `retry_after_s`: what the server asked for.

    The text is one line for people and never contains a secret: it is built from known parts, not from the command
    that failed.
    """

    def __init__(
        self,
        text: str,
        reason: DeliveryFailure,
        *,
        permanent: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(clean(text, _TEXT_LIMIT))
        self.reason = reason
        self.permanent = permanent
        self.retry_after_s = retry_after_s


class Channel(Protocol):
    """A way to tell somebody something."""

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> None:
        """Hand `message` over; returning means the other side has taken it.

        `message_id` is stable over attempts, so that the receiver can tell a repetition; `thread_id` is the
        `message_id` of the first message of the incident to this recipient (equal to it for that one).
        Raises DeliveryError. May be cancelled at any time.
        """
        ...
