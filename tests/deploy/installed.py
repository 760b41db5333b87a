"""The program installed in a machine as the package installs it, without the package: quick, and always this checkout.

/opt/tslcd-monitor/venv runs Debian's Python; the libraries are those of the tests' environment, shown read-only.
"""

import compileall
import json
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.machine import REPOSITORY, Machine, booted

PROGRAM = "/opt/tslcd-monitor/venv"
UNITS = REPOSITORY / "deploy" / "systemd"
SERVICE = "tslcd-monitor.service"
STATE = "/var/lib/tslcd-monitor"
CONFIG = "/etc/tslcd-monitor/tslcd-monitor.yaml"
PACKAGES = ("probes", "inventory", "alerts", "monitor")

SETTINGS: Mapping[str, Any] = {
    "province": "Tỉnh Thử",
    "inventory": ["danh-muc"],
    "state_dir": STATE,
    "ballast_mb": 1,
    "web": {"port": 8080},
    "alerting": {"night": None, "brief": None},
}
INVENTORY: Mapping[str, Any] = {
    "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
    "units": {"u": {"name": "Xã Thử", "kind": "xã", "area": "qn"}},
    "profiles": {
        "any": {
            "layer": "tslcd",
            "checks": {
                "icmp": {"kind": "icmp", "interval_s": 2, "timeout_s": 1},
            },
        }
    },
    "targets": {"u.may": {"name": "Máy", "unit": "u", "profile": "any", "address": "127.0.0.1"}},
}


@contextmanager
def installed(folder: Path) -> Iterator[Machine]:
    """Boot a machine with the program, its user, its units and a small province; nothing runs yet."""
    # There it cannot be written: each start of the program would compile it again, for a second or two.
    for name in PACKAGES:
        compileall.compile_dir(REPOSITORY / name, quiet=1)
    libraries = Path(sysconfig.get_path("purelib"))
    site = f"{PROGRAM}/lib/python3.11/site-packages"
    shown = {
        libraries: "/opt/tslcd-monitor/libraries",
        **{REPOSITORY / name: f"{site}/{name}" for name in PACKAGES},
    }
    with booted(folder, shown=shown) as machine:
        machine.must(
            "set -e\n"
            f"/usr/bin/python3.11 -m venv --without-pip {PROGRAM}\n"
            f"echo /opt/tslcd-monitor/libraries >{site}/libraries.pth\n"
            "id tslcd-monitor 2>/dev/null || useradd --system --home-dir /var/lib/tslcd-monitor --no-create-home "
            "--shell /usr/sbin/nologin --user-group tslcd-monitor\n"
            "install -d -m 0700 /etc/tslcd-monitor/credentials\n"
            "install -d -m 0700 -o tslcd-monitor -g tslcd-monitor /var/backups/tslcd-monitor\n"
        )
        for unit in UNITS.glob("tslcd-monitor*"):
            machine.write(f"/etc/systemd/system/{unit.name}", unit.read_text(encoding="utf-8"))
        configure(machine)
        machine.must("systemctl daemon-reload")
        yield machine


def configure(machine: Machine, *, inventory: Mapping[str, Any] = INVENTORY, **settings: Any) -> None:
    """Write the settings and the province's inventory."""
    machine.write(CONFIG, yaml.safe_dump({**SETTINGS, **settings}, allow_unicode=True))
    machine.write(
        "/etc/tslcd-monitor/danh-muc/tinh.yaml", yaml.safe_dump(dict(inventory), allow_unicode=True)
    )


def drop_in(machine: Machine, text: str, *, unit: str = SERVICE) -> None:
    """Change the unit for this test, as `systemctl edit` does."""
    machine.write(f"/etc/systemd/system/{unit}.d/test.conf", text)
    machine.must("systemctl daemon-reload")


def journal(machine: Machine) -> str:
    """Return what the service said."""
    return machine.must(f"journalctl --no-pager -o cat -u {SERVICE}")


def shown(machine: Machine, name: str, *, unit: str = SERVICE) -> str:
    """Return a property of a unit."""
    return machine.must(f"systemctl show -P {name} {unit}").strip()


def api(machine: Machine, path: str, *, body: str | None = None) -> Any:
    """Ask the daemon over its own socket."""
    given = "" if body is None else f"-X POST -H 'Content-Type: application/json' -d '{body}'"
    return json.loads(
        machine.must(
            f"curl -sS --fail-with-body --max-time 10 --unix-socket {STATE}/api.sock {given} http://localhost/api/v1{path}"
        )
    )


def start(machine: Machine) -> None:
    """Start the service; returns when it is ready."""
    # A start of what fails and is tried again would wait for as long as it fails.
    stopped = f"systemctl is-active -q {SERVICE} || systemctl stop {SERVICE}"
    ran = machine.run(f"{stopped}; systemctl start {SERVICE}", within_s=90)
    assert ran.code == 0, journal(machine)
