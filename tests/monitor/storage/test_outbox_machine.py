"""The outbox in state.db against the naive one in memory: the same calls give the same answers, over restarts too."""

import asyncio
import sqlite3
import tempfile
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts.delivery.merging import merge
from alerts.delivery.outbox import OutboxRow
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind
from monitor.storage.outbox_view import OutboxEntry, select_entries_of
from monitor.storage.state import StateStore
from tests.alerts.memory_outbox import MemoryOutbox
from tests.monitor.storage.samples import T0, notification

OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED
CHANNELS = ("email", "zalo_bot")
INCIDENTS = st.integers(1, 3)
WAITS = st.sampled_from([0.0, 1.0, 5.0, 30.0])
CHANNEL = st.sampled_from(CHANNELS)
REASONS = st.sampled_from([None, SuppressionReason.MAINTENANCE, SuppressionReason.BUDGET])
OUTCOMES = st.sampled_from(["sent", "sent", "retry", "doubt", "dead", "crash", "cancel"])


def every_entry(connection: sqlite3.Connection) -> list[OutboxEntry]:
    return [
        entry for number in range(1, 4) for entry in select_entries_of(connection, f"SC-2026-{number:04}")
    ]


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = T0
        self.naive = MemoryOutbox()
        self.round = 0
        self.stack = AsyncExitStack()
        self.start()

    def start(self) -> None:
        path = Path(self.folder.name) / "state.db"
        self.store = self.runner.run(self.stack.enter_async_context(StateStore.open(path, now=T0)))

    def both(self, name: str, *arguments: object, **options: object) -> object:
        """Ask both the same; they must say the same."""
        answers = [
            self.runner.run(getattr(outbox, name)(*arguments, **options))
            for outbox in (self.store.outbox, self.naive)
        ]
        assert answers[0] == answers[1], name
        return answers[0]

    def add(self, *notes: Notification) -> None:
        self.both("add", list(notes))

    @rule(number=INCIDENTS, channel=CHANNEL, wait=WAITS, kind=st.sampled_from([OPENED, OPENED, RESOLVED]))
    def tell(self, number: int, channel: str, wait: float, kind: NotificationKind) -> None:
        self.round += 1
        note = notification(number, kind, channel=channel, due_at=self.now + wait)
        self.add(replace(note, round=self.round, person="ngoc"))

    @rule()
    def tell_again(self) -> None:
        """A decision that is saved twice changes nothing."""
        self.add(*(replace(entry.note, due_at=self.now + 99) for entry in self.naive.entries.values()))

    @rule(before=WAITS, is_tried=st.booleans())
    def fall_back(self, before: float, is_tried: bool) -> None:  # noqa: FBT001 (drawn)
        rows = self.both("overdue", "zalo_bot", self.now - before, 100, tried=is_tried)
        assert isinstance(rows, list)
        self.add(
            *(
                replace(
                    row.notification,
                    channel="email",
                    due_at=self.now,
                    instead_of=row.notification.dedup_key,
                )
                for row in rows
            )
        )

    @rule(seconds=st.sampled_from([1.0, 5.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(channel=CHANNEL, reason=REASONS, wait=WAITS)
    def put_off(self, channel: str, reason: SuppressionReason | None, wait: float) -> None:
        rows = self.due(channel)
        if rows:
            self.both("put_off", [rows[0].id], reason, self.now + wait)

    @rule(channel=CHANNEL, outcome=OUTCOMES)
    def deliver(self, channel: str, outcome: str) -> None:
        merged = merge(self.due(channel), self.now)
        self.both("cancel", merged.never_told, CancelReason.NEVER_TOLD)
        self.both("cancel", merged.came_back, CancelReason.CAME_BACK_DOWN)
        for letter in merged.letters[:1]:
            ids = letter.row_ids
            assert self.both("claim", ids, letter.message_id, self.now)
            match outcome:
                case "sent":
                    self.both("mark_sent", ids, self.now, receipt="r")
                case "retry":
                    self.both("plan_retry", ids, "busy", self.now + 5)
                case "doubt":
                    self.both("plan_retry", ids, "no answer", self.now + 5, in_doubt_at=self.now)
                case "dead":
                    self.both("mark_dead", ids, "gone", self.now)
                case "cancel":
                    self.both("cancel", ids, CancelReason.DROPPED)
                    assert self.both("claim", ids, "m", self.now) is False
                case _:
                    self.restart()

    def due(self, channel: str) -> list[OutboxRow]:
        self.both("next_due_at", self.now, channel)
        self.both("sent_since", channel, T0)
        rows = self.both("due", channel, self.now, 100)
        assert isinstance(rows, list)
        return rows

    @rule()
    def restart(self) -> None:
        self.runner.run(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.start()

    @invariant()
    def every_row_is_as_expected(self) -> None:
        found = {
            entry.row.id: (
                replace(entry.row, was_told=False),
                entry.sent_at,
                entry.dead_at,
                entry.cancel_reason,
            )
            for entry in self.runner.run(self.store.database.read(every_entry))
        }
        assert found == {
            entry.row.id: (entry.row, entry.sent_at, entry.dead_at, entry.cancelled)
            for entry in self.naive.entries.values()
        }

    def teardown(self) -> None:
        try:
            for _ in range(200):
                if self.naive.is_settled:
                    break
                self.now += 5
                for channel in CHANNELS:
                    self.deliver(channel, "sent")
            assert self.naive.is_settled
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
