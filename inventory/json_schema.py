"""The inventory's form as a JSON Schema (draft 2020-12), for editors that complete and underline. Pure.

It describes one file, not the whole: an entry may be finished by another file or folder, so nothing is required of
entries, and what refers to another entry is a plain text.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from inventory.equipment.reported import ReportedForm
from inventory.schema import (
    AddressPlanForm,
    AreaForm,
    CheckForm,
    CircuitForm,
    LayerForm,
    ProfileForm,
    TargetForm,
    TemplateForm,
    TimingForm,
    UnitForm,
    UnitProfileForm,
)
from inventory.times.forms import CalendarForm, HolidaysForm, WindowForm
from probes.field_docs import DescribedSchema
from probes.kind import Kind

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_SLUG: Final = "^[a-z0-9][a-z0-9-]{0,31}$"
_TARGET_ID: Final = "^[a-z0-9][a-z0-9.-]{0,63}$"
_TEMPLATE_ID: Final = r"^[a-z0-9.{}-]*\{code\}[a-z0-9.{}-]*$"
_ENTRIES: Final[Mapping[str, tuple[str, type[BaseModel]]]] = {
    "areas": (_SLUG, AreaForm),
    "units": (_SLUG, UnitForm),
    "circuits": (_SLUG, CircuitForm),
    "profiles": (_SLUG, ProfileForm),
    "targets": (_TARGET_ID, TargetForm),
    "layers": ("^[a-z]+$", LayerForm),
    "calendars": (_SLUG, CalendarForm),
    "windows": (_SLUG, WindowForm),
    "reported": (_SLUG, ReportedForm),
}
"""Section of entries -> what their ids look like, their form."""
_SINGLE: Final[Mapping[str, type[BaseModel]]] = {
    "defaults": TimingForm,
    "holidays": HolidaysForm,
    "address_plan": AddressPlanForm,
}
_LISTED: Final = (TemplateForm, UnitProfileForm, CheckForm)
_NULLABLE: Final = {"type": "null"}


def inventory_schema(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Return the schema of one file; the options of a check follow its `kind`."""
    forms: list[type[BaseModel]] = [*(form for _, form in _ENTRIES.values()), *_SINGLE.values(), *_LISTED]
    definitions = _definitions([*forms, *(kind.options for kind in kinds.values())])
    for form in forms:
        if form is not TemplateForm:
            definitions[form.__name__].pop("required", None)
    _link_checks(definitions, kinds)
    properties: dict[str, Any] = {
        name: _or_empty(_entries(pattern, form.__name__)) for name, (pattern, form) in _ENTRIES.items()
    }
    properties |= {name: _or_empty(_reference(form.__name__)) for name, form in _SINGLE.items()}
    properties["each_unit"] = _or_empty({"type": "array", "items": _reference("TemplateForm")})
    return {
        "$schema": DRAFT,
        "title": "tslcd-monitor: danh mục",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def form_schema(form: type[BaseModel], title: str) -> dict[str, Any]:
    """Return the schema of a file that is one form, for example the settings."""
    schema = form.model_json_schema(schema_generator=_Generator)
    _close_patterns(schema)
    return {"$schema": DRAFT, **schema, "title": title}


class _Generator(DescribedSchema):
    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A text that may be written as a number (`version: 3`) is either."""
        inner = self.generate_inner(schema["schema"])
        if str(getattr(schema["function"]["function"], "__name__", "")).endswith("as_written"):
            return {"anyOf": [inner, {"type": "number"}]}
        return inner

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 (pydantic's interface)
        """Say no: a field's title would repeat its name."""
        return False


def _definitions(forms: list[type[BaseModel]]) -> dict[str, Any]:
    inputs: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (form, "validation") for form in dict.fromkeys(forms)
    ]
    _, made = models_json_schema(inputs, schema_generator=_Generator)
    definitions: dict[str, Any] = made["$defs"]
    _close_patterns(definitions)
    return definitions


def _close_patterns(node: object) -> None:
    """Refuse keys that match no pattern: pydantic leaves them open."""
    if isinstance(node, dict):
        if "patternProperties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _close_patterns(value)
    elif isinstance(node, list):
        for value in node:
            _close_patterns(value)


def _link_checks(definitions: dict[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Put the form of checks where the forms only say mapping, and the options of each kind into it."""
    check = definitions["CheckForm"]
    check["properties"]["kind"] = {
        "anyOf": [{"const": kind.name, "description": kind.summary} for kind in kinds.values()],
        "description": "Kind of probe; absent: as in the profile.",
    }
    check["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
            "then": {"properties": {"options": _reference(kind.options.__name__)}},
        }
        for kind in kinds.values()
    ]
    for kind in kinds.values():
        # What a profile requires need not be said again where a target changes one option.
        definitions[kind.options.__name__].pop("required", None)
    for name in ("ProfileForm", "UnitProfileForm", "TargetForm"):
        definitions[name]["properties"]["checks"] |= _entries(_SLUG, "CheckForm")
    unit = definitions["UnitForm"]["properties"]
    unit["defaults"] |= _reference("TimingForm")
    unit["profiles"] |= _entries(_SLUG, "UnitProfileForm")
    definitions["TemplateForm"]["properties"]["targets"] |= _entries(_TEMPLATE_ID, "TargetForm")


def _entries(pattern: str, form: str) -> dict[str, Any]:
    return {"type": "object", "patternProperties": {pattern: _reference(form)}, "additionalProperties": False}


def _reference(form: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{form}"}


def _or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    """A section may be left empty."""
    return {"anyOf": [schema, _NULLABLE]}
