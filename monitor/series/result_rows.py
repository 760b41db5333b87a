"""The rows of results.db. Functions for `Database.write` and `Database.read`.

`seq` numbers results in the order they came, across restarts; gaps are results that were dropped.
"""

import json
import math
import sqlite3
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from alerts.model.checks import CheckResult
from monitor.series.chunk_rows import REF_BITS
from monitor.series.model import HOUR_MS, StoredResult
from monitor.storage.errors import DamagedError, sound_rows
from probes.reading import FailureReason, Reading

DEAD_LETTERS_KEPT = 10_000

_SELECT = (
    "select result.seq, checks.text, vantages.text, result.started_ms, result.duration_s, result.reason, "
    "result.detail, metric_names.text, result.metric_values, result.rtts from result "
    "join name as checks on checks.id = result.check_ref "
    "join name as vantages on vantages.id = result.vantage_ref "
    "join name as metric_names on metric_names.id = result.metric_names_ref "
)


@dataclass(frozen=True, slots=True)
class CursorState:
    """How far a reader came; `skipped`: results that retention dropped before it read them."""

    seq: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line that the server behind `cursor` refused for good."""

    cursor: str
    seq: int
    line: str
    error: str


@dataclass(frozen=True, slots=True)
class RowStats:
    """`last_seq` minus `first_seq` is about the number of rows (0 and 0: none)."""

    first_seq: int = 0
    last_seq: int = 0
    dead_letters: int = 0
    cursors: Mapping[str, CursorState] = field(default_factory=dict)


def append_rows(
    connection: sqlite3.Connection, rows: Sequence[StoredResult], refs: Mapping[str, int]
) -> dict[str, int]:
    """Append `rows`; those already there (a commit in doubt) stay as they are.

    `refs` are the known ids of names. Returns the ids of names met for the first time, valid after the commit.
    """
    new_refs: dict[str, int] = {}

    def ref(text: str) -> int:
        known = refs.get(text) or new_refs.get(text)
        if known is None:
            known = new_refs[text] = _intern(connection, text)
        return known

    connection.executemany(
        "insert or ignore into result (seq, check_ref, vantage_ref, started_ms, duration_s, reason, detail, "
        "metric_names_ref, metric_values, rtts) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_fields(row, ref) for row in rows],
    )
    return new_refs


def select_names(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the id of every name."""
    return dict(connection.execute("select text, id from name"))


def select_last_seq(connection: sqlite3.Connection) -> int:
    """Return the highest seq ever given, 0 when none was."""
    (last,) = connection.execute(
        "select max(coalesce((select seq from sqlite_sequence where name = 'result'), 0), "
        "coalesce((select max(seq) from cursor), 0))"
    ).fetchone()
    return int(last)


def select_last_ms(connection: sqlite3.Connection) -> dict[str, int]:
    """Return check id -> when its last result that is in no chunk yet started. Reads an index, once, at start."""
    # With one max() SQLite takes the other columns from the row that has it: https://www.sqlite.org/lang_select.html.
    rows = connection.execute(
        "select name.text, result.started_ms, max(result.seq) from result "
        "join name on name.id = result.check_ref group by result.check_ref"
    )
    return {check_id: started_ms for check_id, started_ms, _ in rows}


def select_chunked_until_ms(connection: sqlite3.Connection) -> int | None:
    """Return the last millisecond of the latest hour that is in chunks, None when none is."""
    (last,) = connection.execute("select max(id) from chunk").fetchone()
    return None if last is None else ((last >> REF_BITS) + 1) * HOUR_MS - 1


def select_after(connection: sqlite3.Connection, seq: int, limit: int) -> list[StoredResult]:
    """Return at most `limit` results behind `seq`, in order."""
    return _stored(
        connection.execute(_SELECT + "where result.seq > ? order by result.seq limit ?", (seq, limit))
    )


def select_last(connection: sqlite3.Connection, check_id: str, limit: int) -> list[StoredResult]:
    """Return the check's last results, the newest first."""
    known = connection.execute("select id from name where text = ?", (check_id,)).fetchone()
    if known is None:
        return []
    return _stored(
        connection.execute(
            _SELECT + "where result.check_ref = ? order by result.seq desc limit ?", (*known, limit)
        )
    )


def select_between(
    connection: sqlite3.Connection, check_id: str, *, from_at: float, until_at: float
) -> list[StoredResult]:
    """Return the check's results that started from `from_at` up to before `until_at`, in the order they came."""
    known = connection.execute("select id from name where text = ?", (check_id,)).fetchone()
    if known is None:
        return []
    return _stored(
        connection.execute(
            _SELECT + "where result.check_ref = ? and result.started_ms >= ? and result.started_ms < ? "
            "order by result.seq",
            (*known, round(from_at * 1_000), round(until_at * 1_000)),
        )
    )


def select_cursor(connection: sqlite3.Connection, name: str) -> CursorState:
    """Return where the reader `name` is; at the start when it never moved."""
    row = connection.execute("select seq, skipped from cursor where name = ?", (name,)).fetchone()
    return CursorState() if row is None else CursorState(*row)


def move_cursor(connection: sqlite3.Connection, name: str, seq: int, refused: Sequence[DeadLetter]) -> None:
    """Move the cursor forward (never back) and keep the lines that were refused on the way."""
    connection.execute(
        "insert into cursor (name, seq) values (?, ?) on conflict (name) do update set seq = max(seq, excluded.seq)",
        (name, seq),
    )
    if refused:
        connection.executemany(
            "insert or ignore into dead_letter (cursor_name, seq, line, error) values (?, ?, ?, ?)",
            ((letter.cursor, letter.seq, letter.line, letter.error) for letter in refused),
        )
        connection.execute(
            "delete from dead_letter where id <= (select max(id) from dead_letter) - ?", (DEAD_LETTERS_KEPT,)
        )


def select_dead_letters(connection: sqlite3.Connection, limit: int) -> list[DeadLetter]:
    """Return the latest refused lines, the newest first."""
    rows = connection.execute(
        "select cursor_name, seq, line, error from dead_letter order by id desc limit ?", (limit,)
    )
    return [DeadLetter(*row) for row in rows]


def select_stats(connection: sqlite3.Connection) -> RowStats:
    """Return where the log begins and ends, and its readers."""
    first, last = connection.execute(
        "select (select min(seq) from result), (select max(seq) from result)"
    ).fetchone()
    (dead_letters,) = connection.execute("select count(*) from dead_letter").fetchone()
    cursors = {
        name: CursorState(seq, skipped)
        for name, seq, skipped in connection.execute("select name, seq, skipped from cursor order by name")
    }
    return RowStats(first_seq=first or 0, last_seq=last or 0, dead_letters=dead_letters, cursors=cursors)


def _intern(connection: sqlite3.Connection, text: str) -> int:
    connection.execute("insert or ignore into name (text) values (?)", (text,))
    (ref,) = connection.execute("select id from name where text = ?", (text,)).fetchone()
    return int(ref)


def _fields(row: StoredResult, ref: Callable[[str], int]) -> tuple[int | float | str | bytes | None, ...]:
    result, reading = row.result, row.result.reading
    # NaN and infinity are no measurements; what could not be measured is missing.
    metrics = {name: value for name, value in reading.metrics.items() if math.isfinite(value)}
    return (
        row.seq,
        ref(result.check_id),
        ref(result.vantage),
        round(result.started_at * 1_000),
        result.duration_s,
        reading.reason,
        reading.detail,
        ref(_names(tuple(metrics))),
        struct.pack(f"<{len(metrics)}d", *metrics.values()),
        struct.pack(
            f"<{len(reading.rtts_s)}d", *(math.nan if rtt is None else rtt for rtt in reading.rtts_s)
        ),
    )


@lru_cache(maxsize=4_096)
def _names(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _metrics(names: Sequence[str], values: bytes) -> dict[str, float]:
    try:
        return dict(zip(names, struct.unpack(f"<{len(names)}d", values), strict=True))
    except struct.error as error:
        raise DamagedError(f"metrics cannot be read: {error}") from error


def _round_trips(values: bytes) -> tuple[float | None, ...]:
    try:
        found = struct.unpack(f"<{len(values) // 8}d", values)
    except struct.error as error:
        raise DamagedError(f"round trips cannot be read: {error}") from error
    return tuple(None if math.isnan(rtt) else rtt for rtt in found)


@sound_rows()
def _stored(rows: sqlite3.Cursor) -> list[StoredResult]:
    names_of: dict[str, list[str]] = {}
    stored: list[StoredResult] = []
    for seq, check_id, vantage, started_ms, duration_s, reason, detail, names_text, values, rtts in rows:
        names = names_of.get(names_text)
        if names is None:
            names = names_of[names_text] = json.loads(names_text)
        reading = Reading(
            ok=reason is None,
            metrics=_metrics(names, values),
            reason=None if reason is None else FailureReason(reason),
            detail=detail,
            rtts_s=_round_trips(rtts),
        )
        result = CheckResult(check_id, started_ms / 1_000, duration_s, reading, vantage)
        stored.append(StoredResult(seq, result))
    return stored
