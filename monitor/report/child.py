"""Builds a report in a process of its own: the daemon's loop must not wait for drawing, nor keep its memory.

Reads one job (JSON) from standard input, writes the files into a folder, and answers with one JSON object on standard
output. Exit code 0: answered, also with a refusal; else the reason is the last line of standard error.
"""

import gc
import json
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from inventory.loader import load
from inventory.problem import ProblemsError
from monitor.accounting.periods import PeriodError
from monitor.children import stand_back
from monitor.report import making
from monitor.report.editions.building import (
    BuiltDraft,
    BuiltEdition,
    build_draft,
    build_edition,
    opened_sources,
    period_of,
)
from monitor.report.editions.codec import CodecError
from monitor.report.editions.drafting import Draft
from monitor.report.editions.edition_rows import DamagedEditionError
from monitor.report.editions.freezing import FreezeRefusal, FreezeWish
from monitor.report.editions.keeping import EDITION_FILE, put_folder
from monitor.report.editions.model import ReportKind
from monitor.report.editions.store import is_anything_known
from monitor.report.process import PICTURE, VERSION, ReportBuildError
from monitor.report.sentences.model import Section
from monitor.settings.settings import load_settings
from monitor.storage.errors import DamagedError, StorageError
from monitor.wording import os_words

MOST_BYTES: Final = 3 * 2**30
"""Of address space: a runaway must not take the daemon's memory."""
_TROUBLES: Final = (
    sqlite3.Error,
    DamagedError,
    DamagedEditionError,
    CodecError,
    StorageError,
    PeriodError,
    ProblemsError,
    ReportBuildError,
    OSError,
)


def main() -> int:
    """Do the job of standard input."""
    stand_back(most_bytes=MOST_BYTES)
    # A fifth of the time would go into looking for garbage in what stays to the end, and the end is seconds away.
    gc.disable()
    try:
        print(json.dumps(answer(json.load(sys.stdin)), ensure_ascii=False))  # noqa: T201 (this is the answer)
    except _TROUBLES as error:
        print(_words(error), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job: {version, config, period, kind, folder, now, formats, withPictures, freeze: null or {who, reason, approver}}."""
    if job["version"] != VERSION:
        raise ReportBuildError(
            f"phần mềm trên máy đã là bản {VERSION}, dịch vụ còn chạy bản {job['version']}: khởi động lại dịch vụ giám sát"
        )
    settings = load_settings(Path(job["config"]))
    inventory = load(settings.inventory)
    of, kind = period_of(settings, job["period"], now=job["now"]), ReportKind(job["kind"])
    folder = Path(job["folder"])
    with opened_sources(settings, inventory, now=job["now"]) as sources:
        if not is_anything_known(sources.state, of.until_at):
            return {"nothing": True}
        if job["freeze"] is not None:
            frozen = build_edition(sources, of, kind, job["formats"], FreezeWish(**job["freeze"]))
            return _frozen(frozen, folder)
        built = build_draft(sources, of, kind, job["formats"], with_pictures=job["withPictures"])
    return _drafted(built, folder)


def _frozen(built: BuiltEdition | FreezeRefusal, folder: Path) -> dict[str, Any]:
    if isinstance(built, FreezeRefusal):
        return {"refusal": built.value}
    names = _named(built.draft, built.made)
    row = json.dumps(asdict(built.edition), ensure_ascii=False).encode()
    put_folder(folder, {**names, EDITION_FILE: row})
    return {"nothing": False, "names": list(names), "failures": {}}


def _drafted(built: BuiltDraft, folder: Path) -> dict[str, Any]:
    names = _named(built.draft, built.made)
    put_folder(folder, names | {PICTURE.format(id_): png for id_, png in built.made.pictures.items()})
    return {
        "nothing": False,
        "names": list(names),
        "failures": dict(built.made.failures),
        "sentences": [
            each.text or each.auto_text
            for each in built.draft.sentences
            if each.section is Section.DIFFICULTIES and each.is_used and built.draft.kind is ReportKind.REPORT
        ],
        "withoutCause": len(built.draft.gaps.without_cause),
    }


def _named(draft: Draft, made: making.Made) -> dict[str, bytes]:
    return {making.file_name(draft.document, each): data for each, data in made.files.items()}


def _words(error: Exception) -> str:
    if isinstance(error, ProblemsError):
        return str(error.problems[0])
    if isinstance(error, DamagedEditionError):
        return f"{error.what}; {error.remedy}"
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {os_words(error)}"
    return f"{type(error).__name__}: {error}" if isinstance(error, sqlite3.Error) else str(error)


if __name__ == "__main__":
    sys.exit(main())
