"""The daemon's side of the web, holding real values: what it answers is set by the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from alerts.incidents.commands import Refusal
from alerts.model.incident import Incident
from monitor.incidents.listing import Listed, Order, Place, Wanted, page_of
from monitor.settings.settings import Settings
from monitor.storage.audit import AuditEntry, AuditQuestion
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import IncidentRecord
from monitor.web.live.changes import Changes
from monitor.web.memory import WebMemory
from monitor.web.metrics import Metrics
from monitor.web.view import Snapshot


def settings_of(province: str) -> Settings:
    return Settings(province=province, inventory=[Path("x")], state_dir=Path("/nonexistent"))


@dataclass
class HeldDaemon:
    """A DaemonPort over one snapshot."""

    held: Snapshot
    records: dict[str, IncidentRecord] = field(default_factory=dict)
    fault: StorageError | None = None
    settings: Settings = field(default_factory=lambda: settings_of("Quảng Ngãi"))
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    reloading: Any = None
    life_notes: Any = None
    """Where `reloading` notes what was done."""
    muting: Any = None
    corrections: Any = None
    reports: Any = None
    desk: Any = None
    delivering: Any = None
    world: Any = None
    zalo: Any = None
    nightly: Any = None
    signs: Any = None
    plan: Any = None
    results: Any = None
    composer: Any = None
    people: Any = None
    stored: Any = None
    """A real store in place of its own."""
    changes: Changes = field(default_factory=Changes)
    web: WebMemory = field(default_factory=WebMemory)
    looked: list[frozenset[str]] = field(default_factory=list)
    noted: list[AuditEntry] = field(default_factory=list)

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        self.noted += entries

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        return self.noted[::-1][:limit]

    async def audit_asked(self, question: AuditQuestion) -> list[tuple[int, AuditEntry]]:
        """Return what the inventory's life noted, whatever is asked for."""
        found = await self.life_notes.audit_log(question.limit)
        return [(len(found) - n, entry) for n, entry in enumerate(found)]

    def look(self, check_ids: frozenset[str]) -> None:
        self.looked.append(check_ids)

    @property
    def state(self) -> Any:
        """Its own store, in which only incidents are held, unless a real one was given."""
        return self.stored or self

    @property
    def database(self) -> Any:
        """A disk that does not answer: pages that are from memory do not need it."""
        return self

    async def read(self, *_work: Any) -> Any:
        raise StorageError(StorageFault.IO, "không có ổ đĩa trong phép thử", "không cần")

    async def incidents(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        if self.fault is not None:
            raise self.fault
        every = [record.incident for record in self.records.values()] or list(self.held.incidents.values())
        return [each for each in every if each.is_open or not open_only][:limit]

    async def transitions(self, *_range: Any) -> Any:
        return await self.read()

    def snapshot(self) -> Snapshot:
        return self.held

    async def page(
        self, asked: Wanted, *, order: Order = Order.NEWEST, limit: int, after: Place | None = None
    ) -> Listed:
        if self.fault is not None and not asked.phase.is_open:
            raise self.fault
        every = [record.incident for record in self.records.values()] or list(self.held.incidents.values())
        return page_of(every, asked, order=order, limit=limit, now=self.now, after=after)

    async def members(self, group_id: str) -> Sequence[Incident]:
        return [each.incident for each in self.records.values() if each.incident.part_of == group_id]

    async def earlier_incidents(self, incident: Incident, *, limit: int) -> Sequence[Incident]:
        every = [each.incident for each in self.records.values()]
        return [
            each
            for each in every
            if each.root_check_id == incident.root_check_id and each.declared_at < incident.declared_at
        ][:limit]

    async def incident(self, incident_id: str) -> IncidentRecord | None:
        if self.fault is not None:
            raise self.fault
        return self.records.get(incident_id)

    @property
    def incident_desk(self) -> Any:
        """Its own desk: only taking is held here."""
        return self

    @property
    def now(self) -> float:
        return self.held.now

    async def acknowledge(
        self, incident_id: str, *, who: str, text: str, until_at: float | None = None
    ) -> Incident | Refusal:
        if self.fault is not None:
            raise self.fault
        incident = self.held.incidents.get(incident_id)
        if incident is None:
            return Refusal.UNKNOWN_INCIDENT
        if incident.acknowledged_at is not None:
            return Refusal.ALREADY_ACKNOWLEDGED
        self.taken.append((incident_id, who, text))
        taken = replace(
            incident, acknowledged_at=self.held.now, acknowledged_by=who, acknowledged_until=until_at
        )
        self.held = replace(self.held, incidents={**self.held.incidents, incident_id: taken})
        return taken
