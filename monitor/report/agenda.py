"""What is due about reports at a moment: the last month's draft, the last week's page, a nudge about causes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import DayTable
from inventory.times.day_table import is_working_day
from monitor.accounting.model import Period
from monitor.report import periods
from monitor.report.editions.model import ReportKind
from monitor.report.months import last_month, last_week, this_month
from monitor.settings.settings import Settings

NUDGED_ON: Final = 25
"""Day of a calendar month."""
NUDGED_BEFORE: Final = timedelta(days=5)
"""So long before the last day of an administrative month."""
_NUDGED_LATE: Final = timedelta(days=3)
"""A nudge that is later than this is none any more."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to be made, or told. `id`: of the bulletin that tells it."""

    id: str
    what: str
    """draft, week or nudge."""
    period: Period

    @property
    def kind(self) -> ReportKind:
        """What is written of the period."""
        return ReportKind.WEEK if self.what == "week" else ReportKind.REPORT


def due(settings: Settings, table: DayTable, *, now: float) -> Iterator[Due]:
    """Yield what should have been made or told by `now`; what was is left out by whoever knows."""
    month = last_month(settings, now=now)
    yield Due(f"report:{month.id}", "draft", month)
    if settings.report.weekly:
        week = last_week(settings, now=now)
        yield Due(f"report:{week.id}", "week", week)
    this = this_month(settings, now=now)
    today = datetime.fromtimestamp(now, ZoneInfo(settings.timezone)).date()
    # Of two that are due the later one says it all.
    for number, day in reversed(list(enumerate(nudge_days(this, table, zone=settings.timezone), 1))):
        if day <= today < day + _NUDGED_LATE:
            yield Due(f"report:{this.id}:nudge-{number}", "nudge", this)
            return


def nudge_days(month: Period, table: DayTable, *, zone: str) -> tuple[date, date]:
    """Return the days on which writers hear what still lacks a cause: some days before the end, the last working day.

    Both are one when a long holiday (Tết) begins before the first.
    """
    last = periods.last_day(month, zone=zone)
    first = last - NUDGED_BEFORE if month.id.startswith("hc-") else last.replace(day=NUDGED_ON)
    working = last
    while not is_working_day(table, working) and working > periods.first_day(month, zone=zone):
        working -= _DAY
    return min(first, working), working
