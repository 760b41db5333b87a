"""Sections -> forms, entry by entry, so that one wrong entry does not hide the next. Then references between them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from inventory.files.folders import Sections
from inventory.files.source import Place, YamlMap, problem_at
from inventory.graph import cycles
from inventory.inheritance import UnitSays, over_target
from inventory.model import PROVINCE, Layer
from inventory.names import near_id, unit_hint
from inventory.problem import Problem, near_miss
from inventory.roles import near_profile, role_in, usual_profiles
from inventory.schema import (
    AreaForm,
    CircuitForm,
    LayerForm,
    ProfileForm,
    Slug,
    TargetForm,
    TargetId,
    TimingForm,
    UnitForm,
    UnitProfileForm,
)
from inventory.templates import MAX_TARGETS, expand
from inventory.validation import choice_hint, no_mapping, parse

Form = TypeVar("Form", bound=BaseModel)
# Made once: making one costs more than a thousand uses.
_TARGET_ID: Final[TypeAdapter[str]] = TypeAdapter(TargetId)
_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)
_TARGET_REFERENCES = {
    "depends_on": "phụ thuộc đối tượng không có",
    "powered_by": "được cấp nguồn từ đối tượng không có",
}


@dataclass(slots=True)
class Entries:
    """The entries that are right in themselves, and the raw form of all targets."""

    areas: dict[str, AreaForm]
    units: dict[str, UnitForm]
    circuits: dict[str, CircuitForm]
    profiles: dict[str, ProfileForm]
    layers: dict[str, LayerForm]
    raw_targets: dict[str, YamlMap]
    has_all_targets: bool
    """Whether what is not in `raw_targets` does not exist."""
    defaults: YamlMap = field(default_factory=lambda: YamlMap(Place("", 1)))
    """Empty when the section is wrong: said once, not again for each check that would inherit it."""
    unit_says: dict[str, UnitSays] = field(default_factory=dict)
    """What units say of the checks of their targets; those that say nothing are absent."""
    targets: dict[str, TargetForm] = field(default_factory=dict)


def read_entries(sections: Sections, problems: list[Problem], warnings: list[Problem]) -> Entries:
    """Validate every entry and what it refers to; adds to `problems` and `warnings`."""
    found_before = len(problems)
    units = _section(sections, "units", UnitForm, problems)
    raw_targets = expand(sections.each_unit, units, problems, warnings)
    entries = Entries(
        areas=_section(sections, "areas", AreaForm, problems),
        units=units,
        raw_targets=raw_targets,
        # A wrong unit or template makes no targets: then their absence is nobody's mistake.
        has_all_targets=sections.complete and len(problems) == found_before,
        circuits=_section(sections, "circuits", CircuitForm, problems),
        profiles=_section(sections, "profiles", ProfileForm, problems),
        layers=_section(sections, "layers", LayerForm, problems),
    )
    explicit = sections.maps["targets"]
    for target_id, data in explicit.items():
        if not isinstance(data, YamlMap):
            problems.append(_no_mapping(explicit, target_id, under="targets"))
        elif target_id in raw_targets:
            raw_targets[target_id] = over_target(data, raw_targets[target_id])
        elif entries.has_all_targets or "profile" in data:
            raw_targets[target_id] = data
    _read_targets(entries, problems, where=sections.where)
    _read_levels(entries, sections, problems)
    if sections.complete:
        problems += [*_strange_areas(sections), *_dangling(entries, sections)]
    problems += [*_cycle_problems(entries), *_self_powered(entries)]
    return entries


def _section(sections: Sections, name: str, model: type[Form], problems: list[Problem]) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    section = sections.maps[name]
    for key, data in section.items():
        wrong = _key_problem(name, key)
        if wrong:
            message, hint = wrong
            problems.append(problem_at(section, (key,), message, hint=hint, under=name))
        if not isinstance(data, YamlMap):
            problems.append(_no_mapping(section, key, under=name))
            continue
        form = parse(model, data, under=f"{name}.{key}")
        if isinstance(form, list):
            problems += form
        else:
            forms[key] = form
    return forms


def _key_problem(section: str, key: str) -> tuple[str, str] | None:
    if section == "layers":
        layers = [layer.value for layer in Layer]
        return None if key in layers else (f"không có lớp '{key}'", choice_hint(key, layers))
    return _refused_by(_TARGET_ID if section == "targets" else _SLUG, key)


def _refused_by(rule: TypeAdapter[str], key: str) -> tuple[str, str] | None:
    try:
        rule.validate_python(key)
    except ValidationError as error:
        return error.errors()[0]["msg"], ""
    return None


def _no_mapping(section: YamlMap, key: str, *, under: str) -> Problem:
    message, hint = no_mapping(section[key])
    if under == "layers":
        hint = f"viết {key}: {{enabled: false}} để tắt cả lớp"
    return problem_at(section, (key,), message, hint=hint, under=under)


def _read_targets(entries: Entries, problems: list[Problem], *, where: str) -> None:
    raw = entries.raw_targets
    if not raw and entries.has_all_targets and not problems:
        problems.append(Problem(where, 1, "targets", "không có đối tượng nào", "thêm targets hoặc each_unit"))
    if len(raw) > MAX_TARGETS:
        message = f"{len(raw)} đối tượng, nhiều hơn {MAX_TARGETS}"
        problems.append(
            Problem(where, 1, "targets", message, "chia cho nhiều máy giám sát, mỗi tỉnh một máy")
        )
        return
    for target_id, data in raw.items():
        under = f"targets.{target_id}"
        refused = _refused_by(_TARGET_ID, target_id)
        if refused:
            problems.append(problem_at(data, (), refused[0], under=under))
        form = parse(TargetForm, data, under=under)
        if isinstance(form, list):
            problems += form
            continue
        entries.targets[target_id] = form


def _read_levels(entries: Entries, sections: Sections, problems: list[Problem]) -> None:
    """Read `defaults`, and what units say of the checks of their targets."""
    defaults = sections.maps["defaults"]
    if _is_right(TimingForm, defaults, "defaults", problems):
        entries.defaults = defaults
    known = sections.maps["profiles"]
    for code in entries.units:
        unit: YamlMap = sections.maps["units"][code]
        own: YamlMap = unit.get("defaults") or YamlMap(unit.place)
        versions: YamlMap = unit.get("profiles") or YamlMap(unit.place)
        if not own and not versions:
            continue
        under = f"units.{code}.profiles"
        if sections.complete:
            for profile in versions.keys() - known.keys():
                message = f"không có mẫu thiết bị (profile) '{profile}'"
                hint = near_miss(profile, known) or "chọn một trong: " + ", ".join(sorted(known))
                problems.append(problem_at(versions, (profile,), message, hint=hint, under=under))
        is_right = bool(own) and _is_right(TimingForm, own, f"units.{code}.defaults", problems)
        right = {
            profile: data
            for profile, data in versions.items()
            if _is_right(UnitProfileForm, data, f"{under}.{profile}", problems)
            and profile in entries.profiles
        }
        entries.unit_says[code] = UnitSays(own if is_right else None, right)


def _is_right(model: type[BaseModel], data: YamlMap, under: str, problems: list[Problem]) -> bool:
    form = parse(model, data, under=under)
    if isinstance(form, list):
        problems += form
    return not isinstance(form, list)


def _strange_areas(sections: Sections) -> list[Problem]:
    """Return a problem for each area that is not declared, at its first unit, and for one that is declared in vain."""
    areas = sections.maps["areas"]
    found = []
    if PROVINCE in areas:
        message = f"'{PROVINCE}' có sẵn cho cơ quan cấp tỉnh"
        found.append(problem_at(areas, (PROVINCE,), message, hint="bỏ dòng này", under="areas"))
    strangers: dict[str, list[str]] = {}
    units = sections.maps["units"]
    for code, data in units.items():
        area = data.get("area") if isinstance(data, YamlMap) else None
        if isinstance(area, str) and area not in areas and area != PROVINCE:
            strangers.setdefault(area, []).append(code)
    for area, (code, *others) in strangers.items():
        message = f"không có địa bàn '{area}'" + (f" (và {len(others)} đơn vị khác)" if others else "")
        hint = near_miss(area, [*areas, PROVINCE]) or f"khai báo trong areas: {{{area}: {{name: ...}}}}"
        found.append(problem_at(units[code], ("area",), message, hint=hint, under=f"units.{code}"))
    return found


def _dangling(entries: Entries, sections: Sections) -> list[Problem]:
    """Return a problem for each reference to what does not exist (not to what exists but is wrong).

    Reads the raw targets: one that is wrong elsewhere has its references checked all the same.
    """
    kinds = {
        "unit": ("không có đơn vị mã", sections.maps["units"].keys()),
        "profile": ("không có mẫu thiết bị (profile)", sections.maps["profiles"].keys()),
        "circuit": ("không có kênh truyền (circuit)", sections.maps["circuits"].keys()),
    }
    found = []
    # Each once: when one file is gone, thousands refer to the few names that were in it.
    hints: dict[tuple[str | int, ...], str] = {}
    profile_of_role = usual_profiles(
        {id_: str(data.get("profile")) for id_, data in entries.raw_targets.items()}, kinds["profile"][1]
    )
    for target_id, data in entries.raw_targets.items():
        references: list[tuple[tuple[str | int, ...], object, str, Collection[str]]] = [
            ((key,), data.get(key), *kind) for key, kind in kinds.items()
        ]
        references += [
            ((key, index), need, what, entries.raw_targets.keys())
            for key, what in _TARGET_REFERENCES.items()
            for index, need in enumerate(_needs(data, key) if entries.has_all_targets else ())
        ]
        for path, name, what, names in references:
            if isinstance(name, (str, int)) and not isinstance(name, bool) and str(name) not in names:
                key, role, asked = path[0], role_in(target_id), str(name)
                own = (key, asked, role) if key == "profile" else (key, asked)
                if own not in hints:
                    usual = profile_of_role.get(role, "") if key == "profile" else ""
                    hints[own] = near_profile(asked, names, usual) if usual else ""
                    hints[own] = hints[own] or _reference_hint(key, asked, names, sections)
                hint = (_own_unit_hint(target_id, sections) if key == "unit" else "") or hints[own]
                found.append(
                    problem_at(data, path, f"{what} '{name}'", hint=hint, under=f"targets.{target_id}")
                )
    return found


def _own_unit_hint(target_id: str, sections: Sections) -> str:
    """Return the question whether the commune whose code begins a target's id is meant, "" when there is none."""
    code = target_id.partition(".")[0]
    if not code.isdigit() or code not in sections.maps["units"]:
        return ""
    unit = sections.maps["units"][code]
    name = unit.get("name") if isinstance(unit, YamlMap) else None
    return f"có phải '{code}' ({name})?" if name else f"có phải '{code}'?"


def _reference_hint(key: str | int, name: str, names: Collection[str], sections: Sections) -> str:
    """Return what may be meant, else what can be done."""
    match key:
        case "unit":
            return unit_hint(name, sections.unit_names()) or "khai báo trong units, hoặc sửa mã"
        case "depends_on" | "powered_by":
            return near_id(name, names) or "sửa mã, hoặc bỏ dòng này"
        case "circuit":
            return near_miss(name, names) or f"khai báo trong circuits: {{{name}: {{provider: ...}}}}"
        case _:
            return near_miss(name, names) or "chọn một trong: " + ", ".join(sorted(names))


def _self_powered(entries: Entries) -> list[Problem]:
    message, hint = "đối tượng tự cấp nguồn cho chính nó", "ghi mã của UPS, hoặc bỏ dòng này"
    return [
        problem_at(
            data, ("powered_by", ups.index(target_id)), message, hint=hint, under=f"targets.{target_id}"
        )
        for target_id, data in entries.raw_targets.items()
        if target_id in (ups := _needs(data, "powered_by"))
    ]


def _needs(data: YamlMap, key: str = "depends_on") -> list[str]:
    """Return the target ids of a key as far as it is a list of texts."""
    needs = data.get(key)
    return needs if isinstance(needs, list) and all(isinstance(need, str) for need in needs) else []


def _cycle_problems(entries: Entries) -> list[Problem]:
    needs = {target_id: _needs(data) for target_id, data in entries.raw_targets.items()}
    found = []
    for ring in cycles(needs):
        first, second = ring[0], ring[1]
        path = ("depends_on", needs[first].index(second))
        if first == second:
            message = "đối tượng phụ thuộc chính nó"
        else:
            message = "phụ thuộc vòng tròn: " + " → ".join(ring)
        hint = "bỏ một phụ thuộc trong vòng" if first != second else "bỏ dòng này"
        found.append(
            problem_at(entries.raw_targets[first], path, message, hint=hint, under=f"targets.{first}")
        )
    return found
