"""What can be said of the units without running them; what they do is in test_unit_sandbox and test_unit_life."""

import configparser
import subprocess
from pathlib import Path

import pytest

from monitor.handed_over import TRAPS, WEB
from monitor.secrets import HANDED_OVER_AS, KEPT_IN
from tests.deploy.machine import REPOSITORY

UNITS = REPOSITORY / "deploy" / "systemd"
TENTHS = "14"
"""The exposure that was promised: 1.4 of 10."""


def directives(name: str) -> list[tuple[str, str]]:
    found = []
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        key, has_value, value = line.partition("=")
        if has_value and not line.startswith("#"):
            found.append((key, value))
    return found


def test_the_service_is_hardly_exposed() -> None:
    # fmt: off
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={TENTHS}",
         UNITS / "tslcd-monitor.service"],
        capture_output=True, text=True, check=False,
    )
    # fmt: on
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("tslcd-monitor*")))
def test_systemd_understands_every_line(unit: str, tmp_path: Path) -> None:
    for path in UNITS.glob("tslcd-monitor*"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("/opt/tslcd-monitor/venv/bin/python", "/usr/bin/env"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tmp_path.name not in verified.stderr, verified.stderr
    assert verified.returncode == 0, verified.stderr


def test_the_drop_in_for_a_site_is_understood(tmp_path: Path) -> None:
    text = (UNITS / "noi-rieng.conf").read_text(encoding="utf-8")
    everything = text.replace("# IP", "IP").replace("# Memory", "Memory")
    parser = configparser.ConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read_string(everything)
    assert set(parser["Service"]) == {
        "ReadWritePaths",
        "InaccessiblePaths",
        "IPAddressDeny",
        "IPAddressAllow",
        "MemoryHigh",
        "MemoryMax",
    }


def test_sockets_and_secrets_have_the_names_that_the_program_looks_for() -> None:
    assert ("LoadCredential", f"{HANDED_OVER_AS.removesuffix('_')}:{KEPT_IN}") in directives(
        "tslcd-monitor.service"
    )
    for name in (WEB, TRAPS):
        assert ("FileDescriptorName", name) in directives(f"tslcd-monitor-{name}.socket")
        assert ("Service", "tslcd-monitor.service") in directives(f"tslcd-monitor-{name}.socket")


def test_the_service_never_gives_up_and_leaves_no_core() -> None:
    lines = directives("tslcd-monitor.service")
    assert {("StartLimitIntervalSec", "0"), ("Restart", "always"), ("LimitCORE", "0")} <= set(lines)
