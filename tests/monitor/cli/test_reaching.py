"""Commands that ask a daemon on another machine: over a verified https, with a token that nobody else may read."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from monitor.cli.exits import Exit
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.web.refusing import RefusedError
from monitor.web.server import make_app, make_runner
from monitor.web.showing import PageDesk
from tests.monitor.cli.conftest import STARTING_S, Run
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon
from tests.probes.certificates import Authority, make_authority

TOKEN = "tslcd_bi-mat-khong-bao-gio-in-ra"


class TokenDoor:
    """Lets in who shows the token, as somebody on duty, or as a leader."""

    role = Role.DUTY

    async def principal(self, request: web.Request) -> Principal:
        said = request.headers.get("Authorization", "")
        if not said:
            return Principal()
        if said != f"Bearer {TOKEN}":
            raise RefusedError(401, "mã truy cập API không đúng")
        return Principal(name="hoa", way=Way.TOKEN, role=self.role, rights=RIGHTS[self.role])

    def add_pages(self, app: web.Application, pages: PageDesk) -> None:
        """Nobody signs in here."""


Serve = Callable[[ssl.SSLContext | None], int]


@pytest.fixture
def door() -> TokenDoor:
    return TokenDoor()


@pytest.fixture
def serve(door: TokenDoor) -> Iterator[Serve]:
    """Serve a small province on a port of this machine, from a thread of its own: commands block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runners: list[web.AppRunner] = []

    async def start(context: ssl.SSLContext | None) -> int:
        daemon = HeldDaemon(samples.snapshot_of(samples.province(communes=2)))
        runner = make_runner(make_app(daemon, door))
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        return int(runner.addresses[0][1])

    async def stop() -> None:
        for runner in runners:
            await runner.cleanup()

    yield lambda context: asyncio.run_coroutine_threadsafe(start(context), loop).result(STARTING_S)
    asyncio.run_coroutine_threadsafe(stop(), loop).result(STARTING_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "ma"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def test_a_command_asks_over_https_with_the_token(
    run: Run, serve: Serve, authority: Authority, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://127.0.0.1:{serve(authority.server('may-chu'))}"

    told = run("status", "--url", url, "--token-file", token, "--ca-file", authority.file, "--json")
    assert told.code == Exit.OK, told.err
    assert len(json.loads(told.out)["items"]) == 6

    monkeypatch.setenv("TSLCD_MONITOR_URL", url)
    monkeypatch.setenv("TSLCD_MONITOR_TOKEN_FILE", str(token))
    assert run("status", "--ca-file", authority.file).code == Exit.OK
    assert TOKEN not in told.out + told.err


def test_a_certificate_that_nobody_vouches_for_gets_no_token(
    run: Run, serve: Serve, authority: Authority, token: Path, tmp_path: Path
) -> None:
    port = serve(authority.server("ten-khac", names=("giam-sat.example",)))
    (tmp_path / "la").mkdir()
    stranger = make_authority(tmp_path / "la")

    for ca_file in (stranger.file, authority.file):
        told = run(
            "status", "--url", f"https://127.0.0.1:{port}", "--token-file", token, "--ca-file", ca_file
        )
        assert told.code == Exit.UNREACHABLE
        assert "không tin được chứng thư" in told.err
        assert "--ca-file" in told.err


def test_who_may_not_hears_what_to_do(
    run: Run, serve: Serve, door: TokenDoor, token: Path, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{serve(None)}"
    wrong = tmp_path / "sai"
    wrong.write_text("tslcd_het-han")
    wrong.chmod(0o600)

    nobody = run("status", "--url", url)
    assert (nobody.code, "cần đăng nhập" in nobody.err) == (Exit.NOT_ALLOWED, True)
    ended = run("status", "--url", url, "--token-file", wrong)
    assert (ended.code, "tslcd-monitor user token" in ended.err) == (Exit.NOT_ALLOWED, True)
    door.role = Role.LEADER
    leader = run("inventory", "versions", "--url", url, "--token-file", token)
    assert (leader.code, "không có quyền 'see'" in leader.err) == (Exit.NOT_ALLOWED, True)
    assert TOKEN not in nobody.err + ended.err + leader.err


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_token_that_others_may_read_or_change_is_not_used(run: Run, token: Path, mode: int) -> None:
    token.chmod(mode)

    told = run("status", "--url", "https://127.0.0.1:1", "--token-file", token)

    assert told.code == Exit.NOT_ALLOWED
    assert f"chmod 600 {token}" in told.err
    assert TOKEN not in told.err


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"hai dong\nkhac", b"\xff\xfe", b"x" * 5_000, b"a\x00b", "mã".encode()]
)
def test_a_file_that_holds_no_token_is_refused_without_being_quoted(
    run: Run, token: Path, content: bytes
) -> None:
    token.write_bytes(content)

    told = run("status", "--url", "https://127.0.0.1:1", "--token-file", token)

    assert told.code == Exit.USAGE
    assert "không chứa một mã truy cập API" in told.err
    assert "dong" not in told.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("giam-sat.example", "không phải địa chỉ"),
        ("ftp://giam-sat.example", "không phải địa chỉ"),
        ("https://", "không phải địa chỉ"),
        ("https://a:b@giam-sat.example", "không phải địa chỉ"),
        ("https://giam-sat.example:99999", "không phải địa chỉ"),
        ("https://giam-sat.example/?a=b", "không phải địa chỉ"),
        ("https://giám-sát.example", "không phải địa chỉ"),
        ("https://a\r\nX: y", "không phải địa chỉ"),
        ("https://[::1", "không phải địa chỉ"),
        ("http://giam-sat.example", "không mã hóa"),
        ("http://127.0.0.1.example", "không mã hóa"),
    ],
)
def test_an_address_that_is_none_or_gives_the_token_away_is_refused(
    run: Run, token: Path, url: str, said: str
) -> None:
    told = run("status", "--url", url, "--token-file", token)

    assert told.code == Exit.USAGE
    assert said in told.err


def test_what_contradicts_itself_is_refused(run: Run, token: Path, tmp_path: Path) -> None:
    both = run("status", "--url", "https://127.0.0.1:1", "--socket", tmp_path / "api.sock")
    alone = run("status", "--token-file", token, "--socket", tmp_path / "api.sock")

    assert (both.code, "có cả --url và --socket" in both.err) == (Exit.USAGE, True)
    assert (alone.code, "chỉ dùng cùng --url" in alone.err) == (Exit.USAGE, True)


def test_what_is_said_counts_more_than_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TSLCD_MONITOR_URL", "https://127.0.0.1:1")

    told = run("status", "--socket", tmp_path / "api.sock")

    assert told.code == Exit.UNREACHABLE
    assert "api.sock" in told.err


def test_nobody_there_is_told_with_the_address(
    run: Run, authority: Authority, token: Path, tmp_path: Path
) -> None:
    told = run("status", "--url", "https://127.0.0.1:1", "--token-file", token, "--ca-file", authority.file)
    assert (told.code, "https://127.0.0.1:1" in told.err) == (Exit.UNREACHABLE, True)

    told = run("status", "--url", "https://127.0.0.1:1", "--ca-file", tmp_path / "khong-co.pem")
    assert (told.code, "khong-co.pem" in told.err) == (Exit.USAGE, True)
