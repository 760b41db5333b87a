"""`incident` against a daemon that runs: every verb, what it prints, its JSON, its exit codes, its errors."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.cli import incident, main
from monitor.cli.exits import Exit
from tests.monitor.cli.conftest import Run
from tests.monitor.daemons import Running, running, write_config
from tests.probes.servers import refused_port

FIRST, SECOND, THIRD = "SC-2026-0001", "SC-2026-0002", "SC-2026-0003"
WHO = ("--who", "Lan")


@dataclass
class Terminal:
    """A terminal beside the daemon; nobody sits at it, so nothing can be asked."""

    config: Path
    daemon: Running
    capsys: pytest.CaptureFixture[str]

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Return the exit code, and what was printed to stdout and stderr."""
        self.capsys.readouterr()
        code = await asyncio.to_thread(main, ["incident", *words, "--config", str(self.config)])
        out, err = self.capsys.readouterr()
        return code, out, err

    async def json(self, *words: str) -> dict[str, Any]:
        code, out, err = await self.run(*words, "-o", "json")
        assert (code, err) == (Exit.OK, ""), err
        answer: dict[str, Any] = json.loads(out)
        return answer

    async def refused(self, *words: str) -> tuple[int, str]:
        """Return the exit code and both lines of the error, the remedy among them."""
        code, out, err = await self.run(*words)
        assert out == ""
        assert "cách sửa: " in err, err
        return code, err

    async def log(self, incident_id: str) -> list[tuple[str, str, str]]:
        answer = await self.json("show", incident_id)
        return [(each["kind"], each["who"], each["text"]) for each in answer["log"]]


def three_down(folder: Path) -> Path:
    """Write a province in which three communes are down, each for itself."""
    config = write_config(
        folder,
        port=refused_port(),
        alerting={"group_wait_s": 0.1, "new_target_quiet_s": 0, "groups": {"gather_s": 0.1, "least": 9}},
    )
    path = folder / "danh-muc" / "tinh.yaml"
    inventory = yaml.safe_load(path.read_text())
    for number in "123":
        inventory["units"][number] = {"name": f"Xã Thử {number}", "kind": "xã", "area": "qn"}
        target = {"name": "Máy", "unit": number, "profile": "any", "address": "127.0.0.1"}
        inventory["targets"][f"{number}.may"] = target
    del inventory["targets"]["u.may"]
    path.write_text(yaml.safe_dump(inventory, allow_unicode=True))
    return config


@pytest.fixture
async def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Terminal]:
    config = three_down(tmp_path)
    async with running(config) as daemon:
        await daemon.until_answers()
        beside = Terminal(config, daemon, capsys)

        async def all_down() -> bool:
            return len((await beside.json("list"))["items"]) >= 3

        await daemon.until(all_down, "three incidents")
        yield beside
        assert await daemon.end() == 0
        logged = daemon.log.read_text()
        assert "Traceback" not in logged
        assert "0905 123 456" not in logged  # what people write of each other is in the incident's log only


async def test_people_handle_the_incidents_of_a_daemon(terminal: Terminal) -> None:
    ids = sorted(item["id"] for item in (await terminal.json("list"))["items"])
    assert ids == [FIRST, SECOND, THIRD]
    await taken_and_given_back(terminal)
    await judged(terminal)
    await merged_and_closed(terminal)
    await exported(terminal)
    await misunderstood(terminal)


async def taken_and_given_back(terminal: Terminal) -> None:
    code, out, _ = await terminal.run("ack", FIRST.lower(), "--comment", "đang gọi xã", "-d", "2h", *WHO)
    assert (code, out) == (Exit.OK, f"{FIRST}: Lan nhận xử lý\n")
    code, err = await terminal.refused("ack", FIRST, "--until", "2020-01-01 00:00", *WHO)
    assert (code, "giờ kết thúc phải sau" in err) == (Exit.USAGE, True)
    code, err = await terminal.refused("ack", FIRST, "-d", "31d", *WHO)
    assert (code, "dài nhất 30 ngày" in err) == (Exit.USAGE, True)
    over = await terminal.json("ack", FIRST, "--who", "Minh")
    assert (over["schema"], over["item"]["ackedBy"], over["item"]["ackedUntil"]) == (
        "incident/1",
        "Minh",
        None,
    )
    code, err = await terminal.refused("ack", FIRST, "--who", "Minh")
    assert (code, "chính người này đã nhận" in err) == (Exit.FINDINGS, True)

    code, out, _ = await terminal.run("unack", FIRST, "--comment", "hết ca", *WHO)
    assert (code, out) == (Exit.OK, f"{FIRST}: chưa ai nhận, sẽ nhắc tiếp\n")
    code, err = await terminal.refused("unack", FIRST, *WHO)
    assert (code, "chưa ai nhận xử lý" in err) == (Exit.FINDINGS, True)
    assert [entry for entry in await terminal.log(FIRST) if entry[1]] == [
        ("acknowledged", "Lan", "đang gọi xã"),
        ("acknowledged", "Minh", ""),
        ("unacknowledged", "Lan", "hết ca"),
    ]


async def judged(terminal: Terminal) -> None:
    assert await terminal.run("note", FIRST, "thợ đang đến, gọi 0905 123 456", *WHO) == (
        Exit.OK,
        f"{FIRST}: đã ghi chú\n",
        "",
    )
    code, out, _ = await terminal.run("cause", FIRST, "line", "--comment", "đứt cáp", *WHO)
    assert (code, out) == (Exit.OK, f"{FIRST}: nguyên nhân đường truyền, phía doanh nghiệp\n")
    item = (await terminal.json("cause", FIRST, "power", "--side", "local", *WHO))["item"]
    assert (item["choice"]["kind"], item["choice"]["side"], item["choice"]["who"]) == (
        "power",
        "local",
        "Lan",
    )
    code, out, _ = await terminal.run("ticket", FIRST, "VNPT-1", "--reported", "2026-11-22 01:00", *WHO)
    assert (code, out) == (Exit.OK, f"{FIRST}: số phiếu VNPT-1\n")
    times = ("--reported", "2026-11-22 02:00", "--closed", "2026-11-22 01:00")
    code, err = await terminal.refused("ticket", FIRST, "VNPT-1", *times, *WHO)
    assert (code, "giờ kết thúc phải sau giờ bắt đầu" in err) == (Exit.USAGE, True)
    shown = (await terminal.run("show", FIRST))[1]
    assert "Số phiếu\tVNPT-1, báo 01:00:00 22/11/2026" in shown
    assert "chọn nguyên nhân\tLan\tđường truyền, phía doanh nghiệp, đứt cáp" in shown


async def merged_and_closed(terminal: Terminal) -> None:
    code, err = await terminal.refused("merge", SECOND, "--into", "SC-2026-0099", *WHO)
    assert (code, "không có sự cố SC-2026-0099" in err) == (Exit.FINDINGS, True)
    code, err = await terminal.refused("merge", SECOND, "--into", SECOND, *WHO)
    assert (code, "chính là nó" in err) == (Exit.FINDINGS, True)
    code, out, _ = await terminal.run("merge", SECOND, "--into", FIRST.lower(), *WHO)
    assert (code, out) == (Exit.OK, f"{SECOND}: đã gộp vào {FIRST}\n")

    code, err = await terminal.refused("close", FIRST, *WHO)
    assert (code, "thêm --yes" in err) == (Exit.USAGE, True)
    code, out, _ = await terminal.run("close", FIRST, "--yes", "--comment", "thu hồi", *WHO)
    assert (code, out) == (Exit.OK, f"{FIRST}: đã đóng bằng tay\n")
    for verb in ("ack", "unack", "close"):
        code, err = await terminal.refused(verb, FIRST, *WHO, *(["--yes"] if verb == "close" else []))
        assert (code, f"{FIRST} đã đóng" in err) == (Exit.FINDINGS, True)
    assert (await terminal.run("note", SECOND, "đã đối soát", *WHO))[0] == Exit.OK
    assert [item["id"] for item in (await terminal.json("list"))["items"]] == [THIRD]
    everything = (await terminal.json("list", "--all"))["items"]
    assert {item["id"]: item["closeReason"] for item in everything} == {
        FIRST: "by_hand",
        SECOND: "by_hand",
        THIRD: None,
    }


async def exported(terminal: Terminal) -> None:
    code, out, err = await terminal.run("export")
    assert (code, err) == (Exit.OK, "3 sự cố\n")
    assert sorted(json.loads(line)["id"] for line in out.splitlines()) == [FIRST, SECOND, THIRD]
    code, out, _ = await terminal.run("export", "--format", "csv")
    header, *rows = out.splitlines()
    assert (code, header.split(",")[:2], len(rows)) == (Exit.OK, ["ma", "thuoc"], 3)
    code, out, err = await terminal.run("export", "--to", "2020-01-01 00:00")
    assert (code, out, err) == (Exit.OK, "", "0 sự cố\n")
    code, err = await terminal.refused("export", "--from", "mai")
    assert (code, "'mai'" in err) == (Exit.USAGE, True)


async def misunderstood(terminal: Terminal) -> None:
    verbs = {"ack": (), "note": ("x",), "cause": ("line",), "ticket": ("1",), "close": ("--yes",)}
    for verb, words in verbs.items():
        code, err = await terminal.refused(verb, "SC-2020-0001", *words, *WHO)
        assert (code, "không có sự cố SC-2020-0001" in err) == (Exit.FINDINGS, True)
    code, err = await terminal.refused("show", "SC-2020-0001")
    assert (code, "incident list --all" in err) == (Exit.FINDINGS, True)
    code, err = await terminal.refused("note", THIRD, " \u200b ", *WHO)
    assert (code, "không được trống" in err) == (Exit.USAGE, True)
    # What a terminal hands over may be no text at all.
    code, err = await terminal.refused("show", "SC-\udcff")
    assert code == Exit.FINDINGS
    assert (await terminal.run("note", THIRD, "a\udcffb", "--who", "L\udcffan"))[0] == Exit.OK
    assert (await terminal.log(THIRD))[-1] == ("note", "Lan", "ab")


class Keyboard(io.StringIO):
    """What somebody types at a terminal; nothing: they end it with Ctrl-D."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "code"), [("", Exit.OK), ("\n", Exit.OK), ("k\n", Exit.OK), ("c\n", Exit.UNREACHABLE)]
)
def test_closing_is_asked_beside_the_data_and_only_a_yes_is_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, code: Exit
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    told = run("incident", "close", FIRST, "--socket", tmp_path / "nobody.sock", *WHO)

    assert (told.code, told.out) == (code, "")
    assert f"Đóng {FIRST}?" in told.err


def test_what_the_monitor_guessed_is_told_in_words() -> None:
    event = {"kind": "guessed", "text": "power thiết bị khởi động lại trong lúc mất liên lạc"}

    assert incident._text(event) == "nguồn điện: thiết bị khởi động lại trong lúc mất liên lạc"
