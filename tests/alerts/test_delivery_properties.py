"""Whatever channels do and whenever the daemon dies: every row is told at least once, in the right order."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.delivery.outbox import OutboxError
from alerts.delivery.worker import Deliverer, message_id
from alerts.messages.message import Message
from alerts.model.notification import Notification, NotificationKind
from tests.alerts.memory_outbox import MemoryOutbox
from tests.clock import FakeClock

START = 1_795_290_420.0


class Crash(BaseException):
    """The daemon dies here: nothing catches it."""


def outcome(step: str) -> None:
    """Do what a step of the script says."""
    if step == "crash":
        raise Crash
    if step == "temporary":
        raise DeliveryError("later", DeliveryFailure.DEFERRED)
    if step == "bug":
        raise ZeroDivisionError
    if step == "storage":
        raise OutboxError("busy")


class Script:
    """What goes wrong next, and whatever comes after it goes well."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._steps = list(steps)

    def next(self, allowed: Sequence[str]) -> None:
        step = self._steps.pop(0) if self._steps else "fine"
        if step in allowed:
            outcome(step)


class BrittleOutbox(MemoryOutbox):
    """Fails before or after it has written, and dies around its writes."""

    def __init__(self, script: Script, *notifications: Notification) -> None:
        super().__init__(*notifications)
        self.script = script

    async def claim(self, row_id: int, now: float) -> bool:
        self.script.next(("crash", "storage"))
        claimed = await super().claim(row_id, now)
        self.script.next(("crash", "storage"))
        return claimed

    async def mark_sent(self, row_id: int, now: float) -> None:
        self.script.next(("crash", "storage"))
        await super().mark_sent(row_id, now)
        self.script.next(("crash", "storage"))

    async def plan_retry(self, row_id: int, error: str, next_attempt_at: float) -> None:
        self.script.next(("crash", "storage"))
        await super().plan_retry(row_id, error, next_attempt_at)


class BrittleChannel:
    """Fails before or after the other side has taken the message."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.taken: list[str] = []

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> None:
        del message, recipient, thread_id
        self.script.next(("crash", "temporary", "bug"))
        self.taken.append(message_id)
        self.script.next(("crash", "temporary"))


async def compose(notification: Notification) -> Message:
    return Message(notification.about_id, notification.kind, 0.0, "s", "h", "t", "b")


async def run_until_settled(outbox: BrittleOutbox, channel: BrittleChannel, clock: FakeClock) -> None:
    """Start the daemon again after each crash, and let the time of all retries pass."""
    for _ in range(100):
        deliverer = Deliverer(outbox, {"email": channel}, compose, clock)
        task = asyncio.create_task(deliverer.run())
        for _ in range(40):
            await clock.advance(60)
            if task.done() or not any(entry.waits for entry in outbox.entries.values()):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not any(entry.waits for entry in outbox.entries.values()):
            return
    raise AssertionError("not settled")


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.sampled_from(["fine", "crash", "temporary", "bug", "storage"]), max_size=25),
    recipients=st.integers(1, 3),
    recovered=st.lists(st.booleans(), min_size=1, max_size=3),
)
def test_every_row_is_told_at_least_once_and_no_recovery_before_its_failure(
    steps: list[str], recipients: int, recovered: list[bool]
) -> None:
    rows = [
        Notification(f"SC-2026-{number:04d}", kind, "email", f"truc{who}@a.example", START + late)
        for number, has_recovered in enumerate(recovered)
        for who in range(recipients)
        for kind, late in ((NotificationKind.OPENED, 5.0), (NotificationKind.RESOLVED, 3.0))
        if kind is NotificationKind.OPENED or has_recovered
    ]
    script = Script(steps)
    outbox, channel = BrittleOutbox(script, *rows), BrittleChannel(script)

    asyncio.run(run_until_settled(outbox, channel, FakeClock(now=START)))

    assert set(channel.taken) == {message_id(row) for row in rows}
    assert all(entry.sent_at is not None for entry in outbox.entries.values())
    for row in rows:
        if row.kind is NotificationKind.RESOLVED:
            opened = Notification(
                row.incident_id, NotificationKind.OPENED, row.channel, row.recipient, row.due_at
            )
            assert channel.taken.index(message_id(opened)) < channel.taken.index(message_id(row))
    assert len(channel.taken) <= len(rows) + len(steps)
