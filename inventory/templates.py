"""`each_unit`: one block that stands for the same targets in many units. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from inventory.problem import Problem, near_miss
from inventory.schema import SelectForm, TemplateForm, UnitForm
from inventory.source import Place, YamlList, YamlMap, problem_at
from inventory.validation import parse

_PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")


def expand(
    templates: list[tuple[str, YamlMap]], units: Mapping[str, UnitForm], problems: list[Problem]
) -> dict[str, YamlMap]:
    """Return the raw targets that the templates make, by id; what is wrong is added to `problems`."""
    made: dict[str, YamlMap] = {}
    for path, data in templates:
        form = parse(TemplateForm, data, under=path)
        if isinstance(form, list):
            problems += form
            continue
        wrong = [
            *_wrong_placeholders(data["targets"], path),
            *_wrong_values(form.select, data, path, units),
        ]
        problems += wrong
        if wrong:
            continue
        chosen = [code for code, unit in units.items() if _is_selected(form.select, code, unit)]
        if not chosen and units:
            problems.append(problem_at(data, ("select",), "không có đơn vị nào khớp", under=path))
        for code in chosen:
            for name, target in data["targets"].items():
                _make(name, target, code=code, unit=units[code], made=made, problems=problems, data=data)
    return made


def _make(
    name: str,
    target: YamlMap,
    *,
    code: str,
    unit: UnitForm,
    made: dict[str, YamlMap],
    problems: list[Problem],
    data: YamlMap,
) -> None:
    """Add one unit's target to `made`."""
    words = {"code": code, "name": unit.name}
    target_id = _fill(name, words)
    place: Place = data["targets"].places[name]
    if target_id in made:
        first = made[target_id].place
        message = f"đã có mẫu khác tạo ra đối tượng này ({first.file}:{first.line})"
        problems.append(Problem(*place, f"targets.{target_id}", message, "xóa một trong hai"))
        return
    filled = _filled(target, words)
    filled.place = place
    if "unit" not in filled:
        filled.put("unit", code, place)
    made[target_id] = filled


def _is_selected(select: SelectForm, code: str, unit: UnitForm) -> bool:
    pairs = (
        (select.code, code),
        (select.kind, unit.kind),
        (select.area, unit.area),
        (select.former_district, unit.former_district),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def _wrong_values(
    select: SelectForm, data: YamlMap, path: str, units: Mapping[str, UnitForm]
) -> list[Problem]:
    known = {
        "code": set(units),
        "kind": {unit.kind for unit in units.values()},
        "area": {unit.area for unit in units.values()},
        "former_district": {unit.former_district for unit in units.values()},
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
            # {address} belongs to the check's own address template.
            if word not in {"code", "name", "address"}
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
