"""The offline bundle in a fresh machine without a network: it refuses what is not whole, installs, upgrades, goes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.package.project import here
from tests.deploy.machine import Machine, booted

SERVICE = "tslcd-monitor.service"
FOLDER = f"/run/bundle/tslcd-monitor-{here().version}-offline"
INSTALL = f"{FOLDER}/install.sh 2>&1"

NOT_TO_START = (
    *(
        "numpy",
        "matplotlib",
        "fonttools",
        "reportlab",
        "pillow",
        "lxml",
        "contourpy",
        "kiwisolver",
        "pyparsing",
    ),
    *("pygments", "influxdb_client", "reactivex", "holidays", "openpyxl", "python_docx", "packaging"),
    *("rich", "urllib3", "markdown_it_py", "python_dateutil", "pycparser", "charset_normalizer"),
)
"""What the service loads later or not at all; most of what there is to compile."""

LIST_ANEW = (
    "find . -type f ! -path ./SHA256SUMS -printf '%P\\n' | xargs -d '\\n' sha256sum >/run/sums && "
    "mv /run/sums SHA256SUMS"
)


@pytest.fixture(scope="module")
def machine(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the bundle unpacked; each test leaves nothing installed."""
    with booted(tmp_path_factory.mktemp("machine"), shown={bundle.parent: "/run/shown"}) as machine:
        machine.must(f"mkdir /run/bundle && tar -C /run/bundle -xf /run/shown/{bundle.name}", within_s=300)
        yield machine


def test_the_bundle_refuses_what_is_not_whole_and_names_what_is_missing(machine: Machine) -> None:
    # Not root.
    said = machine.run(f"setpriv --reuid=nobody --clear-groups {INSTALL}")
    assert (said.code, "sudo ./install.sh" in said.out) == (1, True)

    # A word it does not know.
    assert "--remove" in machine.run(INSTALL.replace(" 2>", " --all 2>")).out

    # Packages of Debian are missing: all of them at once, and the command that brings them.
    machine.must("mv /usr/bin/python3.11 /run/python && mv /usr/share/zoneinfo/Asia/Ho_Chi_Minh /run/zone")
    said = machine.run(INSTALL)
    assert (said.code, "apt-get install python3.11 tzdata" in said.out) == (1, True)
    machine.must("mv /run/python /usr/bin/python3.11 && mv /run/zone /usr/share/zoneinfo/Asia/Ho_Chi_Minh")

    # Others may write it; it is another's; a link to the same contents.
    for harm, mended in (
        ("chmod o+w root/usr", "chmod o-w root/usr"),
        ("chown nobody VERSION", "chown root VERSION"),
        ("mv VERSION /run/version && ln -s /run/version VERSION", "mv /run/version VERSION"),
    ):
        machine.must(f"cd {FOLDER} && {harm}")
        said = machine.run(INSTALL)
        assert (said.code, "chưa cài gì cả" in said.out, "tar -C /root" in said.out) == (1, True, True)
        machine.must(f"cd {FOLDER} && {mended}")

    # One byte changed; one file lost; one file more.
    for harm, named in (
        (f"cd {FOLDER}/wheels && cp idna-* /run/kept && printf x >>$(ls idna-*)", "wheels/idna-"),
        (f"cd {FOLDER}/wheels && mv /run/kept $(ls idna-*) && mv segno-* /run/", "wheels/segno-"),
        (f"mv /run/segno-* {FOLDER}/wheels/ && touch {FOLDER}/wheels/evil.whl", "tệp lạ"),
    ):
        machine.must(harm)
        said = machine.run(INSTALL)
        assert (said.code, named in said.out, "chưa cài gì cả" in said.out) == (1, True, True), said.out
    machine.must(f"rm {FOLDER}/wheels/evil.whl")
    assert machine.run("ls -d /opt/tslcd-monitor /usr/bin/tslcd-monitor 2>/dev/null").out == ""


def test_the_bundle_installs_without_any_index_upgrades_in_one_step_and_goes(machine: Machine) -> None:
    if not os.environ.get("LONG_FORM"):
        # Sooner unpacked and compiled; that every wheel can be is seen when the Debian package is built.
        drawing = " ".join(f"wheels/{name}-*" for name in NOT_TO_START)
        machine.must(f"cd {FOLDER} && rm {drawing} && {LIST_ANEW}")
    said = machine.must(INSTALL, within_s=300)
    assert "tslcd-monitor inventory init /etc/tslcd-monitor --service" in said
    assert f"Đã cài tslcd-monitor {here().version}" in said
    machine.must("tslcd-monitor inventory init /etc/tslcd-monitor --service --province 51")
    machine.must(f"systemctl enable --now {SERVICE} 2>&1", within_s=300)
    assert machine.must("find /opt/tslcd-monitor '(' ! -user root -o -perm /022 ')' ! -type l") == ""
    first_pid = machine.must(f"systemctl show -P MainPID {SERVICE}").strip()
    first = machine.must("readlink /opt/tslcd-monitor/venv").strip()

    # A newer one: another version beside the first, then a switch; the first stays for a way back.
    machine.must(f"cd {FOLDER} && echo 9.9.9 >VERSION && {LIST_ANEW}")
    machine.must(INSTALL, within_s=300)
    machine.wait(
        f"test $(systemctl show -P MainPID {SERVICE}) != {first_pid} && systemctl is-active {SERVICE}",
        within_s=120,
    )
    assert machine.must("readlink /opt/tslcd-monitor/venv").startswith("/opt/tslcd-monitor/9.9.9-")
    assert machine.run(f"test -e {first}/complete").code == 0

    machine.must(INSTALL.replace(" 2>", " --remove 2>"))
    left = machine.run(
        "ls -d /opt/tslcd-monitor /usr/bin/tslcd-monitor /usr/lib/systemd/system/tslcd* /etc/tslcd-monitor/danh-muc"
    )
    assert left.out.splitlines()[-1] == "/etc/tslcd-monitor/danh-muc"
    assert machine.run(f"systemctl is-active {SERVICE}").out == "inactive\n"
    assert machine.must("ls /var/lib/tslcd-monitor/state.db")
