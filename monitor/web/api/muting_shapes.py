"""Silences and maintenance as the API's JSON. Pure."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.hold import Muting, MutingKind
from alerts.muting.muted import Reach, over_at, reach_of
from alerts.muting.works import Work
from inventory.model import Inventory
from monitor.muting.ics_feed import CalendarEntry
from monitor.muting.texts import scope_text
from monitor.web.api.shapes import Json, iso

MOST_NAMES: Final = 8


def reach_json(reach: Reach, inventory: Inventory) -> Json:
    """Say how much is hit."""
    names = [inventory.units[code].name for code in reach.units if code in inventory.units]
    return {
        "targets": len(reach.own),
        "targetsBehind": len(reach.targets) - len(reach.own),
        "units": len(names),
        "unitNames": names[:MOST_NAMES],
    }


def calendar_entries(
    declared: Iterable[Muting], works: Iterable[Work], inventory: Inventory
) -> list[CalendarEntry]:
    """Return what a calendar shows of maintenance."""
    entries = [
        CalendarEntry(
            each.id,
            each.title or each.comment,
            scope_text(each.selector, inventory),
            each.comment,
            each.from_at,
            over_at(each),
        )
        for each in declared
    ]
    entries += [
        CalendarEntry(
            each.id,
            each.title,
            scope_text(each.selector, inventory),
            each.reason,
            each.from_at,
            each.over_at,
        )
        for each in works
    ]
    return entries


def order_of(of: Muting | Work) -> str:
    """Return the key of a list: the earliest first."""
    return f"{of.from_at:020.3f} {of.id}"


def muting_json(of: Muting | Work, inventory: Inventory, zone: ZoneInfo, now: float) -> Json:
    """Return what was declared, or one time of a window of the inventory; `now` says how far it is."""
    return _item(of, inventory, zone, now) if isinstance(of, Muting) else _work(of, inventory, zone, now)


def _item(muting: Muting, inventory: Inventory, zone: ZoneInfo, now: float) -> Json:
    return {
        "id": muting.id or None,
        "kind": muting.kind.value,
        "source": "declared",
        "state": _state(muting, now),
        "selector": {key: list(values) for key, values in asdict(muting.selector).items() if values},
        "scope": scope_text(muting.selector, inventory),
        "from": iso(muting.from_at, zone),
        "until": iso(muting.until_at, zone),
        "endedAt": iso(muting.ended_at, zone),
        "endedBy": muting.ended_by or None,
        "title": muting.title,
        "comment": muting.comment,
        "who": muting.who,
        "worker": muting.worker,
        "untilUp": muting.until_up,
        "createdAt": iso(muting.created_at, zone),
        **reach_json(reach_of(muting.selector, inventory), inventory),
    }


def _work(work: Work, inventory: Inventory, zone: ZoneInfo, now: float) -> Json:
    is_active = work.from_at <= now < work.over_at
    return {
        "id": work.id,
        "kind": MutingKind.MAINTENANCE.value,
        "source": "inventory",
        "state": "active" if is_active else "pending" if now < work.from_at else "expired",
        "selector": {key: list(values) for key, values in asdict(work.selector).items() if values},
        "scope": scope_text(work.selector, inventory),
        "from": iso(work.from_at, zone),
        "until": iso(work.until_at, zone),
        "endedAt": None,
        "endedBy": None,
        "title": work.title,
        "comment": work.reason,
        "who": None,
        "worker": work.worker,
        "untilUp": work.until_up,
        "createdAt": None,
        **reach_json(reach_of(work.selector, inventory), inventory),
    }


def _state(muting: Muting, now: float) -> str:
    """Return pending, active, expired, ended (before its time) or cancelled (before it began)."""
    if muting.ended_at is not None and muting.ended_at < muting.until_at:
        return "cancelled" if muting.ended_at <= muting.from_at else "ended"
    if now >= over_at(muting):
        return "expired"
    return "active" if muting.is_in_force(now) else "pending"
