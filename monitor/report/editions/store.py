"""What writers did to reports, in state.db: manual parts, changed sentences, own sentences.

Functions for `Database.write` and `Database.read`.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from monitor.report.editions.model import Changes
from monitor.report.sentences.model import Addition, Override, Section
from monitor.storage.errors import sound_rows

KEPT_FIELDS: Final = frozenset(
    {"legal_basis", "addressees", "recipients", "signature", "signer", "backup_power_missing"}
)
"""Manual parts that are remembered from the period before; what weather there was is not."""
_ADDED: Final = "them-"


@dataclass(frozen=True, slots=True)
class Field:
    """A manual part as it stands, and of which period."""

    key: str
    value: str
    period_id: str
    who: str
    at: float


@sound_rows()
def select_fields(connection: sqlite3.Connection, period_id: str) -> list[Field]:
    """Return the manual parts of a period; those of KEPT_FIELDS also from the latest earlier period of the same kind."""
    rows = connection.execute(
        "select key, value, period, who, at from report_field where period glob ? and period <= ? order by period",
        (_same_shape(period_id), period_id),
    )
    found = {
        key: Field(key, value, period, who, at)
        for key, value, period, who, at in rows
        if period == period_id or key in KEPT_FIELDS
    }
    return sorted(found.values(), key=lambda field: field.key)


@sound_rows()
def select_changes(connection: sqlite3.Connection, period_id: str) -> Changes:
    """Return everything people did to the report of a period."""
    overrides = connection.execute(
        "select sentence_id, text, is_used, position, auto_text, who, at from report_override where period = ? "
        "order by sentence_id",
        (period_id,),
    )
    additions = connection.execute(
        "select id, section, text, group_id, who, at from report_addition where period = ?", (period_id,)
    )
    return Changes(
        fields={field.key: field.value for field in select_fields(connection, period_id)},
        overrides={
            sentence_id: Override(sentence_id, text, None if is_used is None else bool(is_used), *rest)
            for sentence_id, text, is_used, *rest in overrides
        },
        additions=tuple(
            sorted(
                (Addition(id_, Section(section), *rest) for id_, section, *rest in additions),
                key=lambda addition: _number(addition.id),
            )
        ),
    )


def put_field(
    connection: sqlite3.Connection, period_id: str, key: str, value: str | None, *, who: str, at: float
) -> None:
    """Set a manual part; None: that of this period is forgotten, and that of an earlier one counts again."""
    if value is None:
        connection.execute("delete from report_field where period = ? and key = ?", (period_id, key))
        return
    connection.execute(
        "insert into report_field (period, key, value, who, at) values (?, ?, ?, ?, ?) on conflict (period, key) "
        "do update set value = excluded.value, who = excluded.who, at = excluded.at",
        (period_id, key, value, who, float(at)),
    )


def put_override(connection: sqlite3.Connection, period_id: str, override: Override) -> None:
    """Change a sentence: what the override leaves open (None) stays as an earlier one said."""
    connection.execute(
        "insert into report_override (period, sentence_id, text, is_used, position, auto_text, who, at) "
        "values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (period, sentence_id) do update set "
        "text = coalesce(excluded.text, text), is_used = coalesce(excluded.is_used, is_used), "
        "position = coalesce(excluded.position, position), "
        # What the writer read when the text was written, not when it was ticked.
        "auto_text = case when excluded.text is null then auto_text else excluded.auto_text end, "
        "who = excluded.who, at = excluded.at",
        (
            period_id,
            override.sentence_id,
            override.text,
            None if override.is_used is None else int(override.is_used),
            override.position,
            override.auto_text,
            override.who,
            float(override.at),
        ),
    )


def drop_override(connection: sqlite3.Connection, period_id: str, sentence_id: str) -> bool:
    """Let a sentence be as the rules make it again; whether anything was changed."""
    query = "delete from report_override where period = ? and sentence_id = ?"
    return connection.execute(query, (period_id, sentence_id)).rowcount > 0


def append_addition(
    connection: sqlite3.Connection,
    period_id: str,
    section: Section,
    text: str,
    *,
    group: str,
    who: str,
    at: float,
) -> Addition:
    """Add a sentence of a writer under the next free id, and return it. An id is not given twice."""
    rows = connection.execute(
        "select id from report_addition where period = ? union all "
        "select sentence_id from report_override where period = ?",
        (period_id, period_id),
    )
    number = 1 + max((_number(id_) for (id_,) in rows if id_.startswith(_ADDED)), default=0)
    addition = Addition(f"{_ADDED}{number}", section, text, group, who, float(at))
    connection.execute(
        "insert into report_addition (period, id, section, group_id, text, who, at) values (?, ?, ?, ?, ?, ?, ?)",
        (period_id, addition.id, section.value, group, text, who, float(at)),
    )
    return addition


def is_added(connection: sqlite3.Connection, period_id: str, addition_id: str) -> bool:
    """Whether a period has such a sentence of a writer."""
    query = "select 1 from report_addition where period = ? and id = ?"
    return connection.execute(query, (period_id, addition_id)).fetchone() is not None


def rewrite_addition(
    connection: sqlite3.Connection, period_id: str, addition_id: str, text: str, *, who: str, at: float
) -> None:
    """Change the text of a writer's sentence; it is of whoever changed it last."""
    query = "update report_addition set text = ?, who = ?, at = ? where period = ? and id = ?"
    connection.execute(query, (text, who, float(at), period_id, addition_id))


def drop_addition(connection: sqlite3.Connection, period_id: str, addition_id: str) -> bool:
    """Take a writer's sentence away; whether there was one."""
    drop_override(connection, period_id, addition_id)
    query = "delete from report_addition where period = ? and id = ?"
    return connection.execute(query, (period_id, addition_id)).rowcount > 0


def is_anything_known(connection: sqlite3.Connection, until_at: float) -> bool:
    """Whether anything was measured before `until_at`: of a time before the monitor there is nothing to write."""
    return (
        connection.execute("select 1 from transition where at < ? limit 1", (until_at,)).fetchone()
        is not None
    )


def is_addition(sentence_id: str) -> bool:
    """Whether a writer added it."""
    return sentence_id.startswith(_ADDED)


def is_alike(period_id: str, other_id: str) -> bool:
    """Whether both name periods of the same kind: such ids sort by time."""
    return _same_shape(period_id) == _same_shape(other_id)


def _same_shape(period_id: str) -> str:
    """Return the GLOB of ids that name periods of the same kind: they sort by time."""
    return "".join("[0-9]" if each in "0123456789" else each for each in period_id)


def _number(addition_id: str) -> int:
    number = addition_id.removeprefix(_ADDED)
    return int(number) if number.isascii() and number.isdigit() else 0
