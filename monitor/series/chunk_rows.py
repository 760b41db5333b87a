"""The rows of `chunk` and `backlog`: an hour of one check's results in one row. Functions for `Database.read` and `write`.

A body stays as it is here; monitor.series.codec reads and writes it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from monitor.series.model import HOUR_MS

REF_BITS: Final = 24
"""An id is hour * 2^24 + check_ref."""

_SELECT: Final = (
    "select chunk.id, name.text, chunk.last_seq, chunk.results, chunk.body from chunk "
    "join name on name.id = chunk.id & 16777215 "  # 2^24 - 1
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The results of one check that started within one hour. `last_seq`: the highest seq in it."""

    id: int
    check_id: str
    last_seq: int
    results: int
    body: bytes

    @property
    def hour(self) -> int:
        """Started_ms of its results div 3,600,000."""
        return self.id >> REF_BITS


@dataclass(frozen=True, slots=True)
class ChunkCounts:
    """How many chunks there are of which hours (Unix hours UTC, None when there is none)."""

    chunks: int
    results: int
    body_bytes: int
    first_hour: int | None
    last_hour: int | None


def chunk_id(hour: int, check_ref: int) -> int:
    """Return the id of a check's chunk of an hour."""
    return (hour << REF_BITS) | check_ref


def hour_of(at: float) -> int:
    """Return the Unix hour of a time."""
    return round(at * 1_000) // HOUR_MS


def check_ref_of(connection: sqlite3.Connection, check_id: str) -> int | None:
    """Return the number of a check in this database; None: it has no results."""
    row = connection.execute("select id from name where text = ?", (check_id,)).fetchone()
    return None if row is None else int(row[0])


def select_chunks(
    connection: sqlite3.Connection, check_id: str, from_at: float, until_at: float
) -> list[Chunk]:
    """Return the check's chunks that may hold results of [from_at, until_at), in order of time."""
    ref = check_ref_of(connection, check_id)
    if ref is None or until_at <= from_at:
        return []
    first, last = hour_of(from_at), (round(until_at * 1_000) - 1) // HOUR_MS
    return select_hours(connection, ref, range(first, last + 1))


def select_hours(connection: sqlite3.Connection, check_ref: int, hours: range) -> list[Chunk]:
    """Return the check's chunks of these hours, in order of time."""
    (least, most) = connection.execute(
        "select (select min(id) from chunk), (select max(id) from chunk)"
    ).fetchone()
    if least is None:
        return []
    # A wide range costs no more look-ups than there are hours in the table.
    first, last = max(hours.start, least >> REF_BITS), min(hours.stop - 1, most >> REF_BITS)
    found: list[Chunk] = []
    for hour in range(first, last + 1):
        chunk = select_one(connection, chunk_id(hour, check_ref))
        if chunk is not None:
            found.append(chunk)
    return found


def select_one(connection: sqlite3.Connection, identity: int) -> Chunk | None:
    """Return one chunk, None when there is none of that id."""
    row = connection.execute(_SELECT + "where chunk.id = ?", (identity,)).fetchone()
    return None if row is None else Chunk(*row)


def hours_before(connection: sqlite3.Connection, hour: int) -> Iterator[int]:
    """Yield the hours before `hour` of which there is any chunk, the latest first."""
    while True:
        (last,) = connection.execute(
            "select max(id) from chunk where id < ?", (chunk_id(hour, 0),)
        ).fetchone()
        if last is None:
            return
        hour = last >> REF_BITS
        yield hour


def upsert(connection: sqlite3.Connection, chunk: Chunk) -> None:
    """Write a chunk in the place of the one that is there."""
    connection.execute(
        "insert into chunk (id, last_seq, results, body) values (?, ?, ?, ?) on conflict (id) do update set "
        "last_seq = excluded.last_seq, results = excluded.results, body = excluded.body",
        (chunk.id, chunk.last_seq, chunk.results, chunk.body),
    )


def set_aside(connection: sqlite3.Connection, identity: int) -> None:
    """Move a chunk whose body cannot be read out of the way, for a person to look at."""
    connection.execute(
        "insert into damaged_chunk (chunk_id, body) select id, body from chunk where id = ?", (identity,)
    )
    connection.execute("delete from chunk where id = ?", (identity,))
    connection.execute("delete from backlog where chunk_id = ?", (identity,))


def delete_before(connection: sqlite3.Connection, hour: int, limit: int) -> int:
    """Drop at most `limit` chunks of the hours before `hour`, the oldest first; return how many were dropped.

    What a reader still had to read of them is counted as skipped.
    """
    ids = [
        row[0]
        for row in connection.execute(
            "select id from chunk where id < ? order by id limit ?", (chunk_id(hour, 0), limit)
        )
    ]
    if not ids:
        connection.execute("delete from damaged_chunk where chunk_id < ?", (chunk_id(hour, 0),))
        return 0
    unread = connection.execute(
        "select backlog.cursor_name, sum(chunk.results) from backlog join chunk on chunk.id = backlog.chunk_id "
        "where chunk.id <= ? group by backlog.cursor_name",
        (ids[-1],),
    ).fetchall()
    connection.executemany(
        "insert into cursor (name, seq, skipped) values (?, 0, ?) on conflict (name) do update set "
        "skipped = skipped + excluded.skipped",
        unread,
    )
    connection.execute("delete from backlog where chunk_id <= ?", (ids[-1],))
    connection.execute("delete from chunk where id <= ?", (ids[-1],))
    return len(ids)


def count(connection: sqlite3.Connection) -> ChunkCounts:
    """Count everything; reads the whole table: for `db stats`, not for a page."""
    row = connection.execute(
        "select count(*), coalesce(sum(results), 0), coalesce(sum(length(body)), 0), min(id), max(id) from chunk"
    ).fetchone()
    chunks, results, body_bytes, first, last = row
    return ChunkCounts(
        chunks=chunks,
        results=results,
        body_bytes=body_bytes,
        first_hour=None if first is None else first >> REF_BITS,
        last_hour=None if last is None else last >> REF_BITS,
    )


def note_unread(
    connection: sqlite3.Connection, identity: int, *, last_seq: int, readers: Iterable[str]
) -> None:
    """Note a chunk for the readers that had not come to `last_seq`, the highest seq that just went into it."""
    for reader in readers:
        row = connection.execute("select seq from cursor where name = ?", (reader,)).fetchone()
        if row is None or row[0] < last_seq:
            connection.execute(
                "insert or ignore into backlog (cursor_name, chunk_id) values (?, ?)", (reader, identity)
            )


def drop_backlog(connection: sqlite3.Connection, cursor_name: str, read: Iterable[tuple[int, int]]) -> None:
    """The reader is done with these chunks (id and `last_seq` as read); one that grew meanwhile stays in its backlog."""
    connection.executemany(
        "delete from backlog where cursor_name = ? and chunk_id = ? and "
        "not exists (select 1 from chunk where id = ? and last_seq > ?)",
        ((cursor_name, identity, identity, last_seq) for identity, last_seq in read),
    )


def drop_backlog_of_others(connection: sqlite3.Connection, readers: Iterable[str]) -> None:
    """Forget the backlog of readers that the settings no longer name."""
    known = tuple(readers)
    marks = ", ".join("?" * len(known))
    connection.execute(f"delete from backlog where cursor_name not in ({marks})", known)  # noqa: S608 (marks only)
