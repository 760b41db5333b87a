"""An outbox in memory that keeps the rules of alerts.delivery.outbox.Outbox, and fails when told to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from alerts.delivery.outbox import OutboxError, OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import TELLING, CancelReason, Notification, NotificationKind


@dataclass
class Entry:
    """A row with all that happened to it."""

    row: OutboxRow
    sent_at: float | None = None
    dead_at: float | None = None
    cancelled: CancelReason | None = None
    receipt: str = ""

    @property
    def waits(self) -> bool:
        return self.sent_at is None and self.dead_at is None and self.cancelled is None

    @property
    def note(self) -> Notification:
        return self.row.notification


class MemoryOutbox:
    """`failures`: so many calls raise OutboxError before anything is done. `calls` counts them by name."""

    def __init__(self, *notifications: Notification) -> None:
        self.entries: dict[int, Entry] = {}
        self.failures = 0
        self.calls: dict[str, int] = {}
        for notification in notifications:
            self.put(notification)

    def put(self, notification: Notification) -> None:
        if any(entry.note.dedup_key == notification.dedup_key for entry in self.entries.values()):
            return
        row_id = len(self.entries) + 1
        self.entries[row_id] = Entry(OutboxRow(row_id, notification, next_attempt_at=notification.due_at))

    @property
    def errors(self) -> list[str]:
        return [entry.row.last_error for entry in self.entries.values()]

    @property
    def is_settled(self) -> bool:
        return not any(entry.waits for entry in self.entries.values())

    async def due(self, channel: str, now: float, limit: int) -> list[OutboxRow]:
        self._call("due")
        waiting = self._waiting(channel)
        due = [entry for entry in waiting if entry.row.next_attempt_at <= now]
        recipients = {entry.note.recipient for entry in due[:limit]}
        about = {(entry.note.about_id, entry.note.recipient) for entry in due}
        return [
            replace(entry.row, was_told=self._was_told(entry))
            for entry in waiting
            if entry.note.recipient in recipients and (entry.note.about_id, entry.note.recipient) in about
        ]

    async def overdue(
        self, channel: str, due_before: float, limit: int, *, tried: bool = False, but: Collection[int] = ()
    ) -> list[OutboxRow]:
        self._call("overdue")
        waiting = [entry for entry in self._waiting(channel) if entry.note.person]
        about = {
            (entry.note.about_id, entry.note.recipient)
            for entry in waiting
            if entry.note.due_at <= due_before
            and entry.row.held is not SuppressionReason.BUDGET
            and (entry.row.last_error or not tried)
        }
        replaced = {entry.note.instead_of for entry in self.entries.values()}
        return [
            entry.row
            for entry in waiting
            if (entry.note.about_id, entry.note.recipient) in about
            and entry.note.dedup_key not in replaced
            and entry.row.id not in but
        ][:limit]

    async def claim(self, row_ids: Sequence[int], message_id: str, now: float) -> bool:
        del now
        self._call("claim")
        if not all(self.entries[row_id].waits for row_id in row_ids):
            return False
        for row_id in row_ids:
            row = self.entries[row_id].row
            self.entries[row_id].row = replace(row, attempts=row.attempts + 1, message_id=message_id)
        return True

    async def put_off(
        self, row_ids: Sequence[int], reason: SuppressionReason | None, until_at: float
    ) -> None:
        self._call("put_off")
        for entry in self._that_wait(row_ids):
            note = entry.note
            if reason is not SuppressionReason.BUDGET:
                note = replace(note, due_at=until_at)
            entry.row = replace(
                entry.row, notification=note, next_attempt_at=until_at, held=reason or entry.row.held
            )

    async def mark_sent(
        self, row_ids: Sequence[int], now: float, *, receipt: str = "", in_doubt_at: float | None = None
    ) -> None:
        self._call("mark_sent")
        for row_id in row_ids:
            entry = self.entries[row_id]
            if entry.sent_at is None:
                entry.sent_at, entry.receipt, entry.dead_at, entry.cancelled = now, receipt, None, None
                doubt = in_doubt_at if entry.row.in_doubt_at is None else entry.row.in_doubt_at
                entry.row = replace(entry.row, in_doubt_at=doubt)
        same = {self.entries[row_id].note.dedup_key for row_id in row_ids}
        for _ in self.entries:
            same |= {
                key
                for entry in self.entries.values()
                if entry.note.instead_of in same or entry.note.dedup_key in same
                for key in (entry.note.dedup_key, entry.note.instead_of)
                if key
            }
        for entry in self.entries.values():
            if entry.waits and entry.note.dedup_key in same:
                entry.cancelled = CancelReason.TOLD_OTHERWISE

    async def plan_retry(
        self, row_ids: Sequence[int], error: str, next_attempt_at: float, *, in_doubt_at: float | None = None
    ) -> None:
        self._call("plan_retry")
        for entry in self._that_wait(row_ids):
            doubt = in_doubt_at if entry.row.in_doubt_at is None else entry.row.in_doubt_at
            entry.row = replace(
                entry.row,
                last_error=error,
                next_attempt_at=max(next_attempt_at, entry.note.due_at),
                in_doubt_at=doubt,
                message_id="" if doubt is None else entry.row.message_id,
            )

    async def mark_dead(self, row_ids: Sequence[int], error: str, now: float) -> None:
        self._call("mark_dead")
        for entry in self._that_wait(row_ids):
            entry.row = replace(entry.row, last_error=error)
            entry.dead_at = now

    async def cancel(self, row_ids: Sequence[int], reason: CancelReason) -> None:
        self._call("cancel")
        for entry in self._that_wait(row_ids):
            entry.cancelled = reason

    async def add(self, notifications: Sequence[Notification]) -> int:
        self._call("add")
        before = len(self.entries)
        for notification in notifications:
            self.put(notification)
        return len(self.entries) - before

    async def sent_since(self, channel: str, since_at: float) -> int:
        self._call("sent_since")
        return len(
            {
                entry.row.message_id
                for entry in self.entries.values()
                if entry.note.channel == channel and entry.sent_at is not None and entry.sent_at >= since_at
            }
        )

    async def next_due_at(self, now: float, channel: str | None = None) -> float | None:
        self._call("next_due_at")
        times = [entry.row.next_attempt_at for entry in self._waiting(channel)]
        return max(now, min(times)) if times else None

    def _call(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        if self.failures > 0:
            self.failures -= 1
            raise OutboxError("the disk is full")

    def _that_wait(self, row_ids: Sequence[int]) -> list[Entry]:
        return [self.entries[row_id] for row_id in row_ids if self.entries[row_id].waits]

    def _waiting(self, channel: str | None) -> list[Entry]:
        found = [
            entry
            for entry in self.entries.values()
            if entry.waits and channel in {None, entry.row.notification.channel}
        ]
        return sorted(found, key=lambda entry: (entry.row.next_attempt_at, entry.row.id))

    def _was_told(self, entry: Entry) -> bool:
        def last(is_end: bool) -> int:  # noqa: FBT001 (of one function)
            return max(
                (
                    other.row.id
                    for other in self.entries.values()
                    if other.sent_at is not None
                    and other.note.about_id == entry.note.about_id
                    and (
                        other.note.kind is NotificationKind.RESOLVED if is_end else other.note.kind in TELLING
                    )
                    and (
                        (other.note.channel, other.note.recipient)
                        == (entry.note.channel, entry.note.recipient)
                        or (entry.note.instead_of and other.note.person == entry.note.person != "")
                    )
                ),
                default=0,
            )

        return last(is_end=False) > last(is_end=True)
