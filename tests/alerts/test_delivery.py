"""The delivery worker: fake clock, outbox in memory, channels that do as they are told."""

import asyncio
import logging
import unicodedata
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from alerts.channels.base import Channel, DeliveryError, DeliveryFailure
from alerts.delivery.failure_words import FAILURE_WORDS, told
from alerts.delivery.letter import Letter
from alerts.delivery.surroundings import DeliveryRules
from alerts.delivery.worker import Deliverer
from alerts.messages.message import Message
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.notification import CancelReason, Notification, NotificationKind
from alerts.oncall.model import Directory
from tests.alerts.memory_outbox import MemoryOutbox
from tests.clock import FakeClock

START = 1_795_290_420.0
DAY = 86_400.0
OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED

TEMPORARY = DeliveryError("deferred", DeliveryFailure.DEFERRED)
NO_SERVER = DeliveryError("no route", DeliveryFailure.CONNECT)
PERMANENT = DeliveryError("no such user", DeliveryFailure.RECIPIENT, permanent=True)
NO_ANSWER = DeliveryError("no answer", DeliveryFailure.TIMEOUT, in_doubt=True)


def notice(number: int = 1, channel: str = "email", due_at: float = START, **changes: object) -> Notification:
    given = Notification(f"SC-2026-{number:04d}", OPENED, channel, "truc@a.example", due_at)
    return replace(given, **changes)  # type: ignore[arg-type]


class ScriptedChannel:
    """Sends, or does what its script says next: an exception to raise, or "hang"."""

    def __init__(
        self,
        clock: FakeClock,
        script: Sequence[Exception | str] = (),
        default: object = None,
        *,
        knows_repeats: bool = True,
    ) -> None:
        self.clock = clock
        self.script = list(script)
        self.default = default
        self.knows_repeats = knows_repeats
        self.attempts: list[tuple[str, float]] = []
        self.sent: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.threads: list[str] = []

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del recipient
        self.attempts.append((message.text, self.clock.now() - START))
        self.ids.append(message_id)
        outcome = self.script.pop(0) if self.script else self.default
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == "hang":
            await asyncio.Event().wait()
        self.sent.append((message.text, message_id))
        self.threads.append(thread_id)
        return "r1"


async def compose(letter: Letter) -> Message:
    text = " ".join(f"{news.about_id[-1]}:{news.kind}{':late' * news.is_late}" for news in letter.news)
    text += " again" * letter.is_repeat
    first = letter.news[0]
    return Message(first.about_id, first.kind, 0.0, "s", "h", text, "b")


@asynccontextmanager
async def delivering(
    outbox: MemoryOutbox,
    clock: FakeClock,
    *,
    rules: DeliveryRules = DeliveryRules(),  # noqa: B008 (frozen)
    composer: Callable[[Letter], object] = compose,
    hold_of: Callable[[Notification], Hold | None] = lambda _notification: None,
    directory: Directory = Directory(),  # noqa: B008 (frozen)
    **channels: Channel,
) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(
        outbox,
        channels,
        composer,  # type: ignore[arg-type]
        clock,
        hold_of=hold_of,
        directory=lambda: directory,
        rules=rules,
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


async def test_what_is_due_for_one_recipient_goes_out_at_once_as_one_message(clock: FakeClock) -> None:
    outbox = MemoryOutbox(notice(1), notice(2), notice(3, recipient="khac@a.example"))
    channel = ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel) as deliverer:
        assert deliverer.counts.sent["email"] == 2

    assert [text for text, _ in channel.sent] == ["1:opened 2:opened", "3:opened"]
    assert outbox.is_settled
    assert {entry.receipt for entry in outbox.entries.values()} == {"r1"}


async def test_what_is_planned_goes_out_at_its_time(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(due_at=START + 5)), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(10)

    assert [at for _, at in channel.attempts] == [5.0]


async def test_a_wake_up_sends_new_rows_at_once(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=channel) as deliverer:
        outbox.put(notice())
        deliverer.wake()
        await clock.settle()

    assert channel.attempts == [("1:opened", 0.0)]


async def test_waits_longer_after_each_failure_and_repeats_the_same_message_id(clock: FakeClock) -> None:
    refused = DeliveryError("no", DeliveryFailure.INTERNAL)
    channel = ScriptedChannel(clock, [refused] * 2)

    async with delivering(MemoryOutbox(notice()), clock, email=channel):
        await clock.advance(30)

    times = [at for _, at in channel.attempts]
    assert len(times) == 3
    assert 5 <= times[1] <= 7
    assert 15 <= times[2] - times[1] <= 19
    assert len(set(channel.ids)) == 1


async def test_honours_what_the_server_asks_for(clock: FakeClock) -> None:
    slower = DeliveryError("later", DeliveryFailure.DEFERRED, retry_after_s=120.0)
    channel = ScriptedChannel(clock, [slower])

    async with delivering(MemoryOutbox(notice()), clock, email=channel):
        await clock.advance(119)
        early = len(channel.attempts)
        await clock.advance(2)

    assert (early, len(channel.attempts)) == (1, 2)


@pytest.mark.parametrize("reason", DeliveryFailure)
def test_every_failure_says_what_it_is_what_to_do_and_what_the_channel_met(reason: DeliveryFailure) -> None:
    said = told(DeliveryError("554", reason))

    what, _, remedy = FAILURE_WORDS[reason].partition("; ")
    assert all((what, remedy))
    assert said == unicodedata.normalize("NFC", f"{what}; {remedy} (554)")


async def test_a_permanent_failure_becomes_a_dead_letter_at_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [PERMANENT])

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(2_000)

    assert outbox.entries[1].dead_at == START
    assert outbox.errors == [
        "địa chỉ người nhận sai, không có, hoặc không nhận tin; sửa địa chỉ nơi đã ghi nó (no such user)"
    ]
    assert len(channel.attempts) == 1
    assert deliverer.counts.dead["email"] == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_never_gives_up_a_temporary_failure_within_a_day(clock: FakeClock) -> None:
    outbox = MemoryOutbox(notice(due_at=START - DAY + 10))
    outbox.entries[1].row = replace(outbox.entries[1].row, attempts=95)

    async with delivering(outbox, clock, email=ScriptedChannel(clock, default=TEMPORARY)):
        still_waits = outbox.entries[1].waits
        await clock.advance(1_100)

    assert still_waits
    assert outbox.entries[1].dead_at is not None


async def test_a_row_that_slept_through_a_day_without_the_daemon_is_not_given_up(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(due_at=START - 3 * DAY)), ScriptedChannel(clock, [TEMPORARY] * 3)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(100)

    assert outbox.is_settled
    assert outbox.entries[1].sent_at is not None


async def test_a_hanging_channel_delays_no_other(clock: FakeClock) -> None:
    outbox = MemoryOutbox(*(notice(number) for number in range(1, 4)), notice(9, channel="file"))
    email, file = ScriptedChannel(clock, default="hang"), ScriptedChannel(clock)

    async with delivering(outbox, clock, email=email, file=file):
        await clock.advance(1)

    assert len(file.sent) == 1
    assert len(email.attempts) == 1


async def test_a_send_that_takes_too_long_is_in_doubt_and_repeated(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, ["hang"])

    async with delivering(outbox, clock, rules=DeliveryRules(deadline_s=0.05), email=channel) as deliverer:
        ends_at = asyncio.get_running_loop().time() + 5
        while not outbox.calls.get("plan_retry") and asyncio.get_running_loop().time() < ends_at:
            await asyncio.sleep(0.01)
        in_doubt_at = outbox.entries[1].row.in_doubt_at
        await clock.advance(7)

    assert outbox.errors == [f"{FAILURE_WORDS[DeliveryFailure.TIMEOUT]} (not sent within 0.05 s)"]
    assert in_doubt_at == START
    assert deliverer.counts.failed["email", DeliveryFailure.TIMEOUT] == 1
    assert outbox.entries[1].sent_at is not None


async def test_what_may_have_arrived_is_repeated_as_it_was_whatever_became_due(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(1), notice(2)), ScriptedChannel(clock, [NO_ANSWER])

    async with delivering(outbox, clock, email=channel):
        outbox.put(notice(1, kind=RESOLVED, due_at=START + 1))
        outbox.put(notice(3, due_at=START + 1))
        await clock.advance(20)

    assert [text for text, _ in channel.attempts] == [
        "1:opened 2:opened",
        "3:opened",
        "1:opened 2:opened",
        "1:resolved",
    ]
    assert channel.ids[0] == channel.ids[2]


async def test_where_nobody_can_tell_a_repetition_the_urgent_is_sent_once_more_and_says_so(
    clock: FakeClock,
) -> None:
    outbox = MemoryOutbox(notice())
    channel = ScriptedChannel(clock, [NO_ANSWER] * 9, knows_repeats=False)

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(600)

    assert [text for text, _ in channel.attempts] == ["1:opened", "1:opened again"]
    assert deliverer.counts.doubtful["email"] == 1
    assert (outbox.is_settled, outbox.entries[1].row.in_doubt_at) == (True, START)


async def test_where_nobody_can_tell_a_repetition_the_rest_counts_as_sent(clock: FakeClock) -> None:
    outbox = MemoryOutbox(notice(severity=2))
    channel = ScriptedChannel(clock, [NO_ANSWER], knows_repeats=False)

    async with delivering(outbox, clock, email=channel):
        await clock.advance(600)

    assert len(channel.attempts) == 1
    assert (outbox.entries[1].sent_at, outbox.entries[1].row.in_doubt_at) == (START, START)


async def test_a_bug_in_a_channel_is_logged_and_retried(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [ZeroDivisionError("secret-9f3k")])

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(7)

    assert outbox.entries[1].sent_at is not None
    assert outbox.errors == [
        f"{FAILURE_WORDS[DeliveryFailure.INTERNAL]} (the channel failed: ZeroDivisionError)"
    ]
    assert deliverer.counts.failed["email", DeliveryFailure.INTERNAL] == 1
    assert any(record.exc_info for record in caplog.records)


async def test_news_that_cannot_be_composed_holds_up_no_other(clock: FakeClock) -> None:
    async def composer(letter: Letter) -> Message:
        if any(news.about_id == "SC-2026-0001" for news in letter.news):
            raise KeyError("SC-2026-0001")
        return await compose(letter)

    outbox, channel = MemoryOutbox(notice(1), notice(2)), ScriptedChannel(clock)
    async with delivering(outbox, clock, composer=composer, email=channel) as deliverer:
        await clock.advance(1)

    assert [text for text, _ in channel.sent] == ["2:opened"]
    assert outbox.entries[1].waits
    assert deliverer.counts.failed["email", DeliveryFailure.COMPOSE] == 2


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
        async def mark_sent(self, row_ids: Sequence[int], now: float, **rest: object) -> None:
            if self.calls.get("mark_sent", 0) < 5:
                self.failures = 1
            await super().mark_sent(row_ids, now, **rest)  # type: ignore[arg-type]

    outbox, channel = Forgetful(notice()), ScriptedChannel(clock)
    async with delivering(outbox, clock, email=channel):
        await clock.advance(20)

    assert len(channel.attempts) == 1
    assert outbox.entries[1].sent_at is not None


async def test_cancellation_in_mid_send_leaves_the_row_to_be_sent_again_with_the_same_id(
    clock: FakeClock,
) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, ["hang"])

    async with delivering(outbox, clock, email=channel):
        pass
    left = outbox.entries[1]
    waited, attempts = left.waits, left.row.attempts
    outbox.put(notice(2))
    async with delivering(outbox, clock, email=channel):
        pass

    assert (waited, attempts) == (True, 1)
    assert [text for text, _ in channel.sent] == ["1:opened", "2:opened"]
    assert channel.ids[0] == channel.ids[1]


async def test_a_channel_that_keeps_the_request_to_end_for_itself_does_not_hold_up_the_end(
    clock: FakeClock,
) -> None:
    class Deaf:
        knows_repeats = True

        async def send(self, *_message: object, **_ids: object) -> str:
            with suppress(
                asyncio.CancelledError
            ):  # as asyncio.wait_for of 3.11 when the answer is just there
                await asyncio.Event().wait()
            return "r1"

    outbox = MemoryOutbox(notice())
    deliverer = Deliverer(outbox, {"email": Deaf()}, compose, clock)
    task = asyncio.create_task(deliverer.run())
    await clock.settle()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)

    assert done == {task}
    assert task.cancelled()
    assert outbox.is_settled


async def test_a_row_cancelled_before_its_claim_is_not_sent(clock: FakeClock) -> None:
    class Cancelling(MemoryOutbox):
        async def claim(self, row_ids: Sequence[int], message_id: str, now: float) -> bool:
            self.entries[1].cancelled = CancelReason.ABSORBED
            return await super().claim(row_ids, message_id, now)

    outbox, channel = Cancelling(notice(1), notice(2)), ScriptedChannel(clock)
    async with delivering(outbox, clock, email=channel):
        await clock.advance(10)

    assert [text for text, _ in channel.attempts] == ["2:opened"]


async def test_what_ended_while_it_could_not_be_told_is_told_as_one(clock: FakeClock) -> None:
    outbox = MemoryOutbox(notice(), notice(kind=RESOLVED, due_at=START + 1))
    channel = ScriptedChannel(clock, [TEMPORARY])

    async with delivering(outbox, clock, email=channel):
        await clock.advance(30)

    assert [text for text, _ in channel.sent] == ["1:resolved:late"]
    assert outbox.is_settled


async def test_a_repeating_failure_of_a_channel_is_logged_when_it_starts_and_when_it_ends(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rows = (notice(number, recipient=f"truc{number}@a.example") for number in range(1, 6))

    async with delivering(MemoryOutbox(*rows), clock, email=ScriptedChannel(clock, [NO_SERVER] * 4)):
        await clock.advance(200)

    texts = [record.getMessage() for record in caplog.records]
    assert len([text for text in texts if text.startswith("delivery_trouble ")]) == 1
    assert len([text for text in texts if text.startswith("delivery_trouble_over")]) == 1


async def test_what_is_held_back_waits_and_is_asked_about_every_minute(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice(1), notice(2)), ScriptedChannel(clock)
    hold = Hold(SuppressionReason.MAINTENANCE, "w", START + 3_600)

    def hold_of(notification: Notification) -> Hold | None:
        is_over = clock.now() >= START + 90  # ended by hand, long before it was to end
        return hold if notification.about_id.endswith("1") and not is_over else None

    async with delivering(outbox, clock, hold_of=hold_of, email=channel):
        await clock.advance(59)
        row = outbox.entries[1].row
        assert (row.attempts, row.held, row.next_attempt_at) == (0, hold.reason, START + 60)
        await clock.advance(62)

    assert [(text, round(at)) for text, at in channel.attempts] == [("2:opened", 0), ("1:opened", 120)]


async def test_what_is_held_back_after_a_failed_attempt_keeps_its_attempts(clock: FakeClock) -> None:
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [TEMPORARY])
    hold = Hold(SuppressionReason.MAINTENANCE, "w", START + 60)

    def hold_of(_notification: Notification) -> Hold | None:
        return hold if 1 < clock.now() - START < 60 else None

    async with delivering(outbox, clock, hold_of=hold_of, email=channel):
        for _ in range(62):
            await clock.advance(1)

    assert [round(at) for _, at in channel.attempts] == [0, 60]
    assert outbox.entries[1].row.attempts == 2
