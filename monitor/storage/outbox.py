"""The outbox's rows. Functions for `Database.write` and `Database.read`.

A row waits while it is neither sent nor dead nor cancelled. It is claimed before the send and marked sent after it.
"""

import sqlite3
from dataclasses import dataclass

from alerts.delivery.outbox import OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind
from monitor.storage.errors import sound_rows

_SELECT_ENTRIES = (
    "select last_attempt_at, sent_at, dead_at, cancel_reason, "
    "id, attempts, last_error, next_attempt_at, incident_id, kind, step, channel, recipient, due_at, held from outbox "
)

FARTHEST_AHEAD_S = 900.0
"""The longest wait that alerting plans, but for what is held back: its slowest retry."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A row of the outbox with all that happened to it, for pages and the command line.

    At most one of `sent_at`, `dead_at` and `cancel_reason` is set; none: it waits.
    """

    row: OutboxRow
    last_attempt_at: float | None
    sent_at: float | None
    dead_at: float | None
    cancel_reason: CancelReason | None


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """Counts of rows. `oldest_due_age_s`: how long the longest overdue waiting row is late, None when none is."""

    waiting: int
    due: int
    oldest_due_age_s: float | None
    sent: int
    dead: int
    cancelled: int


@sound_rows()
def select_due(
    connection: sqlite3.Connection, channel: str, now: float, limit: int
) -> tuple[list[OutboxRow], bool]:
    """Return the rows to send now, and whether `cancel_never_told` has work."""
    rows = connection.execute(
        "select id, attempts, last_error, next_attempt_at, incident_id, kind, step, channel, recipient, due_at, held "
        "from waiting_judged where channel = ? and next_attempt_at <= ? and is_told and not is_blocked "
        "order by next_attempt_at, id limit ?",
        (channel, now, limit),
    )
    due = [_outbox_row(*row) for row in rows]
    (orphans,) = connection.execute(
        "select exists (select 1 from waiting_judged where channel = ? and next_attempt_at <= ? "
        "and not is_told and not is_blocked)",
        (channel, now),
    ).fetchone()
    return due, bool(orphans)


def cancel_never_told(connection: sqlite3.Connection, channel: str, now: float) -> int:
    """Cancel due resolved rows whose recipient was never told of the problem; return how many."""
    return connection.execute(
        "update outbox set cancel_reason = ? where id in (select id from waiting_judged "
        "where channel = ? and next_attempt_at <= ? and not is_told and not is_blocked)",
        (CancelReason.NEVER_TOLD, channel, now),
    ).rowcount


def claim(connection: sqlite3.Connection, row_id: int, now: float) -> bool:
    """Count an attempt of a row that still waits; False when it does not."""
    changed = connection.execute(
        "update outbox set attempts = attempts + 1, last_attempt_at = ? where id in (select id from waiting where id = ?)",
        (now, row_id),
    ).rowcount
    return changed == 1


def put_off(connection: sqlite3.Connection, row_id: int, reason: SuppressionReason, until_at: float) -> None:
    """Let a row that still waits be due at `until_at`, because it is held back."""
    connection.execute(
        "update outbox set due_at = ?, next_attempt_at = ?, held = ? where id in (select id from waiting where id = ?)",
        (until_at, until_at, reason, row_id),
    )


def mark_sent(connection: sqlite3.Connection, row_id: int, now: float) -> None:
    """Settle the row as sent; the first time stays. Sent is a fact: it wins over dead and cancelled."""
    connection.execute(
        "update outbox set sent_at = ?, dead_at = null, cancel_reason = null where id = ? and sent_at is null",
        (now, row_id),
    )


def plan_retry(connection: sqlite3.Connection, row_id: int, error: str, next_attempt_at: float) -> None:
    """Note the error and the time of the next attempt (never before due_at) of a row that still waits."""
    connection.execute(
        "update outbox set last_error = ?, next_attempt_at = max(due_at, ?) "
        "where id in (select id from waiting where id = ?)",
        (error, next_attempt_at, row_id),
    )


def mark_dead(connection: sqlite3.Connection, row_id: int, error: str, now: float) -> None:
    """Give up a row that still waits."""
    connection.execute(
        "update outbox set last_error = ?, dead_at = ? where id in (select id from waiting where id = ?)",
        (error, now, row_id),
    )


def bring_forward(connection: sqlite3.Connection, now: float, step_s: float) -> None:
    """Let no waiting row wait longer because the clock was set back by `-step_s`.

    Rows planned farther ahead than any wait in alerting are due now: the clock they were planned by was wrong, or they
    are held back, and delivery puts them off again. Whether a hold is over only the engine knows.
    """
    if step_s < 0:
        connection.execute(
            "update outbox set due_at = min(due_at, max(?1, next_attempt_at + ?2)), "
            "next_attempt_at = max(?1, next_attempt_at + ?2) "
            "where id in (select id from waiting where next_attempt_at > ?1)",
            (now, step_s),
        )
    connection.execute(
        "update outbox set due_at = min(due_at, ?1), next_attempt_at = ?1 "
        "where id in (select id from waiting where next_attempt_at > ?1 + ?2)",
        (now, FARTHEST_AHEAD_S),
    )


def select_next_due_at(connection: sqlite3.Connection, channel: str | None) -> float | None:
    """Return when `select_due` or `cancel_never_told` next has work, None when it never will."""
    (due_at,) = connection.execute(
        "select min(next_attempt_at) from waiting_judged where (?1 is null or channel = ?1) and not is_blocked",
        (channel,),
    ).fetchone()
    return None if due_at is None else float(due_at)


def select_stats(connection: sqlite3.Connection, now: float) -> OutboxStats:
    """Count the rows."""
    waiting, due, oldest = connection.execute(
        "select count(*), count(*) filter (where due_at <= ?1), min(due_at) filter (where due_at <= ?1) from waiting",
        (now,),
    ).fetchone()
    sent, dead, cancelled = connection.execute(
        "select count(sent_at), count(dead_at), count(cancel_reason) from outbox"
    ).fetchone()
    return OutboxStats(
        waiting=waiting,
        due=due,
        oldest_due_age_s=None if oldest is None else now - oldest,
        sent=sent,
        dead=dead,
        cancelled=cancelled,
    )


def select_entries_of(connection: sqlite3.Connection, incident_id: str) -> list[OutboxEntry]:
    """Return the incident's rows in the order they were decided."""
    return _entries(connection.execute(_SELECT_ENTRIES + "where incident_id = ? order by id", (incident_id,)))


def select_dead(connection: sqlite3.Connection) -> list[OutboxEntry]:
    """Return the rows given up, the latest first."""
    return _entries(
        connection.execute(_SELECT_ENTRIES + "where dead_at is not null order by dead_at desc, id desc")
    )


@sound_rows()
def _entries(rows: sqlite3.Cursor) -> list[OutboxEntry]:
    return [
        OutboxEntry(
            row=_outbox_row(*row),
            last_attempt_at=last_attempt_at,
            sent_at=sent_at,
            dead_at=dead_at,
            cancel_reason=None if cancel_reason is None else CancelReason(cancel_reason),
        )
        for last_attempt_at, sent_at, dead_at, cancel_reason, *row in rows
    ]


def _outbox_row(  # noqa: PLR0913, PLR0917 (one parameter a column)
    row_id: int,
    attempts: int,
    last_error: str,
    next_attempt_at: float,
    incident_id: str,
    kind: str,
    step: int,
    channel: str,
    recipient: str,
    due_at: float,
    held: str | None,
) -> OutboxRow:
    return OutboxRow(
        id=row_id,
        notification=Notification(
            incident_id=incident_id,
            kind=NotificationKind(kind),
            channel=channel,
            recipient=recipient,
            due_at=due_at,
            step=step,
            held=None if held is None else SuppressionReason(held),
        ),
        attempts=attempts,
        last_error=last_error,
        next_attempt_at=next_attempt_at,
    )
