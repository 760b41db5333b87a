"""The rows of results.db behind what is sent late. Functions for `Database.read` and `write`."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alerts.model.checks import CheckResult
from monitor.series import chunk_rows
from monitor.series.chunk_rows import REF_BITS, Chunk
from monitor.series.codec.chunk import decode
from monitor.series.model import HOUR_MS
from monitor.series.result_rows import DeadLetter, move_cursor, select_between, select_cursor
from monitor.storage.errors import DamagedError

HOUR_S: Final = HOUR_MS // 1_000
_PIECES_MOST: Final = 500
"""Hours looked up in one read, however few results they have: a read that lasts keeps the write-ahead log long."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One check's results of one hour, in order. `last_seq`: the highest of those that were there when it was read."""

    id: int
    last_seq: int
    results: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """What waits. `oldest_at`: when the oldest of it started, of a late hour its begin; None: nothing waits."""

    chunks: int = 0
    """Hours of checks in the backlog."""
    oldest_at: float | None = None
    dead_letters: int = 0
    skipped: int = 0
    """Results that retention dropped before they were sent."""


def leave_behind(connection: sqlite3.Connection, *, cursor: str, after_seq: int, until_seq: int) -> None:
    """Note the hours of the hot rows in (after_seq, until_seq] as backlog and move the cursor to `until_seq`."""
    connection.execute(
        "insert or ignore into backlog (cursor_name, chunk_id) "
        "select distinct ?, (started_ms / ? << ?) | check_ref from result where seq > ? and seq <= ?",
        (cursor, HOUR_MS, REF_BITS, after_seq, until_seq),
    )
    move_cursor(connection, cursor, until_seq, ())


def select_pieces(connection: sqlite3.Connection, *, cursor: str, results: int) -> list[Piece]:
    """Return the oldest hours of the backlog, so many that they have at least `results` results, if there are."""
    rows = connection.execute(
        "select chunk_id from backlog where cursor_name = ? order by chunk_id limit ?", (cursor, _PIECES_MOST)
    ).fetchall()
    pieces: list[Piece] = []
    found = 0
    for (identity,) in rows:
        pieces.append(_piece(connection, identity))
        found += len(pieces[-1].results)
        if found >= results:
            break
    return pieces


def drop(
    connection: sqlite3.Connection, *, cursor: str, pieces: Sequence[Piece], refused: Sequence[DeadLetter]
) -> None:
    """Take hours out of the backlog, but for those that grew meanwhile; keep the lines that were refused."""
    chunk_rows.drop_backlog(connection, cursor, ((piece.id, piece.last_seq) for piece in pieces))
    keep_letters(connection, cursor, refused)


def keep_letters(connection: sqlite3.Connection, cursor: str, refused: Sequence[DeadLetter]) -> None:
    """Keep lines that were refused; the cursor stays where it is."""
    if refused:
        move_cursor(connection, cursor, 0, refused)


def select_behind(connection: sqlite3.Connection, *, cursor: str) -> Behind:
    """Count what waits for the reader `cursor`."""
    # The join-free count: hours that are not compacted yet wait as well.
    chunks, oldest = connection.execute(
        "select count(*), min(chunk_id) from backlog where cursor_name = ?", (cursor,)
    ).fetchone()
    place = select_cursor(connection, cursor)
    first = connection.execute(
        "select started_ms from result where seq > ? order by seq limit 1", (place.seq,)
    ).fetchone()
    (dead_letters,) = connection.execute("select count(*) from dead_letter").fetchone()
    begins = [] if oldest is None else [float((oldest >> REF_BITS) * HOUR_S)]
    begins += [] if first is None else [first[0] / 1_000]
    return Behind(chunks, min(begins, default=None), dead_letters, place.skipped)


def _piece(connection: sqlite3.Connection, identity: int) -> Piece:
    hour, ref = identity >> REF_BITS, identity & ((1 << REF_BITS) - 1)
    known = connection.execute("select text from name where id = ?", (ref,)).fetchone()
    if known is None:
        return Piece(identity, 0, ())
    chunk = chunk_rows.select_one(connection, identity)
    packed = [] if chunk is None else _unpacked(chunk)
    begin = hour * HOUR_S
    hot = select_between(connection, known[0], from_at=begin, until_at=begin + HOUR_S)
    results = sorted((*packed, *(row.result for row in hot)), key=lambda result: result.started_at)
    last_seq = max((row.seq for row in hot), default=0)
    return Piece(identity, max(last_seq, 0 if chunk is None else chunk.last_seq), tuple(results))


def _unpacked(chunk: Chunk) -> list[CheckResult]:
    """Return a chunk's results; one that cannot be read is others' to set aside, and holds up nobody here."""
    try:
        return decode(chunk.check_id, chunk.body)
    except DamagedError:
        return []
