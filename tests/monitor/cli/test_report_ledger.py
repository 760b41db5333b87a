"""`report ledger`: the leased lines' outages of a period, from the disk."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from monitor.cli.exits import Exit
from tests.monitor.cli.conftest import Run, run
from tests.monitor.report.evidence.land import Land, build

__all__ = ["run"]

MARCH = ("report", "ledger", "--period", "2025-03")


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    return build(tmp_path_factory.mktemp("land"))


def test_each_circuit_is_told_with_what_counts_and_what_is_contracted(land: Land, run: Run) -> None:
    told = run(*MARCH, "--config", land.config)
    rows = {row[1]: row for row in told.rows}

    assert told.code == Exit.OK, told.err
    assert rows["kenh-1"][:4] == ["VNPT", "kenh-1", "GL-0001", "Xã Ba Tơ"]
    assert rows["kenh-1"][4:11] == ["01", "59p", "–", "–", "3g43p", "–", "00"], (
        "a minute was corrected to maintenance"
    )
    assert rows["kenh-2"][8:11] == ["chưa ghi", "chưa ghi", "chưa ghi"]
    assert "VNPT: chưa đủ dữ liệu để kết luận kênh nào vượt hợp đồng" in told.err, (
        "a day of the month is known"
    )


def test_one_carrier_or_one_circuit_can_be_asked_for(land: Land, run: Run) -> None:
    config = ("--config", land.config)

    assert [row[1] for row in run(*MARCH, "--provider", "viettel", *config).rows] == ["kenh-3"]
    assert [row[1] for row in run(*MARCH, "--circuit", "gl-0002", *config).rows] == ["kenh-2"]
    unknown = run(*MARCH, "--provider", "FPT", *config)
    assert unknown.code == Exit.USAGE
    assert "các doanh nghiệp trong danh mục: VNPT, Viettel" in unknown.err.replace(
        "Viettel, VNPT", "VNPT, Viettel"
    )


def test_programs_get_every_outage_with_its_incident_and_ticket(land: Land, run: Run) -> None:
    told = json.loads(run(*MARCH, "--circuit", "kenh-1", "--config", land.config, "-o", "json").out)
    [provider] = told["providers"]
    [outage] = provider["circuits"][0]["outages"]

    assert (told["schema"], told["period"]) == ("ledger/1", "2025-03")
    assert (outage["incident"], outage["toldAs"]) == ("SC-2025-0007", "SC-2025-0008")
    assert (outage["ticket"], outage["verdict"], outage["countedS"]) == ("VNPT-77", "counts", 3_540)
    assert outage["exceedsRestoreTime"] is False


def test_files_say_what_the_table_says(land: Land, run: Run, tmp_path: Path) -> None:
    told = run(
        *(*MARCH, "--provider", "VNPT", "--format", "xlsx,csv", "--to", tmp_path, "--config", land.config)
    )

    assert told.code == Exit.OK, told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "doi-soat-2025-03-vnpt.csv.zip",
        "doi-soat-2025-03-vnpt.xlsx",
    ]
    book = openpyxl.load_workbook(tmp_path / "doi-soat-2025-03-vnpt.xlsx")
    assert book.sheetnames == ["Theo doanh nghiệp", "Theo kênh", "Từng lượt"]
    assert "của VNPT" in (book.properties.title or "")
    [line] = list(book["Từng lượt"].iter_rows(min_row=3, max_row=3, values_only=True))
    assert {"SC-2025-0007 (SC-2025-0008)", "VNPT-77", 59} <= set(line)
    with zipfile.ZipFile(io.BytesIO((tmp_path / "doi-soat-2025-03-vnpt.csv.zip").read_bytes())) as archive:
        assert "may/tung-luot.csv" in archive.namelist()


def test_formats_need_a_place(land: Land, run: Run) -> None:
    told = run(*MARCH, "--format", "xlsx", "--config", land.config)

    assert told.code == Exit.USAGE
    assert "--to" in told.err
