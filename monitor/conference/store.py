"""The rows of meetings in state.db. Functions for `Database.write` and `Database.read`."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from monitor.conference.model import Meeting
from monitor.storage.errors import sound_rows

PREFIX: Final = "HOP"
_SELECT: Final = "select id, title, begins_at, ends_at, units, registered, note, who, created_at, withdrawn_at from meeting "
_VIETNAM_AHEAD_S: Final = 7 * 3_600
"""Years of ids are those of UTC+7, as of incidents."""


def insert_meeting(connection: sqlite3.Connection, meeting: Meeting) -> Meeting:
    """Add a meeting and return it with the id it was given, `HOP-<year it was entered>-<number>`; its own does not matter.

    The same entered again (a commit in doubt) is not added: what is there is returned.
    """
    there = connection.execute(
        _SELECT + "where title = ? and begins_at = ? and ends_at = ? and who = ? and created_at = ?",
        (meeting.title, meeting.begins_at, meeting.ends_at, meeting.who, meeting.created_at),
    ).fetchone()
    if there is not None:
        return _meeting(there)
    year = datetime.fromtimestamp(meeting.created_at + _VIETNAM_AHEAD_S, UTC).year
    series = f"{PREFIX}-{year}-"
    (last,) = connection.execute(
        "select coalesce(max(cast(substr(id, ?) as integer)), 0) from meeting where id glob ?",
        (len(series) + 1, f"{series}[0-9]*"),
    ).fetchone()
    numbered = replace(meeting, id=f"{series}{last + 1:04d}")
    connection.execute(
        "insert into meeting (id, title, begins_at, ends_at, units, registered, note, who, created_at, withdrawn_at) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(numbered.id, numbered.title, float(numbered.begins_at), float(numbered.ends_at)),
            *(json.dumps(numbered.unit_codes), numbered.registered, numbered.note, numbered.who),
            *(float(numbered.created_at), numbered.withdrawn_at),
        ),
    )
    return numbered


def is_entered(connection: sqlite3.Connection, meeting: Meeting) -> bool:
    """Whether the same stands already: entered at another moment by its title, its time and who was to take part."""
    there = connection.execute(
        "select 1 from meeting where begins_at = ? and ends_at = ? and title = ? and units = ? "
        "and withdrawn_at is null and created_at <> ?",
        (
            *(meeting.begins_at, meeting.ends_at, meeting.title, json.dumps(meeting.unit_codes)),
            meeting.created_at,
        ),
    )
    return there.fetchone() is not None


def withdraw(connection: sqlite3.Connection, meeting_id: str, at: float) -> bool:
    """Note that a meeting was not held, or entered by mistake; False when there is none of that id that still stands."""
    found = connection.execute(
        "update meeting set withdrawn_at = ? where id = ? and withdrawn_at is null", (float(at), meeting_id)
    )
    return found.rowcount > 0


@sound_rows()
def select_one(connection: sqlite3.Connection, meeting_id: str) -> Meeting | None:
    """Return the meeting of this id, None when there is none."""
    row = connection.execute(_SELECT + "where id = ?", (meeting_id,)).fetchone()
    return None if row is None else _meeting(row)


@sound_rows()
def select_within(connection: sqlite3.Connection, from_at: float, until_at: float) -> list[Meeting]:
    """Return the meetings that begin in [from_at, until_at), withdrawn ones too, by time."""
    rows = connection.execute(
        _SELECT + "where begins_at >= ? and begins_at < ? order by begins_at, id", (from_at, until_at)
    )
    return [_meeting(row) for row in rows]


def _meeting(row: Sequence[object]) -> Meeting:
    meeting_id, title, begins_at, ends_at, units, registered, note, who, created_at, withdrawn_at = row
    codes = json.loads(str(units))
    if not isinstance(codes, list):
        raise ValueError("not a list of units")  # noqa: TRY004 (damage is told apart by ValueError)
    return Meeting(
        id=str(meeting_id),
        title=str(title),
        begins_at=float(str(begins_at)),
        ends_at=float(str(ends_at)),
        unit_codes=tuple(str(code) for code in codes),
        registered=None if registered is None else int(str(registered)),
        note=str(note),
        who=str(who),
        created_at=float(str(created_at)),
        withdrawn_at=None if withdrawn_at is None else float(str(withdrawn_at)),
    )
