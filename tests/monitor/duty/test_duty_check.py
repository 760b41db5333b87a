"""What `check-config` says of the on-call file."""

from pathlib import Path

from monitor.cli.duty_check import look_at_oncall
from monitor.settings.channels import FileChannelSettings
from monitor.settings.settings import Settings

ROTA = """
people: {ngoc: {name: Bích Ngọc, tell: {file: ngoc}}}
rotas:
  csht:
    name: Trực hạ tầng
    shifts: [{name: Ca ngày, hours: 07:30-24:00, people: [ngoc], since: 2026-01-01}]
"""
NOON = 1_767_848_400.0
"""12:00 on 8 January 2026 in Vietnam."""


def test_hours_that_nobody_is_on_duty_are_named(tmp_path: Path) -> None:
    path = tmp_path / "truc.yaml"
    path.write_text(ROTA, encoding="utf-8")
    path.chmod(0o640)
    settings = Settings(
        province="Quảng Ngãi",
        inventory=[tmp_path],
        state_dir=tmp_path,
        file=FileChannelSettings(path=tmp_path / "x"),
    )

    (warning,) = look_at_oncall(settings, path, tmp_path / "monitor.yaml", NOON, is_whole=True).warnings

    assert warning.message == "trong 14 ngày tới có 04 ngày 09 giờ không có ai trực, sớm nhất từ 00:00 09/01"
