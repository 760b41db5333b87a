"""What people decided later about stretches of time, in state.db. Append-only: taking back is an entry of its own.

Functions for `Database.write` and `Database.read`.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from monitor.accounting.model import Correction, Part
from monitor.storage.errors import sound_rows

_SELECT: Final = (
    "select id, check_ids, from_at, until_at, counts_as, was, reason, who, approver, at, document, withdraws "
    "from correction "
)
_ALL_CHECK_IDS: Final = (
    # Steps from one id to the next in the index: thousands of seeks, where `distinct` would read millions of rows.
    "with recursive known (name) as (select min(check_id) from transition union all "
    "select (select min(check_id) from transition where check_id > name) from known where name is not null) "
    "select name from known where name is not null"
)


def append(connection: sqlite3.Connection, correction: Correction) -> int:
    """Append an entry and return the id it was given; its own id does not matter.

    One that withdraws what another entry has withdrawn meanwhile is not appended: the id of that entry is returned.
    """
    if correction.withdraws is not None:
        earlier = connection.execute(
            "select id from correction where withdraws = ?", (correction.withdraws,)
        ).fetchone()
        if earlier is not None:
            return int(earlier[0])
    (new_id,) = connection.execute(
        "insert into correction (check_ids, from_at, until_at, counts_as, was, reason, who, approver, at, document, "
        "withdraws) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
        (
            json.dumps(correction.check_ids, ensure_ascii=False),
            float(correction.from_at),
            float(correction.until_at),
            correction.counts_as,
            correction.was,
            correction.reason,
            correction.who,
            correction.approver,
            float(correction.at),
            correction.document,
            correction.withdraws,
        ),
    ).fetchone()
    return int(new_id)


@sound_rows()
def select_touching(connection: sqlite3.Connection, from_at: float, until_at: float) -> list[Correction]:
    """Return the entries about a part of [from_at, until_at) in the order they were made, with what withdraws them."""
    rows = connection.execute(_SELECT + "where from_at < ? and until_at > ? order by id", (until_at, from_at))
    return [_correction(row) for row in rows]


@sound_rows()
def select_one(connection: sqlite3.Connection, correction_id: int) -> tuple[Correction | None, bool]:
    """Return the entry of this id (None: there is none), and whether it was withdrawn."""
    row = connection.execute(_SELECT + "where id = ?", (correction_id,)).fetchone()
    withdrawn = connection.execute(
        "select 1 from correction where withdraws = ?", (correction_id,)
    ).fetchone()
    return None if row is None else _correction(row), withdrawn is not None


def checks_ever_known(connection: sqlite3.Connection, asked: Collection[str]) -> frozenset[str]:
    """Return those of `asked` of which something was ever known: checks that left the inventory are corrected too."""
    rows = connection.execute(
        "select value from json_each(?) where exists (select 1 from transition where check_id = value)",
        (json.dumps(list(asked)),),
    )
    return frozenset(check_id for (check_id,) in rows)


def all_check_ids(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the ids of all checks that ever had a transition."""
    return tuple(check_id for (check_id,) in connection.execute(_ALL_CHECK_IDS))


def _correction(row: Sequence[object]) -> Correction:
    number, check_ids, from_at, until_at, counts_as, was, reason, who, approver, at, document, withdraws = row
    ids = json.loads(str(check_ids))
    if not isinstance(ids, list):
        raise ValueError("not a list of checks")  # noqa: TRY004 (damage is told apart by ValueError)
    return Correction(
        id=int(str(number)),
        check_ids=tuple(str(check_id) for check_id in ids),
        from_at=float(str(from_at)),
        until_at=float(str(until_at)),
        counts_as=None if counts_as is None else Part(str(counts_as)),
        was=None if was is None else Part(str(was)),
        reason=str(reason),
        who=str(who),
        approver=str(approver),
        at=float(str(at)),
        document=str(document),
        withdraws=None if withdraws is None else int(str(withdraws)),
    )
