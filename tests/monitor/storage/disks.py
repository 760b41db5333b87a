"""Small disks that tests mount, fill, and cut the power of. They need root and say so."""

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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


MKFS = {
    "ext4": ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1"),
    "xfs": ("mkfs.xfs", "-q", "-f"),
}
IMAGE_BYTES = 320 * 2**20
"""The smallest xfs; the image is sparse."""


class PowerDisk:
    """A disk in a file, whose power can be cut: what no program had synced is gone, like the kernel's cache with it."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.folder = folder
        self._image = image

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def cut(self) -> None:
        """Let nothing more reach the disk. https://man7.org/linux/man-pages/man8/xfs_io.8.html: shutdown, no log flush."""
        _run("xfs_io", "-x", "-c", "shutdown", str(self.folder))

    def unmount(self) -> None:
        """Let go of the disk wholly: as long as one copy of its mount lives, the kernel would mount it again as it was."""
        for _ in range(100):  # a process that was just killed still lets go of its files
            subprocess.run(["umount", str(self.folder)], capture_output=True, check=False)
            device = self._device()
            if device is None:
                return
            gc.collect()  # a database that a test only let go of holds its disk until then
            _unmount_everywhere(device)
            time.sleep(0.1)  # noqa: TID251 (nothing else runs meanwhile)
        pytest.fail(f"{self._image} is still mounted somewhere: {self._device()}")

    def _device(self) -> str | None:
        """Return the number of the loop device that the image still stands behind ("7:0"), or None."""
        found = _run("losetup", "--noheadings", "--output", "MAJ:MIN", "-j", str(self._image)).split()
        return found[0] if found else None


def _unmount_everywhere(device: str) -> None:
    """Take the copies in mount namespaces that others made meanwhile, a machine's for example."""
    for mounts in Path("/proc").glob("[0-9]*/mountinfo"):
        with suppress(OSError):  # it ended
            for line in mounts.read_text().splitlines():
                fields = line.split()  # proc(5): id, parent, device, root, mount point
                if fields[2] == device:
                    where = f"--mount={mounts.parent / 'ns' / 'mnt'}"
                    subprocess.run(["nsenter", where, "umount", fields[4]], capture_output=True, check=False)


@contextmanager
def power_disk(folder: Path, filesystem: str, *, options: tuple[str, ...] = ()) -> Iterator[PowerDisk]:
    """Make the disk, with more `options` of mkfs; it is unmounted at the end."""
    need_root(f"{filesystem} in a loop file")
    image, mountpoint = folder / "disk.img", folder / "disk"
    mountpoint.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run(*MKFS[filesystem], *options, str(image))
    disk = PowerDisk(image, mountpoint)
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()
        image.unlink()


def _run(*command: str) -> str:
    """Run a command that must succeed; return what it printed."""
    found = shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{command[0]} is missing: deploy/prepare-host.sh test installs it")
    ended = subprocess.run([found, *command[1:]], capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        pytest.fail(
            f"{' '.join(command)}: {ended.stderr.strip()} (a container needs CAP_SYS_ADMIN and loop devices)"
        )
    return ended.stdout


_READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin")
connection.execute("select count(*) from name").fetchone()
print("reads", flush=True)
sys.stdin.read()
"""


@contextmanager
def foreign_read(path: Path) -> Iterator[Callable[[], None]]:
    """Let another process read the database until the function that is given is called."""
    with subprocess.Popen(
        [sys.executable, "-c", _READER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"reads\n"

        def end() -> None:
            process.communicate(timeout=20.0)

        yield end
