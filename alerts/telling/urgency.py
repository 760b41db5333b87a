"""How urgent an incident is, and whether it may wake anybody. Pure: the moment is an argument."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings, QuietHours
from inventory.model import Inventory, Layer

LEAST_URGENT: Final = 3

HAVE_TIME: Final = frozenset(
    {
        "beat_certificate_s",
        "certificate_s",
        "disk_free_ratio",
        "disk_full_s",
        "disk_left_ratio",
        "disk_used_ratio",
        "package_s",
        "printer_toner_ratio",
        "ups_battery_worn",
        "web_certificate_s",
    }
)
"""Metrics whose warning asks for something within days: least urgent, whatever they are measured on."""


def severity_of(inventory: Inventory, settings: AlertSettings, incident: Incident) -> int:
    """Return 1 (wakes people) to 3. By the layer of the root's target, one less urgent when only degraded.

    One less as well when the target itself answers and only another check of it (SNMP, H.323, a page) does not. A group
    is one more urgent than one of its layer: four kiosks that are dark wake nobody. What has left the inventory is 1.
    """
    if incident.common is not None:
        return max(1, settings.severities.get(Layer(incident.common.layer), 1) - 1)
    check = inventory.checks.get(incident.root_check_id)
    target = None if check is None else inventory.targets.get(check.target_id)
    if target is None:
        return 1
    is_degraded = incident.level is Status.DEGRADED
    if is_degraded and incident.cause.partition(" ")[0] in HAVE_TIME:
        return LEAST_URGENT
    severity = settings.severities.get(target.layer, 1)
    return min(LEAST_URGENT, severity + is_degraded + is_secondary(inventory, incident.root_check_id))


def is_secondary(inventory: Inventory, check_id: str) -> bool:
    """Whether a check is not its target's reachability check: that one is its parent."""
    target_id = inventory.checks[check_id].target_id
    parents = inventory.parents.get(check_id, ())
    return any(inventory.checks[each].target_id == target_id for each in parents)


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
