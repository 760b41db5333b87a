"""The inventory's life as the API's JSON: what is in force, what would change, versions, coverage. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from inventory.diff import Change, summary
from inventory.equipment.coverage import ClassCoverage, Coverage, sentence
from inventory.model import Inventory, ReportedFigure
from inventory.problem import Problem
from monitor.brake import ended
from monitor.plan_reader import Candidate, Refused
from monitor.reloading import Reloading
from monitor.storage.versions import Version
from monitor.web.api.shapes import Json, iso
from monitor.web.view import Snapshot

MOST_ITEMS = 2_000
"""Changes and problems in one answer; the summary counts them all."""


def in_force_json(reloading: Reloading, zone: ZoneInfo) -> Json:
    """Return which inventory is watched, since when and by whom, and what waits for a person."""
    force, facts, pin, pending = reloading.in_force, reloading.facts, reloading.pin, reloading.pending
    return {
        "digest": force.digest,
        "version": force.version,
        "since": iso(force.since_at, zone),
        "who": force.who,
        "how": force.how.value,
        "counts": dict(force.counts),
        "pinned": None if pin is None else {"version": pin.number, "at": iso(pin.at, zone), "who": pin.who},
        "pending": None
        if pending is None
        else {
            "digest": pending.digest,
            "at": iso(pending.at, zone),
            "unwatched": pending.unwatched,
            "text": pending.text,
        },
        "error": facts.reload_error or facts.started_from or None,
    }


def candidate_json(found: Candidate | Refused, snapshot: Snapshot) -> Json:
    """Return what another inventory would change, or why it cannot be used."""
    if isinstance(found, Refused):
        return {
            "digest": None,
            "problems": problems_json(found.problems),
            "warnings": [],
            "summary": found.text,
            "changes": [],
            "changesLeftOff": 0,
            "renames": [],
            "unwatched": 0,
            "ends": "",
            "closes": [],
        }
    changes, checks = found.changes, found.plan.inventory.checks
    return {
        "digest": found.digest,
        "problems": [],
        "warnings": problems_json(found.loaded.warnings),
        "summary": summary(changes),
        "changes": [_change(change) for change in changes.changes[:MOST_ITEMS]],
        "changesLeftOff": max(0, len(changes.changes) - MOST_ITEMS),
        "renames": [
            {"kind": rename.subject.value, "old": rename.old_id, "new": rename.new_id}
            for rename in changes.renames[:MOST_ITEMS]
        ],
        "unwatched": changes.unwatched,
        "ends": ended(changes),
        "closes": sorted(
            incident.id for incident in snapshot.incidents.values() if incident.root_check_id not in checks
        ),
    }


def version_json(version: Version, reloading: Reloading, zone: ZoneInfo) -> Json:
    """Return one stored version."""
    pin = reloading.pin
    return {
        "version": version.number,
        "digest": version.digest,
        "at": iso(version.at, zone),
        "who": version.who,
        "how": version.how,
        "counts": dict(version.counts),
        "inForce": version.number == reloading.in_force.version,
        "pinned": pin is not None and pin.number == version.number,
    }


def problems_json(problems: Sequence[Problem]) -> list[Json]:
    """Return what is wrong, each with its file, line and remedy."""
    return [
        {
            "file": each.file,
            "line": each.line,
            "path": each.path,
            "message": each.message,
            "hint": each.hint,
        }
        for each in problems[:MOST_ITEMS]
    ]


def coverage_json(counted: Coverage, inventory: Inventory) -> Json:
    """Return which communes have which equipment, beside what was last reported."""
    return {
        "schema": "inventory-coverage/1",
        "on": counted.on.isoformat(),
        "units": len(counted.units),
        "items": [_class(item, len(counted.units), inventory) for item in counted.classes],
    }


def _change(change: Change) -> Json:
    return {
        "op": change.op.value,
        "kind": change.subject.value,
        "id": change.id,
        "name": change.name,
        "unit": change.unit or None,
        "field": change.field or None,
        "old": change.old or None,
        "new": change.new or None,
    }


def _class(item: ClassCoverage, units: int, inventory: Inventory) -> Json:
    def places(codes: Sequence[str]) -> list[Json]:
        found = [inventory.units[code] for code in codes]
        return [{"code": unit.code, "name": unit.name, "area": unit.area} for unit in found]

    return {
        "class": item.reported.id,
        "name": item.reported.name,
        "profiles": list(item.reported.profiles),
        "counted": item.is_counted,
        "have": places(item.have),
        "without": places(item.without),
        "unknown": places(item.unknown),
        "sentence": sentence(item, of=units),
        "reported": [_figure(figure) for figure in item.reported.figures],
        "contradictions": list(item.contradictions),
        "note": item.reported.note,
    }


def _figure(figure: ReportedFigure) -> Json:
    return {
        "printed": figure.printed,
        "have": figure.have,
        "without": figure.without,
        "of": figure.of,
        "on": figure.on,
        "source": figure.source,
        "derived": figure.derived,
        "note": figure.note,
    }
