"""Which changes of the folders wait for a person, because they would end much of the watch. Pure."""

from inventory.diff import ChangeList
from inventory.model import Inventory

FEW = 3
FEW_RATIO = 0.05
"""A change that nobody asked for may end the watch of so many targets, or of this part of them; more waits. The same
holds for checks of targets that stay."""


def ends_much(changes: ChangeList, running: Inventory) -> bool:
    """Whether the changes would end more of what is running than happens by a small slip."""
    watched = sum(target.is_watched for target in running.targets.values())
    return _is_much(changes.unwatched, watched) or _is_much(changes.unmeasured, len(running.checks))


def ended(changes: ChangeList) -> str:
    """Say what the changes would end."""
    parts = (
        f"thôi giám sát {changes.unwatched} đối tượng" if changes.unwatched else "",
        f"bỏ {changes.unmeasured} phép đo" if changes.unmeasured else "",
    )
    return ", ".join(part for part in parts if part)


def _is_much(count: int, of: int) -> bool:
    return count > max(FEW, FEW_RATIO * of)
