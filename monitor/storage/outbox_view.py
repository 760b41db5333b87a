"""The outbox as people see it: what waits, what was given up, how late it is, and what they do about it."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alerts.delivery.outbox import OutboxRow
from alerts.model.notification import Bulletin, BulletinKind, CancelReason
from monitor.storage.errors import sound_rows
from monitor.storage.outbox import outbox_row

_SELECT: Final = (
    "select last_attempt_at, sent_at, dead_at, cancel_reason, receipt, id, attempts, last_error, next_attempt_at, "
    "message_id, in_doubt_at, held, about_id, kind, channel, recipient, due_at, round, step, severity, person, "
    "instead_of, was_told from outbox_told "
)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A row of the outbox with all that happened to it, for pages and the command line.

    At most one of `sent_at`, `dead_at` and `cancel_reason` is set; none: it waits. `receipt` is what the channel called
    the message.
    """

    row: OutboxRow
    last_attempt_at: float | None
    sent_at: float | None
    dead_at: float | None
    cancel_reason: CancelReason | None
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """Counts of rows. `oldest_due_age_s`: how long the longest overdue waiting row is late, None when none is."""

    waiting: int
    due: int
    oldest_due_age_s: float | None
    sent: int
    dead: int
    cancelled: int


def select_stats(connection: sqlite3.Connection, now: float) -> OutboxStats:
    """Count the rows."""
    waiting, due, oldest = connection.execute(
        "select count(*), count(*) filter (where late_since_at <= ?1), "
        "min(late_since_at) filter (where late_since_at <= ?1) from waiting_told",
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


def select_late_since(connection: sqlite3.Connection, now: float) -> dict[str, float]:
    """Return channel -> since when its longest overdue row should have gone; on time ones are absent."""
    rows = connection.execute(
        "select channel, min(late_since_at) from waiting_told where late_since_at <= ? group by channel",
        (now,),
    )
    return dict(rows)


def select_entries_of(connection: sqlite3.Connection, about_id: str) -> list[OutboxEntry]:
    """Return the rows about an incident or bulletin in the order they were decided."""
    return _entries(connection.execute(_SELECT + "where about_id = ? order by id", (about_id,)))


def select_last_good(connection: sqlite3.Connection, people: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return (person, channel) -> when a message last went out to them there; who never got one is absent."""
    rows = connection.execute(
        "select person, channel, max(sent_at) from outbox "
        "where sent_at is not null and person in (select value from json_each(?)) group by person, channel",
        (json.dumps(list(people)),),
    )
    return {(person, channel): at for person, channel, at in rows}


def select_dead(connection: sqlite3.Connection) -> list[OutboxEntry]:
    """Return the rows given up, the latest first."""
    return _entries(connection.execute(_SELECT + "where dead_at is not null order by dead_at desc, id desc"))


def select_queue(
    connection: sqlite3.Connection, channel: str | None, limit: int, *, dead: bool
) -> list[OutboxEntry]:
    """Return what waits (`dead`: what was given up), of one channel or of all, the longest due first."""
    fate = "dead_at is not null" if dead else "sent_at is null and dead_at is null and cancel_reason is null"
    query = _SELECT + f"where {fate} and (?1 is null or channel = ?1) order by due_at, id limit ?2"
    return _entries(connection.execute(query, (channel, limit)))


@sound_rows()
def select_bulletin(connection: sqlite3.Connection, bulletin_id: str) -> Bulletin | None:
    """Return what is told besides incidents."""
    row = connection.execute("select kind, at, facts from bulletin where id = ?", (bulletin_id,)).fetchone()
    return None if row is None else Bulletin(bulletin_id, BulletinKind(row[0]), row[1], json.loads(row[2]))


def select_self_alarms(connection: sqlite3.Connection, prefix: str) -> list[str]:
    """Return the ids of the bulletins about the monitor's own components that begin so, the oldest first."""
    rows = connection.execute(
        "select id from bulletin where kind = ? and id like 'self:' || ? || '%' order by at, id",
        (BulletinKind.SELF, prefix),
    )
    return [bulletin_id for (bulletin_id,) in rows]


def revive(connection: sqlite3.Connection, row_ids: Sequence[int] | None, now: float) -> list[int]:
    """Let rows given up (None: all of them) and rows that wait for their next attempt go now; return which."""
    rows = connection.execute(
        "update outbox set dead_at = null, next_attempt_at = min(next_attempt_at, ?1), "
        "attempts = case when dead_at is null then attempts else 0 end "
        "where sent_at is null and cancel_reason is null and due_at <= ?1 "
        "and case when ?2 is null then dead_at is not null else id in (select value from json_each(?2)) end "
        "returning id",
        (now, None if row_ids is None else json.dumps(list(row_ids))),
    )
    return sorted(row_id for (row_id,) in rows)


def drop(connection: sqlite3.Connection, row_ids: Sequence[int]) -> list[int]:
    """Let rows that wait or were given up never go; return which."""
    rows = connection.execute(
        "update outbox set cancel_reason = ?, dead_at = null where sent_at is null and cancel_reason is null "
        "and id in (select value from json_each(?)) returning id",
        (CancelReason.DROPPED, json.dumps(list(row_ids))),
    )
    return sorted(row_id for (row_id,) in rows)


@sound_rows()
def _entries(rows: sqlite3.Cursor) -> list[OutboxEntry]:
    return [
        OutboxEntry(
            row=outbox_row(*row),
            last_attempt_at=last_attempt_at,
            sent_at=sent_at,
            dead_at=dead_at,
            cancel_reason=None if cancel_reason is None else CancelReason(cancel_reason),
            receipt=receipt,
        )
        for last_attempt_at, sent_at, dead_at, cancel_reason, receipt, *row in rows
    ]
