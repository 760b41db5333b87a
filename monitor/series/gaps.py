"""Results that are missing because of us: collected while the disk does not take them, told in results.db afterwards."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.series.model import Gap, StoredResult
from monitor.storage.errors import sound_rows

OVERLOAD = "overload"
"""More came than the disk takes; else `why` is the StorageFault of that time."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Results in a row that did not fit into memory, by their seqs."""

    first_seq: int
    last_seq: int
    gap: Gap


class Losses:
    """What was dropped and is not on record yet, the oldest first: one entry for each reason in a row."""

    def __init__(self) -> None:
        self._dropped: list[Dropped] = []

    def note(self, lost: StoredResult, why: str) -> None:
        """Add a result that was dropped."""
        at, last = lost.result.started_at, self._dropped[-1] if self._dropped else None
        if last is None or last.gap.why != why or last.last_seq != lost.seq - 1:
            self._dropped.append(Dropped(lost.seq, lost.seq, Gap(at, at, 1, why)))
            return
        gap = Gap(min(last.gap.from_at, at), max(last.gap.until_at, at), last.gap.results + 1, why)
        self._dropped[-1] = Dropped(last.first_seq, lost.seq, gap)

    def not_recorded(self) -> tuple[Dropped, ...]:
        """Return what is to be recorded now."""
        return tuple(self._dropped)

    def recorded(self, dropped: Sequence[Dropped]) -> None:
        """Forget what is on the disk; what was added to it meanwhile stays, as a gap of its own."""
        ends = {each.first_seq: each for each in dropped}
        left = []
        for each in self._dropped:
            known = ends.get(each.first_seq)
            if known is None:
                left.append(each)
            elif known.last_seq < each.last_seq:
                more = each.gap.results - known.gap.results
                gap = Gap(known.gap.until_at, each.gap.until_at, more, each.gap.why)
                left.append(Dropped(known.last_seq + 1, each.last_seq, gap))
        self._dropped = left


def insert_gaps(connection: sqlite3.Connection, dropped: Sequence[Dropped]) -> None:
    """Record what was dropped; results that are there all the same (their commit was in doubt) are not missing.

    Repeating it is harmless, also when more was dropped meanwhile: a gap's id is the seq of its first result.
    """
    for each in dropped:
        (there,) = connection.execute(
            "select count(*) from result where seq between ? and ?", (each.first_seq, each.last_seq)
        ).fetchone()
        gap = each.gap
        if there < gap.results:
            connection.execute(
                "insert into gap (id, from_at, until_at, results, why) values (?, ?, ?, ?, ?) on conflict (id) "
                "do update set from_at = excluded.from_at, until_at = excluded.until_at, results = excluded.results",
                (each.first_seq, gap.from_at, gap.until_at, gap.results - there, gap.why),
            )


@sound_rows()
def select_gaps(connection: sqlite3.Connection, from_at: float, until_at: float) -> list[Gap]:
    """Return the gaps that reach into [from_at, until_at), in the order in which they came."""
    rows = connection.execute(
        "select from_at, until_at, results, why from gap where from_at < ? and until_at >= ? order by id",
        (until_at, from_at),
    )
    return [Gap(*row) for row in rows]
