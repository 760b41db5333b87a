"""What a reload changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids that appeared, went away or have another value under the same id, each sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class InventoryDiff:
    """The difference of two inventories, by target id and by check id.

    A check also counts as changed when what it depends on did.
    """

    targets: Changes
    checks: Changes

    def __bool__(self) -> bool:
        return bool(self.targets or self.checks)


def diff(old: Inventory, new: Inventory) -> InventoryDiff:
    """Compare two inventories."""
    return InventoryDiff(
        targets=_changes(old.targets, new.targets),
        checks=_changes(
            {check_id: (check, old.parents.get(check_id)) for check_id, check in old.checks.items()},
            {check_id: (check, new.parents.get(check_id)) for check_id, check in new.checks.items()},
        ),
    )


def _changes(old: Mapping[str, object], new: Mapping[str, object]) -> Changes:
    return Changes(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(key for key in old.keys() & new.keys() if old[key] != new[key])),
    )
