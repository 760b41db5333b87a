"""Making a copy: the databases, the stored versions of the inventory, and the manifest. All of it blocks.

It works beside a running daemon and without one. Whatever is not finished has another name, and the next copy removes it.
"""

import datetime as dt
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from monitor.backup.copies import MANIFEST, NAME, RESULTS, STATE, UNFINISHED, VERSIONS, Copy, Manifest
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.link_key import forget_link_key
from monitor.storage.snapshot import Work, cannot, copy_database, file_hash, leave_room, needed_bytes
from monitor.storage.upgrading import sync_folder
from monitor.version import VERSION

_LOCK: Final = ".lock"


def make_copy(state_dir: Path, folder: Path, *, with_results: bool, now: float, work: Work) -> Copy:
    """Make the copy of `now` in `folder`, which is made (mode 0700) when it is missing; no two at once.

    Raises StorageError, StoppedError.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hand_over(folder, state_dir)
        with _alone_in(folder, state_dir):
            for left in folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left)
            stem = f"{NAME}{dt.datetime.fromtimestamp(now, tz=dt.UTC):%Y%m%dT%H%M%SZ}"
            target, number = folder / stem, 1
            while target.exists():
                number += 1
                target = folder / f"{stem}-{number}"
            return make_copy_at(state_dir, target, with_results=with_results, now=now, work=work)
    except OSError as error:
        raise cannot(f"không sao lưu được vào {folder}", error, folder / STATE) from error


def make_copy_at(state_dir: Path, target: Path, *, with_results: bool, now: float, work: Work) -> Copy:
    """Make a copy that is the new folder `target`. Raises StorageError, StoppedError."""
    if target.exists():
        raise StorageError(StorageFault.IO, f"{target} đã có", "chọn tên khác")
    unfinished = target.with_name(f"{UNFINISHED}{target.name}")
    names = [STATE, *([RESULTS] if with_results else [])]
    try:
        leave_room(target.parent, sum(needed_bytes(state_dir / name) for name in names), work.spare_bytes)
        unfinished.mkdir(mode=0o700)
        databases = {
            name: copy_database(
                state_dir / name, unfinished / name, work, change=_without_secrets if name == STATE else None
            )
            for name in names
        }
        manifest = Manifest(now, VERSION, databases, _copy_versions(state_dir, unfinished, work))
        _write(unfinished / MANIFEST, manifest.to_json())
        sync_folder(unfinished)
        hand_over(unfinished, state_dir)
        unfinished.rename(target)
        sync_folder(target.parent)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot(f"không sao lưu được vào {target}", error, target) from error
        raise
    return Copy(target, manifest)


def _without_secrets(connection: sqlite3.Connection) -> None:
    # What is deleted must not be left in free pages.
    connection.execute("pragma secure_delete = on")
    forget_link_key(connection)


def _copy_versions(state_dir: Path, target: Path, work: Work) -> dict[str, str]:
    """Copy the stored versions of the inventory; return path -> SHA-256. What is dropped meanwhile is left out."""
    source, found = state_dir / VERSIONS, {}
    entries = (
        sorted(each for each in source.iterdir() if not each.name.startswith(".")) if source.is_dir() else []
    )
    for entry in entries:
        place = target / VERSIONS / entry.name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            if entry.is_dir():
                shutil.copytree(entry, place)
            else:
                shutil.copy2(entry, place)
        except (FileNotFoundError, shutil.Error):
            if entry.exists():
                raise
            with suppress(FileNotFoundError):
                shutil.rmtree(place)
    for path in sorted((target / VERSIONS).rglob("*")):
        work.go_on()
        if path.is_file():
            _sync(path)
            found[path.relative_to(target).as_posix()] = file_hash(path, work)
        else:
            sync_folder(path)
    return found


@contextmanager
def _alone_in(folder: Path, state_dir: Path) -> Iterator[None]:
    held = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        hand_over(folder / _LOCK, state_dir)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                StorageFault.LOCKED,
                f"một lần sao lưu khác đang ghi vào {folder}",
                "chờ lần đó xong rồi chạy lại",
            ) from None
        yield
    finally:
        os.close(held)


def _write(path: Path, text: str) -> None:
    held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(held, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(held)


def _sync(path: Path) -> None:
    held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def hand_over(path: Path, state_dir: Path) -> None:
    """What root makes belongs to whom the state folder belongs to: the daemon must be able to remove it later."""
    owner = state_dir.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        # A stick with FAT, or a share that squashes root, knows no owners: a copy there is as good.
        with suppress(PermissionError):
            for each in (path, *path.rglob("*")):
                os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)
