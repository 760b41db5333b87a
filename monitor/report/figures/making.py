"""From what was read of a period to everything that is said, drawn and listed of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import dropwhile
from zoneinfo import ZoneInfo

from inventory.equipment.coverage import ClassCoverage, coverage
from inventory.model import PROVINCE, Inventory, Layer
from monitor.accounting.account import accounts_of
from monitor.accounting.aggregation import added_parts
from monitor.accounting.basis import Basis, basis
from monitor.accounting.model import Correction, GroupBy, Part
from monitor.accounting.periods import days_of
from monitor.conference.readiness import attendances
from monitor.report.figures.attribution import Attribution
from monitor.report.figures.causes import causes_of
from monitor.report.figures.choosing import lines
from monitor.report.figures.comparing import Pair
from monitor.report.figures.incident_records import incident_records, is_planned, mean_acknowledgement_s
from monitor.report.figures.material import Aims, Material
from monitor.report.figures.model import Compared, Figures, IncidentRecord, MonthPoint, OutageRecord, Place
from monitor.report.figures.outage_records import of_targets, outage_records
from monitor.report.figures.places import (
    commune_figures,
    department_lines,
    line_rows,
    site_row,
    system_figures,
)
from monitor.report.figures.times import by_day, by_hour_of_day, by_hour_of_week, pieces_of


def figures(material: Material) -> Figures:
    """Return the figures of the period. They depend on nothing else, and on no clock."""
    books, aims, inventory = material.books, material.aims, material.inventory
    now = basis(books, material.period)
    pair = Pair(now, basis(material.books_before, material.before), aims.least_coverage_ratio)
    attribution = Attribution(books.incidents, inventory)
    outages = outage_records(now, attribution)
    known_until_at = _known_until_at(material)
    told = incident_records(attribution, outages, inventory, material.period, known_until_at=known_until_at)
    planned = {each.id for each in attribution.told() if is_planned(attribution.failures_of(each), now)}
    incidents = tuple(each for each in told if each.id not in planned)
    whole = accounts_of(now, (GroupBy.PROVINCE,), least_coverage_ratio=aims.least_coverage_ratio)
    account = whole[GroupBy.PROVINCE]
    found = Figures(
        period=material.period,
        before=material.before,
        zone=aims.zone,
        province=aims.province,
        made_at=books.now,
        known_until_at=known_until_at,
        inventory_digest=inventory.digest,
        least_coverage_ratio=aims.least_coverage_ratio,
        layers=_layers(pair, aims),
        communes=commune_figures(pair, aims, material.loss_ratios),
        areas={area.id: area.name for area in inventory.areas.values() if area.id != PROVINCE},
        department_lines=department_lines(inventory, now.members),
        circuits=tuple(_circuits(pair, inventory)),
        providers=tuple(pair.grouped(GroupBy.PROVIDER)),
        shared=system_figures(pair, Layer.SHARED, aims),
        sites=site_row(pair, aims),
        central=system_figures(pair, Layer.CENTRAL, aims),
        outages=outages,
        incidents=incidents,
        causes=causes_of(incidents),
        months=tuple(_months(material)),
        meetings=attendances(
            material.meetings, books.histories, inventory, ports=aims.ports, known_until_at=known_until_at
        ),
        equipment=_equipment(material),
        province_parts=added_parts(row.parts for row in account.rows),
        acknowledgement_s=mean_acknowledgement_s(incidents),
        corrections=account.corrections,
        corrected_units=frozenset(
            inventory.targets[id_].unit_code
            for id_ in _corrected(account.corrections)
            if id_ in inventory.targets
        ),
        left=account.left,
        places={unit.code: Place.of(unit) for unit in inventory.units.values()},
        target_names=_target_names(inventory, outages, incidents, account.corrections),
    )
    return _with_lines(found, pair, aims, outages)


def _with_lines(found: Figures, pair: Pair, aims: Aims, outages: Iterable[OutageRecord]) -> Figures:
    """Return the figures with those of the lines of communes."""
    inventory = pair.now.books.inventory
    ids = lines(inventory)
    zone = ZoneInfo(aims.zone)
    together = line_rows(pair, aims)
    before = None if together is None or together.before is None else together.before.outages.mttr_s
    stretches = [pair.now.stretches[pair.now.primaries[id_]] for id_ in ids]
    down = pieces_of(stretches, Part.DOWN, zone)

    def by(group_by: GroupBy) -> tuple[Compared, ...]:
        ratio = aims.target_ratios.get(Layer.TSLCD)
        return tuple(replace(each, target_ratio=ratio) for each in pair.grouped(group_by, ids))

    return replace(
        found,
        lines=together,
        line_areas=by(GroupBy.AREA),
        line_former_districts=by(GroupBy.FORMER_DISTRICT),
        line_former_provinces=by(GroupBy.FORMER_PROVINCE),
        days=by_day(found.period, of_targets(outages, ids), down, inventory, zone),
        hours=by_hour_of_week(down),
        degraded_hours=by_hour_of_day(pieces_of(stretches, Part.DEGRADED, zone)),
        restore_s=None if together is None else together.row.outages.mttr_s,
        restore_before_s=before,
    )


def _known_until_at(material: Material) -> float:
    books, period = material.books, material.period
    return max(period.from_at, min(period.until_at, books.known_until_at, books.now))


def _layers(pair: Pair, aims: Aims) -> Mapping[Layer, Compared]:
    rows = {Layer(each.row.key): each for each in pair.grouped(GroupBy.LAYER)}
    return {layer: replace(each, target_ratio=aims.target_ratios.get(layer)) for layer, each in rows.items()}


def _circuits(pair: Pair, inventory: Inventory) -> Iterator[Compared]:
    """Yield the circuits, each beside what its contract promises."""
    for each in pair.grouped(GroupBy.CIRCUIT):
        circuit = inventory.circuits.get(each.row.key)
        yield replace(each, target_ratio=None if circuit is None else circuit.availability_ratio)


def _months(material: Material) -> Iterator[MonthPoint]:
    """Yield the lines' availability of each period, from the first of which anything is known."""
    ids = frozenset(lines(material.inventory))
    least = material.aims.least_coverage_ratio

    def parts_of(of: Basis) -> MonthPoint:
        parts = added_parts(member.figures.parts for member in of.members.values())
        return MonthPoint(of.period.id, parts.availability_ratio(least), parts.coverage_ratio)

    points = [parts_of(basis(material.line_books, each, targets=ids)) for each in material.earlier]
    *earlier, last = points
    yield from dropwhile(lambda point: not point.coverage_ratio, earlier)
    yield last


def _equipment(material: Material) -> tuple[ClassCoverage, ...]:
    """Count on the last day of the period."""
    (*_, (last, _, _)) = days_of(material.period, zone=material.aims.zone)
    return coverage(material.inventory, on=last).classes


def _corrected(corrections: Iterable[Correction]) -> set[str]:
    return {check_id.partition("/")[0] for each in corrections for check_id in each.check_ids}


def _target_names(
    inventory: Inventory,
    outages: Iterable[OutageRecord],
    incidents: Iterable[IncidentRecord],
    corrections: Iterable[Correction],
) -> Mapping[str, str]:
    """Return the names of the targets that these name; what left is called as its incident says."""
    named = {id_: each.name for each in incidents for id_ in each.target_ids if id_ not in inventory.targets}
    wanted = {each.target_id for each in outages} | {id_ for each in incidents for id_ in each.target_ids}
    wanted |= _corrected(corrections)
    return {id_: target.name for id_, target in inventory.targets.items() if id_ in wanted} | named
