"""The published schema accepts every shipped file and underlines what is wrong in form."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import inventory
from inventory.files.folders import section_names
from inventory.files.reader import read_document
from inventory.json_schema import DRAFT, form_schema, inventory_schema
from monitor.settings.settings import Settings
from probes.kinds import KINDS

FOLDER = Path(__file__).parent
PACKAGE = Path(inventory.__file__).parent
SHIPPED = (
    *sorted((PACKAGE / "profiles").glob("*.yaml")),
    *sorted((PACKAGE / "quangngai").glob("*.yaml")),
    *sorted((FOLDER.parents[1] / "monitor" / "demo" / "overlay").glob("*.yaml")),
    FOLDER / "base.yaml",
)
FORM_ERRORS = [
    "01-unknown-key",
    "02-unknown-section",
    "07-unknown-kind",
    "10-metric-name",
    "16-target-id",
    "17-target-id-too-long",
    "18-interval-zero",
    "19-interval-negative",
    "20-interval-huge",
    "31-equipped",
    "32-truth",
    "33-numbers-that-are-none",
    "34-name-is-a-number",
    "45-template-placeholder",
    "46-template-select",
    "50-layer",
    "62-list",
    "75-bandwidth",
]
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
UNDERSTOOD = {
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "default",
    "type",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minProperties",
    "items",
    "minItems",
    "maxItems",
    "anyOf",
    "allOf",
    "if",
    "then",
    "const",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "prefixItems",
    "examples",
    "format",
}


@cache
def whole() -> dict[str, Any]:
    return inventory_schema(KINDS)


def fits(schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None) -> bool:
    """Whether `value` is valid: the part of draft 2020-12 that our schemas use, no more."""
    root = root or whole()
    assert set(schema) <= UNDERSTOOD, set(schema) - UNDERSTOOD
    return (
        all(fits(part, value, root) for part in demanded(schema, value, root))
        and ("anyOf" not in schema or any(fits(part, value, root) for part in schema["anyOf"]))
        and ("type" not in schema or is_a(schema["type"], value))
        and ("const" not in schema or value == schema["const"])
        and ("enum" not in schema or value in schema["enum"])
        and own_rules_fit(schema, value, root)
    )


def demanded(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the other schemas that `value` has to fit too."""
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(root["$defs"][schema["$ref"].rpartition("/")[2]])
    if "if" in schema and fits(schema["if"], value, root):
        parts.append(schema["then"])
    return parts


def own_rules_fit(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    if isinstance(value, dict):
        return object_fits(schema, value, root)
    if isinstance(value, list):
        return schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9) and all(
            fits(schema.get("items", {}), item, root) for item in value
        )
    return scalar_fits(schema, value)


def is_a(name: str, value: Any) -> bool:
    return isinstance(value, JSON_TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def object_fits(schema: dict[str, Any], value: dict[str, Any], root: dict[str, Any]) -> bool:
    if not set(schema.get("required", ())) <= value.keys() or len(value) < schema.get("minProperties", 0):
        return False
    for key, item in value.items():
        parts = [schema["properties"][key]] if key in schema.get("properties", {}) else []
        parts += [s for pattern, s in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        if not parts:
            others = schema.get("additionalProperties", True)
            if others is False:
                return False
            parts = [others] if isinstance(others, dict) else []
        if not all(fits(part, item, root) for part in parts):
            return False
    return True


def scalar_fits(schema: dict[str, Any], value: Any) -> bool:
    if isinstance(value, str):
        is_long_enough: bool = len(value) >= schema.get("minLength", 0)
        is_short_enough: bool = len(value) <= schema.get("maxLength", 10**9)
        return is_long_enough and is_short_enough and re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_at_least: bool = schema.get("minimum", value) <= value <= schema.get("maximum", value)
        is_beyond: bool = schema.get("exclusiveMinimum", value - 1) < value
        return is_at_least and is_beyond
    return True


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_accepts_every_shipped_file(file: Path) -> None:
    data = read_document(file).data

    assert data
    for section, value in data.items():
        assert fits(whole()["properties"][section], value), section


@pytest.mark.parametrize("name", FORM_ERRORS)
def test_rejects_what_is_wrong_in_form(name: str) -> None:
    assert not fits(whole(), read_document(FOLDER / "bad" / f"{name}.yaml").data)


@pytest.mark.parametrize(
    "text",
    [
        "targets:\n",
        "targets: {gw: {enabled: false}}",
        "targets: {a: {checks: {s: {options: {community_secret: x}}}}}",
        "targets: {a: {checks: {s: {kind: snmp, options: {version: 3, user: a}}}}}",
        "circuits: {a: {provider: VNPT, contract_code: 12345, hotline: 0912}}",
        'each_unit: [{select: {kind: [xã]}, targets: {"{code}.cpe": {name: "CPE {name}", profile: x}}}]',
        "address_plan: {ranges: [10.51.0.0/16], hosts: {cpe: 1}}",
        "units: {21484: {defaults: {interval_s: 30}, profiles: {kiosk: {checks: {icmp: {interval_s: 30}}}}}}",
    ],
)
def test_accepts_what_another_file_finishes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)

    assert fits(whole(), read_document(file).data)


@pytest.mark.parametrize(
    "text",
    [
        "targets: {a: {checks: {i: {kind: icmp, options: {port: 5}}}}}",
        "units: {21484: {defaults: {interval: 30}}}",
        "units: {21484: {profiles: {kiosk: {cheks: {}}}}}",
        'each_unit: [{select: {}, targets: {cpe: {name: "CPE {name}"}}}]',
        "address_plan: {hosts: {cpe: 0}}",
    ],
)
def test_options_and_inherited_parts_are_underlined_too(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)

    assert not fits(whole(), read_document(file).data)


def test_describes_every_section_and_every_kind() -> None:
    assert set(whole()["properties"]) == set(section_names())
    assert [
        rule["if"]["properties"]["kind"]["const"] for rule in whole()["$defs"]["CheckForm"]["allOf"]
    ] == list(KINDS)


def test_every_reference_leads_somewhere() -> None:
    for schema in (whole(), form_schema(Settings, "cấu hình")):
        for name in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)):
            assert name in schema["$defs"]


def test_the_settings_have_a_schema_too(tmp_path: Path) -> None:
    schema = form_schema(Settings, "cấu hình")
    good = {"province": "Quảng Ngãi", "inventory": ["danh-muc"], "state_dir": "state", "lanes": {"icmp": 5}}

    assert schema["$schema"] == DRAFT
    assert fits(schema, good, schema)
    assert not fits(schema, good | {"web": {"port": 70_000}}, schema)
    assert not fits(schema, good | {"provinc": "x"}, schema)
    assert not fits(schema, {"province": "x"}, schema)
