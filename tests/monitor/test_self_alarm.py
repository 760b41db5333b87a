"""A real daemon with one dead channel and one that works: who hears of it, once, over a kill, and of the end."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.monitor.daemons import Running, running, write_config
from tests.probes.servers import refused_port
from tests.servers.smtp import Received, smtp_server

PEOPLE = """\
people:
  ngoc: {name: Ngọc, tell: {email: ngoc@tinh.example, file: so-tay-ngoc}}
  hoa: {name: Hoa, tell: {email: hoa@tinh.example}}
  truc: {name: Trực máy, tell: {email: may@tinh.example, file: so-tay-may}}
"""


def config_in(folder: Path, smtp_port: int) -> Path:
    people = folder / "truc.yaml"
    people.write_text(PEOPLE)
    people.chmod(0o600)
    return write_config(
        folder,
        port=refused_port(),
        oncall="truc.yaml",
        file={"path": "tin.jsonl"},
        email={"host": "127.0.0.1", "port": smtp_port, "security": "none", "sender": "a@tinh.example"},
        delivery={"fallback_s": 1, "late_s": 60},
        alerting={
            "group_wait_s": 0.1,
            "night": None,
            "brief": None,
            "policies": {
                "default": {"steps": [{"to": ["ngoc", "hoa"]}]},
                "self": {"steps": [{"to": ["truc", "hoa"]}]},
            },
        },
    )


def lines(folder: Path) -> list[dict[str, Any]]:
    file = folder / "tin.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def alarms(folder: Path) -> list[tuple[str, str]]:
    """Return to whom and what was told of the dead channel. A repeat after a kill has the same id, and counts once."""
    told = {each["message_id"]: each for each in lines(folder) if each["incident"].startswith("self:")}
    return [(each["recipient"], each["text"]) for each in told.values()]


def text_of(mail: Received) -> str:
    part = mail.mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def waiting(daemon: Running) -> list[int]:
    with closing(sqlite3.connect(daemon.state_dir / "state.db")) as reading:
        return [row_id for (row_id,) in reading.execute("select id from waiting where channel = 'email'")]


async def test_a_dead_channel_is_told_on_another_once_and_its_end_when_it_takes_a_message(
    tmp_path: Path,
) -> None:
    smtp_port = refused_port()
    config = config_in(tmp_path, smtp_port)

    async with running(config) as daemon:

        async def told() -> bool:
            return bool(alarms(tmp_path))

        await daemon.until(told, "an alarm")
        daemon.process.kill()
        await daemon.process.wait()
    assert [to for to, _ in alarms(tmp_path)] == ["so-tay-may"], "who has no other channel hears nothing yet"
    assert "kênh email có tin đã" in alarms(tmp_path)[0][1]

    async with running(config) as daemon:
        await daemon.until_answers()

        async def is_told_elsewhere() -> bool:
            return "opened" in [each["kind"] for each in lines(tmp_path)]

        await daemon.until(is_told_elsewhere, "news on another channel")
        async with smtp_server(port=smtp_port) as mailbox:
            body: dict[str, Any] = {"ids": waiting(daemon), "who": "Trực ban"}
            assert await daemon.post("/api/v1/notify/retry", body) == 200

            async def is_over() -> bool:
                return {"may@tinh.example", "hoa@tinh.example"} <= {
                    mail.recipients[0] for mail in mailbox.mails if "gửi được trở lại" in text_of(mail)
                }

            await daemon.until(is_over, "the end")
            assert await daemon.end() == 0
        mails = [(mail.recipients[0], str(mail.mail["Subject"])) for mail in mailbox.mails]
        assert "Traceback" not in daemon.log.read_text()

    assert len(alarms(tmp_path)) == 1, "once, over a restart too"
    assert [to for to, _ in mails].count("hoa@tinh.example") == 2, mails
    assert "told=0" not in daemon.log.read_text()
