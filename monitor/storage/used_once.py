"""What may happen once: a link that acts, a message of a chat that is handed to us again and again."""

import sqlite3
from collections.abc import Iterable
from typing import Final

KEPT_S: Final = 8 * 86_400.0
"""Longer than any link lives, and than a chat service repeats a message."""


def note_used(connection: sqlite3.Connection, used: Iterable[tuple[str, float]]) -> None:
    """Remember tokens for some days, in the transaction of what they brought about."""
    for token, at in used:
        connection.execute("delete from used_once where at < ?", (at - KEPT_S,))
        connection.execute(
            "insert into used_once (token, at) values (?, ?) on conflict (token) do nothing", (token, at)
        )


def is_used(connection: sqlite3.Connection, token: str) -> bool:
    """Whether a token is remembered."""
    return connection.execute("select 1 from used_once where token = ?", (token,)).fetchone() is not None
