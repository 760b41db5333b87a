"""`each_unit`: one block that stands for the same targets in many units. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from inventory.files.folders import Template
from inventory.files.source import Place, YamlList, YamlMap, problem_at
from inventory.inheritance import over_target
from inventory.problem import Problem, near_miss
from inventory.schema import SelectForm, TemplateForm, UnitForm
from inventory.validation import parse

MAX_TARGETS = 50_000
"""One daemon watches one province (the largest by estimate: 19,000); beyond this it is a mistake."""
_PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")


def expand(
    templates: Sequence[Template],
    units: Mapping[str, UnitForm],
    problems: list[Problem],
    warnings: list[Problem],
) -> dict[str, YamlMap]:
    """Return the raw targets that the templates make, by id; adds to `problems` and `warnings`.

    A template of a later path changes what one of an earlier path made, field by field.
    """
    made: dict[str, tuple[int, YamlMap]] = {}
    for template in templates:
        data = template.data
        form = parse(TemplateForm, data, under=template.path)
        if isinstance(form, list):
            problems += form
            continue
        wrong = _wrong_placeholders(data["targets"], template.path)
        problems += wrong
        if wrong:
            continue
        chosen = [code for code, unit in units.items() if _is_selected(form.select, code, unit)]
        if not chosen and units:
            problems.append(problem_at(data, ("select",), "không có đơn vị nào khớp", under=template.path))
        else:
            warnings += _idle_values(form.select, data, template.path, units)
        if len(made) + len(chosen) * len(data["targets"]) > MAX_TARGETS:
            message = f"tạo ra hơn {MAX_TARGETS} đối tượng"
            hint = "chia cho nhiều máy giám sát, mỗi tỉnh một máy"
            problems.append(problem_at(data, ("targets",), message, hint=hint, under=template.path))
            break
        for code in chosen:
            _make(template, code, units[code], made, problems)
    return {target_id: target for target_id, (_, target) in made.items()}


def _make(
    template: Template,
    code: str,
    unit: UnitForm,
    made: dict[str, tuple[int, YamlMap]],
    problems: list[Problem],
) -> None:
    """Add one unit's targets to `made`."""
    words = {"code": code, "name": unit.name}
    targets: YamlMap = template.data["targets"]
    for name, target in targets.items():
        target_id, place = _fill(name, words), targets.places[name]
        filled = _filled(target, words)
        filled.place = place
        if "unit" not in filled:
            filled.put("unit", code, place)
        root, below = made.get(target_id, (-1, YamlMap(place)))
        if root == template.root:
            message = f"đã có mẫu khác tạo ra đối tượng này ({below.place.file}:{below.place.line})"
            problems.append(Problem(*place, f"targets.{target_id}", message, "xóa một trong hai"))
            continue
        made[target_id] = (template.root, over_target(filled, below))


def _is_selected(select: SelectForm, code: str, unit: UnitForm) -> bool:
    pairs = (
        (select.code, code),
        (select.kind, unit.kind),
        (select.area, unit.area),
        (select.former_district, unit.former_district),
        (select.former_province, unit.former_province),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def _idle_values(
    select: SelectForm, data: YamlMap, path: str, units: Mapping[str, UnitForm]
) -> list[Problem]:
    """Return a warning for each value that no unit has: perhaps there is none, perhaps it is a slip."""
    known: dict[str, set[str]] = {
        "code": set(units),
        "kind": {unit.kind for unit in units.values()},
        "area": {unit.area for unit in units.values()},
        "former_district": {unit.former_district for unit in units.values()},
        "former_province": {unit.former_province for unit in units.values()},
    }
    return [
        problem_at(
            data,
            ("select", key, index),
            f"không có đơn vị nào có {key} là '{value}'",
            hint=near_miss(value, values),
            under=path,
        )
        for key, values in known.items()
        for index, value in enumerate(getattr(select, key))
        if value not in values and units
    ]


def _wrong_placeholders(targets: YamlMap, path: str) -> list[Problem]:
    found = []
    for name, target in targets.items():
        where = f"{path}.targets.{name}"
        place: Place = targets.places[name]
        if "{code}" not in name:
            found.append(
                Problem(*place, where, "mã đối tượng trong mẫu phải có {code}", 'ví dụ "{code}.cpe"')
            )
        texts = [(place, name), *_texts(target, place)]
        found += [
            Problem(*at, where, f"không có chỗ thay {{{word}}}", "dùng {code} hoặc {name}")
            for at, text in texts
            for word in _PLACEHOLDER.findall(text)
            # {address} and {target} belong to the check's own address template.
            if word not in {"code", "name", "address", "target"}
        ]
    return found


def _texts(value: object, place: Place) -> list[tuple[Place, str]]:
    if isinstance(value, str):
        return [(place, value)]
    if isinstance(value, YamlMap):
        return [text for key, item in value.items() for text in _texts(item, value.places[key])]
    if isinstance(value, YamlList):
        return [text for index, item in enumerate(value) for text in _texts(item, value.places[index])]
    return []


def _fill(text: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), text)


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill(value, words)
    if isinstance(value, YamlMap):
        mapping = YamlMap(value.place)
        for key, item in value.items():
            mapping.put(key, _filled(item, words), value.places[key])
        return mapping
    if isinstance(value, YamlList):
        items = YamlList(value.place)
        items.extend(_filled(item, words) for item in value)
        items.places = value.places
        return items
    return value
