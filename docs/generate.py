"""Write docs/probes.md from the probes' own descriptions: `python docs/generate.py` (or `make docs`)."""

import inspect
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from probes.field_docs import DescribedSchema
from probes.kind import Kind
from probes.kinds import KINDS

PAGE = Path(__file__).parent / "probes.md"
_HEAD = """# Probes

Generated from the code by `make docs`; a test fails when this page is stale.

A check in the inventory names a kind and its options ([inventory.md](inventory.md)). Try one from this machine:
`tslcd-monitor probe --kind KIND --address ADDRESS --set OPTION=VALUE --trace`. One InfluxDB point is written per result,
its measurement is the kind. The ending of a metric's name is its unit: `_s` seconds, `_ratio` 0 to 1, `_bps` bits per
second, `_percent` 0 to 100, `_celsius`; none: a count or, where the meaning says so, 1 or 0. What could not be measured
is missing, never 0.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    listing = "\n".join(f"| [`{kind.name}`](#{kind.name}) | {kind.summary} |" for kind in KINDS.values())
    parts = [_HEAD, f"| kind | what it does |\n|---|---|\n{listing}\n", *map(_section, KINDS.values())]
    return "\n".join(parts)


def _section(kind: Kind) -> str:
    schema = kind.options.model_json_schema(schema_generator=DescribedSchema)
    # The first sentence says whose options they are: the heading does.
    intro = " ".join((inspect.getdoc(kind.options) or "").split()).partition(". ")[2]
    limits = f"At most {kind.lane} runs at once (`lanes.{kind.name}`)."
    if kind.min_gap_s:
        limits += f" One target at most once in {kind.min_gap_s:g} s."
    options = "\n".join(_options(schema, kind.options.__annotations__))
    metrics = "\n".join(f"| `{name}` | {metric.en} |" for name, metric in kind.metrics.items())
    return (
        f"## {kind.name}\n\n{kind.summary} {intro} {limits}\n\n"
        f"| option | value | default | meaning |\n|---|---|---|---|\n{options}\n\n"
        f"| metric | meaning |\n|---|---|\n{metrics}\n"
    )


def _options(schema: Mapping[str, Any], own: Collection[str]) -> Iterator[str]:
    """Write the kind's own options before those that it shares with others."""
    required = schema.get("required", ())
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[0] not in own):
        default = "required" if name in required else _default(field.get("default"))
        meaning = " ".join(str(field.get("description", "")).split()).replace("|", "\\|")
        yield f"| `{name}` | {_value(field, schema)} | {default} | {meaning} |"


def _default(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case [] | {}:
            return "empty"
        case _:
            return f"`{value}`"


def _value(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Write a JSON Schema type with its range in a few words."""
    if "$ref" in field:
        return _value(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in field:
        return " or ".join(_value(part, schema) for part in field["anyOf"] if part.get("type") != "null")
    if "enum" in field or "const" in field:
        return ", ".join(f"`{choice}`" for choice in field.get("enum", [field.get("const")]))
    words = {"integer": "whole number", "boolean": "`true`, `false`", "object": "mapping", "array": "list"}
    text = words.get(field.get("type", ""), field.get("type", "text")).replace("string", "text")
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        return f"{text} {low:g} to {high:g}" if abs(high) < 1e6 else f"{text} {low:g} to {high}"  # noqa: PLR2004
    if low is not None:
        return f"{text} from {low:g}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
