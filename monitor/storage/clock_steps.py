"""How often the machine's clock was set, as the audit log says: a restart forgets none."""

import sqlite3
from typing import Final

from monitor.storage.database import Database
from monitor.storage.errors import StorageError

WITHIN_S: Final = 2.0
"""Nobody waits longer for it."""
_STEPS: Final = "select count(*), max(at) from audit where action = 'clock_step' and at >= ?"


async def clock_steps(database: Database, since_at: float) -> tuple[int, float | None] | None:
    """Return how often since then, and when last; None while state.db does not answer. Unix seconds."""

    def look(connection: sqlite3.Connection) -> tuple[int, float | None]:
        count, last_at = connection.execute(_STEPS, (since_at,)).fetchone()
        return count, last_at

    try:
        return await database.read(look, within_s=WITHIN_S)
    except StorageError:
        return None
