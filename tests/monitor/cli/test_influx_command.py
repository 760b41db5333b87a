import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.series.log import ResultLog
from monitor.series.result_rows import DeadLetter
from tests.monitor.cli.conftest import Told
from tests.monitor.storage.samples import T0, result

INFLUX = "influx: {url: 'http://127.0.0.1:8086', api: v1, bucket: tslcd/nam}\n"
Run = Callable[..., Told]


@pytest.fixture
def behind(config: Path) -> Path:
    config.write_text(config.read_text() + INFLUX)
    return config


async def write_log(config: Path, *, letters: int = 0) -> None:
    state = config.parent / "state"
    state.mkdir(exist_ok=True)
    async with ResultLog.open(state / "results.db", now=T0, reserve_bytes=0) as log:
        for number in range(3):
            log.append(result(number))
        await log.flush()
        refused = [DeadLetter("influx", 1, f"icmp ok={n}i 1", "field type conflict") for n in range(letters)]
        await log.move_cursor("influx", 1, refused)


def test_without_the_section_there_is_nothing_to_say(config: Path, run: Run) -> None:
    told = run("influx", "status", "--config", str(config))

    assert told.code == 1
    assert "chưa có mục influx" in told.err


def test_before_the_first_start_it_says_so(behind: Path, run: Run) -> None:
    told = run("influx", "status", "--config", str(behind))

    assert told.code == 1
    assert "chưa có" in told.err


async def test_it_says_how_much_waits_since_when(behind: Path, run: Run) -> None:
    await write_log(behind, letters=1)

    told = run("influx", "status", "--config", str(behind))
    body = json.loads(run("influx", "status", "--config", str(behind), "-o", "json").out)

    assert told.code == 3
    assert "kết quả chưa gửi\t2\n" in told.out
    assert "dead-letters" in told.err
    assert body == {
        "schema": "influx-status/1",
        "url": "http://127.0.0.1:8086",
        "api": "v1",
        "bucket": "tslcd/nam",
        "lagRows": 2,
        "lateChunks": 0,
        "oldestUnsentAt": T0 + 1,
        "skipped": 0,
        "deadLetters": 1,
    }


async def test_refused_lines_are_shown_with_the_reason_the_newest_first(behind: Path, run: Run) -> None:
    await write_log(behind, letters=3)

    told = run("influx", "dead-letters", "--config", str(behind), "--limit", "2")

    assert told.code == 3
    assert told.out.splitlines() == [
        "field type conflict\ticmp ok=2i 1",
        "field type conflict\ticmp ok=1i 1",
    ]


async def test_without_refused_lines_all_is_well(behind: Path, run: Run) -> None:
    await write_log(behind)

    told = run("influx", "dead-letters", "--config", str(behind), "-o", "json")

    assert told.code == 0
    assert json.loads(told.out) == {"schema": "influx-dead-letters/1", "items": []}
