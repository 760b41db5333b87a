"""The overview: headline, layers, tiles, open incidents, provincial systems, as values. Pure; words only, no HTML.

Whoever looks at it for three seconds must know: is anything broken, where, is someone on it?
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from inventory.model import Layer, Target, Unit
from inventory.names import SortKey, short_unit_name, sort_key
from monitor.web.matters import Matter, matters_of
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot, worst

UNPAGED_LAYERS = frozenset({Layer.PC})
"""Not part of a tile unless asked for: a switched-off office computer must not colour a commune."""


_COLUMNS = 12
_FEWEST_COLUMNS = 2
_ROWS = 24
"""A place further down is a typing error: such a tile flows."""


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
    is_worked: bool = False
    """Work is being done on something of it: drawn over the real state."""

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
    """How wide its map is, in tiles; also its share of the width of the page."""

    @property
    def cells(self) -> tuple[Tile | None, ...]:
        """The map row by row, None where nothing is; tiles without a place of their own flow into free cells."""
        return _placed(self.tiles, self.columns)


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
    incident_id: str | None = None
    acknowledged_by: str = ""


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


def overview(snapshot: Snapshot, layer: Layer | None = None, language: Language = Language.VI) -> Overview:
    """Build the page's content, the map coloured by `layer` (None: all but those nobody is paged for)."""
    blocks = _blocks(snapshot, layer, language)
    every = blocks if layer is None else _blocks(snapshot, None, language)
    systems = _systems(snapshot)
    return Overview(
        snapshot=snapshot,
        layer=layer,
        headline=_headline(snapshot, [tile for block in every for tile in block.tiles], systems, language),
        layers=_layer_counts(snapshot),
        blocks=blocks,
        matters=matters_of(snapshot, language),
        systems=systems,
    )


def _blocks(snapshot: Snapshot, layer: Layer | None, language: Language) -> tuple[Block, ...]:
    """Return the areas that have communes, in the order they are declared, side by side by their size."""
    sizes = Counter(unit.area for unit in snapshot.inventory.units.values() if unit.is_commune)
    total, seen, blocks = sizes.total(), 0, []
    for area in snapshot.inventory.areas.values():
        if not sizes[area.id]:
            continue
        left, seen = round(_COLUMNS * seen / total), seen + sizes[area.id]
        columns = max(_FEWEST_COLUMNS, round(_COLUMNS * seen / total) - left)
        tiles = _tiles(snapshot, area.id, layer, language)
        widest = max((tile.unit.tile[0] + 1 for tile in tiles if tile.unit.tile is not None), default=0)
        blocks.append(Block(area.id, area.name, tiles, min(_COLUMNS, max(columns, widest))))
    return tuple(blocks)


def _placed(tiles: Sequence[Tile], columns: int) -> tuple[Tile | None, ...]:
    cells: dict[int, Tile] = {}
    floating = []
    for tile in tiles:
        column, row = tile.unit.tile or (columns, 0)
        if column < columns and row < _ROWS and row * columns + column not in cells:
            cells[row * columns + column] = tile
        else:
            floating.append(tile)
    free = (cell for cell in count() if cell not in cells)
    taken = {next(free): tile for tile in floating}
    cells |= taken
    return tuple(cells.get(cell) for cell in range(max(cells, default=-1) + 1))


def _tiles(snapshot: Snapshot, area: str, layer: Layer | None, language: Language) -> tuple[Tile, ...]:
    units = [unit for unit in snapshot.inventory.units.values() if unit.area == area]
    units.sort(key=_place)
    return tuple(_tile(snapshot, unit, layer, language) for unit in units)


_name_key = lru_cache(maxsize=4_096)(sort_key)


@lru_cache(maxsize=4_096)
def _place(unit: Unit) -> tuple[SortKey, SortKey, str]:
    """Return the key of a unit's place on the map. Kept: units hardly ever change, and this is a third of a page."""
    return sort_key(unit.former_district), sort_key(unit.name), unit.code


def _tile(snapshot: Snapshot, unit: Unit, only: Layer | None, language: Language) -> Tile:
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
        since_at=None
        if looks is Shown.UP
        else min((at for t in blamed if (at := snapshot.since_at(t)) is not None), default=None),
        because="" if is_quiet else ", ".join(words.layer_short_name(layer, language) for layer in guilty),
        incident_id=None if incident is None else incident.id,
        acknowledged_by="" if incident is None else incident.acknowledged_by,
        blamed=() if looks in {Shown.UP, Shown.UNWATCHED, Shown.UNKNOWN} else tuple(blamed),
        is_worked=bool(snapshot.maintained) and any(t.id in snapshot.maintained for t in targets),
    )


def _incident_of(snapshot: Snapshot, targets: Iterable[Target]) -> Incident | None:
    """Return the oldest open incident that explains one of `targets`; one that nobody took first."""
    ids = {snapshot.incident_of.get(check) for target in targets for check in snapshot.checks_of[target.id]}
    found = [snapshot.incidents[id_] for id_ in ids if id_ is not None and id_ in snapshot.incidents]
    # What is part of another one is taken with that.
    found = [snapshot.incidents.get(each.part_of or "", each) for each in found]
    return min(found, key=lambda i: (i.acknowledged_at is not None, i.opened_at, i.id), default=None)


def _layer_counts(snapshot: Snapshot) -> tuple[LayerCount, ...]:
    # By identity: hashing an enum's member takes longer than all the rest.
    by_layer: dict[int, list[Shown]] = {id(layer): [] for layer in Layer}
    targets = snapshot.inventory.targets
    for target_id, shown in snapshot.shown_targets.items():
        by_layer[id(targets[target_id].layer)].append(shown)
    del by_layer[id(Layer.SELF)]  # nobody's service: the page of the monitor's own health shows it
    return tuple(
        LayerCount(layer, _counted(states)) for layer in Layer if (states := by_layer.get(id(layer)))
    )


def _counted(states: Sequence[Shown]) -> Mapping[Shown, int]:
    return {shown: n for shown in Shown if (n := states.count(shown))}


def _systems(snapshot: Snapshot) -> Mapping[Layer, tuple[System, ...]]:
    units = snapshot.inventory.units
    found: dict[Layer, list[System]] = {}
    for code, targets in snapshot.targets_of.items():
        unit = units.get(code)
        if unit is not None and unit.is_commune:
            continue
        for target in targets:
            if target.layer is Layer.SELF:
                continue
            found.setdefault(target.layer, []).append(_system(snapshot, target))
    return {
        layer: tuple(sorted(found[layer], key=lambda s: (s.shown.urgency, _name_key(s.target.name))))
        for layer in Layer
        if layer in found
    }


def _system(snapshot: Snapshot, target: Target) -> System:
    shown = snapshot.shown_targets[target.id]
    incident = _incident_of(snapshot, [target]) if shown in {Shown.DOWN, Shown.AFFECTED} else None
    return System(
        target,
        shown,
        snapshot.since_at(target),
        snapshot.cause(target),
        incident_id=None if incident is None else incident.id,
        acknowledged_by="" if incident is None else incident.acknowledged_by,
    )


def _headline(
    snapshot: Snapshot, tiles: list[Tile], systems: Mapping[Layer, tuple[System, ...]], language: Language
) -> Headline:
    _ = translator(language)
    if not snapshot.watches_others:
        return Headline(Shown.UNWATCHED, _("Chưa có danh mục giám sát"))
    if snapshot.data_age_s is None:
        return Headline(Shown.UNKNOWN, _("Đang đo lần đầu, chưa có số liệu"))
    watched = [tile for tile in tiles if tile.shown is not Shown.UNWATCHED]
    phrases = list(_commune_phrases(watched, language))
    phrases += ((Shown.DOWN, phrase) for phrase in _system_phrases(systems, language))
    if not phrases:
        return Headline(Shown.UP, _all_well(len(watched), systems, language))
    text = ", ".join(phrase for _shown, phrase in phrases)
    return Headline(worst(shown for shown, _phrase in phrases), text)


def _system_phrases(systems: Mapping[Layer, tuple[System, ...]], language: Language) -> Iterable[str]:
    """Say how many systems are down: the province's own, and those that others answer for."""
    _ = translator(language)
    down = Counter(
        layer is Layer.CENTRAL
        for layer, of_layer in systems.items()
        for system in of_layer
        if system.shown is Shown.DOWN
    )
    if own := down[False]:
        yield _("%(n)s hệ thống cấp tỉnh mất kết nối") % {"n": words.number(own, language=language)}
    if central := down[True]:
        yield _("%(n)s hệ thống của Trung ương mất kết nối") % {"n": words.number(central, language=language)}


def _all_well(communes: int, systems: Mapping[Layer, tuple[System, ...]], language: Language) -> str:
    _ = translator(language)
    if communes:
        return _("%(n)s/%(n)s xã hoạt động") % {"n": words.number(communes, language=language)}
    total = sum(len(of_layer) for of_layer in systems.values())
    return _("%(n)s/%(n)s hệ thống hoạt động") % {"n": words.number(total, language=language)}


def _sayings(language: Language) -> Mapping[tuple[Shown, bool], str]:
    """Return what is said of communes that look so, and whether that is their line; in the order of the sentence."""
    _ = translator(language)
    return {
        (Shown.DOWN, True): _("%(n)s xã mất kết nối"),
        (Shown.AFFECTED, True): _("%(n)s xã bị ảnh hưởng"),
        (Shown.DOWN, False): _("%(n)s xã có thiết bị mất kết nối"),
        (Shown.AFFECTED, False): _("%(n)s xã có thiết bị bị ảnh hưởng"),
        (Shown.DEGRADED, False): _("%(n)s xã suy giảm"),
        (Shown.UNKNOWN, False): _("%(n)s xã chưa rõ"),
    }


def _commune_phrases(tiles: list[Tile], language: Language) -> Iterable[tuple[Shown, str]]:
    """Say how many communes look how. A commune whose line is up is not "mất kết nối", whatever device of it is."""
    cut = {Shown.DOWN, Shown.AFFECTED}
    kinds = Counter((tile.line, True) if tile.line in cut else (tile.shown, False) for tile in tiles)
    for (shown, is_line), saying in _sayings(language).items():
        if number := kinds[shown, is_line]:
            yield shown, saying % {"n": words.number(number, language=language)}
