"""Targets, communes, calendars and results as the API's JSON. Pure; addresses and options only where asked for."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.checks import CheckResult
from inventory.contacts import PersonForm
from inventory.graph import descendant_targets
from inventory.model import Check, Circuit, Inventory, Target, Threshold, Unit
from inventory.resolved import Resolved
from monitor.accounting.calendar import CalendarDay, CalendarMonth
from monitor.web.api.shapes import Json, iso
from monitor.web.search import Found
from monitor.web.view import Shown, Snapshot

MOST_NEIGHBOURS = 500


def target_json(target: Target, snapshot: Snapshot, zone: ZoneInfo) -> Json:
    """Return one line of the list: nothing of it says where it is in the network."""
    shown = snapshot.shown_targets.get(target.id, Shown.UNWATCHED)
    circuit = snapshot.inventory.circuits.get(target.circuit_id or "")
    cause = snapshot.cause(target)
    return {
        "id": target.id,
        "name": target.name,
        "unit": unit_json(snapshot.inventory.units.get(target.unit_code), target.unit_code),
        "layer": target.layer.value,
        "layerName": words.layer_name(target.layer),
        "profile": target.profile,
        "state": shown.value,
        "stateText": shown.word,
        "since": iso(snapshot.since_at(target), zone),
        "cause": cause,
        "causeText": words.cause_phrase(cause) if cause else "",
        "incident": incident_id(target, snapshot),
        "watched": target.id in snapshot.checks_of,
        "equipped": target.equipped.value,
        "owner": target.owner.value,
        "tags": list(target.tags),
        "provider": None if circuit is None else circuit.provider,
    }


def unit_json(unit: Unit | None, code: str) -> Json:
    """Return where something is; what has left the inventory keeps its code."""
    if unit is None:
        return {"id": code, "name": code, "area": "", "district": ""}
    return {"id": unit.code, "name": unit.name, "area": unit.area, "district": unit.former_district}


def incident_id(target: Target, snapshot: Snapshot) -> str | None:
    """Return the open incident that explains how the target looks."""
    found = (snapshot.incident_of.get(check_id) for check_id in snapshot.checks_of.get(target.id, ()))
    return next((each for each in found if each in snapshot.incidents), None)


def target_detail(target: Target, snapshot: Snapshot, zone: ZoneInfo, *, with_addresses: bool) -> Json:
    """Return all that is known of a target now, from memory."""
    inventory = snapshot.inventory
    behind = descendant_targets(inventory, target.id)
    checks = [inventory.checks[check_id] for check_id in snapshot.checks_of.get(target.id, ())]
    return {
        **target_json(target, snapshot, zone),
        "address": target.address if with_addresses else None,
        "enabled": target.enabled,
        "anchor": target.anchor,
        "impact": target.impact,
        "firstAction": target.first_action,
        "dependsOn": [_neighbour(each, snapshot) for each in target.depends_on],
        "behind": [_neighbour(each, snapshot) for each in behind[:MOST_NEIGHBOURS]],
        "behindCount": len(behind),
        "poweredBy": [_neighbour(each, snapshot) for each in target.powered_by],
        "circuit": _circuit(inventory.circuits.get(target.circuit_id or "")),
        "windows": list(inventory.windows_of.get(target.id, ())),
        "checks": [check_json(check, snapshot, zone, with_addresses=with_addresses) for check in checks],
    }


def check_json(check: Check, snapshot: Snapshot, zone: ZoneInfo, *, with_addresses: bool) -> Json:
    """Return a check with its state, its rules, and (where allowed) what it asks whom."""
    state, shown = snapshot.states.get(check.id), snapshot.check(check.id)
    cause = "" if state is None or shown not in {Shown.DOWN, Shown.DEGRADED} else state.cause
    return {
        "id": check.id,
        "kind": check.kind,
        "state": shown.value,
        "stateText": shown.word,
        "since": None if state is None or state.since_at <= 0 else iso(state.since_at, zone),
        "cause": cause,
        "causeText": words.cause_phrase(cause) if cause else "",
        "intervalS": check.interval_s,
        "retryIntervalS": check.retry_interval_s,
        "timeoutS": check.timeout_s,
        "failuresToDown": check.failures_to_down,
        "successesToUp": check.successes_to_up,
        "thresholds": [_threshold(each) for each in check.thresholds],
        "policy": check.policy,
        "calendar": check.calendar,
        "address": check.address if with_addresses else None,
        "options": check.options.model_dump(mode="json") if with_addresses else None,
    }


def person_json(person: PersonForm) -> Json:
    """Return somebody to ask about a unit."""
    return {
        "name": person.name,
        "role": person.role,
        "phone": person.phone,
        "email": person.email,
        "zalo": person.zalo,
    }


def resolved_json(values: Iterable[Resolved]) -> list[Json]:
    """Return who said each value of a target: the level of the inventory, file and line."""
    return [
        {
            "path": each.path,
            "value": each.value,
            "level": each.level.value,
            "file": None if each.place is None else each.place.file,
            "line": None if each.place is None else each.place.line,
        }
        for each in values
    ]


def calendar_json(days: Sequence[CalendarDay]) -> list[Json]:
    """Return the days that were watched."""
    return [
        {
            "day": each.day.isoformat(),
            "availabilityRatio": each.availability_ratio,
            "coverageRatio": each.coverage_ratio,
            "downS": round(each.down_s, 3),
            "maintenanceS": round(each.maintenance_s, 3),
            "incidents": list(each.incident_ids),
        }
        for each in days
        if each.is_watched
    ]


def months_json(months: Iterable[CalendarMonth]) -> list[Json]:
    """Return the latest months of a unit."""
    return [
        {
            "month": each.id,
            "availabilityRatio": each.availability_ratio,
            "coverageRatio": each.coverage_ratio,
            "downS": round(each.down_s, 3),
            "maintenanceS": round(each.maintenance_s, 3),
        }
        for each in months
    ]


def result_json(result: CheckResult, zone: ZoneInfo, *, with_details: bool) -> Json:
    """Return one run of a check. Details name addresses now and then, so they are only for those who may see these."""
    reading = result.reading
    return {
        "check": result.check_id,
        "at": iso(result.started_at, zone),
        "durationS": result.duration_s,
        "ok": reading.ok,
        "reason": None if reading.reason is None else reading.reason.value,
        "reasonText": "" if reading.reason is None else words.cause_phrase(reading.reason.value),
        "detail": reading.detail if with_details else "",
        "metrics": dict(reading.metrics),
        "roundTripsS": list(reading.rtts_s),
        "vantage": result.vantage,
    }


def found_json(found: Found) -> Json:
    """Return one answer of a search."""
    return {
        "kind": found.kind.value,
        "id": found.id,
        "name": found.name,
        "beside": found.beside,
        "alias": found.alias or None,
        "path": found.path,
    }


def _neighbour(target_id: str, snapshot: Snapshot) -> Json:
    target = snapshot.inventory.targets.get(target_id)
    shown = snapshot.shown_targets.get(target_id, Shown.UNWATCHED)
    return {
        "id": target_id,
        "name": target_id if target is None else target.name,
        "layer": None if target is None else target.layer.value,
        "state": shown.value,
    }


def _circuit(circuit: Circuit | None) -> Json | None:
    if circuit is None:
        return None
    return {
        "id": circuit.id,
        "provider": circuit.provider,
        "contract": circuit.contract_code or None,
        "hotline": circuit.hotline or None,
        "bandwidthBps": circuit.bandwidth_bps,
        "bandwidthUpBps": circuit.bandwidth_up_bps,
        "availabilityRatio": circuit.availability_ratio,
        "restoreTimeS": circuit.restore_time_s,
    }


def _threshold(limit: Threshold) -> Json:
    return {
        "metric": limit.metric,
        "warning": limit.warning,
        "critical": limit.critical,
        "below": limit.below,
    }


def names_of(inventory: Inventory, target: Target) -> str:
    """Return what a search for a target looks at: its id, name, unit and former names of that."""
    unit = inventory.units.get(target.unit_code)
    of_unit = () if unit is None else (unit.name, unit.former_district, *unit.former_names)
    return " ".join((target.id, target.name, target.unit_code, *of_unit))
