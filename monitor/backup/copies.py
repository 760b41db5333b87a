"""Finished copies: what is in one, its manifest, and finding them in a folder. Reads files, writes none.

A copy is a folder `backup-<UTC date and time>` with `state.db`, `results.db` if that was wanted, `inventory` (the stored
versions) and `manifest.json`. It has that name only since all of it is on the disk and was checked. Secrets are not in it:
neither files of secrets_dir, nor the tokens of Zalo, nor the key of links in messages; the settings file, the inventory's
folder and the on-call file lie elsewhere and are not in it either.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from monitor.settings.settings import Settings
from monitor.storage.snapshot import Copied

MANIFEST: Final = "manifest.json"
STATE: Final = "state.db"
RESULTS: Final = "results.db"
VERSIONS: Final = "inventory"
NAME: Final = "backup-"
UNFINISHED: Final = ".unfinished-"

_SCHEMA: Final = "backup/1"


class ManifestError(Exception):
    """A manifest is missing or says nothing that can be used; the text says why (Vietnamese)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds. `databases`: file name -> what is in it; `others`: path in the copy -> SHA-256."""

    created_at: float
    program: str
    databases: Mapping[str, Copied]
    others: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of the file."""
        body = {
            "schema": _SCHEMA,
            "createdAt": self.created_at,
            "program": self.program,
            "databases": {
                name: {
                    "bytes": each.size_bytes,
                    "sha256": each.sha256,
                    "schemaVersion": each.schema_version,
                    "rows": dict(each.rows),
                }
                for name, each in self.databases.items()
            },
            "others": dict(self.others),
        }
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished copy."""

    folder: Path
    manifest: Manifest

    @property
    def size_bytes(self) -> int:
        """What its databases take."""
        return sum(each.size_bytes for each in self.manifest.databases.values())


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds: `copies`, the latest first, and `broken` ones with what is wrong (Vietnamese)."""

    copies: tuple[Copy, ...] = ()
    broken: Mapping[Path, str] = field(default_factory=dict)


def folder_of(settings: Settings) -> Path:
    """Return where the nightly copies go."""
    return settings.backup.folder or settings.state_dir / "backups"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the copy in `folder`. Raises ManifestError."""
    path = folder / MANIFEST
    try:
        return _manifest(json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise ManifestError(f"{folder}: không có {MANIFEST}, không phải một bản sao lưu trọn vẹn") from None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, AttributeError):
        raise ManifestError(f"{path}: không đọc được") from None


def find_copies(folder: Path) -> Found:
    """Find the finished copies in `folder`; the files are looked at by size only. Raises OSError."""
    copies, broken = [], {}
    for path in folder.glob(f"{NAME}*") if folder.is_dir() else ():
        try:
            copy = Copy(path, read_manifest(path))
        except ManifestError as error:
            broken[path] = str(error)
            continue
        wrong = [
            name for name, each in copy.manifest.databases.items() if _size(path / name) != each.size_bytes
        ]
        if wrong:
            broken[path] = f"{path}: thiếu hoặc sai kích thước {', '.join(wrong)}"
        else:
            copies.append(copy)
    return Found(
        tuple(sorted(copies, key=lambda copy: (copy.manifest.created_at, copy.folder.name), reverse=True)),
        broken,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _manifest(body: Any) -> Manifest:
    if body["schema"] != _SCHEMA or STATE not in body["databases"]:
        raise ValueError(body["schema"])
    databases = {
        str(name): Copied(
            int(each["bytes"]),
            int(each["schemaVersion"]),
            {str(table): int(rows) for table, rows in each["rows"].items()},
            str(each["sha256"]),
        )
        for name, each in body["databases"].items()
    }
    if not databases.keys() <= {STATE, RESULTS}:
        raise ValueError("a database that no copy has")
    others = {str(path): str(digest) for path, digest in body["others"].items()}
    return Manifest(float(body["createdAt"]), str(body["program"]), databases, others)
