"""The outbox as delivery sees it: rows that say who must know, and what may be done with them. No I/O.

The promise is at least once: rows are claimed before the send and marked after it, so a crash in between repeats the
message (with the same message id) and never loses it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, Notification


class OutboxError(Exception):
    """The outbox cannot be read or written now. Nothing changed, or it is in doubt: ask again later."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notification that is neither sent, cancelled nor given up. `id` is stable.

    `attempts` counts claims (sends begun), `last_error` is the last failed one's or "". `next_attempt_at` is never
    before the notification's `due_at`. `message_id` is that of the message it last went into, "" when nobody tried, or
    when that attempt surely failed: then it may go with what came meanwhile.
    `in_doubt_at`: when an attempt ended without an answer, so that it may have arrived. `was_told`: an earlier row
    about the same incident was sent to this recipient on this channel and no end of it since. `held`: why it waited.
    """

    id: int
    notification: Notification
    attempts: int = 0
    last_error: str = ""
    next_attempt_at: float = 0.0
    message_id: str = ""
    in_doubt_at: float | None = None
    was_told: bool = False
    held: SuppressionReason | None = None


class Outbox(Protocol):
    """What delivery needs of the store. Every method may raise OutboxError. Lists of ids are done as one."""

    async def due(self, channel: str, now: float, limit: int) -> list[OutboxRow]:
        """Return the waiting rows of `channel` that can go now, the longest due first; at least all of one recipient.

        With a row come all others that wait for the same incident and recipient on this channel, due or not, so that
        a beginning and its end can be told as one.
        """
        ...

    async def overdue(
        self, channel: str, due_before: float, limit: int, *, tried: bool = False, but: Collection[int] = ()
    ) -> list[OutboxRow]:
        """Return rows of people that were due by then and wait (`tried`: after a failure), without a substitute yet.

        With them all else that waits for the same incident and recipient. `but`: not these.
        """
        ...

    async def claim(self, row_ids: Sequence[int], message_id: str, now: float) -> bool:
        """Count one attempt of all of them, durably, before the send.

        False: one of them was cancelled, sent or given up since it was read, and nothing was claimed.
        """
        ...

    async def put_off(
        self, row_ids: Sequence[int], reason: SuppressionReason | None, until_at: float
    ) -> None:
        """Let rows wait that must not go now; they are due at `until_at`, and no attempt is counted."""
        ...

    async def mark_sent(
        self, row_ids: Sequence[int], now: float, *, receipt: str = "", in_doubt_at: float | None = None
    ) -> None:
        """Settle the rows, after the send; what waits to tell the same person the same elsewhere is TOLD_OTHERWISE.

        `receipt`: what the channel called the message. `in_doubt_at`: it may not have arrived, and is not repeated.
        """
        ...

    async def plan_retry(
        self, row_ids: Sequence[int], error: str, next_attempt_at: float, *, in_doubt_at: float | None = None
    ) -> None:
        """Note why the attempt failed and when to try again."""
        ...

    async def mark_dead(self, row_ids: Sequence[int], error: str, now: float) -> None:
        """Give rows up: dead letters, shown until a person looks."""
        ...

    async def cancel(self, row_ids: Sequence[int], reason: CancelReason) -> None:
        """Let rows that wait never go."""
        ...

    async def add(self, notifications: Sequence[Notification]) -> int:
        """Insert rows unless their dedup_key exists: the same news on another channel. Return how many were new."""
        ...

    async def sent_since(self, channel: str, since_at: float) -> int:
        """Count the messages (not rows) that the channel took since then."""
        ...

    async def next_due_at(self, now: float, channel: str | None = None) -> float | None:
        """Return when the next row (of `channel`, or of any) can be sent, `now` if one can be already, or None."""
        ...
