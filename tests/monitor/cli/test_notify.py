"""`notify` against a daemon that runs: what waits, trying again, dropping, a test message, who would be told."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.cli.exits import Exit
from tests.monitor.daemons import Running, running, write_config
from tests.probes.servers import refused_port

PEOPLE = """
people:
  ngoc: {name: Bích Ngọc, tell: {email: ngoc@tinh.example, file: ngoc}}
"""


@dataclass
class Terminal:
    """A terminal beside the daemon."""

    config: Path
    daemon: Running
    capsys: pytest.CaptureFixture[str]

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, and what was printed to stdout and stderr."""
        self.capsys.readouterr()
        code = await asyncio.to_thread(main, ["notify", *words, "--config", str(self.config)])
        out, err = self.capsys.readouterr()
        return code, out, err

    async def json(self, *words: str) -> dict[str, Any]:
        _, out, err = await self.run(*words, "-o", "json")
        assert out, err
        answer: dict[str, Any] = json.loads(out)
        return answer


@pytest.fixture
async def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Terminal]:
    people = tmp_path / "truc.yaml"
    people.write_text(PEOPLE)
    people.chmod(0o600)
    config = write_config(
        tmp_path,
        port=refused_port(),
        oncall="truc.yaml",
        file={"path": "tin.jsonl"},
        email={"host": "127.0.0.1", "port": refused_port(), "security": "none", "sender": "a@tinh.example"},
        alerting={
            "group_wait_s": 0.1,
            "new_target_quiet_s": 0,
            "night": {"from": "22:00", "to": "07:00"},
            "policies": {
                "default": {
                    "steps": [
                        {"to": ["email:b@tinh.example"]},
                        {"to": ["ngoc"], "after_minutes": 15, "hours": "off"},
                        {"to": ["ngoc"], "after_minutes": 30},
                    ]
                }
            },
        },
    )
    async with running(config) as daemon:
        await daemon.until_answers()
        yield Terminal(config, daemon, capsys)
        assert await daemon.end() == 0
        assert "Traceback" not in daemon.log.read_text()


async def test_people_look_after_the_messages_of_a_daemon(terminal: Terminal) -> None:
    found: list[dict[str, Any]] = []

    async def waits() -> bool:
        found[:] = (await terminal.json("queue", "--channel", "email"))["items"]
        return bool(found and found[0]["lastError"])

    await terminal.daemon.until(waits, "a message that cannot be sent")

    (item,) = found
    assert (item["kind"], item["state"], item["channel"]) == ("opened", "waiting", "email")
    code, out, _ = await terminal.run("render", "down", "--incident", item["about"])
    assert (code, out.splitlines()[0][:3], item["about"] in out) == (Exit.OK, "🔴 M", True)
    assert (await terminal.run("render", "down", "--incident", "SC-2020-0001"))[0] == Exit.FINDINGS
    code, out, _ = await terminal.run("queue")
    assert (code, "báo sự cố\temail\tb@tinh.example" in out) == (Exit.OK, True)
    assert (await terminal.json("queue", "--dead"))["items"] == []

    assert (await terminal.json("retry", str(item["id"]), "--who", "Lan"))["ids"] == [item["id"]]
    assert (await terminal.run("retry"))[0] == Exit.USAGE
    code, out, err = await terminal.run("drop", str(item["id"]), "999", "--comment", "đã gọi", "--who", "Lan")
    assert (code, out) == (Exit.FINDINGS, f"{item['id']}\n")
    assert "Đã bỏ 1 tin." in err
    assert (await terminal.json("queue"))["items"] == []
    assert (await terminal.run("drop", "999", "--comment", "x"))[0] == Exit.FINDINGS

    tried = {each["channel"]: each for each in (await terminal.json("test", "ngoc"))["items"]}
    assert {channel: each["state"] for channel, each in tried.items()} == {"email": "waiting", "file": "sent"}
    why = tried["email"]["lastError"]  # tried, though the channel rested
    assert why.startswith("không kết nối được máy chủ của kênh; xem địa chỉ, cổng")
    assert "Connect call failed" in why
    code, out, _ = await terminal.run("test", "file:so-truc")
    assert (code, out) == (Exit.OK, "file\tso-truc\tđã gửi\t–\n")
    code, _, err = await terminal.run("test", "khong-co")
    assert (code, "khong-co" in err) == (Exit.FINDINGS, True)

    route = await terminal.json("route-test", "--target", "u.may", "--at", "03:00")
    assert [(step["applies"], [to["channel"] for to in step["to"]]) for step in route["steps"]] == [
        (True, ["email"]),
        (False, ["email"]),
        (True, ["email"]),
    ]
    assert route["steps"][0]["held"] is None
    asleep = await terminal.json("route-test", "--target", "u.may", "--at", "03:00", "--severity", "3")
    assert asleep["steps"][0]["held"]["reason"] == "night"
    code, out, _ = await terminal.run("route-test", "--target", "u.may", "--at", "03:00")
    assert (code, "bỏ qua" in out) == (Exit.OK, True)
    assert (await terminal.run("route-test", "--target", "khong-co"))[0] == Exit.FINDINGS
