"""`load`: from results that the real log wrote, while it is still open, to a verdict."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alerts.model.checks import CheckResult
from monitor.series.log import ResultLog
from probes.reading import FailureReason, Reading, failed
from tests.monitor.cli.conftest import SETTINGS, Run
from tests.monitor.series.filling import fill, opened

UNTIL = 1_795_305_600
"""2026-11-22 07:00 in Vietnam."""
WHEN = ("--until", "2026-11-22T07:00")
WEEK_S = 7 * 86_400

INVENTORY = """
areas: {qn: {name: Quảng Ngãi (cũ)}, kt: {name: Kon Tum (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "23308": {name: Xã Đăk Rơ Wa, kind: xã, area: kt, former_district: Thành phố Kon Tum}
circuits:
  kenh: {provider: VNPT, bandwidth_bps: 20000000, bandwidth_up_bps: 10000000}
profiles:
  line:
    layer: tslcd
    checks:
      icmp: {kind: icmp}
      wan: {kind: interfaces, interval_s: 300, retry_interval_s: 60, options: {interfaces: [wan0]}}
  plain:
    layer: tslcd
    checks:
      icmp: {kind: icmp}
targets:
  21484.cpe: {name: CPE Ba Tơ, unit: "21484", profile: line, address: 127.0.0.3, circuit: kenh, anchor: true}
  21523.cpe: {name: CPE Ba Tô, unit: "21523", profile: line, address: 127.0.0.4, anchor: true}
  23308.cpe: {name: CPE Đăk Rơ Wa, unit: "23308", profile: plain, address: 127.0.0.5}
"""

Sample = tuple[float, float]
"""in_bps, out_bps."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "danh-muc").mkdir()
    (tmp_path / "danh-muc" / "10.yaml").write_text(INVENTORY)
    path = tmp_path / "tslcd-monitor.yaml"
    path.write_text(SETTINGS)
    return path


def results(check_id: str, sample: Callable[[int], Sample | None]) -> Iterator[CheckResult]:
    """A result every 300 s of a week; the number counts from the oldest. None: the device did not answer."""
    for number in range(WEEK_S // 300 + 1):
        seen = sample(number)
        reading = failed(FailureReason.TIMEOUT, "SNMP không trả lời")
        if seen is not None:
            metrics = {"in_bps": seen[0], "out_bps": seen[1], "rates_over_s": 300.0}
            reading = Reading(ok=True, metrics=metrics)
        at = UNTIL - WEEK_S + number * 300
        yield CheckResult(check_id=check_id, started_at=at - 0.2, duration_s=0.2, reading=reading)


def recorded(config: Path, results: Iterator[CheckResult], then: Callable[[], None] = lambda: None) -> None:
    """Write results as the daemon does, and call `then` while it still holds the file."""

    async def write() -> None:
        state = config.parent / "state"
        state.mkdir(exist_ok=True)
        async with ResultLog.open(state / "results.db", now=UNTIL, reserve_bytes=0) as log:
            for result in results:
                log.append(result)
            await log.flush()
            then()

    asyncio.run(write())


def test_a_line_within_its_contract_meets_the_rule_while_the_daemon_runs(run: Run, config: Path) -> None:
    told = []

    recorded(
        config,
        results("21484.cpe/wan", lambda number: (19.5e6, 2e6) if number < 100 else (4e6, 1e6)),
        lambda: told.append(run("load", "21484.cpe", *WHEN, "--config", config)),
    )

    assert told[0].code == 0
    assert told[0].rows == [
        ["21484.cpe  cổng wan0"],
        ["07:00 15/11/2026 – 07:00 22/11/2026; mẫu 5 phút, bách phân vị 95; độ phủ 100%"],
        ["nhận (tải xuống)", "4,00 Mbit/s", "20,00 Mbit/s", "20%", "2.016/2.016", "Đạt", "–"],
        ["gửi (tải lên)", "1,00 Mbit/s", "10,00 Mbit/s", "10%", "2.016/2.016", "Đạt", "–"],
        ["Kết luận: đạt, cả hai chiều không quá 90% băng thông hợp đồng (TT 06/2026/TT-BKHCN, Điều 5.6)."],
    ]


def test_a_line_that_is_full_too_often_exceeds_the_rule(run: Run, config: Path) -> None:
    recorded(config, results("21484.cpe/wan", lambda number: (4e6, 9.6e6 if number < 103 else 1e6)))

    told = run("load", "ba tơ", *WHEN, "--config", config)

    assert told.code == 1
    assert [row[5] for row in told.rows[2:4]] == ["Đạt", "Vượt mức"]
    assert "vượt mức 90% băng thông hợp đồng" in told.out


def test_programs_get_all_figures(run: Run, config: Path) -> None:
    recorded(config, results("21484.cpe/wan", lambda number: (4e6, 1e6) if number % 100 else None))

    told = run("load", "21484.cpe", *WHEN, "--config", config, "--json")

    body = json.loads(told.out)
    assert body["rule"]["source"] == "TT 06/2026/TT-BKHCN, Điều 5.6"
    (item,) = body["items"]
    assert (item["check"], item["interface"], item["verdict"]) == ("21484.cpe/wan", "wan0", "meets")
    assert (item["from"], item["until"]) == ("2026-11-15T07:00:00+07:00", "2026-11-22T07:00:00+07:00")
    assert item["directions"]["in"] == {
        "samples": 1_996,
        "wanted": 2_016,
        "percentileBps": 4e6,
        "contractedBps": 2e7,
        "useRatio": 0.2,
        "verdict": "meets",
        "isCertain": True,
    }


@pytest.mark.parametrize(
    ("target", "sample", "more", "why"),
    [
        ("21484.cpe", lambda number: (4e6, 1e6) if number % 3 else None, (), "thiếu nhiều mẫu"),
        ("21523.cpe", lambda _: (4e6, 1e6), (), "danh mục chưa ghi băng thông hợp đồng"),
        ("21484.cpe", lambda _: (4e6, 1e6), ("--days", 2), "quy định tính trên 7 ngày liên tiếp"),
        ("21484.cpe", lambda _: None, (), "không có mẫu nào"),
    ],
)
def test_what_decides_nothing_says_why(
    run: Run,
    config: Path,
    target: str,
    sample: Callable[[int], Sample | None],
    more: tuple[object, ...],
    why: str,
) -> None:
    recorded(config, results(f"{target}/wan", sample))

    told = run("load", target, *WHEN, *more, "--config", config)

    assert told.code == 3
    assert told.rows[2][5:] == ["Chưa kết luận", why]
    assert "chưa đủ căn cứ để kết luận" in told.out


def test_a_check_that_asks_too_seldom_is_told_how_often(run: Run, config: Path) -> None:
    folder = config.parent / "danh-muc" / "20.yaml"
    folder.write_text("targets:\n  b: {name: B, unit: 21484, profile: line, address: 127.0.0.9}\n")
    with folder.open("a") as file:
        file.write("defaults: {interval_s: 900}\n")
    text = INVENTORY.replace("interval_s: 300, ", "")
    (config.parent / "danh-muc" / "10.yaml").write_text(text)
    recorded(config, iter(()))

    told = run("load", "21484.cpe", *WHEN, "--config", config)

    assert "cách nhau 900 giây" in told.err
    assert "đặt interval_s: 300" in told.err


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("23308.cpe",), "chưa có phép đo lưu lượng của một cổng", 1),
        (("dak ro wa",), "chưa có phép đo lưu lượng của một cổng", 1),
        (("ba to",), "'ba to' có thể là: 21484.cpe (CPE Ba Tơ); 21523.cpe (CPE Ba Tô)", 2),
        (("khong-co-gi",), "không có đối tượng 'khong-co-gi'", 2),
        (("21484.cpe", "--until", "hôm qua"), "--until: không hiểu 'hôm qua'", 2),
        (("21484.cpe", "--until", "2026-01-01"), "vào ngày đó chưa có quy định về tải kênh", 2),
        (("21484.cpe", "--days", "0"), "--days: cần từ 1 đến 366", 2),
        (("21484.cpe",), "results.db", 1),
    ],
)
def test_what_cannot_be_judged_says_what_to_do(
    run: Run, config: Path, arguments: tuple[str, ...], says: str, code: int
) -> None:
    told = run("load", *arguments, "--config", config)

    assert told.code == code
    assert says in told.err
    assert "cách sửa:" in told.err


def test_a_damaged_file_is_an_error_and_stays_as_it_is(run: Run, config: Path) -> None:
    path = config.parent / "state" / "results.db"
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)

    told = run("load", "21484.cpe", *WHEN, "--config", config)

    assert told.code == 1
    assert "tệp hỏng" in told.err
    assert path.read_bytes() == b"not a database" * 100


def test_nothing_is_written(run: Run, config: Path) -> None:
    recorded(config, results("21484.cpe/wan", lambda _: (4e6, 1e6)))
    path = config.parent / "state" / "results.db"
    before = path.read_bytes()

    run("load", "21484.cpe", *WHEN, "--config", config)

    assert path.read_bytes() == before
    with sqlite3.connect(path) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


def test_what_was_compacted_meanwhile_counts_the_same(run: Run, config: Path) -> None:
    def sample(number: int) -> Sample | None:
        return (4e6 + number * 1e3, 9.6e6 if number % 20 else 1e6) if number % 7 else None

    asked = ("load", "21484.cpe", *WHEN, "--days", 1, "--config", config, "--json")
    day = [each for each in results("21484.cpe/wan", sample) if each.started_at > UNTIL - 90_000]
    recorded(config, iter(day))
    plain = json.loads(run(*asked).out)
    (config.parent / "state" / "results.db").unlink()
    connection = opened(config.parent / "state" / "results.db")
    fill(connection, day, lambda result: result.started_at > UNTIL - 4_000, interval_s=300.0)
    (hot,) = connection.execute("select count(*) from result").fetchone()
    connection.close()

    compacted = json.loads(run(*asked).out)

    assert 0 < hot < 20
    assert compacted["items"][0]["verdict"] == plain["items"][0]["verdict"]
    for direction, load in plain["items"][0]["directions"].items():
        found = compacted["items"][0]["directions"][direction]
        assert found["samples"] == load["samples"]
        assert found["percentileBps"] == pytest.approx(load["percentileBps"], rel=0.01)
