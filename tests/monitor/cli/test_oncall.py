"""`oncall` against a real daemon with an on-call file, over a kill and an edit of the file."""

import asyncio
import json
import signal
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.clock import SystemClock
from tests.monitor.cli.conftest import Run, Told
from tests.monitor.daemons import WAIT_S, running, write_config

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FILE = """\
people:
  ngoc: {{name: Bích Ngọc, phone: 0912 345 678, tell: {{file: ngoc}}}}
  an: {{name: A Thiu, tell: {{file: an}}}}
rotas:
  csht:
    name: Trực hạ tầng
    shifts: [{{name: Cả ngày, hours: 00:00-24:00, people: [{person}], since: 2026-01-01}}]
"""


def write_people(folder: Path, person: str) -> Path:
    path = folder / "truc.yaml"
    path.touch(mode=0o640)
    path.write_text(FILE.format(person=person), encoding="utf-8")
    return path


async def start_fails(config: Path) -> str:
    """Start a daemon that ends by itself; return what it says."""
    async with running(config) as daemon:
        assert await daemon.ended(within_s=WAIT_S) == 1
    return daemon.log.read_text()


Oncall = Callable[..., Awaitable[Told]]


@pytest.fixture
def oncall(run: Run, tmp_path: Path) -> Oncall:
    """Type `oncall` commands beside the daemon that runs."""

    async def typed(*words: str) -> Told:
        return await asyncio.to_thread(run, "oncall", *words, "--config", tmp_path / "giam-sat.yaml")

    return typed


async def on_duty(oncall: Oncall) -> dict[str, Any]:
    told = await oncall("now", "-o", "json")
    assert told.out, told.err
    found: dict[str, Any] = json.loads(told.out)["items"][0]
    return found


async def test_a_swap_outlives_a_kill_and_the_file_is_followed(tmp_path: Path, oncall: Oncall) -> None:
    write_people(tmp_path, "ngoc")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = write_config(
            tmp_path,
            port=listener.getsockname()[1],
            oncall="truc.yaml",
            file={"path": "tin.jsonl"},
            inventory_watch={"quiet_s": 0},
            alerting={"policies": {"default": {"steps": [{"to": ["rota:csht"]}]}}},
        )
        now = datetime.fromtimestamp(SystemClock().now(), ZONE)
        hours = [f"{now + timedelta(hours=each):%Y-%m-%dT%H:%M}" for each in (-1, 1)]
        swap = ("swap", "csht", "an", "--from", hours[0], "--until", hours[1], "--who", "Tổ trưởng")
        async with running(config) as daemon:
            await daemon.until_answers()
            assert (await on_duty(oncall))["people"][0]["name"] == "Bích Ngọc"
            told = await oncall(*swap, "--comment", "Ngọc họp")
            assert (told.code, told.out.split(" từ ")[0]) == (0, "A Thiu trực csht")
            told = await oncall("swap", "csht", "ann", *swap[3:])
            assert told.code == 1
            assert "không có người 'ann'; có phải 'an'?" in told.err
            daemon.process.send_signal(signal.SIGKILL)
            await daemon.ended()
        async with running(config) as daemon:
            await daemon.until_answers()
            item = await on_duty(oncall)
            assert (item["people"][0]["name"], item["swapped"]) == ("A Thiu", True)
            assert "đổi ca – Ngọc họp" in (await oncall("week", "--days", "1")).out
            write_people(tmp_path, "an")

            async def is_followed() -> bool:
                return "Bích Ngọc" not in (await oncall("week", "--days", "1")).out

            await daemon.until(is_followed, "the changed file")


async def test_a_policy_that_names_nobody_keeps_the_daemon_from_starting_and_says_why(tmp_path: Path) -> None:
    write_people(tmp_path, "ngoc")
    config = write_config(
        tmp_path,
        port=9,
        oncall="truc.yaml",
        file={"path": "tin.jsonl"},
        alerting={"policies": {"default": {"steps": [{"to": ["rota:csth", "ngocc"]}]}}},
    )

    err = await start_fails(config)

    assert "không có bảng trực 'csth'\n  cách sửa: có phải 'csht'?" in err
    assert "không có người hoặc nhóm 'ngocc'\n  cách sửa: có phải 'ngoc'?" in err


async def test_after_a_bad_edit_a_restart_goes_on_with_the_last_good_people_and_says_so(
    tmp_path: Path, oncall: Oncall
) -> None:
    path = write_people(tmp_path, "ngoc")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = write_config(
            tmp_path,
            port=listener.getsockname()[1],
            oncall="truc.yaml",
            file={"path": "tin.jsonl"},
            inventory_watch={"quiet_s": 0},
            alerting={"policies": {"default": {"steps": [{"to": ["rota:csht"]}]}}},
        )
        async with running(config) as daemon:
            await daemon.until_answers()
            assert await daemon.end() == 0
        path.write_text("people: [")
        async with running(config) as daemon:
            await daemon.until_answers()
            assert (await on_duty(oncall))["people"][0]["name"] == "Bích Ngọc"
            health = await daemon.health()
            assert health is not None
            assert "oncall_broken" in {each["code"] for each in health["reasons"]}
            write_people(tmp_path, "an")

            async def is_mended() -> bool:
                return (await on_duty(oncall))["people"][0]["name"] == "A Thiu"

            await daemon.until(is_mended, "the mended file")
            health = await daemon.health()
            assert health is not None
            assert "oncall_broken" not in {each["code"] for each in health["reasons"]}


async def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    write_people(tmp_path, "ngoc").chmod(0o644)
    config = write_config(tmp_path, port=9, oncall="truc.yaml")

    err = await start_fails(config)

    assert "người ngoài đọc hoặc sửa được tệp người trực (quyền 0644)" in err
