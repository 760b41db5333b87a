"""`zalo-oa login`, `zalo-oa status` and `zalo-bot chats`, against Zalo on loopback."""

import asyncio
import io
import json
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.clock import SystemClock
from monitor.inputs.zalo_updates import Chat
from tests.monitor.cli.conftest import SETTINGS, Run
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.samples import province, snapshot_of
from tests.servers.fake_zalo import FakeZalo, Fault, open_zalo
from tests.servers.fake_zalo_bot import write_to_bot

LIMIT_S = 20.0


@pytest.fixture
def zalo() -> Iterator[FakeZalo]:
    """A Zalo on a loop of its own: commands block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="zalo")
    thread.start()
    opened = open_zalo(SystemClock().now)
    served = asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(LIMIT_S)
    yield served
    try:
        asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(LIMIT_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def with_zalo(config: Path, zalo: FakeZalo) -> Path:
    """Settings with Official Account and bot, and their secrets."""
    config.write_text(
        SETTINGS
        + f"zalo_oa: {{app_id: '{zalo.oauth.app_id}', base_url: '{zalo.openapi_url}', oauth_url: '{zalo.oauth_url}'}}\n"
        + f"zalo_bot: {{base_url: '{zalo.bot_url}'}}\n"
    )
    secrets = config.parent / "secrets"
    secrets.mkdir(mode=0o700)
    for name, value in (("zalo-app-secret", zalo.oauth.secret), ("zalo-bot-token", zalo.bot.token)):
        (secrets / name).write_text(value + "\n")
        (secrets / name).chmod(0o600)
    return config


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_login_uses_the_token_at_once_saves_the_pair_and_says_whose_it_is(
    run: Run, with_zalo: Path, zalo: FakeZalo, typed: Callable[[str], None]
) -> None:
    _, refresh = zalo.issue()
    typed(f"{refresh}\n")

    told = run("zalo-oa", "login", "--refresh-token-stdin", "--config", with_zalo)

    assert (told.code, told.out) == (0, "Đã đăng nhập Official Account Giám sát hạ tầng số\n")
    assert refresh not in told.out + told.err
    assert zalo.oauth.refresh[refresh] == "used"
    file = with_zalo.parent / "state" / "zalo-oa.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert zalo.oauth.refresh[json.loads(file.read_text())["refresh_token"]] == "fresh"


def test_a_login_with_a_token_that_was_used_says_where_to_get_another(
    run: Run, with_zalo: Path, zalo: FakeZalo, typed: Callable[[str], None]
) -> None:
    _, refresh = zalo.issue()
    zalo.oauth.refresh[refresh] = "lost"
    typed(refresh)

    told = run("zalo-oa", "login", "--refresh-token-stdin", "--config", with_zalo)

    assert told.code == 1
    assert "used already" in told.err
    assert "API Explorer" in told.err
    assert refresh not in told.err
    assert not (with_zalo.parent / "state" / "zalo-oa.json").exists()


@pytest.mark.parametrize("text", ["", "\n", "hai từ\n"])
def test_a_login_without_a_token_asks_nobody(
    run: Run, with_zalo: Path, zalo: FakeZalo, typed: Callable[[str], None], text: str
) -> None:
    typed(text)

    told = run("zalo-oa", "login", "--refresh-token-stdin", "--config", with_zalo)

    assert told.code == 2
    assert zalo.requests == []


def test_a_login_stays_good_when_the_account_does_not_answer(
    run: Run, with_zalo: Path, zalo: FakeZalo, typed: Callable[[str], None]
) -> None:
    _, refresh = zalo.issue()
    typed(refresh)
    zalo.fail("getoa", Fault(status=502))

    told = run("zalo-oa", "login", "--refresh-token-stdin", "--config", with_zalo, "-o", "json")

    assert told.code == 0
    assert json.loads(told.out) == {"schema": "zalo-oa-login/1", "name": ""}


def test_the_state_of_the_account_is_shown_without_any_token(
    run: Run, with_zalo: Path, zalo: FakeZalo, typed: Callable[[str], None]
) -> None:
    assert run("zalo-oa", "status", "--config", with_zalo).code == 1
    access, refresh = zalo.issue()
    typed(refresh)
    run("zalo-oa", "login", "--refresh-token-stdin", "--config", with_zalo)

    told = run("zalo-oa", "status", "--config", with_zalo)
    body = json.loads(run("zalo-oa", "status", "--config", with_zalo, "-o", "json").out)

    assert told.code == 0
    assert "Giám sát hạ tầng số" in told.out
    assert "đến ngày 18/03/2027" in told.out
    assert "RT-" not in told.out + told.err
    assert access not in told.out
    assert (body["schema"], body["packageUntil"], body["tokenLeftS"]) == (
        "zalo-oa/1",
        "2027-03-18",
        pytest.approx(90_000, abs=60),
    )


def test_a_missing_secret_is_named_with_what_to_do(run: Run, with_zalo: Path) -> None:
    (with_zalo.parent / "secrets" / "zalo-app-secret").unlink()
    (with_zalo.parent / "state").mkdir()
    (with_zalo.parent / "state" / "zalo-oa.json").write_text(
        '{"access_token": "a", "refresh_token": "r", "expires_at": 1, "saved_at": 0}'
    )

    told = run("zalo-oa", "status", "--config", with_zalo)

    assert told.code == 1
    assert "zalo-app-secret" in told.err
    assert "chmod 600" in told.err


def test_without_the_section_the_commands_say_what_to_add(run: Run, config: Path) -> None:
    account, bot = (
        run("zalo-oa", "status", "--config", config),
        run("zalo-bot", "chats", "--config", config),
    )

    assert (account.code, bot.code) == (1, 1)
    assert "app_id" in account.err
    assert "token_secret" in bot.err


def test_chats_come_from_the_daemon_that_listens(
    run: Run, serve: Callable[[HeldDaemon], Path], config: Path
) -> None:
    chats = (Chat("6ede9afa", "Chị Trúc", is_group=False, last_at=1_779_858_000.0),)
    daemon = HeldDaemon(snapshot_of(province()))
    daemon.zalo = SimpleNamespace(is_listening=True, chats=chats)
    path = serve(daemon)

    told = run("zalo-bot", "chats", "--socket", path)

    assert told.rows == [["Chị Trúc", "người", "6ede9afa", "12:00 27/05/2026"]]
    daemon.zalo = None
    assert run("zalo-bot", "chats", "--socket", path).code == 1


def test_chats_come_from_zalo_itself_when_no_daemon_runs(run: Run, with_zalo: Path, zalo: FakeZalo) -> None:
    write_to_bot(zalo, "xin chào", chat_id="g1", chat_type="GROUP", name="Tổ trực")

    told = run("zalo-bot", "chats", "--config", with_zalo)
    body = json.loads(run("zalo-bot", "chats", "--config", with_zalo, "-o", "json").out)

    assert told.code == 0
    assert told.rows[0][:3] == ["Tổ trực", "nhóm", "g1"]
    assert body["items"][0]["chatId"] == "g1"


def test_22_a_webhook_is_named_when_the_chats_cannot_be_asked_for(
    run: Run, with_zalo: Path, zalo: FakeZalo
) -> None:
    zalo.bot.webhook = "https://another.example/hook"

    told = run("zalo-bot", "chats", "--config", with_zalo)

    assert told.code == 1
    assert "webhook" in told.err
    assert "zalo_bot.poll: false" in told.err
