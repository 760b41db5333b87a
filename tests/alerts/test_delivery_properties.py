"""Whatever channels do and whenever the daemon dies: nothing is lost, nothing is told twice but in doubt, in order."""

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.delivery.letter import Letter
from alerts.delivery.outbox import OutboxError
from alerts.delivery.worker import Deliverer
from alerts.messages.message import Message
from alerts.model.notification import CancelReason, Notification, NotificationKind
from tests.alerts.memory_outbox import MemoryOutbox
from tests.clock import FakeClock

START = 1_795_290_420.0
OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED


class Crash(BaseException):
    """The daemon dies here: nothing catches it."""


def outcome(step: str) -> None:
    """Do what a step of the script says."""
    if step == "crash":
        raise Crash
    if step == "temporary":
        raise DeliveryError("later", DeliveryFailure.DEFERRED)
    if step == "down":
        raise DeliveryError("no route", DeliveryFailure.CONNECT)
    if step == "doubt":
        raise DeliveryError("no answer", DeliveryFailure.TIMEOUT, in_doubt=True)
    if step == "bug":
        raise ZeroDivisionError
    if step == "storage":
        raise OutboxError("busy")


class Script:
    """What goes wrong next, and whatever comes after it goes well."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._steps = list(steps)
        self.doubts = 0

    def next(self, allowed: Sequence[str]) -> None:
        step = self._steps.pop(0) if self._steps else "fine"
        if step in allowed:
            self.doubts += step in {"crash", "doubt"}
            outcome(step)


class BrittleOutbox(MemoryOutbox):
    """Fails before or after it has written, and dies around its writes."""

    def __init__(self, script: Script, *notifications: Notification) -> None:
        super().__init__(*notifications)
        self.script = script

    async def claim(self, row_ids: Sequence[int], message_id: str, now: float) -> bool:
        self.script.next(("crash", "storage"))
        claimed = await super().claim(row_ids, message_id, now)
        self.script.next(("crash", "storage"))
        return claimed

    async def mark_sent(self, row_ids: Sequence[int], now: float, **rest: Any) -> None:
        self.script.next(("crash", "storage"))
        await super().mark_sent(row_ids, now, **rest)
        self.script.next(("crash", "storage"))

    async def plan_retry(
        self, row_ids: Sequence[int], error: str, next_attempt_at: float, **rest: Any
    ) -> None:
        self.script.next(("crash", "storage"))
        await super().plan_retry(row_ids, error, next_attempt_at, **rest)


class BrittleChannel:
    """Fails before the other side has taken the message, or leaves in doubt whether it has."""

    knows_repeats = True

    def __init__(self, script: Script) -> None:
        self.script = script
        self.taken: list[tuple[str, str, str]] = []

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del thread_id
        self.script.next(("crash", "temporary", "down", "bug", "doubt"))
        self.taken.append((message_id, recipient, message.text))
        self.script.next(("crash", "doubt"))
        return ""


async def compose(letter: Letter) -> Message:
    text = " ".join(f"{news.about_id}/{news.kind}/{int(news.is_late)}" for news in letter.news)
    first = letter.news[0]
    return Message(first.about_id, first.kind, 0.0, "s", "h", text, "b")


async def run_until_settled(
    outbox: BrittleOutbox, channel: BrittleChannel, clock: FakeClock, later: Sequence[Notification]
) -> None:
    """Start the daemon again after each crash, add the `later` rows on the way, and let the time of all retries pass."""
    coming = list(later)
    for _ in range(100):
        deliverer = Deliverer(outbox, {"email": channel}, compose, clock)
        task = asyncio.create_task(deliverer.run())
        for _ in range(40):
            if coming:
                outbox.put(coming.pop(0))
            await clock.advance(7 if coming else 60)
            if task.done() or (outbox.is_settled and not coming):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if outbox.is_settled and not coming:
            return
    raise AssertionError("not settled")


STEPS = ["fine", "fine", "crash", "temporary", "down", "bug", "storage", "doubt"]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.sampled_from(STEPS), max_size=25),
    rows=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([OPENED, OPENED, RESOLVED]), st.integers(1, 2)),
        min_size=1,
        max_size=8,
    ),
)
def test_everything_is_told_in_order_and_ends_only_to_who_was_told(
    steps: list[str], rows: list[tuple[int, NotificationKind, int]]
) -> None:
    notes = [
        Notification(f"SC-{about}", kind, "email", f"{who}@a.example", START + 3 * number, round=number)
        for number, (about, kind, who) in enumerate(rows)
    ]
    script = Script(steps)
    outbox, channel = BrittleOutbox(script, *notes[:2]), BrittleChannel(script)

    asyncio.run(run_until_settled(outbox, channel, FakeClock(now=START), notes[2:]))

    first_times = {message_id: (to, text) for message_id, to, text in reversed(channel.taken)}
    assert len(channel.taken) - len(first_times) <= script.doubts, "told twice, and not in doubt"
    assert len({(mid, text) for mid, _, text in channel.taken}) == len(first_times), "repeated as it was"
    settled = {entry.row.id: entry for entry in outbox.entries.values()}
    assert {entry.cancelled for entry in settled.values()} <= {
        None,
        CancelReason.NEVER_TOLD,
        CancelReason.CAME_BACK_DOWN,
    }
    for about, who in {(about, who) for about, _, who in rows}:
        of = [
            entry
            for entry in settled.values()
            if (entry.note.about_id, entry.note.recipient) == (f"SC-{about}", f"{who}@a.example")
        ]
        heard = [
            news.split("/")
            for to, text in reversed(first_times.values())
            for news in text.split()
            if to == f"{who}@a.example" and news.startswith(f"SC-{about}/")
        ]
        compare(of, heard)


def compare(rows: Sequence[Any], heard: list[list[str]]) -> None:
    """Compare what somebody heard of one incident with what a naive reading of its rows says."""
    tellings = [entry for entry in rows if entry.note.kind is not RESOLVED]
    assert all(entry.sent_at is not None for entry in tellings), "a telling was lost"
    knows = False
    for _, kind, is_late in heard:
        if kind == RESOLVED:
            assert knows is (is_late == "0"), "an end of what was not told"
            knows = False
        else:
            knows = True
    if not rows:
        return
    last = rows[-1]
    if last.note.kind is not RESOLVED:
        assert knows, "they do not know that it goes on"
    elif last.sent_at is not None:
        assert not knows, "they do not know that it is over"
    else:
        assert last.cancelled is CancelReason.NEVER_TOLD
        assert not knows
