"""A consistent copy of a database that is in use, as one plain file. All of it blocks.

The pages are copied within one read transaction: writers go on, nothing is begun anew when they commit, and the
write-ahead log cannot be cut only while the pages are copied (checks of the copy come after). What was written is synced
in small parts, which `VACUUM INTO` cannot: its one large sync at the end let a commit on the same disk wait for 750 ms,
where these parts let it wait for 25 ms (500 MB).
"""

import errno
import hashlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.storage.connecting import connect, open_reader
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain, remedy_for
from monitor.wording import os_words

SPARE_BYTES: Final = 64 * 2**20
"""Free space that a copy leaves on its disk: state.db may need it for alerts."""
COUNT_AT_MOST_BYTES: Final = 2**30
"""Of larger databases the rows are not counted before the copy: the read would last too long."""
LOG_AT_MOST_BYTES: Final = 48 * 2**20
"""A write-ahead log that grows so far while the pages are copied ends the copy: at 64 MB results would have to wait."""
_STEP_BYTES: Final = 2**20
_SYNC_BYTES: Final = 8 * 2**20
_HASH_BYTES: Final = 2**20
_INTERRUPT_EVERY: Final = 100_000

Tell = Callable[[str, float | None], None]
"""Hears what is done now (for people) and which share of it is done, None when that is not known."""


class StoppedError(Exception):
    """Somebody asked the work to end; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class Work:
    """How a long job on files is done: whom it tells, what ends it, and how much of the disk it leaves free."""

    tell: Tell = lambda _what, _ratio: None
    stop: threading.Event | None = None
    spare_bytes: int = SPARE_BYTES
    log_at_most_bytes: int = LOG_AT_MOST_BYTES

    def go_on(self) -> None:
        """Raise StoppedError when the job is to end."""
        if self.stop is not None and self.stop.is_set():
            raise StoppedError


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: its size, the version of its schema, and rows by table."""

    size_bytes: int
    schema_version: int
    rows: Mapping[str, int]
    sha256: str


def copy_database(
    source: Path, target: Path, work: Work, *, change: Callable[[sqlite3.Connection], None] | None = None
) -> Copied:
    """Write the database at `source` to the new file `target` (mode 0600, on the disk when this returns) and check it.

    `change` may alter the copy after it was compared with its source. Raises StorageError and StoppedError; then
    `target` is gone.
    """
    try:
        needed = needed_bytes(source)
    except OSError as error:
        raise cannot(f"không đọc được {source}", error, source) from error
    try:
        leave_room(target.parent, needed, work.spare_bytes)
        held = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise cannot(f"không tạo được bản sao {target}", error, target) from error
    # SQLite's locks on the file would go with this descriptor: it is closed last.
    try:
        version, rows = _copy_pages(source, target, held, work)
        kept = _check_copy(target, version, rows, work, change)
        os.fsync(held)
        return Copied(target.stat().st_size, version, kept, file_hash(target, work))
    except BaseException as error:
        with suppress(OSError):
            target.unlink()
        if isinstance(error, sqlite3.Error | DamagedError):
            raise _explain(error, target) from error
        if isinstance(error, OSError):
            raise cannot(f"không ghi được bản sao {target}", error, target) from error
        raise
    finally:
        os.close(held)


def needed_bytes(source: Path) -> int:
    """Return the most that a copy of `source` takes. Raises OSError."""
    return source.stat().st_size + _log_bytes(source)


def _log_bytes(source: Path) -> int:
    try:
        return source.with_name(source.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _let_log_be(source: Path, began_bytes: int, work: Work) -> None:
    """Raise StorageError when the write-ahead log has grown too far because we read."""
    log_bytes = _log_bytes(source)
    if log_bytes > max(began_bytes, work.log_at_most_bytes):
        raise StorageError(
            StorageFault.HELD,
            f"{source} được ghi nhanh hơn mức chép kịp: nhật ký ghi (WAL) đã đến {log_bytes // 2**20} MB, đã thôi chép",
            "để nơi chứa bản sao ở ổ đĩa nhanh hơn, sao lưu khi dịch vụ dừng, hoặc đặt backup.with_results: false",
        )


def leave_room(folder: Path, needed: int, spare_bytes: int) -> None:
    """Raise StorageError when `needed` bytes do not fit into `folder` besides what is to stay free. Raises OSError."""
    free = shutil.disk_usage(folder).free
    if free < needed + spare_bytes:
        raise StorageError(
            StorageFault.FULL,
            f"{folder} còn trống {free / 2**20:.0f} MB, bản sao cần {needed / 2**20:.0f} MB và phải chừa lại "
            f"{spare_bytes / 2**20:.0f} MB",
            f"giải phóng dung lượng trên ổ đĩa chứa {folder}, hoặc chọn ổ đĩa khác",
        )


def cannot(what: str, error: OSError, path: Path) -> StorageError:
    """Make our error of the operating system's about the copy at `path`."""
    text = f"{what}: {os_words(error)}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError(StorageFault.FULL, text, remedy_for(StorageFault.FULL, path))
    # A copy lies wherever somebody typed, "/" or a stick: whose that folder is, is not for us to change.
    remedy = f"kiểm tra quyền của {path.parent} (ls -ld {path.parent}), và ổ đĩa (dmesg)"
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        remedy = "kiểm tra lại đường dẫn; các bản sao lưu đang có: tslcd-monitor db stats"
    return StorageError(StorageFault.IO, text, remedy)


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tables, SQLite's own left out. Raises sqlite3.Error."""
    found = connection.execute(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name"
    )
    return [name for (name,) in found]


def count(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the rows by table. Raises sqlite3.Error."""
    return {
        name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]  # noqa: S608 (its own names)
        for name in tables_of(connection)
    }


def file_hash(path: Path, work: Work) -> str:
    """Return the SHA-256 of a file. Raises OSError, StoppedError."""
    found, done, whole = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            work.go_on()
            found.update(block)
            done += len(block)
            work.tell(f"tính mã băm {path.name}", done / max(whole, done))
    return found.hexdigest()


def check_pages(connection: sqlite3.Connection, path: Path, work: Work) -> None:
    """Read the whole database. Raises DamagedError, sqlite3.Error, StoppedError."""
    work.tell(f"kiểm tra {path.name}", None)

    def is_to_end() -> int:
        work.tell(f"kiểm tra {path.name}", None)
        return int(work.stop is not None and work.stop.is_set())

    connection.set_progress_handler(is_to_end, _INTERRUPT_EVERY)
    try:
        (answer,) = connection.execute("pragma integrity_check(1)").fetchone()
        broken = connection.execute("pragma foreign_key_check").fetchone()
    except sqlite3.OperationalError:
        work.go_on()
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if answer != "ok":
        raise DamagedError(str(answer))
    if broken is not None:
        raise DamagedError(f"a row of {broken[0]} points at a row of {broken[2]} that is not there")


def _copy_pages(source: Path, target: Path, held: int, work: Work) -> tuple[int, dict[str, int] | None]:
    """Return the version of the schema and, unless it is large, the rows by table."""
    try:
        reader = open_reader(source)
    except sqlite3.Error as error:
        raise explain(error, source) from error
    with closing(reader), closing(connect(target)) as copy:
        try:
            reader.execute("begin")
            (page_bytes,) = reader.execute("pragma page_size").fetchone()
            (pages,) = reader.execute("pragma page_count").fetchone()
            (version,) = reader.execute("pragma user_version").fetchone()
            rows = count(reader) if pages * page_bytes <= COUNT_AT_MOST_BYTES else None
        except sqlite3.Error as error:
            raise explain(error, source) from error
        copy.execute("pragma journal_mode = off")
        copy.execute("pragma synchronous = off")
        synced, began_log_bytes = 0, _log_bytes(source)

        def stepped(_status: int, remaining: int, total: int) -> None:
            nonlocal synced
            work.go_on()
            done = (total - remaining) * page_bytes
            work.tell(f"sao chép {source.name}", (total - remaining) / max(total, 1))
            _let_log_be(source, began_log_bytes, work)
            if done - synced >= _SYNC_BYTES:
                os.fdatasync(held)
                synced = done
                leave_room(target.parent, 0, work.spare_bytes)

        reader.backup(copy, pages=max(1, _STEP_BYTES // page_bytes), progress=stepped, sleep=0.05)
        reader.execute("rollback")
    return version, rows


def _check_copy(
    target: Path,
    version: int,
    rows: dict[str, int] | None,
    work: Work,
    change: Callable[[sqlite3.Connection], None] | None,
) -> dict[str, int]:
    """Return the rows by table."""
    with closing(connect(target)) as copy:
        # Of a database with a write-ahead log the copy has one too: it shall be one file.
        copy.execute("pragma journal_mode = delete")
        copy.execute("pragma synchronous = off")
        if (copy.execute("pragma user_version").fetchone()[0]) != version:
            raise DamagedError("its schema is of another version than that of its source")
        if rows is not None and (found := count(copy)) != rows:
            differing = sorted(name for name in {*rows, *found} if rows.get(name) != found.get(name))
            raise DamagedError(f"its rows are not those of its source: {', '.join(differing)}")
        if change is not None:
            change(copy)
        check_pages(copy, target, work)
        return count(copy)


def _explain(error: sqlite3.Error | DamagedError, target: Path) -> StorageError:
    explained = explain(error, target)
    if explained.fault is StorageFault.CORRUPT:
        # The copy was just made: what it shows is damage of its source, or of the disk.
        return StorageError(
            StorageFault.CORRUPT,
            f"bản sao vừa chép không đúng: {error}",
            "kiểm tra ổ đĩa (dmesg) và bản gốc: tslcd-monitor db verify",
        )
    return explained
