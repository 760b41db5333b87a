"""Places, systems and days as sentences name them. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from alerts.messages import words
from inventory.equipment.coverage import COMMUNE_KINDS
from monitor import official
from monitor.report.figures.model import Figures, Place

MOST_NAMED: Final = 5
"""So many communes are named one by one."""
_MOST_DISTRICTS: Final = 3
_WORTH_NAMING: Final = 0.15
"""A former district with less of them is not named,"""
_MOST_OF_THEM: Final = 0.5
"""and those that are named are only where most are when they have so much of them."""


def commune_codes(figures: Figures) -> tuple[str, ...]:
    """Return the codes of all communes, in the official order."""
    return tuple(commune.place.code for commune in figures.communes)


def in_order(codes: Collection[str], figures: Figures) -> tuple[str, ...]:
    """Return those of the codes that are communes, in the official order."""
    return tuple(code for code in commune_codes(figures) if code in codes)


def joined(names: Sequence[str]) -> str:
    """Join names as in a sentence: "A, B và C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} và {names[-1]}" if names else ""


def kinds(codes: Iterable[str], figures: Figures) -> str:
    """Say what these are: "xã", "xã, phường", "xã, phường, đặc khu"."""
    present = {place.kind.casefold() for code in codes if (place := figures.places.get(code)) is not None}
    return ", ".join(kind for kind in COMMUNE_KINDS if kind in present) or "địa phương"


def named(codes: Sequence[str], figures: Figures) -> str:
    """Name up to five communes; of more, say in which former districts most of them lie, or only how many they are."""
    if len(codes) <= MOST_NAMED:
        return ", ".join(one(code, figures) for code in codes)
    told = districts(codes, figures)
    if not told:
        return f"{official.count(len(codes))} {kinds(codes, figures)}"
    parts = [f"{name}: {official.count(len(own))} {kinds(own, figures)}" for name, own in told]
    return f"địa bàn {'; '.join(parts)}"


def where(codes: Sequence[str], figures: Figures) -> str:
    """Say at how many communes and at which: "xã Ba Tơ", "02 xã (xã A, xã B)", "12 xã (nhiều nhất tại địa bàn ...)"."""
    if len(codes) == 1:
        return one(codes[0], figures)
    said = f"{official.count(len(codes))} {kinds(codes, figures)}"
    if len(codes) <= MOST_NAMED:
        return f"{said} ({named(codes, figures)})" if codes else said
    told = districts(codes, figures)
    if not told:
        return said
    word = _word(sum(len(own) for _, own in told), len(codes))
    return f"{said} ({word} {named(codes, figures)})"


def _word(told: int, whole: int) -> str:
    return "tập trung tại" if told >= _MOST_OF_THEM * whole else "nhiều nhất tại"


def one(code: str, figures: Figures) -> str:
    """Name one unit within a sentence: "xã Ba Tơ"."""
    place = figures.places.get(code)
    return code if place is None else words.in_sentence(place.name)


def districts(codes: Sequence[str], figures: Figures) -> list[tuple[str, tuple[str, ...]]]:
    """Return the former districts worth naming, those with most first, each with its codes."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(_district(figures.places.get(code)), []).append(code)
    told = _most({name: len(own) for name, own in found.items()}, len(codes))
    return [(name, tuple(found[name])) for name, _ in told]


def _most(counts: Mapping[str, int], whole: int) -> list[tuple[str, int]]:
    """Return the former districts worth naming, those with most first; one of it is no concentration.

    None is named that has no more than one that is not.
    """
    worth = {name: own for name, own in counts.items() if name and own > 1 and own >= _WORTH_NAMING * whole}
    ordered = Counter(worth).most_common(_MOST_DISTRICTS + 1)
    least = ordered[_MOST_DISTRICTS][1] if len(ordered) > _MOST_DISTRICTS else 0
    return [item for item in ordered if item[1] > least]


def focus(codes: Sequence[str], figures: Figures) -> str:
    """Say where outages are, given the commune of each: " tại xã Ba Tơ", ", tập trung tại địa bàn ..."; "" if all over."""
    communes = in_order(set(codes), figures)
    if len(communes) <= MOST_NAMED:
        return f" tại {named(communes, figures)}" if communes else ""
    counts = Counter(_district(figures.places.get(code)) for code in codes)
    told = _most(counts, len(codes))
    if not told:
        return ""
    word = _word(sum(count for _, count in told), len(codes))
    return f", {word} địa bàn {joined([name for name, _ in told])}"


def _district(place: Place | None) -> str:
    if place is None or not place.former_district:
        return ""
    name = place.former_district
    return f"{name[0].lower()}{name[1:]} (cũ)"


def targets(ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Name up to five targets, and count the others."""
    told = [names.get(id_, id_) for id_ in ids[:MOST_NAMED]]
    if len(ids) > MOST_NAMED:
        return f"{', '.join(told)} và {official.count(len(ids) - MOST_NAMED)} hệ thống khác"
    return joined(told)
