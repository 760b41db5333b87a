"""`series`: from a results.db as the log and the compactor leave it, to what people and programs read."""

import asyncio
import io
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from alerts.model.checks import CheckResult
from monitor.cli.output import Output
from monitor.cli.parser import parse
from monitor.cli.series import run as run_series
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.monitor.cli.conftest import Run, Told
from tests.monitor.series.filling import CHECK, ZONE, burst, fill, opened

BEGIN = datetime(2025, 3, 10, tzinfo=ZONE).timestamp()
NIGHT = ("--from", "2025-03-10", "--to", "2025-03-10 08:00")
HOUR_S = 3_600


def result(minute: int) -> CheckResult:
    """Calm, but for a bad half hour from 02:45 on, in which at 03:00 nothing answers; nothing is known of 05:00-06:00."""
    at = BEGIN + 60 * minute + 20
    if 165 <= minute < 195:
        rtts = (None,) * 5 if 180 <= minute < 185 else (0.014, None, 0.012, 0.013, None)
        return burst(at, rtts, detail="" if rtts[0] else "không trả lời")
    return burst(at, (0.011, 0.012, 0.012, 0.013, 0.0125))


SENTENCE = "Trễ giữa 12 ms (bình thường 12 ms), mất gói 3,6%, xấu nhất 03:00–03:05"
RESULTS = [result(minute) for minute in range(8 * 60) if not 300 <= minute < 360]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The databases of a province of which the results of one night are there: compacted, the last hour hot."""
    state = tmp_path_factory.mktemp("night")
    with closing(opened(state / "results.db")) as connection:
        fill(connection, RESULTS, lambda each: each.started_at >= BEGIN + 7 * HOUR_S)
        connection.execute(
            "insert into gap (id, from_at, until_at, results, why) values (1, ?, ?, 60, 'full')",
            (BEGIN + 5 * HOUR_S, BEGIN + 6 * HOUR_S - 1),
        )
    asyncio.run(write_state(state / "state.db"))
    return state


@pytest.fixture
def recorded(config: Path, night: Path) -> Path:
    """The settings file of that province."""
    shutil.copytree(night, config.parent / "state")
    return config


async def write_state(path: Path) -> None:
    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "insert into incident (id, root_check_id, opened_at, declared_at, cause, resolved_at, close_reason) "
            "values ('SC-2025-0007', ?, ?, ?, 'timeout', ?, 'recovered')",
            (CHECK, BEGIN + 180 * 60, BEGIN + 182 * 60, BEGIN + 185 * 60),
        )
        connection.execute(
            "insert into muting (id, kind, selector, from_at, until_at, who, comment, created_at, title) "
            "values ('BT-2025-0003', 'maintenance', '{\"units\": [\"21484\"]}', ?, ?, 'Hà', 'thay nguồn', ?, 'x')",
            (BEGIN + 4 * HOUR_S, BEGIN + 5 * HOUR_S, BEGIN),
        )

    async with StateStore.open(path, now=BEGIN) as state:
        await state.database.write(write)


def test_a_night_is_a_sentence_marks_and_a_line_for_each_point(run: Run, recorded: Path) -> None:
    told = run("series", "21484.cpe", *NIGHT, "--config", recorded)

    assert told.code == 0
    heads, rows = told.rows[:6], told.rows[6:]
    assert [cells for (cells,) in heads] == [
        "21484.cpe/icmp  CPE Ba Tơ",
        "00:00 10/03/2025 – 08:00 10/03/2025; rtt_s, mỗi điểm 05 phút",
        f"{SENTENCE}, chỉ có số liệu của 87,4% thời gian.",
        "Sự cố: SC-2025-0007 03:00 10/03/2025 – 03:05 10/03/2025",
        "Bảo trì: BT-2025-0003 04:00 10/03/2025 – 05:00 10/03/2025",
        "Mất kết quả do máy giám sát: 05:00 10/03/2025 – 05:59 10/03/2025 (60 kết quả)",
    ]
    assert len(rows) == 96
    assert rows[0] == ["00:00 10/03/2025", "12 ms", "11 ms – 13 ms", "11 ms – 13 ms", "0%", "25", "93,3%"]
    assert rows[36] == ["03:00 10/03/2025", "–", "–", "–", "100%", "25", "100%"]
    assert rows[61] == ["05:05 10/03/2025", "–", "–", "–", "–", "0", "0%"]
    assert rows[95][4:6] == ["0%", "25"]


class Terminal(io.StringIO):
    """What a terminal shows."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    parsed = parse([str(argument) for argument in arguments])
    screen = Terminal()
    assert run_series(parsed, Output(parsed.output, stdout=screen, stderr=screen)) == 0
    return screen.getvalue()


def test_a_terminal_shows_a_drawing_and_the_points_that_matter(
    monkeypatch: pytest.MonkeyPatch, recorded: Path
) -> None:
    shown = on_terminal(monkeypatch, "series", CHECK, *NIGHT, "--config", recorded)

    lines = shown.splitlines()
    drawn = [line for line in lines if line.startswith(("  giữa", "  mất"))]
    assert [line[80:] for line in drawn] == ["  0 – 21 ms", ""]
    assert set(drawn[0][8:80]) == {"▅", " "}
    assert drawn[0][8 + 47 : 8 + 52].strip() == ""  # 05:00 to 06:00
    assert "█" in drawn[1]
    assert drawn[1].count("▆") in range(4, 7)
    table = lines[next(place for place, line in enumerate(lines) if "LÚC" in line) + 1 :]
    assert [line[:5] for line in table] == ["02:45", "02:50", "02:55", "03:00", "03:05", "03:10"]


def test_programs_get_columns_with_null_for_holes(run: Run, recorded: Path) -> None:
    told = run("series", CHECK, *NIGHT, "--points", 20, "--config", recorded, "-o", "json")

    body = json.loads(told.out)
    assert (body["schema"], body["source"], body["stepS"], body["metric"]) == (
        "series/1",
        "1h",
        3_600,
        "rtt_s",
    )
    assert body["from"] == "2025-03-10T00:00:00+07:00"
    assert body["t"] == [int(BEGIN) + HOUR_S * hour for hour in range(8)]
    assert body["sent"] == [300, 300, 300, 300, 300, None, 300, 300]
    assert body["lossClass"] == ["none", "none", "to_20", "to_20", "none", None, "none", "none"]
    assert body["med"][5] is None
    assert body["med"][0] == pytest.approx(0.012, rel=0.02)
    assert [each["id"] for each in body["incidents"]] == ["SC-2025-0007"]


def test_single_results_are_there_with_every_packet(run: Run, recorded: Path) -> None:
    asked = ("--from", "2025-03-10 03:04", "--to", "2025-03-10 03:06", "--raw", "--config", recorded)

    assert run("series", CHECK, *asked).rows == [
        ["03:04:20 10/03/2025", "Hỏng: không trả lời", "302 ms", "mất mất mất mất mất", "không trả lời"],
        ["03:05:20 10/03/2025", "Tốt", "302 ms", "14 ms mất 12 ms 13 ms mất", "–"],
    ]
    first, second = json.loads(run("series", CHECK, *asked, "-o", "json").out)["items"]
    assert (first["at"], first["ok"], first["reason"]) == ("2025-03-10T03:04:20.000+07:00", False, "timeout")
    assert second["rttsS"][1] is None
    assert second["rttsS"][0] == pytest.approx(0.014, rel=0.005)


def test_it_reads_while_the_daemon_writes(run: Run, config: Path) -> None:
    told: list[Told] = []

    async def write() -> None:
        state = config.parent / "state"
        state.mkdir()
        async with ResultLog.open(state / "results.db", now=BEGIN, reserve_bytes=0) as log:
            for each in RESULTS[:60]:
                log.append(each)
            await log.flush()
            told.append(run("series", "ba tơ", *NIGHT, "--config", config, "-o", "json"))

    asyncio.run(write())

    body = json.loads(told[0].out)
    assert body["check"] == CHECK
    assert sum(sent or 0 for sent in body["sent"]) == 300


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("21484.cp",), 2, "không có phép đo, đối tượng hay xã '21484.cp'\ncách sửa: có phải '21484.cpe'?"),
        (("21484.cpe/icm",), 2, "'21484.cpe/icm'\ncách sửa: có phải '21484.cpe/icmp'?"),
        (("ba to",), 2, "'ba to' có thể là: "),
        (("23308.off",), 1, "đối tượng 23308.off không được đo"),
        ((CHECK, "--metric", "loss_ratio"), 2, "dùng metric rtt_s: có cả độ trễ và mất gói"),
        ((CHECK, "--metric", "jitter_s"), 2, f"tslcd-monitor series {CHECK} --raw -o json"),
        ((CHECK, "--metric", "duplicate"), 2, "không có chỉ số 'duplicate'\ncách sửa: có phải 'duplicates'?"),
        ((CHECK, "--points", "1"), 2, "points: không hiểu '1'"),
        ((CHECK, "--range", "7d", "--from", "2025-03-01"), 2, "có cả range và from"),
        ((CHECK, "--from", "hôm qua"), 2, "from: không hiểu 'hôm qua'"),
        ((CHECK, "--from", "2025-03-02", "--to", "2025-03-01"), 2, "to phải sau from"),
        ((CHECK, "--from", "1999-01-01"), 2, "khoảng dài quá 10 năm"),
        ((CHECK, "--from", "2999-01-01"), 2, "khoảng này chưa tới"),
    ],
)
def test_what_cannot_be_shown_says_why_and_what_to_do(
    run: Run, recorded: Path, arguments: tuple[str, ...], code: int, error: str
) -> None:
    told = run("series", *arguments, "--config", recorded)

    assert told.code == code
    assert error in told.err


def test_a_machine_without_results_says_so(run: Run, config: Path) -> None:
    told = run("series", CHECK, "--config", config)

    assert told.code == 1
    assert "chưa có" in told.err


def test_nothing_measured_is_no_error(run: Run, recorded: Path) -> None:
    told = run("series", "23308.cpe", "--range", "24h", "--config", recorded)

    assert told.code == 0
    assert told.rows[2] == ["Không có số liệu trong khoảng này."]
