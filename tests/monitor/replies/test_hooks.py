"""What chat services post: theirs is obeyed once, everybody else's is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.quiet_land import NOON
from tests.monitor.replies.office import BOT_SECRET, FIRST, Office, open_office
from tests.servers.fake_zalo_webhooks import Call, bot_call, oa_call, oa_probe

OA, BOT = "/zalo/oa", "/zalo/bot"


def said(text: str = "nhan 1", *, at: float = NOON, group: bool = False) -> dict[str, Any]:
    return {
        "app_id": "1234567890123456789",
        "event_name": "user_send_group_text" if group else "user_send_text",
        "message": {"msg_id": "m1", "text": text},
        "recipient": {"id": "g-oa" if group else "111"},
        "sender": {"id": "u-phung"},
        "timestamp": str(int(at * 1_000)),
    }


def update(text: str | None = "nhan 1", *, at: float = NOON) -> dict[str, Any]:
    message: dict[str, Any] = {
        "from": {"id": "c-phung", "display_name": "P", "is_bot": False},
        "chat": {"id": "c-phung", "chat_type": "PRIVATE"},
        "message_id": "b1",
        "date": int(at * 1_000),
    }
    if text is not None:
        message["text"] = text
    return {"event_name": "message.text.received", "message": message}


async def call(office: Office, path: str, given: Call) -> int:
    async with office.session.post(office.base + path, data=given.body, headers=given.headers) as response:
        return response.status


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("mac_word", [False, True])
async def test_what_zalo_signed_is_obeyed_once(tmp_path: Path, *, group: bool, mac_word: bool) -> None:
    async with open_office(tmp_path) as office:
        given = oa_call(said(group=group), mac_word=mac_word)
        statuses = [await call(office, OA, given) for _ in range(3)]

        assert statuses == [200, 200, 200]
        assert office.incident().acknowledged_by == "Phụng"
        assert len(office.notes) == 1
        answered = office.decisions[-1].notifications[0]
        assert (answered.channel, answered.recipient) == (
            "zalo_oa",
            "group:g-oa" if group else "user:u-phung",
        )


@pytest.mark.parametrize(
    "given",
    [
        oa_call(said(), secret="another"),
        Call({}, oa_call(said()).body),
        Call(oa_call(said()).headers, oa_call(said("nhan 2")).body),
        Call({"X-ZEvent-Signature": "mac="}, b"{}"),
        Call({"X-ZEvent-Signature": "é"}, b"\xff"),
    ],
)
async def test_what_zalo_did_not_sign_is_refused(tmp_path: Path, given: Call) -> None:
    async with open_office(tmp_path) as office:
        assert await call(office, OA, given) == 403
        assert office.decisions == []


async def test_the_probe_of_a_new_address_gets_its_answer_and_does_nothing(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        assert await call(office, OA, oa_probe()) == 200
        assert office.decisions == []


async def test_an_event_of_the_day_before_yesterday_is_history(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        assert await call(office, OA, oa_call(said(at=NOON - 2 * 86_400))) == 200
        assert (
            await call(office, BOT, bot_call(update(at=NOON - 2 * 86_400), BOT_SECRET, wrapped=True)) == 200
        )
        assert office.decisions == []


async def test_events_that_are_no_text_are_taken_and_forgotten(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        other = {**said(), "event_name": "user_seen_message"}
        assert await call(office, OA, oa_call(other)) == 200
        assert await call(office, BOT, bot_call(update(None), BOT_SECRET, wrapped=False)) == 200
        assert await call(office, BOT, bot_call({"event_name": "x"}, BOT_SECRET, wrapped=False)) == 200
        assert office.decisions == []


@pytest.mark.parametrize("wrapped", [False, True])
async def test_the_bots_messages_are_obeyed_once(tmp_path: Path, *, wrapped: bool) -> None:
    async with open_office(tmp_path) as office:
        for _ in range(3):
            assert await call(office, BOT, bot_call(update(), BOT_SECRET, wrapped=wrapped)) == 200

        assert office.incident(FIRST).acknowledged_by == "Phụng"
        assert len(office.notes) == 1


@pytest.mark.parametrize("secret", ["", "wrong", BOT_SECRET + "x"])
async def test_the_bots_webhook_wants_its_secret(tmp_path: Path, secret: str) -> None:
    async with open_office(tmp_path) as office:
        assert await call(office, BOT, bot_call(update(), secret, wrapped=True)) == 403
        assert office.decisions == []


async def test_a_hook_answers_no_get(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        assert (await office.get(office.base + OA))[0] == 405


async def test_a_secret_of_any_bytes_is_refused(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(office.base.rpartition(":")[2]))
        writer.write(
            b"POST /zalo/bot HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n"
            b"X-Bot-Api-Secret-Token: \xff\xfe\r\n\r\n{}"
        )
        answer = await reader.read()
        writer.close()

        assert answer.startswith(b"HTTP/1.1 403 ")
