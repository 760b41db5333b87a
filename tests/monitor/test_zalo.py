"""Zalo in the daemon: settings become channels, names of the inventory stay inside, troubles are told in words."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from alerts.channels.base import ChannelHealth, Closable, DeliveryFailure, Watched
from alerts.channels.zalo_file import TokenFile, TokenPair
from alerts.channels.zalo_oa import ZaloOaChannel
from alerts.channels.zalo_text import Guard
from inventory.loader import load
from monitor.programs_out import OutgoingError
from monitor.settings.settings import Settings, SettingsError, load_settings
from monitor.web.health import Grade, troubles
from monitor.web.metrics import Metrics
from monitor.zalo import TOKEN_FILE, ZaloInput, internal_names, zalo_channels
from tests.clock import FakeClock
from tests.monitor.cli.conftest import INVENTORY, SETTINGS
from tests.monitor.web.samples import province, snapshot_of
from tests.servers.fake_zalo import Fault, open_zalo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OA = "zalo_oa: {app_id: '1234567890'}\n"
ZBS = "zbs: {template_id: '12345', parameters: {noi_dung: {fact: headline, limit: 30}}}\n"
BOT = "zalo_bot: {}\n"
SECRETS = {"zalo-bot-token": "123:abc", "zalo-app-secret": "s" * 20}


def settings_of(folder: Path, text: str) -> Settings:
    path = folder / "tslcd-monitor.yaml"
    path.write_text(SETTINGS + text)
    return load_settings(path)


def secret_of(name: str | None) -> str | None:
    return SECRETS.get(name or "")


async def test_what_is_configured_is_built_and_can_be_watched_and_closed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, OA + ZBS + BOT)

    channels = zalo_channels(settings, secret_of, Guard(), now=lambda: 0.0)

    assert set(channels) == {"zalo_bot", "zalo_oa", "zbs"}
    assert all(
        isinstance(channel, Watched) and isinstance(channel, Closable) for channel in channels.values()
    )
    for channel in channels.values():
        assert isinstance(channel, Closable)
        await channel.aclose()
    assert settings.secrets() == {
        "zalo_bot.token_secret": "zalo-bot-token",
        "zalo_oa.secret_secret": "zalo-app-secret",
    }
    assert zalo_channels(settings_of(tmp_path, ""), secret_of, Guard(), now=lambda: 0.0) == {}


@pytest.mark.parametrize(
    ("secrets", "section"),
    [({"zalo-bot-token": "https://bot/123:abc"}, "zalo_bot"), ({"zalo-app-secret": "x" * 200}, "zalo_oa")],
)
async def test_a_secret_that_cannot_be_one_is_refused_at_the_start_without_being_shown(
    tmp_path: Path, secrets: dict[str, str], section: str
) -> None:
    given = {**SECRETS, **secrets}
    settings = settings_of(tmp_path, OA + BOT)

    with pytest.raises(OutgoingError, match=section) as refused:
        zalo_channels(settings, lambda name: given.get(name or ""), Guard(), now=lambda: 0.0)

    assert not any(secret in str(refused.value) for secret in secrets.values())
    assert "; " in str(refused.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (ZBS, "zalo_oa"),
        ("zalo_bot: {base_url: 'http://bot.example'}\n", "https"),
        ("zalo_bot: {base_url: 'https://user:pass@bot.example'}\n", "https"),
        ("zalo_oa: {app_id: abc}\n", "app_id"),
        (OA + "zbs: {template_id: '1', parameters: {}}\n", "parameters"),
        (OA + "zbs: {template_id: '1', parameters: {a: {fact: phone}}}\n", "fact"),
        ("alerting: {policies: {default: {steps: [{to: ['zalo_bot:abc']}]}}}\n", "zalo_bot"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of(tmp_path, text)

    assert any(wrong in str(problem) for problem in refused.value.problems)


def test_addresses_and_hosts_of_the_inventory_are_kept_inside_but_not_what_targets_are_called(
    tmp_path: Path,
) -> None:
    extra = """\
  core.dvc: {name: Cổng dichvucong.qni.gov.vn, unit: core, profile: any, address: dichvucong.qni.gov.vn}
  core.db: {name: Máy chủ dữ liệu, unit: core, profile: any, address: DB.noi-bo.qni}
"""
    (tmp_path / "10.yaml").write_text(INVENTORY + extra)

    names = internal_names(load([tmp_path]))

    assert {"127.0.0.3", "db.noi-bo.qni"} <= names
    assert "dichvucong.qni.gov.vn" not in names


async def test_a_reload_brings_new_names_to_keep_inside(tmp_path: Path) -> None:
    guard = Guard()
    settings = settings_of(tmp_path, "public_url: https://giamsat.qni.gov.vn\n")

    async def nobody(_heard: object) -> None:
        raise AssertionError

    zalo = ZaloInput({}, guard, settings, nobody, clock=FakeClock())
    (tmp_path / "10.yaml").write_text(INVENTORY.replace("127.0.0.3", "may-1.qni.gov.vn"))

    zalo.adopt(load([tmp_path / "10.yaml"]))

    assert guard.hide("may-1.qni.gov.vn ở giamsat.qni.gov.vn") == "… ở giamsat.qni.gov.vn"
    assert (zalo.is_listening, zalo.chats, zalo.fault) == (False, (), "")


def codes(**channels: ChannelHealth) -> dict[str, str]:
    snapshot = snapshot_of(province())
    health = replace(snapshot.health, channels=channels)
    found = troubles(replace(snapshot, health=health), ZONE)
    assert all(trouble.grade is not Grade.FAILING for trouble in found if trouble.code.startswith("channel"))
    return {trouble.code: trouble.text for trouble in found if trouble.code.startswith("channel")}


def test_a_channel_in_trouble_is_told_with_what_to_do() -> None:
    assert codes(zalo_oa=ChannelHealth()) == {}
    login = codes(zalo_oa=ChannelHealth(needs_login=True), zbs=ChannelHealth(needs_login=True))
    assert list(login) == ["channel_login"]
    assert "zalo-oa login --refresh-token-stdin" in login["channel_login"]
    assert "bí mật" in codes(zalo_bot=ChannelHealth(trouble=DeliveryFailure.AUTH))["channel_trouble"]
    assert "chỉ còn 20" in codes(zbs=ChannelHealth(quota_left=20))["channel_quota"]
    assert codes(zbs=ChannelHealth(quota_left=21)) == {}


@pytest.mark.parametrize(
    ("days", "words"), [(15, None), (14, "còn 14 ngày"), (0, "còn 0 ngày"), (-1, "đã hết hạn")]
)
def test_the_end_of_the_package_is_told_two_weeks_ahead(days: int, words: str | None) -> None:
    now = snapshot_of(province()).now
    today = date.fromordinal(date(1970, 1, 1).toordinal() + int((now + 7 * 3_600) // 86_400))
    until = date.fromordinal(today.toordinal() + days)

    told = codes(zalo_oa=ChannelHealth(package_until=until))

    assert (words is None and told == {}) or (words is not None and words in told["channel_package"])


def test_figures_of_channels_are_in_the_metrics_and_what_is_unknown_is_not() -> None:
    snapshot = snapshot_of(province())
    channels = {"zalo_oa": ChannelHealth(last_success_at=5.0, token_age_s=60.0, quota_left=7)}
    health = replace(snapshot.health, channels=channels)

    text = Metrics(CollectorRegistry()).exposition(replace(snapshot, health=health)).decode()

    assert 'tslcd_channel_token_age_seconds{channel="zalo_oa"} 60.0' in text
    assert 'tslcd_channel_quota_left{channel="zalo_oa"} 7.0' in text
    assert 'tslcd_channel_needs_login{channel="zalo_oa"} 0.0' in text


def test_that_nobody_can_be_heard_is_told() -> None:
    snapshot = snapshot_of(province())
    health = replace(snapshot.health, hearing_fault="bot đang đặt webhook")

    told = [trouble.text for trouble in troubles(replace(snapshot, health=health), ZONE)]

    assert "bot đang đặt webhook" in told


async def until(clock: FakeClock, is_true: Callable[[], object], *, step_s: float) -> None:
    for _ in range(200):
        if is_true():
            return
        for _ in range(1_000):  # whoever asks a server waits in real time: nothing passes meanwhile
            await asyncio.sleep(0.001)
            if clock.sleepers:
                break
        await clock.advance(step_s)
    raise AssertionError("it did not come to that")


async def test_where_nothing_is_sent_the_account_is_looked_at_and_its_token_kept_young(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    async with open_zalo(clock.now) as fake:
        settings = settings_of(
            tmp_path,
            f"zalo_oa: {{app_id: '{fake.oauth.app_id}', base_url: '{fake.openapi_url}', oauth_url: '{fake.oauth_url}'}}\n",
        )
        settings.state_dir.mkdir()
        fake.oauth.secret = SECRETS["zalo-app-secret"]
        channels = zalo_channels(settings, secret_of, Guard(), now=clock.now)
        account = channels["zalo_oa"]
        assert isinstance(account, ZaloOaChannel)
        access, refresh = fake.issue()
        pair = TokenPair(access, refresh, expires_at=clock.now() + 90_000, saved_at=clock.now())
        file = TokenFile(settings.state_dir / TOKEN_FILE)
        await file.save(pair)
        fake.fail("getoa", Fault(status=502))

        async def nobody(_heard: object) -> None:
            raise AssertionError

        zalo = ZaloInput(channels, Guard(), settings, nobody, clock=clock)
        async with zalo.running():
            await until(clock, lambda: account.health(0.0).package_until, step_s=60)
            began = clock.now()
            await until(clock, lambda: clock.now() > began + 3 * 86_400, step_s=3_600)
        await account.aclose()

        assert account.health(0.0).package_until == date(2027, 3, 18)
        assert 3 <= len(fake.calls("refresh")) <= 4  # once a day
        assert 12 <= len(fake.calls("getoa")) <= 15
