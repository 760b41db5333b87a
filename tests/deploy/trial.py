"""Run as the service, in its sandbox: tries what an intruder would, and what the program needs; prints JSON.

Argument: names of trials, with commas between; without it all of them. For each name "OK", what it returned, or the name of the refusal.
"""

import ctypes
import errno
import json
import mmap
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from monitor.children import python
from monitor.secrets import FileSecrets

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
CLOCK_REALTIME = 0
STATE = Path(os.environ["STATE_DIRECTORY"])
SCRIPT = b"#!/usr/bin/python3.11\nprint('chay')\n"


def libc(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def runs(*argv: str) -> Callable[[], str]:
    return lambda: subprocess.run(argv, capture_output=True, check=True, text=True, timeout=60).stdout


def names_in(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


def dropped(folder: str, content: bytes | Path) -> Callable[[], str]:
    def run() -> str:
        file = Path(folder) / "tha-vao"
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            shutil.copy(content, file)
        file.chmod(0o700)
        try:
            return runs(str(file), "-c", "")()
        finally:
            file.unlink()

    return run


def write_and_execute() -> None:
    mmap.mmap(-1, 4_096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def from_memory() -> str:
    descriptor = os.memfd_create("tha-vao", 0)
    os.write(descriptor, Path("/usr/bin/true").read_bytes())
    path = f"/proc/self/fd/{descriptor}"
    return subprocess.run([path], pass_fds=[descriptor], check=True, capture_output=True, text=True).stdout


def written(path: str) -> Callable[[], None]:
    return lambda: Path(path).write_text("x", encoding="ascii")  # type: ignore[return-value]


def drawn() -> str:
    """matplotlib and numpy in a child, as the program starts it."""
    drawing = {"drawing": {"width": 80, "height": 40, "title": "", "summary": ""}, "shapes": []}
    child = subprocess.run(
        [*python(), "-m", "monitor.web.pictures.png_child"],
        input=json.dumps(drawing).encode(),
        capture_output=True,
        check=False,
        timeout=120,
        env=os.environ | {"MPLCONFIGDIR": str(STATE / ".matplotlib")},
    )
    return child.stdout[1:4].decode() or child.stderr.decode()


def clock_set() -> None:
    class Timespec(ctypes.Structure):
        _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))

    libc("clock_settime", CLOCK_REALTIME, ctypes.byref(Timespec(1_700_000_000, 0)))


TRIALS: dict[str, Callable[[], object]] = {
    "runs a shell": runs("/bin/sh", "-c", "true"),
    "runs curl": runs("/usr/bin/curl", "--version"),
    "runs a script dropped into its state": dropped(str(STATE), SCRIPT),
    "runs a program dropped into its state": dropped(str(STATE), Path("/usr/bin/python3.11")),
    "runs a program dropped into /run": dropped("/run/tslcd-monitor", Path("/usr/bin/true")),
    "runs a program dropped into /tmp": dropped("/tmp", Path("/usr/bin/true")),  # noqa: S108 (its own, PrivateTmp=)
    "runs a program dropped into /var/tmp": dropped("/var/tmp", Path("/usr/bin/true")),  # noqa: S108 (its own, PrivateTmp=)
    "runs a program dropped into its backups": dropped("/var/backups/tslcd-monitor", Path("/usr/bin/true")),
    "runs a program dropped into /dev/shm": dropped("/dev/shm", Path("/usr/bin/true")),  # noqa: S108 (PrivateIPC= is no mount)
    "runs a program that lies in memory only": from_memory,
    "maps memory to write and execute": write_and_execute,
    "writes /etc": written("/etc/tslcd-monitor/x"),
    "writes its own program": written("/opt/tslcd-monitor/x"),
    "writes a kernel setting": written("/proc/sys/net/ipv4/ip_forward"),
    "writes /srv": written("/srv/x"),
    "sees /root": lambda: names_in("/root"),
    "sees /home": lambda: names_in("/home"),
    "reads /etc/shadow": Path("/etc/shadow").read_text,
    "reads where secrets are kept": Path("/etc/tslcd-monitor/credentials/smtp_password").read_text,
    "opens a packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "opens a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
    "opens port 80": lambda: socket.create_server(("127.0.0.1", 80)).close(),
    "makes a user namespace": lambda: libc("unshare", CLONE_NEWUSER),
    "makes a network namespace": lambda: libc("unshare", CLONE_NEWNET),
    "becomes root": lambda: os.setuid(0),
    "names the machine": lambda: libc("sethostname", b"khac", 4),
    "sets the clock": clock_set,
    "sees other processes": lambda: sorted(
        {entry for entry in names_in("/proc") if entry.isdecimal()} - {str(os.getpid())}
    ),
    "writes its state": lambda: (STATE / "x").unlink((STATE / "x").write_text("x") == 0),
    "writes the folder of the example": lambda: Path("/srv/sao-luu-giam-sat/x").touch(),
    "writes its backups": lambda: Path("/var/backups/tslcd-monitor/x").touch(),
    "pings": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close(),
    "draws in a child": drawn,
    "has its secret": lambda: FileSecrets(Path(os.environ["CREDENTIALS_DIRECTORY"]), is_handed_over=True).get(
        "smtp_password"
    ),
}


def outcome(attempt: Callable[[], object]) -> object:
    try:
        found = attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except (subprocess.SubprocessError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "OK" if found is None else found


if __name__ == "__main__":
    wanted = sys.argv[1].split(",") if sys.argv[1:] else TRIALS
    json.dump({name: outcome(TRIALS[name]) for name in wanted}, sys.stdout)
