"""The weekly list of silences: what is quiet on somebody's word, and what was last week. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.bulletins import MOST_ITEMS, MOST_NAMES
from alerts.model.hold import Muting, MutingKind
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.muting.muted import over_at, reach_of
from alerts.oncall.model import Recipient
from alerts.telling.urgency import LEAST_URGENT
from inventory.model import Inventory

WEEK_S: Final = 7 * 86_400.0


def id_of_week(now: float, zone: ZoneInfo) -> str:
    """Return the id of the list of this week."""
    year, week, _ = datetime.fromtimestamp(now, zone).isocalendar()
    return f"silences:{year}-W{week:02d}"


def silences_of_the_week(
    mutings: Iterable[Muting],
    inventory: Inventory,
    recipients: Iterable[Recipient],
    now: float,
    zone: ZoneInfo,
) -> tuple[Bulletin, tuple[Notification, ...]] | None:
    """Return the list of silences in force, and over since a week ago; None when there is none.

    `mutings`: all that had a part in the last seven days. The same week has the same id: a repeat is harmless.
    """
    silences = [
        each
        for each in mutings
        if each.kind is MutingKind.SILENCE and each.from_at <= now and over_at(each) > now - WEEK_S
    ]
    if not silences:
        return None
    silences.sort(key=lambda each: (-over_at(each), each.id))
    bulletin_id = id_of_week(now, zone)
    facts = {
        "items": [_item(each, inventory, now) for each in silences[:MOST_ITEMS]],
        "items_more": max(0, len(silences) - MOST_ITEMS),
        "in_force": sum(each.is_in_force(now) for each in silences),
    }
    notifications = (
        Notification(
            about_id=bulletin_id,
            kind=NotificationKind.BULLETIN,
            channel=each.channel,
            recipient=each.address,
            due_at=now,
            severity=LEAST_URGENT,
            person=each.contact_id,
        )
        for each in recipients
    )
    return Bulletin(bulletin_id, BulletinKind.SILENCES, now, facts), tuple(notifications)


def _item(muting: Muting, inventory: Inventory, now: float) -> dict[str, Any]:
    reach = reach_of(muting.selector, inventory)
    names = [inventory.units[code].name for code in reach.units if code in inventory.units]
    return {
        "id": muting.id,
        "from_at": muting.from_at,
        "until_at": muting.until_at,
        "ended_at": muting.ended_at,
        "ended_by": muting.ended_by,
        "who": muting.who,
        "comment": muting.comment,
        "in_force": muting.is_in_force(now),
        "targets": len(reach.targets),
        "units": len(names),
        "unit_names": names[:MOST_NAMES],
        "unit_more": max(0, len(names) - MOST_NAMES),
    }
