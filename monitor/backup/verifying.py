"""Is a database, or a copy, sound? Every page is read, every key followed, tables and hashes compared. All of it blocks."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.backup.copies import MANIFEST, RESULTS, STATE, Manifest, ManifestError, read_manifest
from monitor.storage.connecting import open_reader, open_still
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain, remedy_for
from monitor.storage.migrations import migrations
from monitor.storage.opening import check_header, verify_shape
from monitor.storage.snapshot import StoppedError, Work, cannot, check_pages, count, file_hash, tables_of

SCHEMAS = {STATE: "state", RESULTS: "results"}
"""Name of a database's file -> name of its schema."""
_SIGNS = {STATE: {"outbox", "transition"}, RESULTS: {"result", "cursor"}}
"""Tables by which a database is known whatever its version."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one file. `name`: which database it is ("state.db"), None when that cannot be told.

    `error`: why it cannot be relied on, None when it is sound. `sha256` is of the file that was verified, "" of one in use.
    """

    path: Path
    name: str | None = None
    size_bytes: int = 0
    schema_version: int = 0
    rows: Mapping[str, int] | None = None
    error: StorageError | None = None
    sha256: str = ""


def verify(path: Path, work: Work) -> list[Verdict]:
    """Verify a copy (a folder) or one database that nobody writes. Raises StoppedError."""
    return verify_copy(path, work) if path.is_dir() else [verify_file(path, work)]


def verify_copy(folder: Path, work: Work) -> list[Verdict]:
    """Verify everything that the manifest of a copy names. Raises StoppedError."""
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        return [Verdict(folder / MANIFEST, error=_no_copy(str(error)))]
    found = []
    for name, promised in manifest.databases.items():
        verdict = verify_file(folder / name, work, sha256=promised.sha256)
        if verdict.error is None and (verdict.name, verdict.schema_version, verdict.rows) != (
            name,
            promised.schema_version,
            promised.rows,
        ):
            verdict = Verdict(folder / name, error=_no_copy(f"{folder / name} không như {MANIFEST} ghi"))
        found.append(verdict)
    return [*found, *_wrong_others(folder, manifest, work)]


def verify_others(folder: Path, work: Work) -> list[Verdict]:
    """Return what is wrong with the small files of a copy, [] when nothing is. Raises StoppedError."""
    try:
        return _wrong_others(folder, read_manifest(folder), work)
    except ManifestError as error:
        return [Verdict(folder / MANIFEST, error=_no_copy(str(error)))]


def _wrong_others(folder: Path, manifest: Manifest, work: Work) -> list[Verdict]:
    found = []
    for relative, digest in manifest.others.items():
        try:
            is_same = file_hash(folder / relative, work) == digest
        except OSError:
            is_same = False
        if not is_same:
            found.append(
                Verdict(folder / relative, error=_no_copy(f"{folder / relative} không như {MANIFEST} ghi"))
            )
    return found


def verify_file(path: Path, work: Work, *, sha256: str | None = None, is_live: bool = False) -> Verdict:
    """Verify one database; `is_live`: it may be in use, and may have a write-ahead log. Raises StoppedError."""
    try:
        size = path.stat().st_size
        digest = "" if is_live else file_hash(path, work)
        if sha256 is not None and digest != sha256:
            raise _no_copy(f"{path} không như {MANIFEST} ghi (mã băm khác)")
        return replace(_examine(path, size, work, is_live=is_live), sha256=digest)
    except StoppedError:
        raise
    except StorageError as error:
        return Verdict(path, error=error)
    except OSError as error:
        return Verdict(path, error=cannot(f"không đọc được {path}", error, path))
    except (sqlite3.Error, DamagedError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            error = DamagedError(str(error))
        explained = explain(error, path)
        remedy = _REMEDY
        if is_live:
            remedy = _LIVE_REMEDY if explained.fault is StorageFault.CORRUPT else explained.remedy
        return Verdict(path, error=StorageError(explained.fault, explained.what, remedy))


_REMEDY = "dùng một bản sao lưu khác: tslcd-monitor db stats liệt kê"
_LIVE_REMEDY = (
    "dừng dịch vụ, rồi tslcd-monitor db restore bản sao lưu mới nhất có tệp này (tslcd-monitor db stats liệt kê); "
    "không có thì cứ khởi động lại: tệp hỏng được cất sang bên, bắt đầu bằng tệp trống"
)


def _examine(path: Path, size: int, work: Work, *, is_live: bool) -> Verdict:
    check_header(path)
    if not is_live:
        _refuse_log(path)
    with closing(open_reader(path) if is_live else open_still(path)) as connection:
        if is_live:
            connection.execute("begin")
        (version,) = connection.execute("pragma user_version").fetchone()
        tables = set(tables_of(connection))
        name = next((name for name, signs in _SIGNS.items() if signs <= tables), None)
        if name is None:
            raise StorageError(
                StorageFault.REFUSED, f"{path} không phải cơ sở dữ liệu của chương trình này", _REMEDY
            )
        scripts = migrations(SCHEMAS[name])
        if version > len(scripts):
            raise StorageError(
                StorageFault.NEWER,
                f"{path} có lược đồ phiên bản {version}, chương trình này chỉ biết đến {len(scripts)}",
                remedy_for(StorageFault.NEWER, path),
            )
        check_pages(connection, path, work)
        verify_shape(connection, scripts[:version], path)
        return Verdict(path, name, size, version, count(connection))


def _refuse_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        raise StorageError(
            StorageFault.REFUSED,
            f"{path} còn phần chưa gộp trong {log.name}: chỉ riêng tệp .db thì thiếu",
            f"gộp lại trước: sqlite3 {path} 'pragma wal_checkpoint(truncate)'",
        )


def _no_copy(what: str) -> StorageError:
    return StorageError(StorageFault.CORRUPT, what, _REMEDY)
