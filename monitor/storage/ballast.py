"""A file that takes up room on the disk of state.db until it is needed: when the disk is full, it goes, and alerts go on.

All of it blocks for the time of a few file operations.
"""

import logging
import os
import shutil
from pathlib import Path

from monitor.storage.errors import StorageFault
from monitor.wording import os_words

FULL_BELOW_BYTES = 2**20
"""With less free than this, an I/O error is that of a full disk (SQLite's shared memory says so in no other way)."""

logger = logging.getLogger(__name__)


class Ballast:
    """The file. It is made only when `keep_free_bytes` are left beside it, so that it alone never fills a disk."""

    def __init__(self, path: Path, *, size_bytes: int, keep_free_bytes: int) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._keep_free_bytes = keep_free_bytes

    @property
    def is_there(self) -> bool:
        """Whether there is something to give up; with a size of 0 there is never anything missing."""
        try:
            return self.path.stat().st_size >= self.size_bytes
        except OSError:
            return self.size_bytes == 0

    def make(self) -> bool:
        """Make the file if there is room for it; return whether it is there."""
        if self.is_there:
            return True
        try:
            free_bytes = shutil.disk_usage(self.path.parent).free
            if free_bytes < self.size_bytes + self._keep_free_bytes:
                return False
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self.size_bytes)
            finally:
                os.close(descriptor)
        except OSError as error:
            logger.warning("ballast_not_made path=%s error=%s", self.path, os_words(error))
            self._remove()
        return self.is_there

    def give_up(self, fault: StorageFault) -> bool:
        """Free the room if `fault` is that of a full disk; return whether anything was freed."""
        if fault is not StorageFault.FULL and not (fault is StorageFault.IO and self._disk_is_full()):
            return False
        is_freed = self._remove()
        if is_freed:
            logger.error("ballast_given_up path=%s bytes=%d", self.path, self.size_bytes)
        return is_freed

    def _disk_is_full(self) -> bool:
        try:
            return shutil.disk_usage(self.path.parent).free < FULL_BELOW_BYTES
        except OSError:
            return False

    def _remove(self) -> bool:
        try:
            self.path.unlink()
        except OSError:
            return False
        return True
