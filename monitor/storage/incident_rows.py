"""Incidents as rows of state.db, there and back. Functions for `Database.write` and `Database.read`."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from alerts.model.checks import Status
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Guess,
    Incident,
    IncidentEvent,
    LogKind,
    Side,
    Ticket,
    Told,
)
from monitor.storage.errors import sound_rows

_COLUMNS: Final = (
    "id",
    "root_check_id",
    "opened_at",
    "declared_at",
    "cause",
    "level",
    "common_dimension",
    "common_value",
    "common_layer",
    "part_of",
    "episodes",
    "downs",
    "longest_s",
    "flapping_at",
    "up_at",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledged_until",
    "told_step",
    "told_at",
    "told_round",
    "told_size",
    "told_begun_at",
    "told_policies",
    "guess_kind",
    "guess_basis",
    "choice_kind",
    "choice_side",
    "choice_who",
    "choice_at",
    "ticket_number",
    "ticket_reported_at",
    "ticket_closed_at",
    "resolved_at",
    "close_reason",
    "name",
)
SELECT_INCIDENTS: Final = f"select {', '.join(_COLUMNS)} from incident "  # noqa: S608 (constants only)
_UPSERT: Final = (
    f"insert into incident ({', '.join(_COLUMNS)}) values ({', '.join('?' for _ in _COLUMNS)}) "  # noqa: S608 (constants only)
    f"on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_REMEMBERED_S: Final = 86_400.0
"""Longer than anybody wants to reopen what ended."""

_TO_START_WITH: Final = (
    SELECT_INCIDENTS + "where close_reason is null "  # noqa: S608 (constants only)
    "or part_of in (select id from incident where close_reason is null) "
    "or resolved_at >= ?1 "
    "or (close_reason = 'by_hand' and exists (select 1 from check_state s where s.check_id = root_check_id "
    "and (s.status in ('down', 'degraded') or s.resume in ('down', 'degraded'))) and not exists ("
    "select 1 from transition t where t.check_id = root_check_id and t.declared_at > resolved_at "
    "and (t.new = 'up' or t.new = 'degraded' and incident.level = 'down'))) "
    "order by declared_at, id"
)


def save_incidents(connection: sqlite3.Connection, incidents: Iterable[Incident]) -> None:
    """Insert or update incidents, without what they affected."""
    connection.executemany(_UPSERT, (_row(incident) for incident in incidents))


def add_affected(connection: sqlite3.Connection, explained: Iterable[tuple[str, str]]) -> None:
    """Add (incident id, check id) of what is newly affected; it only grows: what was ever inhibited stays."""
    connection.executemany(
        "insert into incident_affected (incident_id, check_id) values (?, ?) on conflict do nothing",
        explained,
    )


def append_log(connection: sqlite3.Connection, events: Iterable[IncidentEvent]) -> None:
    """Append to the incidents' logs."""
    connection.executemany(
        "insert into incident_log (incident_id, at, kind, who, text) values (?, ?, ?, ?, ?) on conflict do nothing",
        ((event.incident_id, event.at, event.kind, event.who, event.text) for event in events),
    )


@sound_rows()
def select_incidents(
    connection: sqlite3.Connection,
    query: str,
    parameters: Sequence[str | float] | Mapping[str, str | float] = (),
) -> list[Incident]:
    """Run `query`, which begins with SELECT_INCIDENTS, and add what each incident affected."""
    return [
        _incident(dict(zip(_COLUMNS, row, strict=True)), _affected(connection, row[0]))
        for row in connection.execute(query, parameters).fetchall()
    ]


def select_to_start_with(connection: sqlite3.Connection, alive_at: float) -> list[Incident]:
    """Return what the engine must know at start: see SavedState."""
    return select_incidents(connection, _TO_START_WITH, (alive_at - _REMEMBERED_S,))


@sound_rows()
def select_log(connection: sqlite3.Connection, incident_id: str) -> tuple[IncidentEvent, ...]:
    """Return an incident's log, oldest first."""
    rows = connection.execute(
        "select at, kind, who, text from incident_log where incident_id = ? order by id", (incident_id,)
    )
    return tuple(IncidentEvent(incident_id, at, LogKind(kind), who, text) for at, kind, who, text in rows)


def last_numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """Return "SC-<year>" -> the highest number; ids are `SC-<year>-<number>`, above 9999 they simply get longer.

    Numbers given after a copy that was restored count too (`monitor.storage.restored`).
    """
    rows = connection.execute(
        "select series, max(number) from ("
        "select substr(id, 1, 7) as series, cast(substr(id, 9) as integer) as number from incident "
        "where id glob 'SC-[0-9][0-9][0-9][0-9]-[0-9]*' union all "
        "select substr(key, 8), cast(value as integer) from meta where key glob 'number:SC-*') group by series"
    )
    return dict(rows)


def _affected(connection: sqlite3.Connection, incident_id: str) -> frozenset[str]:
    rows = connection.execute("select check_id from incident_affected where incident_id = ?", (incident_id,))
    return frozenset(check_id for (check_id,) in rows)


def _row(incident: Incident) -> tuple[Any, ...]:
    common, told, guess = incident.common, incident.told, incident.guess
    choice, ticket = incident.choice, incident.ticket
    return (
        *(incident.id, incident.root_check_id, incident.opened_at, incident.declared_at, incident.cause),
        incident.level,
        *((None,) * 3 if common is None else (common.dimension, common.value, common.layer)),
        *(incident.part_of, incident.episodes, json.dumps(incident.downs), incident.longest_s),
        *(incident.flapping_at, incident.up_at),
        *(incident.acknowledged_at, incident.acknowledged_by, incident.acknowledged_until),
        *(told.step, told.at, told.round, told.size, told.begun_at),
        json.dumps(told.policies),
        *((None,) * 2 if guess is None else (guess.kind, guess.basis)),
        *((None,) * 4 if choice is None else (choice.kind, choice.side, choice.who, choice.at)),
        *((None,) * 3 if ticket is None else (ticket.number, ticket.reported_at, ticket.closed_at)),
        *(incident.resolved_at, incident.close_reason, incident.name),
    )


def _incident(row: dict[str, Any], affected: frozenset[str]) -> Incident:
    return Incident(
        id=row["id"],
        root_check_id=row["root_check_id"],
        opened_at=row["opened_at"],
        declared_at=row["declared_at"],
        cause=row["cause"],
        affected=affected,
        level=Status(row["level"]),
        common=_common(row),
        part_of=row["part_of"],
        episodes=row["episodes"],
        downs=tuple(json.loads(row["downs"] or "[]")),
        longest_s=row["longest_s"],
        flapping_at=row["flapping_at"],
        up_at=row["up_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_until=row["acknowledged_until"],
        told=Told(
            step=row["told_step"],
            at=row["told_at"],
            round=row["told_round"],
            size=row["told_size"],
            begun_at=row["told_begun_at"],
            policies=tuple(json.loads(row["told_policies"] or "[]")),
        ),
        guess=None if row["guess_kind"] is None else Guess(CauseKind(row["guess_kind"]), row["guess_basis"]),
        choice=_choice(row),
        ticket=_ticket(row),
        resolved_at=row["resolved_at"],
        close_reason=None if row["close_reason"] is None else CloseReason(row["close_reason"]),
        name=row["name"],
    )


def _common(row: dict[str, Any]) -> Common | None:
    if row["common_dimension"] is None:
        return None
    return Common(Dimension(row["common_dimension"]), row["common_value"], row["common_layer"])


def _choice(row: dict[str, Any]) -> Choice | None:
    if row["choice_kind"] is None:
        return None
    return Choice(
        CauseKind(row["choice_kind"]), Side(row["choice_side"]), row["choice_who"], row["choice_at"]
    )


def _ticket(row: dict[str, Any]) -> Ticket | None:
    if row["ticket_number"] is None:
        return None
    return Ticket(row["ticket_number"], row["ticket_reported_at"], row["ticket_closed_at"])
