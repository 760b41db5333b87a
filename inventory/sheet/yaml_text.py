"""Plain data as YAML that inventory.files.reader reads back as the same data. Pure.

Texts that YAML 1.2's core rules would read as something else are quoted; lines know which entry they belong to.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

Path = tuple[str, ...]

_PLAIN: Final = re.compile(r"\w(?:[\w ./–()'-]*[\w./–()'-])?")
"""Texts without a character that means something in YAML, in a flow list too."""
_NOT_TEXT: Final = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9A-Fa-f]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|null|Null|NULL"
    r"|true|True|TRUE|false|False|FALSE"
)


def dump(data: Mapping[str, object]) -> tuple[str, tuple[Path, ...]]:
    """Return the text of a mapping, and for each of its lines the path of the key written there."""
    lines: list[tuple[str, Path]] = []
    _mapping(data, "", (), lines)
    return "".join(f"{line}\n" for line, _ in lines), tuple(path for _, path in lines)


def quoted(text: str) -> str:
    """Return a text as a scalar, in quotes where it would not be read as this text without them."""
    if _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text) and text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else _escape(letter) for letter in json.dumps(text, ensure_ascii=False)
    )


def _escape(letter: str) -> str:
    number = ord(letter)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 (four digits hold as much)


def _mapping(data: Mapping[str, object], indent: str, path: Path, lines: list[tuple[str, Path]]) -> None:
    for key, value in data.items():
        here = (*path, key)
        start = f"{indent}{quoted(key)}:"
        if isinstance(value, Mapping) and value:
            lines.append((start, here))
            _mapping(value, indent + "  ", here, lines)
        else:
            lines.append((f"{start} {flow(value)}", here))


def flow(value: object) -> str:
    """Return a value on one line, as it may stand behind a key."""
    match value:
        case str():
            text = quoted(value)
        case None:
            text = "null"
        case bool() | int():
            text = str(value).lower()
        case float():
            text = _number(value)
        case Mapping():
            text = "{" + ", ".join(f"{quoted(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case Sequence():
            text = "[" + ", ".join(map(flow, value)) + "]"
        case _:
            raise TypeError(type(value).__name__)
    return text


def _number(value: float) -> str:
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 (NaN)
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[str(value)]
    # A float stays one: 1.0, not 1.
    return repr(value)
