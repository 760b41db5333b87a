"""Numbered SQL files, applied forward only, each in one transaction that also moves user_version.

A process that is killed in between leaves the database at one of the numbers; the next start goes on from there.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from monitor.storage.errors import StorageError, StorageFault, remedy_for

Step = Callable[[int, int], None]
"""Hears that the step to this version begins, and which version is the last."""

logger = logging.getLogger(__name__)


def log_step(version: int, last: int) -> None:
    """Write a step to the log."""
    logger.info("migrating to_version=%d of=%d", version, last)


def migrations(schema: str) -> tuple[str, ...]:
    """Return the scripts of `schema` ("state" or "results"); the n-th (from 1) leads to user_version n."""
    folder = files("monitor.storage") / "migrations" / schema
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
    for number, entry in enumerate(scripts, start=1):
        if not entry.name.startswith(f"{number:04}_"):
            raise ValueError(f"migrations/{schema}: {entry.name} should be number {number:04}")
    return tuple(entry.read_text("utf-8") for entry in scripts)


def version_of(connection: sqlite3.Connection, scripts: tuple[str, ...], path: Path) -> int:
    """Return the version of the open database. Raises StorageError when it is newer than `scripts`, sqlite3.Error."""
    (version,) = connection.execute("pragma user_version").fetchone()
    if not 0 <= version <= len(scripts):
        raise StorageError(
            StorageFault.NEWER,
            f"{path} có lược đồ phiên bản {version}, chương trình này chỉ biết đến {len(scripts)}",
            remedy_for(StorageFault.NEWER, path),
        )
    return int(version)


def migrate(
    connection: sqlite3.Connection, scripts: tuple[str, ...], path: Path, step: Step = lambda _to, _last: None
) -> None:
    """Bring the open database up to date. Raises StorageError when it is newer than `scripts`, sqlite3.Error else."""
    version = version_of(connection, scripts, path)
    for number in range(version + 1, len(scripts) + 1):
        step(number, len(scripts))
        try:
            connection.execute("begin immediate")
            for statement in _statements(scripts[number - 1]):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number}")
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def _statements(script: str) -> Iterator[str]:
    """Split on complete statements: executescript would commit before it starts."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        raise ValueError("a migration ends within a statement")
