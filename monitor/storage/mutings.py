"""What people muted, in state.db. Functions for `Database.write` and `Database.read`; saving twice changes nothing."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Final

from alerts.model.hold import Muting, MutingKind
from alerts.model.notification import BulletinKind
from alerts.muting.declaring import LONGEST_S, PREFIXES, REMEMBERED_S
from inventory.model import Selector
from monitor.storage.errors import sound_rows

_SELECT: Final = (
    "select id, kind, selector, from_at, until_at, who, comment, created_at, title, worker, until_up, ended_at, "
    "ended_by from muting "
)
_ANNOUNCED_S: Final = LONGEST_S + 10 * 86_400.0
"""What was told of maintenance that still runs was told at most so long ago."""


def save(connection: sqlite3.Connection, mutings: Iterable[Muting]) -> None:
    """Insert or update; what one that was ended kept waiting goes at once, or is put off anew by what still holds."""
    mutings = tuple(mutings)
    connection.executemany(
        "insert into muting (id, kind, selector, from_at, until_at, who, comment, created_at, title, worker, until_up, "
        "ended_at, ended_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (id) do update set until_at = excluded.until_at, comment = excluded.comment, "
        "ended_at = excluded.ended_at, ended_by = excluded.ended_by",
        (
            (
                each.id,
                each.kind,
                write_selector(each.selector),
                each.from_at,
                each.until_at,
                each.who,
                each.comment,
                each.created_at,
                each.title,
                each.worker,
                each.until_up,
                each.ended_at,
                each.ended_by,
            )
            for each in mutings
        ),
    )
    connection.executemany(
        "update outbox set due_at = min(due_at, ?1), next_attempt_at = min(next_attempt_at, ?1) where id in ("
        "select id from waiting where held = ?2)",
        ((each.ended_at, each.kind) for each in mutings if each.ended_at is not None),
    )


@sound_rows()
def select_to_start_with(connection: sqlite3.Connection, alive_at: float) -> list[Muting]:
    """Return what was not over when the daemon last ran, and maintenance that had been over for less than a day."""
    rows = connection.execute(
        _SELECT
        + "where min(until_at, coalesce(ended_at, until_at)) > ? - iif(kind = ?, ?, 0) order by created_at, id",
        (alive_at, MutingKind.MAINTENANCE, REMEMBERED_S),
    )
    return [_muting(row) for row in rows]


@sound_rows()
def select_within(
    connection: sqlite3.Connection, from_at: float, to_at: float, kind: MutingKind | None = None
) -> list[Muting]:
    """Return what was or is to be in force in a part of [from_at, to_at), the earliest first."""
    rows = connection.execute(
        _SELECT + "where from_at < ? and min(until_at, coalesce(ended_at, until_at)) > ? "
        "and (? is null or kind = ?) order by from_at, id",
        (to_at, from_at, kind, kind),
    )
    return [_muting(row) for row in rows]


@sound_rows()
def select_one(connection: sqlite3.Connection, muting_id: str) -> Muting | None:
    """Return the muting of this id, None when there is none."""
    row = connection.execute(_SELECT + "where id = ?", (muting_id,)).fetchone()
    return None if row is None else _muting(row)


def last_numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the highest number used of each series: "IM-2026" -> 12."""
    found: dict[str, int] = {}
    for prefix in PREFIXES.values():
        rows = connection.execute(
            "select substr(id, 1, 7), max(cast(substr(id, 9) as integer)) from muting "
            "where id glob ? || '-[0-9][0-9][0-9][0-9]-[0-9]*' group by 1",
            (prefix,),
        )
        found.update(rows)
    return found


def announced(connection: sqlite3.Connection, alive_at: float) -> frozenset[str]:
    """Return the ids of the bulletins of maintenance that may still run."""
    rows = connection.execute(
        "select id from bulletin where kind = ? and at > ?",
        (BulletinKind.MAINTENANCE, alive_at - _ANNOUNCED_S),
    )
    return frozenset(bulletin_id for (bulletin_id,) in rows)


def count_waiting(connection: sqlite3.Connection, incident_ids: Sequence[str]) -> int:
    """Return how many messages about these incidents wait to be sent."""
    (count,) = connection.execute(
        "select count(*) from waiting where about_id in (select value from json_each(?))",
        (json.dumps(list(incident_ids)),),
    ).fetchone()
    return int(count)


def write_selector(selector: Selector) -> str:
    """Write a selector as JSON, only what it has."""
    return json.dumps({key: values for key, values in asdict(selector).items() if values}, ensure_ascii=False)


def read_selector(text: str) -> Selector:
    """Read what `write_selector` wrote. Raises ValueError when it is something else."""
    found = json.loads(text)
    known = {field.name for field in fields(Selector)}
    if not isinstance(found, dict) or not found.keys() <= known:
        raise ValueError("not a selector")
    return Selector(**{key: tuple(str(value) for value in values) for key, values in found.items()})


def _muting(row: Sequence[object]) -> Muting:
    muting_id, kind, selector, from_at, until_at, who, comment, created_at, title, worker = row[:10]
    until_up, ended_at, ended_by = row[10:]
    return Muting(
        id=str(muting_id),
        kind=MutingKind(str(kind)),
        selector=read_selector(str(selector)),
        from_at=_time(from_at),
        until_at=_time(until_at),
        who=str(who),
        comment=str(comment),
        created_at=_time(created_at),
        title=str(title),
        worker=str(worker),
        until_up=bool(until_up),
        ended_at=None if ended_at is None else _time(ended_at),
        ended_by=str(ended_by),
    )


def _time(value: object) -> float:
    if not isinstance(value, float):
        raise TypeError(f"not a time: {value!r}")
    return value
