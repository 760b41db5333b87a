"""The store of the engine's tests: a Decision's rules in memory, and a delivery that sends everything when due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.hold import Hold, Muting
from alerts.model.incident import Incident, IncidentEvent
from alerts.model.notification import (
    TELLING,
    Cancellation,
    CancelReason,
    HandOver,
    Notification,
    NotificationKind,
    Recovery,
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
    about_id: str
    recipient: str
    round: int = 0
    step: int = 0


@dataclass(slots=True)
class Ledger:
    """What was saved, in the order of saving."""

    states: dict[str, CheckState] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[IncidentEvent] = field(default_factory=list)
    outbox: dict[str, Row] = field(default_factory=dict)
    _waiting: list[Row] = field(default_factory=list)
    """Those of the outbox that may still go out, in its order: they are looked through at every step."""
    told: list[Told] = field(default_factory=list)
    mutings: dict[str, Muting] = field(default_factory=dict)
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
        for cancellation in decision.cancellations:
            self._cancel(cancellation)
        for each in decision.hand_overs:
            self._hand_over(each)
        for notification in decision.notifications:
            self._post(notification.dedup_key, Row(notification))
        for recovery in decision.recoveries:
            self._recover(recovery)
        self.mutings.update((muting.id, muting) for muting in decision.mutings)
        self.seen.update(decision.seen)
        self.back.update(decision.back)

    def put_off(self, now: float, hold_of: Callable[[str], Hold | None]) -> None:
        """Before sending: what is due and held back waits on."""
        for row in self._waiting:
            note = row.notification
            if row.is_waiting and note.due_at <= now and note.kind in TELLING:
                hold = hold_of(note.about_id)
                if hold is not None:
                    row.notification = replace(note, due_at=min(hold.until_at, now + 60.0))

    def deliver(self, now: float) -> None:
        """Send what is due, in order; the end of what nobody was told of is told to nobody."""
        if not self._waiting:
            return
        self._waiting = [row for row in self._waiting if row.is_waiting]
        due = [row for row in self._waiting if row.notification.due_at <= now]
        for row in sorted(due, key=lambda row: (row.notification.kind is NotificationKind.RESOLVED,)):
            note = row.notification
            if note.kind is NotificationKind.RESOLVED and not any(
                each.sent_at is not None for each in self._standing(note.about_id, note.recipient, row)
            ):
                row.cancelled = CancelReason.NEVER_TOLD
                continue
            row.sent_at = now
            self.told.append(Told(now, note.kind, note.about_id, note.recipient, note.round, note.step))

    def saved(self, alive_at: float | None = None) -> SavedState:
        """Return what the daemon finds when it starts."""
        numbers: dict[str, int] = {}
        for used in (*self.incidents, *self.mutings):
            key, _, number = used.rpartition("-")
            numbers[key] = max(numbers.get(key, 0), int(number))
        return SavedState(
            states=tuple(self.states.values()),
            incidents=tuple(self.incidents.values()),
            mutings=tuple(self.mutings.values()),
            alive_at=alive_at,
            last_number=numbers,
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

    def _post(self, key: str, row: Row) -> None:
        if self.outbox.setdefault(key, row) is row:
            self._waiting.append(row)

    def _cancel(self, cancellation: Cancellation) -> None:
        for row in self._rows(cancellation.about_id):
            is_meant = row.notification.kind in cancellation.kinds
            if row.is_waiting and is_meant and row.notification.due_at > cancellation.due_after:
                row.cancelled = cancellation.reason

    def _hand_over(self, each: HandOver) -> None:
        for row in list(self._rows(each.from_id)):
            note = row.notification
            if row not in self._standing(each.from_id, note.recipient):
                continue
            sent_at = note.due_at if row.sent_at is None else row.sent_at
            copied = replace(note, about_id=each.to_id, kind=NotificationKind.OPENED)
            key = f"{each.to_id}:handed:{each.from_id}:{note.channel}:{note.recipient}"
            self._post(key, Row(copied, sent_at=sent_at))

    def _recover(self, recovery: Recovery) -> None:
        for row in list(self._rows(recovery.incident_id)):
            note = row.notification
            if note.kind in TELLING and row in self._standing(recovery.incident_id, note.recipient):
                resolved = replace(
                    note,
                    kind=NotificationKind.RESOLVED,
                    due_at=recovery.due_at,
                    round=recovery.round,
                    step=0,
                    severity=recovery.severity,
                )
                self._post(resolved.dedup_key, Row(resolved))

    def _standing(self, about_id: str, recipient: str, before: Row | None = None) -> list[Row]:
        """Return what told this recipient of it since they last heard of an end (`before`: the end looked at)."""
        found: list[Row] = []
        for row in self._rows(about_id):
            if row is before:
                break
            if row.notification.recipient != recipient or row.cancelled is not None:
                continue
            if row.notification.kind is NotificationKind.RESOLVED:
                found.clear()
            else:
                found.append(row)
        return found

    def _rows(self, about_id: str) -> Iterator[Row]:
        return (row for row in self.outbox.values() if row.notification.about_id == about_id)
