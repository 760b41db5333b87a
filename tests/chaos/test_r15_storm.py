"""R15: three hundred targets fail in one cycle and the channel takes six messages a minute: few messages, and none of the news lost."""

import itertools
import re
from collections import Counter

import pytest

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind
from tests.alerts.communes import COMMUNES, checks_of, communes
from tests.alerts.memory_outbox import MemoryOutbox
from tests.alerts.simulator import Simulator
from tests.alerts.test_delivery import START, delivering, notice
from tests.chaos import promise
from tests.clock import FakeClock
from tests.effort import sized

A_MINUTE = 6
TARGETS, RECIPIENTS = 300, sized(short=12, long=40)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(now=START)


class LimitedChannel:
    """Takes six messages in any minute and refuses the rest as the services do: for now, and saying how long to wait."""

    knows_repeats = True

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.taken: list[tuple[float, str, str]] = []
        self.refused = 0

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del message_id, thread_id
        now = self._clock.now()
        lately = [at for at, _, _ in self.taken if at > now - 60]
        if len(lately) >= A_MINUTE:
            self.refused += 1
            raise DeliveryError("slow down", DeliveryFailure.RATE, retry_after_s=lately[0] + 60 - now)
        self.taken.append((now, recipient, message.text))
        return "r1"


async def test_r15_a_limit_of_six_a_minute_loses_no_news(clock: FakeClock) -> None:
    notes = [
        notice(number, recipient=f"truc{number % RECIPIENTS}@a.example", due_at=START + number % 7)
        for number in range(TARGETS)
    ]
    outbox, channel = MemoryOutbox(*notes), LimitedChannel(clock)

    async with delivering(outbox, clock, composer=naming_all, email=channel):
        for _ in range(60):
            await clock.advance(60)
            if outbox.is_settled:
                break

    begun = [at for at, _, _ in channel.taken]
    most = max(sum(at <= other < at + 60 for other in begun) for at in begun)
    named = Counter(name for _, _, text in channel.taken for name in re.findall(r"SC-2026-\d+", text))
    assert outbox.is_settled
    assert most <= A_MINUTE
    assert named == {note.about_id: 1 for note in notes}
    assert not [entry for entry in outbox.entries.values() if entry.dead_at is not None]
    promise.told(
        15,
        f"a channel that takes {A_MINUTE} a minute: no more are sent, every target is named",
        f"{TARGETS} targets for {RECIPIENTS} people: {len(channel.taken)} messages, at most {most} in a minute, "
        f"{channel.refused} refusals, named {len(named)}, lost 0",
    )


async def naming_all(letter: object) -> Message:
    names = " ".join(news.about_id for news in letter.news)  # type: ignore[attr-defined]
    return Message("x", NotificationKind.OPENED, 0.0, "s", "h", names, "b")


def test_r15_a_storm_is_one_message_and_one_end() -> None:
    land = communes(devices=sized(short=1, long=3))
    inside = range(1, sized(short=21, long=61))
    failing = checks_of(land, inside)
    down_s, back_s = 70.0, float(sized(short=500, long=2_000))
    chance = itertools.cycle(number / 97 for number in range(97))
    simulator = Simulator(
        land,
        {check: [(down_s, back_s)] for check in failing},
        phases={check: next(chance) for check in land.checks},
        tick_s=5.0,
    ).run_until(back_s + 600)
    told = simulator.ledger.told
    targets = {land.checks[check].target_id for check in failing}
    opened = [each for each in told if each.kind is NotificationKind.OPENED]
    ended = [each for each in told if each.kind is NotificationKind.RESOLVED]
    each_minute = Counter((each.recipient, int(each.at) // 60) for each in told)

    assert not simulator.ledger.open
    assert {each.recipient for each in opened} == {each.recipient for each in ended}
    assert max(each_minute.values()) <= A_MINUTE
    promise.told(
        15,
        f"targets that fail together are one problem: at most {A_MINUTE} messages a minute to each person",
        f"{len(targets)} targets of {len(inside)} communes of {COMMUNES} down at once: {len(told)} messages in all "
        f"({len(opened)} beginnings, {len(ended)} ends), at most {max(each_minute.values())} in a minute",
    )
