"""The outbox in state.db, as delivery and people use it."""

from collections.abc import Collection, Sequence
from functools import partial

from alerts.delivery.outbox import OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import Bulletin, CancelReason, Notification
from monitor.storage import outbox, outbox_view
from monitor.storage.database import Database
from monitor.storage.outbox_view import OutboxEntry, OutboxStats


class OutboxStore:
    """`alerts.delivery.outbox.Outbox` on a database, and what people see of it. Every method may raise StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, channel: str, now: float, limit: int) -> list[OutboxRow]:
        """Return the rows to look at now. A claimed row stays due until it is settled."""
        return await self._database.read(partial(outbox.select_due, channel=channel, now=now, limit=limit))

    async def overdue(
        self, channel: str, due_before: float, limit: int, *, tried: bool = False, but: Collection[int] = ()
    ) -> list[OutboxRow]:
        """Return rows of people, `but` these, that wait in vain and have no substitute on another channel yet."""
        return await self._database.read(
            partial(
                outbox.select_overdue,
                channel=channel,
                due_before=due_before,
                limit=limit,
                tried=tried,
                but=but,
            )
        )

    async def claim(self, row_ids: Sequence[int], message_id: str, now: float) -> bool:
        """Count an attempt before the send; False when one of the rows does not wait any more."""
        return await self._database.write(
            partial(outbox.claim, row_ids=row_ids, message_id=message_id, now=now)
        )

    async def put_off(
        self, row_ids: Sequence[int], reason: SuppressionReason | None, until_at: float
    ) -> None:
        """Let rows wait."""
        await self._database.write(partial(outbox.put_off, row_ids=row_ids, reason=reason, until_at=until_at))

    async def mark_sent(
        self, row_ids: Sequence[int], now: float, *, receipt: str = "", in_doubt_at: float | None = None
    ) -> None:
        """Settle rows after the send."""
        await self._database.write(
            partial(outbox.mark_sent, row_ids=row_ids, now=now, receipt=receipt, in_doubt_at=in_doubt_at)
        )

    async def plan_retry(
        self, row_ids: Sequence[int], error: str, next_attempt_at: float, *, in_doubt_at: float | None = None
    ) -> None:
        """Note why an attempt failed and when to try again."""
        await self._database.write(
            partial(
                outbox.plan_retry,
                row_ids=row_ids,
                error=error,
                next_attempt_at=next_attempt_at,
                in_doubt_at=in_doubt_at,
            )
        )

    async def mark_dead(self, row_ids: Sequence[int], error: str, now: float) -> None:
        """Give rows up."""
        await self._database.write(partial(outbox.mark_dead, row_ids=row_ids, error=error, now=now))

    async def cancel(self, row_ids: Sequence[int], reason: CancelReason) -> None:
        """Let rows that wait never go."""
        await self._database.write(partial(outbox.cancel, row_ids=row_ids, reason=reason))

    async def add(self, notifications: Sequence[Notification]) -> int:
        """Insert rows unless their dedup_key exists; return how many were new."""
        return await self._database.write(partial(outbox.insert, notifications=tuple(notifications)))

    async def sent_since(self, channel: str, since_at: float) -> int:
        """Count the messages that the channel took since then."""
        return await self._database.read(partial(outbox.count_sent_since, channel=channel, since_at=since_at))

    async def next_due_at(self, now: float, channel: str | None = None) -> float | None:
        """Return when the next row can be looked at, never before `now`; None when none waits."""
        due_at = await self._database.read(partial(outbox.select_next_due_at, channel=channel))
        return None if due_at is None else max(now, due_at)

    async def bring_forward(self, now: float, *, step_s: float = 0.0) -> None:
        """After the wall clock was set by `step_s`: no waiting row is delayed by it, nor planned farther ahead than rows ever are."""
        await self._database.write(partial(outbox.bring_forward, now=now, step_s=step_s))

    async def stats(self, now: float) -> OutboxStats:
        """Count the rows."""
        return await self._database.read(partial(outbox_view.select_stats, now=now))

    async def late_since(self, now: float) -> dict[str, float]:
        """Return channel -> since when its longest overdue row should have gone."""
        return await self._database.read(partial(outbox_view.select_late_since, now=now))

    async def dead_letters(self) -> list[OutboxEntry]:
        """Return the rows given up, the latest first."""
        return await self._database.read(outbox_view.select_dead)

    async def queue(self, channel: str | None, limit: int, *, dead: bool) -> list[OutboxEntry]:
        """Return what waits, or was given up, the longest due first."""
        return await self._database.read(
            partial(outbox_view.select_queue, channel=channel, limit=limit, dead=dead)
        )

    async def entries_of(self, about_id: str) -> list[OutboxEntry]:
        """Return the rows about an incident or bulletin in the order they were decided."""
        return await self._database.read(partial(outbox_view.select_entries_of, about_id=about_id))

    async def bulletin(self, bulletin_id: str) -> Bulletin | None:
        """Return what is told besides incidents, None when there is none of that id."""
        return await self._database.read(partial(outbox_view.select_bulletin, bulletin_id=bulletin_id))

    async def self_alarms(self, prefix: str) -> list[str]:
        """Return the ids of all that was told of troubles of our own components that begin so, the oldest first."""
        return await self._database.read(partial(outbox_view.select_self_alarms, prefix=prefix))

    async def revive(self, row_ids: Sequence[int] | None, now: float) -> list[int]:
        """Let rows given up (None: all of them) go now; return which."""
        return await self._database.write(partial(outbox_view.revive, row_ids=row_ids, now=now))

    async def drop(self, row_ids: Sequence[int]) -> list[int]:
        """Let rows that wait or were given up never go; return which."""
        return await self._database.write(partial(outbox_view.drop, row_ids=row_ids))
