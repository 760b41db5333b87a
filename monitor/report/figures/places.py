"""Communes and systems, each with its figures. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from inventory.model import Inventory, Layer
from monitor import official
from monitor.accounting.basis import Basis
from monitor.accounting.model import Part
from monitor.accounting.stretches import Stretch, Stretches
from monitor.report.figures.choosing import ONE_STOP, communes, is_commune, lines, of_layers
from monitor.report.figures.comparing import Pair
from monitor.report.figures.material import Aims
from monitor.report.figures.model import CommuneFigures, Compared, Place, SystemFigures


def commune_figures(pair: Pair, aims: Aims, loss_ratios: Mapping[str, float]) -> tuple[CommuneFigures, ...]:
    """Return all communes in the official order, also those of which nothing is watched."""
    inventory = pair.now.books.inventory
    by_unit: defaultdict[str, list[str]] = defaultdict(list)
    for target_id in pair.now.members:
        by_unit[inventory.targets[target_id].unit_code].append(target_id)
    return tuple(
        _commune(pair, Place.of(unit), by_unit.get(unit.code, ()), aims, loss_ratios)
        for unit in communes(inventory)
    )


def line_rows(pair: Pair, aims: Aims) -> Compared | None:
    """Return all lines of communes together."""
    inventory = pair.now.books.inventory
    return pair.together(
        "lines",
        f"Toàn {official.province_level(aims.province)}",
        lines(inventory),
        aims.target_ratios.get(Layer.TSLCD),
    )


def department_lines(inventory: Inventory, watched: Iterable[str]) -> int:
    """Return how many bodies of the province have a watched line; a node that others' lines hang on is nobody's."""
    ids = of_layers(inventory, watched, (Layer.TSLCD,))
    nodes = {need for id_ in ids for need in inventory.targets[id_].depends_on}
    own = set(ids).difference(nodes, lines(inventory))
    return len({inventory.targets[id_].unit_code for id_ in own})


def system_figures(pair: Pair, layer: Layer, aims: Aims) -> tuple[SystemFigures, ...]:
    """Return the watched systems of a layer, in the inventory's order; not what communes run for themselves.

    The pages of 96 communes belong to the same layer, and no report lists them among the systems of the province.
    """
    inventory = pair.now.books.inventory
    ids = set(of_layers(inventory, pair.now.members, (layer,)))
    return tuple(
        _system(pair, target.id, target.name, aims)
        for target in inventory.targets.values()
        if target.id in ids and not is_commune(inventory.units[target.unit_code])
    )


def site_row(pair: Pair, aims: Aims) -> Compared | None:
    """Return the web sites of communes together; None when none is watched."""
    inventory = pair.now.books.inventory
    ids = [
        id_
        for id_ in of_layers(inventory, pair.now.members, (Layer.SHARED,))
        if is_commune(inventory.units[inventory.targets[id_].unit_code])
    ]
    ratio = aims.target_ratios.get(Layer.SHARED)
    return pair.together("sites", "Trang thông tin điện tử cấp xã", ids, ratio)


def _commune(
    pair: Pair, place: Place, target_ids: Sequence[str], aims: Aims, loss_ratios: Mapping[str, float]
) -> CommuneFigures:
    inventory = pair.now.books.inventory

    def of(layers: Collection[Layer]) -> Compared | None:
        ratios = [aims.target_ratios[layer] for layer in layers if layer in aims.target_ratios]
        ids = of_layers(inventory, target_ids, layers)
        return pair.together(place.code, place.name, ids, ratios[0] if ratios else None)

    line = of((Layer.TSLCD,))
    losses = [
        loss_ratios[id_] for id_ in of_layers(inventory, target_ids, (Layer.TSLCD,)) if id_ in loss_ratios
    ]
    return CommuneFigures(
        place=place,
        line=line,
        conference=of((Layer.CONFERENCE,)),
        one_stop=of(ONE_STOP),
        loss_ratio=sum(losses) / len(losses) if losses else None,
        degraded_s=0.0 if line is None else line.row.parts.degraded_s,
    )


def _system(pair: Pair, target_id: str, name: str, aims: Aims) -> SystemFigures:
    compared = pair.together(
        target_id, name, (target_id,), aims.target_ratios.get(_layer(pair.now, target_id))
    )
    assert compared is not None  # noqa: S101 (it is a member)
    parts = compared.row.parts
    return SystemFigures(
        target_id=target_id,
        name=name,
        compared=compared,
        down_s=parts.down_s,
        degraded_s=parts.degraded_s,
        slow_count=_slow_count(pair.now.stretches[pair.now.primaries[target_id]], aims.slow_least_s),
    )


def _layer(basis: Basis, target_id: str) -> Layer:
    return basis.books.inventory.targets[target_id].layer


def _slow_count(stretches: Stretches, least_s: float) -> int:
    """Count how often it was degraded without a break for at least so long."""

    def part_of(stretch: Stretch) -> Part:
        return stretch[2]

    lengths = (
        sum(end - start for start, end, _ in run)
        for part, run in groupby(stretches, key=part_of)
        if part is Part.DEGRADED
    )
    return sum(length_s >= least_s for length_s in lengths)
