"""The store of the engine's tests: a Decision's rules in memory, and a delivery that sends everything when due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.hold import Hold
from alerts.model.incident import Incident, IncidentEvent
from alerts.model.notification import (
    Cancellation,
    CancelReason,
    Notification,
    NotificationKind,
    Recovery,
    Replan,
)


@dataclass(slots=True)
class Row:
    """One row of the outbox."""

    notification: Notification
    sent_at: float | None = None
    cancelled: CancelReason | None = None

    @property
    def is_waiting(self) -> bool:
        return self.sent_at is None and self.cancelled is None


class Told(NamedTuple):
    """A message that went out."""

    at: float
    kind: NotificationKind
    incident_id: str
    recipient: str


@dataclass(slots=True)
class Ledger:
    """What was saved, in the order of saving."""

    states: dict[str, CheckState] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[IncidentEvent] = field(default_factory=list)
    outbox: dict[str, Row] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)
    back: dict[str, float] = field(default_factory=dict)

    def commit(self, decision: Decision) -> None:
        for check_id in decision.forgotten:
            self.states.pop(check_id, None)
        for state in decision.states:
            self.states[state.check_id] = state
        self.transitions.extend(decision.transitions)
        for incident in decision.incidents:
            ever = self.incidents[incident.id].affected if incident.id in self.incidents else frozenset()
            self.incidents[incident.id] = replace(incident, affected=ever)
        for incident_id, check_id in decision.explained:
            kept = self.incidents[incident_id]
            self.incidents[incident_id] = replace(kept, affected=kept.affected | {check_id})
        self.log.extend(decision.log)
        for notification in decision.notifications:
            self.outbox.setdefault(notification.dedup_key, Row(notification))
        for cancellation in decision.cancellations:
            self._cancel(cancellation)
        for recovery in decision.recoveries:
            self._recover(recovery)
        for replan in decision.replanned:
            self._replan(replan)
        self.seen.update(decision.seen)
        self.back.update(decision.back)

    def put_off(self, now: float, hold_of: Callable[[str], Hold | None]) -> None:
        """Before sending: what is due and held back waits on."""
        for row in self.outbox.values():
            note = row.notification
            if row.is_waiting and note.due_at <= now and note.kind is NotificationKind.OPENED:
                hold = hold_of(note.incident_id)
                if hold is not None:
                    row.notification = replace(note, due_at=hold.until_at, held=hold.reason)

    def deliver(self, now: float) -> None:
        """Send what is due, opened ones first."""
        due = [row for row in self.outbox.values() if row.is_waiting and row.notification.due_at <= now]
        for row in sorted(due, key=lambda row: (row.notification.kind, row.notification.due_at)):
            note = row.notification
            if note.kind is NotificationKind.RESOLVED:
                opened = replace(note, kind=NotificationKind.OPENED)
                if self.outbox[opened.dedup_key].sent_at is None:
                    row.cancelled = CancelReason.NEVER_TOLD
                    continue
            row.sent_at = now
            self.told.append(Told(now, note.kind, note.incident_id, note.recipient))

    def saved(self, alive_at: float | None = None) -> SavedState:
        """Return what the daemon finds when it starts."""
        numbers: dict[int, int] = {}
        for incident_id in self.incidents:
            _, year, number = incident_id.split("-")
            numbers[int(year)] = max(numbers.get(int(year), 0), int(number))
        return SavedState(
            states=tuple(self.states.values()),
            incidents=tuple(self.open),
            alive_at=alive_at,
            last_incident_number=numbers,
            seen=dict(self.seen),
            back=dict(self.back),
        )

    @property
    def open(self) -> list[Incident]:
        return [incident for incident in self.incidents.values() if incident.is_open]

    def history(self, check_id: str) -> list[Transition]:
        return [each for each in self.transitions if each.check_id == check_id]

    def status_at(self, check_id: str, at: float) -> Status:
        """Return the status that the transitions say the check had at `at`."""
        status = Status.UNKNOWN
        for each in self.history(check_id):
            if each.at <= at:
                status = each.new
        return status

    def _cancel(self, cancellation: Cancellation) -> None:
        for row in self._rows(cancellation.about_id):
            if row.is_waiting and row.notification.due_at > cancellation.due_after:
                row.cancelled = cancellation.reason

    def _replan(self, replan: Replan) -> None:
        for row in self._rows(replan.incident_id):
            note = row.notification
            if not row.is_waiting or note.kind is not NotificationKind.OPENED:
                continue
            if replan.held is not None:
                row.notification = replace(note, due_at=replan.due_at, held=replan.held)
            elif note.held is not None:
                row.notification = replace(note, due_at=min(note.due_at, replan.due_at))

    def _recover(self, recovery: Recovery) -> None:
        for row in list(self._rows(recovery.incident_id)):
            if row.notification.kind is NotificationKind.OPENED and row.cancelled is None:
                resolved = replace(
                    row.notification, kind=NotificationKind.RESOLVED, due_at=recovery.due_at, held=None
                )
                self.outbox.setdefault(resolved.dedup_key, Row(resolved))

    def _rows(self, incident_id: str) -> Iterator[Row]:
        return (row for row in self.outbox.values() if row.notification.about_id == incident_id)
