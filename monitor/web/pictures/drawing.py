"""A picture as a list of shapes, so that one drawing becomes SVG here and PNG in a child process. Values only.

Pixels from the upper left corner; colours are "#rrggbb".
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; `hatch` is the colour of stripes over the fill, "" for none."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    opacity: float = 1.0
    hatch: str = ""
    note: str = ""
    """What is said when somebody points at it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Strokes that are not joined: pairs of ends."""

    strokes: tuple[tuple[Point, Point], ...]
    stroke: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape without an outline."""

    points: tuple[Point, ...]
    fill: str
    opacity: float


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is where its base line begins, is centred or ends."""

    x: float
    y: float
    text: str
    fill: str
    size: float = 12.0
    anchor: Anchor = "start"
    is_bold: bool = False


Shape = Rect | Lines | Area | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture. `title` and `summary` say in words what it shows."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str
    summary: str


_KINDS: Final[Mapping[str, type[Shape]]] = {each.__name__: each for each in (Rect, Lines, Area, Text)}


def drawing_from(data: Mapping[str, Any], shapes: Sequence[tuple[str, Mapping[str, Any]]]) -> Drawing:
    """Build a drawing again from what `plain` made of it, after it went through JSON."""
    return Drawing(**data, shapes=tuple(_KINDS[kind](**fields) for kind, fields in shapes))


def shown_text(text: str) -> str:
    """Return a text as a picture can hold it: NFC, without what XML forbids and what turns the writing direction."""
    kept = (
        letter
        for letter in unicodedata.normalize("NFC", text)
        if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    return "".join(kept)
