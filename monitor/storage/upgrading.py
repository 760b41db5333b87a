"""What is done before a database with data is migrated: a verified copy of it is kept beside it. All of it blocks."""

import datetime as dt
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from monitor.storage.connecting import open_still
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.snapshot import SPARE_BYTES, Work, copy_database
from monitor.wording import os_words

_UNFINISHED: Final = ".unfinished"

logger = logging.getLogger(__name__)


def copies_before(path: Path) -> list[Path]:
    """Return the copies that were kept before migrations of the database at `path`, the oldest first."""
    found = path.parent.glob(f"{path.name}.before-v*")
    return sorted(each for each in found if not each.name.endswith(_UNFINISHED))


def keep_before(path: Path, *, version: int, last: int, now: float, spare_bytes: int = SPARE_BYTES) -> Path:
    """Keep a verified copy of the database at `path`, which is at `version`, before it goes to version `last`.

    A migration that was cut off has its copy already: that one is returned. Raises StorageError.
    """
    stem = f"{path.name}.before-v{last}-"
    for kept in reversed(copies_before(path)):
        if kept.name.startswith(stem) and (_version_of(kept) or version) < version:
            return kept
    for left in path.parent.glob(f"{stem}*{_UNFINISHED}"):
        left.unlink()
    target = path.with_name(f"{stem}{dt.datetime.fromtimestamp(now, tz=dt.UTC):%Y%m%dT%H%M%SZ}")
    unfinished = target.with_name(target.name + _UNFINISHED)
    logger.info("copying_before_migration path=%s version=%d to_version=%d", path, version, last)
    copy_database(path, unfinished, Work(spare_bytes=spare_bytes))
    try:
        unfinished.replace(target)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(
            StorageFault.IO, f"không giữ được bản sao {target}: {os_words(error)}", "kiểm tra ổ đĩa (dmesg)"
        ) from error
    logger.info("copied_before_migration copy=%s", target)
    return target


def sync_folder(folder: Path) -> None:
    """Let the names in a folder survive a power cut. Raises OSError."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _version_of(path: Path) -> int | None:
    try:
        with closing(open_still(path)) as connection:
            return int(connection.execute("pragma user_version").fetchone()[0])
    except sqlite3.Error:
        return None
