"""Which targets share what: a circuit, a parent, a district, a carrier, ... Worked out once for each inventory. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from alerts.incidents.common_cause import counts_units
from alerts.model.incident import Common, Dimension
from inventory.model import PROVINCE, Inventory, Layer, Target

ELIGIBLE: Final = frozenset({Layer.TSLCD, Layer.CONFERENCE, Layer.KIOSK, Layer.PC})
"""Layers of what there is many of. A named system (shared, central, infra) is a matter of its own."""

MOST_PEERS: Final = 120
"""How many others are looked at when one fails."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the watched targets of an inventory share. Check ids are those of primary checks of eligible layers.

    `shares`: check id -> all that its target shares, its layer last. `extents`: how many watched targets (or units, see
    `counts_units`) share it. `sharing`: the check ids of those. Of all layers: `primaries`, target id -> its primary
    check; `lines`, unit code -> its targets with a circuit.
    """

    shares: Mapping[str, tuple[Common, ...]] = field(default_factory=dict)
    extents: Mapping[Common, int] = field(default_factory=dict)
    sharing: Mapping[Common, tuple[str, ...]] = field(default_factory=dict)
    primaries: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)

    def peers_of(self, check_id: str) -> list[str]:
        """Return whom to look at when `check_id` fails: who shares the most special things first, each once.

        Having only the layer in common is no reason to look.
        """
        found: dict[str, None] = {}
        for common in self.shares.get(check_id, ()):
            if common.dimension is Dimension.LAYER or len(found) > MOST_PEERS:
                break
            found.update(dict.fromkeys(self.sharing[common]))
        found.pop(check_id, None)
        return list(found)[:MOST_PEERS]


def neighbours_of(inventory: Inventory) -> Neighbours:
    """Work out who shares what with whom."""
    shares: dict[str, tuple[Common, ...]] = {}
    sharing: dict[Common, list[str]] = {}
    units: dict[Common, set[str]] = {}
    primaries: dict[str, str] = {}
    lines: dict[str, list[Target]] = {}
    for check_id, check in inventory.checks.items():
        target = inventory.targets.get(check.target_id)
        if check.target_id in primaries:
            continue
        primaries[check.target_id] = check_id
        if target is None:
            continue
        if target.circuit_id is not None:
            lines.setdefault(target.unit_code, []).append(target)
        if target.layer not in ELIGIBLE:
            continue
        shares[check_id] = tuple(dict.fromkeys(_shares(inventory, target, check_id)))
        for common in shares[check_id]:
            sharing.setdefault(common, []).append(check_id)
            units.setdefault(common, set()).add(target.unit_code)
    return Neighbours(
        shares=shares,
        extents={
            common: len(units[common]) if counts_units(common.dimension) else len(check_ids)
            for common, check_ids in sharing.items()
        },
        sharing={common: tuple(check_ids) for common, check_ids in sharing.items()},
        primaries=primaries,
        lines={unit: tuple(targets) for unit, targets in lines.items()},
    )


def _shares(inventory: Inventory, target: Target, check_id: str) -> Iterator[Common]:
    """Yield what a target shares, the narrowest first."""
    circuit = inventory.circuits.get(target.circuit_id or "")
    unit = inventory.units.get(target.unit_code)
    provider = "" if circuit is None else circuit.provider
    district = "" if unit is None else unit.former_district
    area = "" if unit is None or unit.area == PROVINCE else unit.area
    parents = (
        inventory.checks[each].target_id
        for each in inventory.parents.get(check_id, ())
        if each in inventory.checks
    )
    found = [
        *((Dimension.POWER, each) for each in target.powered_by),
        (Dimension.CIRCUIT, "" if circuit is None else circuit.id),
        *((Dimension.PARENT, each) for each in parents),
        (Dimension.PROVIDER_DISTRICT, f"{provider}|{district}" if provider and district else ""),
        (Dimension.DISTRICT, district),
        (Dimension.PROVIDER_AREA, f"{provider}|{area}" if provider and area else ""),
        (Dimension.PROVIDER, provider),
        (Dimension.AREA, area),
        (Dimension.LAYER, target.layer.value),
    ]
    return (Common(dimension, value, target.layer.value) for dimension, value in found if value)
