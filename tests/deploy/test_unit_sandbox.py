"""What the service's sandbox lets happen and what not: seen from inside, under a real systemd."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.installed import PROGRAM, UNITS, installed, shown
from tests.deploy.machine import Machine

TRIAL = "trial.service"
REFUSED = {"EACCES", "EPERM", "EROFS", "EAFNOSUPPORT", "ENOENT"}
NEEDED = {"writes its state", "writes its backups", "pings", "draws in a child", "has its secret"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with installed(tmp_path_factory.mktemp("sandbox")) as machine:
        machine.write(
            "/opt/tslcd-monitor/trial.py", (Path(__file__).parent / "trial.py").read_text(encoding="utf-8")
        )
        machine.write("/etc/tslcd-monitor/credentials/smtp_password", "mật khẩu thư\n", mode="0600")
        machine.write("/home/canh-giac", "x")
        yield machine


def as_a_trial(names: str, more: str) -> str:
    """Return the service's unit with the trial in the place of the daemon: one run instead of a life."""
    text = (UNITS / "tslcd-monitor.service").read_text(encoding="utf-8")
    ours = re.compile(r"^(Exec|Type=|Restart|Watchdog|NotifyAccess|SuccessExit)")
    kept = [line for line in text.splitlines() if not ours.match(line) or line.startswith("ExecPaths")]
    run = f"ExecStart={PROGRAM}/bin/python -I /opt/tslcd-monitor/trial.py {names}"
    at = kept.index("[Service]") + 1
    return "\n".join([*kept[:at], "Type=oneshot", run, *kept[at:], "[Service]", more, ""])


def tried(machine: Machine, *, names: Sequence[str] = (), more: str = "") -> dict[str, Any]:
    machine.write(f"/etc/systemd/system/{TRIAL}", as_a_trial(f'"{",".join(names)}"' if names else "", more))
    machine.must("systemctl daemon-reload")
    ran = machine.run(f"systemctl start {TRIAL}", within_s=90)
    said = machine.must(f"journalctl --sync; journalctl --no-pager -o cat -u {TRIAL}")
    assert ran.code == 0, said
    # The journal keeps what earlier runs said: the last is this one's.
    *_, last = (line for line in said.splitlines() if line.startswith("{"))
    found: dict[str, Any] = json.loads(last)
    return found


def test_nothing_that_an_intruder_wants_works_and_all_that_the_program_needs_does(machine: Machine) -> None:
    seen = tried(machine)

    intruder = {name: found for name, found in seen.items() if name not in NEEDED}
    blind = {name: intruder.pop(name) for name in ("sees /home", "sees other processes")}
    assert {name: found for name, found in intruder.items() if found not in REFUSED} == {}
    # An empty place in front of /home refuses nothing and shows nothing; of others' processes, none is shown.
    assert all(found == [] or found in REFUSED for found in blind.values()), blind
    assert {name: seen[name] for name in NEEDED} == {
        "writes its state": "OK",
        "writes its backups": "OK",
        "pings": "OK",
        "draws in a child": "PNG",
        "has its secret": "mật khẩu thư",
    }


def test_without_its_lines_the_sandbox_would_let_it_happen(machine: Machine) -> None:
    """The trials can tell a sandbox from none: what they report as refused is refused by the unit."""
    more = "\n".join(
        [
            *("NoExecPaths=", "MemoryDenyWriteExecute=no", "SystemCallFilter=", "RestrictAddressFamilies="),
            *("ProtectSystem=no", "ProtectHome=no", "InaccessiblePaths=", "RestrictNamespaces=no"),
            *("User=root", "CapabilityBoundingSet=~", "ProtectProc=default", "SecureBits=", "PrivateTmp=no"),
        ]
    )
    names = (
        "runs a shell",
        "runs a program dropped into its state",
        "runs a program dropped into /dev/shm",
        "runs a program that lies in memory only",
        "maps memory to write and execute",
        "writes /etc",
        "reads /etc/shadow",
        "opens a netlink socket",
        "opens port 80",
        "makes a network namespace",
    )
    seen = tried(machine, names=names, more=more)

    assert {name: found for name, found in seen.items() if found in REFUSED} == {}


def test_the_example_of_a_drop_in_opens_the_folders_that_it_names(machine: Machine) -> None:
    machine.must("install -d -o tslcd-monitor /srv/sao-luu-giam-sat")
    names = ["writes the folder of the example", "writes /srv", "sees /root"]
    example = (UNITS / "noi-rieng.conf").read_text(encoding="utf-8").partition("[Service]")[2]

    assert tried(machine, names=names)["writes the folder of the example"] in REFUSED
    seen = tried(machine, names=names, more=example)
    assert seen["writes the folder of the example"] == "OK"
    assert {seen["writes /srv"], seen["sees /root"]} <= REFUSED


def test_limits_of_the_service_and_of_its_slice_are_in_force(machine: Machine) -> None:
    machine.must("systemctl start tslcd-monitor.slice")
    assert shown(machine, "LimitCORE") == "0"
    assert shown(machine, "MemoryMax") == str(2**30)
    assert shown(machine, "MemoryMax", unit="tslcd-monitor.slice") == str(1_536 * 2**20)
    assert shown(machine, "Slice") == "tslcd-monitor.slice"
    assert shown(machine, "StartLimitIntervalUSec") == "0"
