"""`uptime`: figures from the disk without a daemon, corrections through the daemon's socket."""

import asyncio
import io
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision
from inventory.loader import load
from monitor.accounting.desk import CorrectionDesk
from monitor.cli import main
from monitor.cli.output import Cell, Output
from monitor.clock import SystemClock
from monitor.settings.settings import load_settings
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.cli.conftest import Run, Told, config, run
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.samples import snapshot_of

__all__ = ["config", "run"]

VN = ZoneInfo("Asia/Ho_Chi_Minh")
CHECKS = ("core.gateway/icmp", "core.edge/icmp", "21484.cpe/icmp", "21523.cpe/icmp", "23308.cpe/icmp")
CORRECTING = (
    *("uptime", "correct", "21484.cpe", "--from", "2025-03-10 08:00", "--to", "2025-03-10 10:00"),
    *(
        "--as",
        "maintenance",
        "--was",
        "down",
        "--reason",
        "VNPT nâng cấp",
        "--approver",
        "An",
        "--who",
        "Lan",
    ),
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=VN).timestamp()


def state_dir_of(config: Path) -> Path:
    folder = load_settings(config).state_dir
    folder.mkdir()
    return folder


async def month_of_march(state_dir: Path) -> None:
    """Everything was up in March 2025 but Ba Tơ, which was down for two hours on the 10th; Ba Tô was never measured."""
    begin = at("2025-03-01 00:00")
    ups = [
        Transition(each, begin, begin, Status.UNKNOWN, Status.UP, "")
        for each in CHECKS
        if "21523" not in each
    ]
    down, back = at("2025-03-10 08:00"), at("2025-03-10 10:00")
    cut = [
        Transition("21484.cpe/icmp", down, down + 60, Status.UP, Status.DOWN, "timeout"),
        Transition("21484.cpe/icmp", back, back + 60, Status.DOWN, Status.UP, ""),
    ]
    seen = tuple((each.partition("/")[0], 0.0) for each in CHECKS)
    async with StateStore.open(state_dir / "state.db", now=begin) as store:
        await store.commit(Decision(transitions=(*ups, *cut), seen=seen))
        await store.mark_alive(at("2025-04-01 00:00"))


@dataclass
class Terminal:
    config: Path
    socket: Path
    run: Run

    async def type(self, *words: object) -> Told:
        with_socket = ("--socket", self.socket) if words[1] in {"correct", "withdraw"} else ()
        return await asyncio.to_thread(self.run, *words, "--config", self.config, *with_socket)

    async def json(self, *words: object) -> Any:
        told = await self.type(*words, "-o", "json")
        assert told.code == 0, told.err
        return json.loads(told.out)

    async def availability(self, target: str) -> float:
        shown = await self.json("uptime", "show", "--period", "2025-03", "--by", "target")
        [row] = [each for each in shown["items"] if each["key"] == target]
        found: float = row["availabilityRatio"]
        return found


@pytest.fixture
async def terminal(
    config: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Terminal]:
    settings = load_settings(config)
    await month_of_march(state_dir_of(config))
    inventory = load(settings.inventory)
    async with StateStore.open(settings.state_dir / "state.db", now=SystemClock().now()) as store:
        desk = CorrectionDesk(
            store.database,
            clock=SystemClock(),
            inventory=lambda: inventory,
            settings=lambda: settings.accounting,
        )
        runner = make_runner(make_app(HeldDaemon(snapshot_of(inventory), corrections=desk), SocketDoor()))
        await runner.setup()
        socket = tmp_path_factory.mktemp("s") / "api.sock"
        await web.UnixSite(runner, str(socket)).start()
        yield Terminal(config, socket, run)
        await runner.cleanup()


async def test_figures_come_from_the_disk_each_with_its_coverage(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    told = run("uptime", "show", "--period", "2025-03", "--by", "target", "--config", config)

    rows = {row[1]: row for row in told.rows}
    assert told.code == 0
    assert rows["21484.cpe"][2:6] == ["99,73%", "độ phủ 100,00%", "2:00:00", "1"]
    assert rows["23308.cpe"][2:4] == ["100,00%", "độ phủ 100,00%"]
    assert "không đủ dữ liệu" in rows["21523.cpe"][2]
    assert "Kỳ 2025-03: từ 00:00 ngày 01/03/2025 đến 00:00 ngày 01/04/2025" in told.err
    assert "chỉ trong giờ phục vụ theo lịch và ngoài bảo trì" in told.err


async def test_a_period_is_compared_with_the_one_before(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    asked = ("uptime", "show", "--by", "target", "--compare", "--config", config)
    day = run(*asked, "--period", "2025-03-10")
    after = run(*asked, "--period", "2025-03-11")
    month = run(*asked, "--period", "2025-03")

    rows = [{row[1]: row for row in told.rows} for told in (day, after, month)]
    assert rows[0]["21484.cpe"][2:6] == ["91,66%", "độ phủ 100,00%", "100,00%", "−8,34 điểm"]
    assert rows[1]["21484.cpe"][2:6] == ["100,00%", "độ phủ 100,00%", "91,66%", "+8,34 điểm"]
    assert rows[2]["23308.cpe"][4:6] == ["không đủ dữ liệu", "–"], "nobody watched in February"


async def test_a_check_is_shown_day_by_day(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    asked = ("uptime", "days", "21484.cpe", "--period", "2025-02-27..2025-03-10", "--config", config)
    told = run(*asked)
    days = json.loads(run(*asked, "-o", "json").out)["items"]

    assert [row[0] for row in told.rows] == [f"{day:02}/03/2025" for day in range(1, 11)]
    assert told.rows[-1][1:4] == ["91,66%", "độ phủ 100,00%", "2:00:00"]
    assert "ngày chưa giám sát không có dòng" in told.err
    assert days[-1]["seconds"]["down"] == 7_200
    assert sum(days[-1]["seconds"].values()) == 86_400


async def test_time_that_nobody_watched_stands_beside_the_figure_and_is_told(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    quarter = run("uptime", "show", "--period", "2025-q1", "--by", "target", "--config", config)
    march = run("uptime", "show", "--period", "2025-03", "--target", "23308.cpe", "--config", config)

    [row] = [row for row in quarter.rows if row[1] == "23308.cpe"]
    assert row[2:4] == ["100,00%", "độ phủ 100,00%"]
    assert row[-1] == "1.416:00:00", "January and February"
    assert "có lúc chưa giám sát (trước lần đo đầu" in quarter.err
    assert march.rows[0][-1] == "–"
    assert "chưa giám sát" not in march.err


async def test_a_period_to_come_has_not_begun_and_one_that_runs_counts_nothing_to_come(
    config: Path, run: Run
) -> None:
    await month_of_march(state_dir_of(config))
    to_come = run("uptime", "show", "--period", "2998", "--target", "23308.cpe", "--config", config)
    begun = run(
        "uptime", "show", "--period", "2025-03-15..2900-01-01", "--target", "23308.cpe", "--config", config
    )

    assert "Kỳ 2998 chưa bắt đầu" in to_come.err
    assert to_come.rows[0][-1] == "–"
    assert "(kỳ chưa hết)" in begun.err
    assert "máy giám sát ngừng lúc 00:00 ngày 01/04/2025" in begun.err
    assert begun.rows[0][2] == "không đủ dữ liệu"
    assert begun.rows[0][-1] == "–"


async def test_what_has_no_figure_is_said_to_be_left_out_of_the_lowest(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    told = run("uptime", "show", "--period", "2025-03", "--by", "target", "--lowest", "1", "--config", config)

    assert "1 trong 5 dòng. 1 dòng không đủ dữ liệu, không xếp hạng." in told.err


async def test_bodies_of_the_whole_province_and_groups_of_one_are_named_for_people(
    config: Path, run: Run
) -> None:
    await month_of_march(state_dir_of(config))
    told = run("uptime", "show", "--period", "2025-03", "--by", "area", "--config", config)
    layers = run("uptime", "show", "--period", "2025-03", "--by", "layer", "--config", config)

    assert "Cấp tỉnh" in {row[0] for row in told.rows}
    assert all(row[1].endswith(" đối tượng") for row in (*told.rows, *layers.rows))


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize("longest", ["0:20:00", "1.020:00:00"])
def test_a_name_keeps_its_room_on_a_narrow_terminal_and_figures_stay_whole(
    monkeypatch: pytest.MonkeyPatch, longest: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    name = "Đường truyền TSLCD – Đặc khu Lý Sơn"
    figures = ["không đủ dữ liệu", "0:46:10", longest, "58.924:15:20", "744:00:00", "58.924:15:20"]
    Output("simple", stdout=screen).table(
        ("ĐỐI TƯỢNG", *"ABCDEF"), [[Cell(name, below="21548.switch"), *figures]], name_width=14
    )

    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert "Đường truyền TSLCD" in lines[1]
    assert all(figure in lines[1] for figure in figures)
    assert any("21548.switch" in line for line in lines)
    assert max(map(len, lines)) <= 100


async def test_what_left_the_inventory_within_is_named_below_the_table(config: Path, run: Run) -> None:
    state_dir = state_dir_of(config)
    await month_of_march(state_dir)
    left = at("2025-03-20 10:00")
    async with StateStore.open(state_dir / "state.db", now=left) as store:
        was = Transition("21999.cpe/icmp", at("2025-03-01 00:00"), left, Status.UNKNOWN, Status.UP, "")
        gone = Transition("21999.cpe/icmp", left, left, Status.UP, Status.UNKNOWN, "removed")
        await store.commit(Decision(transitions=(was, gone)))

    def shown(period: str) -> Told:
        return run("uptime", "show", "--period", period, "--config", config)

    assert "1 phép đo có giám sát trong kỳ nhưng nay không còn trong danh mục" in shown("2025-03").err
    assert "21999.cpe" in shown("2025-03").err
    assert "21999.cpe" not in shown("2025-04").err


async def test_what_went_on_from_the_day_before_is_told_with_its_whole_length(config: Path, run: Run) -> None:
    state_dir = state_dir_of(config)
    await month_of_march(state_dir)
    down, back = at("2025-03-15 22:00"), at("2025-03-16 09:00")
    cut = (
        Transition("23308.cpe/icmp", down, down + 60, Status.UP, Status.DOWN, "timeout"),
        Transition("23308.cpe/icmp", back, back + 60, Status.DOWN, Status.UP, ""),
    )
    async with StateStore.open(state_dir / "state.db", now=back) as store:
        await store.commit(Decision(transitions=cut))

    told = run("uptime", "show", "--period", "2025-03-16", "--by", "target", "--outages", "--config", config)

    [row] = [row for row in told.rows if row[1] == "23308.cpe"]
    assert row[4:9] == ["0", "1 từ kỳ trước", "11:00:00", "0/1/0", "11:00:00"], (
        "over an hour it was on the 15th"
    )


async def test_rows_are_chosen_by_place_and_by_how_low_they_are(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    march = ("uptime", "show", "--period", "2025-03", "--config", config)

    assert [row[1] for row in run(*march, "--unit", "ba to").rows] == []
    assert [row[1] for row in run(*march, "--unit", "21484").rows] == ["21484.cpe"]
    assert [row[1] for row in run(*march, "--by", "target", "--below", "99.9").rows] == ["21484.cpe"]
    assert [row[1] for row in run(*march, "--by", "target", "--lowest", "1").rows] == ["21484.cpe"]
    assert run(*march, "--by", "layer", "--layer", "tslcd", "--outages").code == 0
    assert run(*march, "--unit", "không đâu").code == 2
    assert run("uptime", "show", "--period", "tháng ba", "--config", config).code == 2


async def test_a_correction_shows_what_it_changes_counts_at_once_and_can_be_taken_back(
    terminal: Terminal,
) -> None:
    before = await terminal.availability("21484.cpe")

    tried = await terminal.type(*CORRECTING, "--dry-run")
    assert (tried.code, await terminal.availability("21484.cpe")) == (0, before)
    assert "99,73% → 100,00%" in tried.out
    assert "mất kết nối −02 giờ" in tried.out

    unsure = await terminal.type(*CORRECTING)
    assert unsure.code == 2, "nobody is there to be asked"

    made = await terminal.type(*CORRECTING, "--yes")
    assert made.out.splitlines()[-1] == "1: đã tính lại 1 phép đo"
    assert await terminal.availability("21484.cpe") == 1.0

    undone = await terminal.type("uptime", "withdraw", 1, "--reason", "nhầm", "--approver", "An", "--yes")
    assert undone.out.splitlines()[-1] == "2: đã hủy lần tính lại 1"
    assert await terminal.availability("21484.cpe") == before
    again = await terminal.type("uptime", "withdraw", 1, "--reason", "nhầm", "--approver", "An", "--yes")
    assert (again.code, "đã được hủy" in again.err) == (1, True)

    listed = (await terminal.json("uptime", "corrections", "--period", "2025-03"))["items"]
    assert [(each["id"], each["countsAs"], each["withdrawnBy"]) for each in listed] == [
        (1, "maintenance", 2),
        (2, None, None),
    ]
    state = load_settings(terminal.config).state_dir / "state.db"
    with closing(sqlite3.connect(state)) as connection:
        audit = connection.execute("select action, who from audit order by id").fetchall()
    assert [action for action, _ in audit] == ["correction.made", "correction.withdrawn"]
    assert audit[0][1] == "Lan"


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"--approver": "lan"}, "người duyệt cũng là người làm"),
        ({"--reason": " "}, "chưa nói vì sao"),
        ({"--to": "2025-03-10 07:00"}, "kết thúc trước khi bắt đầu"),
        ({"--to": "2099-03-10 07:00"}, "chưa qua hết thời gian ấy"),
        ({"--to": "10:00"}, "cần cả ngày"),
        ({"--was": "maintenance"}, "giống nhau"),
    ],
)
async def test_a_correction_is_refused_with_the_reason(
    terminal: Terminal, instead: dict[str, str], said: str
) -> None:
    words = [instead.get(str(CORRECTING[n - 1]), word) if n else word for n, word in enumerate(CORRECTING)]
    told = await terminal.type(*words, "--yes")

    assert told.code in {1, 2}
    assert said in told.err
    assert "cách sửa" in told.err


async def test_an_unknown_place_is_refused_with_the_nearest(terminal: Terminal) -> None:
    words = [word if word != "21484.cpe" else "21484.cpx" for word in CORRECTING]
    told = await terminal.type(*words, "--yes")

    assert (told.code, "21484.cpe" in told.err) == (2, True)


def test_main_is_what_the_command_line_runs(config: Path) -> None:
    assert main(["uptime", "show", "--config", str(config)]) == 1, "there is no state.db yet"
