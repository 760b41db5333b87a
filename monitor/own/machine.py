"""What the machine says of this process and of the disk below it: /proc, control groups, statvfs, certificate files.

All of it blocks for as long as a disk may hang: never call it on the event loop.
"""

import os
import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509

from monitor.own.kernel_clock import KernelClock, read_kernel_clock

_PROC: Final = Path("/proc")
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_GROUPS: Final = Path("/sys/fs/cgroup")
_LOST_AFTER_S: Final = 32_000.0
"""So long after the last answer of a time server the kernel calls a clock unsynchronised: 16 s of error at 500 ppm."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One look at it. None: the machine does not say. `certificates`: listener -> last second of its certificate."""

    memory_bytes: int
    memory_limit_bytes: int
    descriptors: int
    descriptors_limit: int
    disk_free_bytes: int | None = None
    disk_bytes: int | None = None
    inodes_free: int | None = None
    inodes: int | None = None
    clock: KernelClock | None = None
    certificates: Mapping[str, float] = field(default_factory=dict)


def look_at_machine(state_dir: Path, certificates: Mapping[str, Path], now: float) -> Machine:
    """Return what is known `now` (Unix seconds); what cannot be read is left out. Raises OSError where there is no /proc."""
    disk = _disk(state_dir)
    ends = {name: _ends_at(path) for name, path in certificates.items()}
    return Machine(
        memory_bytes=_resident_bytes(),
        memory_limit_bytes=memory_limit_bytes(_PROC, _GROUPS, machine_bytes=_machine_bytes()),
        descriptors=sum(1 for _ in os.scandir(_PROC / "self/fd")),
        descriptors_limit=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        disk_free_bytes=None if disk is None else disk.f_bavail * disk.f_frsize,
        disk_bytes=None if disk is None else disk.f_blocks * disk.f_frsize,
        inodes_free=disk.f_favail if disk is not None and disk.f_files else None,
        inodes=disk.f_files if disk is not None and disk.f_files else None,
        clock=_clock(now),
        certificates={name: at for name, at in ends.items() if at is not None},
    )


def memory_limit_bytes(proc: Path, groups: Path, *, machine_bytes: int) -> int:
    """Return what the process may have: the least limit of its control groups (v2 or v1), else the machine's memory.

    Where a group has MemoryHigh= below MemoryMax= the kernel slows its processes down at the first: that is the limit.
    """
    return min([machine_bytes, *_limits(proc, groups)])


def _limits(proc: Path, groups: Path) -> Iterator[int]:
    """Yield the limits of the groups the process is in (cgroups(7)): a parent's holds for its children."""
    try:
        lines = (proc / "self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = groups / "memory" if controllers else groups
        names = ("memory.limit_in_bytes",) if controllers else ("memory.max", "memory.high")
        here = top / path.lstrip("/")
        for folder in (here, *here.parents):
            yield from (limit for name in names if (limit := _number(folder / name)))
            if folder == top:
                break


def _number(path: Path) -> int | None:
    try:
        text = path.read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None  # "max": no limit


def _machine_bytes() -> int:
    """Return the machine's memory. By sysinfo(2): ProcSubset=pid hides /proc/meminfo."""
    return os.sysconf("SC_PHYS_PAGES") * resource.getpagesize()


def _resident_bytes() -> int:
    pages = int((_PROC / "self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def _disk(folder: Path) -> os.statvfs_result | None:
    try:
        return os.statvfs(folder)
    except OSError:
        return None


def _clock(now: float) -> KernelClock | None:
    try:
        return read_kernel_clock()
    except OSError:  # ProtectClock= forbids to ask the kernel, but not to see what systemd-timesyncd(8) left
        return clock_kept(_SYNCHRONISED, now)


def clock_kept(mark: Path, now: float) -> KernelClock | None:
    """Return what the file says that systemd-timesyncd(8) touches at each answer of a time server; None: nothing.

    It stays when the servers fall silent: only its age tells of that. `now`: Unix seconds.
    """
    try:
        age_s = now - mark.stat().st_mtime
    except OSError:
        return None
    if age_s < 0.0:  # the clock was set back since: nothing can be told from it
        return None
    return KernelClock(is_synchronised=age_s < _LOST_AFTER_S)


def _ends_at(path: Path) -> float | None:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None
