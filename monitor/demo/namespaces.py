"""Anonymous network namespaces, TUN devices and process ties through the kernel's own calls (Linux only).

Nothing here has a name in the file system: when the last process or descriptor goes, the kernel removes namespace,
device and routes. See network_namespaces(7), user_namespaces(7), prctl(2), and the kernel's tuntap.rst.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000
PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29
TUNSETIFF = 0x4004_54CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

TUN_NAME = "wan0"
MTU = 1500
TX_QUEUE_PACKETS = 20_000
"""A burst of one ping to each of 20,000 targets fits; the default of 500 would drop silently."""

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin"


class Lack(StrEnum):
    """What the machine does not offer."""

    PERMISSION = "permission"
    """Neither root nor user namespaces."""
    TUN = "tun"
    """/dev/net/tun is missing or may not be opened."""
    COMMAND = "command"
    """ip (iproute2), nsenter or setpriv (util-linux) is missing."""
    KERNEL = "kernel"
    """Another refusal of the kernel; the text has it."""


class NamespaceUnavailable(RuntimeError):  # noqa: N818 (a state of the machine, named so by its users)
    """The box cannot be built on this machine; `lack` says why."""

    def __init__(self, lack: Lack, detail: str) -> None:
        super().__init__(f"no network namespace ({lack}): {detail}")
        self.lack = lack
        self.detail = detail


def find_command(name: str) -> str:
    """Return the full path of a system command; NamespaceUnavailable when it is missing."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise NamespaceUnavailable(Lack.COMMAND, name)
    return found


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies. Exits at once if that has happened already."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def sharpen_timers() -> None:
    """Wake this thread without the default 50 us of slack."""
    _call("prctl", PR_SET_TIMERSLACK, 1, 0, 0, 0)


def become_user_namespace_root() -> None:
    """Move this single-threaded process into a new user namespace in which it is uid 0."""
    uid, gid = os.getuid(), os.getgid()
    try:
        _call("unshare", CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
    except OSError as error:
        raise NamespaceUnavailable(Lack.PERMISSION, f"user namespace: {error.strerror}") from error


def new_network() -> int:
    """Move this process into a new, empty network namespace; return a descriptor of it."""
    try:
        _call("unshare", CLONE_NEWNET)
    except OSError as error:
        lack = Lack.PERMISSION if error.errno in {errno.EPERM, errno.EACCES} else Lack.KERNEL
        raise NamespaceUnavailable(lack, f"unshare: {error.strerror}") from error
    return current_network()


def current_network() -> int:
    """Open a descriptor of the calling thread's network namespace."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter_network(descriptor: int) -> None:
    """Move the calling thread (only it) into the network namespace of `descriptor`."""
    _call("setns", descriptor, CLONE_NEWNET)


@contextlib.contextmanager
def entered(descriptor: int) -> Iterator[None]:
    """Keep the calling thread in another network namespace; sockets opened inside stay there for life."""
    before = current_network()
    try:
        enter_network(descriptor)
        try:
            yield
        finally:
            enter_network(before)
    finally:
        os.close(before)


def open_tun() -> int:
    """Create `wan0` in this network namespace; the device lives as long as the returned descriptor (non-blocking)."""
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", TUN_NAME.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as error:
        raise NamespaceUnavailable(Lack.TUN, f"/dev/net/tun: {error.strerror}") from error
    return descriptor


def run_ip(*commands: str) -> None:
    """Run `ip` commands in this network namespace, all in one batch."""
    script = "".join(f"{command}\n" for command in commands)
    done = subprocess.run(  # noqa: S603 (a fixed program; the commands are built here)
        [find_command("ip"), "-batch", "-"], input=script, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise NamespaceUnavailable(Lack.KERNEL, f"ip: {done.stderr.strip()}")


def write_sysctl(name: str, *values: str) -> bool:
    """Set a kernel parameter of this network namespace to the first value it takes; False when it takes none."""
    path = Path("/proc/sys", *name.split("."))
    for value in values:
        with contextlib.suppress(OSError):
            path.write_text(value, encoding="ascii")
            return True
    return False


def _call(function: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*(ctypes.c_ulong(argument) for argument in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
