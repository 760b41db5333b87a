"""How urgent an incident is, and whether it may wake anybody. Pure: the moment is an argument."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings, QuietHours
from inventory.model import Inventory

LEAST_URGENT: Final = 3


def severity_of(inventory: Inventory, settings: AlertSettings, incident: Incident) -> int:
    """Return 1 (wakes people) to 3. By the layer of the root's target, one less urgent when only degraded.

    A group, and what has left the inventory, is 1.
    """
    check = inventory.checks.get(incident.root_check_id)
    target = None if check is None else inventory.targets.get(check.target_id)
    if incident.is_group or target is None:
        return 1
    severity = settings.severities.get(target.layer, 1)
    return min(LEAST_URGENT, severity + (incident.level is Status.DEGRADED))


def night_hold(quiet: QuietHours | None, severity: int, now: float) -> Hold | None:
    """Return the hold until the end of the night for what is not urgent enough to wake anybody; None by day."""
    if quiet is None or severity <= quiet.wakes:
        return None
    local = datetime.fromtimestamp(now, ZoneInfo(quiet.zone))
    minute = local.hour * 60 + local.minute
    over_midnight = quiet.to_minute <= quiet.from_minute
    if over_midnight:
        is_night = minute >= quiet.from_minute or minute < quiet.to_minute
    else:
        is_night = quiet.from_minute <= minute < quiet.to_minute
    if not is_night:
        return None
    ends_on = local.date() + timedelta(days=over_midnight and minute >= quiet.from_minute)
    hour, rest = divmod(quiet.to_minute, 60)
    day = ends_on + timedelta(days=hour // 24)  # 24:00 is the next day's midnight
    end = datetime(day.year, day.month, day.day, hour % 24, rest, tzinfo=local.tzinfo)
    return Hold(SuppressionReason.NIGHT, "night", end.timestamp())
