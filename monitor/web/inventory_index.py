"""What follows from an inventory alone and every snapshot asks: made once for each inventory. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from inventory.model import Inventory, Target


class _One:
    """An inventory as a key: two are the same when they are one object, whatever is in them."""

    __slots__ = ("inventory",)

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.inventory is self.inventory

    def __hash__(self) -> int:
        return id(self.inventory)


@dataclass(frozen=True, slots=True)
class InventoryIndex:
    """What follows from an inventory alone."""

    checks_of: Mapping[str, tuple[str, ...]]
    """Check ids by target id, the primary first."""
    targets_of: Mapping[str, tuple[Target, ...]]
    """Watched targets by unit code."""
    shortest_interval_s: float
    """Of the checks that ask others."""
    own_checks: tuple[str, ...]
    """Ids of the checks by which the monitor watches itself."""


@lru_cache(maxsize=4)
def _index(of: _One) -> InventoryIndex:
    """Return it, made once for an inventory: every snapshot asks."""
    checks: dict[str, list[str]] = {}
    for check in of.inventory.checks.values():
        checks.setdefault(check.target_id, []).append(check.id)
    targets: dict[str, list[Target]] = {}
    for target in of.inventory.targets.values():
        if target.id in checks:
            targets.setdefault(target.unit_code, []).append(target)
    others = [check for check in of.inventory.checks.values() if not check.is_own]
    shortest = min((check.interval_s for check in others), default=0.0)
    return InventoryIndex(
        {target_id: tuple(ids) for target_id, ids in checks.items()},
        {code: tuple(found) for code, found in targets.items()},
        shortest,
        tuple(check.id for check in of.inventory.checks.values() if check.is_own),
    )


def index_of(inventory: Inventory) -> InventoryIndex:
    """Return it; kept for the latest few inventories."""
    return _index(_One(inventory))
