"""What a database that comes back from a copy must not do again: send what was sent, give numbers that were given.

Functions on the open, restored state.db; `present` is the database it replaces, None when that cannot be read.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from alerts.model.notification import CancelReason
from monitor.storage.incident_rows import last_numbers

WAITED_AT_MOST_S: Final = 3_600.0
"""What was due longer ago is not sent after a restore: it may have been sent, and is stale."""
NUMBERS_SKIPPED: Final = 100
"""How many numbers of incidents are left out when nobody can say which were given after the copy."""
FLOOR: Final = "number:"
"""Begins the keys of meta that say which number was given at most; `last_numbers` reads them."""


@dataclass(frozen=True, slots=True)
class CancelledRow:
    """A message that a restore cancelled."""

    about_id: str
    kind: str
    channel: str
    recipient: str
    due_at: float


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the messages that waited in the copy."""

    known: int
    """Settled as the present database had them."""
    cancelled: tuple[CancelledRow, ...]
    kept: int
    """Still wait and go after the start."""


def is_continued_by(copy: sqlite3.Connection, present: sqlite3.Connection) -> bool:
    """Whether `present` knows the copy's latest incident, so that it knows what came after the copy. Raises sqlite3.Error."""
    latest = copy.execute(
        "select id, declared_at from incident order by declared_at desc, id desc limit 1"
    ).fetchone()
    return (
        latest is None
        or present.execute("select 1 from incident where id = ? and declared_at = ?", latest).fetchone()
        is not None
    )


def settle_outbox(connection: sqlite3.Connection, present: sqlite3.Connection | None, now: float) -> Settled:
    """Settle what waits as `present` knows it to be settled, and cancel what is old. Raises sqlite3.Error."""
    waiting = connection.execute("select id, dedup_key from waiting order by id").fetchall()
    known = 0
    for row_id, key in waiting if present is not None else ():
        fate = present.execute(  # type: ignore[union-attr]  # none is asked then
            "select sent_at, dead_at, cancel_reason, message_id, receipt, attempts, last_attempt_at from outbox "
            "where dedup_key = ?",
            (key,),
        ).fetchone()
        if fate is not None and fate[:3] != (None, None, None):
            connection.execute(
                "update outbox set sent_at = ?, dead_at = ?, cancel_reason = ?, message_id = ?, receipt = ?, "
                "attempts = ?, last_attempt_at = ? where id = ?",
                (*fate, row_id),
            )
            known += 1
    cancelled = connection.execute(
        "update outbox set cancel_reason = ? where id in (select id from waiting where due_at < ?) "
        "returning about_id, kind, channel, recipient, due_at",
        (CancelReason.RESTORED, now - WAITED_AT_MOST_S),
    ).fetchall()
    (kept,) = connection.execute("select count(*) from waiting").fetchone()
    return Settled(known, tuple(CancelledRow(*row) for row in cancelled), kept)


def leave_out_numbers(connection: sqlite3.Connection, present: sqlite3.Connection | None) -> dict[str, int]:
    """Note up to which number incidents count as given: messages about them are out. Raises sqlite3.Error.

    Returns series ("SC-2026") -> that number.
    """
    given = dict(last_numbers(connection))
    if present is None:
        given = {series: number + NUMBERS_SKIPPED for series, number in given.items()}
    else:
        for series, number in last_numbers(present).items():
            given[series] = max(number, given.get(series, 0))
    connection.executemany(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        [(FLOOR + series, str(number)) for series, number in given.items()],
    )
    return given
