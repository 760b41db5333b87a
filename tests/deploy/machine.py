"""A Debian machine with a real systemd, for a test: systemd-nspawn over an overlay of this host's `/`.

It has its own processes, mounts, host name, units and journal, and no network but its own loopback. What it writes goes
to memory and is gone with it; the checkout, /root, /home and /tmp are empty there, so nothing works by leaning on them.
Every mount lives in a mount namespace of the machine's own: when its processes end, however they end, nothing is left.

    with booted(tmp_path) as machine:
        machine.copy_in(Path("some.deb"), "/var/tmp/some.deb")
        assert machine.run("apt-get install -y /var/tmp/some.deb", within_s=120).code == 0
"""

import contextlib
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BOOT_S = 60.0
REPOSITORY = Path(__file__).parents[2]
CGROUPS = Path("/sys/fs/cgroup")

# Only what every service stands on: the host's own services, timers and clean-ups are no part of a test.
TARGET = """\
[Unit]
Description=A machine for a test
Requires=sysinit.target
Wants=dbus.socket
After=sysinit.target dbus.socket
AllowIsolate=yes
"""

# $1 folder, $2 name of the control group, the rest: systemd-nspawn and its arguments. With --keep-unit two machines
# would share one control group, and each systemd would find the other's services in its own.
START = """
set -eu
folder=$1 group=$2; shift 2
for tree in systemd unified .; do
    tree=/sys/fs/cgroup/$tree
    if [ "$tree" = /sys/fs/cgroup/. ] && ! [ -e "$tree/cgroup.controllers" ]; then continue; fi
    if [ -e "$tree/cgroup.procs" ]; then mkdir "$tree/$group"; echo $$ >"$tree/$group/cgroup.procs"; fi
done
mkdir -p "$folder/layer" "$folder/root"
mount -t tmpfs -o size=4g,mode=0755 tmpfs "$folder/layer"
mkdir "$folder/layer/upper" "$folder/layer/work"
mount -t overlay -o "lowerdir=/,upperdir=$folder/layer/upper,workdir=$folder/layer/work" overlay "$folder/root"
printf '%s' "$TARGET" >"$folder/root/etc/systemd/system/machine.target"
# Or each installation of a package would index all manuals of this host again, for seconds.
rm -f "$folder/root/var/lib/man-db/auto-update"
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command in the machine ended: its exit code (124: not in time), its output and errors in one text."""

    code: int
    out: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A running machine; `leader_pid` is its systemd as seen from here."""

    leader_pid: int
    folder: Path

    def run(self, text: str, *, within_s: float = 30.0, given: bytes = b"") -> Ran:
        """Run shell text as root in the machine, with `given` as its standard input."""
        ended = subprocess.run(
            [*self._inside, "timeout", "--kill-after=2", str(within_s), "/bin/sh", "-c", text],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within_s + 10,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout.decode(errors="replace"))

    def must(self, text: str, *, within_s: float = 30.0) -> str:
        """Run shell text that has to succeed; returns what it printed."""
        ran = self.run(text, within_s=within_s)
        assert ran.code == 0, f"{text}\nended with {ran.code}:\n{ran.out}"
        return ran.out

    def copy_in(self, path: Path, to: str) -> None:
        """Copy a file or a folder of this host to the path `to`, owned by root; its parents are made."""
        packed = subprocess.run(
            ["tar", "-C", path.parent, "--owner=0", "--group=0", "-cf", "-", path.name],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        ran = self.run(
            f"set -e; mkdir -p '{to}.arriving'; tar -C '{to}.arriving' -xf -; "
            f"mv -T '{to}.arriving/{path.name}' '{to}'; rmdir '{to}.arriving'",
            within_s=120,
            given=packed,
        )
        assert ran.code == 0, ran.out

    def write(self, to: str, text: str, *, mode: str = "0644") -> None:
        """Write a text file in the machine; its parents are made."""
        ran = self.run(
            f"mkdir -p \"$(dirname '{to}')\" && cat >'{to}' && chmod {mode} '{to}'", given=text.encode()
        )
        assert ran.code == 0, ran.out

    def wait(self, text: str, *, within_s: float = 30.0, every_s: float = 0.05) -> str:
        """Wait until shell text succeeds; returns what it printed then."""
        script = f"while ! out=$({text}); do sleep {every_s}; done; printf '%s' \"$out\""
        ran = self.run(script, within_s=within_s)
        assert ran.code == 0, f"not within {within_s:g} s: {text}\n{ran.out}"
        return ran.out

    @property
    def _inside(self) -> list[str]:
        # fmt: off
        return [
            "nsenter", f"--target={self.leader_pid}",
            "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
            "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
        ]
        # fmt: on


@contextmanager
def booted(folder: Path, *, shown: Mapping[Path, str] | None = None) -> Iterator[Machine]:
    """Boot a machine and stop it at the end of the block; `folder` is an empty folder of this host for its mounts.

    `shown`: folders of this host that the machine sees, read-only, at the paths given.
    """
    group, log = f"tslcd-machine-{uuid.uuid4().hex}", folder / "boot.log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(f"\0{group}")
        process = _started(folder, group, shown or {}, log)
        try:
            leader_pid = _leader_when_ready(told, process, log)
        except BaseException:
            _end(process, group)
            raise
    # Nobody listens from here on: its systemd goes on telling, and would wait for ever for somebody who does not read.
    try:
        yield Machine(leader_pid, folder)
    finally:
        _end(process, group)


def _started(folder: Path, group: str, shown: Mapping[Path, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [
                # The machine dies with the test's process, even with one that was killed.
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--mount", "--propagation", "private", "--mount-proc"),
                *("--pid", "--fork", "--kill-child=KILL"),
                *("/bin/sh", "-c", START, "start", str(folder), group),
                *_nspawn(folder / "root", shown),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": f"@{group}", "TARGET": TARGET},
        )


def _end(process: subprocess.Popen[bytes], group: str) -> None:
    process.kill()
    process.wait()
    _remove_group(group)


def _nspawn(root: Path, shown: Mapping[Path, str]) -> list[str]:
    hidden = {Path("/root"), Path("/home"), REPOSITORY}
    return [
        *("systemd-nspawn", "--quiet", f"--directory={root}", "--private-network", "--register=no"),
        *("--keep-unit", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--notify-ready=yes"),
        *("--console=pipe", "--hostname=giam-sat"),
        *(f"--tmpfs={path}:mode=0755" for path in sorted(hidden)),
        *(f"--bind-ro={path}:{to}" for path, to in shown.items()),
        *("--boot", "systemd.unit=machine.target"),
    ]


def _leader_when_ready(told: socket.socket, process: subprocess.Popen[bytes], log: Path) -> int:
    ends_at = time.monotonic() + BOOT_S
    told.settimeout(0.2)
    while time.monotonic() < ends_at and process.poll() is None:
        with contextlib.suppress(TimeoutError):
            if b"READY=1" in told.recv(4_096).splitlines():
                (nspawn,) = _children(process.pid)
                return next(pid for pid in _children(nspawn) if _name(pid) == "systemd")
    raise RuntimeError(f"the machine did not boot:\n{log.read_text(errors='replace')[-4_000:]}")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _remove_group(group: str) -> None:
    ends_at = time.monotonic() + 10
    for tree in ("systemd", "unified", "."):
        top = CGROUPS / tree / group
        while top.exists():
            # A group can go when its last process is gone, and those below it first.
            for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            try:
                top.rmdir()
            except OSError:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(0.02)  # noqa: TID251 (no loop runs here)
