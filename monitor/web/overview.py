"""The overview: headline, layers, tiles, open incidents, provincial systems, as values. Pure; words only, no HTML.

Whoever looks at it for three seconds must know: is anything broken, where, is someone on it?
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from alerts.messages import words
from alerts.model.incident import Incident
from inventory.model import Layer, Target, Unit
from inventory.names import SortKey, short_unit_name, sort_key
from monitor.web.matters import Matter, matters_of
from monitor.web.view import Shown, Snapshot, worst

UNPAGED_LAYERS = frozenset({Layer.PC})
"""Not part of a tile unless asked for: a switched-off office computer must not colour a commune."""


_COLUMNS = 12
_FEWEST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """One unit on the map. `because` names the layers that make it look so, "" when it is the line itself."""

    unit: Unit
    shown: Shown
    layers: Mapping[Layer, Shown]
    line: Shown
    """The worst of the unit's own line (layer tslcd), or of everything when it has none."""
    since_at: float | None = None
    because: str = ""
    incident_id: str | None = None
    acknowledged_by: str = ""
    blamed: tuple[Target, ...] = ()
    """What makes it look so; () when it looks well, or when nothing is known."""

    @property
    def name(self) -> str:
        """The unit's name without xã, phường, đặc khu."""
        return short_unit_name(self.unit.name)


@dataclass(frozen=True, slots=True)
class Block:
    """The communes of one area."""

    area: str
    title: str
    tiles: tuple[Tile, ...]
    columns: int = _COLUMNS
    """Its share of the width of the page, in columns of tiles."""


@dataclass(frozen=True, slots=True)
class LayerCount:
    """How many watched targets of a layer look how."""

    layer: Layer
    counts: Mapping[Shown, int]

    @property
    def total(self) -> int:
        """Watched targets of the layer."""
        return sum(self.counts.values())

    @property
    def worst(self) -> Shown:
        """The most urgent state in it."""
        return worst(self.counts)


@dataclass(frozen=True, slots=True)
class System:
    """A provincial or central target below the map."""

    target: Target
    shown: Shown
    since_at: float | None
    cause: str = ""
    """Why, as words.cause_phrase takes it."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The first sentence of the page."""

    shown: Shown
    text: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The page's content. `layer` is the layer the map is narrowed to, None for all."""

    snapshot: Snapshot
    layer: Layer | None
    headline: Headline
    layers: tuple[LayerCount, ...]
    blocks: tuple[Block, ...]
    matters: tuple[Matter, ...]
    systems: Mapping[Layer, tuple[System, ...]] = field(default_factory=dict)

    @property
    def tiles(self) -> Iterable[Tile]:
        """Every commune."""
        return (tile for block in self.blocks for tile in block.tiles)


def overview(snapshot: Snapshot, layer: Layer | None = None) -> Overview:
    """Build the page's content, the map coloured by `layer` (None: all but those nobody is paged for)."""
    blocks = _blocks(snapshot, layer)
    every = blocks if layer is None else _blocks(snapshot, None)
    systems = _systems(snapshot)
    return Overview(
        snapshot=snapshot,
        layer=layer,
        headline=_headline(snapshot, [tile for block in every for tile in block.tiles], systems),
        layers=_layer_counts(snapshot),
        blocks=blocks,
        matters=matters_of(snapshot),
        systems=systems,
    )


def _blocks(snapshot: Snapshot, layer: Layer | None) -> tuple[Block, ...]:
    """Return the areas that have communes, in the order they are declared, side by side by their size."""
    sizes = Counter(unit.area for unit in snapshot.inventory.units.values() if unit.is_commune)
    total, seen, blocks = sizes.total(), 0, []
    for area in snapshot.inventory.areas.values():
        if not sizes[area.id]:
            continue
        left, seen = round(_COLUMNS * seen / total), seen + sizes[area.id]
        columns = max(_FEWEST_COLUMNS, round(_COLUMNS * seen / total) - left)
        blocks.append(Block(area.id, area.name, _tiles(snapshot, area.id, layer), columns))
    return tuple(blocks)


def _tiles(snapshot: Snapshot, area: str, layer: Layer | None) -> tuple[Tile, ...]:
    units = [unit for unit in snapshot.inventory.units.values() if unit.area == area]
    units.sort(key=_place)
    return tuple(_tile(snapshot, unit, layer) for unit in units)


@lru_cache(maxsize=4_096)
def _place(unit: Unit) -> tuple[SortKey, SortKey, str]:
    """Return the key of a unit's place on the map. Kept: units hardly ever change, and this is a third of a page."""
    return sort_key(unit.former_district), sort_key(unit.name), unit.code


def _tile(snapshot: Snapshot, unit: Unit, only: Layer | None) -> Tile:
    targets = snapshot.targets_of.get(unit.code, ())
    by_layer: dict[Layer, list[Shown]] = {}
    for target in targets:
        by_layer.setdefault(target.layer, []).append(snapshot.shown_targets[target.id])
    layers = {layer: worst(states) for layer, states in by_layer.items()}
    counted = {
        layer: shown
        for layer, shown in layers.items()
        if (layer not in UNPAGED_LAYERS if only is None else layer is only)
    }
    looks = worst(counted.values())
    guilty = [layer for layer, shown in counted.items() if shown is looks]
    blamed = [
        target for target in targets if snapshot.shown_targets[target.id] is looks and target.layer in guilty
    ]
    incident = _incident_of(snapshot, blamed) if looks in {Shown.DOWN, Shown.AFFECTED} else None
    is_quiet = looks in {Shown.UP, Shown.UNWATCHED, Shown.UNKNOWN} or Layer.TSLCD in guilty
    return Tile(
        unit=unit,
        shown=looks,
        layers=layers,
        line=layers.get(Layer.TSLCD, looks),
        since_at=min((at for t in blamed if (at := snapshot.since_at(t)) is not None), default=None),
        because="" if is_quiet else ", ".join(words.layer_short_name(layer) for layer in guilty),
        incident_id=None if incident is None else incident.id,
        acknowledged_by="" if incident is None else incident.acknowledged_by,
        blamed=() if looks in {Shown.UP, Shown.UNWATCHED, Shown.UNKNOWN} else tuple(blamed),
    )


def _incident_of(snapshot: Snapshot, targets: Iterable[Target]) -> Incident | None:
    """Return the oldest open incident that explains one of `targets`; one that nobody took first."""
    ids = {snapshot.incident_of.get(check) for target in targets for check in snapshot.checks_of[target.id]}
    found = [snapshot.incidents[id_] for id_ in ids if id_ is not None and id_ in snapshot.incidents]
    # What is part of another one is taken with that.
    found = [snapshot.incidents.get(each.part_of or "", each) for each in found]
    return min(found, key=lambda i: (i.acknowledged_at is not None, i.opened_at, i.id), default=None)


def _layer_counts(snapshot: Snapshot) -> tuple[LayerCount, ...]:
    counts: dict[Layer, Counter[Shown]] = {}
    for target_id, shown in snapshot.shown_targets.items():
        counts.setdefault(snapshot.inventory.targets[target_id].layer, Counter())[shown] += 1
    return tuple(LayerCount(layer, counts[layer]) for layer in Layer if layer in counts)


def _systems(snapshot: Snapshot) -> Mapping[Layer, tuple[System, ...]]:
    units = snapshot.inventory.units
    found: dict[Layer, list[System]] = {}
    for code, targets in snapshot.targets_of.items():
        unit = units.get(code)
        if unit is not None and unit.is_commune:
            continue
        for target in targets:
            found.setdefault(target.layer, []).append(
                System(
                    target,
                    snapshot.shown_targets[target.id],
                    snapshot.since_at(target),
                    snapshot.cause(target),
                )
            )
    return {
        layer: tuple(sorted(found[layer], key=lambda s: (s.shown.urgency, sort_key(s.target.name))))
        for layer in Layer
        if layer in found
    }


def _headline(snapshot: Snapshot, tiles: list[Tile], systems: Mapping[Layer, tuple[System, ...]]) -> Headline:
    if not snapshot.inventory.checks:
        return Headline(Shown.UNWATCHED, "Chưa có danh mục giám sát")
    if snapshot.data_age_s is None:
        return Headline(Shown.UNKNOWN, "Đang đo lần đầu, chưa có số liệu")
    watched = [tile for tile in tiles if tile.shown is not Shown.UNWATCHED]
    phrases = list(_commune_phrases(watched))
    down = sum(system.shown is Shown.DOWN for of_layer in systems.values() for system in of_layer)
    if down:
        phrases.append((Shown.DOWN, f"{words.number(down)} hệ thống cấp tỉnh mất kết nối"))
    if not phrases:
        return Headline(Shown.UP, _all_well(len(watched), systems))
    text = ", ".join(phrase for _, phrase in phrases)
    return Headline(worst(shown for shown, _ in phrases), text)


def _all_well(communes: int, systems: Mapping[Layer, tuple[System, ...]]) -> str:
    if communes:
        return f"{words.number(communes)}/{words.number(communes)} xã hoạt động"
    total = sum(len(of_layer) for of_layer in systems.values())
    return f"{words.number(total)}/{words.number(total)} hệ thống hoạt động"


_SAYINGS: Mapping[tuple[Shown, bool], str] = {
    (Shown.DOWN, True): "xã mất kết nối",
    (Shown.AFFECTED, True): "xã bị ảnh hưởng",
    (Shown.DOWN, False): "xã có thiết bị mất kết nối",
    (Shown.AFFECTED, False): "xã có thiết bị bị ảnh hưởng",
    (Shown.DEGRADED, False): "xã suy giảm",
    (Shown.UNKNOWN, False): "xã chưa rõ",
}
"""What is said of a commune that looks so, and whether that is its line; in the order of the sentence."""


def _commune_phrases(tiles: list[Tile]) -> Iterable[tuple[Shown, str]]:
    """Say how many communes look how. A commune whose line is up is not "mất kết nối", whatever device of it is."""
    cut = {Shown.DOWN, Shown.AFFECTED}
    kinds = Counter((tile.line, True) if tile.line in cut else (tile.shown, False) for tile in tiles)
    for (shown, is_line), saying in _SAYINGS.items():
        if number := kinds[shown, is_line]:
            yield shown, f"{words.number(number)} {saying}"
