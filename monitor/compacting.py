"""The compactor of the running daemon: it follows the plan in force."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from monitor.clock import Clock
from monitor.influx.streams import CURSOR
from monitor.plan import Plan
from monitor.series.compactor import Compactor
from monitor.series.log import ResultLog
from monitor.series.retention import kept


def build_compactor(results: ResultLog, plan: Callable[[], Plan], *, clock: Clock) -> Compactor:
    """Return the compactor of `results`; `plan` is asked whenever something depends on it.

    The zone and whether there is an InfluxDB to read behind are those of the start: they change only with a restart.
    """
    first = plan()

    def interval_of(check_id: str) -> float | None:
        check = plan().inventory.checks.get(check_id)
        return None if check is None else check.interval_s

    return Compactor(
        results.database,
        clock=clock,
        zone=ZoneInfo(first.settings.timezone),
        interval_of=interval_of,
        retention=lambda: kept(plan().settings.retention),
        readers=lambda: () if first.settings.influx is None else (CURSOR,),
    )
