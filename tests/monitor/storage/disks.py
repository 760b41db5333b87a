"""Small disks that tests mount, fill, and cut the power of. They need root and say so."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def need_root(what: str) -> None:
    if os.geteuid() != 0:
        pytest.fail(f"this test mounts {what}: run it as root (or in a container where you are root)")


@contextmanager
def mounted_tmpfs(folder: Path, *, size_bytes: int) -> Iterator[Path]:
    need_root("a tmpfs")
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def leave_free(folder: Path, free_bytes: int) -> None:
    """Let a filler file take all but `free_bytes` of the disk."""
    filler = folder / "filler"
    free_space(folder)
    with filler.open("wb") as file:
        stat = os.statvfs(folder)
        os.posix_fallocate(file.fileno(), 0, max(1, stat.f_bavail * stat.f_frsize - free_bytes))


def free_space(folder: Path) -> None:
    (folder / "filler").unlink(missing_ok=True)
