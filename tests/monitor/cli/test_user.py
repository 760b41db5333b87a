"""`user` and `audit`, over the Unix socket of a served application."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from monitor.people.rights import Role
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.cli.conftest import Run, Told
from tests.monitor.people.office import COMMUNE, LONG, Office, opened
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon


class AuditedDaemon(HeldDaemon):
    """Its store is the office's."""

    office: Office

    @property
    def state(self) -> object:
        return self.office.state


@dataclass
class Terminal:
    run: Run
    socket: Path
    office: Office

    async def type(self, *words: object) -> Told:
        return await asyncio.to_thread(self.run, *words, "--socket", self.socket)


@pytest.fixture
async def terminal(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Terminal]:
    async with opened(tmp_path) as office:
        daemon = AuditedDaemon(samples.snapshot_of(samples.province(communes=2)), people=office.desk)
        daemon.office = office
        runner = make_runner(make_app(daemon, SocketDoor()))
        await runner.setup()
        socket = tmp_path_factory.mktemp("s") / "api.sock"
        await web.UnixSite(runner, str(socket)).start()
        yield Terminal(run, socket, office)
        await runner.cleanup()


async def test_the_first_administrator_comes_in_by_a_link_that_is_printed(terminal: Terminal) -> None:
    added = await terminal.type(
        "user", "add", "An", "--name", "Nguyễn Văn An", "--role", "admin", "--who", "Ngọc"
    )

    assert added.code == 0, added.err
    link = added.out.splitlines()[-1]
    assert link.startswith("http://127.0.0.1:8080/moi/")
    assert (await terminal.office.desk.invited(link.rpartition("/")[2])).name == "an"
    listed = await terminal.type("user", "list")
    assert listed.rows == [["an", "Nguyễn Văn An", "quản trị", "chưa dùng", "–", "chưa đặt mật khẩu"]]
    (first, *_) = await terminal.office.deeds()
    assert (first[0], first[2]) == ("Ngọc", "account.added")
    assert first[1].startswith("uid ")


async def test_a_password_is_read_from_the_input_and_weak_ones_leave_the_account_without(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ("user", "add", "hoa", "--name", "Hoa", "--role", "duty", "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678\n"))
    weak = await terminal.type(*add)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{LONG}\nrest\n"))
    good = await terminal.type("user", "passwd", "hoa", "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    empty = await terminal.type("user", "passwd", "hoa", "--password-stdin")

    assert weak.code == 6
    assert "đã thêm tài khoản hoa nhưng chưa đặt được mật khẩu" in weak.err
    assert good.code == 0, good.err
    assert empty.code == 2
    assert (await terminal.office.sign_in("hoa")).account.name == "hoa"


async def test_accounts_are_changed(terminal: Terminal) -> None:
    await terminal.office.person("an", Role.ADMIN)
    await terminal.office.person("hoa")

    assert "cấp xã" in (await terminal.type("user", "role", "hoa", "commune", "--unit", COMMUNE)).out
    assert (await terminal.type("user", "disable", "hoa", "--why", "nghỉ việc")).code == 0
    listed = json.loads((await terminal.type("user", "list", "-o", "json")).out)
    assert [(item["name"], item["unit"], item["disabledWhy"]) for item in listed["items"]] == [
        ("an", None, None),
        ("hoa", COMMUNE, "nghỉ việc"),
    ]
    assert (await terminal.type("user", "enable", "hoa")).code == 0
    assert "/moi/" in (await terminal.type("user", "invite", "hoa")).out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("disable", "an"), 1, "quản trị viên duy nhất"),
        (("role", "an", "duty"), 1, "quản trị viên duy nhất"),
        (("role", "ma", "duty"), 1, "không có tài khoản này"),
        (("role", "an", "boss"), 2, "không có 'boss'"),
        (("unit", "an", COMMUNE), 1, "chỉ tài khoản cấp xã"),
        (("second-factor", "reset", "an"), 1, "chưa có xác thực lớp hai"),
        (("add", "an", "--name", "x", "--role", "admin"), 1, "đã có tài khoản"),
        (("token", "add", "an", "--scope", "fly"), 2, ""),
        (("token", "revoke", "an", "x"), 1, "không có mã truy cập này"),
    ],
)
async def test_what_is_refused_is_said_with_a_remedy(
    terminal: Terminal, words: tuple[str, ...], code: int, says: str
) -> None:
    await terminal.office.person("an", Role.ADMIN)

    told = await terminal.type("user", *words)

    assert (told.code, told.out) == (code, "")
    assert says in told.err
    assert "cách sửa" in told.err


async def test_tokens_are_made_listed_and_taken_back(terminal: Terminal) -> None:
    await terminal.office.person("prometheus", Role.DUTY)

    made = await terminal.type(
        "user", "token", "add", "prometheus", "--scope", "metrics", "--label", "máy đo"
    )
    secret = made.out.strip()
    found = await terminal.office.desk.token(secret, "10.0.0.1")
    assert found is not None
    listed = await terminal.type("user", "token", "list", "prometheus")
    assert listed.rows[0][:3] == [found[0].id, "máy đo", "metrics"]
    assert "10.0.0.1" in listed.rows[0][4]
    assert (await terminal.type("user", "token", "revoke", "prometheus", found[0].id)).code == 0
    assert await terminal.office.desk.token(secret, "10.0.0.1") is None


async def test_the_audit_log_is_read_with_filters_and_more_than_a_page(terminal: Terminal) -> None:
    await terminal.office.person("an", Role.ADMIN)
    await terminal.office.refusal("an", "không phải mật khẩu này", "203.0.113.9")

    failed = await terminal.type("audit", "--action", "sign_in", "--text", "203.0.113")
    everything = json.loads((await terminal.type("audit", "--limit", "3000", "-o", "json")).out)
    few = await terminal.type("audit", "--limit", "2")
    wrong = await terminal.type("audit", "--since", "hôm qua")

    assert [row[2:] for row in failed.rows] == [["203.0.113.9", "đăng nhập không thành", "an"]]
    assert len(everything["items"]) == len(await terminal.office.deeds())
    assert everything["next"] is None
    assert len(few.rows) == 2
    assert wrong.code == 2
