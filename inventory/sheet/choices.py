"""Cells that name one of several things, or several of them: what is meant, or which question decides. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from inventory.names import fold
from inventory.problem import near_miss

_SEPARATORS: Final = re.compile(r"[,;\n]")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_UNITS: Final = re.compile(r"(?i)\s*(%|mbps|mbit/s|mb/s|giờ|h)$")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What cannot be decided here: the question and what may be meant."""

    question: str
    candidates: tuple[str, ...] = ()


def choose(text: str, labels: Mapping[str, str], what: str) -> str | Doubt:
    """Return the id that a cell names by itself, by its label "words (id)" or by the words alone."""
    if text in labels:
        return text
    inside = re.search(r"\(([^()]*)\)$", text)
    if inside and inside[1] in labels:
        return inside[1]
    wanted = fold(text)
    found = [
        key
        for key, label in labels.items()
        if wanted in {fold(key), fold(label), fold(label.removesuffix(f" ({key})"))}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        return Doubt(f"{what} '{text}' là loại nào?", tuple(labels[key] for key in found))
    near = near_miss(text, labels.keys()) or near_miss(text, list(labels.values()))
    match = re.search("'(.*)'", near)
    candidates = (labels.get(match[1], match[1]),) if match else tuple(labels.values())[:8]
    return Doubt(f"không có {what} '{text}'", candidates)


def listed(text: str) -> tuple[str, ...]:
    """Return what a cell lists, each once, in order; "words (id)" is the id."""
    parts = (id_of(part.strip()) for part in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def id_of(text: str) -> str:
    """Return the id in a label "words (id)", any other text as it is."""
    label = re.fullmatch(r".*\S\s*\(([a-z0-9.-]+)\)", text)
    return label[1] if label else text


def number_in(text: str, number: float | None) -> float | Doubt:
    """Return the number in a cell: a number as it is, else a text with a decimal comma or point."""
    if number is not None:
        return number
    bare = _UNITS.sub("", text)
    if _THOUSANDS.fullmatch(bare):
        point = bare.replace(",", ".")
        whole, thousandths = point.replace(".", ""), f"{float(point):g}".replace(".", ",")
        return Doubt(f"số '{text}' là {whole} hay {thousandths}?", (whole, thousandths))
    plain = bare.replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", plain):
        return Doubt(f"chữ '{text}' không phải số; ghi như 20 hoặc 99,5")
    return float(plain)
