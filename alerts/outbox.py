"""The outbox as delivery sees it: rows that say who must know, and what may be done with them. No I/O.

The promise is at least once: a row is claimed before the send and marked after it, so a crash in between repeats the
message (with the same row id) and never loses it.
"""

from dataclasses import dataclass
from typing import Protocol

from alerts.model import Notification, SuppressionReason


class OutboxError(Exception):
    """The outbox cannot be read or written now. Nothing changed, or it is in doubt: ask again later."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notification that is neither sent, cancelled nor given up. `id` is stable: messages carry it.

    `attempts` counts claims (sends begun), `last_error` is the last failed one's or "". `next_attempt_at` is never
    before the notification's `due_at`.
    """

    id: int
    notification: Notification
    attempts: int = 0
    last_error: str = ""
    next_attempt_at: float = 0.0


class Outbox(Protocol):
    """What delivery needs of the store. Every method may raise OutboxError."""

    async def due(self, channel: str, now: float, limit: int) -> list[OutboxRow]:
        """Return at most `limit` rows of `channel` to send now, the longest due first.

        A resolved row waits while an opened row of the same incident, channel and recipient is unsettled. If none of
        those was sent, the resolved row is cancelled (CancelReason.NEVER_TOLD) instead of being returned.
        """
        ...

    async def claim(self, row_id: int, now: float) -> bool:
        """Count one attempt, durably, before the send.

        False: the row was cancelled, sent or given up since it was read; do not send it.
        """
        ...

    async def put_off(self, row_id: int, reason: SuppressionReason, until_at: float) -> None:
        """Let a row wait that must not go now; it is due at `until_at`, and no attempt is counted."""
        ...

    async def mark_sent(self, row_id: int, now: float) -> None:
        """Settle the row, after the send."""
        ...

    async def plan_retry(self, row_id: int, error: str, next_attempt_at: float) -> None:
        """Note why the attempt failed and when to try again."""
        ...

    async def mark_dead(self, row_id: int, error: str, now: float) -> None:
        """Give the row up: a dead letter, shown until a person looks."""
        ...

    async def next_due_at(self, now: float, channel: str | None = None) -> float | None:
        """Return when the next row (of `channel`, or of any) can be sent, `now` if one can be already, or None."""
        ...
