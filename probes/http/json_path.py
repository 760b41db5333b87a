"""JSON from a hostile server, and a small language of paths into it (RFC 8259). No I/O.

A path is keys with dots between, and indexes in brackets: `status`, `data.items[0].name`, `[-1].load`. A key with other
characters than letters, digits, `_` and `-` is quoted in brackets: `services["mail.in"].up`. There is nothing else.
"""

import json
import math
import re
from functools import lru_cache
from typing import Final, NoReturn

Step = str | int
_STEP: Final = re.compile(r'(?:^|\.)([\w-]+)|\[(-?[0-9]{1,6})\]|\["([^"]+)"\]')


class JsonError(ValueError):
    """A body that is not JSON we would read; the text is for people."""


class Missing:
    """What a path leads to that leads nowhere."""


MISSING: Final = Missing()


@lru_cache(maxsize=4_096)
def parse_path(text: str) -> tuple[Step, ...]:
    """Parse a path into keys and indexes; ValueError when it is none."""
    steps: list[Step] = []
    position = 0
    while position < len(text) and not text.startswith("."):
        found = _STEP.match(text, position)
        if found is None:
            break
        key, index, quoted = found.groups()
        steps.append(int(index) if index is not None else key or quoted)
        position = found.end()
    if not steps or position != len(text):
        raise ValueError('cần đường dẫn JSON như data.items[0].name hoặc a["tên.lạ"]')
    return tuple(steps)


def parse_json(body: bytes) -> object:
    """Parse a body; JsonError for what is no JSON, is nested too deeply, or holds numbers that nobody can mean."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise JsonError("nội dung JSON lồng quá sâu") from None
    except ValueError:  # bad syntax, bad UTF-8, thousands of digits
        raise JsonError("nội dung không phải JSON hợp lệ") from None


def look(document: object, path: str) -> object:
    """Return the value at a path, or MISSING."""
    value = document
    for step in parse_path(path):
        if isinstance(step, str):
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        elif isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return MISSING
    return value


def same(value: object, expected: bool | int | float | str | None) -> bool:  # noqa: FBT001, PYI041 (a JSON value)
    """Whether two JSON values are the same; true is not 1, 1 is 1.0."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected


def number(value: object) -> float | None:
    """Return a JSON number or truth as a finite float; None for anything else."""
    if not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _refuse(constant: str) -> NoReturn:
    raise JsonError(f"{constant} is not JSON")
