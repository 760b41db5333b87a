"""When the inventory's folders have changed and are at rest: signatures of files, and how long they stay the same."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

POLL_S = 2.0
"""How often the folders are looked at."""

Line = tuple[str, int, int, int, int, int]
"""Path, device, inode, size, time of the last change of the content, and of anything (rights), in nanoseconds."""

Signature = tuple[Line, ...]
"""A line for every file that would be read."""


def signature_of(paths: Sequence[Path]) -> Signature:
    """Look at folders and files without reading them; what is not there has no line. Blocking; never raises."""
    return tuple(line for path in paths for line in _lines(path))


def _lines(path: Path) -> Iterator[Line]:
    try:
        with os.scandir(path) as entries:
            # Not the folder's own times: they change with every file that an editor puts aside.
            files = sorted(entry.path for entry in entries if entry.name.endswith(".yaml"))
    except OSError:
        files = [os.fspath(path)]  # a file, or nothing that could be read
    for file in files:
        with suppress(OSError):
            status = os.lstat(file)
            yield (
                file,
                status.st_dev,
                status.st_ino,
                status.st_size,
                status.st_mtime_ns,
                status.st_ctime_ns,
            )


class Watch:
    """Tells when what is on the disk differs from what was read last, and has been at rest for `quiet_s`."""

    def __init__(self, quiet_s: float, read: Signature) -> None:
        self._quiet_s = quiet_s
        self._read = self._latest = read
        self._since_mono = float("-inf")

    def note_read(self, signature: Signature) -> None:
        """This was read, whatever came of it; only a change to something else is news."""
        self._read = signature

    def is_due(self, signature: Signature, mono: float) -> bool:
        """Take the latest look; return whether it is time to read. `mono` is monotonic seconds."""
        if signature != self._latest:
            self._latest, self._since_mono = signature, mono
        return signature != self._read and mono - self._since_mono >= self._quiet_s
