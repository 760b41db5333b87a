"""The key that links in messages are signed with: made once, kept in state.db."""

import secrets
import sqlite3

from monitor.storage.database import Database

_META = "link_key"
KEY_BYTES = 32


async def link_key(database: Database) -> bytes:
    """Return the key; the first time it is made. Raises StorageError."""

    def read_or_make(connection: sqlite3.Connection) -> bytes:
        row = connection.execute("select value from meta where key = ?", (_META,)).fetchone()
        if row is not None and len(row[0]) == 2 * KEY_BYTES:
            return bytes.fromhex(row[0])
        key = secrets.token_bytes(KEY_BYTES)
        connection.execute(
            "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
            (_META, key.hex()),
        )
        return key

    return await database.write(read_or_make)


def forget_link_key(connection: sqlite3.Connection) -> None:
    """Take the key out of a copy: whoever holds that must not sign links. After a restore another one is made."""
    connection.execute("delete from meta where key = ?", (_META,))
