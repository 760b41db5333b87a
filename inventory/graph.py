"""Who depends on whom: cycles, order, what lies behind. Pure: values in, values out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from inventory.model import Inventory, Layer, Target


def cycles(depends_on: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Return dependency cycles, each as `(a, b, ..., a)` meaning a needs b needs ... a, the smallest id first.

    Enough of them that breaking one edge of each leaves no cycle. Ids that `depends_on` does not hold are ignored.
    """
    edges = {
        node: dict.fromkeys(need for need in needs if need in depends_on)
        for node, needs in depends_on.items()
    }
    found = []
    while True:
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            # graphlib lists predecessors first; reversed, each element needs the next.
            ring = list(reversed(error.args[1]))[:-1]
            first = ring.index(min(ring))
            ring = ring[first:] + ring[:first]
            found.append((*ring, ring[0]))
            del edges[ring[0]][ring[1 % len(ring)]]
        else:
            return tuple(found)


@dataclass(frozen=True, slots=True)
class Relations:
    """Relations between checks, as `Inventory` documents them."""

    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]
    ancestors_first: tuple[str, ...]


def relate(targets: Mapping[str, Target], checks_of: Mapping[str, Sequence[str]]) -> Relations:
    """Relate checks. `checks_of` maps each watched target to its check ids, primary first; there are no cycles."""
    order = TopologicalSorter({target.id: target.depends_on for target in targets.values()})
    primaries: dict[str, tuple[str, ...]] = {}
    """Target id -> the checks that stand for it: its own primary, or its parents' when it is not watched."""
    parents: dict[str, tuple[str, ...]] = {}
    for target_id in order.static_order():
        needed = dict.fromkeys(check for need in targets[target_id].depends_on for check in primaries[need])
        own = checks_of.get(target_id, ())
        primaries[target_id] = (own[0],) if own else tuple(needed)
        if own and targets[target_id].layer is Layer.SELF:  # parts of one program: none is behind another
            parents.update(dict.fromkeys(own, ()))
        elif own:
            parents[own[0]] = tuple(needed)
            parents.update(dict.fromkeys(own[1:], (own[0],)))
    children: dict[str, list[str]] = {check: [] for check in parents}
    for check, its_parents in parents.items():
        for parent in its_parents:
            children[parent].append(check)
    return Relations(
        parents=parents,
        children={check: tuple(behind) for check, behind in children.items()},
        ancestors_first=tuple(TopologicalSorter(parents).static_order()),
    )


def descendants(inventory: Inventory, check_id: str) -> tuple[str, ...]:
    """Return the check ids behind `check_id`, without itself, nearest first."""
    return _reach(check_id, lambda check: inventory.children.get(check, ()))


def ancestors(inventory: Inventory, check_id: str) -> tuple[str, ...]:
    """Return the check ids that `check_id` hangs on, without itself, nearest first."""
    return _reach(check_id, lambda check: inventory.parents.get(check, ()))


def descendant_targets(inventory: Inventory, target_id: str) -> tuple[str, ...]:
    """Return the ids of all targets behind `target_id`, watched or not, without itself, nearest first."""
    needed_by: dict[str, list[str]] = {}
    for target in inventory.targets.values():
        for need in target.depends_on:
            needed_by.setdefault(need, []).append(target.id)
    return _reach(target_id, lambda target: needed_by.get(target, ()))


def _reach(start: str, following: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    seen = {start: None}
    wave = [start]
    while wave:
        wave = [found for node in wave for found in following(node) if found not in seen]
        wave = list(dict.fromkeys(wave))
        seen.update(dict.fromkeys(wave))
    del seen[start]
    return tuple(seen)
