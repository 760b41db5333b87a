"""`incident export MÃ`: one ZIP from the disk, without a daemon."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from monitor.cli.exits import Exit
from tests.monitor.cli.conftest import Run, run
from tests.monitor.report.evidence.land import CHECK, ONE, Land, build

__all__ = ["run"]


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    return build(tmp_path_factory.mktemp("land"))


def test_a_pack_is_one_file_and_its_sum_is_said(land: Land, run: Run, tmp_path: Path) -> None:
    to = tmp_path / "goi.zip"
    told = run("incident", "export", ONE.id.lower(), "--to", to, "--config", land.config)

    assert told.code == Exit.OK, told.err
    assert told.out == f"{to}\n"
    assert "120 kết quả của 01 phép đo" in told.err.replace(" 1 phép", " 01 phép")
    assert hashlib.sha256(to.read_bytes()).hexdigest() in told.err
    with zipfile.ZipFile(to) as archive:
        assert f"{ONE.id}/TOM-TAT.html" in archive.namelist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["goi.zip"], "nothing else is left"
    assert to.stat().st_mode & 0o777 == 0o600, "it is nobody else's"


def test_a_file_that_is_there_is_not_written_over_unless_one_says_so(
    land: Land, run: Run, tmp_path: Path
) -> None:
    to = tmp_path / "goi.zip"
    to.write_text("quý giá")
    asked = ("incident", "export", ONE.id, "--to", to, "--config", land.config)
    refused = run(*asked)

    assert refused.code == Exit.USAGE
    assert f"đã có {to}" in refused.err
    assert "--yes" in refused.err
    assert to.read_text() == "quý giá"
    assert run(*asked, "--yes").code == Exit.OK
    assert zipfile.is_zipfile(to)
    assert to.stat().st_mode & 0o777 == 0o600
    (tmp_path / "goi").mkdir()
    folder = run("incident", "export", ONE.id, "--to", tmp_path / "goi", "--yes", "--config", land.config)
    assert (folder.code, "không ghi được" in folder.err) == (Exit.FINDINGS, True)
    assert {path.name for path in tmp_path.iterdir()} == {"goi", "goi.zip"}, "nothing half written is left"


def test_programs_are_told_what_is_in_it(land: Land, run: Run, tmp_path: Path) -> None:
    to = tmp_path / "goi.zip"
    told = json.loads(
        run("incident", "export", ONE.id, "--to", to, "--config", land.config, "-o", "json").out
    )

    assert (told["schema"], told["incident"], told["file"]) == ("evidence/1", ONE.id, str(to))
    assert (told["results"], told["transitions"], told["messages"]) == (120, 2, 2)
    assert told["sha256"] == hashlib.sha256(to.read_bytes()).hexdigest()


def test_without_a_name_it_is_called_after_the_incident(
    land: Land, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("incident", "export", ONE.id, "--config", land.config).out == f"{ONE.id}.zip\n"


def test_what_cannot_be_done_is_said_with_a_remedy(land: Land, run: Run, tmp_path: Path) -> None:
    config = ("--config", land.config)
    unknown = run("incident", "export", "SC-2025-9999", "--to", tmp_path / "a.zip", *config)
    nowhere = run("incident", "export", ONE.id, "--to", tmp_path / "không" / "có.zip", *config)
    endless = run("incident", "export", ONE.id, "--to", tmp_path / ("a" * 300), *config)
    mixed = run("incident", "export", ONE.id, "--format", "csv", *config)

    assert (unknown.code, nowhere.code, mixed.code) == (Exit.FINDINGS, Exit.FINDINGS, Exit.USAGE)
    assert "không có sự cố SC-2025-9999" in unknown.err
    assert "incident list --all" in unknown.err
    assert "không ghi được" in nowhere.err
    assert (endless.code, "không ghi được" in endless.err) == (Exit.FINDINGS, True)
    assert "--to" in nowhere.err
    assert "cách sửa" in mixed.err
    assert list(tmp_path.iterdir()) == []


def test_without_results_there_is_a_pack_that_says_so(run: Run, tmp_path: Path) -> None:
    land = build(tmp_path)
    land.measured.unlink()
    to = tmp_path / "goi.zip"
    told = run("incident", "export", ONE.id, "--to", to, "--config", land.config)

    assert told.code == Exit.OK, told.err
    assert "hồ sơ không có kết quả đo" in told.err
    with zipfile.ZipFile(to) as archive:
        page = archive.read(f"{ONE.id}/TOM-TAT.html").decode()
    assert "Không có kết quả đo" in page
    assert CHECK in page, "transitions are there"


def test_with_damaged_results_there_is_a_pack_of_all_the_rest(run: Run, tmp_path: Path) -> None:
    land = build(tmp_path)
    content = bytearray(land.measured.read_bytes())
    content[100:] = b"\xff" * len(content[100:])
    land.measured.write_bytes(content)
    to = tmp_path / "goi.zip"
    told = run("incident", "export", ONE.id, "--to", to, "--config", land.config)

    assert told.code == Exit.PARTLY, told.err
    assert "hồ sơ không có kết quả đo" in told.err
    with zipfile.ZipFile(to) as archive:
        assert "Không có kết quả đo" in archive.read(f"{ONE.id}/TOM-TAT.html").decode()
        assert len(archive.read(f"{ONE.id}/chuyen-trang-thai.csv").splitlines()) == 3
