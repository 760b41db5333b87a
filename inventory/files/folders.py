"""Folders of YAML files merged into one set of sections. Knows the section names, not their content."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inventory.files.reader import read_document, why_not_opened
from inventory.files.source import Document, Place, YamlList, YamlMap
from inventory.problem import Problem, dotted, near_miss
from inventory.validation import no_mapping, shown

_DEPTHS = {
    "areas": 1,
    "units": 1,
    "circuits": 1,
    "profiles": 1,
    "targets": 1,
    "layers": 1,
    "defaults": 1,
    "calendars": 1,
    "holidays": 2,
    "windows": 1,
    "reported": 1,
    "address_plan": 2,
}
"""Section -> how deep its keys are entries of their own, each to be given once per folder."""
_FIELDWISE = {
    "areas": 1,
    "units": 6,
    "circuits": 1,
    "profiles": 4,
    "targets": 4,
    "layers": 1,
    "calendars": 2,
    "windows": 1,
    "reported": 1,
}
"""Section -> how deep a later folder changes its entries: their fields, or the fields of their checks and each option."""
_LISTS = ("each_unit",)
_NOT_HERE = "để danh bạ ra ngoài thư mục danh mục, ghi tên tệp ở khóa contacts của cấu hình"
_WHERE_PATHS_START = "sửa khóa inventory; đường dẫn tương đối tính từ thư mục của tệp cấu hình"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was read: which of the read paths it is from, its name there, its bytes."""

    root: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Template:
    """One item of `each_unit`: which of the read paths it is from, its dotted path, its content."""

    root: int
    path: str
    data: YamlMap


@dataclass(slots=True)
class Sections:
    """What the files say, merged. `complete` is False when some file could not be read: then references mislead."""

    maps: dict[str, YamlMap]
    root: int = 0
    """Number of the path being read."""
    each_unit: list[Template] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    complete: bool = True
    digest: str = ""
    """SHA-256 over the names and contents of the files, in reading order."""
    files: list[SourceFile] = field(default_factory=list)
    """What was read, to the byte, in reading order."""
    where: str = "danh mục"
    """What a problem of the whole names as its file: the read folders."""

    def unit_names(self) -> dict[str, str]:
        """Return the names of all units by code, "" where there is none (right or wrong, they exist)."""
        units = self.maps["units"]
        return {
            code: str(unit.get("name") or "") if isinstance(unit, YamlMap) else ""
            for code, unit in units.items()
        }


def section_names() -> tuple[str, ...]:
    """Return what may stand at the top of a file."""
    return (*_DEPTHS, *_LISTS)


def read_sections(paths: Sequence[Path]) -> Sections:
    """Read folders (their `*.yaml` in name order) and files, in the given order.

    Within one path an entry is given once. A later path changes the entries of an earlier one field by field.
    """
    merged = Sections({name: YamlMap(Place("", 1)) for name in _DEPTHS})
    digest = hashlib.sha256()
    for root, path in enumerate(paths):
        own = Sections({name: YamlMap(Place("", 1)) for name in _DEPTHS}, root=root, problems=merged.problems)
        for file in _files(path, merged):
            document = read_document(file)
            merged.problems += document.problems
            merged.warnings += document.warnings
            merged.complete &= document.data is not None
            merged.files.append(SourceFile(root, file.name, document.content))
            digest.update(os.fsencode(file.name) + f"\0{len(document.content)}\0".encode() + document.content)
            _add(document, own)
        merged.each_unit += own.each_unit
        for name, section in own.maps.items():
            _overlay(merged.maps[name], section, _DEPTHS[name] + _FIELDWISE.get(name, 0), of=name)
    merged.digest = digest.hexdigest()
    return merged


def _files(path: Path, into: Sections) -> list[Path]:
    if not path.is_dir():
        if not os.path.lexists(path):
            into.problems.append(
                Problem(str(path), 1, "", "không có thư mục hoặc tệp này", _WHERE_PATHS_START)
            )
            into.complete = False
            return []
        return [path]
    try:
        names = sorted(entry.name for entry in os.scandir(path) if not entry.name.startswith("."))
    except OSError as error:
        into.problems.append(Problem(str(path), 1, "", *why_not_opened(error)))
        into.complete = False
        return []
    into.warnings += [
        Problem(str(path / name), 1, "", "tệp này không được đọc", f"đổi tên thành {name[:-4]}.yaml")
        for name in names
        if name.endswith(".yml")
    ]
    return [path / name for name in names if name.endswith(".yaml")]


def _add(document: Document, into: Sections) -> None:
    if document.data is None:
        return
    for name, value in document.data.items():
        place = document.data.places[name]
        if name in _LISTS:
            _add_templates(name, value, place, into)
        elif name not in _DEPTHS:
            hint = near_miss(name, section_names()) or "các phần có thể dùng: " + ", ".join(section_names())
            hint = _NOT_HERE if name == "contacts" else hint
            into.problems.append(Problem(*place, name, "không có phần này", hint))
        elif value is None:
            continue
        elif not isinstance(value, YamlMap):
            into.problems.append(Problem(*place, name, *no_mapping(value)))
        else:
            _merge_once(into.maps[name], value, _DEPTHS[name], (name,), into.problems)


def _add_templates(name: str, value: object, place: Place, into: Sections) -> None:
    if value is None:
        return
    if not isinstance(value, YamlList):
        message = f"cần danh sách, đang là {shown(value)}"
        into.problems.append(Problem(*place, name, message, "mỗi mục bắt đầu bằng '- select:'"))
        return
    for index, item in enumerate(value):
        if isinstance(item, YamlMap):
            into.each_unit.append(Template(into.root, dotted((name, index)), item))
        else:
            into.problems.append(Problem(*value.places[index], dotted((name, index)), *no_mapping(item)))


def _merge_once(
    base: YamlMap, more: YamlMap, depth: int, path: tuple[str, ...], problems: list[Problem]
) -> None:
    """Add `more` to `base`; an entry that is there already is a problem."""
    for key, value in more.items():
        place = more.places[key]
        if key not in base:
            # A copy where we will add to it: the same mapping may stand elsewhere by an alias.
            base.put(key, value.over(YamlMap(value.place)) if isinstance(value, YamlMap) else value, place)
        elif depth > 1 and isinstance(value, YamlMap) and isinstance(base[key], YamlMap):
            _merge_once(base[key], value, depth - 1, (*path, key), problems)
        else:
            first = base.places[key]
            message = f"đã khai báo ở {first.file}:{first.line}"
            problems.append(Problem(*place, dotted((*path, key)), message, "xóa một trong hai"))


def _overlay(base: YamlMap, more: YamlMap, depth: int, *, of: str) -> None:
    """Put `more` over `base`, joining mappings down to `depth`; `of` is the key they stand at.

    A check of another kind shares nothing with the old one. The limits of a metric are joined like all fields.
    """
    for key, value in more.items():
        below = base.get(key)
        if (
            depth > 1
            and isinstance(value, YamlMap)
            and isinstance(below, YamlMap)
            and not (of == "checks" and value.get("kind", below.get("kind")) != below.get("kind"))
        ):
            # A copy: the same mapping may stand elsewhere by an alias.
            joined = below.over(YamlMap(below.place))
            _overlay(joined, value, depth - (key != "thresholds"), of=key)
            base.put(key, joined, more.places[key])
        else:
            base.put(key, value, more.places[key])
