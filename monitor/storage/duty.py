"""Who stands in for whom, and what the last hours brought: what a duty officer asks state.db. SQL only."""

import sqlite3

from alerts.model.incident import Incident
from alerts.oncall.model import Swap
from monitor.storage.errors import sound_rows
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents


def insert_swap(connection: sqlite3.Connection, swap: Swap) -> None:
    """Add a swap."""
    connection.execute(
        "insert into swap (rota, person, from_at, until_at, who, comment) values (?, ?, ?, ?, ?, ?)",
        (swap.rota, swap.person, swap.from_at, swap.until_at, swap.who, swap.comment),
    )


@sound_rows()
def select_swaps(connection: sqlite3.Connection, from_at: float) -> list[Swap]:
    """Return the swaps that are not over at `from_at`, the latest arrangement last."""
    rows = connection.execute(
        "select rota, person, from_at, until_at, who, comment from swap where until_at > ? order by id",
        (from_at,),
    )
    return [Swap(*row) for row in rows]


def is_bulletin(connection: sqlite3.Connection, bulletin_id: str) -> bool:
    """Whether such a bulletin was written."""
    return connection.execute("select 1 from bulletin where id = ?", (bulletin_id,)).fetchone() is not None


@sound_rows()
def select_ended(connection: sqlite3.Connection, since_at: float) -> list[Incident]:
    """Return the incidents that ended since then, members of groups not among them."""
    query = SELECT_INCIDENTS + "where resolved_at >= ? and part_of is null order by resolved_at"
    return select_incidents(connection, query, (since_at,))


@sound_rows()
def count_declared(connection: sqlite3.Connection, since_at: float) -> int:
    """Count the incidents that were declared since then, members of groups not among them."""
    query = "select count(*) from incident where declared_at >= ? and part_of is null"
    (count,) = connection.execute(query, (since_at,)).fetchone()
    return int(count)


@sound_rows()
def count_without_cause(connection: sqlite3.Connection, since_at: float) -> int:
    """Count the incidents that ended since then and whose cause nobody has confirmed."""
    query = (
        "select count(*) from incident where resolved_at >= ? and close_reason = 'recovered' and choice_kind is null "
        "and part_of is null"
    )
    (count,) = connection.execute(query, (since_at,)).fetchone()
    return int(count)
