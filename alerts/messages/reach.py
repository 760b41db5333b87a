"""How far an incident reaches: which targets cannot be reached because of it, by topology and by what answered. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.messages.words import former_area
from alerts.model.checks import Status
from alerts.model.incident import Incident
from inventory.model import Inventory
from inventory.names import short_unit_name, sort_key

NAME_LIMIT: Final = 80
"""Longest name of a unit or target in a message."""
AREA_LIMIT: Final = 60

_NEVER: Final = float("-inf")
_ANSWERING: Final = frozenset({Status.UP, Status.DEGRADED})


@dataclass(frozen=True, slots=True)
class UnitTargets:
    """Some targets of one unit: `area` says where the unit was before the merger, or ""."""

    unit: str
    short_unit: str
    area: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an incident reaches; `ids` are all targets behind it, answering or not."""

    ids: frozenset[str]
    behind: tuple[UnitTargets, ...]
    remaining: tuple[UnitTargets, ...]
    all_back: bool


def reach_of(
    incident: Incident,
    inventory: Inventory,
    statuses: Mapping[str, Status],
    answered_at: Mapping[str, float],
    *,
    now: float,
    language: Language = Language.VI,
) -> Reach:
    """Say what `incident` takes along, and what has not come back. See `gather_facts` for the arguments."""
    primaries = primary_checks(inventory)
    ids = _targets_behind(inventory, incident.root_check_id)
    ended_at = now if incident.resolved_at is None else incident.resolved_at

    def status(target_id: str) -> Status | None:
        return statuses.get(primaries[target_id])

    def last_answer_at(target_id: str) -> float:
        return answered_at.get(primaries[target_id], _NEVER)

    unreached = [i for i in ids if status(i) not in _ANSWERING or last_answer_at(i) < incident.opened_at]
    affected = [i for i, primary in primaries.items() if primary in incident.affected]
    silent = [i for i in affected if last_answer_at(i) < ended_at]
    return Reach(
        ids=ids,
        behind=_by_unit(unreached, inventory, language),
        remaining=_by_unit([i for i in silent if status(i) is Status.DOWN], inventory, language),
        all_back=bool(affected) and all(status(i) in _ANSWERING for i in silent),
    )


def primary_checks(inventory: Inventory) -> dict[str, str]:
    """Map each target to its reachability check (the first one)."""
    primaries: dict[str, str] = {}
    for check in inventory.checks.values():
        primaries.setdefault(check.target_id, check.id)
    return primaries


def _targets_behind(inventory: Inventory, root_check_id: str) -> frozenset[str]:
    """Return the other targets with a check that depends on the root check, however far."""
    seen: set[str] = set()
    stack = list(inventory.children.get(root_check_id, ()))
    while stack:
        check_id = stack.pop()
        if check_id not in seen:
            seen.add(check_id)
            stack.extend(inventory.children.get(check_id, ()))
    root = inventory.checks.get(root_check_id)
    return frozenset(inventory.checks[check_id].target_id for check_id in seen) - {
        root.target_id if root else ""
    }


def _by_unit(target_ids: Iterable[str], inventory: Inventory, language: Language) -> tuple[UnitTargets, ...]:
    """Group by unit, both units and targets in dictionary order."""
    groups: dict[str, list[str]] = {}
    for target_id in target_ids:
        target = inventory.targets[target_id]
        groups.setdefault(target.unit_code, []).append(clean(target.name, NAME_LIMIT) or target.id)
    rows = []
    for unit_code, names in groups.items():
        unit = inventory.units.get(unit_code)
        name = clean(unit.name, NAME_LIMIT) if unit else unit_code
        area = clean(former_area(unit.former_district, language), AREA_LIMIT) if unit else ""
        rows.append(UnitTargets(name, short_unit_name(name), area, tuple(sorted(names, key=sort_key))))
    return tuple(sorted(rows, key=lambda row: sort_key(row.unit)))
