"""A commune's page as values: its layers in words, what hangs on what, its open incidents. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.model.incident import Incident
from inventory.model import Circuit, Inventory, Layer, Target, Unit
from inventory.names import sort_key
from monitor.web.overview import UNPAGED_LAYERS
from monitor.web.view import Shown, Snapshot, worst

_CODE = re.compile(r"([0-9]{5})(?:-.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LayerLine:
    """How one layer of the commune is. `good` of `total` watched devices answer; `cause` as words.cause_phrase takes it."""

    layer: Layer
    shown: Shown
    good: int
    total: int
    since_at: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class Device:
    """One line of the tree. `depth` counts from 0; `outside` is what it hangs on elsewhere, by name."""

    target: Target
    name: str
    shown: Shown
    since_at: float | None
    cause: str
    depth: int
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """The page. `shown` leaves out what nobody is called for (a switched-off office computer)."""

    unit: Unit
    shown: Shown
    since_at: float | None
    layers: tuple[LayerLine, ...]
    devices: tuple[Device, ...]
    incidents: tuple[Incident, ...]
    circuits: tuple[Circuit, ...]
    check_ids: tuple[str, ...]


def code_of(asked: str) -> str:
    """Return the code in an address: of "21484-ba-to" only the digits count."""
    found = _CODE.fullmatch(asked)
    return asked if found is None else found[1]


def commune(snapshot: Snapshot, code: str) -> Commune:
    """Return a unit's page. KeyError: there is no such unit."""
    unit = snapshot.inventory.units[code]
    targets = [each for each in snapshot.inventory.targets.values() if each.unit_code == code]
    watched = snapshot.targets_of.get(code, ())
    counted = [each for each in watched if each.layer not in UNPAGED_LAYERS] or list(watched)
    shown = worst(snapshot.shown_targets[each.id] for each in counted)
    guilty = [each for each in counted if snapshot.shown_targets[each.id] is shown]
    circuits = dict.fromkeys(each.circuit_id for each in targets if each.circuit_id)
    check_ids = tuple(check for each in watched for check in snapshot.checks_of[each.id])
    return Commune(
        unit=unit,
        shown=shown,
        since_at=_earliest(snapshot, guilty),
        layers=tuple(_layers(snapshot, watched)),
        devices=tuple(_tree(snapshot, targets)),
        incidents=tuple(open_incidents(snapshot, check_ids)),
        circuits=tuple(
            snapshot.inventory.circuits[each] for each in circuits if each in snapshot.inventory.circuits
        ),
        check_ids=check_ids,
    )


def open_incidents(snapshot: Snapshot, check_ids: Iterable[str]) -> list[Incident]:
    """Return the open incidents that blame one of these checks or took it down, the oldest first."""
    wanted = frozenset(check_ids)
    found = [
        each
        for each in snapshot.incidents.values()
        if each.root_check_id in wanted or not wanted.isdisjoint(each.affected)
    ]
    return sorted(found, key=lambda each: (each.opened_at, each.id))


def device_name(target: Target, unit: Unit | None) -> str:
    """Return what a device is called on its commune's own page."""
    return target.name if unit is None else target.name.removesuffix(f" – {unit.name}")


def _layers(snapshot: Snapshot, watched: Iterable[Target]) -> Iterator[LayerLine]:
    for layer in Layer:
        targets = [each for each in watched if each.layer is layer]
        if not targets:
            continue
        states = [snapshot.shown_targets[each.id] for each in targets]
        shown = worst(states)
        guilty = [each for each in targets if snapshot.shown_targets[each.id] is shown]
        yield LayerLine(
            layer=layer,
            shown=shown,
            good=sum(state in {Shown.UP, Shown.DEGRADED} for state in states),
            total=len(states),
            since_at=_earliest(snapshot, guilty),
            cause=next((cause for each in guilty if (cause := snapshot.cause(each))), ""),
        )


def _earliest(snapshot: Snapshot, targets: Iterable[Target]) -> float | None:
    return min((at for each in targets if (at := snapshot.since_at(each)) is not None), default=None)


def _tree(snapshot: Snapshot, targets: list[Target]) -> Iterator[Device]:
    """Yield devices so that each stands below the first one of the commune that it hangs on."""
    own = {each.id for each in targets}
    below: dict[str, list[Target]] = {}
    for each in targets:
        parent = next((parent for parent in each.depends_on if parent in own), "")
        below.setdefault(parent, []).append(each)

    def walk(parent: str, depth: int) -> Iterator[Device]:
        for each in sorted(
            below.get(parent, ()), key=lambda t: (list(Layer).index(t.layer), sort_key(t.name), t.id)
        ):
            yield _device(snapshot, each, depth, own)
            yield from walk(each.id, depth + 1)

    yield from walk("", 0)


def _device(snapshot: Snapshot, target: Target, depth: int, own: set[str]) -> Device:
    inventory = snapshot.inventory
    return Device(
        target=target,
        name=device_name(target, inventory.units.get(target.unit_code)),
        shown=snapshot.shown_targets.get(target.id, Shown.UNWATCHED),
        since_at=snapshot.since_at(target),
        cause=snapshot.cause(target),
        depth=depth,
        outside=tuple(_named(inventory, each) for each in target.depends_on if each not in own),
    )


def _named(inventory: Inventory, target_id: str) -> str:
    target = inventory.targets.get(target_id)
    return target_id if target is None else target.name
