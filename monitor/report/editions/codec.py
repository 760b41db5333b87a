"""Frozen dataclasses as JSON and back, by their type hints: figures and documents must read the same in years to come. Pure.

A dataclass is an object of its fields, an enum its value, a tuple a list, a mapping with enum or text keys an object, a
date ISO 8601. Where several dataclasses are possible the object says which it is ("kind").
"""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_KIND: Final = "kind "
"""With a space: no field is called so."""


class CodecError(ValueError):
    """The text is not such a value: it was damaged, or written by another version."""


def as_json(value: object) -> str:
    """Write a dataclass as one line of JSON; the same value is always the same text. Raises ValueError for NaN."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(kind: type[T], text: str) -> T:
    """Read what `as_json` wrote; CodecError when it is no such value."""
    try:
        value = _read(kind, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CodecError(f"{kind.__name__}: {type(error).__name__}: {error}") from error
    if not isinstance(value, kind):
        raise CodecError(f"{kind.__name__}: {type(value).__name__}")
    return value


def as_data(value: object) -> Any:
    """Return a value as what JSON knows, for other programs: without the names of our classes."""
    return _plain(value, with_kinds=False)


def _plain(value: object, *, with_kinds: bool = True) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        kind = {_KIND: type(value).__name__} if with_kinds else {}
        return kind | {
            each.name: _plain(getattr(value, each.name), with_kinds=with_kinds) for each in fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        items = sorted(value) if isinstance(value, frozenset) else value
        return [_plain(each, with_kinds=with_kinds) for each in items]
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each, with_kinds=with_kinds) for key, each in value.items()}
    return value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Return the types of a dataclass's fields."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _one_of(get_args(kind), data)
    if origin is tuple:
        return _tuple(get_args(kind), data)
    if origin in {frozenset, list}:
        return origin(_read(get_args(kind)[0], each) for each in data)
    if origin is not None and issubclass(origin, Mapping):
        key_kind, value_kind = get_args(kind)
        return {_read(key_kind, key): _read(value_kind, each) for key, each in data.items()}
    if is_dataclass(kind):
        return _dataclass(kind, data)
    return _scalar(kind, data)


def _scalar(kind: Any, data: Any) -> Any:
    if issubclass(kind, Enum):
        return kind(data)
    if kind is date:
        return date.fromisoformat(data)
    if kind is float and type(data) is int:
        return data  # written as it was: 5 stays 5
    if type(data) is not kind:
        raise CodecError(f"{data!r:.60} is no {kind.__name__}")
    return data


def _dataclass(kind: Any, data: Any) -> Any:
    if data[_KIND] != kind.__name__:
        raise CodecError(f"{data[_KIND]!r:.60} is no {kind.__name__}")
    hints = _hints(kind)
    given = {name: each for name, each in data.items() if name != _KIND}
    # What a later version added has its default.
    return kind(**{name: _read(hints[name], each) for name, each in given.items() if name in hints})


def _tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise CodecError(f"{data!r:.60} is no list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:  # noqa: PLR2004 (tuple[x, ...])
        return tuple(_read(kinds[0], each) for each in data)
    return tuple(_read(kind, each) for kind, each in zip(kinds, data, strict=True))


def _one_of(kinds: tuple[Any, ...], data: Any) -> Any:
    """Read a value of the first kind that fits; of dataclasses, of the one that is named."""
    if data is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        if is_dataclass(kind):
            if isinstance(data, dict) and data.get(_KIND) == getattr(kind, "__name__", ""):
                return _read(kind, data)
        elif kind is not types.NoneType and _fits(kind, data):
            return _read(kind, data)
    raise CodecError(f"{data!r:.60} is none of {len(kinds)} kinds")


def _fits(kind: Any, data: Any) -> bool:
    if get_origin(kind) is not None:
        return isinstance(data, list | dict)
    if issubclass(kind, Enum) or kind is date:
        return isinstance(data, str | int)
    return type(data) is kind or (kind is float and type(data) is int)
