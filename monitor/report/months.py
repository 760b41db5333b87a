"""Which periods reports are written of by themselves: the month and the week that were over last. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.accounting.model import Period
from monitor.accounting.periods import period, previous
from monitor.settings.settings import Settings

_WEEK: timedelta = timedelta(days=7)


def last_month(settings: Settings, *, now: float) -> Period:
    """Return the month of the settings' kind that was over last."""
    month = this_month(settings, now=now)
    return previous(month, zone=settings.timezone, month_begins_on=settings.accounting.month_begins_on)


def this_month(settings: Settings, *, now: float) -> Period:
    """Return the month of the settings' kind that goes on; the administrative one of a day may be next month's."""
    begins_on = settings.accounting.month_begins_on
    today = datetime.fromtimestamp(now, ZoneInfo(settings.timezone)).date()
    if settings.report.month == "calendar":
        return period(f"{today:%Y-%m}", zone=settings.timezone, month_begins_on=begins_on, now=now)
    this = period(f"hc-{today:%Y-%m}", zone=settings.timezone, month_begins_on=begins_on, now=now)
    if now < this.until_at:
        return this
    later = today.replace(day=1) + timedelta(days=32)
    return period(f"hc-{later:%Y-%m}", zone=settings.timezone, month_begins_on=begins_on, now=now)


def last_week(settings: Settings, *, now: float) -> Period:
    """Return the week from Monday to Sunday that was over last."""
    day = datetime.fromtimestamp(now, ZoneInfo(settings.timezone)).date() - _WEEK
    year, week, _ = day.isocalendar()
    begins_on = settings.accounting.month_begins_on
    return period(f"{year:04}-w{week:02}", zone=settings.timezone, month_begins_on=begins_on, now=now)
