"""`inventory coverage`, on a small inventory in files."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.conftest import Run

REPORTED = """
reported:
  duong-truyen:
    name: Đường truyền TSLCD
    profiles: [any]
    figures:
      - {printed: 96/96, have: 96, of: 96, on: 2025-06, source: Báo cáo cũ}
      - {printed: 91/96, have: 91, of: 96, on: 2025-09, source: Báo cáo gửi Sở Nội vụ}
      - {printed: 03/96, have: 3, of: 96, on: 2025-09, source: Báo cáo gửi Sở Nội vụ}
  kiosk: {name: Kiosk tra cứu, profiles: [kiosk]}
  may-in: {name: Máy in, profiles: [printer]}
targets:
  21484.kiosk: {name: Kiosk, unit: "21484", profile: kiosk, equipped: no}
"""


@pytest.fixture
def reporting(config: Path) -> Path:
    (config.parent / "danh-muc" / "20.yaml").write_text(REPORTED)
    return config


def test_prints_the_count_beside_the_last_figures_and_what_contradicts(run: Run, reporting: Path) -> None:
    told = run("inventory", "coverage", "--config", reporting)

    assert told.code == 0
    assert told.rows[0][0] == "Đường truyền TSLCD"
    assert told.rows[0][1:] == ["03/03", "00/03", "00/03", "91/96; 03/96", "9/2025"]
    assert "Mâu thuẫn: báo cáo 9/2025 in hai số cho cùng một mục: 91/96 và 03/96" in told.out
    assert "Báo cáo cũ" not in told.out
    assert "%" not in told.out


def test_names_those_without_and_those_nobody_knows_of_apart(run: Run, reporting: Path) -> None:
    told = run("inventory", "coverage", "--class", "kiosk", "--config", reporting)

    assert told.rows[0] == ["Kiosk tra cứu", "00/03", "01/03", "02/03", "–", ""]
    lines = [line.strip() for line in told.out.splitlines()]
    assert [line for line in lines if line.startswith("Chưa có")] == ["Chưa có, Quảng Ngãi (cũ): Ba Tơ"]
    assert [line for line in lines if line.startswith("Chưa rõ")] == [
        "Chưa rõ, Quảng Ngãi (cũ): Ba Tô",
        "Chưa rõ, Kon Tum (cũ): Đăk Rơ Wa",
    ]


def test_extended_tells_older_figures_too(run: Run, reporting: Path) -> None:
    assert "Báo cáo cũ" in run("inventory", "coverage", "-o", "extended", "--config", reporting).out


def test_as_json(run: Run, reporting: Path) -> None:
    body = json.loads(run("inventory", "coverage", "--config", reporting, "--json").out)

    assert (body["schema"], body["units"]) == ("inventory-coverage/1", 3)
    kiosk = body["items"][1]
    assert kiosk["without"] == [{"code": "21484", "name": "Xã Ba Tơ", "area": "qn"}]
    assert len(kiosk["unknown"]) == 2
    assert body["items"][0]["reported"][0]["printed"] == "96/96"


def test_a_class_that_is_not_there_names_the_nearest(run: Run, reporting: Path) -> None:
    told = run("inventory", "coverage", "--class", "kiosc", "--config", reporting)

    assert told.code == 2
    assert "có phải 'kiosk'?" in told.err


def test_an_inventory_without_the_section_says_so(run: Run, config: Path) -> None:
    told = run("inventory", "coverage", "--config", config)

    assert told.code == 0
    assert "chưa có phần reported" in told.err


def test_a_broken_inventory_is_told_and_where_to_see_more(run: Run, reporting: Path) -> None:
    (reporting.parent / "danh-muc" / "30.yaml").write_text("unit: {}\n")

    told = run("inventory", "coverage", "--config", reporting)

    assert told.code == 1
    assert "check-config" in told.err
