"""The bot's inbox: an idle poll is no trouble, a repeated message is no news, a webhook is nobody's to delete."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.http_client import HttpClient
from alerts.channels.zalo_bot_api import BotApi
from alerts.model.decision import Decision
from monitor.inputs.zalo_updates import Heard, ZaloUpdates
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from monitor.storage.used_once import is_used
from tests.clock import FakeClock
from tests.servers.fake_zalo import FakeZalo, Fault, open_zalo
from tests.servers.fake_zalo_bot import write_to_bot

MODES = pytest.mark.parametrize("mode", ["always_200", "mirror_error_code"])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def zalo(clock: FakeClock) -> AsyncIterator[FakeZalo]:
    async with open_zalo(clock.now) as served:
        served.bot.idle_s = 0.02
        yield served


class Ear:
    """Hears each message, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.failures: list[Exception] = []

    async def hear(self, heard: Heard) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(heard)

    @property
    def texts(self) -> list[str]:
        return [heard.text for heard in self.heard]


@asynccontextmanager
async def hearing(zalo: FakeZalo, clock: FakeClock, ear: Any) -> AsyncIterator[ZaloUpdates]:
    bot = BotApi(zalo.bot.token, HttpClient(), base_url=zalo.bot_url)
    updates = ZaloUpdates(bot, ear, clock=clock, poll_s=1)
    task = asyncio.create_task(updates.run())
    try:
        yield updates
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bot.aclose()


async def until(clock: FakeClock, is_true: Callable[[], object], *, step_s: float = 0.5) -> None:
    for _ in range(400):
        if is_true():
            return
        await asyncio.sleep(0.005)
        await clock.advance(step_s)
    raise AssertionError("it did not come to that")


def polls(zalo: FakeZalo) -> int:
    return len(zalo.calls("getUpdates"))


async def test_what_somebody_writes_is_handed_on_with_who_and_where(zalo: FakeZalo, clock: FakeClock) -> None:
    ear = Ear()
    async with hearing(zalo, clock, ear.hear) as updates:
        write_to_bot(zalo, "nhận SC-2026-0042", chat_id="g1", user_id="u1", chat_type="GROUP")
        await until(clock, lambda: ear.heard)
        (chat,) = updates.chats

    (heard,) = ear.heard
    assert (heard.channel, heard.chat_id, heard.user_id, heard.is_group) == ("zalo_bot", "g1", "u1", True)
    assert (heard.text, heard.display_name) == ("nhận SC-2026-0042", "Chị Trúc")
    assert (chat.chat_id, chat.display_name, chat.is_group) == ("g1", "Chị Trúc", True)
    for secret in ("g1", "u1", "Chị Trúc", "SC-2026-0042"):
        assert secret not in repr(heard)
        assert secret not in repr(chat)


@MODES
async def test_20_an_idle_poll_leaves_no_error_and_no_pause(
    zalo: FakeZalo, clock: FakeClock, mode: Any, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.bot.mode = mode
    with caplog.at_level(logging.INFO):
        async with hearing(zalo, clock, Ear().hear) as updates:
            await until(clock, lambda: polls(zalo) >= 5)
            assert updates.fault == ""

    assert "zalo" not in caplog.text


@pytest.mark.parametrize("replay", ["replay", "list"])
async def test_21_a_message_that_comes_again_and_again_is_done_once_and_does_not_spin(
    zalo: FakeZalo, clock: FakeClock, replay: Any
) -> None:
    zalo.bot.replay = replay
    ear = Ear()
    async with hearing(zalo, clock, ear.hear):
        write_to_bot(zalo, "một")
        await until(clock, lambda: ear.heard)
        began, polled = clock.now(), polls(zalo)
        await until(clock, lambda: clock.now() > began + 30)
        assert polls(zalo) - polled <= 12  # one in three seconds
        write_to_bot(zalo, "hai")
        await until(clock, lambda: len(ear.heard) == 2)

    assert ear.texts == ["một", "hai"]


async def test_21_after_a_restart_nothing_is_done_again(
    zalo: FakeZalo, clock: FakeClock, tmp_path: Path
) -> None:
    done: list[str] = []
    for _life in range(2):
        async with StateStore.open(tmp_path / "state.db", now=clock.now()) as state:
            handed: list[str] = []

            async def hear(heard: Heard, state: StateStore = state, handed: list[str] = handed) -> None:
                handed.append(heard.text)
                if not await state.database.read(partial(is_used, token=heard.message_id)):
                    await state.commit(Decision(used=((heard.message_id, clock.now()),)))
                    done.append(heard.text)

            async with hearing(zalo, clock, hear):
                if not done:
                    write_to_bot(zalo, "một")
                await until(clock, lambda handed=handed: handed)  # type: ignore[misc]
                polled = polls(zalo)
                await until(clock, lambda polled=polled: polls(zalo) > polled + 2)  # type: ignore[misc]
            assert handed == ["một"]

    assert done == ["một"]


async def test_what_the_disk_refuses_is_handed_on_again(zalo: FakeZalo, clock: FakeClock) -> None:
    zalo.bot.replay = "consume"
    ear = Ear()
    ear.failures = [StorageError(StorageFault.FULL, "ổ đĩa đầy", "dọn ổ đĩa")] * 2
    async with hearing(zalo, clock, ear.hear):
        write_to_bot(zalo, "một")
        write_to_bot(zalo, "hai")
        await until(clock, lambda: len(ear.heard) == 2)

    assert ear.texts == ["một", "hai"]


async def test_a_message_that_meets_a_bug_does_not_deafen_us_to_the_next(
    zalo: FakeZalo, clock: FakeClock
) -> None:
    zalo.bot.replay = "consume"
    ear = Ear()
    ear.failures = [KeyError("x")]
    async with hearing(zalo, clock, ear.hear):
        write_to_bot(zalo, "một")
        write_to_bot(zalo, "hai")
        await until(clock, lambda: ear.heard)

    assert ear.texts == ["hai"]


async def test_a_message_of_days_ago_is_history(zalo: FakeZalo, clock: FakeClock) -> None:
    write_to_bot(zalo, "từ hôm kia")
    await clock.advance(2 * 86_400)
    ear = Ear()
    async with hearing(zalo, clock, ear.hear) as updates:
        await until(clock, lambda: polls(zalo) >= 2)
        assert len(updates.chats) == 1  # who it was is still worth knowing

    assert ear.heard == []


@MODES
async def test_22_a_webhook_is_reported_plainly_and_left_alone(
    zalo: FakeZalo, clock: FakeClock, mode: Any
) -> None:
    zalo.bot.mode = mode
    zalo.bot.webhook = "https://another.example/hook"
    async with hearing(zalo, clock, Ear().hear) as updates:
        await until(clock, lambda: updates.fault)
        assert "webhook" in updates.fault
        assert "zalo_bot.poll: false" in updates.fault
        asked = polls(zalo)
        await until(clock, lambda: polls(zalo) > asked, step_s=20)
        zalo.bot.webhook = ""
        await until(clock, lambda: not updates.fault, step_s=20)

    assert not zalo.calls("deleteWebhook")
    assert {request.route for request in zalo.requests} == {"getUpdates"}


@MODES
async def test_23_a_token_that_is_not_taken_is_said_so_and_asked_with_seldom(
    zalo: FakeZalo, clock: FakeClock, mode: Any
) -> None:
    zalo.bot.mode = mode
    async with hearing(zalo, clock, Ear().hear) as updates:
        zalo.bot.token = "1:another"
        await until(clock, lambda: updates.fault)
        asked, began = polls(zalo), clock.now()
        await until(clock, lambda: clock.now() > began + 250, step_s=5)
        assert polls(zalo) == asked
        assert "token" in updates.fault


@pytest.mark.parametrize(
    "fault",
    [Fault(drop=True), Fault(status=502, body="<html>"), Fault(body={"ok": False, "error_code": 500})],
    ids=["drop", "html", "500"],
)
async def test_polls_that_fail_wait_longer_each_time_and_come_back(
    zalo: FakeZalo, clock: FakeClock, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    zalo.fail("getUpdates", *[fault] * 4)
    async with hearing(zalo, clock, ear.hear) as updates:
        await until(clock, lambda: updates.fault)
        write_to_bot(zalo, "một")
        await until(clock, lambda: ear.heard)
        assert updates.fault == ""

    times = [request.at for request in zalo.calls("getUpdates")][:5]
    waits = [after - before for before, after in pairwise(times)]
    assert waits == sorted(waits)
    assert waits[-1] > 10
    assert zalo.bot.token not in caplog.text


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"event_name": "message.text.received"},
        {
            "message": {
                "chat": {"id": "c"},
                "from": {"id": "u", "is_bot": True},
                "message_id": "m",
                "text": "x",
            }
        },
        {"message": {"chat": {}, "from": {"id": "u"}, "message_id": "m"}},
        {"message": "x"},
        [],
        "x",
    ],
)
async def test_an_update_that_nobody_wrote_is_passed_over(
    zalo: FakeZalo, clock: FakeClock, update: Any
) -> None:
    zalo.fail("getUpdates", Fault(body={"ok": True, "result": update}))
    ear = Ear()
    async with hearing(zalo, clock, ear.hear) as updates:
        await until(clock, lambda: polls(zalo) >= 2)
        assert updates.fault == ""

    assert ear.heard == []
