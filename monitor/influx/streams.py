"""What is to be sent, stream by stream, each behind a place of its own that is saved after the server took it.

Fresh results go first, in the order they came. What a long outage left unread is late: the hours of checks that are
noted in `backlog`, the oldest first, read from their chunks or, before the compactor came by, from the hot rows.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol

from alerts.model.checks import CheckResult
from monitor.influx import late_rows
from monitor.influx.late_rows import Behind, Piece
from monitor.influx.lines import encode
from monitor.influx.points import line_of
from monitor.influx.sender import Entry, Refused, Sent
from monitor.influx.tags import CheckTags
from monitor.series.log import ResultLog
from monitor.series.result_rows import DeadLetter

CURSOR: Final = "influx"
ROWS_AT_ONCE: Final = 100
"""So many rows are written as lines (4 ms) between two turns of the loop."""

TagsOf = Callable[[str], CheckTags]
"""Tags of a check id."""


class Stream(Protocol):
    """Something to send, in order."""

    async def read(self, limit: int) -> Sequence[Entry]:
        """Return what comes next, at most about `limit` lines; nothing: all of it is sent."""
        ...

    async def save(self, entries: Sequence[Entry], sent: Sent) -> None:
        """Note how far `entries`, the latest that were read, have been sent."""
        ...


class FreshResults:
    """Results behind the cursor. `lag_rows`: about how many wait; `next_at`: when the next of them started, None: none."""

    def __init__(self, log: ResultLog, tags_of: TagsOf) -> None:
        self._log = log
        self._tags_of = tags_of
        self._cursor: int | None = None

    @property
    def lag_rows(self) -> int:
        """Results on the disk behind the cursor, also those that are in chunks meanwhile; 0 before the first look."""
        return 0 if self._cursor is None else max(0, self._log.last_seq - self._cursor)

    async def read(self, limit: int) -> list[Entry]:
        """Return what came next."""
        if self._cursor is None:
            self._cursor = (await self._log.cursor(CURSOR)).seq
        rows = await self._log.read_after(self._cursor, limit)
        return await _entries(((row.seq, row.result) for row in rows), self._tags_of)

    async def save(self, entries: Sequence[Entry], sent: Sent) -> None:
        """Move the cursor."""
        if sent.done:
            seq = entries[sent.done - 1].seq
            await self._log.move_cursor(CURSOR, seq, letters(CURSOR, sent.refused))
            self._cursor = seq

    async def leave_behind(self, keep: int) -> None:
        """Go on with the latest `keep` results; the hours of those before are late from now on."""
        until_seq = self._log.last_seq - keep
        if self._cursor is not None and until_seq > self._cursor:
            jump = partial(late_rows.leave_behind, cursor=CURSOR, after_seq=self._cursor, until_seq=until_seq)
            await self._log.database.write(jump)
            self._cursor = until_seq

    async def behind(self) -> Behind:
        """Count what waits, late results included."""
        return await self._log.database.read(partial(late_rows.select_behind, cursor=CURSOR))


class LateResults:
    """The backlog."""

    def __init__(self, log: ResultLog, tags_of: TagsOf) -> None:
        self._log = log
        self._tags_of = tags_of
        self._pieces: list[Piece] = []

    async def read(self, limit: int) -> list[Entry]:
        """Return the oldest hours of checks, so many that they have about `limit` results."""
        select = partial(late_rows.select_pieces, cursor=CURSOR, results=limit)
        self._pieces = await self._log.database.read(select)
        numbered = ((number, each) for number, piece in enumerate(self._pieces) for each in piece.results)
        return await _entries(numbered, self._tags_of)

    @property
    def is_empty(self) -> bool:
        """Whether the last look found no hour at all (one without results is none the less to be dropped)."""
        return not self._pieces

    async def save(self, entries: Sequence[Entry], sent: Sent) -> None:
        """Drop the hours that are whole; one that was cut short is sent again as a whole, which changes nothing."""
        whole = len(self._pieces) if sent.done == len(entries) else entries[sent.done].seq
        finished = self._pieces[:whole]
        if finished or sent.refused:
            refused = letters(CURSOR, sent.refused, seq=0)
            drop = partial(late_rows.drop, cursor=CURSOR, pieces=finished, refused=refused)
            await self._log.database.write(drop)


def letters(cursor: str, refused: Iterable[Refused], *, seq: int | None = None) -> list[DeadLetter]:
    """Return refused lines as they are kept; `seq` where the stream's own number means nothing."""
    return [
        DeadLetter(cursor, each.entry.seq if seq is None else seq, each.entry.line, each.why)
        for each in refused
    ]


async def _entries(results: Iterable[tuple[int, CheckResult]], tags_of: TagsOf) -> list[Entry]:
    """Write results as lines, and let the loop have its turn now and then: a batch takes a tenth of a second."""
    entries: list[Entry] = []
    for number, result in results:
        entries.append(Entry(number, encode(line_of(result, tags_of(result.check_id)))))
        if len(entries) % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return entries
