"""The API's JSON: plain values of what the pages show, the same for the command line. Additions only within a version.

Times are ISO 8601 in the province's zone, durations and ages seconds. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.group_facts import common_text
from alerts.messages.vocabulary import Language
from alerts.model.hold import Hold
from alerts.model.incident import Incident, IncidentEvent, LogKind
from inventory.model import Inventory, Unit
from monitor.incidents.marks import version_of
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import IncidentRecord
from monitor.web.health import Grade, Trouble, grade, troubles
from monitor.web.matters import Matter, name_of
from monitor.web.overview import Overview, System, Tile
from monitor.web.reach import reach
from monitor.web.view import HealthFacts, Shown, Snapshot

Json = dict[str, object]


def iso(at: float | None, zone: ZoneInfo) -> str | None:
    """Write a time as ISO 8601 with the zone's offset; None stays None."""
    return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


def overview_json(overview: Overview, zone: ZoneInfo) -> Json:
    """Return what the overview page shows."""
    snapshot = overview.snapshot
    found = troubles(snapshot, zone)
    return {
        "schema": "overview/1",
        "asOf": iso(snapshot.now, zone),
        "dataAt": iso(snapshot.health.last_result_at, zone),
        "dataAgeS": _rounded(snapshot.data_age_s),
        "staleAfterS": snapshot.stale_after_s,
        "stale": snapshot.is_stale,
        "isolatedSince": iso(snapshot.isolated_since_at, zone),
        "headline": {"level": overview.headline.shown.value, "text": overview.headline.text},
        "layers": [
            {
                "id": of.layer.value,
                "name": words.layer_name(of.layer),
                "total": of.total,
                **_counts(of.counts),
            }
            for of in overview.layers
        ],
        "areas": [{"id": area.id, "name": area.name} for area in snapshot.inventory.areas.values()],
        "communes": [_tile(tile, zone) for tile in overview.tiles],
        "systems": [
            _system(system, snapshot.inventory.units, zone)
            for of_layer in overview.systems.values()
            for system in of_layer
        ],
        "todo": [_matter(matter, snapshot, zone) for matter in overview.matters],
        "health": {"status": grade(found).value, "reasons": [_trouble(trouble) for trouble in found]},
    }


def incidents_json(incidents: Iterable[Incident], snapshot: Snapshot, zone: ZoneInfo) -> Json:
    """Return a list of incidents, open or closed, in the order given."""
    items = [incident_json(incident, snapshot.inventory, zone, now=snapshot.now) for incident in incidents]
    return {"schema": "incidents/1", "asOf": iso(snapshot.now, zone), "items": items}


def incident_json(incident: Incident, inventory: Inventory, zone: ZoneInfo, *, now: float) -> Json:
    """Return one incident's facts. What has left the inventory keeps its ids and loses its names."""
    check = inventory.checks.get(incident.root_check_id)
    target_id = incident.root_check_id.partition("/")[0] if check is None else check.target_id
    target = inventory.targets.get(target_id)
    unit = None if target is None else inventory.units.get(target.unit_code)
    hit = reach(incident, inventory)
    end_at = now if incident.resolved_at is None else incident.resolved_at
    choice, ticket = incident.choice, incident.ticket
    return {
        "id": incident.id,
        "title": " – ".join(name_of(incident, target, unit))
        if incident.common is None
        else common_text(incident.common, inventory, Language.VI),
        "open": incident.is_open,
        "version": version_of(incident),
        "check": incident.root_check_id,
        "target": {"id": target_id, "name": incident.name or target_id if target is None else target.name},
        "unit": None if unit is None else {"id": unit.code, "name": unit.name, "area": unit.area},
        "layer": None if target is None else target.layer.value,
        "cause": incident.cause,
        "causeText": words.cause_phrase(incident.cause),
        "openedAt": iso(incident.opened_at, zone),
        "declaredAt": iso(incident.declared_at, zone),
        "resolvedAt": iso(incident.resolved_at, zone),
        "durationS": _rounded(max(0.0, end_at - incident.opened_at)),
        "closeReason": None if incident.close_reason is None else incident.close_reason.value,
        "partOf": incident.part_of,
        "targetsBehind": hit.targets,
        "unitsBehind": hit.units,
        "ackedBy": incident.acknowledged_by or None,
        "ackedAt": iso(incident.acknowledged_at, zone),
        "ackedUntil": iso(incident.acknowledged_until, zone),
        "level": incident.level.value,
        "common": None if incident.common is None else asdict(incident.common),
        "episodes": incident.episodes,
        "flappingSince": iso(incident.flapping_at, zone),
        "guess": None if incident.guess is None else asdict(incident.guess),
        "choice": None if choice is None else {**asdict(choice), "at": iso(choice.at, zone)},
        "ticket": None
        if ticket is None
        else {
            "number": ticket.number,
            "reportedAt": iso(ticket.reported_at, zone),
            "closedAt": iso(ticket.closed_at, zone),
        },
    }


def record_json(
    record: IncidentRecord,
    snapshot: Snapshot,
    zone: ZoneInfo,
    *,
    with_recipients: bool,
    unit: str | None = None,
) -> Json:
    """Return an incident with its log and messages. Only `with_recipients`: to whom, and the routers on the way.

    `unit`: of what it took down, only what belongs to this unit is named.
    """
    inventory = snapshot.inventory
    of_unit = {
        each.id for each in inventory.checks.values() if inventory.targets[each.target_id].unit_code == unit
    }
    return {
        "schema": "incident/1",
        "asOf": iso(snapshot.now, zone),
        "item": {
            **incident_json(record.incident, snapshot.inventory, zone, now=snapshot.now),
            "held": held_json(snapshot.hold(record.incident.id), zone),
        },
        "affected": sorted(record.incident.affected if unit is None else record.incident.affected & of_unit),
        "log": [
            _event(event, zone) for event in record.log if with_recipients or event.kind is not LogKind.PATH
        ],
        "notifications": [
            _notification(entry, zone, with_recipients=with_recipients) for entry in record.notifications
        ],
    }


def brief_json(incident: Incident, snapshot: Snapshot, zone: ZoneInfo) -> Json:
    """Return as much of an incident as another one says about it."""
    facts = incident_json(incident, snapshot.inventory, zone, now=snapshot.now)
    return {key: facts[key] for key in ("id", "title", "open", "openedAt", "resolvedAt", "durationS")}


def health_json(snapshot: Snapshot, zone: ZoneInfo) -> tuple[Grade, Json]:
    """Return how well the monitor is, and why."""
    found = troubles(snapshot, zone)
    worst = grade(found)
    return worst, {
        "status": worst.value,
        "reasons": [_trouble(trouble) for trouble in found],
        "asOf": iso(snapshot.now, zone),
        "startedAt": iso(snapshot.health.started_at, zone),
        "lastResultAt": iso(snapshot.health.last_result_at, zone),
        "checks": snapshot.health.checks,
        "inventory": snapshot.inventory.digest,
        "inventoryVersion": snapshot.health.inventory.version,
        "inventoryLoadedAt": iso(snapshot.health.inventory.loaded_at, zone),
        "figures": _figures(snapshot.health, zone),
        "version": snapshot.health.version,
    }


def _figures(health: HealthFacts, zone: ZoneInfo) -> Json:
    forwarder = health.forwarder
    return {
        "running": health.running,
        "lagP50S": health.lag_p50_s,
        "lagP99S": health.lag_p99_s,
        "missedSlots": health.missed_slots,
        "overruns": health.overruns,
        "resultsQueued": health.results_queued,
        "resultsDropped": health.results_dropped,
        "stateUnsaved": health.state_unsaved,
        "outboxPending": health.outbox_pending,
        "outboxOldestAgeS": health.outbox_oldest_age_s,
        "outboxDead": health.outbox_dead,
        "lastBackupAt": None if health.backup is None else iso(health.backup.last_good_at, zone),
        "influx": None
        if forwarder is None
        else {
            "lagRows": forwarder.lag_rows,
            "lateChunks": forwarder.late_chunks,
            "oldestUnsentAt": iso(forwarder.oldest_unsent_at, zone),
            "deadLetters": forwarder.dead_letters,
            "skipped": forwarder.skipped,
            "lastSuccessAt": iso(forwarder.last_success_at, zone),
            "lastError": forwarder.last_error,
        },
    }


def held_json(hold: Hold | None, zone: ZoneInfo) -> Json | None:
    """Say why nobody is told now, and until when."""
    if hold is None:
        return None
    return {
        "reason": hold.reason.value,
        "source": hold.source_id,
        "text": words.held_word(hold.reason),
        "until": iso(hold.until_at, zone),
    }


def _event(event: IncidentEvent, zone: ZoneInfo) -> Json:
    """Write a line of the log; of a held one the reason as its text, and until when."""
    line: Json = {"at": iso(event.at, zone), "kind": event.kind.value, "who": event.who, "text": event.text}
    if event.kind is LogKind.HELD:
        reason, _, until_at = event.text.partition(" ")
        line |= {"text": reason, "until": iso(float(until_at), zone)}
    return line


def _tile(tile: Tile, zone: ZoneInfo) -> Json:
    return {
        "id": tile.unit.code,
        "name": tile.unit.name,
        "kind": tile.unit.kind,
        "area": tile.unit.area,
        "district": tile.unit.former_district,
        "formerNames": list(tile.unit.former_names),
        "worst": tile.shown.value,
        "since": iso(tile.since_at, zone),
        "layers": {layer.value: shown.value for layer, shown in tile.layers.items()},
        "incident": tile.incident_id,
        "ackedBy": tile.acknowledged_by or None,
        "blamed": [
            {
                "id": target.id,
                "name": target.name.removesuffix(f" – {tile.unit.name}"),
                "layer": target.layer.value,
            }
            for target in tile.blamed
        ],
    }


def _system(system: System, units: Mapping[str, Unit], zone: ZoneInfo) -> Json:
    unit = units.get(system.target.unit_code)
    return {
        "id": system.target.id,
        "name": system.target.name,
        "unit": system.target.unit_code if unit is None else unit.name,
        "layer": system.target.layer.value,
        "state": system.shown.value,
        "since": iso(system.since_at, zone),
        "causeText": words.cause_phrase(system.cause),
        "incident": system.incident_id,
        "ackedBy": system.acknowledged_by or None,
    }


def _matter(matter: Matter, snapshot: Snapshot, zone: ZoneInfo) -> Json:
    facts = incident_json(matter.incident, snapshot.inventory, zone, now=snapshot.now)
    return {**facts, "state": matter.shown.value, "held": held_json(matter.hold, zone)}


def _notification(entry: OutboxEntry, zone: ZoneInfo, *, with_recipients: bool) -> Json:
    notification = entry.row.notification
    settled = [
        ("sent", entry.sent_at),
        ("dead", entry.dead_at),
    ]
    status, at = next(
        ((word, at) for word, at in settled if at is not None), ("waiting", entry.last_attempt_at)
    )
    return {
        "kind": notification.kind.value,
        "channel": notification.channel,
        "recipient": notification.recipient if with_recipients else None,
        "person": (notification.person or None) if with_recipients else None,
        "status": "cancelled" if entry.cancel_reason is not None else status,
        "cancelReason": None if entry.cancel_reason is None else entry.cancel_reason.value,
        "at": iso(at, zone),
        "attempts": entry.row.attempts,
        "error": _error(entry, with_recipients=with_recipients) or None,
        "dueAt": iso(notification.due_at, zone),
        "held": None if entry.row.held is None else entry.row.held.value,
    }


def _error(entry: OutboxEntry, *, with_recipients: bool) -> str:
    """Return why it was not sent; servers like to name whom they refuse."""
    error, recipient = entry.row.last_error, entry.row.notification.recipient
    named = rf"(?<!\w){re.escape(recipient)}(?!\w)"
    return error if with_recipients else re.sub(named, "…", error, flags=re.IGNORECASE)


def _counts(counts: Mapping[Shown, int]) -> Json:
    return {shown.value: counts.get(shown, 0) for shown in Shown if shown is not Shown.UNWATCHED}


def _trouble(trouble: Trouble) -> Json:
    return {"code": trouble.code, "text": trouble.text}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
