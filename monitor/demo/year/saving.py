"""Saves a made-up stretch of time as the daemon would have: by the same functions, in the order of time."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Final

from alerts.model.checks import Transition
from alerts.model.decision import Decision
from alerts.model.notification import Notification
from inventory.model import Inventory
from monitor.conference.store import insert_meeting, withdraw
from monitor.demo.year.course import affected_by, last_state, spells, transitions_of
from monitor.demo.year.incidents import Happened, incidents_of
from monitor.demo.year.model import Script
from monitor.storage import corrections, outbox
from monitor.storage.audit import AuditEntry, insert_entries
from monitor.storage.decisions import save_alive_at, save_decision
from monitor.storage.opening import Synchronous, open_writer

_DELIVERED_S: Final = 2.0


def save_state(path: Path, script: Script, inventory: Inventory) -> None:
    """Write state.db. Raises StorageError."""
    connection, _ = open_writer(path, schema="state", synchronous=Synchronous.NORMAL, now=script.end_at)
    with closing(connection):
        connection.execute("begin immediate")
        _save(connection, script, inventory)
        connection.execute("commit")


def _save(connection: sqlite3.Connection, script: Script, inventory: Inventory) -> None:
    bad = spells(script, inventory)
    seen = {
        check.id: transitions_of(script, check, bad.get(check.id, ())) for check in inventory.checks.values()
    }
    happened = incidents_of(script, inventory, affected_by(bad, script.faults))
    save_decision(connection, _decision(script, inventory, seen, happened))
    _tell(connection, [each for of in happened for each in of.told])
    audit = []
    for correction in script.corrections:
        corrections.append(connection, correction)
        audit.append(AuditEntry(correction.at, correction.who, "correction.made", detail=correction.reason))
    for meeting in script.meetings:
        added = insert_meeting(connection, replace(meeting, withdrawn_at=None))
        audit.append(
            AuditEntry(
                meeting.created_at, meeting.who, "meeting.entered", detail=f"{added.id}: {added.title}"
            )
        )
        if meeting.withdrawn_at is not None:
            withdraw(connection, added.id, meeting.withdrawn_at)
            audit.append(AuditEntry(meeting.withdrawn_at, meeting.who, "meeting.withdrawn", detail=added.id))
    insert_entries(connection, sorted(audit, key=attrgetter("at")))
    save_alive_at(connection, script.end_at)


def _decision(
    script: Script,
    inventory: Inventory,
    seen: dict[str, list[Transition]],
    happened: Sequence[Happened],
) -> Decision:
    everything = (transition for each in seen.values() for transition in each)
    first: dict[str, float] = {}
    for check in inventory.checks.values():
        first.setdefault(check.target_id, script.begin_at)
    log = [event for each in happened for event in each.log if event.at < script.end_at]
    return Decision(
        states=tuple(last_state(check_id, each) for check_id, each in seen.items()),
        transitions=tuple(sorted(everything, key=attrgetter("declared_at", "at"))),
        incidents=tuple(each.incident for each in happened),
        explained=tuple((each.incident.id, check_id) for each in happened for check_id in each.affected),
        log=tuple(sorted(log, key=attrgetter("at"))),
        mutings=script.works,
        seen=tuple(first.items()),
    )


def _tell(connection: sqlite3.Connection, told: Iterable[Notification]) -> None:
    """Put the messages into the outbox in the order of time, each sent soon after it was due."""
    messages: defaultdict[tuple[float, str, str], list[Notification]] = defaultdict(list)
    for each in told:
        messages[each.due_at, each.about_id, each.kind].append(each)
    for number, ((due_at, _, _), rows) in enumerate(sorted(messages.items(), key=lambda entry: entry[0])):
        (last,) = connection.execute("select coalesce(max(id), 0) from outbox").fetchone()
        outbox.insert(connection, rows)
        ids = [last + place for place in range(1, len(rows) + 1)]
        outbox.claim(connection, ids, f"nam-gia-dinh-{number}", due_at + 1.0)
        outbox.mark_sent(connection, ids, due_at + _DELIVERED_S, receipt="250 OK", in_doubt_at=None)
