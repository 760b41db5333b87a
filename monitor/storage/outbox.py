"""The outbox's rows. Functions for `Database.write` and `Database.read`.

A row waits while it is neither sent nor dead nor cancelled. It is claimed before the send and marked sent after it.
Lists of ids travel as JSON: SQLite bounds the number of parameters.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from alerts.delivery.outbox import OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind
from monitor.storage.errors import sound_rows

FARTHEST_AHEAD_S = 900.0
"""The longest wait that alerting plans, but for what is kept for the budget's sake: its slowest retry."""

_SELECT: Final = (
    "select id, attempts, last_error, next_attempt_at, message_id, in_doubt_at, held, about_id, kind, channel, "
    "recipient, due_at, round, step, severity, person, instead_of, was_told from waiting_told as o "
)


@sound_rows()
def select_due(connection: sqlite3.Connection, channel: str, now: float, limit: int) -> list[OutboxRow]:
    """Return what the recipients of the `limit` longest due rows may be told now, and what waits for the same incidents."""
    rows = connection.execute(
        _SELECT  # noqa: S608 (constants only)
        + "where channel = ?1 and recipient in ("
        "select recipient from (select recipient from waiting where channel = ?1 and next_attempt_at <= ?2 "
        "order by next_attempt_at, id limit ?3)) "
        "and (next_attempt_at <= ?2 or exists (select 1 from waiting d where d.about_id = o.about_id "
        "and d.channel = o.channel and d.recipient = o.recipient and d.next_attempt_at <= ?2)) "
        "order by next_attempt_at, id",
        (channel, now, limit),
    )
    return [outbox_row(*row) for row in rows]


@sound_rows()
def select_overdue(
    connection: sqlite3.Connection,
    channel: str,
    due_before: float,
    limit: int,
    *,
    tried: bool,
    but: Collection[int] = (),
) -> list[OutboxRow]:
    """Return rows of people that were due by then and wait in vain (`tried`: at least once), without a substitute yet.

    With a row comes all else that waits for the same incident and person: its end must not be told alone. `but`: not
    these.
    """
    rows = connection.execute(
        _SELECT  # noqa: S608 (constants only)
        + "where channel = ?1 and person <> '' and id not in (select value from json_each(?5)) and exists (select 1 from waiting d where d.about_id = o.about_id "
        "and d.channel = o.channel and d.recipient = o.recipient and d.due_at <= ?2 and d.held is not 'budget' "
        "and (not ?3 or d.last_error <> '')) "
        "and not exists (select 1 from outbox s where s.about_id = o.about_id and s.instead_of = o.dedup_key) "
        "order by due_at, id limit ?4",
        (channel, due_before, tried, limit, json.dumps(list(but))),
    )
    return [outbox_row(*row) for row in rows]


def claim(connection: sqlite3.Connection, row_ids: Sequence[int], message_id: str, now: float) -> bool:
    """Count an attempt of rows that still wait; False, and nothing is counted, when one of them does not."""
    ids = json.dumps(list(row_ids))
    (waiting,) = connection.execute(
        "select count(*) from waiting where id in (select value from json_each(?))", (ids,)
    ).fetchone()
    if waiting != len(row_ids):
        return False
    connection.execute(
        "update outbox set attempts = attempts + 1, last_attempt_at = ?, message_id = ? where id in (select value from json_each(?))",
        (now, message_id, ids),
    )
    return True


def put_off(
    connection: sqlite3.Connection, row_ids: Sequence[int], reason: SuppressionReason | None, until_at: float
) -> None:
    """Let rows that still wait go no sooner than `until_at`.

    What is held back is due then, so that it falls with an incident that ends before. What only the budget keeps was
    due: it goes, with the end of it.
    """
    is_kept = reason is SuppressionReason.BUDGET
    connection.execute(
        "update outbox set due_at = case when ? then due_at else ? end, next_attempt_at = ?, held = coalesce(?, held) "
        "where id in (select id from waiting where id in (select value from json_each(?)))",
        (is_kept, until_at, until_at, reason, json.dumps(list(row_ids))),
    )


def mark_sent(
    connection: sqlite3.Connection,
    row_ids: Sequence[int],
    now: float,
    *,
    receipt: str,
    in_doubt_at: float | None,
) -> None:
    """Settle rows as sent; the first time stays. Sent is a fact: it wins over dead and cancelled.

    Whatever waits to tell the same person the same on another channel is cancelled.
    """
    ids = json.dumps(list(row_ids))
    connection.execute(
        "update outbox set sent_at = ?, receipt = ?, dead_at = null, cancel_reason = null, "
        "in_doubt_at = coalesce(in_doubt_at, ?) where id in (select value from json_each(?)) and sent_at is null",
        (now, receipt, in_doubt_at, ids),
    )
    connection.execute(
        "with recursive same (id, about_id, dedup_key, instead_of) as ("
        "select id, about_id, dedup_key, instead_of from outbox where id in (select value from json_each(?)) union "
        "select o.id, o.about_id, o.dedup_key, o.instead_of from same s join outbox o on o.about_id = s.about_id "
        "and (o.dedup_key = s.instead_of or o.instead_of = s.dedup_key)) "
        "update outbox set cancel_reason = ? where id in (select id from waiting where id in (select id from same))",
        (ids, CancelReason.TOLD_OTHERWISE),
    )


def plan_retry(
    connection: sqlite3.Connection,
    row_ids: Sequence[int],
    error: str,
    next_attempt_at: float,
    *,
    in_doubt_at: float | None,
) -> None:
    """Note the error and the time of the next attempt (never before due_at) of rows that still wait.

    What is not in doubt leaves its message: with what came meanwhile it may go as another.
    """
    connection.execute(
        "update outbox set last_error = ?1, next_attempt_at = max(due_at, ?2), in_doubt_at = coalesce(in_doubt_at, ?3), "
        "message_id = case when coalesce(in_doubt_at, ?3) is null then '' else message_id end "
        "where id in (select id from waiting where id in (select value from json_each(?4)))",
        (error, next_attempt_at, in_doubt_at, json.dumps(list(row_ids))),
    )


def mark_dead(connection: sqlite3.Connection, row_ids: Sequence[int], error: str, now: float) -> None:
    """Give up rows that still wait."""
    connection.execute(
        "update outbox set last_error = ?, dead_at = ? where id in (select id from waiting where id in (select value from json_each(?)))",
        (error, now, json.dumps(list(row_ids))),
    )


def cancel(connection: sqlite3.Connection, row_ids: Sequence[int], reason: CancelReason) -> None:
    """Let rows that still wait never go."""
    connection.execute(
        "update outbox set cancel_reason = ? where id in (select id from waiting where id in (select value from json_each(?)))",
        (reason, json.dumps(list(row_ids))),
    )


def insert(connection: sqlite3.Connection, notifications: Iterable[Notification]) -> int:
    """Add rows unless their dedup_key exists; return how many were new."""
    added = connection.executemany(
        # `on conflict do nothing` would use up an id, and ids tell the order.
        "insert into outbox (dedup_key, about_id, kind, round, step, severity, channel, recipient, person, instead_of, "
        "due_at, next_attempt_at) select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 "
        "where not exists (select 1 from outbox where dedup_key = ?1)",
        (
            (
                *(n.dedup_key, n.about_id, n.kind, n.round, n.step, n.severity, n.channel, n.recipient),
                *(n.person, n.instead_of, n.due_at, n.due_at),
            )
            for n in notifications
        ),
    )
    return added.rowcount


def bring_forward(connection: sqlite3.Connection, now: float, step_s: float) -> None:
    """Let no waiting row wait longer because the clock was set back by `-step_s`.

    Rows planned farther ahead than any wait in alerting are due now: the clock they were planned by was wrong. What
    the budget keeps until the morning is no such thing.
    """
    if step_s < 0:
        connection.execute(
            "update outbox set due_at = min(due_at, max(?1, next_attempt_at + ?2)), "
            "next_attempt_at = max(?1, next_attempt_at + ?2) "
            "where id in (select id from waiting where next_attempt_at > ?1)",
            (now, step_s),
        )
    connection.execute(
        "update outbox set due_at = min(due_at, ?1), next_attempt_at = ?1 where id in (select id from waiting "
        "where next_attempt_at > ?1 + ?2 and (held is not 'budget' or due_at > ?1 + ?2))",
        (now, FARTHEST_AHEAD_S),
    )


def select_next_due_at(connection: sqlite3.Connection, channel: str | None) -> float | None:
    """Return when the next row can be looked at, None when none waits."""
    (due_at,) = connection.execute(
        "select min(next_attempt_at) from waiting where ?1 is null or channel = ?1", (channel,)
    ).fetchone()
    return None if due_at is None else float(due_at)


def count_sent_since(connection: sqlite3.Connection, channel: str, since_at: float) -> int:
    """Count the messages, not the rows."""
    (sent,) = connection.execute(
        "select count(distinct message_id) from outbox where channel = ? and sent_at >= ? and message_id <> ''",
        (channel, since_at),
    ).fetchone()
    return int(sent)


def outbox_row(  # noqa: PLR0913, PLR0917 (one parameter a column)
    row_id: int,
    attempts: int,
    last_error: str,
    next_attempt_at: float,
    message_id: str,
    in_doubt_at: float | None,
    held: str | None,
    about_id: str,
    kind: str,
    channel: str,
    recipient: str,
    due_at: float,
    round_: int,
    step: int,
    severity: int,
    person: str,
    instead_of: str,
    was_told: int,
) -> OutboxRow:
    """Make a row of its columns."""
    return OutboxRow(
        id=row_id,
        notification=Notification(
            about_id=about_id,
            kind=NotificationKind(kind),
            channel=channel,
            recipient=recipient,
            due_at=due_at,
            round=round_,
            step=step,
            severity=severity,
            person=person,
            instead_of=instead_of,
        ),
        attempts=attempts,
        last_error=last_error,
        next_attempt_at=next_attempt_at,
        message_id=message_id,
        in_doubt_at=in_doubt_at,
        was_told=bool(was_told),
        held=None if held is None else SuppressionReason(held),
    )
