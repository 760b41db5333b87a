"""The outages of a period one by one, each with the incident it belongs to. Pure."""

from collections.abc import Iterable
from operator import attrgetter

from monitor.accounting.basis import Basis
from monitor.accounting.outages import LOOK_BACK_S, Outage
from monitor.report.figures.attribution import Attribution
from monitor.report.figures.model import OutageRecord


def outage_records(basis: Basis, attribution: Attribution) -> tuple[OutageRecord, ...]:
    """Return every outage of a primary check that has DOWN time in the period, by time."""
    found = [
        _record(outage, target_id, basis, attribution)
        for target_id, check_id in basis.primaries.items()
        for outage in basis.outages.get(check_id, ())
        if outage.within_s > 0
    ]
    return tuple(sorted(found, key=attrgetter("from_at", "check_id")))


def of_targets(outages: Iterable[OutageRecord], target_ids: Iterable[str]) -> list[OutageRecord]:
    """Return the outages of these targets, in their order."""
    meant = frozenset(target_ids)
    return [each for each in outages if each.target_id in meant]


def _record(outage: Outage, target_id: str, basis: Basis, attribution: Attribution) -> OutageRecord:
    check_id = basis.primaries[target_id]
    target = basis.books.inventory.targets[target_id]
    belongs = attribution.belongs(check_id, outage.from_at, outage.until_at or basis.period.until_at)
    choice = attribution.choice_for(belongs)
    # What began before is looked back for so far, and began then as far as anybody can say.
    from_at = basis.period.from_at - LOOK_BACK_S if outage.from_at is None else outage.from_at
    return OutageRecord(
        id=f"{check_id}@{int(from_at)}",
        check_id=check_id,
        target_id=target_id,
        unit_code=target.unit_code,
        layer=target.layer,
        from_at=from_at,
        until_at=outage.until_at,
        down_s=outage.within_s,
        length_s=outage.length_s,
        is_carried=outage.before_s > 0,
        is_behind=belongs.is_behind,
        incident_id=None if belongs.told is None else belongs.told.id,
        cause=None if choice is None else choice.kind,
        side=None if choice is None else choice.side,
    )
