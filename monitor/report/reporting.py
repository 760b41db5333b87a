"""Everything of reports in the running daemon: the desk, what is made by itself, the alarm when it cannot be."""

from collections.abc import Mapping
from typing import Protocol

from monitor.agenda import Agenda
from monitor.clock import Clock
from monitor.plan import Plan
from monitor.report.alarm import ReportAlarm
from monitor.report.automatic import AutomaticReports, ReportingPort
from monitor.report.editions.desk import ReportDesk
from monitor.report.process import ReportProcess


class PlannedPort(ReportingPort, Protocol):
    """What is needed of the running daemon."""

    @property
    def plan(self) -> Plan:
        """What it is to do, and from which settings file."""
        ...


class DelivererPort(Protocol):
    """What is needed of delivery."""

    @property
    def failing_since(self) -> Mapping[str, float]:
        """Channels on which nothing is told now -> since when."""
        ...


def plan_reports(
    agenda: Agenda, daemon: PlannedPort, deliverer: DelivererPort, *, clock: Clock
) -> ReportDesk:
    """Put reports on the agenda; return the desk. The hour of the drafts is that of the start."""
    process = ReportProcess(daemon.plan.config, daemon.settings.state_dir)
    automatic = AutomaticReports(daemon, process, clock=clock)
    alarm = ReportAlarm(
        daemon.world,
        daemon.state,
        automatic,
        clock=clock,
        carry_out=daemon.carry_out,
        failing=lambda: deliverer.failing_since,
    )
    agenda.daily("report", daemon.settings.report.at, automatic.run)
    agenda.minutely("report alarm", alarm.look)
    return ReportDesk(
        daemon.state.database,
        process,
        clock=clock,
        settings=lambda: daemon.settings,
        inventory=lambda: daemon.plan.inventory,
    )
