"""What delivery may rely on, of every channel alike."""

import asyncio
import logging
import unicodedata
from pathlib import Path

import pytest

from alerts.channels import CHANNELS
from alerts.channels.base import DeliveryError
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind
from tests.alerts.channels.rigs import RIGS, SECRET, Behaviour, Rig

TEMPLATED = {"zbs"}
"""What arrives is a template's, not our text."""
SAYS_ONLY_NO = {"apprise"}
"""Cannot tell a refusal for ever from one for now, nor one from a broken connection."""
NO_SERVER = {"file"}

NASTY = {
    "decomposed": unicodedata.normalize("NFD", "Cảnh báo mưa lớn, mất kết nối xã Đăk Rơ Wa"),
    "emoji": "🔴 MẤT KẾT NỐI 👩‍👩‍👧‍👦 🇻🇳 xã Đăk Rơ Wa",
    "markup": "<script>alert(1)</script> **đậm** _nghiêng_ [@all] {{ 7*7 }} %s \\n & \"'`",
    "dots": "một\n.\n..\nhai\n.",
    "long": "Mất kết nối xã Đăk Rơ Wa, trung tâm không tiếp nhận được hồ sơ. " * 29,
}


def a_message(text: str = "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD\nTừ 02:47.") -> Message:
    headline = text.partition("\n")[0][:50]
    return Message(
        "SC-2026-0042", NotificationKind.OPENED, 1_795_290_420.0, "[GSHT] Mất kết nối", headline, text, text
    )


async def send(rig: Rig, message: Message | None = None, *, message_id: str = "sc-42.0a") -> str:
    return await rig.channel.send(
        message or a_message(), rig.recipient, message_id=message_id, thread_id="sc-42.0a"
    )


async def refused(rig: Rig) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await send(rig)
    return caught.value


def but(*without: set[str]) -> list[str]:
    return sorted(set(RIGS).difference(*without))


def test_every_channel_is_put_to_the_test() -> None:
    assert set(RIGS) == set(CHANNELS)


@pytest.mark.parametrize("name", but())
async def test_what_is_taken_arrives_once_with_a_receipt_that_is_one_line(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.TAKES) as rig:
        receipt = await send(rig)

        assert "\n" not in receipt
        assert len(receipt) <= 200
        (seen,) = rig.seen()
        if name not in TEMPLATED:
            assert "MẤT KẾT NỐI Đăk Rơ Wa" in seen[1]


@pytest.mark.parametrize("name", but())
async def test_what_is_refused_for_now_is_worth_another_try(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.LATER) as rig:
        error = await refused(rig)

    assert not error.permanent


async def test_a_server_says_how_long_it_wants_to_be_left_alone(tmp_path: Path) -> None:
    async with RIGS["webhook"](tmp_path, Behaviour.LATER) as rig:
        error = await refused(rig)

    assert error.retry_after_s == 7.0


@pytest.mark.parametrize("name", but(NO_SERVER))
async def test_what_is_refused_for_ever_is_not_tried_again_where_that_can_be_told(
    name: str, tmp_path: Path
) -> None:
    async with RIGS[name](tmp_path, Behaviour.NEVER) as rig:
        error = await refused(rig)

    assert error.permanent is (name not in SAYS_ONLY_NO)
    assert not error.in_doubt


@pytest.mark.parametrize("name", ["email", "mqtt"])
async def test_silence_before_the_message_leaves_no_doubt(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.SILENT) as rig, asyncio.timeout(5):
        error = await refused(rig)

    assert (error.permanent, error.in_doubt) == (False, False)


@pytest.mark.parametrize("name", ["apprise", "email", "mqtt", "webhook"])
async def test_silence_after_the_message_is_given_up_in_time_and_in_doubt(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.HANGS) as rig, asyncio.timeout(5):
        error = await refused(rig)
        seen = rig.seen()

    assert (error.permanent, error.in_doubt) == (False, True)
    assert len(seen) == 1


@pytest.mark.parametrize("name", but(NO_SERVER, SAYS_ONLY_NO))
async def test_a_connection_cut_after_the_message_is_in_doubt(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.DROPS) as rig:
        error = await refused(rig)

        assert (error.permanent, error.in_doubt) == (False, True)
        assert len(rig.seen()) == 1


@pytest.mark.parametrize("name", but(NO_SERVER))
async def test_nobody_listening_is_worth_another_try_and_leaves_no_doubt(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.REFUSES) as rig:
        error = await refused(rig)

    assert (error.permanent, error.in_doubt) == (False, False)


@pytest.mark.parametrize("name", but())
async def test_a_repetition_can_be_told_where_the_channel_says_so(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.TAKES) as rig:
        await send(rig)
        await send(rig)
        await send(rig, message_id="sc-42.0b")

        first, again, other = (message_id for message_id, _ in rig.seen())
    assert (first == again != other) is rig.channel.knows_repeats


@pytest.mark.parametrize("what", sorted(NASTY))
@pytest.mark.parametrize("name", but(TEMPLATED))
async def test_no_text_breaks_out_of_the_message_or_breaks_it(name: str, what: str, tmp_path: Path) -> None:
    text = NASTY[what]
    async with RIGS[name](tmp_path, Behaviour.TAKES) as rig:
        await send(rig, a_message(text))

        arrived = "".join(text for _, text in rig.seen())
    wanted = unicodedata.normalize("NFC", text).strip()
    if name.startswith("zalo") or name == "apprise":  # cut or split to what the service takes
        assert unicodedata.normalize("NFC", arrived)[:20] == wanted[:20]
    else:
        assert unicodedata.normalize("NFC", arrived).strip() == wanted


@pytest.mark.parametrize("name", ["apprise", "email", "mqtt", "webhook"])
async def test_a_cancelled_send_ends_at_once_and_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    async with RIGS[name](tmp_path, Behaviour.HANGS) as rig:
        sending = asyncio.create_task(send(rig))
        async with asyncio.timeout(2):
            while not rig.seen():
                await asyncio.sleep(0.01)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending


@pytest.mark.parametrize(
    "behaviour", [Behaviour.LATER, Behaviour.NEVER, Behaviour.DROPS, Behaviour.REFUSES, Behaviour.TAKES]
)
@pytest.mark.parametrize("name", but(NO_SERVER))
async def test_no_secret_is_in_any_error_or_log(
    name: str, behaviour: Behaviour, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = ""
    async with RIGS[name](tmp_path, behaviour) as rig:
        try:
            await send(rig)
        except DeliveryError as error:
            told = "".join((str(error), repr(error), repr(error.__cause__), repr(error.__context__)))
        told += repr(rig.channel)

    assert SECRET not in told
    assert SECRET not in caplog.text


@pytest.mark.parametrize("name", but(NO_SERVER, {"email"}))
@pytest.mark.parametrize("address", ["khong-co-that/+", "a\r\nb", "//", "x" * 5_000])
async def test_an_address_that_cannot_be_one_is_refused_for_good(
    name: str, address: str, tmp_path: Path
) -> None:
    async with RIGS[name](tmp_path, Behaviour.TAKES) as rig:
        rig.recipient = address
        error = await refused(rig)

        assert error.permanent
        assert rig.seen() == []
