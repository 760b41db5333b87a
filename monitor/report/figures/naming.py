"""What incidents are called in a report, and who says what they came from. Pure."""

from collections.abc import Collection, Iterable
from typing import Final

from alerts.messages.naming import names_of
from alerts.messages.words import VI, VOCABULARIES, former_short, phrase
from alerts.model.incident import Incident
from inventory.model import Check, Inventory, Layer, Unit
from monitor import official
from monitor.accounting.aggregation import target_name
from monitor.report.figures.choosing import is_commune

_BY_TARGET: Final = frozenset({Layer.SHARED, Layer.CENTRAL, Layer.INFRA})
"""Layers whose targets have names of their own."""
_SYSTEMS: Final = frozenset({Layer.SHARED, Layer.CENTRAL})
_KINDS: Final = ("xã", "phường", "đặc khu")


def incident_name(incident: Incident, inventory: Inventory) -> str:
    """Name what failed: "Đường truyền TSLCD – Xã Ba Tơ"; of a single service of it, which one."""
    target = inventory.targets.get(incident.root_check_id.partition("/")[0])
    if target is None:
        names = names_of(incident, inventory, (), VI)
        return f"{names.label} – {names.place}"
    name = target.name if target.layer in _BY_TARGET else target_name(target, inventory)
    check = inventory.checks.get(incident.root_check_id)
    return name if check is None or not _is_secondary(check, inventory) else f"{_service(check)} – {name}"


def _is_secondary(check: Check, inventory: Inventory) -> bool:
    """Whether it is not its target's primary check: then it depends on that."""
    above = inventory.parents.get(check.id, ())
    return any(inventory.checks[parent].target_id == check.target_id for parent in above)


def _service(check: Check) -> str:
    services = VOCABULARIES[VI].services
    return services.get(check.kind, services[""])[0]


def group_name(target_ids: Iterable[str], unit_codes: Collection[str], inventory: Inventory) -> str:
    """Name what failed together: "07 xã thuộc địa bàn Ba Tơ (cũ)", "03 hệ thống"."""
    targets = [inventory.targets[id_] for id_ in target_ids if id_ in inventory.targets]
    units = [inventory.units[code] for code in unit_codes if code in inventory.units]
    layers = {target.layer for target in targets}
    if targets and layers <= _SYSTEMS:
        return f"{official.count(len(targets))} {phrase('noun_system')}"
    if not units or layers <= _BY_TARGET:
        return f"{official.count(max(1, len(targets)))} {phrase('noun_device')}"
    place = _place(units, inventory)
    counted = f"{official.count(len(units))} {_noun(units)}"
    if place:
        return f"{counted} thuộc địa bàn {place}"
    return f"{counted} trên địa bàn tỉnh" if all(map(is_commune, units)) else counted


def source_of(incidents: Iterable[Incident], inventory: Inventory) -> str:
    """Say on whose word it rests: "VNPT (phiếu 12345)"; "" when no carrier gave a number for it."""
    incidents = tuple(incidents)
    tickets = dict.fromkeys(each.ticket.number for each in incidents if each.ticket is not None)
    if not tickets:
        return ""
    numbers = ", ".join(tickets)
    targets = (inventory.targets.get(each.root_check_id.partition("/")[0]) for each in incidents)
    circuits = (inventory.circuits.get(target.circuit_id or "") for target in targets if target is not None)
    carriers = dict.fromkeys(circuit.provider for circuit in circuits if circuit is not None)
    return f"{', '.join(carriers)} (phiếu {numbers})" if carriers else f"phiếu {numbers}"


def _noun(units: Collection[Unit]) -> str:
    """Say what is counted: the kinds of communes that are among it; "đơn vị" with bodies of the province."""
    if not all(is_commune(unit) for unit in units):
        return phrase("noun_unit")
    there = {unit.kind.casefold() for unit in units}
    return ", ".join(kind for kind in _KINDS if kind in there)


def _place(units: Collection[Unit], inventory: Inventory) -> str:
    """Return the former district that all of them are of, else the area; "" when they have none in common."""
    districts = {unit.former_district for unit in units}
    if len(districts) == 1 and districts != {""}:
        return former_short(districts.pop())
    areas = {unit.area for unit in units if is_commune(unit)}
    area = inventory.areas.get(areas.pop()) if len(areas) == 1 else None
    return "" if area is None else area.name
