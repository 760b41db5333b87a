"""Names that calendars' users and windows give: each must exist. Pure."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any

from inventory.entries import Entries
from inventory.files.folders import Sections
from inventory.files.source import YamlMap, problem_at
from inventory.model import ALWAYS, PROVINCE, Inventory
from inventory.names import near_id, unit_hint
from inventory.problem import Problem, near_miss
from inventory.validation import shown

_KINDS = {
    "targets": "không có đối tượng mã",
    "units": "không có đơn vị mã",
    "areas": "không có địa bàn",
    "former_districts": "không đơn vị nào thuộc huyện (cũ)",
    "circuits": "không có kênh truyền (circuit)",
    "providers": "không có kênh truyền nào của nhà mạng",
    "tags": "không đối tượng nào có nhãn",
}


def unknown_names(sections: Sections, entries: Entries) -> list[Problem]:
    """Return a problem for each calendar that is named and not declared, and each name in a `select` that nothing has."""
    if not sections.complete:
        return []
    return [*_unknown_calendars(sections, entries), *_unknown_selected(sections, entries)]


def empty_selections(sections: Sections, inventory: Inventory) -> list[Problem]:
    """Return a problem for each window that is for no target: a mistake that silences nothing."""
    section = sections.maps["windows"]
    used = set(chain.from_iterable(inventory.windows_of.values()))
    return [
        problem_at(
            section,
            (window.id, "select"),
            "không đối tượng nào được chọn",
            hint="mỗi khóa thêm một điều kiện, phải thỏa mọi khóa; bớt khóa hoặc tách thành hai đợt",
            under="windows",
        )
        for window in inventory.windows.values()
        if window.id not in used
    ]


def _unknown_calendars(sections: Sections, entries: Entries) -> list[Problem]:
    names = [ALWAYS, *sections.maps["calendars"]]
    found: list[Problem] = []
    for data, path, under in _calendar_users(sections, entries.raw_targets):
        name: Any = data
        for key in path:
            name = name[key]
        if isinstance(name, str) and name not in names:
            message = f"không có lịch {shown(name)}"
            hint = near_miss(name, names) or "chọn một trong: " + ", ".join(names)
            found.append(problem_at(data, path, message, hint=hint, under=under))
    return found


def _calendar_users(
    sections: Sections, targets: Mapping[str, YamlMap]
) -> Iterator[tuple[YamlMap, tuple[str, ...], str]]:
    """Yield (mapping, path in it, dotted path of the mapping) of every key `calendar`."""
    maps = sections.maps
    if "calendar" in maps["defaults"]:
        yield maps["defaults"], ("calendar",), "defaults"
    for name, profile in maps["profiles"].items():
        yield from _in_profile(profile, f"profiles.{name}")
    for code, unit in maps["units"].items():
        if not isinstance(unit, YamlMap):
            continue
        if isinstance(unit.get("defaults"), YamlMap) and "calendar" in unit["defaults"]:
            yield unit, ("defaults", "calendar"), f"units.{code}"
        if isinstance(unit.get("profiles"), YamlMap):
            for name, profile in unit["profiles"].items():
                yield from _in_profile(profile, f"units.{code}.profiles.{name}")
    for target_id, target in targets.items():
        yield from _in_profile(target, f"targets.{target_id}")


def _in_profile(data: object, under: str) -> Iterator[tuple[YamlMap, tuple[str, ...], str]]:
    """Yield the keys `calendar` at the top and in the checks."""
    if not isinstance(data, YamlMap):
        return
    if "calendar" in data:
        yield data, ("calendar",), under
    checks = data.get("checks")
    if isinstance(checks, YamlMap):
        for label, check in checks.items():
            if isinstance(check, YamlMap) and "calendar" in check:
                yield data, ("checks", label, "calendar"), under


def _unknown_selected(sections: Sections, entries: Entries) -> list[Problem]:
    section = sections.maps["windows"]
    if not section:
        return []
    names = _names(sections, entries)
    found = []
    for key, window in section.items():
        select = window.get("select") if isinstance(window, YamlMap) else None
        if not isinstance(select, YamlMap):
            continue
        for kind, known in names.items():
            values = select.get(kind)
            for index, value in enumerate(values if isinstance(values, list) else ()):
                if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) not in known:
                    message = f"{_KINDS[kind]} {shown(str(value))}"
                    hint = _hint(kind, str(value), known, sections)
                    path = (key, "select", kind, index)
                    found.append(problem_at(section, path, message, hint=hint, under="windows"))
    return found


def _names(sections: Sections, entries: Entries) -> dict[str, Collection[str]]:
    """Return what exists, by the key of `select`; what cannot be known for other mistakes is left out."""
    maps = sections.maps
    names: dict[str, Collection[str]] = {
        "units": maps["units"].keys(),
        "areas": {*maps["areas"], PROVINCE},
        "former_districts": _texts(maps["units"], "former_district"),
        "circuits": maps["circuits"].keys(),
        "providers": _texts(maps["circuits"], "provider"),
    }
    if entries.has_all_targets:
        tags = (target.get("tags") for target in entries.raw_targets.values())
        names["targets"] = entries.raw_targets.keys()
        names["tags"] = {str(tag) for tag in chain.from_iterable(t for t in tags if isinstance(t, list))}
    return names


def _texts(section: YamlMap, key: str) -> set[str]:
    return {str(entry[key]) for entry in section.values() if isinstance(entry, YamlMap) and entry.get(key)}


def _hint(kind: str, value: str, known: Collection[str], sections: Sections) -> str:
    match kind:
        case "units":
            return unit_hint(value, sections.unit_names()) or "sửa mã, hoặc bỏ dòng này"
        case "targets":
            return near_id(value, known) or "sửa mã, hoặc bỏ dòng này"
        case _:
            listed = ", ".join(sorted(known))
            return near_miss(value, known) or (f"các tên có: {listed}" if listed else "bỏ điều kiện này")
