"""Saving what the engine decided, and giving it back at start. Functions for `Database.write` and `Database.read`.

Everything here can be repeated: saving one decision twice leaves what saving it once leaves.
"""

import sqlite3
from collections.abc import Iterable

from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from monitor.storage import incident_rows, mutings, telling_rows
from monitor.storage.errors import sound_rows
from monitor.storage.used_once import note_used

ALIVE_AT = "alive_at"


def save_decision(connection: sqlite3.Connection, decision: Decision) -> None:
    """Save all of `decision` but `recheck` and `retry`."""
    _save_states(connection, decision.states)
    _forget(connection, decision.forgotten)
    _append_transitions(connection, decision.transitions)
    incident_rows.save_incidents(connection, decision.incidents)
    incident_rows.add_affected(connection, decision.explained)
    incident_rows.append_log(connection, decision.log)
    mutings.save(connection, decision.mutings)
    telling_rows.add_bulletins(connection, decision.bulletins)
    # Cancel first: a recovery decided here may be due after `due_after` of a cancellation decided here, and what is
    # cancelled was never told, so it is neither handed over nor recovered from.
    telling_rows.cancel(connection, decision.cancellations)
    telling_rows.hand_over(connection, decision.hand_overs)
    telling_rows.add(connection, decision.notifications)
    telling_rows.add_recoveries(connection, decision.recoveries)
    _note_seen(connection, decision.seen)
    _note_back(connection, decision.back)
    note_used(connection, decision.used)


def save_alive_at(connection: sqlite3.Connection, now: float) -> None:
    """Note that the daemon runs."""
    connection.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (ALIVE_AT, repr(now)),
    )


@sound_rows()
def load_alive_at(connection: sqlite3.Connection) -> float | None:
    """Return when the daemon was last known to run, None when it never was."""
    row = connection.execute("select value from meta where key = ?", (ALIVE_AT,)).fetchone()
    return None if row is None else float(row[0])


@sound_rows()
def load_saved_state(connection: sqlite3.Connection) -> SavedState:
    """Give back everything that the engine starts from."""
    states = connection.execute(
        "select check_id, status, since_at, resume, cause from check_state order by check_id"
    )
    alive_at = load_alive_at(connection)
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
        incidents=tuple(incident_rows.select_to_start_with(connection, alive_at or 0.0)),
        mutings=tuple(mutings.select_to_start_with(connection, alive_at or 0.0)),
        announced=mutings.announced(connection, alive_at or 0.0),
        alive_at=alive_at,
        last_number={**incident_rows.last_numbers(connection), **mutings.last_numbers(connection)},
        seen=dict(connection.execute("select target_id, first_seen_at from target_seen")),
        back=dict(connection.execute("select target_id, back_at from target_seen where back_at is not null")),
    )


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


def _note_seen(connection: sqlite3.Connection, seen: Iterable[tuple[str, float]]) -> None:
    connection.executemany(
        "insert into target_seen (target_id, first_seen_at) values (?, ?) on conflict do nothing", seen
    )


def _note_back(connection: sqlite3.Connection, back: Iterable[tuple[str, float]]) -> None:
    connection.executemany(
        "update target_seen set back_at = ? where target_id = ?", ((at, target_id) for target_id, at in back)
    )
