"""What a brief and a hand-over say of the state of things. Pure; the keys are those of alerts.bulletins."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from alerts.bulletins import MOST_NAMES
from alerts.model.checks import Status
from alerts.model.incident import Incident
from alerts.model.notification import Bulletin, BulletinKind
from inventory.model import Layer
from inventory.names import short_unit_name
from monitor.web.matters import name_of
from monitor.web.view import Shown, Snapshot, worst

_ANSWERING: Final = frozenset({Shown.UP, Shown.DEGRADED})


@dataclass(frozen=True, slots=True)
class Recent:
    """What the store knows of the time since `since_at`.

    `new`: how many incidents were declared, members of groups not counted; `ended`: those that ended; `without_cause`:
    how many of this month ended and have no confirmed cause; `maintenance`: works today; `silences`: in force.
    """

    since_at: float
    new: int
    ended: Sequence[Incident]
    without_cause: int
    maintenance: int
    silences: int


def figures(snapshot: Snapshot, recent: Recent) -> dict[str, Any]:
    """Return the facts of a BRIEF."""
    told = [each for each in snapshot.incidents.values() if each.part_of is None]
    names = _names_down(snapshot)
    lines = _communes(snapshot)
    lasted = [each.resolved_at - each.opened_at for each in recent.ended if each.resolved_at is not None]
    return {
        "open": len(told),
        "unacknowledged": sum(each.acknowledged_at is None for each in told),
        "since_at": recent.since_at,
        "new": recent.new,
        "ended": len(recent.ended),
        "longest_s": max(lasted, default=0.0),
        "down_names": names[:MOST_NAMES],
        "down_more": max(0, len(names) - MOST_NAMES),
        "communes_up": sum(each in _ANSWERING for each in lines),
        "communes": len(lines),
        "maintenance": recent.maintenance,
        "without_cause": recent.without_cause,
        "silences": recent.silences,
    }


def brief(day: str, at: float, facts: dict[str, Any]) -> Bulletin:
    """Return the brief of `day` (2026-11-23)."""
    return Bulletin(f"brief:{day}", BulletinKind.BRIEF, at, facts)


def _names_down(snapshot: Snapshot) -> list[str]:
    """Name what is down now by its own fault, the longest first; what is known by its place is named by it."""
    down = [
        each
        for each in snapshot.incidents.values()
        if not each.is_group and each.level is Status.DOWN and each.flapping_at is None
    ]
    down.sort(key=lambda each: (each.opened_at, each.id))
    names = Counter(_name(snapshot, each) for each in down)
    return list(names)


def _name(snapshot: Snapshot, incident: Incident) -> str:
    target = snapshot.inventory.targets.get(incident.root_check_id.partition("/")[0])
    unit = None if target is None else snapshot.inventory.units.get(target.unit_code)
    if target is not None and unit is not None and target.layer is Layer.TSLCD:
        return short_unit_name(unit.name)
    place, what = name_of(incident, target, unit)
    return place if target is None or unit is None else f"{short_unit_name(place)} ({what})"


def _communes(snapshot: Snapshot) -> list[Shown]:
    """Return how the line of each commune looks that has a watched one: as on the page, the worst of several."""
    found = []
    for code, targets in snapshot.targets_of.items():
        unit = snapshot.inventory.units.get(code)
        lines = [each for each in targets if each.layer is Layer.TSLCD]
        if unit is not None and unit.is_commune and lines:
            found.append(worst(snapshot.shown_targets[each.id] for each in lines))
    return found
