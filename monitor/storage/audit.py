"""The audit log of state.db: who did what to the monitor, and to which version of the inventory. Append-only."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.storage.errors import sound_rows


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. `action` for machines; `digest` names the inventory it was about, `detail` is one line for people."""

    at: float
    who: str
    action: str
    digest: str = ""
    detail: str = ""


def insert_entries(connection: sqlite3.Connection, entries: Sequence[AuditEntry]) -> None:
    """Append entries."""
    connection.executemany(
        "insert into audit (at, who, action, digest, detail) values (?, ?, ?, ?, ?)",
        [(entry.at, entry.who, entry.action, entry.digest, entry.detail) for entry in entries],
    )


@sound_rows()
def select_entries(connection: sqlite3.Connection, limit: int) -> list[AuditEntry]:
    """Return at most `limit` entries, the latest first."""
    rows = connection.execute(
        "select at, who, action, digest, detail from audit order by id desc limit ?", (limit,)
    )
    return [AuditEntry(*row) for row in rows]
