"""Sections -> forms, entry by entry, so that one wrong entry does not hide the next. Then references between them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from inventory.folders import Sections
from inventory.graph import cycles
from inventory.model import Layer
from inventory.problem import Problem, near_miss
from inventory.schema import CircuitForm, LayerForm, ProfileForm, Slug, TargetForm, TargetId, UnitForm
from inventory.source import YamlMap, problem_at
from inventory.templates import expand
from inventory.validation import choice_hint, parse, shown

MAX_TARGETS = 50_000
"""One daemon watches one province (the largest by estimate: 19,000); beyond this it is a mistake."""

Form = TypeVar("Form", bound=BaseModel)


@dataclass(slots=True)
class Entries:
    """The entries that are right in themselves, and the raw form of all targets."""

    units: dict[str, UnitForm]
    circuits: dict[str, CircuitForm]
    profiles: dict[str, ProfileForm]
    layers: dict[str, LayerForm]
    raw_targets: dict[str, YamlMap]
    targets: dict[str, TargetForm] = field(default_factory=dict)


def read_entries(sections: Sections, problems: list[Problem]) -> Entries:
    """Validate every entry and what it refers to; what is wrong is added to `problems`."""
    units = _section(sections, "units", UnitForm, problems)
    entries = Entries(
        units=units,
        circuits=_section(sections, "circuits", CircuitForm, problems),
        profiles=_section(sections, "profiles", ProfileForm, problems),
        layers=_section(sections, "layers", LayerForm, problems),
        raw_targets=expand(sections.each_unit, units, problems),
    )
    explicit = sections.maps["targets"]
    for target_id, data in explicit.items():
        if not isinstance(data, YamlMap):
            problems.append(_no_mapping(explicit, target_id, under="targets"))
        elif target_id in entries.raw_targets:
            entries.raw_targets[target_id] = data.over(entries.raw_targets[target_id])
        else:
            entries.raw_targets[target_id] = data
    _read_targets(entries, problems, is_complete=sections.complete)
    if sections.complete:
        known_units, known_circuits = sections.maps["units"].keys(), sections.maps["circuits"].keys()
        problems += _dangling(entries, known_units, known_circuits, sections.maps["profiles"].keys())
        problems += _cycle_problems(entries)
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
    return _refused_by(TypeAdapter(TargetId if section == "targets" else Slug), key)


def _refused_by(rule: TypeAdapter[str], key: str) -> tuple[str, str] | None:
    try:
        rule.validate_python(key)
    except ValidationError as error:
        return error.errors()[0]["msg"], ""
    return None


def _no_mapping(section: YamlMap, key: str, *, under: str) -> Problem:
    message = f"cần các cặp 'khóa: giá trị', đang là {shown(section[key])}"
    return problem_at(section, (key,), message, under=under)


def _read_targets(entries: Entries, problems: list[Problem], *, is_complete: bool) -> None:
    raw = entries.raw_targets
    if not raw and is_complete:
        problems.append(
            Problem("danh mục", 1, "targets", "không có đối tượng nào", "thêm targets hoặc each_unit")
        )
    if len(raw) > MAX_TARGETS:
        message = f"{len(raw)} đối tượng, nhiều hơn {MAX_TARGETS}"
        problems.append(
            Problem("danh mục", 1, "targets", message, "chia cho nhiều máy giám sát, mỗi tỉnh một máy")
        )
        return
    rule: TypeAdapter[str] = TypeAdapter(TargetId)
    for target_id, data in raw.items():
        under = f"targets.{target_id}"
        refused = _refused_by(rule, target_id)
        if refused:
            problems.append(problem_at(data, (), refused[0], under=under))
        form = parse(TargetForm, data, under=under)
        if isinstance(form, list):
            problems += form
            continue
        entries.targets[target_id] = form


def _dangling(
    entries: Entries, units: Collection[str], circuits: Collection[str], profiles: Collection[str]
) -> list[Problem]:
    """Return a problem for each reference to what does not exist (not to what exists but is wrong)."""
    found: list[Problem] = []
    for target_id, form in entries.targets.items():
        data, under = entries.raw_targets[target_id], f"targets.{target_id}"

        def miss(path: tuple[str | int, ...], what: str, name: str, names: Collection[str]) -> None:
            hint = near_miss(name, names)
            found.append(problem_at(data, path, f"{what} '{name}'", hint=hint, under=under))  # noqa: B023 (called within this turn)

        if form.unit not in units:
            miss(("unit",), "không có đơn vị mã", form.unit, units)
        if form.profile not in profiles:
            miss(("profile",), "không có mẫu thiết bị (profile)", form.profile, profiles)
        if form.circuit is not None and form.circuit not in circuits:
            miss(("circuit",), "không có kênh truyền (circuit)", form.circuit, circuits)
        for index, need in enumerate(form.depends_on):
            if need not in entries.raw_targets:
                miss(("depends_on", index), "phụ thuộc đối tượng không có", need, entries.raw_targets)
    return found


def _cycle_problems(entries: Entries) -> list[Problem]:
    needs = {target_id: form.depends_on for target_id, form in entries.targets.items()}
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
