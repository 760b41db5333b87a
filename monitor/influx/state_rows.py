"""The rows of state.db that InfluxDB hears of, behind places in `meta`. Functions for `Database.read` and `write`.

The places are in state.db itself: whoever restores an older one, or begins a new one, has the places that belong to it.
"""

import json
import sqlite3
from typing import Final

from alerts.model.checks import Status
from monitor.influx.points import EVENTS, Change, Turn
from monitor.storage.errors import sound_rows

TRANSITIONS: Final = "influx_transition"
INCIDENTS: Final = "influx_incident"


@sound_rows()
def select_changes(connection: sqlite3.Connection, limit: int) -> list[tuple[int, Change]]:
    """Return the next transitions, each with its id."""
    rows = connection.execute(
        "select id, check_id, at, new, old, cause, (select count(*) from transition before "
        "where before.check_id = t.check_id and before.at = t.at and before.id < t.id) "
        "from transition t where id > ? order by id limit ?",
        (select_place(connection, TRANSITIONS), limit),
    )
    return [
        (number, Change(check_id, at, Status(new), Status(old), cause, rank))
        for number, check_id, at, new, old, cause, rank in rows
    ]


@sound_rows()
def select_turns(connection: sqlite3.Connection, limit: int) -> list[tuple[int, Turn]]:
    """Return the next turns of incidents that are worth a mark, each with its id."""
    rows = connection.execute(
        "select l.id, l.at, l.kind, i.id, i.root_check_id, i.cause, i.name, coalesce(i.common_dimension, ''), "
        "coalesce(i.common_value, ''), coalesce(i.common_layer, '') "
        "from incident_log l join incident i on i.id = l.incident_id "
        "where l.id > ? and l.kind in (select value from json_each(?)) order by l.id limit ?",
        (select_place(connection, INCIDENTS), json.dumps([*EVENTS]), limit),
    )
    return [(row[0], Turn(*row)) for row in rows]


@sound_rows()
def select_place(connection: sqlite3.Connection, name: str) -> int:
    """Return the id of the last row that was sent, 0 when none was."""
    row = connection.execute("select value from meta where key = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def save_place(connection: sqlite3.Connection, name: str, number: int) -> None:
    """Note the id of the last row that was sent."""
    connection.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (name, str(number)),
    )
