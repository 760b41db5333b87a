import asyncio
import os
import pty
import sys
from pathlib import Path

import pytest
import yaml

from monitor.demo.processes import module_environment
from monitor.settings.settings import load_settings
from tests.monitor.cli.conftest import Run

WAIT_S = 30.0


def test_init_writes_a_configuration_that_is_valid_as_it_is(run: Run, tmp_path: Path) -> None:
    told = run("inventory", "init", tmp_path / "moi", "--province", "quang ngai")

    assert told.code == 0
    assert [Path(row[0]).name for row in told.rows] == [
        *("tslcd-monitor.yaml", "00-don-vi.yaml", "10-loi-mang.yaml", "20-dia-chi.yaml", "30-xa.yaml")
    ]
    assert "Tỉnh Quảng Ngãi: 96 xã, phường, đặc khu" in told.err
    checked = run("check-config", tmp_path / "moi" / "tslcd-monitor.yaml")
    assert checked.code == 3
    assert "2 đối tượng được giám sát" in checked.out
    assert "mốc bien.vnpt chưa được giám sát: thiếu address, equipped đang là unknown" in checked.err
    assert "chỉ có 0 mốc" not in checked.err


def test_init_for_the_service_keeps_data_and_secrets_where_systemd_puts_them(
    run: Run, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        told = run("inventory", "init", tmp_path / "etc", "--province", "51", "--service")
    finally:
        os.umask(before)

    settings = load_settings(tmp_path / "etc" / "tslcd-monitor.yaml")
    assert told.code == 0
    assert told.err.splitlines()[-1] == "  5. systemctl enable --now tslcd-monitor"
    assert settings.state_dir == Path("/var/lib/tslcd-monitor")
    assert settings.backup.folder == Path("/var/backups/tslcd-monitor")
    assert settings.secrets_dir == tmp_path / "etc" / "credentials"
    assert (tmp_path / "etc" / "credentials").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "etc" / "danh-muc").iterdir()} == {0o644}
    assert (tmp_path / "etc" / "danh-muc").stat().st_mode & 0o777 == 0o755


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "danh-muc").mkdir()
    (tmp_path / "danh-muc" / "10-loi-mang.yaml").write_text("của tôi")

    told = run("inventory", "init", tmp_path, "--province", "51")

    assert told.code == 2
    assert "đã có: danh-muc/10-loi-mang.yaml" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["danh-muc"]
    assert (tmp_path / "danh-muc" / "10-loi-mang.yaml").read_text() == "của tôi"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["--province", "quảng"], "Quảng Ninh (22), Quảng Trị (44), Quảng Ngãi (51)"),
        (["--province", "quang ngay"], "có phải 'Quảng Ngãi'?"),
        (["--province", "Bình Định"], "Bình Định nay thuộc Gia Lai (52)"),
        (["--province", "kon tum"], "Kon Tum nay thuộc Quảng Ngãi (51)"),
        (["--province", "kontum"], "Kon Tum nay thuộc Quảng Ngãi (51)"),
        (["--province", "quang nam"], "Quảng Nam nay thuộc Đà Nẵng (48)"),
        (["--province", "Dắk Nông"], "nay thuộc Lâm Đồng (68)"),
        (["--province", "?"], "mã 2 chữ số"),
        ([], "thêm --province"),
    ],
)
def test_init_needs_one_province(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], answer: str
) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)

        told = run("inventory", "init", tmp_path / "moi", *asked)

    assert told.code == 2
    assert answer in told.err
    assert not (tmp_path / "moi").exists()


async def test_init_asks_for_the_province_at_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "monitor.cli", "inventory", "init", str(tmp_path / "moi")]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=theirs, stderr=asyncio.subprocess.PIPE, env=module_environment()
    )
    os.close(theirs)
    os.write(ours, b"quang\nhue\n")
    async with asyncio.timeout(WAIT_S):
        _, told = await process.communicate()
    os.close(ours)

    assert process.returncode == 0
    assert "51 Quảng Ngãi" in told.decode()
    assert "'quang' có thể là: Quảng Ninh (22), Quảng Trị (44), Quảng Ngãi (51)" in told.decode()
    assert yaml.safe_load((tmp_path / "moi" / "tslcd-monitor.yaml").read_text())["province"] == "Huế"


@pytest.mark.parametrize(("addresses", "is_simulated"), [("loopback", False), ("example", True)])
def test_generate_writes_a_configuration_without_a_warning(
    run: Run, tmp_path: Path, addresses: str, *, is_simulated: bool
) -> None:
    folder = tmp_path / "thu"

    told = run("inventory", "generate", folder, "--profile", "small", "--addresses", addresses)

    assert told.code == 0
    settings = folder / "tslcd-monitor.yaml"
    where = ", trong mạng mô phỏng" if is_simulated else ""
    assert told.err.splitlines() == [
        "Tỉnh Quảng Ngãi giả lập: 96 xã, phường, đặc khu, 806 đối tượng. Bước tiếp theo:",
        f"  1. tslcd-monitor check-config {settings}",
        f"  2. tslcd-monitor daemon --config {settings}{where}",
    ]
    assert yaml.safe_load(settings.read_text()).get("simulated", False) is is_simulated
    assert run("check-config", settings).code == 0


def test_commands_of_a_new_folder_speak_json(run: Run, tmp_path: Path) -> None:
    init = run("inventory", "init", tmp_path / "a", "--province", "51", "-o", "json")
    generate = run("inventory", "generate", tmp_path / "b", "--profile", "small", "-o", "json")

    assert yaml.safe_load(init.out)["province"] == {"code": "51", "name": "Quảng Ngãi"}
    assert len(yaml.safe_load(init.out)["next"]) == 5
    assert yaml.safe_load(generate.out)["targets"] == 806
