"""Finds communes, watched things and incidents by what people type: with or without marks, by old names and codes. Pure.

Only names are searched, never addresses: what is found depends on nobody's rights but the list's own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from alerts.messages.group_facts import common_text
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from inventory.model import Inventory, Target, Unit
from inventory.names import fold, short_unit_name, sort_key
from monitor.web.matters import name_of

QUERY_LIMIT: Final = 80
"""Characters of a question that are looked at."""

_INCIDENT_CODE: Final = re.compile(r"(?:sc)?[- ]?(?:\d{4}[- ])?0*(\d{1,9})")
_EXACT, _BEGINS, _WORD, _WITHIN, _ALIAS = range(5)
_FURTHER: Final = 5
"""A name that is only found by what stands beside it comes after those that are found by themselves."""


class FoundKind(StrEnum):
    """What was found."""

    COMMUNE = "commune"
    TARGET = "target"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Found:
    """One answer. `path` is its page; `beside` tells twins apart: the former district, or the unit."""

    kind: FoundKind
    id: str
    name: str
    beside: str
    path: str
    alias: str = ""
    """The former name by which it was found."""


@dataclass(frozen=True, slots=True)
class _Entry:
    found: Found
    names: tuple[str, ...]
    """Folded: its id and its name, long and short."""
    aliases: tuple[tuple[str, str], ...] = ()
    """(folded, as it is written) of units that became this one."""
    around: str = ""
    """Folded, each word after a space: all of these and where it is."""


def search(
    inventory: Inventory,
    incidents: Iterable[Incident],
    asked: str,
    *,
    limit: int,
    kinds: Iterable[FoundKind] = tuple(FoundKind),
) -> tuple[Found, ...]:
    """Return what `asked` may mean, the likeliest first, at most `limit`.

    Communes come before things of the same likeness, incidents are found by their code ("SC-2026-0042", "42") and by the
    name of what failed. Spelling twins (Ba Tơ, Ba Tô) are both found, each with its former district.
    """
    wanted = fold(asked[:QUERY_LIMIT])
    if not wanted:
        return ()
    chosen = frozenset(kinds)
    scored: list[tuple[tuple[object, ...], Found]] = []
    for place, entry in enumerate(_entries(_One(inventory))):
        if entry.found.kind in chosen and (score := _score(entry, wanted)) is not None:
            rank, alias = score
            found = entry.found
            if alias:
                found = Found(found.kind, found.id, found.name, found.beside, found.path, alias)
            scored.append(((rank, place), found))
    if FoundKind.INCIDENT in chosen:
        scored += _incidents(inventory, incidents, wanted)
    scored.sort(key=lambda each: each[0])
    return tuple(found for _, found in scored[: max(0, limit)])


class _One:
    """An inventory as a key: two are the same when they are one object, whatever is in them."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.inventory is self.inventory

    def __hash__(self) -> int:
        return id(self.inventory)


@lru_cache(maxsize=2)
def _entries(of: _One) -> tuple[_Entry, ...]:
    """Return everything that can be found in an inventory, communes first: folded once, kept for the latest two."""
    units = [unit for unit in of.inventory.units.values() if unit.is_commune]
    units.sort(key=lambda unit: (sort_key(unit.name), sort_key(unit.former_district), unit.code))
    return (
        *map(_of_unit, units),
        *(_of_target(target, of.inventory) for target in of.inventory.targets.values()),
    )


def _of_unit(unit: Unit) -> _Entry:
    return _Entry(
        Found(FoundKind.COMMUNE, unit.code, unit.name, unit.former_district, f"/xa/{unit.code}"),
        names=(fold(unit.code), fold(unit.name), fold(short_unit_name(unit.name))),
        aliases=tuple(
            (fold(text), former) for former in unit.former_names for text in (short_unit_name(former), former)
        ),
        around=" "
        + fold(
            " ".join((unit.code, unit.name, *unit.former_names, unit.former_district, unit.former_province))
        ),
    )


def _of_target(target: Target, inventory: Inventory) -> _Entry:
    unit = inventory.units.get(target.unit_code)
    where = target.unit_code if unit is None else unit.name
    district = "" if unit is None or not unit.former_district else f" ({unit.former_district})"
    return _Entry(
        Found(FoundKind.TARGET, target.id, target.name, f"{where}{district}", f"/doi-tuong/{target.id}"),
        names=(fold(target.id), fold(target.name)),
        around=" " + fold(f"{target.id} {target.name} {where} {district}".replace("(", "")),
    )


def _score(entry: _Entry, wanted: str) -> tuple[int, str] | None:
    """Return how well it fits, 0 the best, and the former name that fits; None when it does not."""
    best = min((rank for name in entry.names if (rank := _likeness(name, wanted)) is not None), default=None)
    if best is not None:
        return best, ""
    for folded, written in entry.aliases:
        if _likeness(folded, wanted) is not None:
            return _ALIAS, written
    return (_FURTHER, "") if all(f" {word}" in entry.around for word in wanted.split()) else None


def _likeness(name: str, wanted: str) -> int | None:
    if name == wanted:
        return _EXACT
    if name.startswith(wanted):
        return _BEGINS
    if f" {wanted}" in name:
        return _WORD
    return _WITHIN if wanted in name else None


def _incidents(
    inventory: Inventory, incidents: Iterable[Incident], wanted: str
) -> Iterable[tuple[tuple[object, ...], Found]]:
    code = _INCIDENT_CODE.fullmatch(wanted)
    number = "" if code is None else code[1]
    for place, incident in enumerate(sorted(incidents, key=lambda each: (-each.opened_at, each.id))):
        check = inventory.checks.get(incident.root_check_id)
        target = None if check is None else inventory.targets.get(check.target_id)
        unit = None if target is None else inventory.units.get(target.unit_code)
        named = (
            " – ".join(name_of(incident, target, unit))
            if incident.common is None
            else common_text(incident.common, inventory, Language.VI)
        )
        own = incident.id.rpartition("-")[2].lstrip("0")
        if number and own == number:
            rank = _EXACT
        elif fold(incident.id).startswith(wanted):
            rank = _BEGINS
        elif all(word in fold(f"{incident.id} {named}") for word in wanted.split()):
            rank = _FURTHER
        else:
            continue
        found = Found(FoundKind.INCIDENT, incident.id, named, "", f"/su-co/{incident.id}")
        yield (rank, -1, place), found
