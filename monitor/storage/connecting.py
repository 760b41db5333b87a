"""Connections to a database file, with the settings every one of them has. All of it blocks."""

import sqlite3
import weakref
from pathlib import Path
from typing import Any, Final

BUSY_TIMEOUT_MS: Final = 5_000


class Connection(sqlite3.Connection):
    """Knows its cursors: one that is not read to its end keeps the snapshot, whatever ROLLBACK says.

    Whoever keeps an exception (a handler of logs, a `fault` for pages) keeps the cursors of its frames.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._cursors: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        """Execute as its base does; nobody here makes a cursor otherwise."""
        cursor = super().execute(*statement)
        self._cursors.add(cursor)
        return cursor

    def end_reads(self) -> None:
        """End every statement that is not read to its end."""
        for each in list(self._cursors):
            each.close()
        self._cursors.clear()


def connect(path: Path) -> Connection:
    """Open the database at `path`; whoever got it uses it in one thread at a time. Raises sqlite3.Error."""
    return _connect(str(path), is_uri=False)


def open_reader(path: Path) -> Connection:
    """Open the database at `path` for queries only. Raises sqlite3.Error."""
    connection = connect(path)
    try:
        connection.execute("pragma query_only = on")
    except BaseException:
        connection.close()
        raise
    return connection


def open_still(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes, without leaving anything beside it. Raises sqlite3.Error.

    A write-ahead log beside the file would not be seen.
    """
    return _connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", is_uri=True)


def _connect(name: str, *, is_uri: bool) -> Connection:
    # Each connection is used by one thread at a time: the writer's, or the pool thread that borrowed it.
    connection = sqlite3.connect(
        name,
        timeout=BUSY_TIMEOUT_MS / 1_000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=is_uri,
        factory=Connection,
    )
    try:
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma trusted_schema = off")
    except BaseException:
        connection.close()
        raise
    return connection
