r"""InfluxDB line protocol, one line at a time. No I/O.

https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. An encoder of our own because
influxdb-client's Point is unsafe at the edges (tests show it on real servers): a tag with a backslash before a comma or
space is dropped by VictoriaMetrics in silence, with status 204; a trailing backslash becomes a space, a newline the
two characters `\n`; an integer beyond 64 bits makes the server refuse the batch. It also takes 1.7 times the CPU.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SPECIAL_IN_NAME = re.compile(r"([, ])")
_SPECIAL_IN_KEY = re.compile(r"([,= ])")
_SPECIAL_IN_STRING = re.compile(r'(["\\])')


@dataclass(frozen=True, slots=True)
class Line:
    """One point. Floats and integers stay what they are: a server refuses a field that changes its type."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | int | str]
    time_ns: int


def encode(line: Line) -> str:
    """Return the line without its newline, or "" when no field is left.

    Left out, because the protocol cannot say them: tags and keys that are empty, NaN, infinity, integers beyond 64
    bits. Control characters become spaces and, outside string fields, backslashes become slashes.
    """
    fields = ",".join(
        f"{key}={value}"
        for name, content in line.fields.items()
        if (key := _key(name)) and (value := _value(content))
    )
    if not fields:
        return ""
    return f"{_head(line.measurement, tuple(line.tags.items()))} {fields} {line.time_ns}"


def clean(text: str) -> str:
    """Return `text` as measurements, keys and tags can carry it."""
    return _CONTROL.sub(" ", text).replace("\\", "/")


def one_line(text: str) -> str:
    """Return `text` as a string field carries it: control characters become spaces."""
    return _CONTROL.sub(" ", text)


# The same names and tags come again and again; these are pure.
@lru_cache(maxsize=32_768)
def _head(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    said = "".join(
        f",{key}={value}"
        for name, content in sorted(tags)
        if (key := _key(name)) and (value := _key(content))
    )
    return _measurement(measurement) + said


def _measurement(text: str) -> str:
    # A line that begins with # is a comment; one that begins with a comma has no measurement.
    cleaned = clean(text)
    if not cleaned or cleaned.startswith("#"):
        cleaned = f"_{cleaned}"
    return _SPECIAL_IN_NAME.sub(r"\\\1", cleaned)


@lru_cache(maxsize=4_096)
def _key(text: str) -> str:
    return _SPECIAL_IN_KEY.sub(r"\\\1", clean(text))


def _value(content: float | str) -> str:
    """Encode a field's value; "" when it cannot be said."""
    if isinstance(content, float):  # nearly all are
        return repr(content) if math.isfinite(content) else ""
    match content:
        case str():
            return '"' + _SPECIAL_IN_STRING.sub(r"\\\1", one_line(content)) + '"'
        case bool():
            return "true" if content else "false"
        case _:
            return f"{content}i" if INT64_MIN <= content <= INT64_MAX else ""
