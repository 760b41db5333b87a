"""The contract of a channel: send one message to one recipient, or say why not. Knows no outbox, no retries."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from alerts.messages.message import Message
from alerts.messages.plain import clean

_TEXT_LIMIT: Final = 300


class DeliveryFailure(StrEnum):
    """Why a message could not be handed over."""

    CONNECT = "connect"
    """The channel's server or file is not reachable, or refused us before the message."""
    TLS = "tls"
    """No secure connection: handshake or certificate."""
    AUTH = "auth"
    """Our credentials were rejected: a person must mend it."""
    ACCOUNT = "account"
    """Our account may not send: package lapsed, app disabled, out of money. A person must mend it."""
    TIMEOUT = "timeout"
    """No answer in time."""
    DISCONNECTED = "disconnected"
    """The connection broke."""
    DEFERRED = "deferred"
    """The server asks to try again later."""
    RATE = "rate"
    """Too many messages in a short time: the whole channel rests."""
    QUOTA = "quota"
    """The day's or month's allowance is used up: the whole channel rests until it is renewed."""
    SENDER = "sender"
    """The server does not let us send as we are configured."""
    RECIPIENT = "recipient"
    """The address is malformed, does not exist, or does not want us."""
    WINDOW = "window"
    """This recipient has not written to us lately, so this channel may not write to them."""
    REJECTED = "rejected"
    """The server will not take this message."""
    DISK = "disk"
    """The file cannot be written."""
    COMPOSE = "compose"
    """The message could not be written: a bug, or what it tells of is gone."""
    INTERNAL = "internal"
    """A bug in the channel."""


CHANNEL_WIDE: Final = frozenset(
    {
        DeliveryFailure.CONNECT,
        DeliveryFailure.TLS,
        DeliveryFailure.AUTH,
        DeliveryFailure.ACCOUNT,
        DeliveryFailure.RATE,
        DeliveryFailure.QUOTA,
        DeliveryFailure.SENDER,
        DeliveryFailure.DISK,
    }
)
"""What would meet every other recipient as well: the channel rests instead of trying them all."""


class DeliveryError(Exception):
    """One attempt failed. `permanent`: trying again cannot help. `retry_after_s`: what the server asked for.

    `in_doubt`: the message was handed over but no answer came, so it may have arrived. The text is one line for people
    and never contains a secret: it is built from known parts, not from the command that failed.
    """

    def __init__(
        self,
        text: str,
        reason: DeliveryFailure,
        *,
        permanent: bool = False,
        in_doubt: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(clean(text, _TEXT_LIMIT))
        self.reason = reason
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.retry_after_s = retry_after_s


class Channel(Protocol):
    """A way to tell somebody something."""

    knows_repeats: bool
    """Whether the receiver can tell a repetition by its message_id; if not, what is in doubt is not sent again at will."""

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Hand `message` over; returning means the other side has taken it. Returns what it called it, or "".

        `message_id` is stable over attempts, so that the receiver can tell a repetition; `thread_id` is a name that all
        messages about one incident to this recipient share, and no message has itself.
        Raises DeliveryError. May be cancelled at any time.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What a channel knows of itself, for /healthz and /metrics; None is not known. `trouble`: why it cannot work now.

    `token_age_s` counts from the last renewal. `package_until` is the last day of what the account has paid for.
    """

    last_success_at: float | None = None
    token_age_s: float | None = None
    needs_login: bool = False
    quota_left: int | None = None
    package_until: date | None = None
    trouble: DeliveryFailure | None = None


@runtime_checkable
class Closable(Protocol):
    """A channel that holds connections: closed at the daemon's end."""

    async def aclose(self) -> None:
        """Finish what must not be cut, and let go of the connections."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A channel that knows how it is."""

    def health(self, now: float) -> ChannelHealth:
        """Return what is known now; never waits."""
        ...
