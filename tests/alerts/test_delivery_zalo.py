"""Delivery over Zalo: nothing is lost, nobody is told twice at will, and the next channel tells what Zalo cannot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery.letter import Letter
from alerts.delivery.worker import Deliverer
from alerts.messages.message import Message
from alerts.model.notification import Notification, NotificationKind
from alerts.oncall.model import Address, Contact, Directory
from tests.alerts.memory_outbox import MemoryOutbox
from tests.alerts.test_delivery import ScriptedChannel
from tests.alerts.zalo_samples import NOON, USER, Office, message, open_for_business, open_office
from tests.clock import FakeClock
from tests.servers.fake_zalo import FakeZalo, Fault, open_zalo

TRUC = Contact("truc", "Chị Trúc", (Address("zalo_oa", f"user:{USER}"), Address("email", "truc@a.example")))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(now=NOON)


@pytest.fixture
async def zalo(clock: FakeClock) -> AsyncIterator[FakeZalo]:
    async with open_zalo(clock.now) as served:
        open_for_business(served)
        yield served


@pytest.fixture
async def office(zalo: FakeZalo, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(zalo, clock, tmp_path) as opened:
        await opened.log_in()
        yield opened


def notice(number: int = 1, **changes: Any) -> Notification:
    told = Notification(
        f"SC-2026-{number:04d}", NotificationKind.OPENED, "zalo_oa", f"user:{USER}", NOON, person="truc"
    )
    return replace(told, **changes)


async def compose(letter: Letter) -> Message:
    text = " ".join(news.about_id for news in letter.news) + (" (gửi lại)" if letter.is_repeat else "")
    return message(text, severity=letter.severity)


@asynccontextmanager
async def delivering(
    outbox: MemoryOutbox, office: Office, clock: FakeClock, email: ScriptedChannel
) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(
        outbox,
        {"zalo_oa": office.oa, "email": email},
        compose,
        clock,
        directory=lambda: Directory(contacts={"truc": TRUC}),
    )
    task = asyncio.create_task(deliverer.run())
    try:
        yield deliverer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(clock: FakeClock, is_true: Callable[[], object], *, step_s: float = 1.0) -> None:
    """Let time pass, and the network answer, until something is so."""
    for _ in range(600):
        if is_true():
            return
        await asyncio.sleep(0.005)
        await clock.advance(step_s)
    raise AssertionError("it did not come to that")


async def test_14_after_a_limit_of_calls_what_piled_up_goes_as_one_message(
    office: Office, zalo: FakeZalo, clock: FakeClock
) -> None:
    zalo.oa.per_minute = 0
    outbox = MemoryOutbox(notice(1))
    async with delivering(outbox, office, clock, ScriptedChannel(clock)):
        await until(clock, lambda: zalo.calls("cs"), step_s=0.01)
        for number in range(2, 6):
            outbox.put(notice(number))
        zalo.oa.per_minute = 100
        await clock.advance(30)
        await asyncio.sleep(0.05)
        assert len(zalo.calls("cs")) == 1  # the channel rests
        await until(clock, lambda: zalo.sent)

    assert [sent.text for sent in zalo.sent] == [" ".join(f"SC-2026-000{n}" for n in range(1, 6))]


async def test_15_whoever_is_outside_of_the_window_gets_it_by_mail_at_once(
    office: Office, zalo: FakeZalo, clock: FakeClock
) -> None:
    zalo.oa.users[USER]["last_at"] = None
    email = ScriptedChannel(clock)
    outbox = MemoryOutbox(notice())
    async with delivering(outbox, office, clock, email):
        await until(clock, lambda: email.sent)

    assert clock.now() - NOON < 15
    assert len(zalo.calls("cs")) == 1


@pytest.mark.parametrize(
    ("severity", "texts"), [(1, ["SC-2026-0001", "SC-2026-0001 (gửi lại)"]), (2, ["SC-2026-0001"])]
)
async def test_18_what_is_in_doubt_is_sent_once_more_when_it_is_urgent_and_marked(
    office: Office, zalo: FakeZalo, clock: FakeClock, severity: int, texts: list[str]
) -> None:
    zalo.fail("cs", Fault(accept=True, drop=True), Fault(accept=True, drop=True))
    outbox = MemoryOutbox(notice(severity=severity))
    async with delivering(outbox, office, clock, ScriptedChannel(clock)):
        await until(clock, lambda: outbox.is_settled)
        await until(clock, lambda: clock.now() > NOON + 400, step_s=5)

    assert [sent.text for sent in zalo.sent] == texts


async def test_07_with_the_grant_gone_people_are_told_on_their_next_channel(
    office: Office, zalo: FakeZalo, clock: FakeClock
) -> None:
    stored = office.stored()
    zalo.kill_access(str(stored["access_token"]))
    del zalo.oauth.refresh[str(stored["refresh_token"])]
    email = ScriptedChannel(clock)
    outbox = MemoryOutbox(notice())
    async with delivering(outbox, office, clock, email):
        await until(clock, lambda: email.sent)

    assert clock.now() - NOON < 130
    assert office.oa.health(NOON).needs_login
    assert len(zalo.calls("refresh")) == 1


async def test_30_a_stop_with_a_full_outbox_loses_nothing_and_repeats_nothing(
    office: Office, zalo: FakeZalo, clock: FakeClock
) -> None:
    people = {f"{number:03d}": {"state": "ok", "last_at": NOON} for number in range(40)}
    zalo.oa.users |= people
    gate = asyncio.Event()
    zalo.fail("cs", *[Fault(accept=True)] * 5, *[Fault(accept=True, hold=gate)] * 35)
    outbox = MemoryOutbox(*(notice(1, recipient=f"user:{who}", person="") for who in people))
    async with delivering(outbox, office, clock, ScriptedChannel(clock)):
        await until(clock, lambda: len(zalo.sent) >= 5, step_s=0.01)
    assert len(zalo.sent) == 5
    gate.set()
    async with delivering(outbox, office, clock, ScriptedChannel(clock)):
        await until(clock, lambda: outbox.is_settled, step_s=0.1)

    recipients = [sent.to for sent in zalo.sent]
    assert set(recipients) == set(people)
    assert len(recipients) <= 41  # the one under way at the stop may come twice
