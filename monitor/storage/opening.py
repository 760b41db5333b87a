"""Opening a database file: settings, damage, migrations. A damaged file is set aside, never repaired, never deleted.

All of it blocks: database.py calls it on the writer thread.
"""

import contextlib
import datetime as dt
import logging
import os
import sqlite3
import threading
from enum import StrEnum
from pathlib import Path

from monitor.storage.connecting import Connection, connect, open_reader
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain, remedy_for
from monitor.storage.migrations import Step, log_step, migrate, migrations, version_of
from monitor.storage.upgrading import keep_before
from monitor.wording import os_words

__all__ = ["JOURNAL_SIZE_LIMIT", "SIDE_FILES", "Synchronous", "open_reader", "open_writer"]

JOURNAL_SIZE_LIMIT = 64 * 2**20
VERIFY_AT_MOST_BYTES = 128 * 2**20
"""Larger files are not read through at start: that takes minutes. Damage met later leaves a mark for the next start."""
VERIFY_WITHIN_S = 60.0
"""A file with such a mark that cannot be read through within this long is set aside: nobody watches meanwhile."""
PLAUSIBLE_VERSION = 9_999
SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite appends to a database's name for the files beside it."""
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_FORMATS = {1, 2}

logger = logging.getLogger(__name__)


class Synchronous(StrEnum):
    """What survives a power cut: FULL every acknowledged commit, NORMAL all but the last ones (never damaged)."""

    FULL = "full"
    NORMAL = "normal"


class Damage(StrEnum):
    """What was met in use: `PAGES` SQLite can look for again (a failing disk may have read wrongly), `ROWS` it cannot."""

    PAGES = "pages"
    ROWS = "rows"


def open_writer(
    path: Path, *, schema: str, synchronous: Synchronous, now: float
) -> tuple[Connection, Path | None]:
    """Open the database at `path` for writing, creating it, or migrating it after a copy of it was kept.

    Returns the connection and, when a damaged file was set aside, its new path. Raises StorageError.
    """
    scripts = migrations(schema)
    try:
        return open_sound(path, scripts, synchronous, now=now), None
    except DamagedError:
        try:
            aside = set_aside(path, now)
        except OSError as error:
            raise StorageError(
                StorageFault.CORRUPT,
                f"{path} bị hỏng và không cất sang bên được: {os_words(error)}",
                f"chuyển {path} đi nơi khác",
            ) from error
        logger.exception("storage damaged path=%s set_aside=%s", path, aside)
    try:
        return open_sound(path, scripts, synchronous, now=now), aside
    except DamagedError as damage:
        raise StorageError(
            StorageFault.CORRUPT, f"{path}: tệp vừa tạo đã hỏng ({damage})", "kiểm tra ổ đĩa (dmesg)"
        ) from damage


def mark_damaged(path: Path, damage: Damage) -> None:
    """Leave a mark: the next start sets the file aside if it finds it damaged. Best effort, the disk may be failing."""
    with contextlib.suppress(OSError):
        if met_damage(path) is not Damage.ROWS:
            _mark_of(path).write_text(damage)


def met_damage(path: Path) -> Damage | None:
    """Return what the mark says, None when there is none. Raises OSError."""
    try:
        mark = _mark_of(path).read_bytes()
    except FileNotFoundError:
        return None
    return Damage.ROWS if mark == Damage.ROWS.encode() else Damage.PAGES


def forget_damage(path: Path) -> None:
    """Take the mark away: the file is sound, or another one has the name. Raises OSError."""
    _mark_of(path).unlink(missing_ok=True)


def set_aside(path: Path, now: float) -> Path:
    """Rename the database and its side files to `<name>.damaged-<UTC date and time>`. Raises OSError."""
    when = dt.datetime.fromtimestamp(now, tz=dt.UTC)
    stem = f"{path.name}.damaged-{when:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(stem)
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{stem}-{count}")
    path.rename(aside)
    for suffix in SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    forget_damage(path)
    return aside


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")


def open_sound(
    path: Path, scripts: tuple[str, ...], synchronous: Synchronous, *, now: float, step: Step = log_step
) -> Connection:
    """Open, verify and migrate to the last of `scripts`. Raises DamagedError for damage, StorageError for the rest."""
    try:
        _create_private(path)
        check_header(path)
        met = met_damage(path)
        connection = connect(path)
    except OSError as error:
        raise StorageError(
            StorageFault.IO,
            f"không mở được {path}: {os_words(error)}",
            remedy_for(StorageFault.IO, path),
        ) from error
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        _verify_pages(connection, path, is_doubtful=met is not None)
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {synchronous}")
        connection.execute(f"pragma journal_size_limit = {JOURNAL_SIZE_LIMIT}")
        version = version_of(connection, scripts, path)
        if 0 < version < len(scripts):
            keep_before(path, version=version, last=len(scripts), now=now)
        migrate(connection, scripts, path, step)
        verify_shape(connection, scripts, path)
        # Tells now, not at the first alert, whether the file can be written.
        connection.execute("begin immediate")
        connection.execute("rollback")
        if met is not None:
            forget_damage(path)
            logger.warning("storage found sound after damage was met in use path=%s", path)
    except sqlite3.Error as error:
        connection.close()
        explained = explain(error, path)
        if explained.fault is StorageFault.CORRUPT:
            raise DamagedError(str(error)) from error
        raise explained from error
    except BaseException:
        connection.close()
        raise
    return connection


def _create_private(path: Path) -> None:
    """Create the file for its owner only; SQLite gives the side files the same mode."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def check_header(path: Path) -> None:
    """Find the damage SQLite would take for another fault (a write version it does not know means read-only)."""
    if met_damage(path) is Damage.ROWS:
        raise DamagedError("a row that cannot be read was met while it was in use")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header:
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > 0:
            # SQLite would take the file for a new one, and delete the log.
            raise DamagedError("it is empty, but has a write-ahead log")
        return
    if (
        len(header) < _HEADER_BYTES
        or not header.startswith(_MAGIC)
        or not {header[18], header[19]} <= _FORMATS
    ):
        raise DamagedError("its header is not that of a database")


def _verify_pages(connection: sqlite3.Connection, path: Path, *, is_doubtful: bool) -> None:
    if path.stat().st_size > VERIFY_AT_MOST_BYTES and not is_doubtful:
        return
    too_long = threading.Timer(VERIFY_WITHIN_S, connection.interrupt)
    if is_doubtful:
        too_long.start()
    try:
        (answer,) = connection.execute("pragma integrity_check(1)").fetchone()
        (version,) = connection.execute("pragma user_version").fetchone()
    except UnicodeDecodeError as error:
        # Damaged text of the schema, quoted in SQLite's message.
        raise DamagedError(str(error)) from error
    except sqlite3.Error as error:
        explained = explain(error, path)
        # A generic error from these two can only come from the file ("unsupported file format").
        if explained.fault in {StorageFault.CORRUPT, StorageFault.REFUSED}:
            raise DamagedError(str(error)) from error
        if explained.fault is StorageFault.CLOSED:
            raise DamagedError(f"it could not be read through within {VERIFY_WITHIN_S:.0f} s") from error
        raise
    finally:
        too_long.cancel()
    if answer != "ok":
        raise DamagedError(str(answer))
    if not 0 <= version <= PLAUSIBLE_VERSION:
        raise DamagedError(f"no program ever wrote schema version {version}")


def verify_shape(connection: sqlite3.Connection, scripts: tuple[str, ...], path: Path) -> None:
    """Look for the tables, columns, indexes and views that `scripts` make: their text may be damaged too.

    What somebody added (an index, a table of a backup tool) is no damage. Raises DamagedError.
    """
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(fresh, scripts, path)
        if not _shape(fresh) <= _shape(connection):
            raise DamagedError("its tables are not those of this program")
    finally:
        fresh.close()


def _shape(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(
        connection.execute(
            "select entry.type, entry.name, coalesce(field.name, '') from sqlite_schema as entry "
            "left join pragma_table_info(entry.name) as field on entry.type in ('table', 'view') "
            "where entry.name not like 'sqlite_stat%'"
        )
    )
