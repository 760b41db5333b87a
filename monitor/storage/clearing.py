"""What state.db need not keep for ever is dropped day by day. Transitions, incidents, their log and corrections stay.

Dropped are: messages settled (sent or cancelled) 13 months ago whose incident ended by then; bulletins as old that no
message is about; used tokens that are not valid any more; audit entries of more than two years. Messages given up wait for a
person.
"""

import sqlite3
from functools import partial
from typing import Final

from alerts.model.notification import BulletinKind
from monitor.storage.database import Database
from monitor.storage.errors import sound_rows
from monitor.storage.used_once import KEPT_S

MESSAGES_KEPT_S: Final = 397 * 86_400.0
AUDIT_KEPT_S: Final = 731 * 86_400.0
ROWS_AT_ONCE: Final = 2_000
"""So many rows of a table in one transaction: an alert waits for it."""
TRANSACTIONS_A_DAY: Final = 25
SKIPPED_AT_MOST_S: Final = 45 * 86_400.0
_CLEARED_AT: Final = "cleared_at"

_MESSAGES: Final = (
    "delete from outbox where id in (select o.id from outbox o left join incident i on i.id = o.about_id "
    # Ids grow with time: the younger ones are not even looked at.
    "where o.id < coalesce((select y.id from outbox y where y.due_at >= ?1 order by y.id limit 1), 9e18) "
    "and coalesce(o.sent_at, case when o.cancel_reason is not null then o.due_at end) < ?1 and o.dead_at is null "
    "and o.due_at < ?1 and (i.id is null or i.close_reason is not null and coalesce(i.resolved_at, i.declared_at) < ?1) "
    "limit ?2)"
)
_BULLETINS: Final = (
    "delete from bulletin where id in (select b.id from bulletin b where b.at < ?1 and b.kind <> ?3 "
    "and not exists (select 1 from outbox o where o.about_id = b.id) limit ?2)"
)
_TOKENS: Final = "delete from used_once where token in (select token from used_once where at < ?1 limit ?2)"
_AUDIT: Final = "delete from audit where id in (select id from audit where at < ?1 limit ?2)"


async def clear(database: Database, now: float) -> int:
    """Drop what is old, in short transactions; return how many rows. What is left over goes another day.

    After a leap of the clock nothing is dropped before the next day: it may be wrong. Raises StorageError.
    """
    if not await database.write(partial(_is_plausible, now=now)):
        return 0
    dropped = 0
    for _ in range(TRANSACTIONS_A_DAY):
        count = await database.write(partial(clear_some, now=now))
        dropped += count
        if count < ROWS_AT_ONCE:
            break
    return dropped


def clear_some(connection: sqlite3.Connection, now: float) -> int:
    """Drop at most ROWS_AT_ONCE rows of each table; return how many."""
    old_at, self_told = now - MESSAGES_KEPT_S, BulletinKind.SELF
    return (
        connection.execute(_MESSAGES, (old_at, ROWS_AT_ONCE)).rowcount
        + connection.execute(_BULLETINS, (old_at, ROWS_AT_ONCE, self_told)).rowcount
        + connection.execute(_TOKENS, (now - KEPT_S, ROWS_AT_ONCE)).rowcount
        + connection.execute(_AUDIT, (now - AUDIT_KEPT_S, ROWS_AT_ONCE)).rowcount
    )


@sound_rows()
def _is_plausible(connection: sqlite3.Connection, now: float) -> bool:
    """Note that it was `now`; False when that is far from the last time."""
    row = connection.execute("select value from meta where key = ?", (_CLEARED_AT,)).fetchone()
    connection.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (_CLEARED_AT, repr(now)),
    )
    return row is not None and abs(now - float(row[0])) <= SKIPPED_AT_MOST_S
