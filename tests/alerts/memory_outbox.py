"""An outbox in memory that keeps the rules of alerts.outbox.Outbox, and fails when told to."""

from dataclasses import dataclass, replace

from alerts.delivery.outbox import OutboxError, OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind


@dataclass
class Entry:
    """A row with all that happened to it."""

    row: OutboxRow
    sent_at: float | None = None
    dead_at: float | None = None
    cancelled: CancelReason | None = None

    @property
    def waits(self) -> bool:
        return self.sent_at is None and self.dead_at is None and self.cancelled is None


class MemoryOutbox:
    """`failures`: so many calls raise OutboxError before anything is done. `calls` counts them by name."""

    def __init__(self, *notifications: Notification) -> None:
        self.entries: dict[int, Entry] = {}
        self.failures = 0
        self.calls: dict[str, int] = {}
        for notification in notifications:
            self.add(notification)

    def add(self, notification: Notification) -> int:
        row_id = len(self.entries) + 1
        row = OutboxRow(row_id, notification, next_attempt_at=notification.due_at)
        self.entries[row_id] = Entry(row)
        return row_id

    @property
    def errors(self) -> list[str]:
        return [entry.row.last_error for entry in self.entries.values()]

    async def due(self, channel: str, now: float, limit: int) -> list[OutboxRow]:
        self._call("due")
        found = []
        for entry in self._waiting(channel):
            if entry.row.next_attempt_at > now or self._is_blocked(entry):
                continue
            if self._was_never_told(entry):
                entry.cancelled = CancelReason.NEVER_TOLD
            else:
                found.append(entry.row)
        return found[:limit]

    async def claim(self, row_id: int, now: float) -> bool:
        del now
        self._call("claim")
        entry = self.entries[row_id]
        if entry.waits:
            entry.row = replace(entry.row, attempts=entry.row.attempts + 1)
        return entry.waits

    async def put_off(self, row_id: int, reason: SuppressionReason, until_at: float) -> None:
        self._call("put_off")
        entry = self.entries[row_id]
        held = replace(entry.row.notification, due_at=until_at, held=reason)
        entry.row = replace(entry.row, notification=held, next_attempt_at=until_at)

    async def mark_sent(self, row_id: int, now: float) -> None:
        self._call("mark_sent")
        self.entries[row_id].sent_at = now

    async def plan_retry(self, row_id: int, error: str, next_attempt_at: float) -> None:
        self._call("plan_retry")
        entry = self.entries[row_id]
        at = max(next_attempt_at, entry.row.notification.due_at)
        entry.row = replace(entry.row, last_error=error, next_attempt_at=at)

    async def mark_dead(self, row_id: int, error: str, now: float) -> None:
        self._call("mark_dead")
        entry = self.entries[row_id]
        entry.row = replace(entry.row, last_error=error)
        entry.dead_at = now

    async def next_due_at(self, now: float, channel: str | None = None) -> float | None:
        self._call("next_due_at")
        times = [entry.row.next_attempt_at for entry in self._waiting(channel) if not self._is_blocked(entry)]
        return max(now, min(times)) if times else None

    def _call(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        if self.failures > 0:
            self.failures -= 1
            raise OutboxError("the disk is full")

    def _waiting(self, channel: str | None) -> list[Entry]:
        found = [
            entry
            for entry in self.entries.values()
            if entry.waits and channel in {None, entry.row.notification.channel}
        ]
        return sorted(found, key=lambda entry: (entry.row.next_attempt_at, entry.row.id))

    def _opened(self, entry: Entry) -> list[Entry]:
        told = entry.row.notification
        if told.kind is NotificationKind.OPENED:
            return []
        return [
            other
            for other in self.entries.values()
            if other.row.notification.kind is NotificationKind.OPENED
            and other.row.notification.about_id == told.about_id
            and other.row.notification.channel == told.channel
            and other.row.notification.recipient == told.recipient
        ]

    def _is_blocked(self, entry: Entry) -> bool:
        return any(other.waits for other in self._opened(entry))

    def _was_never_told(self, entry: Entry) -> bool:
        is_recovery = entry.row.notification.kind is NotificationKind.RESOLVED
        return is_recovery and not any(other.sent_at is not None for other in self._opened(entry))
