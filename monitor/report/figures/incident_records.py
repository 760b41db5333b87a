"""The incidents that people were told of in a period, one by one. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from alerts.model.checks import Status
from alerts.model.incident import Incident
from inventory.model import Inventory, Layer
from monitor.accounting.basis import Basis
from monitor.accounting.model import Part, Period
from monitor.report.figures.attribution import Attribution
from monitor.report.figures.model import IncidentRecord, OutageRecord
from monitor.report.figures.naming import group_name, incident_name, source_of


def incident_records(
    attribution: Attribution,
    outages: Iterable[OutageRecord],
    inventory: Inventory,
    period: Period,
    *,
    known_until_at: float,
) -> tuple[IncidentRecord, ...]:
    """Return those that were declared in the period, by time. One that goes on is as long as is known."""
    down: defaultdict[str, list[float]] = defaultdict(list)
    for outage in outages:
        if outage.incident_id is not None and not outage.is_behind:
            down[outage.incident_id].append(outage.down_s)
    return tuple(
        _record(told, attribution, down, inventory, min(period.until_at, known_until_at))
        for told in attribution.told()
        if period.from_at <= told.declared_at < period.until_at
    )


def without_cause(incidents: Iterable[IncidentRecord]) -> tuple[IncidentRecord, ...]:
    """Return those of level DOWN that are over and whose cause nobody has confirmed."""
    return tuple(
        each
        for each in incidents
        if each.resolved_at is not None and each.cause is None and each.level is Status.DOWN
    )


def is_planned(failures: Iterable[Incident], accounted: Basis) -> bool:
    """Whether all of an incident counts as maintenance, announced before or by a later correction.

    `failures`: what it stands for. No outage is counted of such an incident.
    """
    during = [_parts_during(each, accounted) for each in failures]
    return bool(during) and all(parts == {Part.MAINTENANCE} for parts in during)


def _parts_during(failure: Incident, accounted: Basis) -> set[Part]:
    """Return what the time of a failure counts as in the period for its target; nothing when that left."""
    check_id = accounted.primaries.get(failure.root_check_id.partition("/")[0])
    until_at = accounted.period.until_at if failure.resolved_at is None else failure.resolved_at
    stretches = () if check_id is None else accounted.stretches[check_id]
    return {part for start, end, part in stretches if start < until_at and failure.opened_at < end}


def mean_acknowledgement_s(incidents: Iterable[IncidentRecord]) -> float | None:
    """Return the mean time from declaration to acknowledgement; None when none was taken."""
    waits = [
        max(0.0, each.acknowledged_at - each.declared_at)
        for each in incidents
        if each.acknowledged_at is not None
    ]
    return fsum(waits) / len(waits) if waits else None


def _record(
    told: Incident,
    attribution: Attribution,
    down: Mapping[str, Sequence[float]],
    inventory: Inventory,
    until_at: float,
) -> IncidentRecord:
    failures = attribution.failures_of(told)
    target_ids = tuple(dict.fromkeys(each.root_check_id.partition("/")[0] for each in failures))
    unit_codes = _units(target_ids, inventory)
    choice = attribution.choice_of(told)
    ticket = told.ticket or next((each.ticket for each in failures if each.ticket is not None), None)
    over_at = until_at if told.resolved_at is None else min(told.resolved_at, until_at)
    return IncidentRecord(
        id=told.id,
        name=(
            group_name(target_ids, unit_codes, inventory) if told.is_group else incident_name(told, inventory)
        ),
        layer=_layer(told, target_ids, inventory),
        level=told.level,
        opened_at=told.opened_at,
        declared_at=told.declared_at,
        resolved_at=told.resolved_at,
        length_s=max(0.0, over_at - told.opened_at),
        down_s=fsum(down.get(told.id, ())),
        unit_codes=unit_codes,
        target_ids=target_ids,
        is_group=told.is_group,
        acknowledged_at=told.acknowledged_at,
        acknowledged_by=told.acknowledged_by,
        cause=None if choice is None else choice.kind,
        side=None if choice is None else choice.side,
        confirmed_by="" if choice is None else choice.who,
        guess=None if told.guess is None else told.guess.kind,
        source=source_of((told, *failures), inventory),
        ticket_number="" if ticket is None else ticket.number,
        ticket_reported_at=None if ticket is None else ticket.reported_at,
        ticket_closed_at=None if ticket is None else ticket.closed_at,
        episodes=told.episodes,
        is_in_time=_is_in_time(told, failures, inventory),
    )


def _units(target_ids: Iterable[str], inventory: Inventory) -> tuple[str, ...]:
    """Return the units of the targets, each once; what left the inventory has its unit's code in its id."""
    codes = (
        inventory.targets[id_].unit_code if id_ in inventory.targets else id_.partition(".")[0]
        for id_ in target_ids
    )
    return tuple(dict.fromkeys(code for code in codes if code in inventory.units))


def _layer(told: Incident, target_ids: Iterable[str], inventory: Inventory) -> Layer:
    """Return the layer that most of it belongs to; INFRA when all of it left the inventory and nothing tells."""
    layers = Counter(inventory.targets[id_].layer for id_ in target_ids if id_ in inventory.targets)
    if layers:
        return max(layers, key=lambda layer: layers[layer])
    known = "" if told.common is None else told.common.layer
    return Layer(known) if known in set(Layer) else Layer.INFRA


def _is_in_time(told: Incident, failures: Iterable[Incident], inventory: Inventory) -> bool | None:
    """Whether all lines of it that have a contracted time were back within it; None: none has, or it goes on."""
    if told.level is not Status.DOWN or told.resolved_at is None:
        return None
    judged = []
    for each in failures:
        target = inventory.targets.get(each.root_check_id.partition("/")[0])
        circuit = None if target is None else inventory.circuits.get(target.circuit_id or "")
        if circuit is not None and circuit.restore_time_s is not None:
            over_at = told.resolved_at if each.resolved_at is None else each.resolved_at
            judged.append(over_at - each.opened_at <= circuit.restore_time_s)
    return all(judged) if judged else None
