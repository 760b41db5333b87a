"""When a channel fails: it rests, people are told elsewhere, budgets are kept, and somebody hears of it."""

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.delivery.alarm import Signs, alarm, audience, raised_by, troubled
from alerts.delivery.budget import Allowance, Budget, allowance, month_began_at, next_digest_at
from alerts.delivery.fallback import substitutes
from alerts.delivery.outbox import OutboxRow
from alerts.delivery.rests import WORKS, after_failure, retry_wait_s, spread
from alerts.delivery.surroundings import DeliveryRules
from alerts.delivery.worker import Deliverer
from alerts.model.notification import CancelReason, Notification, NotificationKind
from alerts.oncall.model import Address, Contact, Directory, Hours, Policy, Step
from inventory.model import Calendar
from tests.alerts.memory_outbox import MemoryOutbox
from tests.alerts.province import province
from tests.alerts.test_delivery import (
    NO_SERVER,
    OPENED,
    PERMANENT,
    RESOLVED,
    START,
    ScriptedChannel,
    compose,
    delivering,
    notice,
)
from tests.clock import FakeClock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NGOC = Contact("ngoc", "Ngọc", (Address("zalo_bot", "c1"), Address("email", "ngoc@a.example")))
PEOPLE = Directory({"ngoc": NGOC})
AUTH = DeliveryError("wrong token", DeliveryFailure.AUTH, permanent=True)
WINDOW = DeliveryError("no message from them", DeliveryFailure.WINDOW, permanent=True)


def at(hour: int, day: int = 15) -> float:
    return datetime(2026, 11, day, hour, tzinfo=ZONE).timestamp()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(now=START)


def to_ngoc(kind: NotificationKind = OPENED, due_at: float = START) -> Notification:
    return notice(1, "zalo_bot", due_at, recipient="c1", person="ngoc", kind=kind)


async def test_a_channel_that_fails_rests_and_is_asked_with_one_letter(clock: FakeClock) -> None:
    rows = [notice(number, recipient=f"truc{number}@a.example") for number in range(1, 30)]
    outbox, channel = MemoryOutbox(*rows), ScriptedChannel(clock, [NO_SERVER] * 4)

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(30)
        assert len(channel.attempts) == 3
        assert deliverer.failing_since == {"email": START}
        await clock.advance(150)
        assert deliverer.failing_since == {}

    assert outbox.is_settled
    assert len(channel.attempts) == 4 + 29


async def test_a_person_who_asks_ends_the_rest(clock: FakeClock) -> None:
    slow_down = DeliveryError("slow down", DeliveryFailure.RATE, retry_after_s=600)
    outbox, channel = MemoryOutbox(notice()), ScriptedChannel(clock, [slow_down])

    async with delivering(outbox, clock, email=channel) as deliverer:
        await clock.advance(60)
        assert len(channel.attempts) == 1
        outbox.entries[1].row = replace(outbox.entries[1].row, next_attempt_at=clock.now())
        deliverer.try_again()
        await clock.settle()

    assert outbox.is_settled


async def test_what_a_channel_cannot_take_for_two_minutes_goes_to_the_next_address_once(
    clock: FakeClock,
) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock, [NO_SERVER] * 5), ScriptedChannel(clock)

    async with delivering(outbox, clock, directory=PEOPLE, zalo_bot=bot, email=email):
        await clock.advance(110)
        assert email.attempts == []
        await clock.advance(600)

    assert [text for text, _ in email.sent] == ["1:opened"]
    assert 120 <= email.attempts[0][1] <= 130
    assert bot.sent == []
    assert outbox.entries[1].cancelled is CancelReason.TOLD_OTHERWISE


async def test_a_channel_known_to_be_down_delays_nothing_new(clock: FakeClock) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock, default=NO_SERVER), ScriptedChannel(clock)

    async with delivering(outbox, clock, directory=PEOPLE, zalo_bot=bot, email=email) as deliverer:
        await clock.advance(1_000)
        outbox.put(replace(to_ngoc(due_at=clock.now()), about_id="SC-2026-0002"))
        deliverer.wake()
        await clock.advance(6)
        assert [text for text, _ in email.sent] == ["1:opened", "2:opened"]


async def test_the_end_of_what_was_told_elsewhere_is_told_there(clock: FakeClock) -> None:
    outbox = MemoryOutbox(to_ngoc(), to_ngoc(kind=RESOLVED, due_at=START + 100))
    bot, email = ScriptedChannel(clock, default=NO_SERVER), ScriptedChannel(clock)

    async with delivering(outbox, clock, directory=PEOPLE, zalo_bot=bot, email=email):
        await clock.advance(600)

    assert [text for text, _ in email.sent] == ["1:resolved:late"]
    assert outbox.is_settled


async def test_nobody_who_has_no_other_address_stands_in_the_way_of_those_who_have(clock: FakeClock) -> None:
    hoa = Contact("hoa", "Hoa", (Address("zalo_bot", "c2"),))
    rows = [notice(number, "zalo_bot", recipient="c2", person="hoa") for number in range(300)]
    outbox = MemoryOutbox(*rows, replace(to_ngoc(), due_at=START + 1))
    bot, email = ScriptedChannel(clock, default=NO_SERVER), ScriptedChannel(clock)
    directory = Directory({"ngoc": NGOC, "hoa": hoa})

    async with delivering(outbox, clock, directory=directory, zalo_bot=bot, email=email):
        await clock.advance(150)

    assert [text for text, _ in email.sent] == ["1:opened"]


async def test_what_two_people_share_is_told_there_once_and_counted_once(clock: FakeClock) -> None:
    people = [
        Contact(each, each, (Address("zalo_bot", each), Address("email", "to@a.example")))
        for each in ("ngoc", "hoa")
    ]
    outbox = MemoryOutbox(*(notice(1, "zalo_bot", recipient=each.id, person=each.id) for each in people))
    bot, email = ScriptedChannel(clock, default=NO_SERVER), ScriptedChannel(clock)
    directory = Directory({each.id: each for each in people})

    async with delivering(outbox, clock, directory=directory, zalo_bot=bot, email=email) as deliverer:
        await clock.advance(900)
        assert deliverer.counts.elsewhere == {"zalo_bot": 1}

    assert len(email.sent) == 1


async def test_an_address_that_comes_while_a_channel_is_down_is_used(clock: FakeClock) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock, default=NO_SERVER), ScriptedChannel(clock)
    people = [Directory({"ngoc": replace(NGOC, addresses=NGOC.addresses[:1])})]
    deliverer = Deliverer(
        outbox, {"zalo_bot": bot, "email": email}, compose, clock, directory=lambda: people[-1]
    )
    task = asyncio.create_task(deliverer.run())

    await clock.advance(200)
    assert email.attempts == []
    people.append(PEOPLE)
    await clock.advance(10)
    task.cancel()

    assert [text for text, _ in email.sent] == ["1:opened"]


@pytest.mark.parametrize("step_s", [-7_200.0, 7_200.0])
async def test_a_clock_that_is_set_neither_prolongs_a_rest_nor_makes_a_trouble_older(
    clock: FakeClock, step_s: float
) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock, [NO_SERVER] * 6, default=NO_SERVER), ScriptedChannel(clock)

    async with delivering(outbox, clock, directory=PEOPLE, zalo_bot=bot, email=email) as deliverer:
        await clock.advance(60)
        tried = len(bot.attempts)
        clock.step_wall(step_s)
        entry = outbox.entries[1]
        if step_s < 0:  # as the store does
            note = replace(entry.note, due_at=clock.now())
            entry.row = replace(entry.row, notification=note, next_attempt_at=clock.now())
        deliverer.clock_stepped(step_s)
        assert deliverer.failing_since == {"zalo_bot": START + step_s}
        await clock.advance(30)
        assert len(bot.attempts) > tried
        assert email.attempts == []
        await clock.advance(100)

    assert [text for text, _ in email.sent] == ["1:opened"]


@pytest.mark.parametrize("error", [WINDOW, PERMANENT, AUTH])
async def test_what_will_never_work_goes_to_the_next_address_at_once(
    clock: FakeClock, error: DeliveryError
) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock, default=error), ScriptedChannel(clock)

    async with delivering(outbox, clock, directory=PEOPLE, zalo_bot=bot, email=email):
        await clock.advance(6)

    assert [text for text, _ in email.sent] == ["1:opened"]
    assert outbox.is_settled
    assert (outbox.entries[1].dead_at is not None) is (error is PERMANENT)


async def test_only_the_urgent_uses_the_last_part_of_the_month_and_the_rest_goes_in_the_morning(
    clock: FakeClock,
) -> None:
    outbox = MemoryOutbox()
    bot = ScriptedChannel(clock)
    rules = DeliveryRules(budgets={"zalo_bot": Budget(10)})

    async with delivering(outbox, clock, rules=rules, zalo_bot=bot) as deliverer:
        for number in range(1, 10):
            outbox.put(notice(number, "zalo_bot", recipient="c1", severity=2, due_at=clock.now()))
            deliverer.wake()
            await clock.advance(2)
        outbox.put(notice(9, "zalo_bot", recipient="c1", severity=2, kind=RESOLVED, due_at=clock.now()))
        outbox.put(notice(0, "zalo_bot", recipient="c2", severity=1, due_at=clock.now()))
        deliverer.wake()
        await clock.advance(2)
        assert len(bot.sent) == 9
        await clock.advance(next_digest_at(START, ZONE) - clock.now() + 2)

    assert [text for text, _ in bot.sent[8:]] == ["0:opened", "9:resolved:late"]


async def test_when_the_month_is_used_up_people_are_told_elsewhere(clock: FakeClock) -> None:
    outbox = MemoryOutbox(to_ngoc())
    bot, email = ScriptedChannel(clock), ScriptedChannel(clock)
    rules = DeliveryRules(budgets={"zalo_bot": Budget(0)})

    async with delivering(outbox, clock, rules=rules, directory=PEOPLE, zalo_bot=bot, email=email):
        await clock.advance(2)

    assert (bot.attempts, [text for text, _ in email.sent]) == ([], ["1:opened"])


async def test_three_hours_of_a_dead_channel_are_told_once_merged_and_in_order(clock: FakeClock) -> None:
    outbox = MemoryOutbox()
    channel = ScriptedChannel(clock, default=NO_SERVER)

    async with delivering(outbox, clock, email=channel) as deliverer:
        for number in range(1, 31):
            outbox.put(notice(number % 10, due_at=clock.now(), round=number))
            if number % 3:
                outbox.put(notice(number % 10, kind=RESOLVED, due_at=clock.now() + 10, round=number))
            await clock.advance(360)
        tried, channel.default = len(channel.attempts), None
        await clock.advance(120)
        assert deliverer.counts.sent["email"] == 1

    ((text, _),) = channel.sent
    told = dict(each.split(":", 1) for each in text.split())
    last = {number % 10: number for number in range(1, 31)}
    assert told == {str(about): "resolved:late" if number % 3 else "opened" for about, number in last.items()}
    assert outbox.is_settled
    assert tried <= 3 * 3_600 / 60 + 4, "a channel that rests is asked once a minute"


def test_waits_are_spread_by_who_waits_alone() -> None:
    waits = {spread(60.0, f"m{number}") for number in range(100)}

    assert len(waits) > 90
    assert all(60 <= wait <= 72 for wait in waits)
    assert retry_wait_s(2, "a") == retry_wait_s(2, "a")


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 1.0), (120.0, 120.0), (90_000.0, 900.0)])
def test_waits_asked_for_stay_within_bounds(asked: float, wait: float) -> None:
    assert retry_wait_s(1, "a", asked) == wait


def test_a_channel_rests_after_three_letters_failed_one_after_the_other() -> None:
    condition = WORKS
    for _ in range(2):
        condition = after_failure(
            condition, DeliveryError("?", DeliveryFailure.TIMEOUT), START, channel="email"
        )
    assert not condition.is_down

    condition = after_failure(condition, DeliveryError("?", DeliveryFailure.TIMEOUT), START, channel="email")

    assert condition.is_resting(START + 1)
    assert after_failure(WORKS, PERMANENT, START, channel="email") == WORKS


def test_news_goes_through_a_persons_addresses_in_their_order_and_past_those_that_are_down() -> None:
    addresses = (*NGOC.addresses, Address("webhook", "w"))
    directory = Directory({"ngoc": replace(NGOC, addresses=addresses)})
    first = OutboxRow(1, to_ngoc())
    second = substitutes([first], directory, START)[1]

    assert (second.channel, second.instead_of) == ("email", first.notification.dedup_key)
    assert substitutes([first], directory, START, down={"email"})[1].channel == "webhook"
    assert substitutes([OutboxRow(2, second)], directory, START, down={"zalo_bot"})[2].channel == "webhook"
    assert substitutes([OutboxRow(3, replace(second, channel="webhook", recipient="w"))], directory, 0) == {}


def test_answers_and_tests_are_for_one_channel_only() -> None:
    about = ("reply:zalo_bot:1", "test:1:ngoc")
    rows = [
        OutboxRow(number, replace(to_ngoc(), about_id=each, kind=NotificationKind.BULLETIN))
        for number, each in enumerate(about)
    ]

    assert substitutes(rows, PEOPLE, START) == {}


@pytest.mark.parametrize(
    ("sent", "severity", "was_kept", "answer"),
    [
        (79, 3, False, Allowance.SEND),
        (80, 2, False, Allowance.KEEP),
        (80, 2, True, Allowance.SEND),
        (80, 1, False, Allowance.SEND),
        (100, 1, False, Allowance.ELSEWHERE),
    ],
)
def test_the_budget_keeps_the_last_part_for_what_is_urgent(
    sent: int,
    severity: int,
    was_kept: bool,  # noqa: FBT001 (a parameter)
    answer: Allowance,
) -> None:
    assert allowance(Budget(100), sent, severity, was_kept=was_kept) is answer


def test_months_and_mornings_are_those_of_the_province() -> None:
    assert (
        month_began_at(datetime(2026, 11, 30, 17, 30, tzinfo=ZoneInfo("UTC")).timestamp(), ZONE)
        == at(0, 30) + 86_400
    )
    assert next_digest_at(at(3), ZONE) == at(7)
    assert next_digest_at(at(7), ZONE) == at(7, 16)


STEPS = (Step(("ngoc", "file:nhat-ky", "zalo_bot:c9")),)


def test_a_channel_in_trouble_is_told_of_on_another_once_and_when_it_is_over() -> None:
    troubles = troubled(Signs({"zalo_bot": START - 121}, {"zalo_bot": START - 200}), START)
    decision, raised = alarm({}, troubles, STEPS, PEOPLE, START)
    again, still = alarm(raised, troubles, STEPS, PEOPLE, START + 60)
    over, none = alarm(raised, {}, STEPS, PEOPLE, START + 90)

    assert troubles == {"zalo_bot": START - 121}
    assert decision is not None
    assert over is not None
    assert [(n.channel, n.recipient) for n in decision.notifications] == [
        ("email", "ngoc@a.example"),
        ("file", "nhat-ky"),
    ]
    assert (again, still, none) == (None, raised, {})
    assert [each.bulletins[0].id for each in (decision, over)] == [
        f"self:delivery.zalo_bot:{START - 121:.0f}",
        f"self:delivery.zalo_bot:{START - 121:.0f}:over",
    ]
    assert ("zalo_bot", "c9") in [(n.channel, n.recipient) for n in over.notifications]


def test_what_nobody_can_be_told_of_is_told_when_a_channel_works_again() -> None:
    both = {"email": START - 130, "zalo_bot": START - 125}
    only_ngoc = (Step(("ngoc",)),)

    nothing, none = alarm({}, both, only_ngoc, PEOPLE, START)
    decision, later = alarm(none, {"email": both["email"]}, only_ngoc, PEOPLE, START + 60)

    assert (nothing, none) == (None, {})
    assert decision is not None
    assert [(n.channel, n.recipient) for n in decision.notifications] == [("zalo_bot", "c1")]
    assert later == {"email": both["email"]}


def test_an_alarm_is_not_left_with_a_channel_that_has_just_begun_to_fail() -> None:
    only_ngoc = (Step(("ngoc",)),)

    nothing, none = alarm(
        {}, {"zalo_bot": START - 121}, only_ngoc, PEOPLE, START, failing=("zalo_bot", "email")
    )

    assert (nothing, none) == (None, {})


def test_short_troubles_are_no_alarm() -> None:
    assert troubled(Signs({"email": START - 100}, {"email": START - 250}), START) == {}


def test_what_was_raised_before_a_restart_is_known_after_it() -> None:
    told = ["self:delivery.email:100", "self:delivery.email:100:over", "self:delivery.zalo_bot:200"]

    assert raised_by(told) == {"zalo_bot": 200.0}


def test_the_policy_self_comes_before_the_default_and_its_steps_keep_their_hours() -> None:
    own, day, night = (
        Step(("file:rieng",)),
        Step(("ngoc",), hours=Hours.WORKING),
        Step(("n",), hours=Hours.OFF),
    )
    later = Step(("x",), after_s=600)
    closed = Calendar("office", "Văn phòng", week=((),) * 7)
    inventory = replace(province([]), calendars={"office": closed})

    def told(*steps: Step, **other: Policy) -> tuple[Step, ...]:
        return audience({"default": Policy("default", steps, calendar="office"), **other}, inventory, at(12))

    assert told(day, self=Policy("self", (own,))) == (own,)
    assert told(day, night, later) == (night,)
    assert told(day, later) == (day,)
    assert told() == ()
