"""Commands from chats: done once, for known people only, at a bounded pace, with an answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.model.incident import CauseKind
from alerts.model.notification import BulletinKind, NotificationKind
from monitor.replies.chats import STRANGER, TOO_FAST
from monitor.storage.errors import StorageError
from tests.alerts.quiet_land import HOUR_S, NOON
from tests.clock import FakeClock
from tests.monitor.replies.office import FIRST, SECOND, open_office


async def test_taking_an_incident_answers_in_the_same_chat_and_is_noted(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answer = await office.say("nhận 1 đang ra xã")

        assert answer == f"Đã ghi: Ngọc nhận xử lý {FIRST} (Ba Tơ – TSLCD)."
        assert office.incident().acknowledged_by == "Ngọc"
        row = office.decisions[-1].notifications[0]
        bulletin = office.decisions[-1].bulletins[0]
        assert (row.channel, row.recipient, row.person) == ("zalo_bot", "c-ngoc", "ngoc")
        assert (row.kind, row.about_id, bulletin.kind) == (
            NotificationKind.BULLETIN,
            bulletin.id,
            BulletinKind.REPLY,
        )
        (note,) = office.notes
        assert (note.who, note.action) == ("ngoc", "chat_take")


async def test_in_a_known_group_a_known_person_may_speak_and_is_answered_there(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answer = await office.say("@Bot nhan 2", chat="g-truc", user="c-phung")

        assert answer is not None
        assert office.incident(SECOND).acknowledged_by == "Phụng"
        assert office.decisions[-1].notifications[0].recipient == "g-truc"


@pytest.mark.parametrize(
    ("chat", "user"),
    [("g-truc", "u-la"), ("g-la", "c-phung"), ("g-la", "g-la"), ("g-truc", "g-truc"), ("c-ngoc", "c-phung")],
)
async def test_nobody_else_is_obeyed_and_is_told_so_once_a_day(tmp_path: Path, chat: str, user: str) -> None:
    clock = FakeClock(NOON)
    async with open_office(tmp_path, clock) as office:
        answers = [await office.say("nhan 1", chat=chat, user=user) for _ in range(3)]
        await clock.advance(24 * HOUR_S)
        answers.append(await office.say("nhan 1", chat=chat, user=user))

        assert answers == [STRANGER, None, None, STRANGER]
        assert office.incident().acknowledged_by == ""


async def test_a_message_that_comes_again_is_heard_once(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        first = await office.say("ghi chú 1 một lần", message_id="x")
        again = await office.say("ghi chú 1 một lần", message_id="x")

        assert first is not None
        assert again is None
        assert sum(event.text == "một lần" for each in office.decisions for event in each.log) == 1


async def test_whoever_floods_is_told_once_a_minute_and_others_are_heard(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    async with open_office(tmp_path, clock) as office:
        answers = [await office.say("trạng thái") for _ in range(40)]
        other = await office.say("trạng thái", chat="c-phung")
        await clock.advance(61)
        later = await office.say("trạng thái")

    assert sum(answer not in {None, TOO_FAST} for answer in answers) == 10
    assert answers.count(TOO_FAST) == 1
    assert other is not None
    assert later not in {None, TOO_FAST}


async def test_strangers_together_cannot_fill_the_outbox(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answers = [await office.say("alo", chat=f"la-{i}") for i in range(50)]

    assert sum(answer is not None for answer in answers) == 10


async def test_a_code_that_may_be_two_is_asked_back(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        world = office.watch.world
        world.incidents["SC-2025-0001"] = replace(world.incidents[FIRST], id="SC-2025-0001")

        assert await office.say("nhan 1") == f"Mã 1 có thể là SC-2025-0001, {FIRST}. Xin viết đủ mã."
        assert (
            await office.say("nhan") == f"Đang mở 3 sự cố, xin viết thêm mã: SC-2025-0001, {FIRST}, {SECOND}."
        )
        assert await office.say("nhan 77") == f"Không có sự cố 77. Đang mở: SC-2025-0001, {FIRST}, {SECOND}."


async def test_a_silence_is_for_what_is_down_and_ends(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answer = await office.say("im 1 2h thay nguồn")

        (muting,) = office.watch.world.mutings.values()
        assert muting.selector.targets == ("1.cpe",)
        assert (muting.until_at, muting.who, muting.comment) == (NOON + 2 * HOUR_S, "Ngọc", "thay nguồn")
        assert answer is not None
        assert muting.id in answer
        too_long = await office.say("im 2 40 ngày lâu quá")
        assert too_long == f"Chưa tạm ngưng thông báo được {SECOND} (Đăk Hà – TSLCD): dài quá 30 ngày."


async def test_judging_and_reporting_are_kept(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.say("nguyên nhân 1 mất điện")
        await office.say("báo nhà mạng 1 VNPT-55021")

        incident = office.incident()
        assert incident.choice is not None
        assert (incident.choice.kind, incident.choice.who) == (CauseKind.POWER, "Ngọc")
        assert incident.ticket is not None
        assert (incident.ticket.number, incident.ticket.reported_at) == ("VNPT-55021", NOON)


async def test_taking_over_and_giving_back(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.say("nhan 1")
        again = await office.say("nhan 1")
        over = await office.say("nhan 1", chat="c-phung")
        back = await office.say("bỏ nhận 1", chat="c-phung")
        nothing = await office.say("bỏ nhận 1", chat="c-phung")

    assert again == f"Chưa làm được với {FIRST} (Ba Tơ – TSLCD): bạn đã nhận xử lý rồi."
    assert over == f"Đã ghi: Phụng nhận xử lý {FIRST} (Ba Tơ – TSLCD) thay Ngọc."
    assert back is not None
    assert nothing == f"Chưa làm được với {FIRST} (Ba Tơ – TSLCD): chưa ai nhận xử lý."


async def test_what_ended_long_ago_can_still_be_judged(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.state.commit(office.watch.up("1.cpe"))
        office.watch.world.closed.clear()
        office.watch.world.incidents.pop(FIRST, None)

        answer = await office.say("nguyên nhân 1 đường truyền")

    assert answer is not None
    assert answer.startswith(f"Đã ghi nguyên nhân của {FIRST}")


async def test_says_what_is_down(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        everything = await office.say("trạng thái")
        commune = await office.say("trang thai dak ha")
        nowhere = await office.say("trạng thái Xã Mây")
        two = await office.say("trạng thái xã")

    assert everything is not None
    assert everything.splitlines()[0].startswith("Đang mở 2 sự cố")
    assert f"{FIRST}: Ba Tơ – TSLCD, từ 12:00, chưa ai nhận" in everything
    assert commune is not None
    assert commune.startswith("Xã Đăk Hà: 0/1 phép đo tốt, 1 mất.")
    assert nowhere is not None
    assert "Không thấy đơn vị nào" in nowhere
    assert two is not None
    assert "Xã Ba Tơ, Xã Đăk Hà" in two


async def test_help_fits_into_one_message(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answer = await office.say("trợ giúp")

    assert answer is not None
    assert len(answer) < 900


async def test_what_was_not_understood_is_in_no_log(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.say("mật khẩu của tôi là 123456")

        assert all("123456" not in note.detail for note in office.notes)


async def test_a_sticker_is_no_command(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        assert await office.say("") is None
        assert office.notes == []


async def test_a_command_that_met_a_disk_that_cannot_be_read_is_heard_when_it_comes_again(
    tmp_path: Path,
) -> None:
    async with open_office(tmp_path) as office:
        office.unreadable = 1
        with pytest.raises(StorageError):
            await office.say("nhan 1", message_id="x")
        assert office.decisions == []

        assert await office.say("nhan 1", message_id="x") is not None
        assert await office.say("nhan 1", message_id="x") is None


async def test_a_command_is_obeyed_while_the_disk_is_full_and_only_once(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        office.is_full = True
        answers = [await office.say("nhan 1", message_id="x") for _ in range(2)]

        assert answers[0] is not None
        assert answers[1] is None
        assert office.incident().acknowledged_by == "Ngọc"


async def test_what_was_done_and_that_it_was_heard_are_saved_together(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.say("nhan 1", message_id="x")

        (decision,) = office.decisions
    (used,) = decision.used
    assert used[0].startswith("said:zalo_bot:")
    assert decision.incidents
    assert decision.notifications


@pytest.mark.parametrize(
    "talk", ["chiều nay họp lúc 2h", "nhận được rồi, cảm ơn anh", "im đi", "bỏ nhận ca mai nhé"]
)
async def test_in_a_group_whose_every_word_is_heard_talk_is_neither_obeyed_nor_answered(
    tmp_path: Path, talk: str
) -> None:
    async with open_office(tmp_path) as office:
        await office.state.commit(office.watch.up("2.cpe"))  # one is open: no code is needed
        in_group = {"chat": "group:g-oa", "channel": "zalo_oa"}

        assert await office.say(talk, user="user:u-phung", **in_group) is None
        assert await office.say("xin chào", user="user:u-la", **in_group) is None
        assert office.incident().acknowledged_by == ""
        assert await office.say("nhận", user="user:u-phung", **in_group) is not None
        assert office.incident().acknowledged_by == "Phụng"
        assert await office.say(talk, chat="user:u-phung", channel="zalo_oa") is not None


async def test_what_ended_is_not_silenced(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        await office.state.commit(office.watch.up("1.cpe"))
        answer = await office.say("im 1 2h gõ nhầm số")

        assert answer == f"Chưa tắt báo được {FIRST} (Ba Tơ – TSLCD): sự cố đã kết thúc."
        assert office.watch.world.mutings == {}
