"""The daemon's side of the web, holding real values: what it answers is set by the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from alerts.incidents.commands import Refusal
from alerts.model.incident import Incident
from monitor.settings.settings import Settings
from monitor.storage.errors import StorageError
from monitor.storage.state import IncidentRecord
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
    muting: Any = None
    corrections: Any = None
    desk: Any = None
    delivering: Any = None
    world: Any = None
    zalo: Any = None
    results: Any = None
    state: Any = None

    def snapshot(self) -> Snapshot:
        return self.held

    async def incidents(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        if self.fault is not None:
            raise self.fault
        every = [record.incident for record in self.records.values()] or list(self.held.incidents.values())
        return [each for each in every if each.is_open or not open_only][:limit]

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
