"""Plain data that knows the lines it was written on. No YAML, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inventory.problem import Problem, dotted


class Place(NamedTuple):
    """A line of a file, counted from 1."""

    file: str
    line: int


class YamlMap(dict[str, Any]):
    """A mapping that knows where it starts and where each of its keys stands."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: object, place: Place) -> None:
        """Set a key together with its place."""
        self[key] = value
        self.places[key] = place

    def over(self, base: "YamlMap") -> "YamlMap":
        """Return `base` with this mapping's keys on top."""
        merged = YamlMap(self.place)
        merged.update(base)
        merged.places.update(base.places)
        merged.update(self)
        merged.places.update(self.places)
        return merged


class YamlList(list[Any]):
    """A sequence that knows where its items stand."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []


@dataclass(slots=True)
class Document:
    """One file. `data` is None when it could not be read; then `problems` says why."""

    file: str
    content: bytes = b""
    data: YamlMap | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def place_of(data: YamlMap, path: Sequence[str | int]) -> Place:
    """Return the place of `path`, or of its deepest ancestor that exists."""
    place = data.place
    node: object = data
    for part in path:
        match node, part:
            case YamlMap(), str() if part in node.places:
                place, node = node.places[part], node[part]
            case YamlList(), int() if part < len(node):
                place, node = node.places[part], node[part]
            case _:
                break
    return place


def problem_at(
    data: YamlMap, path: Sequence[str | int], message: str, *, hint: str = "", under: str = ""
) -> Problem:
    """Build the problem of `path` within `data`; `under` is the dotted path of `data` itself."""
    place = place_of(data, path)
    whole = dotted(path) if not under else dotted((under, *path))
    return Problem(place.file, place.line, whole, message, hint)
