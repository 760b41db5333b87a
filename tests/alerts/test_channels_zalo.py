"""The channels of Zalo against a Zalo on loopback: what counts as sent, what is tried again, what never leaves us."""

import asyncio
import json
import logging
import traceback
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.base import CHANNEL_WIDE, DeliveryFailure
from alerts.channels.connect import Opener
from alerts.channels.http_client import HttpClient
from alerts.channels.zalo_bot_api import BotApi
from alerts.channels.zalo_errors import OA_ERRORS, ZBS_ERRORS, error_of, until_midnight_s, until_morning_s
from alerts.channels.zalo_oa import is_oa_address
from alerts.channels.zalo_text import Guard, shorten, zalo_text
from alerts.channels.zbs import phone_of, tracking_id
from alerts.messages.plain import utf16_length
from tests.alerts.zalo_samples import (
    CHAT,
    GROUP,
    HOUR_S,
    NOON,
    PHONE,
    USER,
    Hand,
    Office,
    open_for_business,
    open_office,
    refusal,
)
from tests.servers.fake_zalo import FakeZalo, Fault, open_zalo
from tests.servers.running import free_port

MODES = ("always_200", "mirror_error_code")


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def zalo(hand: Hand) -> AsyncIterator[FakeZalo]:
    async with open_zalo(hand.now) as served:
        open_for_business(served)
        yield served


@pytest.fixture
async def office(zalo: FakeZalo, hand: Hand, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(zalo, hand, tmp_path) as opened:
        await opened.log_in()
        yield opened


async def test_01_each_way_hands_the_text_over_and_returns_what_zalo_called_it(
    office: Office, zalo: FakeZalo
) -> None:
    receipts = [
        await office.tell(),
        await office.tell(f"group:{GROUP}"),
        await office.tell_phone("0987 654 321"),
        await office.tell_bot(),
    ]

    assert receipts == [sent.message_id for sent in zalo.sent]
    assert [(sent.by, sent.to) for sent in zalo.sent] == [
        ("cs", USER),
        ("group", GROUP),
        ("phone", PHONE),
        ("bot", CHAT),
    ]
    assert zalo.sent[2].tracking_id == "m-1"
    filled = json.loads(zalo.sent[2].text)
    assert filled == {"noi_dung": "MẤT KẾT NỐI xã Đăk Rơ Wa", "ma": "SC-2026-0042"}
    assert office.oa.health(NOON).last_success_at == NOON


@pytest.mark.parametrize("to", ["", "user:", "group:a b", "2512", f"user:{USER}\n", "phone:84987654321"])
async def test_an_address_that_is_none_is_refused_without_asking(
    office: Office, zalo: FakeZalo, to: str
) -> None:
    failed = await refusal(office.tell(to))

    assert (failed.reason, failed.permanent) == (DeliveryFailure.RECIPIENT, True)
    assert not is_oa_address(to)
    assert zalo.requests == []


@pytest.mark.parametrize(
    ("code", "reason", "is_permanent"),
    [
        (-32, DeliveryFailure.RATE, False),
        (-201, DeliveryFailure.REJECTED, True),
        (-211, DeliveryFailure.QUOTA, False),
        (-219, DeliveryFailure.ACCOUNT, True),
        (-230, DeliveryFailure.WINDOW, True),
        (-244, DeliveryFailure.RECIPIENT, True),
        (-320, DeliveryFailure.ACCOUNT, True),
        (-99_999, DeliveryFailure.REJECTED, True),
        ("-230", DeliveryFailure.WINDOW, True),
    ],
)
async def test_13_an_error_in_a_200_never_counts_as_sent(
    office: Office, zalo: FakeZalo, code: Any, reason: DeliveryFailure, *, is_permanent: bool
) -> None:
    zalo.fail("cs", Fault(body={"error": code, "message": "no", "data": {}}))

    failed = await refusal(office.tell())

    assert (failed.reason, failed.permanent, failed.in_doubt) == (reason, is_permanent, False)
    assert len(zalo.calls("cs")) == 1


@pytest.mark.parametrize("body", ["", "<html>ok</html>", "[]", '"ok"', "{}", '{"data":{"message_id":"x"}}'])
async def test_13_a_200_without_a_verdict_is_no_success(office: Office, zalo: FakeZalo, body: str) -> None:
    zalo.fail("cs", Fault(body=body))

    assert not (await refusal(office.tell())).permanent


async def test_14_a_limit_of_calls_rests_the_whole_channel_for_the_minute(
    office: Office, zalo: FakeZalo, hand: Hand
) -> None:
    zalo.oa.per_minute = 2
    await office.tell()
    await office.tell()

    failed = await refusal(office.tell())

    assert failed.reason in CHANNEL_WIDE
    assert failed.retry_after_s == 60
    hand.at += 60
    await office.tell()


@pytest.mark.parametrize(
    ("last_at", "code"), [(None, "-232"), (NOON - 8 * 24 * HOUR_S, "-230")], ids=["never", "eight-days"]
)
async def test_15_whoever_has_not_written_lately_is_for_the_next_channel_at_once(
    office: Office, zalo: FakeZalo, last_at: float | None, code: str
) -> None:
    zalo.oa.users[USER]["last_at"] = last_at

    failed = await refusal(office.tell())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.WINDOW, True)
    assert code in str(failed)
    assert len(zalo.calls("cs")) == 1


async def test_16_a_lapsed_package_and_a_disabled_group_are_not_tried_again(
    office: Office, zalo: FakeZalo
) -> None:
    foreign = await refusal(office.tell("group:another"))
    zalo.oa.groups[GROUP] = "disabled"
    group = await refusal(office.tell(f"group:{GROUP}"))
    zalo.oa.package = "-224"
    package = await refusal(office.tell())

    assert (foreign.reason, foreign.permanent) == (DeliveryFailure.RECIPIENT, True)
    assert (group.reason, group.permanent) == (DeliveryFailure.RECIPIENT, True)
    assert (package.reason, package.permanent) == (DeliveryFailure.ACCOUNT, True)
    assert package.reason in CHANNEL_WIDE
    assert group.reason not in CHANNEL_WIDE


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, body={"error": -201, "message": "message is invalid!"}),
        Fault(status=502, body={"error": -216, "message": "Access token is invalid"}),
        Fault(status=503, body="<html>busy</html>"),
        Fault(status=500, body={"error": 0, "data": {"message_id": "x"}}),
    ],
    ids=["payload", "token", "html", "success"],
)
async def test_17_a_server_error_is_passing_whatever_its_body_says(
    office: Office, zalo: FakeZalo, fault: Fault
) -> None:
    zalo.fail("cs", fault)

    failed = await refusal(office.tell())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.DEFERRED, False)
    assert not zalo.calls("refresh")
    await office.tell()


@pytest.mark.parametrize("way", ["cs", "sendMessage", "phone"])
async def test_18_a_message_whose_answer_is_lost_is_in_doubt(
    office: Office, zalo: FakeZalo, way: str
) -> None:
    zalo.fail(way, Fault(accept=True, drop=True))
    send = {"cs": office.tell, "sendMessage": office.tell_bot, "phone": office.tell_phone}[way]

    failed = await refusal(send())

    assert (failed.reason, failed.in_doubt, failed.permanent) == (DeliveryFailure.DISCONNECTED, True, False)
    assert len(zalo.sent) == 1
    assert not any((office.oa.knows_repeats, office.bot.knows_repeats, office.zbs.knows_repeats))


async def test_18_what_was_never_handed_over_is_not_in_doubt(hand: Hand, tmp_path: Path) -> None:
    bot = BotApi("1:a", HttpClient(), base_url=f"http://127.0.0.1:{free_port()}")

    failed = await refusal(bot.call("sendMessage", {}))

    assert (failed.reason, failed.in_doubt) == (DeliveryFailure.CONNECT, False)
    await bot.aclose()


async def test_18_a_slow_answer_is_in_doubt(zalo: FakeZalo) -> None:
    gate = asyncio.Event()
    zalo.fail("sendMessage", Fault(hold=gate))
    bot = BotApi(zalo.bot.token, HttpClient(), base_url=zalo.bot_url)

    failed = await refusal(bot.call("sendMessage", {}, within_s=0.1))

    assert (failed.reason, failed.in_doubt) == (DeliveryFailure.TIMEOUT, True)
    gate.set()
    await bot.aclose()


class _DeadNames(Opener):
    """A resolver that knew a name once and answers no more."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._last["zalo.test", port] = [(2, ("127.0.0.1", port))]

    async def _look_up(self, host: str, port: int, within_s: float) -> Any:
        del host, port, within_s
        raise TimeoutError


async def test_dead_names_lose_no_message_once_the_name_was_known(zalo: FakeZalo) -> None:
    port = int(zalo.url.rpartition(":")[2])
    base_url = zalo.bot_url.replace("127.0.0.1", "zalo.test")
    known = BotApi(zalo.bot.token, HttpClient(_DeadNames(port)), base_url=base_url)
    unknown = BotApi(zalo.bot.token, HttpClient(_DeadNames(1)), base_url=base_url)

    assert (await known.call("sendMessage", {"chat_id": CHAT, "text": "x"})).ok
    failed = await refusal(unknown.call("sendMessage", {"chat_id": CHAT, "text": "x"}))

    assert (failed.reason, failed.in_doubt) == (DeliveryFailure.CONNECT, False)
    await known.aclose()
    await unknown.aclose()


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("x" * 2_000, "x" * 2_000),
        ("x" * 2_001, "x" * 1_999 + "…"),
        (unicodedata.normalize("NFD", "Cảnh báo mưa lớn"), "Cảnh báo mưa lớn"),
        (unicodedata.normalize("NFD", "ế" * 2_000), "ế" * 2_000),
        ("🔴" * 1_001, "🔴" * 999 + "…"),
        ("x" * 1_998 + "👨‍👩‍👧", "x" * 1_998 + "…"),
        ("x" * 1_998 + "👍🏽y", "x" * 1_998 + "…"),
        ("x" * 1_997 + "🇻🇳🇻🇳", "x" * 1_997 + "…"),
        ("gọi [@123] và [@all]", "gọi [\u2060@123] và [\u2060@all]"),
        ("**đậm** _nghiêng_ `mã` <b>", "**đậm** _nghiêng_ `mã` <b>"),
    ],
    ids=["2000", "2001", "nfd", "nfd-2000", "emoji", "family", "skin", "flag", "mention", "markdown"],
)
async def test_19_texts_arrive_whole_and_plain_or_cut_between_characters(
    office: Office, zalo: FakeZalo, text: str, sent: str
) -> None:
    await office.tell(text=text)
    await office.tell_bot(text)

    assert [each.text for each in zalo.sent] == [sent, sent]
    assert "parse_mode" not in zalo.calls("sendMessage")[0].json


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_19_nothing_is_not_sent(office: Office, zalo: FakeZalo, text: str) -> None:
    assert (await refusal(office.tell(text=text))).reason is DeliveryFailure.REJECTED
    assert (await refusal(office.tell_bot(text))).permanent
    assert zalo.requests == []


@given(st.text(alphabet="xế\u0301🔴🇻🇳\u200d👍🏽\n", max_size=60), st.integers(1, 40))
@settings(max_examples=150)
def test_19_a_cut_text_is_a_beginning_of_it_and_fits(text: str, limit: int) -> None:
    cut = shorten(text, limit)

    assert max(len(cut), utf16_length(cut)) <= limit
    assert cut == text or text.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("máy 10.51.250.10 mất", "máy … mất"),
        ("http://10.51.1.1:8080/x", "http://…:8080/x"),
        ("(192.168.1.1/24).", "(…/24)."),
        ("172.16.0.9, 100.64.0.1 và 127.0.0.1", "…, … và …"),
        ("fe80::1%eth0 fd00:51::9", "…%eth0 …"),
        ("lúc 12:30:45 ngày 22/11/2026", "lúc 12:30:45 ngày 22/11/2026"),
        ("bản 1.2.3, mã SC-2026-0042", "bản 1.2.3, mã SC-2026-0042"),
        ("8.8.8.8", "8.8.8.8"),
        ("203.162.0.11 của tỉnh", "… của tỉnh"),
        ("core-1.qni.gov.vn:22 và CORE-1.QNI.GOV.VN", "… và …"),
    ],
)
def test_no_address_or_name_of_the_network_leaves_in_a_text(text: str, seen: str) -> None:
    guard = Guard(["203.162.0.11", "core-1.qni.gov.vn", "router"])

    assert zalo_text(text, guard) == seen


@pytest.mark.parametrize("mode", MODES)
async def test_23_a_bot_token_that_is_not_taken_is_seen_whatever_the_status(
    office: Office, zalo: FakeZalo, mode: Any
) -> None:
    zalo.bot.mode = mode
    zalo.bot.token = "999:another"

    failed = await refusal(office.tell_bot())

    assert (failed.reason, failed.permanent, failed.in_doubt) == (DeliveryFailure.AUTH, False, False)
    assert office.bot.health(NOON).trouble is DeliveryFailure.AUTH


@pytest.mark.parametrize("mode", MODES)
async def test_24_a_used_up_month_rests_the_bot_longer_and_longer(
    office: Office, zalo: FakeZalo, mode: Any
) -> None:
    zalo.bot.mode = mode
    zalo.bot.monthly = 1
    await office.tell_bot()

    failures = [await refusal(office.tell_bot()) for _ in range(4)]

    assert [failed.retry_after_s for failed in failures] == [60, 300, 900, 900]
    assert [failed.reason for failed in failures] == [
        *(DeliveryFailure.RATE, DeliveryFailure.RATE, DeliveryFailure.QUOTA, DeliveryFailure.QUOTA)
    ]
    zalo.bot.monthly = None
    await office.tell_bot()
    assert office.bot.health(NOON).trouble is None


@pytest.mark.parametrize("mode", MODES)
async def test_a_chat_that_never_spoke_to_the_bot_is_the_recipients_trouble(
    office: Office, zalo: FakeZalo, mode: Any
) -> None:
    zalo.bot.mode = mode

    failed = await refusal(office.tell_bot(to="abcdef0123456789"))

    assert (failed.reason, failed.permanent) == (DeliveryFailure.RECIPIENT, True)


@pytest.mark.parametrize("status", [500, 502, 403, 404])
async def test_a_gateways_page_is_passing(office: Office, zalo: FakeZalo, status: int) -> None:
    zalo.fail("sendMessage", Fault(status=status, body="<html>"))

    failed = await refusal(office.tell_bot())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.DEFERRED, False)


async def test_25_no_secret_shows_in_an_error_a_log_a_repr_or_a_traceback(
    office: Office, zalo: FakeZalo, caplog: pytest.LogCaptureFixture
) -> None:
    pair = await office.log_in()
    dead = HttpClient()
    lost = BotApi("123:SECRETTOKEN", dead, base_url=f"http://127.0.0.1:{free_port()}")
    seen = []
    with caplog.at_level(logging.DEBUG):
        for route in ("cs", "sendMessage"):
            zalo.fail(route, Fault(drop=True), Fault(status=500, body="x"), Fault(body={"error": -216}))
        sendings = [office.tell, office.tell, office.tell_bot, office.tell_bot]
        for failed in [
            *[await refusal(send()) for send in sendings],
            await refusal(lost.call("sendMessage", {})),
        ]:
            assert failed.__context__ is None
            seen.append("".join(traceback.format_exception(failed)))
        logging.getLogger("test").info("%r %r %r %r", office.bot_api, pair, office.oa, lost)
    shown = "\n".join([*seen, caplog.text])

    for secret in (
        *(
            zalo.bot.token,
            "SECRETTOKEN",
            pair.access_token,
            pair.refresh_token,
            zalo.oauth.secret,
            CHAT,
            USER,
        ),
    ):
        assert secret not in shown
    await lost.aclose()


@pytest.mark.parametrize(
    ("hour", "rest_s"), [(12.0, 12 * HOUR_S), (23.99, 36), (0.0, 24 * HOUR_S), (6.5, 17.5 * HOUR_S)]
)
async def test_27_a_used_up_day_rests_until_midnight_in_vietnam(
    office: Office, zalo: FakeZalo, hand: Hand, hour: float, rest_s: float
) -> None:
    zalo.oa.users[USER]["last_at"] = NOON - 3 * 24 * HOUR_S
    zalo.oa.sub_quota = 1
    hand.at = NOON + (hour - 12) * HOUR_S
    await office.tell()
    assert office.oa.health(NOON).quota_left == 0

    failed = await refusal(office.tell())

    assert failed.reason is DeliveryFailure.QUOTA
    assert failed.retry_after_s == pytest.approx(rest_s)


async def test_27_the_daily_limit_of_templates_is_renewed_at_midnight(
    office: Office, zalo: FakeZalo, hand: Hand
) -> None:
    zalo.zbs.daily = 1
    await office.tell_phone()
    failed = await refusal(office.tell_phone(message_id="m-2"))
    assert failed.retry_after_s is not None

    hand.at += failed.retry_after_s
    await office.log_in()
    await office.tell_phone(message_id="m-2")

    assert len(zalo.sent) == 2


@pytest.mark.parametrize("hour", [22.0, 23.5, 0.0, 5.99])
async def test_28_a_template_that_may_not_go_at_night_waits_for_the_morning(
    office: Office, zalo: FakeZalo, hand: Hand, hour: float
) -> None:
    zalo.zbs.templates["12345"]["no_night"] = True
    hand.at = NOON + (hour - 12) * HOUR_S

    failed = await refusal(office.tell_phone())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.DEFERRED, False)
    assert failed.retry_after_s is not None
    hand.at += failed.retry_after_s
    assert (hand.at + 7 * HOUR_S) % (24 * HOUR_S) == pytest.approx(6 * HOUR_S + 300)
    await office.log_in()
    await office.tell_phone()


async def test_29_an_expired_attachment_is_a_matter_of_content_and_is_not_tried_again(
    office: Office, zalo: FakeZalo
) -> None:
    zalo.fail("cs", Fault(body={"error": -100, "message": "attachment_id was expired"}))

    failed = await refusal(office.tell())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.REJECTED, True)


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        ("0987654321", PHONE),
        ("+84 987 654 321", PHONE),
        ("84987654321", PHONE),
        ("0987.654-321", PHONE),
        ("0123", None),
        ("8412345", None),
        ("849876543210", None),
        ("Trúc 0987654321", None),
        ("", None),
    ],
)
def test_a_phone_number_is_taken_as_people_write_it(given: str, phone: str | None) -> None:
    assert phone_of(given) == phone


async def test_a_repetition_carries_the_same_tracking_id_and_content(office: Office, zalo: FakeZalo) -> None:
    await office.tell_phone()
    await office.tell_phone()

    assert {sent.tracking_id for sent in zalo.sent} == {"m-1"}
    long = "SC-2026-0042:opened:0:0:zbs:84987654321:và hơn nữa"
    assert len(tracking_id(long)) <= 48
    assert tracking_id(long) == tracking_id(long)
    assert tracking_id(long) != tracking_id(long + "x")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-114, DeliveryFailure.RECIPIENT),
        (-141, DeliveryFailure.RECIPIENT),
        (-118, DeliveryFailure.RECIPIENT),
        (-119, DeliveryFailure.RECIPIENT),
    ],
)
async def test_a_person_who_takes_no_templates_is_for_the_next_channel(
    office: Office, zalo: FakeZalo, code: int, reason: DeliveryFailure
) -> None:
    zalo.zbs.states[PHONE] = code

    failed = await refusal(office.tell_phone())

    assert (failed.reason, failed.permanent) == (reason, True)


@pytest.mark.parametrize(("change", "code"), [("balance", -115), ("status", -131), ("low", -146)])
async def test_money_and_template_are_for_a_person_to_mend(
    office: Office, zalo: FakeZalo, change: str, code: int
) -> None:
    if change == "balance":
        zalo.zbs.balance = 0
    else:
        zalo.zbs.templates["12345"]["status"] = "LOW" if change == "low" else "PENDING_REVIEW"

    failed = await refusal(office.tell_phone())

    assert failed.reason is DeliveryFailure.ACCOUNT
    assert str(code) in str(failed)


async def test_the_accounts_package_is_read_for_the_warning(office: Office, zalo: FakeZalo) -> None:
    account = await office.oa.check()

    assert account.name == "Giám sát hạ tầng số"
    assert str(office.oa.health(NOON).package_until) == "2027-03-18"
    zalo.oa.package_until = "không rõ"
    assert (await office.oa.check()).package_until is None


@given(st.floats(0, 4e9, allow_nan=False))
def test_the_next_midnight_and_morning_of_vietnam_are_ahead_and_right(now: float) -> None:
    midnight, morning = now + until_midnight_s(now), now + until_morning_s(now)

    assert 0 < midnight - now <= 86_400
    assert 0 < morning - now <= 86_400
    assert round(midnight + 7 * HOUR_S) % 86_400 == 0
    assert round(morning + 7 * HOUR_S) % 86_400 == 6 * 3_600 + 300


@given(st.one_of(st.sampled_from(sorted(OA_ERRORS)), st.integers(-3_000, 500)), st.booleans())
def test_every_code_is_a_failure_that_says_what_to_do(code: int, is_oa: object) -> None:
    failed = error_of(code, OA_ERRORS if is_oa else ZBS_ERRORS, now=NOON)

    assert failed.permanent or failed.reason in CHANNEL_WIDE or failed.reason is DeliveryFailure.DEFERRED
    assert str(code) in str(failed)
