"""Whether a webhook call is Zalo's: vectors, forgeries, and bytes that went through somebody's hands."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.zalo_webhook import Signature, bot_webhook, oa_signature
from tests.servers.fake_zalo import FakeZalo
from tests.servers.fake_zalo_bot import update
from tests.servers.fake_zalo_oauth import challenge_of
from tests.servers.fake_zalo_webhooks import (
    EVENT,
    EVENT_MAC,
    OA_SECRET,
    Call,
    bot_call,
    oa_call,
    oa_probe,
    oa_written_anew,
)

SECRET = "webhook-secret-of-the-bot"


def judged(call: Call, secret: str = OA_SECRET, header_timestamp: str = "") -> Signature:
    given = call.headers.get("X-ZEvent-Signature", "")
    return oa_signature(call.body, given, oa_secret=secret, header_timestamp=header_timestamp)


def test_26_the_published_vectors_hold() -> None:
    assert oa_call().headers["X-ZEvent-Signature"] == EVENT_MAC
    assert challenge_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg") == (
        "cdhLGFm60Rq8s9_ZNTyNGHOq_Yg_-vbyyd98vPw-GFA"
    )
    assert hashlib.sha256(b"84987654321").hexdigest() == (
        "116ce31ae9170769b075a11dedca1198f41d30318334919fb90917e9c617b438"
    )
    assert base64.urlsafe_b64decode("cdhLGFm60Rq8s9_ZNTyNGHOq_Yg_-vbyyd98vPw-GFA=")


@pytest.mark.parametrize("mac_word", [False, True])
def test_26_a_good_signature_is_taken_with_and_without_its_word(*, mac_word: bool) -> None:
    call = oa_call(mac_word=mac_word)

    assert judged(call) is Signature.GOOD
    shouted = call.headers["X-ZEvent-Signature"].upper()
    assert judged(Call({"X-ZEvent-Signature": shouted}, call.body)) is Signature.GOOD


def test_26_a_repeated_call_is_good_again_and_known_by_its_message() -> None:
    first, second = oa_call(), oa_call()

    assert judged(first) is judged(second) is Signature.GOOD
    assert json.loads(first.body)["message"]["msg_id"] == json.loads(second.body)["message"]["msg_id"]


def test_26_a_signature_over_the_accounts_id_or_the_headers_time_is_taken() -> None:
    assert judged(oa_call({**EVENT, "oa_id": "111"}, key="oa_id")) is Signature.GOOD
    body = json.dumps({**EVENT, "timestamp": "1"}).encode()
    mac = hashlib.sha256(EVENT["app_id"].encode() + body + b"1767225600000" + OA_SECRET.encode())  # type: ignore[attr-defined]
    call = Call({"X-ZEvent-Signature": mac.hexdigest()}, body)
    assert judged(call, header_timestamp="1767225600000") is Signature.GOOD
    assert judged(call) is Signature.WRONG


def test_26_the_unsigned_probe_is_the_only_thing_unsigned_that_is_taken() -> None:
    assert judged(oa_probe()) is Signature.PROBE
    assert judged(Call({}, oa_call().body)) is Signature.WRONG
    assert judged(Call({}, b'{"a":1}')) is Signature.WRONG
    assert judged(Call({}, b"")) is Signature.WRONG


def test_26_wrong_secrets_and_bodies_written_anew_are_refused() -> None:
    assert judged(oa_call(secret="another")) is Signature.WRONG
    assert judged(oa_written_anew()) is Signature.WRONG
    assert judged(oa_call(), secret="another") is Signature.WRONG


@given(st.binary(max_size=80), st.text(max_size=70))
def test_26_nothing_that_is_not_signed_is_taken_whatever_its_bytes(body: bytes, signature: str) -> None:
    assert oa_signature(body, signature, oa_secret=OA_SECRET) is not Signature.GOOD
    assert bot_webhook(body, signature, secret=SECRET) is None


def test_26_text_that_utf8_cannot_say_breaks_nothing() -> None:
    body = b'{"app_id": "\\ud800", "timestamp": "\\udfff"}'

    assert oa_signature(body, "\udc80", oa_secret=OA_SECRET) is Signature.WRONG
    assert bot_webhook(body, "\udc80", secret=SECRET) is None


@pytest.mark.parametrize("wrapped", [False, True])
def test_26_the_bots_webhook_is_taken_wrapped_and_unwrapped_with_its_secret_only(*, wrapped: bool) -> None:
    told = update(FakeZalo(lambda: 1_779_858_000.0), "nhận")
    call = bot_call(told, SECRET, wrapped=wrapped)
    given = call.headers["X-Bot-Api-Secret-Token"]

    read = bot_webhook(call.body, given, secret=SECRET)

    assert read is not None
    assert (read.text, read.is_group, read.at) == ("nhận", False, 1_779_858_000.0)
    for wrong in ("", "another"):
        assert bot_webhook(call.body, wrong, secret=SECRET) is None
    assert bot_webhook(call.body, "", secret="") is None
