"""The token of the Official Account: renewed once, saved before it is used, never lost by us."""

import asyncio
import json
import multiprocessing
import os
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.base import DeliveryFailure
from alerts.channels.http_client import HttpClient
from alerts.channels.zalo_file import TokenFile, TokenPair
from alerts.channels.zalo_token import TokenSource, ZaloApp
from tests.alerts.zalo_samples import (
    HOUR_S,
    NOON,
    USER,
    Hand,
    Office,
    open_for_business,
    open_office,
    refusal,
)
from tests.servers.fake_zalo import FakeZalo, Fault, open_zalo


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
        yield opened


async def test_02_a_token_that_dies_on_the_way_is_renewed_once_and_the_message_sent_once_more(
    office: Office, zalo: FakeZalo
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)

    await office.tell()

    assert len(zalo.calls("cs")) == 2
    assert len(zalo.calls("refresh")) == 1
    assert [sent.to for sent in zalo.sent] == [USER]


@pytest.mark.parametrize("signal_of", ["-216", "-220", "401"])
async def test_03_a_refused_token_is_renewed_however_long_it_should_live(
    office: Office, zalo: FakeZalo, signal_of: Any
) -> None:
    pair = await office.log_in(life_s=1_000 * HOUR_S)
    zalo.kill_access(pair.access_token)
    zalo.oa.rejected, zalo.oa.rejected_text = signal_of, "Access token has expired"

    await office.tell()

    assert len(zalo.calls("refresh")) == 1
    assert office.stored()["access_token"] in zalo.oauth.access


async def test_04_ten_messages_on_a_dead_token_renew_it_once(office: Office, zalo: FakeZalo) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)

    await asyncio.gather(*(office.tell(text=f"tin {number}") for number in range(10)))

    assert len(zalo.calls("refresh")) == 1
    assert len(zalo.sent) == 10


async def test_05_two_clients_on_one_file_renew_it_once(
    office: Office, zalo: FakeZalo, hand: Hand, tmp_path: Path
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    async with open_office(zalo, hand, tmp_path) as other:
        await asyncio.gather(office.tell(), other.tell(), office.tell(), other.tell())

    assert len(zalo.calls("refresh")) == 1
    assert len(zalo.sent) == 4


async def test_06_a_fresh_token_that_is_refused_too_stops_the_channel(office: Office, zalo: FakeZalo) -> None:
    await office.log_in()
    dead = {"error": -216, "message": "Access token is invalid"}
    zalo.fail("cs", Fault(body=dead), Fault(body=dead), Fault(body=dead))

    failed = await refusal(office.tell())
    assert (failed.reason, failed.in_doubt) == (DeliveryFailure.AUTH, False)
    assert "token_expired_after_refresh" in str(failed)
    assert len(zalo.calls("cs")) == 2

    await refusal(office.tell())
    assert len(zalo.calls("refresh")) == 1  # another renewal cannot cure it
    assert office.oa.health(NOON).trouble is DeliveryFailure.AUTH


@pytest.mark.parametrize(
    ("reused", "is_quoted", "is_unknown"),
    [
        ("-14014", False, False),
        ("-14020", False, False),
        ("empty", False, False),
        ("-14014", True, False),
        ("-14014", False, True),
    ],
)
async def test_07_a_grant_that_is_gone_stops_the_channel_and_leaves_the_file_alone(
    office: Office, zalo: FakeZalo, reused: Any, *, is_quoted: bool, is_unknown: bool
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    zalo.oauth.reused, zalo.oauth.quoted = reused, is_quoted
    zalo.oauth.refresh[pair.refresh_token] = "lost"
    if is_unknown:
        del zalo.oauth.refresh[pair.refresh_token]
    before = office.stored()

    failed = await refusal(office.tell())
    again = await refusal(office.tell())

    assert (failed.reason, again.reason) == (DeliveryFailure.AUTH, DeliveryFailure.AUTH)
    assert "zalo-oa login" in str(failed)
    assert len(zalo.calls("refresh")) == 1  # nobody asks in vain twice
    assert office.stored() == before
    assert office.oa.health(NOON).needs_login


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=504, body="<html>Gateway Time-out</html>"),
        Fault(status=500, body=""),
        Fault(status=200, body="<html>captive</html>"),
        Fault(status=503, body={"error": -14014}),
    ],
    ids=["html-504", "empty-500", "html-200", "envelope-503"],
)
async def test_08_a_token_service_out_of_order_costs_nothing_but_time(
    office: Office, zalo: FakeZalo, fault: Fault
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    before = office.stored()
    zalo.fail("refresh", fault)

    failed = await refusal(office.tell())

    assert (failed.permanent, failed.in_doubt) == (False, False)
    assert failed.reason is not DeliveryFailure.AUTH
    assert office.stored() == before
    assert not office.oa.health(NOON).needs_login
    await office.tell()
    assert len(zalo.sent) == 1


async def test_09_a_lost_answer_of_a_renewal_is_asked_after_once_and_then_a_person_is_called(
    office: Office, zalo: FakeZalo
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    before = office.stored()
    zalo.fail("refresh", Fault(accept=True, drop=True))

    failed = await refusal(office.tell())

    assert failed.reason is DeliveryFailure.AUTH
    assert "used already" in str(failed)
    assert len(zalo.calls("refresh")) == 2
    assert office.stored() == before


async def test_09_a_renewal_that_never_reached_zalo_is_simply_asked_again(
    office: Office, zalo: FakeZalo
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    zalo.fail("refresh", Fault(drop=True))

    await office.tell()

    assert len(zalo.calls("refresh")) == 2
    assert len(zalo.sent) == 1


async def test_10_a_renewal_whose_caller_is_cancelled_still_reaches_the_disk(
    office: Office, zalo: FakeZalo
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    gate = asyncio.Event()
    zalo.fail("refresh", Fault(accept=True, hold=gate))

    sending = asyncio.create_task(office.tell())
    while not zalo.calls("refresh"):
        await asyncio.sleep(0.01)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    gate.set()
    await office.oa.aclose()

    stored = office.stored()
    assert stored["refresh_token"] != pair.refresh_token
    assert zalo.oauth.refresh[str(stored["refresh_token"])] == "fresh"


async def test_10_a_message_does_not_wait_for_ever_for_a_renewal(
    zalo: FakeZalo, hand: Hand, office: Office
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    gate = asyncio.Event()
    zalo.fail("refresh", Fault(accept=True, hold=gate))
    office.tokens._wait_s = 0.05

    failed = await refusal(office.tell())

    assert (failed.reason, failed.in_doubt, failed.permanent) == (DeliveryFailure.CONNECT, False, False)
    gate.set()


def _renew_and_hang(folder: str, url: str, app_id: str, secret: str, saved: Any) -> None:
    async def renew() -> None:
        app = ZaloApp(app_id, secret, url)
        source = TokenSource(app, TokenFile(Path(folder) / "zalo-oa.json"), HttpClient(), lambda: NOON)
        await source.token()
        saved.set()
        await asyncio.sleep(60)

    asyncio.run(renew())


async def test_11_a_process_killed_after_the_save_goes_on_with_the_new_pair(
    office: Office, zalo: FakeZalo, tmp_path: Path
) -> None:
    pair = await office.log_in(age_s=26 * HOUR_S)
    context = multiprocessing.get_context("spawn")
    saved = context.Event()
    arguments = (str(tmp_path), zalo.oauth_url, zalo.oauth.app_id, zalo.oauth.secret, saved)
    process = context.Process(target=_renew_and_hang, args=arguments)
    process.start()
    while not saved.is_set():
        assert process.is_alive()
        await asyncio.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()

    await office.tell()

    assert office.stored()["refresh_token"] != pair.refresh_token
    assert len(zalo.calls("refresh")) == 1
    assert len(zalo.sent) == 1


@pytest.mark.parametrize(
    ("told", "life_s"),
    [
        ("90000", 90_000.0),
        (90_000, 90_000.0),
        (3_600, 3_600.0),
        (None, 3_600.0),
        ("", 3_600.0),
        ("soon", 3_600.0),
        (-5, 3_600.0),
        (0, 3_600.0),
        ({"x": 1}, 3_600.0),
        ("inf", 3_600.0),
    ],
)
async def test_12_the_life_of_a_token_is_read_in_every_shape(
    office: Office, zalo: FakeZalo, told: Any, life_s: float
) -> None:
    await office.log_in(age_s=26 * HOUR_S)
    zalo.oauth.expires_in = told

    await office.tell()

    assert office.stored()["expires_at"] == NOON + life_s
    await office.tell()
    assert len(zalo.calls("refresh")) == 1


async def test_a_success_without_a_refresh_token_keeps_the_old_one(office: Office, zalo: FakeZalo) -> None:
    pair = await office.log_in(age_s=26 * HOUR_S)
    zalo.oauth.without_refresh = True

    await office.tell()

    assert office.stored()["refresh_token"] == pair.refresh_token


async def test_a_token_is_renewed_beside_the_message_while_it_still_lives(
    office: Office, zalo: FakeZalo
) -> None:
    await office.log_in(age_s=21 * HOUR_S)
    gate = asyncio.Event()
    zalo.fail("refresh", Fault(accept=True, hold=gate))

    await office.tell()

    assert len(zalo.sent) == 1
    gate.set()
    await office.oa.aclose()
    assert len(zalo.calls("refresh")) == 1


async def test_a_renewal_that_fails_does_not_keep_a_living_token_from_being_used(
    office: Office, zalo: FakeZalo
) -> None:
    await office.log_in(age_s=21 * HOUR_S)
    zalo.fail("refresh", Fault(status=504, body="<html>"))

    await office.tell()
    await office.tell()

    assert len(zalo.sent) == 2
    await office.oa.aclose()  # the messages do not wait for it
    assert len(zalo.calls("refresh")) == 1  # not at every message


@pytest.mark.parametrize("what", ["secret", "app"])
async def test_a_wrong_secret_or_app_is_not_asked_with_at_every_message(
    office: Office, zalo: FakeZalo, hand: Hand, what: str
) -> None:
    await office.log_in(age_s=26 * HOUR_S)
    zalo.oauth.secret = "another" if what == "secret" else zalo.oauth.secret
    zalo.oauth.is_active = what != "app"

    await refusal(office.tell())
    await refusal(office.tell())
    assert len(zalo.calls("refresh")) == 1

    hand.at += HOUR_S
    await refusal(office.tell())
    assert len(zalo.calls("refresh")) == 2  # somebody may have mended it


async def test_a_wrong_app_secret_is_no_matter_of_logging_in_again(office: Office, zalo: FakeZalo) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    zalo.oauth.secret = "another-secret-00000"

    failed = await refusal(office.tell())

    assert (failed.reason, failed.permanent) == (DeliveryFailure.AUTH, False)
    assert "app secret" in str(failed)
    assert "login" not in str(failed)
    health = office.oa.health(NOON)
    assert (health.needs_login, health.trouble) == (False, DeliveryFailure.AUTH)


async def test_a_login_uses_the_refresh_token_at_once_and_heals_a_channel_that_was_down(
    office: Office, zalo: FakeZalo
) -> None:
    failed = await refusal(office.tell())
    assert failed.reason is DeliveryFailure.AUTH
    assert office.oa.health(NOON).needs_login
    _, refresh = zalo.issue()

    await office.tokens.login(refresh)
    await office.tell()

    assert zalo.oauth.refresh[refresh] == "used"
    assert len(zalo.sent) == 1
    health = office.oa.health(NOON + 60)
    assert (health.needs_login, health.trouble, health.token_age_s) == (False, None, 60)


async def test_a_login_in_another_process_heals_this_one(
    office: Office, zalo: FakeZalo, hand: Hand, tmp_path: Path
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    zalo.oauth.refresh[pair.refresh_token] = "lost"
    await refusal(office.tell())
    _, refresh = zalo.issue()
    async with open_office(zalo, hand, tmp_path) as other:
        await other.tokens.login(refresh)

    await office.tell()

    assert len(zalo.sent) == 1
    assert not office.oa.health(NOON).needs_login


async def test_the_file_is_for_its_owner_alone_and_never_loses_a_token_to_an_empty_one(
    office: Office,
) -> None:
    pair = await office.log_in()

    assert stat.S_IMODE(office.file.path.stat().st_mode) == 0o600
    with pytest.raises(ValueError, match="empty"):
        await office.file.save(TokenPair("AT", "", NOON, NOON))
    with pytest.raises(ValueError, match="empty"):
        await office.file.save(TokenPair("", "RT", NOON, NOON))
    assert office.stored()["refresh_token"] == pair.refresh_token
    assert pair.access_token not in repr(pair)
    assert pair.refresh_token not in repr(pair)


async def test_a_pair_that_the_disk_refuses_is_used_and_saved_as_soon_as_it_can_be(
    office: Office, zalo: FakeZalo
) -> None:
    await office.log_in(age_s=26 * HOUR_S)
    obstacle = office.file.path.with_name(f"{office.file.path.name}.{os.getpid()}.new")
    obstacle.mkdir()

    await office.tell()
    assert len(zalo.sent) == 1
    assert office.oa.health(NOON).trouble is DeliveryFailure.DISK
    stored = office.stored()

    obstacle.rmdir()
    await office.tell()
    assert office.stored()["refresh_token"] != stored["refresh_token"]
    assert office.oa.health(NOON).trouble is None
    assert len(zalo.calls("refresh")) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"access_token": "x"}', "\x00"])
async def test_a_damaged_file_asks_for_a_login_instead_of_ending_the_daemon(
    office: Office, content: str
) -> None:
    office.file.path.write_text(content)

    assert (await refusal(office.tell())).reason is DeliveryFailure.AUTH


def test_what_cannot_be_an_app_secret_is_refused_at_once(tmp_path: Path) -> None:
    for secret in ("", "x" * 65):
        with pytest.raises(ValueError, match="app secret"):
            TokenSource(ZaloApp("1", secret), TokenFile(tmp_path / "t"), HttpClient(), lambda: 0.0)


async def test_a_proof_of_the_secret_goes_along_where_the_app_demands_it(
    zalo: FakeZalo, hand: Hand, tmp_path: Path
) -> None:
    zalo.oa.proves = True
    async with open_office(zalo, hand, tmp_path, proves=True) as office:
        await office.log_in()
        await office.tell()

    source = TokenSource(
        ZaloApp("1", "app-secret-for-tests", proves=True), TokenFile(tmp_path / "t"), HttpClient(), hand.now
    )
    proof = "8d89edc22f3aa784c744b3ba4b2ba007beab15300c58dd898367494485549dcc"
    assert source.headers("AT-test-1")["appsecret_proof"] == proof


async def test_a_saved_pair_is_plain_json(office: Office) -> None:
    pair = await office.log_in()

    assert json.loads(office.file.path.read_text()) == {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "expires_at": pair.expires_at,
        "saved_at": pair.saved_at,
    }


async def test_the_lock_of_another_process_is_heeded(
    office: Office, zalo: FakeZalo, hand: Hand, tmp_path: Path
) -> None:
    pair = await office.log_in()
    zalo.kill_access(pair.access_token)
    other = TokenFile(tmp_path / "zalo-oa.json")
    async with other.locked():
        sending = asyncio.create_task(office.tell())
        await asyncio.sleep(0.2)
        assert not zalo.calls("refresh")
        access, refresh = zalo.issue()
        await other.save(TokenPair(access, refresh, NOON + 90_000, NOON))
    await sending

    assert not zalo.calls("refresh")
    assert len(zalo.sent) == 1


async def test_a_closed_channel_has_ended_its_renewals(office: Office, zalo: FakeZalo) -> None:
    await office.log_in(age_s=26 * HOUR_S)
    zalo.fail("cs", Fault(status=502))
    await refusal(office.tell())

    await office.oa.aclose()

    assert not office.tokens._renewals
