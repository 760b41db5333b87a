"""Versions of the inventory on disk: the very bytes that were validated, so that a broken folder cannot stop the watch.

`<folder>/<number>-<digest12>/` holds one folder per path that was read (`0` the shipped profiles) and meta.json. A
version appears whole or not at all (written aside, synced, renamed). All of it blocks.
"""

import errno
import json
import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inventory.files.folders import SourceFile, read_sections
from inventory.loader import Loaded, load_with_warnings
from inventory.problem import InventoryError
from monitor.storage.errors import StorageError, StorageFault
from monitor.wording import os_words
from probes.kind import Secrets

log = logging.getLogger(__name__)

KEPT = 20
"""Versions kept besides the one in force and the pinned one."""

_NAME = re.compile(r"([0-9]{6,})-[0-9a-f]{12}")
_META = "meta.json"
_PIN = "pinned.json"
_WAITING = "waiting"
_ASIDE = "."
"""What begins so is unfinished, or half deleted."""


class DamagedVersionError(Exception):
    """The stored bytes are not those that were validated."""


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version. `at` is when it came into force first, `who` and `how` by whom and by which way."""

    number: int
    digest: str
    at: float
    who: str
    how: str
    counts: Mapping[str, int]
    folder: Path
    files: int
    """How many files it was made of."""
    roots: tuple[str, ...]
    """What to read, in order, below `folder`: folders, or single files of a name that a folder would not show."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A person's wish to stay on one version whatever the folders say."""

    number: int
    at: float
    who: str


class VersionStore:
    """The versions below one folder; whoever writes holds the lock of the state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Version]:
        """Return the versions, the latest first; a damaged one is logged and left out."""
        found = []
        for number, path in sorted(self._numbered(), reverse=True):
            try:
                found.append(_read_meta(path, number))
            except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
                log.warning("version_damaged path=%s error=%r", path, error)
        return found

    def load(self, version: Version, *, secrets: Secrets | None = None) -> Loaded:
        """Read a version again, with the profiles it had.

        Raises DamagedVersionError, and InventoryError when this program no longer takes what it once took.
        """
        first, *others = (version.folder / root for root in version.roots)
        try:
            loaded = load_with_warnings(others, profiles=first, secrets=secrets)
        except InventoryError:
            if read_sections([first, *others]).digest == version.digest:
                raise
            raise _damaged(version) from None
        if loaded.inventory.digest != version.digest or len(loaded.files) != version.files:
            raise _damaged(version)
        return loaded

    def keep(
        self,
        loaded: Loaded,
        *,
        roots: int,
        at: float,
        who: str,
        how: str,
        protected: int | None = None,
    ) -> Version:
        """Store what was validated, unless the latest version is just that; drop the oldest but `protected`.

        `roots`: how many paths were read, the shipped profiles included. Raises StorageError.
        """
        latest = next(iter(self.all()), None)
        if latest is not None and latest.digest == loaded.inventory.digest:
            return latest
        number = 1 + max((number for number, _ in self._numbered()), default=0)
        try:
            version = self._write(number, loaded, roots=roots, at=at, who=who, how=how)
        except OSError as error:
            self._clear_leftovers()  # state.db may need the last blocks of a full disk
            raise _refused(self.folder, error) from error
        self._drop_old({number, protected})
        return version

    def pinned(self) -> Pin | None:
        """Return the pin; a damaged one is logged and counts as none."""
        try:
            pin = json.loads((self.folder / _PIN).read_bytes())
            return Pin(int(pin["number"]), float(pin["at"]), str(pin["who"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            log.warning("pin_damaged error=%r", error)
            return None

    def pin(self, pin: Pin) -> None:
        """Stay on a version from now on, over restarts too. Raises StorageError."""
        content = json.dumps({"number": pin.number, "at": pin.at, "who": pin.who})
        try:
            self._put(_PIN, content.encode())
        except OSError as error:
            raise _refused(self.folder, error) from error

    def unpin(self) -> None:
        """Follow the folders again. Raises StorageError."""
        try:
            (self.folder / _PIN).unlink(missing_ok=True)
            if self.folder.is_dir():
                _sync(self.folder)
        except OSError as error:
            raise _refused(self.folder, error) from error

    def waiting(self) -> str:
        """Return the digest of the latest change that was left to a person, "" when there was none."""
        try:
            return (self.folder / _WAITING).read_text(encoding="ascii", errors="replace")
        except OSError:
            return ""

    def note_waiting(self, digest: str) -> None:
        """Remember a change that waits for a person: a restart is no leave for it. On a full disk it is only logged."""
        try:
            self._put(_WAITING, digest.encode())
        except OSError as error:
            log.warning("waiting_not_noted error=%s", error)

    def _put(self, name: str, content: bytes) -> None:
        aside = self.folder / f"{_ASIDE}{name}"
        _write_file(aside, content)
        aside.rename(self.folder / name)
        _sync(self.folder)

    def _numbered(self) -> list[tuple[int, Path]]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 (fails at once, not while it is read)
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("versions_unreadable path=%s error=%s", self.folder, error)
            return []
        matches = ((_NAME.fullmatch(name), name) for name in names)
        return [(int(match[1]), self.folder / name) for match, name in matches if match]

    def _write(self, number: int, loaded: Loaded, *, roots: int, at: float, who: str, how: str) -> Version:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        digest = loaded.inventory.digest
        name = f"{number:06d}-{digest[:12]}"
        aside = self.folder / f"{_ASIDE}new-{name}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        for root in range(roots):
            (aside / str(root)).mkdir(mode=0o700)
        for file in loaded.files:
            _write_file(aside / str(file.root) / file.name, file.content)
        meta = {
            "number": number,
            "digest": digest,
            "at": at,
            "who": who,
            "how": how,
            "counts": counts_of(loaded),
            "files": len(loaded.files),
            "roots": _roots(loaded.files, roots),
        }
        # Last: without it there is no version.
        _write_file(aside / _META, json.dumps(meta, indent=1).encode())
        for root in range(roots):
            _sync(aside / str(root))
        _sync(aside)
        aside.rename(self.folder / name)
        _sync(self.folder)
        return _read_meta(self.folder / name, number)

    def _drop_old(self, protected: set[int | None]) -> None:
        pin = self.pinned()
        protected = protected | {None if pin is None else pin.number}
        for number, path in sorted(self._numbered(), reverse=True)[KEPT:]:
            if number not in protected:
                aside = self.folder / f"{_ASIDE}old-{path.name}"
                with suppress(OSError):
                    path.rename(aside)
        self._clear_leftovers()

    def _clear_leftovers(self) -> None:
        for leftover in self.folder.glob(f"{_ASIDE}*-*"):
            shutil.rmtree(leftover, ignore_errors=True)


def _damaged(version: Version) -> DamagedVersionError:
    return DamagedVersionError(f"{version.folder}: nội dung không còn như lúc lưu")


def counts_of(loaded: Loaded) -> dict[str, int]:
    """Count what an inventory holds."""
    inventory = loaded.inventory
    return {
        "units": len(inventory.units),
        "targets": len(inventory.targets),
        "watched": sum(target.is_watched for target in inventory.targets.values()),
        "checks": len(inventory.checks),
    }


def _roots(files: Sequence[SourceFile], roots: int) -> list[str]:
    """Return what to read for each path: a folder shows its `*.yaml` only; any other single file is named itself."""
    names: dict[int, list[str]] = {root: [] for root in range(roots)}
    for file in files:
        names[file.root].append(file.name)
    return [
        str(root)
        if all(name.endswith(".yaml") and not name.startswith(".") for name in own)
        else f"{root}/{own[0]}"
        for root, own in names.items()
    ]


def _read_meta(path: Path, number: int) -> Version:
    meta = json.loads((path / _META).read_bytes())
    roots = tuple(str(root) for root in meta["roots"])
    if meta["number"] != number or not roots or any(not (path / root).exists() for root in roots):
        raise ValueError("không phải nội dung của thư mục này")
    return Version(
        number=number,
        digest=str(meta["digest"]),
        at=float(meta["at"]),
        who=str(meta["who"]),
        how=str(meta["how"]),
        counts={str(name): int(count) for name, count in meta["counts"].items()},
        folder=path,
        files=int(meta["files"]),
        roots=roots,
    )


def _write_file(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(folder: Path, error: OSError) -> StorageError:
    fault = StorageFault.FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else StorageFault.IO
    return StorageError(
        fault, f"không lưu được bản danh mục vào {folder}: {os_words(error)}", "kiểm tra ổ đĩa và quyền"
    )
