"""Which groups there are, which of them a target belongs to, and what people call them. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alerts.messages.vietnamese import VIETNAMESE
from inventory.model import PROVINCE, Circuit, Inventory, Layer, Target, Unit
from monitor.accounting.model import GroupBy


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups there may be: key -> name, in the order of their rows; `key_of` a target is "" when it is in none."""

    names: Mapping[str, str]
    key_of: Callable[[Target], str]


def grouping_of(group_by: GroupBy, inventory: Inventory) -> Grouping:
    """Return the groups of anything but CHECK and TARGET, for which everything stands for itself."""
    match group_by:
        case GroupBy.UNIT:
            return Grouping(
                {unit.code: unit.name for unit in inventory.units.values()}, lambda target: target.unit_code
            )
        case GroupBy.LAYER:
            return Grouping(
                {layer.value: VIETNAMESE.layers[layer][0] for layer in Layer},
                lambda target: target.layer.value,
            )
        case GroupBy.CIRCUIT | GroupBy.PROVIDER:
            return _lines(group_by, inventory)
        case GroupBy.AREA | GroupBy.FORMER_DISTRICT | GroupBy.FORMER_PROVINCE:
            return _places(group_by, inventory)
        case _:
            return Grouping({PROVINCE: "Toàn tỉnh"}, lambda _: PROVINCE)


def _lines(group_by: GroupBy, inventory: Inventory) -> Grouping:
    circuits = inventory.circuits
    if group_by is GroupBy.CIRCUIT:
        names = {circuit.id: _circuit_name(circuit) for circuit in circuits.values()}
        return Grouping(names, lambda target: target.circuit_id or "")
    names = {circuit.provider: circuit.provider for circuit in circuits.values()}
    return Grouping(
        names,
        lambda target: _provider(circuits.get(target.circuit_id or "")),
    )


def _places(group_by: GroupBy, inventory: Inventory) -> Grouping:
    units = inventory.units
    if group_by is GroupBy.AREA:
        names = {area.id: area.name for area in inventory.areas.values()} | {PROVINCE: "Cấp tỉnh"}
    else:
        places = [_place(unit, group_by) for unit in units.values()]
        names = {place: f"{place} (cũ)" for place in places if place}
    return Grouping(
        names,
        lambda target: _place(units[target.unit_code], group_by) if target.unit_code in units else "",
    )


def _place(unit: Unit, group_by: GroupBy) -> str:
    match group_by:
        case GroupBy.AREA:
            return unit.area
        case GroupBy.FORMER_DISTRICT:
            return unit.former_district
        case _:
            return unit.former_province


def _circuit_name(circuit: Circuit) -> str:
    """Return what people know a line by: who leases it out, and the number of the contract."""
    return f"{circuit.provider} {circuit.contract_code or circuit.id}"


def _provider(circuit: Circuit | None) -> str:
    return "" if circuit is None else circuit.provider
