"""Putting a copy into the place of the present databases. The state folder's lock is held. All of it blocks.

The copy is verified, written beside the present file, migrated and told what it must not do again; then it takes the
name at once. The present file keeps another name; nothing is deleted. Killed at any moment, one of the two has the name.
"""

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.backup.copies import RESULTS, STATE, VERSIONS
from monitor.backup.copying import hand_over
from monitor.backup.verifying import SCHEMAS, Verdict, verify, verify_others
from monitor.storage.connecting import connect, open_reader
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain
from monitor.storage.migrations import migrate, migrations
from monitor.storage.opening import SIDE_FILES, Synchronous, forget_damage, open_writer
from monitor.storage.restored import Settled, is_continued_by, leave_out_numbers, settle_outbox
from monitor.storage.snapshot import Work, cannot, file_hash, leave_room
from monitor.storage.upgrading import sync_folder

_RESTORING: Final = ".restoring"
_WAIT_MS: Final = 1_000
"""How long another program's read of the present database is waited for."""


@dataclass(frozen=True, slots=True)
class Put:
    """A database that was restored; `aside` is where the one before it is now, None when there was none."""

    path: Path
    aside: Path | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `numbers`: series -> up to which number incidents count as given."""

    put: tuple[Put, ...]
    settled: Settled
    numbers: dict[str, int]
    with_versions: bool
    """Whether the stored versions of the inventory came back too: only when there were none."""


def examine_source(source: Path, work: Work) -> list[Verdict]:
    """Verify what is to be restored: a copy's folder, or one file. Raises StorageError, StoppedError."""
    found = verify(source, work)
    for each in found:
        if each.error is not None:
            raise each.error
    return found


def restore(
    state_dir: Path, source: Path, examined: Sequence[Verdict], *, now: float, work: Work
) -> Restored:
    """Put what `source` holds into `state_dir`; `examined` is what `examine_source` said of it, however long ago.

    What arrives is compared with what was verified then. Raises StorageError and StoppedError. Before anything has its
    new name all is as it was then; state.db goes first.
    """
    verdicts = {each.name: each for each in examined if each.name is not None}
    _refuse_changed(source, work)
    settled = Settled(0, (), 0)
    numbers: dict[str, int] = {}
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        leave_room(state_dir, sum(each.size_bytes for each in verdicts.values()), work.spare_bytes)
        for name, verdict in verdicts.items():
            coming = state_dir / f"{name}{_RESTORING}"
            _bring(verdict, coming, work)
            if name == STATE:
                settled, numbers = _prepare_state(coming, state_dir / STATE, now)
            else:
                _migrate(coming, name)
        names = sorted(verdicts, reverse=True)  # state.db first
        for name in names:
            _empty_log(state_dir / name)
            # Before it has its name: killed after that, the service must be able to open it.
            hand_over(state_dir / f"{name}{_RESTORING}", state_dir)
        put = [_put(state_dir / f"{name}{_RESTORING}", state_dir / name, now) for name in names]
        with_versions = _bring_versions(source, state_dir)
        for name in verdicts:
            _prove(state_dir / name, now)
        hand_over(state_dir, state_dir)
    except OSError as error:
        raise cannot(f"không khôi phục được vào {state_dir}", error, state_dir / STATE) from error
    except sqlite3.Error as error:
        raise explain(error, state_dir / STATE) from error
    finally:
        for name in (STATE, RESULTS):
            for suffix in ("", *SIDE_FILES):
                with suppress(OSError):
                    (state_dir / f"{name}{_RESTORING}{suffix}").unlink()
    return Restored(tuple(put), settled, numbers, with_versions)


def _refuse_changed(source: Path, work: Work) -> None:
    """Raise StorageError when the small files of a copy are no longer what its manifest says."""
    for each in verify_others(source, work) if source.is_dir() else ():
        if each.error is not None:
            raise each.error


def _bring(verified: Verdict, coming: Path, work: Work) -> None:
    """Copy a verified file beside its place, and see that what arrived is what was verified."""
    for suffix in ("", *SIDE_FILES):
        coming.with_name(coming.name + suffix).unlink(missing_ok=True)
    held = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with verified.path.open("rb") as reading, os.fdopen(held, "wb") as writing:
        shutil.copyfileobj(reading, writing, 2**20)
        writing.flush()
        os.fsync(held)
    if file_hash(coming, work) != verified.sha256:
        raise StorageError(
            StorageFault.IO,
            f"{coming} chép sang không giống {verified.path} lúc kiểm tra",
            "chạy lại; vẫn thế thì kiểm tra ổ đĩa (dmesg)",
        )


def _prepare_state(coming: Path, present: Path, now: float) -> tuple[Settled, dict[str, int]]:
    _migrate(coming, STATE)
    with closing(_still_file(coming)) as connection:
        reader = _open_present(present, connection)
        try:
            return _settle(connection, reader, now)
        except sqlite3.Error as error:
            connection.execute("rollback")
            if reader is None:
                raise explain(error, coming) from error
            return _settle(connection, None, now)  # the present one is damaged
        finally:
            if reader is not None:
                reader.close()


def _settle(
    connection: sqlite3.Connection, present: sqlite3.Connection | None, now: float
) -> tuple[Settled, dict[str, int]]:
    connection.execute("begin immediate")
    found = settle_outbox(connection, present, now), leave_out_numbers(connection, present)
    connection.execute("commit")
    return found


def _open_present(present: Path, copy: sqlite3.Connection) -> sqlite3.Connection | None:
    """Open what is replaced when it can be read and is what the copy became."""
    if not present.exists():
        return None
    try:
        reader = open_reader(present)
    except sqlite3.Error:
        return None
    try:
        if is_continued_by(copy, reader):
            return reader
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    reader.close()
    return None


def _migrate(coming: Path, name: str) -> None:
    try:
        with closing(_still_file(coming)) as connection:
            migrate(connection, migrations(SCHEMAS[name]), coming)
    except sqlite3.Error as error:
        raise explain(error, coming) from error


def _still_file(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    # One file until it has its name.
    connection.execute("pragma journal_mode = delete")
    connection.execute("pragma synchronous = full")
    return connection


def _empty_log(path: Path) -> None:
    """Move what the log holds into the file: then the file is all of it. Of a damaged one both are kept."""
    is_held = False
    if path.exists():
        with suppress(sqlite3.Error), closing(connect(path)) as present:
            present.execute(f"pragma busy_timeout = {_WAIT_MS}")
            (is_held, _, _) = present.execute("pragma wal_checkpoint(truncate)").fetchone()
    if is_held:
        # Killed between taking the log away and putting the copy in, the file would lack what was in the log.
        raise StorageError(
            StorageFault.LOCKED,
            f"một chương trình khác đang đọc {path}, chưa thay gì cả",
            f"đóng chương trình đó (xem: lsof {path}) rồi chạy lại",
        )


def _put(coming: Path, path: Path, now: float) -> Put:
    aside = _free_name(path, now)
    is_there = path.exists()
    if is_there:
        os.link(path, aside)
    for suffix in SIDE_FILES:
        # The log of another database must never lie beside the restored one.
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    forget_damage(path)
    sync_folder(path.parent)
    coming.replace(path)
    sync_folder(path.parent)
    return Put(path, aside if is_there else None)


def _free_name(path: Path, now: float) -> Path:
    stem = f"{path.name}.before-restore-{dt.datetime.fromtimestamp(now, tz=dt.UTC):%Y%m%dT%H%M%SZ}"
    found, number = path.with_name(stem), 1
    while found.exists():
        number += 1
        found = path.with_name(f"{stem}-{number}")
    return found


def _bring_versions(source: Path, state_dir: Path) -> bool:
    copied, place = source / VERSIONS, state_dir / VERSIONS
    if not copied.is_dir() or place.exists():
        return False
    coming = state_dir / f".{VERSIONS}{_RESTORING}"
    shutil.rmtree(coming, ignore_errors=True)
    shutil.copytree(copied, coming)
    hand_over(coming, state_dir)
    coming.rename(place)
    return True


def _prove(path: Path, now: float) -> None:
    """Open it as the daemon will."""
    try:
        connection, replaced = open_writer(
            path, schema=SCHEMAS[path.name], synchronous=Synchronous.FULL, now=now
        )
        connection.close()
    except DamagedError as error:
        raise explain(error, path) from error
    if replaced is not None:
        raise StorageError(StorageFault.CORRUPT, f"{path} vừa khôi phục đã hỏng", "kiểm tra ổ đĩa (dmesg)")
