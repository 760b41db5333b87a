"""`silence` and `maintenance` against a daemon that runs as its own process."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.demo.processes import module_environment
from tests.monitor.cli.conftest import Run, Told, run
from tests.monitor.daemons import CLOCK, WAIT_S, running

__all__ = ["run"]

UNITS = {
    "21484": {"name": "Xã Ba Tơ", "kind": "xã", "area": "qn", "former_district": "Huyện Ba Tơ"},
    "23308": {"name": "Xã Đăk Rơ Wa", "kind": "xã", "area": "kt", "former_district": "Thành phố Kon Tum"},
}
MANY = {f"3{n:04}": {"name": f"Xã Số {n}", "kind": "xã", "area": "gl"} for n in range(31)}
CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Thay cáp
LOCATION:Ba Tơ
DTSTART:{coming}T220000
DURATION:PT2H
END:VEVENT
BEGIN:VEVENT
SUMMARY:Đã qua
LOCATION:Ba Tơ
DTSTART:{past}T220000
DURATION:PT2H
END:VEVENT
END:VCALENDAR
"""


def write_config(folder: Path, port: int) -> Path:
    """Two communes whose devices refuse `port`, and 31 that nobody watches."""
    checks = {
        "tcp": {
            "kind": "tcp",
            "interval_s": 1,
            "retry_interval_s": 1,
            "timeout_s": 0.5,
            "failures_to_down": 2,
            "options": {"port": port},
        }
    }
    target = {"name": "CPE", "profile": "any", "address": "127.0.0.1"}
    inventory = {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}, "kt": {"name": "Kon Tum (cũ)"}, "gl": {"name": "Nhiều"}},
        "units": UNITS | MANY,
        "profiles": {"any": {"layer": "tslcd", "checks": checks}},
        "targets": {f"{code}.cpe": {**target, "unit": code} for code in UNITS}
        | {f"{code}.cpe": {**target, "unit": code, "enabled": False} for code in MANY},
        "windows": {
            "nut": {
                "title": "Thay nút",
                "reason": "cũ",
                "owner": "VNPT",
                "select": {"areas": ["kt"]},
                "weekly": {"weekday": "sun", "at": "22:00", "hours": 2},
            }
        },
    }
    settings = {
        "province": "Tỉnh Thử",
        "inventory": ["danh-muc"],
        "state_dir": "state",
        "web": {"enabled": False},
        "file": {"path": str(folder / "tin.jsonl")},
        "alerting": {"night": None, "policies": {"default": {"steps": [{"to": ["file:x"]}]}}},
    }
    (folder / "danh-muc").mkdir()
    (folder / "danh-muc" / "tinh.yaml").write_text(yaml.safe_dump(inventory, allow_unicode=True))
    path = folder / "giam-sat.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return path


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a daemon that runs for all tests of this module."""
    folder = tmp_path_factory.mktemp("d")
    with socket.socket() as closed, (folder / "log").open("wb") as log:
        closed.bind(("127.0.0.1", 0))
        config = write_config(folder, closed.getsockname()[1])
        command = [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=module_environment())
        yield folder
        process.terminate()
        process.wait(WAIT_S)


class Desk:
    """Types commands for a daemon, and takes everything back in the end."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self.folder = folder

    def type(self, *words: object) -> Told:
        return self._run(*words, "--socket", self.folder / "state" / "api.sock")

    def json(self, *words: object) -> Any:
        told = self.type(*words, "-o", "json")
        assert told.code == 0, told.err
        return json.loads(told.out)

    def listed(self, what: str, *words: object) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.json(what, "list", *words)["items"]
        return items

    def until_down(self) -> None:
        ends_at = CLOCK.monotonic() + WAIT_S
        while len(self.listed("incident")) < len(UNITS):
            assert CLOCK.monotonic() < ends_at, (self.folder / "log").read_text()
            threading.Event().wait(0.1)

    def until_answers(self) -> None:
        ends_at = CLOCK.monotonic() + WAIT_S
        while self.type("silence", "list").code != 0:
            assert CLOCK.monotonic() < ends_at, (self.folder / "log").read_text()
            threading.Event().wait(0.1)

    def clear(self) -> None:
        for item in self.listed("maintenance", "--days", "400"):
            if item["source"] == "declared":
                self.type(
                    *(("silence", "expire") if item["kind"] == "silence" else ("maintenance", "end")),
                    item["id"],
                )


@pytest.fixture
def desk(run: Run, daemon: Path) -> Iterator[Desk]:
    found = Desk(run, daemon)
    found.until_answers()
    yield found
    found.clear()


def test_a_silence_is_previewed_declared_listed_extended_and_ended(desk: Desk) -> None:
    desk.until_down()

    tried = desk.type("silence", "add", "ba to", "-d", "1h30m", "--comment", "sửa điện", "--dry-run")
    assert tried.code == 0
    assert "xã Ba Tơ" in tried.err
    assert "(01 giờ 30 phút)" in tried.err
    assert "1 đơn vị, 1 đối tượng" in tried.err
    assert "Sự cố đang mở sẽ không báo tiếp: SC-" in tried.err
    assert desk.listed("silence") == []

    added = desk.type("silence", "add", "ba to", "-d", "1h30m", "--comment", "sửa điện", "--who", "Ngọc")
    assert added.out.startswith("IM-")
    silence = added.out.split(":")[0]
    (item,) = desk.listed("silence")
    assert (item["id"], item["state"], item["who"]) == (silence, "active", "Ngọc")
    assert item["selector"] == {"units": ["21484"]}

    extended = desk.json("silence", "update", silence, "-d", "3h", "--comment", "chờ thợ", "--who", "Bình")
    assert extended["item"]["comment"] == "sửa điện; Bình: chờ thợ"
    shown = desk.type("silence", "show", silence)
    assert "chờ thợ" in shown.out

    assert desk.type("silence", "expire", silence).code == 0
    again = desk.type("silence", "expire", silence)
    assert (again.code, again.err.splitlines()[0]) == (1, f"lỗi: {silence}: đã hết hiệu lực")
    past = {item["id"]: item["state"] for item in desk.listed("silence", "--past", "1")}
    assert past[silence] == "ended"
    audit = desk.json("inventory", "audit")
    assert {"silence.declared", "silence.extended", "silence.ended"} <= {e["action"] for e in audit["items"]}


def test_what_cannot_be_muted_is_refused_with_a_way_out(desk: Desk) -> None:
    for words, code, said in (
        (("dak ro va", "-d", "1h"), 2, "Đăk Rơ Wa"),
        (("-d", "1h"), 1, "cả tỉnh"),
        (("ba to", "--layer", "pc", "-d", "1h"), 1, "không có đối tượng nào"),
        (("ba to", "-d", "31d"), 1, "30 ngày"),
        (("ba to", "--until", "2020-01-01 06:00"), 1, "đã qua"),
        (("ba to", "--until", "mai"), 2, "2026-11-23 06:00"),
        (("--area", "gl", "-d", "1h"), 2, "--yes"),
    ):
        told = desk.type("silence", "add", *words, "--comment", "thử")
        assert (told.code, said in told.err) == (code, True), told.err
    assert desk.listed("silence") == []

    sure = desk.type("silence", "add", "--area", "gl", "-d", "1h", "--comment", "thử", "--yes")
    assert sure.code == 0
    unknown = desk.type("maintenance", "end", "IM-2026-0001")
    assert (unknown.code, "không có mã này" in unknown.err) == (1, True)


def test_silences_go_from_one_daemon_to_the_next_once(desk: Desk, tmp_path: Path) -> None:
    desk.type("silence", "add", "ba to", "-d", "1h", "--comment", "sửa điện", "--who", "Ngọc")
    exported = desk.type("silence", "list", "-o", "json")
    (tmp_path / "im.json").write_text(exported.out)
    same = desk.json("silence", "import", tmp_path / "im.json", "--who", "Bình")
    assert (same["items"], same["skipped"]) == ([], 1)

    listed = desk.listed("silence")
    desk.type("silence", "expire", listed[0]["id"])
    for skipped in (0, 1):
        done = desk.json("silence", "import", tmp_path / "im.json", "--who", "Bình")
        assert done["skipped"] == skipped
    (item,) = desk.listed("silence")
    assert (item["who"], item["comment"]) == ("Bình", "sửa điện (Ngọc khai)")
    wrong = desk.type("silence", "import", desk.folder / "giam-sat.yaml")
    assert wrong.code == 2


def test_maintenance_is_declared_imported_and_listed_with_the_windows_of_the_inventory(
    desk: Desk, tmp_path: Path
) -> None:
    coming = f"{datetime.fromtimestamp(CLOCK.now(), UTC) + timedelta(days=40):%Y%m%d}"
    (tmp_path / "lich.ics").write_text(CALENDAR.format(coming=coming, past="20201123"))
    added = desk.type(
        *("maintenance", "add", "ba to", "--from", "23:30", "-d", "2h", "--title", "Thay pin"),
        *("--worker", "VNPT", "--until-up", "--comment", "theo thông báo"),
    )
    assert added.out.startswith("BT-")
    desk.type("silence", "add", "ba to", "-d", "1h", "--comment", "sửa điện")

    items = desk.listed("maintenance", "--days", "8")
    assert {(item["kind"], item["source"]) for item in items} == {
        ("maintenance", "declared"),
        ("maintenance", "inventory"),
        ("silence", "declared"),
    }
    table = desk.type("maintenance", "list", "--days", "8")
    assert "Thay nút" in table.out
    ended = desk.type("maintenance", "end", added.out.split(":")[0])
    assert "đã hủy" in ended.out

    for skipped in (0, 1):
        done = desk.json("maintenance", "import-ics", tmp_path / "lich.ics", "--worker", "VNPT")
        assert (len(done["items"]), done["skipped"]) == (1 - skipped, skipped)
    items = desk.listed("maintenance", "--days", "400")
    assert [item["comment"] for item in items if item["title"] == "Thay cáp"] == ["Thay cáp"]


@pytest.fixture
def config(tmp_path: Path, unused_tcp_port: int) -> Path:
    return write_config(tmp_path, unused_tcp_port)


async def _declare_and_kill(run: Run, config: Path, number: int) -> None:
    """Look whether all that was answered before is there, declare one more, and kill as soon as that is answered."""
    async with running(config) as daemon:
        await daemon.until_answers()
        desk = Desk(run, config.parent)
        assert len(await asyncio.to_thread(desk.listed, "silence")) == number
        words = ("silence", "add", "ba to", "-d", "1h", "--comment", f"lần {number}")
        await asyncio.to_thread(desk.json, *words)
        daemon.process.kill()
        await daemon.process.wait()


async def test_a_silence_that_was_answered_survives_kill_9(run: Run, config: Path) -> None:
    for number in range(2):
        await _declare_and_kill(run, config, number)


@pytest.mark.slow
async def test_twenty_silences_that_were_answered_survive_twenty_kills(run: Run, config: Path) -> None:
    for number in range(21):
        await _declare_and_kill(run, config, number)
