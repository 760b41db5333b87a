"""A real daemon: a link in an e-mail takes an incident, and so does a word in a chat, which is answered."""

import asyncio
import re
import socket
from pathlib import Path

import aiohttp
import yaml

from monitor.clock import SystemClock
from tests.monitor.daemons import Running, running, write_config
from tests.servers.fake_zalo import FakeZalo, open_zalo
from tests.servers.fake_zalo_bot import write_to_bot
from tests.servers.running import free_port
from tests.servers.smtp import Mailbox, smtp_server

CHAT = "6ede9afa66b88fe6d6a9"


def settings(folder: Path, mailbox: Mailbox, zalo: FakeZalo, port: int) -> dict[str, object]:
    secrets = folder / "bi-mat"
    secrets.mkdir(mode=0o700)
    for name, value in {"zalo-bot-token": zalo.bot.token}.items():
        (secrets / name).write_text(value)
        (secrets / name).chmod(0o600)
    people = {
        "people": {
            "ngoc": {"name": "Ngọc", "tell": {"email": "ngoc@quangngai.example", "zalo_bot": CHAT}},
        }
    }
    oncall = folder / "truc.yaml"
    oncall.write_text(yaml.safe_dump(people, allow_unicode=True))
    oncall.chmod(0o640)
    return {
        "secrets_dir": "bi-mat",
        "oncall": "truc.yaml",
        "public_url": f"http://127.0.0.1:{port}",
        "replies": {"port": port},
        "email": {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "security": "none",
            "sender": "giamsat@quangngai.example",
        },
        "zalo_bot": {"base_url": zalo.bot_url},
        "alerting": {
            "group_wait_s": 0.5,
            "recovery_wait_s": 0.5,
            "night": None,
            "groups": {"gather_s": 0.5},
            "new_target_quiet_s": 0,
            "policies": {"default": {"steps": [{"to": ["ngoc"]}]}},
        },
    }


async def owner(daemon: Running) -> str:
    connector = aiohttp.UnixConnector(str(daemon.state_dir / "api.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://localhost/api/v1/incidents") as response,
    ):
        items = (await response.json())["items"]
        return str(items[0].get("ackedBy") or "") if items else ""


async def test_an_incident_is_taken_by_a_mails_link_given_back_and_taken_in_a_chat(tmp_path: Path) -> None:
    clock = SystemClock()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there: the target is down
        async with open_zalo(clock.now) as zalo, smtp_server() as mailbox:
            zalo.bot.replay, zalo.bot.idle_s = "consume", 0.5
            port = free_port()
            config = write_config(
                tmp_path, port=held.getsockname()[1], **settings(tmp_path, mailbox, zalo, port)
            )
            async with running(config) as daemon:
                await daemon.until_answers()

                async def told() -> bool:
                    return bool(mailbox.mails)

                await daemon.until(told, "a mail")
                text = mailbox.mails[0].mail.get_body(("plain",))
                assert text is not None
                link = re.search(rf"http://127\.0\.0\.1:{port}/a/\S+", text.get_content())
                assert link is not None, text.get_content()
                async with aiohttp.ClientSession() as session:
                    for method in ("HEAD", "GET", "GET"):
                        async with session.request(method, link[0]) as response:
                            assert response.status == 200
                    assert await owner(daemon) == ""
                    async with session.post(link[0], data={"viec": "nhan"}) as response:
                        assert "Đã ghi: Ngọc nhận xử lý" in await response.text()
                assert await owner(daemon) == "Ngọc"

                write_to_bot(zalo, "bỏ nhận 1")
                await _until_said(daemon, zalo, "trả lại")
                write_to_bot(zalo, "NHAN 1 dang ra xa")
                await _until_said(daemon, zalo, "nhận xử lý")
                assert await owner(daemon) == "Ngọc"
                assert zalo.bot.token not in daemon.log.read_text()
                assert link[0].rpartition("/")[2] not in daemon.log.read_text()
                assert await daemon.end() == 0


async def _until_said(daemon: Running, zalo: FakeZalo, words: str) -> None:
    async def said() -> bool:
        await asyncio.sleep(0.05)
        return any(words in each.text for each in zalo.sent)

    await daemon.until(said, words)
