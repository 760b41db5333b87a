"""The audit log of state.db: who did what to the monitor, and to which version of the inventory. Append-only."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.storage.errors import sound_rows


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. `action` for machines; `digest` names the inventory it was about, `detail` is one line for people.

    `source` says from where it came: a network address, "uid 0"; "" when the daemon itself did it.
    """

    at: float
    who: str
    action: str
    digest: str = ""
    detail: str = ""
    source: str = ""


def insert_entries(connection: sqlite3.Connection, entries: Sequence[AuditEntry]) -> None:
    """Append entries."""
    connection.executemany(
        "insert into audit (at, who, action, digest, detail, source) values (?, ?, ?, ?, ?, ?)",
        [(entry.at, entry.who, entry.action, entry.digest, entry.detail, entry.source) for entry in entries],
    )


@sound_rows()
def select_entries(connection: sqlite3.Connection, limit: int) -> list[AuditEntry]:
    """Return at most `limit` entries, the latest first."""
    rows = connection.execute(
        "select at, who, action, digest, detail, source from audit order by id desc limit ?", (limit,)
    )
    return [AuditEntry(*row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """Which entries are wanted, the latest first. `who` and `text` are parts of words, `action` is how it begins."""

    who: str = ""
    action: str = ""
    text: str = ""
    """In detail or source."""
    from_at: float | None = None
    until_at: float | None = None
    before_id: int | None = None
    """Only entries that were written before this one."""
    limit: int = 100


_ESCAPE: Final = str.maketrans({"%": "\\%", "_": "\\_", "\\": "\\\\"})


@sound_rows()
def select_asked(connection: sqlite3.Connection, question: AuditQuestion) -> list[tuple[int, AuditEntry]]:
    """Return entries with their numbers."""
    wanted = {
        "who like ? escape '\\'": f"%{question.who.translate(_ESCAPE)}%" if question.who else None,
        "action like ? escape '\\'": f"{question.action.translate(_ESCAPE)}%" if question.action else None,
        "detail || ' ' || source like ? escape '\\'": (
            f"%{question.text.translate(_ESCAPE)}%" if question.text else None
        ),
        "at >= ?": question.from_at,
        "at < ?": question.until_at,
        "id < ?": question.before_id,
    }
    asked = {condition: value for condition, value in wanted.items() if value is not None}
    where = " and ".join(asked) or "true"
    rows = connection.execute(
        f"select id, at, who, action, digest, detail, source from audit where {where} order by id desc limit ?",  # noqa: S608 (conditions are ours)
        (*asked.values(), question.limit),
    )
    return [(row[0], AuditEntry(*row[1:])) for row in rows]
