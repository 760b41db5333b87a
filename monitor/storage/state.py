"""state.db: what must survive everything. Every commit is on the disk (synchronous=FULL) when the call returns."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import Incident, IncidentEvent
from monitor.storage import audit
from monitor.storage.audit import AuditEntry, AuditQuestion
from monitor.storage.ballast import Ballast
from monitor.storage.database import Database
from monitor.storage.decisions import load_saved_state, save_alive_at, save_decision
from monitor.storage.errors import sound_rows
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents, select_log
from monitor.storage.opening import Synchronous
from monitor.storage.outbox_store import OutboxStore
from monitor.storage.outbox_view import OutboxEntry, select_entries_of


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident with its log (oldest first) and everything that was to be told about it."""

    incident: Incident
    log: tuple[IncidentEvent, ...]
    notifications: tuple[OutboxEntry, ...]


class StateStore:
    """States, transitions, incidents, and the outbox beside them. Every method may raise StorageError.

    A failed or cancelled commit is in doubt; repeating it is always right.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.outbox = OutboxStore(database)

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, now: float, ballast: Ballast | None = None) -> AsyncIterator[Self]:
        """Open or create the store; `database.replaced` tells whether a damaged one was set aside."""
        async with Database.open(
            path, schema="state", synchronous=Synchronous.FULL, now=now, ballast=ballast
        ) as database:
            yield cls(database)

    async def load(self) -> SavedState:
        """Give back what the engine starts from."""
        return await self.database.read(load_saved_state)

    async def commit(self, decision: Decision) -> None:
        """Save one decision in one transaction."""
        await self.commit_many((decision,))

    async def commit_many(self, decisions: Sequence[Decision]) -> None:
        """Save decisions, in order, in one transaction: all or none."""

        def save(connection: sqlite3.Connection) -> None:
            for decision in decisions:
                save_decision(connection, decision)

        await self.database.write(save)

    async def mark_alive(self, now: float) -> None:
        """Note that the daemon runs."""
        await self.database.write(partial(save_alive_at, now=now))

    async def incidents(self, *, open_only: bool, limit: int) -> list[Incident]:
        """Return at most `limit` incidents, the latest declared first."""
        condition = "where close_reason is null " if open_only else ""
        query = SELECT_INCIDENTS + condition + "order by declared_at desc, id desc limit ?"
        return await self.database.read(partial(select_incidents, query=query, parameters=(limit,)))

    async def incident(self, incident_id: str) -> IncidentRecord | None:
        """Return one incident with its log and notifications, None when there is none of that id."""
        return await self.database.read(partial(_select_incident, incident_id=incident_id))

    async def members(self, group_id: str) -> list[Incident]:
        """Return what is part of a group, and what was until it ended and stands for itself since; the oldest first."""
        query = (
            SELECT_INCIDENTS  # noqa: S608 (constants only)
            + "where root_check_id <> '' and (part_of = ?1 or (part_of is null and id in ("
            "select text from incident_log where incident_id = ?1 and kind = 'joined'))) order by opened_at, id"
        )
        return await self.database.read(partial(select_incidents, query=query, parameters=(group_id,)))

    async def earlier_incidents(self, incident: Incident, *, limit: int) -> list[Incident]:
        """Return at most `limit` incidents with the same root that were declared before, the latest first."""
        query = (
            SELECT_INCIDENTS
            + "where root_check_id = ? and declared_at < ? and id != ? order by declared_at desc, id desc limit ?"
        )
        parameters = (incident.root_check_id, incident.declared_at, incident.id, limit)
        return await self.database.read(partial(select_incidents, query=query, parameters=parameters))

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        """Append to the audit log."""
        await self.database.write(partial(audit.insert_entries, entries=tuple(entries)))

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        """Return at most `limit` entries of the audit log, the latest first."""
        return await self.database.read(partial(audit.select_entries, limit=limit))

    async def audit_asked(self, question: AuditQuestion) -> list[tuple[int, AuditEntry]]:
        """Return entries of the audit log with their numbers, the latest first."""
        return await self.database.read(partial(audit.select_asked, question=question))

    async def transitions(self, check_id: str | None, from_at: float, to_at: float) -> list[Transition]:
        """Return the transitions of one check (None: of all) with from_at <= at < to_at, in the order of `at`."""
        return await self.database.read(
            partial(_select_transitions, check_id=check_id, from_at=from_at, to_at=to_at)
        )


@sound_rows()
def _select_incident(connection: sqlite3.Connection, incident_id: str) -> IncidentRecord | None:
    found = select_incidents(connection, SELECT_INCIDENTS + "where id = ?", (incident_id,))
    if not found:
        return None
    return IncidentRecord(
        incident=found[0],
        log=select_log(connection, incident_id),
        notifications=tuple(select_entries_of(connection, incident_id)),
    )


@sound_rows()
def _select_transitions(
    connection: sqlite3.Connection, check_id: str | None, from_at: float, to_at: float
) -> list[Transition]:
    columns = "select check_id, at, declared_at, old, new, cause from transition where"
    if check_id is None:
        rows = connection.execute(f"{columns} at >= ? and at < ? order by at, id", (from_at, to_at))
    else:
        rows = connection.execute(
            f"{columns} check_id = ? and at >= ? and at < ? order by at, id", (check_id, from_at, to_at)
        )
    return [
        Transition(
            check_id=check, at=at, declared_at=declared_at, old=Status(old), new=Status(new), cause=cause
        )
        for check, at, declared_at, old, new, cause in rows
    ]
