"""Which day each daily job was done for, in the table meta of state.db."""

import datetime as dt
import sqlite3
from functools import partial

from monitor.storage.database import Database
from monitor.storage.errors import sound_rows

_KEY = "done:"


class DoneBook:
    """`monitor.agenda.DoneBook` on a database. Every method may raise StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def done_for(self, name: str) -> dt.date | None:
        """Return the latest day that the job was done for, None when there is none."""
        return await self._database.read(partial(_select, name=name))

    async def note_done(self, name: str, day: dt.date) -> None:
        """Remember that the job was done for `day`."""
        await self._database.write(partial(_save, name=name, day=day))


@sound_rows()
def _select(connection: sqlite3.Connection, name: str) -> dt.date | None:
    row = connection.execute("select value from meta where key = ?", (_KEY + name,)).fetchone()
    return None if row is None else dt.date.fromisoformat(row[0])


def _save(connection: sqlite3.Connection, name: str, day: dt.date) -> None:
    connection.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (_KEY + name, day.isoformat()),
    )
