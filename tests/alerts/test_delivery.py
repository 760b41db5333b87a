"""The delivery worker: fake clock, outbox in memory, channels that do as they are told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from alerts.channels.base import Channel, DeliveryError, DeliveryFailure
from alerts.delivery.worker import Deliverer, message_id, retry_wait_s
from alerts.messages.message import Message
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind
from tests.alerts.memory_outbox import MemoryOutbox
from tests.clock import FakeClock

START = 1_795_290_420.0
DAY = 86_400.0

TEMPORARY = DeliveryError("deferred", DeliveryFailure.DEFERRED)
PERMANENT = DeliveryError("no such user", DeliveryFailure.RECIPIENT, permanent=True)


def notice(number: int = 1, channel: str = "email", due_at: float = START, **changes: object) -> Notification:
    given = Notification(f"SC-2026-{number:04d}", NotificationKind.OPENED, channel, "truc@a.example", due_at)
    return replace(given, **changes)  # type: ignore[arg-type]


class ScriptedChannel:
    """Sends, or does what its script says next: an exception to raise, or "hang"."""

    def __init__(
        self, clock: FakeClock, script: Sequence[Exception | str] = (), default: object = None
    ) -> None:
        self.clock = clock
        self.script = list(script)
        self.default = default
        self.attempts: list[tuple[str, float]] = []
        self.sent: list[tuple[str, str]] = []
        self.threads: list[str] = []

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> None:
        del recipient
        self.attempts.append((message.about_id, self.clock.now()))
        outcome = self.script.pop(0) if self.script else self.default
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == "hang":
            await asyncio.Event().wait()
        self.sent.append((message.about_id, message_id))
        self.threads.append(thread_id)


async def compose(notification: Notification) -> Message:
    return Message(notification.about_id, notification.kind, 0.0, "s", "h", "t", "b")


@asynccontextmanager
async def delivering(
    outbox: MemoryOutbox,
    clock: FakeClock,
    deadline_s: float = 30.0,
    composer: Callable[[Notification], object] = compose,
    hold_of: Callable[[Notification], Hold | None] = lambda _notification: None,
    **channels: Channel,
) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(
        outbox,
        channels,
        composer,  # type: ignore[arg-type]
        clock,
        hold_of=hold_of,
        deadline_s=deadline_s,
    )
    task = asyncio.create_task(deliverer.run())
    try:
        await clock.settle()
        yield deliverer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(now=START)


async def test_sends_what_is_due_and_marks_it_sent(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel) as deliverer:
        pass

    assert [incident for incident, _ in channel.sent] == ["SC-2026-0001"]
    assert outbox.entries[1].sent_at == START
    assert deliverer.counts.sent["email"] == 1


async def test_waits_until_a_row_is_due(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(due_at=START + 5)), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(4.9)
        early = list(channel.sent)
        await clock.advance(0.2)

    assert early == []
    assert len(channel.sent) == 1


async def test_a_new_row_is_found_at_once_when_woken(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel) as deliverer:
        outbox.add(notice())
        deliverer.wake()
        await clock.settle()

        assert channel.attempts == [("SC-2026-0001", START)]


async def test_a_new_row_is_found_within_a_second_without_being_woken(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel):
        outbox.add(notice())
        await clock.advance(1.0)

        assert len(channel.sent) == 1


async def test_temporary_failures_are_retried_ever_more_slowly(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [TEMPORARY] * 7)

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(4_000)

    waits = [
        round(later - sooner)
        for (_, sooner), (_, later) in zip(channel.attempts, channel.attempts[1:], strict=False)
    ]
    assert waits == [5, 15, 60, 300, 900, 900, 900]
    assert outbox.entries[1].sent_at is not None
    assert deliverer.counts.failed["email", DeliveryFailure.DEFERRED] == 7


async def test_all_attempts_of_a_row_carry_one_message_id(clock: FakeClock) -> None:
    seen: list[str] = []

    class Recording(ScriptedChannel):
        async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> None:
            seen.append(message_id)
            await super().send(message, recipient, message_id=message_id, thread_id=thread_id)

    async with delivering(MemoryOutbox(notice()), clock, email=Recording(clock, [TEMPORARY] * 2)):
        await clock.advance(30)

    assert len(seen) == 3
    assert len(set(seen)) == 1


async def test_honours_what_the_server_asks_for(clock: FakeClock) -> None:
    slower = DeliveryError("later", DeliveryFailure.DEFERRED, retry_after_s=120.0)
    channel = ScriptedChannel(clock, [slower])

    async with delivering(MemoryOutbox(notice()), clock, email=channel):
        await clock.advance(119)
        early = len(channel.attempts)
        await clock.advance(2)

    assert (early, len(channel.attempts)) == (1, 2)


async def test_a_permanent_failure_becomes_a_dead_letter_at_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [PERMANENT])

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(2_000)

    assert outbox.entries[1].dead_at == START
    assert outbox.errors == ["no such user"]
    assert len(channel.attempts) == 1
    assert deliverer.counts.dead["email"] == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_never_gives_up_a_temporary_failure_within_a_day(clock: FakeClock) -> None:
    outbox = MemoryOutbox(notice(due_at=START - DAY + 10))
    outbox.entries[1].row = replace(outbox.entries[1].row, attempts=95)

    async with delivering(outbox, clock, email=ScriptedChannel(clock, default=TEMPORARY)):
        still_waits = outbox.entries[1].waits
        await clock.advance(901)

    assert still_waits
    assert outbox.entries[1].dead_at is not None


async def test_a_row_that_slept_through_a_day_without_the_daemon_is_not_given_up(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(due_at=START - 3 * DAY)), ScriptedChannel(clock, [TEMPORARY] * 3)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(100)

    assert outbox.entries[1].sent_at is not None


async def test_a_hanging_channel_delays_no_other(clock: FakeClock) -> None:
    outbox = MemoryOutbox(*(notice(number) for number in range(1, 4)), notice(9, channel="file"))
    email, file = ScriptedChannel(clock, default="hang"), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=email, file=file):
        await clock.advance(1)

    assert len(file.sent) == 1
    assert len(email.attempts) == 1


async def test_a_send_that_takes_too_long_is_tried_again(clock: FakeClock) -> None:
    class Telling(MemoryOutbox):
        planned = asyncio.Event()

        async def plan_retry(self, row_id: int, error: str, next_attempt_at: float) -> None:
            await super().plan_retry(row_id, error, next_attempt_at)
            self.planned.set()

    outbox, channel = Telling(notice()), ScriptedChannel(clock, ["hang"])

    async with delivering(outbox, clock, deadline_s=0.05, email=channel) as deliverer:
        await asyncio.wait_for(outbox.planned.wait(), 5)
        await clock.advance(6)

    assert outbox.errors == ["not sent within 0.05 s"]
    assert deliverer.counts.failed["email", DeliveryFailure.TIMEOUT] == 1
    assert outbox.entries[1].sent_at is not None


async def test_a_bug_in_a_channel_is_logged_and_retried(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [ZeroDivisionError("secret-9f3k")])

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(6)

    assert outbox.entries[1].sent_at is not None
    assert outbox.errors == ["the channel failed: ZeroDivisionError"]
    assert deliverer.counts.failed["email", DeliveryFailure.INTERNAL] == 1
    assert any(record.exc_info for record in caplog.records)


async def test_a_message_that_cannot_be_composed_is_retried_and_holds_up_no_other(clock: FakeClock) -> None:
    async def composer(notification: Notification) -> Message:
        if notification.about_id == "SC-2026-0001":
            raise KeyError("SC-2026-0001")
        return await compose(notification)

    outbox, channel = MemoryOutbox(notice(1), notice(2)), ScriptedChannel(clock)
    async with delivering(outbox, clock, composer=composer, email=channel) as deliverer:
        await clock.advance(1)

    assert [incident for incident, _ in channel.sent] == ["SC-2026-0002"]
    assert outbox.entries[1].waits
    assert deliverer.counts.failed["email", DeliveryFailure.COMPOSE] == 1


async def test_outbox_errors_are_logged_once_and_outlived(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock)
    outbox.failures = 10

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(12)

    assert len(channel.sent) == 1
    assert deliverer.counts.outbox_errors == 10
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    assert any("times=10" in record.getMessage() for record in caplog.records)


async def test_a_send_that_cannot_be_marked_is_not_sent_again(clock: FakeClock) -> None:
    class Forgetful(MemoryOutbox):
        async def mark_sent(self, row_id: int, now: float) -> None:
            if self.calls.get("mark_sent", 0) < 5:
                self.failures = 1
            await super().mark_sent(row_id, now)

    outbox, channel = Forgetful(notice()), ScriptedChannel(clock)
    async with delivering(outbox, clock, email=channel):
        await clock.advance(20)

    assert len(channel.attempts) == 1
    assert outbox.entries[1].sent_at is not None


async def test_cancellation_in_mid_send_leaves_the_row_to_be_sent_again(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, ["hang"])

    async with delivering(outbox, clock, email=channel):
        pass
    left = outbox.entries[1]
    waited, attempts = left.waits, left.row.attempts
    async with delivering(outbox, clock, email=channel):
        pass

    assert (waited, attempts) == (True, 1)
    assert len(channel.sent) == 1


async def test_a_row_cancelled_before_its_claim_is_not_sent(clock: FakeClock) -> None:
    class Cancelling(MemoryOutbox):
        async def claim(self, row_id: int, now: float) -> bool:
            self.entries[row_id].cancelled = CancelReason.ABSORBED
            return await super().claim(row_id, now)

    outbox, channel = Cancelling(notice()), ScriptedChannel(clock)
    async with delivering(outbox, clock, email=channel):
        await clock.advance(10)

    assert channel.attempts == []


async def test_the_recovery_waits_for_the_news_of_the_failure_and_joins_its_thread(clock: FakeClock) -> None:
    recovery = notice(kind=NotificationKind.RESOLVED, due_at=START + 1)
    outbox, channel = MemoryOutbox(notice(), recovery), ScriptedChannel(clock, [TEMPORARY] * 2)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(30)

    (_, opened_id), (_, resolved_id) = channel.sent
    assert opened_id == message_id(notice())
    assert resolved_id == message_id(recovery)
    assert channel.threads == [opened_id, opened_id]


async def test_a_repeating_failure_of_a_channel_is_logged_when_it_starts_and_when_it_ends(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox = MemoryOutbox(*(notice(number) for number in range(1, 6)))

    async with delivering(outbox, clock, email=ScriptedChannel(clock, [TEMPORARY] * 5)):
        await clock.advance(10)

    texts = [record.getMessage() for record in caplog.records]
    assert len([text for text in texts if text.startswith("delivery_trouble ")]) == 1
    assert len([text for text in texts if text.startswith("delivery_trouble_over")]) == 1


def test_message_ids_name_no_address_and_differ_by_recipient() -> None:
    first, second = notice(), notice(recipient="khac@a.example")

    assert message_id(first) != message_id(second)
    assert "@" not in message_id(first)
    assert message_id(first).startswith("sc-2026-0001.opened.")
    assert message_id(first) == message_id(replace(first, due_at=START + 9))


@pytest.mark.parametrize(("asked", "wait"), [(None, 5.0), (0.0, 1.0), (120.0, 120.0), (90_000.0, 900.0)])
def test_waits_asked_for_stay_within_bounds(asked: float | None, wait: float) -> None:
    assert retry_wait_s(1, asked) == wait


async def test_what_is_held_back_waits_until_the_end_of_the_hold_without_an_attempt(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock)
    hold = Hold(SuppressionReason.MAINTENANCE, "w", START + 60)

    def hold_of(_notification: Notification) -> Hold | None:
        return hold if clock.now() < hold.until_at else None

    async with delivering(outbox, clock, hold_of=hold_of, email=channel):
        await clock.advance(59)
        row = outbox.entries[1].row
        assert (channel.attempts, row.attempts, row.notification.held) == ([], 0, hold.reason)
        await clock.advance(2)

    assert [round(at - START) for _, at in channel.attempts] == [60]


async def test_what_is_held_back_after_a_failed_attempt_keeps_its_attempts(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [TEMPORARY])
    hold = Hold(SuppressionReason.MAINTENANCE, "w", START + 60)

    def hold_of(_notification: Notification) -> Hold | None:
        return hold if 1 < clock.now() - START < 60 else None

    async with delivering(outbox, clock, hold_of=hold_of, email=channel):
        for _ in range(62):
            await clock.advance(1)

    assert [round(at - START) for _, at in channel.attempts] == [0, 60]
    assert outbox.entries[1].row.attempts == 2
