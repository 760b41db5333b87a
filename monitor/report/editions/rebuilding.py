"""The files of a frozen edition: built again from its document, and held against the hashes of then."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Final

from monitor.report import making
from monitor.report.document.model import Document
from monitor.report.editions.codec import CodecError, from_json
from monitor.report.editions.freezing import file_digest
from monitor.report.editions.keeping import kept_file
from monitor.report.editions.model import Edition

_LIBRARIES: Final = (
    "tslcd-monitor",
    "python-docx",
    "lxml",
    "XlsxWriter",
    "matplotlib",
    "numpy",
    "reportlab",
    "pillow",
)
_TEMPLATE: Final = "mẫu văn bản"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`files` are byte by byte what was frozen, those of `changed` apart. `notes`: what was not simply built again, and why."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    """Formats with the frozen content, but in other bytes: the copy that was kept is gone."""
    notes: tuple[str, ...] = ()


def libraries(template: Path | None) -> dict[str, str]:
    """Return what draws files here: name -> version. Raises OSError when the template is not readable."""
    found = {"Python": python_version(), "zlib": zlib.ZLIB_RUNTIME_VERSION}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {_TEMPLATE: "có sẵn" if template is None else file_digest(template.read_bytes())}


def rebuilt(
    edition: Edition,
    formats: Sequence[str],
    template: Path | None,
    *,
    folder: Path,
    progress: making.Progress = lambda _format: None,
) -> Rebuilt:
    """Build a frozen edition's files again; what comes out otherwise is taken from `folder`, if it is whole there.

    Also what this version of the program cannot read any more. Raises CodecError when not even its id can be read.
    """
    try:
        made = making.files(from_json(Document, edition.content), formats, template, progress=progress)
    except CodecError as error:
        made = making.Made(
            failures=dict.fromkeys(formats, f"phiên bản này không đọc được bản chốt ({error})")
        )
    document_id = document_id_of(edition)
    files: dict[str, bytes] = {}
    failures: dict[str, str] = {}
    changed: list[str] = []
    notes: list[str] = []
    for each in [name for name in making.FORMATS if name in formats]:
        data, digest = made.files.get(each), edition.files.get(each, "")
        if data is not None and file_digest(data) == digest:
            files[each] = data
            continue
        why = (
            made.failures.get(each)
            or f"dựng lại không đúng từng byte như lúc chốt ({_changed(edition, template)})"
        )
        kept = kept_file(folder / f"{document_id}{making.SUFFIXES[each]}", digest)
        if kept is not None:
            files[each] = kept
            notes.append(f"{each}: {why}; đã đưa bản lưu lúc chốt")
        elif data is not None:
            files[each] = data
            changed.append(each)
            notes.append(
                f"{each}: {why}; bản lưu lúc chốt trong {folder} không còn nguyên nên đã đưa bản dựng lại, số liệu và lời văn "
                "đúng như lúc chốt"
            )
        else:
            failures[each] = f"{why}; bản lưu lúc chốt trong {folder} không còn nguyên"
    return Rebuilt(files, failures, tuple(changed), tuple(notes))


def document_id_of(edition: Edition) -> str:
    """Return what its files are called, of whatever version it is. Raises CodecError."""
    try:
        return str(json.loads(edition.content)["id"])
    except (ValueError, TypeError, KeyError) as error:
        raise CodecError(f"document id: {error}") from error


def _changed(edition: Edition, template: Path | None) -> str:
    """Say which libraries are others than then: "XlsxWriter 3.3.1 → 3.4.0"."""
    try:
        now = libraries(template)
    except OSError:
        return f"không đọc được {template}"
    changed = [
        name if name == _TEMPLATE else f"{name} {edition.libraries.get(name, '–')} → {now.get(name, '–')}"
        for name in dict.fromkeys((*edition.libraries, *now))
        if edition.libraries.get(name) != now.get(name)
    ]
    return f"đã đổi: {', '.join(changed)}" if changed else "thư viện không đổi"
