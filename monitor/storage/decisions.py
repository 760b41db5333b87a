"""Saving what the engine decided, and giving it back at start. Functions for `Database.write` and `Database.read`.

Everything here can be repeated: saving one decision twice leaves what saving it once leaves.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import CloseReason, Incident, IncidentEvent
from alerts.model.notification import Cancellation, Notification, NotificationKind, Recovery, Replan
from monitor.storage.errors import sound_rows

ALIVE_AT = "alive_at"
SELECT_INCIDENTS = (
    "select id, root_check_id, opened_at, declared_at, cause, acknowledged_at, acknowledged_by, resolved_at, "
    "close_reason, absorbed_by from incident "
)
IncidentFields = tuple[str, str, float, float, str, float | None, str, float | None, str | None, str | None]


def save_decision(connection: sqlite3.Connection, decision: Decision) -> None:
    """Save all of `decision` but `recheck` and `retry`."""
    _save_states(connection, decision.states)
    _forget(connection, decision.forgotten)
    _append_transitions(connection, decision.transitions)
    _save_incidents(connection, decision.incidents)
    _add_explained(connection, decision.explained)
    _append_log(connection, decision.log)
    # A recovery decided here may be due after `due_after` of a cancellation decided here: cancel first.
    _cancel(connection, decision.cancellations)
    _add_notifications(connection, decision.notifications)
    _add_recoveries(connection, decision.recoveries)
    _replan(connection, decision.replanned)
    _note_seen(connection, decision.seen)
    _note_back(connection, decision.back)


def save_alive_at(connection: sqlite3.Connection, now: float) -> None:
    """Note that the daemon runs."""
    connection.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (ALIVE_AT, repr(now)),
    )


@sound_rows()
def load_saved_state(connection: sqlite3.Connection) -> SavedState:
    """Give back states, open incidents, the last sign of life and the highest incident number of each year."""
    states = connection.execute(
        "select check_id, status, since_at, resume, cause from check_state order by check_id"
    )
    alive = connection.execute("select value from meta where key = ?", (ALIVE_AT,)).fetchone()
    return SavedState(
        states=tuple(
            CheckState(
                check_id=check_id,
                status=Status(status),
                since_at=since_at,
                resume=None if resume is None else Status(resume),
                cause=cause,
            )
            for check_id, status, since_at, resume, cause in states
        ),
        incidents=tuple(
            select_incidents(
                connection, SELECT_INCIDENTS + "where close_reason is null order by declared_at, id"
            )
        ),
        alive_at=None if alive is None else float(alive[0]),
        last_incident_number=_last_incident_numbers(connection),
        seen=dict(connection.execute("select target_id, first_seen_at from target_seen")),
        back=dict(connection.execute("select target_id, back_at from target_seen where back_at is not null")),
    )


@sound_rows()
def select_incidents(
    connection: sqlite3.Connection, query: str, parameters: tuple[str | float, ...] = ()
) -> list[Incident]:
    """Run `query`, which begins with SELECT_INCIDENTS, and add what each incident affected."""
    rows: list[IncidentFields] = connection.execute(query, parameters).fetchall()
    affected: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for (check_id,) in connection.execute(
            "select check_id from incident_affected where incident_id = ?", (row[0],)
        ):
            affected[row[0]].add(check_id)
    return [_incident(row, frozenset(affected[row[0]])) for row in rows]


def _incident(row: IncidentFields, affected: frozenset[str]) -> Incident:
    (
        incident_id,
        root_check_id,
        opened_at,
        declared_at,
        cause,
        acknowledged_at,
        acknowledged_by,
        resolved_at,
        close_reason,
        absorbed_by,
    ) = row
    return Incident(
        id=incident_id,
        root_check_id=root_check_id,
        opened_at=opened_at,
        declared_at=declared_at,
        cause=cause,
        affected=affected,
        acknowledged_at=acknowledged_at,
        acknowledged_by=acknowledged_by,
        resolved_at=resolved_at,
        close_reason=None if close_reason is None else CloseReason(close_reason),
        absorbed_by=absorbed_by,
    )


def _last_incident_numbers(connection: sqlite3.Connection) -> dict[int, int]:
    """Incident ids are `SC-<year>-<number>`; numbers above 9999 simply get longer."""
    rows = connection.execute(
        "select cast(substr(id, 4, 4) as integer), max(cast(substr(id, 9) as integer)) from incident "
        "where id glob 'SC-[0-9][0-9][0-9][0-9]-[0-9]*' group by 1"
    )
    return dict(rows)


def _save_states(connection: sqlite3.Connection, states: Iterable[CheckState]) -> None:
    connection.executemany(
        "insert into check_state (check_id, status, since_at, resume, cause) values (?, ?, ?, ?, ?) "
        "on conflict (check_id) do update set status = excluded.status, since_at = excluded.since_at, "
        "resume = excluded.resume, cause = excluded.cause",
        ((state.check_id, state.status, state.since_at, state.resume, state.cause) for state in states),
    )


def _forget(connection: sqlite3.Connection, check_ids: Iterable[str]) -> None:
    connection.executemany(
        "delete from check_state where check_id = ?", ((check_id,) for check_id in check_ids)
    )


def _append_transitions(connection: sqlite3.Connection, transitions: Iterable[Transition]) -> None:
    connection.executemany(
        "insert into transition (check_id, at, declared_at, old, new, cause) values (?, ?, ?, ?, ?, ?) "
        "on conflict do nothing",
        ((t.check_id, t.at, t.declared_at, t.old, t.new, t.cause) for t in transitions),
    )


def _save_incidents(connection: sqlite3.Connection, incidents: Iterable[Incident]) -> None:
    for incident in incidents:
        connection.execute(
            "insert into incident (id, root_check_id, opened_at, declared_at, cause, acknowledged_at, acknowledged_by, "
            "resolved_at, close_reason, absorbed_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "on conflict (id) do update set root_check_id = excluded.root_check_id, opened_at = excluded.opened_at, "
            "declared_at = excluded.declared_at, cause = excluded.cause, "
            "acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by, "
            "resolved_at = excluded.resolved_at, close_reason = excluded.close_reason, "
            "absorbed_by = excluded.absorbed_by",
            (
                incident.id,
                incident.root_check_id,
                incident.opened_at,
                incident.declared_at,
                incident.cause,
                incident.acknowledged_at,
                incident.acknowledged_by,
                incident.resolved_at,
                incident.close_reason,
                incident.absorbed_by,
            ),
        )


def _add_explained(connection: sqlite3.Connection, explained: Iterable[tuple[str, str]]) -> None:
    """Add what incidents newly affect; it only grows: what was ever inhibited stays."""
    connection.executemany(
        "insert into incident_affected (incident_id, check_id) values (?, ?) on conflict do nothing",
        explained,
    )


def _append_log(connection: sqlite3.Connection, events: Iterable[IncidentEvent]) -> None:
    connection.executemany(
        "insert into incident_log (incident_id, at, kind, who, text) values (?, ?, ?, ?, ?) on conflict do nothing",
        ((event.incident_id, event.at, event.kind, event.who, event.text) for event in events),
    )


def _cancel(connection: sqlite3.Connection, cancellations: Iterable[Cancellation]) -> None:
    connection.executemany(
        "update outbox set cancel_reason = ? where incident_id = ? and kind = ? and due_at > ? and attempts = 0 "
        "and sent_at is null and dead_at is null and cancel_reason is null",
        (
            (cancellation.reason, cancellation.about_id, NotificationKind.OPENED, cancellation.due_after)
            for cancellation in cancellations
        ),
    )


def _add_notifications(connection: sqlite3.Connection, notifications: Iterable[Notification]) -> None:
    connection.executemany(
        "insert into outbox (dedup_key, incident_id, kind, step, channel, recipient, due_at, next_attempt_at, held) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (dedup_key) do nothing",
        (
            (n.dedup_key, n.incident_id, n.kind, n.step, n.channel, n.recipient, n.due_at, n.due_at, n.held)
            for n in notifications
        ),
    )


def _add_recoveries(connection: sqlite3.Connection, recoveries: Iterable[Recovery]) -> None:
    """For each opened row that stands, one resolved row to the same recipient on the same channel."""
    for recovery in recoveries:
        opened = connection.execute(
            "select step, channel, recipient from outbox "
            "where incident_id = ? and kind = ? and cancel_reason is null order by id",
            (recovery.incident_id, NotificationKind.OPENED),
        ).fetchall()
        _add_notifications(
            connection,
            [
                Notification(
                    incident_id=recovery.incident_id,
                    kind=NotificationKind.RESOLVED,
                    channel=channel,
                    recipient=recipient,
                    due_at=recovery.due_at,
                    step=step,
                )
                for step, channel, recipient in opened
            ],
        )


def _replan(connection: sqlite3.Connection, replans: Iterable[Replan]) -> None:
    """Put off what is held now; let go what only a hold keeps waiting that is over."""
    for replan in replans:
        values = (replan.incident_id, NotificationKind.OPENED, replan.due_at, replan.held)
        connection.execute(
            "update outbox set due_at = ?3, next_attempt_at = ?3, held = coalesce(?4, held) where id in ("
            "select id from waiting where incident_id = ?1 and kind = ?2 "
            "and (?4 is not null or (held is not null and due_at > ?3)))",
            values,
        )


def _note_seen(connection: sqlite3.Connection, seen: Iterable[tuple[str, float]]) -> None:
    connection.executemany(
        "insert into target_seen (target_id, first_seen_at) values (?, ?) on conflict do nothing", seen
    )


def _note_back(connection: sqlite3.Connection, back: Iterable[tuple[str, float]]) -> None:
    connection.executemany(
        "update target_seen set back_at = ? where target_id = ?", ((at, target_id) for target_id, at in back)
    )
