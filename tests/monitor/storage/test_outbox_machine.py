"""The outbox against a naive model: at least once, one row a key, a recovery only after its problem was sent."""

import asyncio
import sqlite3
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts.delivery.outbox import OutboxRow
from alerts.model.decision import Decision
from alerts.model.hold import SuppressionReason
from alerts.model.notification import Cancellation, CancelReason, Notification, NotificationKind, Replan
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, incident, notification

OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED
PEOPLE = ("an", "hoa")
INCIDENTS = st.integers(1, 3)
REASONS = st.sampled_from([None, SuppressionReason.MAINTENANCE, SuppressionReason.NEW])
WAITS = st.sampled_from([0.0, 1.0, 5.0, 30.0])


@dataclass
class Expected:
    notification: Notification
    next_attempt_at: float
    fate: str = "waiting"
    attempts: int = 0


def all_rows(connection: sqlite3.Connection) -> list[tuple[str, str, int, float, float, str | None]]:
    return connection.execute(
        "select dedup_key, case when sent_at then 'sent' when dead_at then 'dead' "
        "else coalesce(cancel_reason, 'waiting') end, attempts, due_at, next_attempt_at, held from outbox"
    ).fetchall()


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = T0
        self.expected: dict[str, Expected] = {}
        self.received: list[str] = []
        self.stack = AsyncExitStack()
        self.start()

    def start(self) -> None:
        path = Path(self.folder.name) / "state.db"
        self.store = self.runner.run(self.stack.enter_async_context(StateStore.open(path, now=T0)))

    def save(self, decision: Decision) -> None:
        self.runner.run(self.store.commit(decision))

    def expect(self, decision: Decision) -> None:
        for cancellation in decision.cancellations:
            for row in self.expected.values():
                if (
                    row.notification.about_id == cancellation.about_id
                    and row.fate == "waiting"
                    and row.notification.kind is OPENED
                    and row.attempts == 0
                    and row.notification.due_at > cancellation.due_after
                ):
                    row.fate = cancellation.reason
        for new in decision.notifications:
            self.expected.setdefault(new.dedup_key, Expected(new, new.due_at))

        for replan in decision.replanned:
            for row in self.expected.values():
                note = row.notification
                if note.incident_id != replan.incident_id or row.fate != "waiting" or note.kind is not OPENED:
                    continue
                if replan.held is not None:
                    self.put_back(row, replan.held, replan.due_at)
                elif note.held is not None and note.due_at > replan.due_at:
                    self.put_back(row, note.held, replan.due_at)

    def put_back(self, row: Expected, reason: SuppressionReason, until_at: float) -> None:
        row.notification = replace(row.notification, due_at=until_at, held=reason)
        row.next_attempt_at = until_at

    def opened_fates(self, row: Expected) -> set[str]:
        return {
            other.fate
            for other in self.expected.values()
            if replace(row.notification, kind=OPENED, due_at=0, step=0, held=None)
            == replace(other.notification, due_at=0, step=0, held=None)
        }

    def expected_due(self) -> list[str]:
        due = []
        for key, row in self.expected.items():
            if row.fate != "waiting" or row.next_attempt_at > self.now:
                continue
            fates = self.opened_fates(row)
            if row.notification.kind is OPENED or ("sent" in fates and "waiting" not in fates):
                due.append(key)
            elif "waiting" not in fates:
                row.fate = CancelReason.NEVER_TOLD
        return due

    def due(self) -> list[OutboxRow]:
        return self.runner.run(self.store.due("email", self.now, 100))

    @rule(
        number=INCIDENTS,
        to=st.sets(st.sampled_from(PEOPLE)),
        wait=WAITS,
        step=st.integers(0, 1),
        twice=st.booleans(),
    )
    def open(self, number: int, to: set[str], wait: float, step: int, twice: bool) -> None:  # noqa: FBT001 (drawn)
        decision = Decision(
            incidents=(incident(number),),
            notifications=tuple(
                notification(number, to=person, due_at=self.now + wait, step=step) for person in sorted(to)
            ),
        )
        self.save(decision)
        if twice:
            self.save(decision)
        self.expect(decision)

    @rule(number=INCIDENTS, to=st.sets(st.sampled_from(PEOPLE)), wait=WAITS, spare=WAITS)
    def resolve(self, number: int, to: set[str], wait: float, spare: float) -> None:
        incident_id = incident(number).id
        decision = Decision(
            incidents=(incident(number),),
            cancellations=(Cancellation(incident_id, CancelReason.RESOLVED_BEFORE_DUE, self.now + spare),),
            notifications=tuple(
                notification(number, RESOLVED, to=person, due_at=self.now + wait) for person in sorted(to)
            ),
        )
        self.save(decision)
        self.expect(decision)

    @rule(number=INCIDENTS, wait=WAITS, reason=REASONS, twice=st.booleans())
    def replan(self, number: int, wait: float, reason: SuppressionReason | None, twice: bool) -> None:  # noqa: FBT001 (drawn)
        decision = Decision(replanned=(Replan(incident(number).id, self.now + wait, reason),))
        self.save(decision)
        if twice:
            self.save(decision)
        self.expect(decision)

    @rule(data=st.data(), wait=WAITS)
    def put_off(self, data: st.DataObject, wait: float) -> None:
        """What is due turns out to be held back; a row that is settled by then stays as it is."""
        self.expected_due()
        rows = self.due()
        if rows:
            row = data.draw(st.sampled_from(rows))
            until_at = self.now + wait
            self.runner.run(self.store.put_off(row.id, SuppressionReason.OFF_HOURS, until_at))
            self.put_back(self.expected[row.notification.dedup_key], SuppressionReason.OFF_HOURS, until_at)

    @rule(seconds=st.sampled_from([1.0, 5.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), outcome=st.sampled_from(["sent", "sent", "retry", "dead", "crash", "crash before"]))
    def deliver(self, data: st.DataObject, outcome: str) -> None:
        rows = self.due()
        assert sorted(row.notification.dedup_key for row in rows) == sorted(self.expected_due())
        if not rows:
            return
        row = data.draw(st.sampled_from(rows))
        self.attempt(row, outcome)

    def attempt(self, row: OutboxRow, outcome: str) -> None:
        key = row.notification.dedup_key
        model = self.expected[key]
        assert self.runner.run(self.store.claim(row.id, self.now))
        model.attempts += 1
        if outcome in {"sent", "crash"}:
            self.received.append(key)
            if row.notification.kind is RESOLVED:
                assert "sent" in self.opened_fates(model)
        match outcome:
            case "sent":
                self.runner.run(self.store.mark_sent(row.id, self.now))
                model.fate = "sent"
            case "retry":
                self.runner.run(self.store.plan_retry(row.id, "busy", self.now + 5))
                model.next_attempt_at = self.now + 5
            case "dead":
                self.runner.run(self.store.mark_dead(row.id, "gone", self.now))
                model.fate = "dead"
            case _:
                self.restart()

    @rule()
    def restart(self) -> None:
        self.runner.run(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.start()

    @invariant()
    def every_row_is_as_expected(self) -> None:
        rows = self.runner.run(self.store.database.read(all_rows))
        found = {key: tuple(rest) for key, *rest in rows}
        assert len(found) == len(rows)
        assert found == {
            key: (row.fate, row.attempts, row.notification.due_at, row.next_attempt_at, row.notification.held)
            for key, row in self.expected.items()
        }

    def teardown(self) -> None:
        try:
            while (next_at := self.runner.run(self.store.next_due_at(self.now))) is not None:
                self.now = next_at
                for row in self.due():
                    self.attempt(row, "sent")
                self.expected_due()
            assert "waiting" not in {row.fate for row in self.expected.values()}
            assert {key for key, row in self.expected.items() if row.fate == "sent"} <= set(self.received)
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
