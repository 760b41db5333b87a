"""Which targets mutings are for, and until when. Pure; the moment is an argument."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.model.hold import Muting
from inventory.model import Inventory, Selector
from inventory.times.windows import affected, selected


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a selector hits: `own` target ids, `targets` with those behind them, `units` where these are."""

    own: tuple[str, ...]
    targets: tuple[str, ...]
    units: tuple[str, ...]


def hit_by(selector: Selector, inventory: Inventory) -> tuple[str, ...]:
    """Return the ids of the targets that a selector means, in the inventory's order; an empty one means none."""
    return () if selector == Selector() else selected(selector, inventory)


def reach_of(selector: Selector, inventory: Inventory) -> Reach:
    """Return whom a selector hits."""
    own = hit_by(selector, inventory)
    targets = affected(inventory, own)
    units = dict.fromkeys(inventory.targets[target_id].unit_code for target_id in targets)
    return Reach(own, targets, tuple(units))


def mutings_by_target(mutings: Iterable[Muting], inventory: Inventory) -> dict[str, tuple[Muting, ...]]:
    """Return target id -> the mutings that are for it; targets without any are absent."""
    found: dict[str, list[Muting]] = {}
    known: dict[Selector, tuple[str, ...]] = {}
    for muting in mutings:
        if muting.selector not in known:
            known[muting.selector] = hit_by(muting.selector, inventory)
        for target_id in known[muting.selector]:
            found.setdefault(target_id, []).append(muting)
    return {target_id: tuple(each) for target_id, each in found.items()}


def over_at(muting: Muting) -> float:
    """Return when it ends or ended."""
    return muting.until_at if muting.ended_at is None else min(muting.until_at, muting.ended_at)


def is_over(muting: Muting, now: float) -> bool:
    """Whether it mutes nothing any more, and never will."""
    return muting.ended_at is not None or now >= muting.until_at
