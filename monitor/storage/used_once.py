"""What may happen once: a link that acts, a message of a chat that is handed to us again and again."""

import sqlite3
from functools import partial
from typing import Final

from monitor.storage.database import Database

KEPT_S: Final = 8 * 86_400.0
"""Longer than any link lives, and than a chat service repeats a message."""


class UsedOnce:
    """Remembers tokens in state.db for some days. Every method may raise StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, token: str, now: float) -> bool:
        """Take a token, durably; False when it was taken before."""
        return await self._database.write(partial(_take, token=token, now=now))

    async def is_taken(self, token: str) -> bool:
        """Whether it was taken."""
        return await self._database.read(partial(_is_taken, token=token))


def _take(connection: sqlite3.Connection, token: str, now: float) -> bool:
    connection.execute("delete from used_once where at < ?", (now - KEPT_S,))
    taken = connection.execute(
        "insert into used_once (token, at) values (?, ?) on conflict (token) do nothing", (token, now)
    )
    return taken.rowcount == 1


def _is_taken(connection: sqlite3.Connection, token: str) -> bool:
    return connection.execute("select 1 from used_once where token = ?", (token,)).fetchone() is not None
