"""What else was watched while something failed: whether the monitor was blind, and whether others failed too. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from alerts.model.checks import Status, Transition
from inventory.model import Inventory, Layer, Target
from monitor.report.evidence.model import Neighbour


def chosen(inventory: Inventory, failed: Collection[str]) -> Mapping[str, str]:
    """Return check id -> what it has in common with what failed ("" for an anchor): anchors first, then lines.

    `failed` are target ids. Lines are the TSLCD targets of other units with the same carrier or in the same former
    district. Nothing of the units that failed is a neighbour.
    """
    primaries = _primaries(inventory)
    units = {inventory.targets[id_].unit_code for id_ in failed if id_ in inventory.targets}
    found = {
        check_id: "" for check_id in inventory.anchors if inventory.checks[check_id].target_id not in failed
    }
    carriers = {_carrier(inventory.targets[id_], inventory) for id_ in failed if id_ in inventory.targets}
    districts = {inventory.units[code].former_district for code in units if code in inventory.units}
    for target in inventory.targets.values():
        check_id = primaries.get(target.id, "")
        if target.layer is not Layer.TSLCD or target.unit_code in units or not check_id or check_id in found:
            continue
        carrier, unit = _carrier(target, inventory), inventory.units.get(target.unit_code)
        district = "" if unit is None else unit.former_district
        why = [carrier] * (carrier != "" and carrier in carriers)
        why += [district] * (district != "" and district in districts)
        if why:
            found[check_id] = ", ".join(why)
    return found


def neighbour(
    check_id: str,
    why: str,
    inventory: Inventory,
    before: Status | None,
    transitions: Sequence[Transition],
    *,
    from_at: float,
    until_at: float,
) -> Neighbour:
    """Return how a check did in [from_at, until_at): `before` is its status then, `transitions` are those within."""
    target = inventory.targets[inventory.checks[check_id].target_id]
    unit = inventory.units.get(target.unit_code)
    spent = lasted(before, transitions, from_at, until_at)
    return Neighbour(
        check_id=check_id,
        name=target.name,
        unit="" if unit is None else unit.name,
        is_anchor=check_id in inventory.anchors,
        why=why,
        at_begin=before,
        at_end=transitions[-1].new if transitions else before,
        down_s=spent[Status.DOWN],
        unknown_s=spent[Status.UNKNOWN],
    )


def lasted(
    before: Status | None, transitions: Sequence[Transition], from_at: float, until_at: float
) -> Mapping[Status, float]:
    """Return how long each status lasted in [from_at, until_at), 0.0 where it never was; what nobody watched is UNKNOWN."""
    found = dict.fromkeys(Status, 0.0)
    status, since_at = before or Status.UNKNOWN, from_at
    for each in transitions:
        found[status] += each.at - since_at
        status, since_at = each.new, each.at
    found[status] += max(0.0, until_at - since_at)
    return found


def within(transitions: Iterable[Transition], from_at: float, until_at: float) -> list[Transition]:
    """Return those after `from_at` and before `until_at`."""
    return [each for each in transitions if from_at < each.at < until_at]


def _primaries(inventory: Inventory) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for check in inventory.checks.values():
        found.setdefault(check.target_id, check.id)
    return found


def _carrier(target: Target, inventory: Inventory) -> str:
    circuit = inventory.circuits.get(target.circuit_id or "")
    return "" if circuit is None else circuit.provider
