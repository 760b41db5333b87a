"""What the web needs of the running daemon."""

from typing import Protocol

from alerts.world import World
from monitor.accounting.desk import CorrectionDesk
from monitor.backup.nightly import Nightly
from monitor.composer import Composer
from monitor.delivering import DeliveryDesk
from monitor.duty.desk import Desk
from monitor.incidents.desk import IncidentDesk
from monitor.muting.desk import MutingDesk
from monitor.people.desk import PeopleDesk
from monitor.plan import Plan
from monitor.reloading import Reloading
from monitor.report.editions.desk import ReportDesk
from monitor.series.log import ResultLog
from monitor.settings.settings import Settings
from monitor.storage.state import StateStore
from monitor.vital_signs import VitalSigns
from monitor.web.live.changes import Changes
from monitor.web.memory import WebMemory
from monitor.web.metrics import Metrics
from monitor.web.view import Snapshot
from monitor.zalo import ZaloInput


class DaemonPort(Protocol):
    """The daemon as pages and API see it. Everything that changes something is a desk."""

    @property
    def settings(self) -> Settings:
        """Province, time zone, addresses."""
        ...

    @property
    def plan(self) -> Plan:
        """Settings, inventory and people in force."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The counters."""
        ...

    @property
    def changes(self) -> Changes:
        """Tells when what pages show may have changed."""
        ...

    @property
    def signs(self) -> VitalSigns:
        """How the parts of the daemon are."""
        ...

    @property
    def nightly(self) -> Nightly:
        """Makes copies."""
        ...

    @property
    def web(self) -> WebMemory:
        """What the web remembers between requests."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now; cheap, never waits for a disk."""
        ...

    def look(self, check_ids: frozenset[str]) -> None:
        """Probe these checks soon."""
        ...

    @property
    def incident_desk(self) -> IncidentDesk:
        """Where commands on incidents are carried out."""
        ...

    @property
    def reloading(self) -> Reloading:
        """The inventory's life."""
        ...

    @property
    def muting(self) -> MutingDesk:
        """Where silences and maintenance are carried out."""
        ...

    @property
    def corrections(self) -> CorrectionDesk:
        """Where corrections of accounts are carried out."""
        ...

    @property
    def reports(self) -> ReportDesk:
        """Where reports are changed and frozen."""
        ...

    @property
    def composer(self) -> Composer:
        """Writes messages."""
        ...

    @property
    def delivering(self) -> DeliveryDesk:
        """Where people look after delivery."""
        ...

    @property
    def world(self) -> World:
        """What the engine knows; only read."""
        ...

    @property
    def desk(self) -> Desk:
        """The duty desk."""
        ...

    @property
    def people(self) -> PeopleDesk:
        """Where accounts are managed, and who signs in is known."""
        ...

    @property
    def results(self) -> ResultLog:
        """The log of results."""
        ...

    @property
    def state(self) -> StateStore:
        """What survives everything."""
        ...

    @property
    def zalo(self) -> ZaloInput | None:
        """What goes on with Zalo besides sending."""
        ...
