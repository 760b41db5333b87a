"""Files of reports below the state folder: drafts made by themselves, and what was handed out when a period was frozen.

reports/drafts/<period>/<kind>/            the automatic draft
reports/views/<period>/<kind>-<what>/      files and charts of a draft that somebody looked at
reports/<period>/<kind>-ban-<revision>/    the files of a frozen edition, as they were made
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from monitor.report.editions.freezing import file_digest
from monitor.report.editions.model import ReportKind

FOLDER: Final = "reports"
EDITION_FILE: Final = "ban-chot.json"
"""Beside a frozen edition's files: the row that is kept."""
_UNFINISHED: Final = ".unfinished-"


def reports_folder(state_dir: Path) -> Path:
    """Return where all of it lies."""
    return state_dir / FOLDER


def draft_folder(reports: Path, kind: ReportKind, period_id: str) -> Path:
    """Return the folder of an automatic draft."""
    return reports / "drafts" / period_id / kind.value


def view_folder(reports: Path, kind: ReportKind, period_id: str, what: str) -> Path:
    """Return the folder of what was built of a draft for somebody who looks: `what` is files or pictures."""
    return reports / "views" / period_id / f"{kind.value}-{what}"


def edition_folder(reports: Path, kind: ReportKind, period_id: str, revision: int) -> Path:
    """Return the folder of a frozen edition's files."""
    return reports / period_id / f"{kind.value}-ban-{revision}"


def drop_old_drafts(reports: Path, *, before_at: float) -> None:
    """Delete drafts that were made before then, by themselves or for somebody who looked. Raises OSError."""
    for folder in (*reports.glob("drafts/*/*"), *reports.glob("views/*/*")):
        if folder.stat().st_mtime < before_at:
            shutil.rmtree(folder)
            if not any(folder.parent.iterdir()):
                folder.parent.rmdir()


def put_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files as one folder, in place of an earlier one of that name: all of them or none. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f"{_UNFINISHED}{folder.name}-{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o750)
    try:
        for name, data in files.items():
            write_file(unfinished / name, data)
        put_in_place(unfinished, folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def put_in_place(finished: Path, folder: Path) -> None:
    """Give a finished folder its name, in place of an earlier one. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        doomed = folder.with_name(f"{_UNFINISHED}{folder.name}-old")
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        finished.rename(folder)
        shutil.rmtree(doomed, ignore_errors=True)
        return
    finished.rename(folder)


def keep_in_place(finished: Path, folder: Path) -> None:
    """Give a frozen edition's folder its name; what lay there stays beside as `<name>-truoc-<n>`. Raises OSError.

    Something lies there when the daemon was killed while it froze, or a database without this edition was put back: its
    files may be all that is left of what was printed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        number = 1 + sum(1 for _ in folder.parent.glob(f"{folder.name}-truoc-*"))
        folder.rename(folder.with_name(f"{folder.name}-truoc-{number}"))
    finished.rename(folder)


def write_file(path: Path, data: bytes) -> None:
    """Write a file and see it to the disk. Raises OSError."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def kept_file(path: Path, digest: str) -> bytes | None:
    """Return a file that is as it was frozen; None when it is not there, or is another."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if file_digest(data) == digest else None
