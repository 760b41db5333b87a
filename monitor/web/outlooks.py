"""Where results.db is heading, kept for a minute: whoever looks at the page asks every second."""

import sqlite3
from typing import Final

from monitor.series.outlook import ResultsStats, read_outlook
from monitor.settings.settings import Settings
from monitor.storage.database import Database
from monitor.storage.errors import StorageError

WITHIN_S: Final = 2.0
"""Nobody waits longer for a database: a page is there to say that it does not answer."""

FRESH_S: Final = 60.0


class OutlookBook:
    """The last outlook. Belongs to one event loop."""

    def __init__(self) -> None:
        self._found: ResultsStats | None = None
        self._found_at = 0.0

    async def read(self, database: Database, settings: Settings, now: float) -> ResultsStats | None:
        """Return it, read anew when it is old; None while results.db does not answer."""
        if self._found is not None and 0 <= now - self._found_at < FRESH_S:
            return self._found

        def look(connection: sqlite3.Connection) -> ResultsStats:
            return read_outlook(connection, settings, now=now)

        try:
            found = await database.read(look, within_s=WITHIN_S)
        except (StorageError, OSError):
            return None
        self._found, self._found_at = found, now
        return found
