"""Streams of what happened: changes of statuses and turns of incidents, from state.db."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from monitor.influx import late_rows, state_rows
from monitor.influx.lines import Line, encode
from monitor.influx.points import Change, Turn, line_of_change, line_of_turn
from monitor.influx.sender import Entry, Sent
from monitor.influx.streams import CURSOR, TagsOf, letters
from monitor.storage.database import Database

T = TypeVar("T")
Select = Callable[[sqlite3.Connection, int], list[tuple[int, T]]]
"""Returns what comes next, at most so much, each with the id of its row."""


class Events(Generic[T]):
    """One table of state.db behind its place. Lines that are refused are kept with those of results."""

    def __init__(
        self,
        place: str,
        select: Select[T],
        line_of: Callable[[T], Line],
        *,
        state: Database,
        results: Database,
    ) -> None:
        self._place = place
        self._select = select
        self._line_of = line_of
        self._state = state
        self._results = results

    async def read(self, limit: int) -> list[Entry]:
        """Return what happened next."""
        rows = await self._state.read(lambda connection: self._select(connection, limit))
        return [Entry(number, encode(self._line_of(row))) for number, row in rows]

    async def save(self, entries: Sequence[Entry], sent: Sent) -> None:
        """Note the place."""
        if sent.refused:
            refused = letters(CURSOR, sent.refused, seq=0)
            await self._results.write(partial(late_rows.keep_letters, cursor=CURSOR, refused=refused))
        if sent.done:
            number = entries[sent.done - 1].seq
            await self._state.write(partial(state_rows.save_place, name=self._place, number=number))


def event_streams(
    tags_of: TagsOf, *, state: Database, results: Database
) -> tuple[Events[Change], Events[Turn]]:
    """Return the streams of all transitions, and of what of incidents is worth a mark on a graph."""

    def of_change(change: Change) -> Line:
        return line_of_change(change, tags_of(change.check_id))

    def of_turn(turn: Turn) -> Line:
        return line_of_turn(turn, tags_of(turn.root_check_id) if turn.root_check_id else None)

    changes = Events(
        state_rows.TRANSITIONS, state_rows.select_changes, of_change, state=state, results=results
    )
    turns = Events(state_rows.INCIDENTS, state_rows.select_turns, of_turn, state=state, results=results)
    return changes, turns
