"""The Debian package in a fresh machine: installed, configured, upgraded, removed, purged. Nothing of people's is lost."""

import io
import re
import subprocess
import tarfile
from pathlib import Path

from deploy.package.debian import DEPENDS
from deploy.package.project import here
from tests.deploy.machine import Machine, booted

SERVICE, SOCKET = "tslcd-monitor.service", "tslcd-monitor-web.socket"
CONFIG = "/etc/tslcd-monitor/tslcd-monitor.yaml"
GONE = "opt/tslcd-monitor/venv/lib/python3.11/site-packages/monitor/earlier.py"
# Libraries that draw, write files of an office or know holidays: more than half of all files.
NOT_TO_START = re.compile(
    r"/site-packages/(numpy|matplotlib|mpl_toolkits|fontTools|reportlab|PIL|lxml|pygments|influxdb_client|reactivex"
    r"|holidays|openpyxl|docx|numpy\.libs|pillow\.libs)/"
)
# By dpkg itself: the handbook's test installs by apt-get, which takes longer.
INSTALL = "dpkg -i {} 2>&1"


def pid(machine: Machine) -> str:
    return machine.must(f"systemctl show -P MainPID {SERVICE}").strip()


def marked(machine: Machine) -> str:
    """What people wrote and must outlive the package: settings, inventory, a secret."""
    return machine.must(
        "cd / && sha256sum etc/tslcd-monitor/tslcd-monitor.yaml etc/tslcd-monitor/danh-muc/* etc/tslcd-monitor/credentials/*"
    )


def earlier(deb: Path, to: Path) -> Path:
    """The same package as version 0.0.9: with a module that the new one no longer has, without what draws.

    It is there to be upgraded from; what is in a package is looked at when the new one is installed.
    """
    control, new_control = io.BytesIO(_said("dpkg-deb", "--ctrl-tarfile", deb)), io.BytesIO()
    with tarfile.open(fileobj=control) as old, tarfile.open(fileobj=new_control, mode="w") as new:
        for entry in old:
            file = old.extractfile(entry)
            content = file.read() if file else b""
            if entry.name == "./control":
                content = content.replace(f"Version: {here().version}\n".encode(), b"Version: 0.0.9\n")
                entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))
    data = io.BytesIO()
    unpacking = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    with (
        unpacking,
        tarfile.open(fileobj=unpacking.stdout, mode="r|") as whole,
        # dpkg reads no newer form.
        tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as light,
    ):
        for entry in whole:
            if not NOT_TO_START.search(entry.name):
                light.addfile(entry, whole.extractfile(entry) if entry.isreg() else None)
        light.addfile(tarfile.TarInfo(f"./{GONE}"))
    package = to / "tslcd-monitor_0.0.9_amd64.deb"
    members = {
        "debian-binary": b"2.0\n",
        "control.tar": new_control.getvalue(),
        "data.tar": data.getvalue(),
    }
    # deb(5): an ar archive, its members padded to even length.
    with package.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in members.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return package


LIBRARIES = """
find /opt/tslcd-monitor -name '*.so*' -type f -print0 | xargs -0 ldd 2>/dev/null |
    awk '/=> \\// { print $3 } /not found/ { print "missing:" $1 }' | grep -v ^/opt/ | sort -u >/run/libraries
grep ^missing: /run/libraries
# dpkg knows a library below /lib or below /usr/lib, whichever its package says.
{ cat /run/libraries; xargs readlink -f </run/libraries; } | grep ^/ | xargs dpkg -S 2>/dev/null | cut -d: -f1 | sort -u
"""
BILL = """
import json
from importlib.metadata import distributions

bill = json.load(open("/usr/share/doc/tslcd-monitor/tslcd-monitor.cdx.json"))
parts = [bill["metadata"]["component"], *bill["components"]]
named = {(part["name"], part["version"]) for part in parts if not part.get("purl", "").startswith("pkg:npm")}
installed = {(each.name.lower().replace("_", "-"), each.version) for each in distributions()}
print(sorted(named ^ installed))
"""


def assert_nothing_foreign(machine: Machine) -> None:
    """What lies under /opt is what the bill of materials names, and needs no library but those of the dependencies."""
    ran = machine.run("/opt/tslcd-monitor/venv/bin/python -I -", given=BILL.encode())
    assert ran.out == "[]\n", ran.out
    needed = set(machine.must(LIBRARIES, within_s=180).split())
    assert needed
    assert needed <= {depends.split(" ")[0] for depends in DEPENDS}


def _said(*command: str | Path) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def test_the_package_installs_upgrades_and_goes_and_never_takes_what_people_wrote(
    tmp_path: Path, deb: Path
) -> None:
    (tmp_path / "machine").mkdir()
    with booted(tmp_path / "machine", shown={deb.parent: "/opt/new", tmp_path: "/opt/old"}) as machine:
        old = earlier(deb, tmp_path)

        # Installed: a user, folders, a command, units; nothing runs yet, and it says what to do next.
        said = machine.must(INSTALL.format(f"/opt/old/{old.name}"), within_s=180)
        assert "tslcd-monitor inventory init /etc/tslcd-monitor --service" in said
        assert machine.must("stat -c '%a %U:%G' /etc/tslcd-monitor/credentials /var/lib/tslcd-monitor") == (
            "700 root:root\n700 tslcd-monitor:tslcd-monitor\n"
        )
        assert machine.must("getent passwd tslcd-monitor").rstrip().endswith(":/usr/sbin/nologin")
        assert (
            machine.run(f"systemctl is-active {SERVICE}; systemctl is-enabled {SERVICE}").out
            == "inactive\ndisabled\n"
        )

        # Configured as the text says.
        machine.must("tslcd-monitor inventory init /etc/tslcd-monitor --service --province 51")
        machine.write(
            "/etc/tslcd-monitor/credentials/heartbeat-key", "0123456789abcdef0123456789abcdef", mode="0600"
        )
        machine.must(f"systemctl enable --now {SERVICE} 2>&1", within_s=180)
        machine.must("tslcd-monitor user add an --name 'Nguyễn Văn An' --role leader")
        before, first_pid = marked(machine), pid(machine)

        # Upgraded: nothing is asked, all is kept, the new program runs.
        said = machine.must(INSTALL.format(f"/opt/new/{deb.name}"), within_s=180)
        assert "conffile" not in said
        machine.wait(
            f"test $(systemctl show -P MainPID {SERVICE}) != {first_pid} && systemctl is-active {SERVICE}",
            within_s=180,
        )
        assert "Nguyễn Văn An" in machine.must("tslcd-monitor user list")
        assert marked(machine) == before
        assert machine.run(f"test -e /{GONE}").code != 0
        assert machine.must("find /opt/tslcd-monitor '(' ! -user root -o -perm /022 ')' ! -type l") == ""
        assert machine.must("dpkg --verify tslcd-monitor") == ""
        assert_nothing_foreign(machine)

        # Upgraded with settings that the new program refuses: the mistake is named, and how to mend it.
        machine.must(f"cp -p {CONFIG} /run/good.yaml && echo 'khong_co_khoa_nay: 1' >>{CONFIG}")
        said = machine.must("/var/lib/dpkg/info/tslcd-monitor.postinst configure 0.0.9 2>&1")
        assert f"{CONFIG}:" in said
        assert "khong_co_khoa_nay" in said
        assert "systemctl restart tslcd-monitor" in said
        machine.must(f"cp -p /run/good.yaml {CONFIG}")

        # Installed again after it was removed: the sockets that people had asked for are open, and the service runs.
        machine.must(f"systemctl stop {SERVICE}; systemctl enable {SOCKET} 2>&1")
        machine.must("/var/lib/dpkg/info/tslcd-monitor.postinst configure 0.0.9 2>&1")
        machine.wait(f"systemctl is-active {SERVICE}", within_s=180)
        assert machine.must(f"systemctl is-active {SOCKET}") == "active\n"

        # Removed: the program is gone, settings and data are not.
        machine.must("dpkg -r tslcd-monitor 2>&1", within_s=180)
        assert (
            machine.run(
                "ls -d /opt/tslcd-monitor /usr/bin/tslcd-monitor /usr/share/tslcd-monitor 2>/dev/null"
            ).out
            == ""
        )
        assert machine.run(f"systemctl is-active {SERVICE}").out == "inactive\n"
        assert marked(machine) == before

        # Purged: the service is forgotten; what is left is said, and how to get rid of it.
        said = machine.must("dpkg -P tslcd-monitor 2>&1", within_s=180)
        assert "rm -r /etc/tslcd-monitor /var/lib/tslcd-monitor" in said
        assert machine.must("find /etc/systemd/system -name '*tslcd*'") == ""
        assert marked(machine) == before
        script = "import sqlite3; print(*sqlite3.connect('/var/lib/tslcd-monitor/state.db').execute('select name from account'))"
        assert "an" in machine.must(f'/usr/bin/python3.11 -c "{script}"')
