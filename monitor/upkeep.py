"""What the daemon does for its files at night: the copy, and dropping what state.db need not keep."""

import logging
from typing import Final, Protocol

from alerts.delivery.worker import Deliverer
from alerts.model.decision import Decision
from alerts.world import World
from monitor.agenda import Agenda
from monitor.backup.alarm import BackupAlarm
from monitor.backup.nightly import Nightly
from monitor.clock import Clock
from monitor.people.desk import PeopleDesk
from monitor.people.idleness import AT as IDLE_AT
from monitor.people.idleness import disable_idle
from monitor.settings.settings import Settings
from monitor.storage.clearing import clear
from monitor.storage.state import StateStore

CLEAR_AT: Final = "03:20"
"""A quiet hour, after the nightly copy."""

log = logging.getLogger(__name__)


class Kept(Protocol):
    """What is needed of the running daemon."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def state(self) -> StateStore:
        """What is copied and cleared."""
        ...

    @property
    def people(self) -> PeopleDesk:
        """Whose accounts rest after a while."""
        ...

    @property
    def world(self) -> World:
        """Whom to tell."""
        ...

    def carry_out(self, decision: Decision) -> None:
        """Save and tell."""
        ...


def plan_upkeep(agenda: Agenda, daemon: Kept, deliverer: Deliverer, *, clock: Clock) -> Nightly:
    """Put the nightly jobs on the agenda; return what knows of copies. The hour of the copy is that of the start."""
    nightly = Nightly(lambda: daemon.settings, clock=clock)
    alarm = BackupAlarm(
        daemon.world,
        daemon.state,
        lambda: nightly.facts,
        clock=clock,
        carry_out=daemon.carry_out,
        failing=lambda: deliverer.failing_since,
    )

    async def clear_state() -> None:
        log.info("state_cleared rows=%d", await clear(daemon.state.database, clock.now()))

    async def disable_idle_accounts() -> None:
        await daemon.people.sessions.sweep()
        days = daemon.settings.web.idle_accounts_days
        for name in await disable_idle(daemon.people, days, clock.now()):
            log.info("account_idle name=%s days=%d", name, days)

    agenda.daily("idle accounts", IDLE_AT, disable_idle_accounts)
    agenda.daily("backup", daemon.settings.backup.at, nightly.run)
    agenda.daily("clear", CLEAR_AT, clear_state)
    # People make copies too, and take them away.
    agenda.hourly("backups", 5, nightly.look)
    agenda.minutely("backup alarm", alarm.look)
    return nightly
