"""Which tags a check's points have: few, and each of few values, because every combination is a series for ever. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from inventory.model import Inventory

REMOVED: Final = "removed"
"""Measurement of results whose check left the inventory before the program started, and whose label is no kind."""
TAGS: Final = ("area", "check", "layer", "provider", "target", "unit", "vantage")
"""Every tag there is. What people write (names, causes, notes) is a field; a former map is none of both: it changes nothing."""


@dataclass(frozen=True, slots=True)
class CheckTags:
    """Where a check's points go: `kind` is the measurement, the names are string fields, the rest are tags (empty: no tag)."""

    kind: str
    target: str
    unit: str = ""
    area: str = ""
    layer: str = ""
    provider: str = ""
    name: str = ""
    unit_name: str = ""

    def of(self, check_id: str, vantage: str = "") -> dict[str, str]:
        """Return the tags of a point of this check."""
        return {
            "area": self.area,
            "check": check_id,
            "layer": self.layer,
            "provider": self.provider,
            "target": self.target,
            "unit": self.unit,
            "vantage": vantage,
        }


def tags_in(inventory: Inventory, check_id: str) -> CheckTags | None:
    """Return the tags of a check, None when the inventory does not have it (any more)."""
    check = inventory.checks.get(check_id)
    if check is None:
        return None
    target = inventory.targets[check.target_id]
    unit = inventory.units.get(target.unit_code)
    circuit = inventory.circuits.get(target.circuit_id or "")
    return CheckTags(
        kind=check.kind,
        target=target.id,
        unit=target.unit_code,
        area="" if unit is None else unit.area,
        layer=target.layer.value,
        provider="" if circuit is None else circuit.provider,
        name=target.name,
        unit_name="" if unit is None else unit.name,
    )


class Tagging:
    """Knows the tags of checks, also of those that left the inventory while the program ran. `kinds`: all there are."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = kinds
        self._known: dict[str, CheckTags] = {}

    def of(self, inventory: Inventory, check_id: str) -> CheckTags:
        """Return the tags of a check by the inventory in force, else the last known, else what its id says."""
        tags = tags_in(inventory, check_id)
        if tags is not None:
            self._known[check_id] = tags
            return tags
        target, _, label = check_id.rpartition("/")
        return self._known.get(check_id) or CheckTags(label if label in self._kinds else REMOVED, target)
