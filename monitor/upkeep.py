"""What the daemon does for its files at night: the copy, and dropping what state.db need not keep."""

import logging
from collections.abc import Callable
from typing import Final

from monitor.agenda import Agenda
from monitor.backup.nightly import Nightly
from monitor.clock import Clock
from monitor.settings.settings import Settings
from monitor.storage.clearing import clear
from monitor.storage.state import StateStore

CLEAR_AT: Final = "03:20"
"""A quiet hour, after the nightly copy."""

log = logging.getLogger(__name__)


def plan_upkeep(
    agenda: Agenda, settings: Callable[[], Settings], state: StateStore, *, clock: Clock
) -> Nightly:
    """Put the nightly jobs on the agenda; return what knows of copies. The hour of the copy is that of the start."""
    nightly = Nightly(settings, clock=clock)

    async def clear_state() -> None:
        log.info("state_cleared rows=%d", await clear(state.database, clock.now()))

    agenda.daily("backup", settings().backup.at, nightly.run)
    agenda.daily("clear", CLEAR_AT, clear_state)
    # People make copies too, and take them away.
    agenda.hourly("backups", 5, nightly.look)
    return nightly
