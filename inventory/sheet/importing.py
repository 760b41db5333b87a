"""A reviewed sheet -> one YAML file of an inventory folder, tried out with the whole inventory before it is written.

Reads the inventory's folders and a temporary copy of one of them. No clock: the time comes with the call.
"""

import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from inventory.files.reader import read_document
from inventory.loader import load_with_warnings
from inventory.model import Equipped
from inventory.problem import InventoryError, Problem
from inventory.sheet.cells import clean
from inventory.sheet.drafts import Draft, Question
from inventory.sheet.known import Known, Value, read_known
from inventory.sheet.review import Review, section_of
from inventory.sheet.yaml_text import Path as KeyPath
from inventory.sheet.yaml_text import dump

OUTPUT_NAME: Final = "60-nhap-excel.yaml"
_FIELDS: Final = (
    *("name", "unit", "profile", "address", "equipped", "circuit", "depends_on", "powered_by"),
    *("calendar", "policy", "owner", "tags"),
)
"""The order of a target's fields in the file."""
HEADER_START: Final = "# Nhập từ "
_HEADER_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Source:
    """The file that is imported, for the comment: its name, its SHA-256, when (in local time)."""

    name: str
    sha256: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One field of something that exists already. `old` is None when it had nothing there."""

    section: str
    id: str
    key: str
    old: Value | None
    new: Value

    @property
    def replaces(self) -> bool:
        """Whether something is lost: nothing, or "unknown", is none."""
        return self.old is not None and not (self.key == "equipped" and self.old == Equipped.UNKNOWN)


@dataclass(slots=True)
class Outcome:
    """What an import would do. `text` is the new content of the file, None when nothing changes or nothing may."""

    text: str | None = None
    added: list[str] = field(default_factory=list)
    """Ids of what is new, circuits first."""
    changes: list[Change] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    problems: Sequence[Problem] = ()
    """Why the inventory with this file cannot be used, as far as no row is to blame."""
    warnings: Sequence[Problem] = ()
    held: bytes | None = None
    """What the file held when it was read; None when there was none."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the import goes: file `name` of the folder `into`, one of the inventory's `paths` or to be its last."""

    paths: Sequence[Path]
    into: Path
    name: str = OUTPUT_NAME

    @property
    def file(self) -> Path:
        """Return the file that is written."""
        return self.into / self.name

    @property
    def is_listed(self) -> bool:
        """Whether the folder is one that the inventory is read from."""
        return any(path.resolve() == self.into.resolve() for path in self.paths)

    @property
    def all_paths(self) -> list[Path]:
        """Return the inventory's paths, the folder among them if it exists."""
        return [*self.paths, *([] if self.is_listed or not self.into.is_dir() else [self.into])]


def known_at(destination: Destination) -> Known:
    """Read what the inventory says already; raise InventoryError when it cannot be read."""
    into = destination.into if destination.into.is_dir() else None
    return read_known(destination.all_paths, into=into)


def prepare(result: Review, destination: Destination, source: Source) -> Outcome:
    """Turn the clear rows into the file's new content; rows that the whole inventory refuses get questions."""
    _ask_about_other_files(result, destination)
    outcome = Outcome(questions=result.questions, problems=_problems_of_the_file(destination))
    if outcome.problems:
        return outcome
    document = read_document(destination.file) if destination.file.exists() else None
    sections = document.data if document and document.data else {}
    # A section may be a heading and nothing under it.
    old = _plain({name: section for name, section in sections.items() if section is not None})
    outcome.held = document.content if document else None
    # Ends: each further trial is of fewer rows.
    while True:
        result.ask_about_references()
        wanted = [draft for draft in result.clear if draft.changes or draft.known is None]
        new = _merged(old, wanted, result.known)
        outcome.questions = result.questions
        if not wanted or new == old:
            outcome.problems, outcome.warnings = (), ()
            return outcome
        body, paths = dump(new)
        text = _header(source) + body
        outcome.problems, outcome.warnings, lost = _tried(text, destination, wanted)
        blamed = _blame(outcome.problems, result, wanted, destination, ((),) * _HEADER_LINES + paths)
        blamed |= _blame_lost(lost)
        outcome.questions = result.questions
        if not blamed:
            break
    if outcome.problems:
        return outcome
    outcome.text = text
    outcome.added = [draft.id for draft in wanted if draft.known is None]
    outcome.changes = [
        Change(section_of(draft), draft.id, key, draft.known.get(key), value)
        for draft in wanted
        if draft.known is not None
        for key, value in draft.changes.items()
    ]
    return outcome


def _problems_of_the_file(destination: Destination) -> list[Problem]:
    """Return what is wrong in the file as it is, at its own lines: the new text would lose half of a doubled entry."""
    if not destination.file.exists():
        return []
    try:
        load_with_warnings(destination.all_paths)
    except InventoryError as error:
        file = destination.file.resolve()
        return [problem for problem in error.problems if Path(problem.file).resolve() == file]
    return []


def _ask_about_other_files(result: Review, destination: Destination) -> None:
    """Ask about what another file of the same folder has in writing: one folder says each thing once."""
    for draft in result.clear:
        section = section_of(draft)
        places = [((section, draft.id), set(draft.changes))]
        if section == "targets" and draft.id in result.known.exact:
            places = [((section, draft.id), set(draft.changes) - {"address"})]
            places += [(("exact", draft.id), set(draft.changes) & {"address"})]
        for where, keys in places:
            place = result.known.written.get(where)
            if place is None or not keys or Path(place.file).name == destination.name:
                continue
            question = (
                f"mã '{draft.id}' đã viết ở {place.file}:{place.line}; sửa ở đó, "
                "hoặc nhập vào một thư mục đứng sau (--into)"
            )
            draft.ask(min(keys), question)


def _merged(old: Mapping[str, Any], wanted: Sequence[Draft], known: Known) -> dict[str, Any]:
    """Return the content of the file with these rows, sorted by unit, then id."""
    new = _plain(old)
    for draft in wanted:
        changes = dict(draft.changes)
        if section_of(draft) == "targets" and draft.id in known.exact and "address" in changes:
            plan = new.setdefault("address_plan", {})
            plan.setdefault("exact", {})[draft.id] = changes.pop("address")
        if changes:
            entry = new.setdefault(section_of(draft), {}).setdefault(draft.id, {})
            entry.update({key: _as_yaml(value) for key, value in changes.items()})
    units = {draft.id: str(draft.value("unit")) for draft in wanted}

    def order(item: tuple[str, dict[str, object]]) -> tuple[str, str]:
        id_, entry = item
        unit = entry.get("unit", units.get(id_)) or known.targets.get(id_, {}).get("unit", "")
        return str(unit), id_

    for section in ("circuits", "targets"):
        if section in new:
            new[section] = {id_: _ordered(entry) for id_, entry in sorted(new[section].items(), key=order)}
    if "exact" in new.get("address_plan", {}):
        new["address_plan"]["exact"] = dict(sorted(new["address_plan"]["exact"].items()))
    return dict(sorted(new.items()))


def _as_yaml(value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _ordered(entry: Mapping[str, object]) -> dict[str, object]:
    keys = [key for key in _FIELDS if key in entry]
    return {key: entry[key] for key in (*keys, *(key for key in entry if key not in keys))}


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) if isinstance(value, Mapping) else value for key, value in data.items()}


def _header(source: Source) -> str:
    name = clean(source.name)
    return (
        f"{HEADER_START}{name} (SHA-256 {source.sha256}) lúc {source.read_at:%d/%m/%Y %H:%M}.\n"
        "# Do `tslcd-monitor inventory import` ghi; lần nhập sau thay từng trường và bỏ chú thích viết tay.\n"
    )


def _tried(
    text: str, destination: Destination, wanted: Sequence[Draft]
) -> tuple[Sequence[Problem], Sequence[Problem], list[tuple[Draft, str]]]:
    """Load the whole inventory with the new text: problems, warnings, and the fields that are not as the row says."""
    with TemporaryDirectory(prefix="tslcd-nhap-") as temporary:
        copy = Path(temporary) / (destination.into.name or "danh-muc")
        _copy(destination.into, copy)
        (copy / destination.name).write_text(text, encoding="utf-8")
        paths = [copy if path.resolve() == destination.into.resolve() else path for path in destination.paths]
        if copy not in paths:
            paths.append(copy)
        try:
            loaded = load_with_warnings(paths)
        except InventoryError as error:
            return _renamed(error.problems, copy, destination.into), (), []
        after = read_known(paths)
        lost = [
            (draft, key)
            for draft in wanted
            for key, value in draft.given.items()
            if (after.circuits if section_of(draft) == "circuits" else after.targets)[draft.id].get(key)
            != value
        ]
        return (), _renamed(loaded.warnings, copy, destination.into), lost


def _copy(folder: Path, to: Path) -> None:
    to.mkdir()
    for path in folder.glob("*.yaml") if folder.is_dir() else ():
        # What is no plain file is refused by the reader, in its own place; here it must not be waited for.
        if stat.S_ISREG(path.lstat().st_mode):
            shutil.copyfile(path, to / path.name)


def _renamed(problems: Sequence[Problem], copy: Path, real: Path) -> list[Problem]:
    def mend(text: str) -> str:
        return text.replace(str(copy), str(real))

    return [
        replace(problem, file=mend(problem.file), message=mend(problem.message), hint=mend(problem.hint))
        for problem in problems
    ]


def _blame(
    problems: Sequence[Problem],
    result: Review,
    wanted: Sequence[Draft],
    destination: Destination,
    lines: Sequence[KeyPath],
) -> bool:
    """Ask about the cells that problems come from; return whether any was found."""
    is_blamed = False
    by_path = {f"{section_of(draft)}.{draft.id}": draft for draft in wanted}
    for problem in problems:
        draft, key = None, ""
        if problem.file == str(destination.file) and problem.line <= len(lines):
            path = lines[problem.line - 1]
            path = ("targets", *path[2:], "address") if path[:2] == ("address_plan", "exact") else path
            if len(path) > 1:
                draft, key = result.draft_of(path[0], path[1]), "".join(path[2:3])
        if draft is None or f"{section_of(draft)}.{draft.id}" not in by_path:
            draft = next(
                (
                    d
                    for path, d in by_path.items()
                    if problem.path == path or problem.path.startswith(f"{path}.")
                ),
                None,
            )
        if draft is None:
            continue
        columns = {column.key for column in draft.table.columns}
        where = key if key in columns else draft.table.needed[-1]
        draft.ask(where, problem.message + (f"; {problem.hint}" if problem.hint else ""))
        is_blamed = True
    return is_blamed


def _blame_lost(lost: Sequence[tuple[Draft, str]]) -> bool:
    for draft, key in lost:
        if key in draft.changes:
            question = "một thư mục đứng sau trong danh mục đang ghi giá trị khác; sửa ở đó, hoặc đổi --into"
        else:
            question = (
                "đổi theo thay đổi khác của dòng này; đúng thì để trống ô, muốn giữ thì ghi trong tệp YAML"
            )
        draft.ask(key, question)
    return bool(lost)
