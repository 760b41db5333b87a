"""Maintenance as it is told: windows of the inventory and what people declared, each time it comes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.model.hold import Muting, MutingKind
from alerts.muting.muted import over_at
from alerts.world import World
from inventory.model import Inventory, Selector, Window
from inventory.times.windows import occurrences


@dataclass(frozen=True, slots=True)
class Work:
    """One time that maintenance takes place. `until_at` as planned, `over_at` when it ends or ended.

    `over_at` before `from_at`: it never took place. `contact` declared it, "" when it stands in the inventory.
    """

    id: str
    title: str
    reason: str
    worker: str
    document: str
    contact: str
    selector: Selector
    from_at: float
    until_at: float
    over_at: float
    until_up: bool

    @property
    def key(self) -> str:
        """What its bulletins' ids begin with."""
        return f"maintenance:{self.id}:{self.from_at:.0f}"


def works(world: World, from_at: float, to_at: float) -> Iterator[Work]:
    """Yield what has a part within [from_at, to_at), and what was called off and would have had one."""
    yield from works_of_windows(world.inventory, from_at, to_at)
    for muting in world.mutings.values():
        if muting.kind is MutingKind.MAINTENANCE and muting.from_at < to_at and from_at < muting.until_at:
            yield _declared(muting)


def works_of_windows(inventory: Inventory, from_at: float, to_at: float) -> Iterator[Work]:
    """Yield the times of the inventory's windows that have a part within [from_at, to_at)."""
    for window in inventory.windows.values():
        for start, end in occurrences(window, from_at, to_at):
            yield _planned(window, start, end)


def _planned(window: Window, start: float, end: float) -> Work:
    return Work(
        id=window.id,
        title=window.title,
        reason=window.reason,
        worker=window.owner,
        document=window.document,
        contact="",
        selector=window.selector,
        from_at=start,
        until_at=end,
        over_at=end,
        until_up=window.until_up,
    )


def _declared(muting: Muting) -> Work:
    return Work(
        id=muting.id,
        title=muting.title or muting.comment,
        reason=muting.comment,
        worker=muting.worker,
        document="",
        contact=muting.who,
        selector=muting.selector,
        from_at=muting.from_at,
        until_at=muting.until_at,
        over_at=over_at(muting),
        until_up=muting.until_up,
    )
