"""`meeting`: looked at on the disk, entered and withdrawn through the daemon's socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from alerts import engine
from alerts.model.decision import SavedState
from alerts.model.settings import AlertSettings
from inventory.loader import load
from monitor.clock import SystemClock
from monitor.settings.settings import load_settings
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.cli.conftest import Run, Told, config, run
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.samples import province, snapshot_of

__all__ = ["config", "run"]

ENDPOINT = """
profiles:
  vcs:
    layer: conference
    checks:
      icmp: {kind: icmp}
targets:
  21484.vcs: {name: Điểm cầu Ba Tơ, unit: "21484", profile: vcs, address: 127.0.0.8}
"""
ADDING = (
    "meeting",
    "add",
    "Giao ban",
    "--from",
    "2026-03-10 08:00",
    "--to",
    "2026-03-10 10:00",
    "--who",
    "Lan",
)


@dataclass
class Terminal:
    config: Path
    socket: Path
    run: Run

    async def type(self, *words: object) -> Told:
        with_socket = ("--socket", self.socket) if words[1] in {"add", "withdraw"} else ()
        return await asyncio.to_thread(self.run, *words, "--config", self.config, *with_socket)


@pytest.fixture
async def terminal(
    config: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Terminal]:
    """A province of which nothing is known yet, and its daemon's socket."""
    (config.parent / "danh-muc" / "20.yaml").write_text(ENDPOINT, encoding="utf-8")
    settings = load_settings(config)
    settings.state_dir.mkdir()
    world, _ = engine.start(load(settings.inventory), AlertSettings(), SavedState(), now=0.0, mono=0.0)
    async with StateStore.open(settings.state_dir / "state.db", now=SystemClock().now()) as store:
        held = HeldDaemon(snapshot_of(province(communes=2)), stored=store, world=world)
        runner = make_runner(make_app(held, SocketDoor()))
        await runner.setup()
        socket = tmp_path_factory.mktemp("s") / "api.sock"
        await web.UnixSite(runner, str(socket)).start()
        yield Terminal(config, socket, run)
        await runner.cleanup()


async def test_a_meeting_is_entered_seen_and_withdrawn(terminal: Terminal) -> None:
    made = await terminal.type(*ADDING, "--unit", "Ba Tơ", "--registered", 12, "-o", "json")
    assert made.code == 0, made.err
    item = json.loads(made.out)["item"]
    assert (item["units"], item["registered"], item["begins"]) == (
        ["21484"],
        12,
        "2026-03-10T08:00:00+07:00",
    )

    listed = await terminal.type("meeting", "list", "--period", "2026-03")
    assert listed.rows == [[item["id"], "08:00 10/03/2026", "Giao ban", "12", "–", "–", "0"]], (
        "nobody measured it yet: that is not absent"
    )

    gone = await terminal.type("meeting", "withdraw", item["id"].lower(), "--who", "Lan")
    assert gone.out == f"{item['id']}: đã hủy cuộc họp 'Giao ban'\n"
    again = await terminal.type("meeting", "withdraw", item["id"], "--who", "Lan")
    assert (again.code, "đã hủy rồi" in again.err) == (1, True)
    listed = await terminal.type("meeting", "list", "--period", "2026-03")
    assert listed.rows[0][2:4] == ["Giao ban (đã hủy)", "–"]
    shown = await terminal.type("meeting", "show", item["id"].lower())
    assert (shown.code, shown.out, "đã hủy" in shown.err) == (0, "", True)


async def test_what_is_not_known_is_told_and_a_month_without_meetings_says_how_to_enter_one(
    terminal: Terminal,
) -> None:
    made = await terminal.type(*ADDING)
    shown = await terminal.type("meeting", "show", made.out.partition(":")[0])
    empty = await terminal.type("meeting", "list", "--period", "2020-01")

    assert shown.rows == [["Xã Ba Tơ", "21484.vcs", "chưa rõ", "chưa rõ", "–"]]
    assert empty.rows == []
    assert "tslcd-monitor meeting add" in empty.err


async def test_what_cannot_be_is_said_in_words(terminal: Terminal) -> None:
    unclear = await terminal.type(*ADDING, "--unit", "ba to")
    no_day = await terminal.type(*ADDING[:4], "08:00", *ADDING[5:])
    no_hour = await terminal.type(*ADDING[:4], "2026-03-10", *ADDING[5:])
    backwards = await terminal.type(*ADDING[:6], "2026-03-10 07:00", *ADDING[7:])
    unknown = await terminal.type("meeting", "show", "HOP-2026-9999")

    assert (unclear.code, no_day.code, backwards.code, unknown.code) == (2, 2, 1, 1)
    assert "cần cả ngày" in no_day.err
    assert (no_hour.code, "cần cả giờ" in no_hour.err) == (2, True)
    assert "giờ kết thúc không sau giờ khai mạc" in backwards.err
    assert "không có cuộc họp HOP-2026-9999" in unknown.err


def test_a_month_of_meetings_is_read_from_the_disk(made_up_year: Path, run: Run) -> None:
    asked = ("--config", made_up_year / "tslcd-monitor.yaml")
    listed = json.loads(run("meeting", "list", "--period", "2026-11", "-o", "json", *asked).out)["items"]

    assert len(listed) == 8
    assert sum(item["withdrawn"] is not None for item in listed) == 1
    assert [item["registered"] for item in listed if item.get("exceedsPorts")] == [128]
    (wanting, *_) = [item for item in listed if item.get("ready", 0) < item.get("known", 0)]

    wanted = json.loads(run("meeting", "show", wanting["id"], "-o", "json", *asked).out)["item"]
    shown = run("meeting", "show", wanting["id"], *asked)
    absent = [each for each in wanted["endpoints"] if each["ready"] is False]
    told = [each for each in wanted["endpoints"] if not (each["readyBefore"] and each["ready"])]
    assert len(wanted["endpoints"]) == wanting["count"]
    assert len(absent) == wanting["known"] - wanting["ready"]
    assert sum(row[3] == "chưa sẵn sàng" for row in shown.rows) == len(absent)
    assert {each["target"] for each in told} <= {row[1] for row in shown.rows}
    assert f"{wanting['count']} điểm cầu, {wanting['count'] - len(shown.rows)} điểm cầu sẵn sàng" in shown.err
