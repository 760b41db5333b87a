"""What a decision does to the outbox: rows added, cancelled, handed over, and the ends of what was told."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

from alerts.model.notification import (
    TELLING,
    Bulletin,
    Cancellation,
    CancelReason,
    HandOver,
    Notification,
    NotificationKind,
    Recovery,
)
from monitor.storage import outbox

_TELLING: Final = ", ".join(f"'{kind}'" for kind in sorted(TELLING))
_DECIDED: Final = ", ".join(
    f"'{reason}'"
    for reason in (
        CancelReason.RESOLVED_BEFORE_DUE,
        CancelReason.ABSORBED,
        CancelReason.REMOVED,
        CancelReason.ACKNOWLEDGED,
        CancelReason.CAME_BACK_DOWN,
    )
)
# Whoever was told since they last heard of an end. What was cancelled was never told.
_STANDING: Final = (
    f"from outbox o where o.about_id = ? and o.kind in ({_TELLING}) and o.cancel_reason is null and o.id > coalesce(("  # noqa: S608 (constants only)
    "select max(r.id) from outbox r where r.about_id = o.about_id and r.kind = 'resolved' "
    "and r.channel = o.channel and r.recipient = o.recipient and r.cancel_reason is null), 0) "
)


def cancel(connection: sqlite3.Connection, cancellations: Iterable[Cancellation]) -> None:
    """Cancel what waits and nobody tried to send."""
    for each in cancellations:
        kinds = ", ".join(f"'{kind}'" for kind in sorted(each.kinds))
        connection.execute(
            f"update outbox set cancel_reason = ? where about_id = ? and kind in ({kinds}) and due_at > ? "  # noqa: S608 (of an enum)
            "and attempts = 0 and sent_at is null and dead_at is null and cancel_reason is null",
            (each.reason, each.about_id, each.due_after),
        )


def add(connection: sqlite3.Connection, notifications: Iterable[Notification]) -> None:
    """Add rows that wait.

    When decisions are saved once more, an earlier cancellation among them meets what a later one had added: that waits
    again.
    """
    rows = tuple(notifications)
    outbox.insert(connection, rows)
    connection.executemany(
        f"update outbox set cancel_reason = null where dedup_key = ? and cancel_reason in ({_DECIDED}) "  # noqa: S608 (of an enum)
        "and attempts = 0 and sent_at is null and dead_at is null",
        ((row.dedup_key,) for row in rows),
    )


def hand_over(connection: sqlite3.Connection, hand_overs: Iterable[HandOver]) -> None:
    """Let whoever was told, or will be, of one count as told of the other: as rows that are settled already."""
    for each in hand_overs:
        connection.execute(
            "insert into outbox (dedup_key, about_id, kind, round, step, severity, channel, recipient, person, "
            "due_at, next_attempt_at, sent_at) "
            "select ?2 || ':handed:' || ?1 || ':' || o.channel || ':' || o.recipient, ?2, 'opened', o.round, o.step, "
            "o.severity, o.channel, o.recipient, o.person, min(o.due_at), min(o.due_at), "
            "coalesce(min(o.sent_at), min(o.last_attempt_at), min(o.due_at)) "
            + _STANDING.replace("= ?", "= ?1", 1)
            + "and (o.sent_at is not null or o.dead_at is null) "
            "group by o.channel, o.recipient, o.person on conflict (dedup_key) do nothing",
            (each.from_id, each.to_id),
        )


def add_recoveries(connection: sqlite3.Connection, recoveries: Iterable[Recovery]) -> None:
    """For everybody with a telling row that stands, one row that tells the end."""
    for recovery in recoveries:
        told = connection.execute(
            "select o.channel, o.recipient, o.person "
            + _STANDING
            + "group by o.channel, o.recipient, o.person order by min(o.id)",
            (recovery.incident_id,),
        ).fetchall()
        add(
            connection,
            [
                Notification(
                    about_id=recovery.incident_id,
                    kind=NotificationKind.RESOLVED,
                    channel=channel,
                    recipient=recipient,
                    due_at=recovery.due_at,
                    round=recovery.round,
                    severity=recovery.severity,
                    person=person,
                )
                for channel, recipient, person in told
            ],
        )


def add_bulletins(connection: sqlite3.Connection, bulletins: Iterable[Bulletin]) -> None:
    """Save what is told besides incidents, once."""
    connection.executemany(
        "insert into bulletin (id, kind, at, facts) values (?, ?, ?, ?) on conflict do nothing",
        (
            (each.id, each.kind, each.at, json.dumps(dict(each.facts), ensure_ascii=False))
            for each in bulletins
        ),
    )
