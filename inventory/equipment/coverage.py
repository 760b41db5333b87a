"""How many communes have what: counted as the official reports do, next to what they printed. Pure; the day is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from inventory.model import Equipped, Inventory, ReportedClass, ReportedFigure, Unit
from inventory.names import SortKey, short_unit_name, sort_key

COMMUNE_KINDS: Final = ("xã", "phường", "đặc khu")


@dataclass(frozen=True, slots=True)
class ClassCoverage:
    """One class. The three lists are codes of units, by area and then in dictionary order; together they are all units.

    They are empty when the class has no profiles: then nothing can be counted.
    """

    reported: ReportedClass
    have: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    """What does not fit together in the reports, one Vietnamese clause each."""

    @property
    def is_counted(self) -> bool:
        """Whether anybody knows what to count."""
        return bool(self.reported.profiles)

    @property
    def latest(self) -> tuple[ReportedFigure, ...]:
        """What was reported last: all figures of that month or day."""
        last = max((figure.on for figure in self.reported.figures), default="")
        return tuple(figure for figure in self.reported.figures if figure.on == last)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The count of one day."""

    on: date
    units: tuple[str, ...]
    """Codes of all communes, by area and then in dictionary order."""
    classes: tuple[ClassCoverage, ...]


def coverage(inventory: Inventory, *, on: date, class_id: str | None = None) -> Coverage:
    """Count all classes, or the one of `class_id` (KeyError when there is none), over the communes.

    A commune has a class when one of its targets of the class's profiles is equipped; it has none when all of them are
    not; else, and without any such target, it is unknown.
    """
    areas = {area_id: number for number, area_id in enumerate(inventory.areas)}
    communes = [unit for unit in inventory.units.values() if _is_counted(unit)]
    communes.sort(key=lambda unit: _place(unit, areas))
    equipped: dict[tuple[str, str], list[Equipped]] = {}
    for target in inventory.targets.values():
        equipped.setdefault((target.unit_code, target.profile), []).append(target.equipped)
    wanted = inventory.reported.values() if class_id is None else [inventory.reported[class_id]]
    return Coverage(
        on=on,
        units=tuple(unit.code for unit in communes),
        classes=tuple(_count(item, communes, equipped) for item in wanted),
    )


def _is_counted(unit: Unit) -> bool:
    # Not by its area: a body of the province may have its seat in one. Lists say "Xã" as well as "xã".
    return unit.kind.casefold() in COMMUNE_KINDS


def _place(unit: Unit, areas: Mapping[str, int]) -> tuple[int, SortKey]:
    return areas.get(unit.area, len(areas)), sort_key(unit.name)


def _count(
    item: ReportedClass, communes: Sequence[Unit], equipped: Mapping[tuple[str, str], Sequence[Equipped]]
) -> ClassCoverage:
    wrong = tuple(contradictions(item, units=len(communes)))
    if not item.profiles:
        return ClassCoverage(item, contradictions=wrong)
    found: dict[Equipped, list[str]] = {state: [] for state in Equipped}
    for unit in communes:
        states = [state for profile in item.profiles for state in equipped.get((unit.code, profile), ())]
        found[_judged(states)].append(unit.code)
    return ClassCoverage(
        item,
        have=tuple(found[Equipped.YES]),
        without=tuple(found[Equipped.NO]),
        unknown=tuple(found[Equipped.UNKNOWN]),
        contradictions=wrong,
    )


def _judged(states: Sequence[Equipped]) -> Equipped:
    if Equipped.YES in states:
        return Equipped.YES
    return Equipped.NO if states and set(states) == {Equipped.NO} else Equipped.UNKNOWN


def contradictions(item: ReportedClass, *, units: int) -> list[str]:
    """Return what does not fit in the figures of one class, over `units` communes: shown, never put right."""
    found = []
    by_day = sorted(item.figures, key=lambda figure: figure.on)
    for on, figures in groupby(by_day, key=lambda figure: figure.on):
        counts = list(dict.fromkeys((_having(figure), figure.of) for figure in figures))
        if len(counts) > 1:
            printed = " và ".join(fraction(have, of) for have, of in counts)
            found.append(f"báo cáo {month(on)} in {_number(len(counts))} số cho cùng một mục: {printed}")
    others = dict.fromkeys(figure.of for figure in item.figures if figure.of != units)
    return [*found, *(f"báo cáo đếm trên {of} địa phương, danh mục có {units}" for of in others)]


def _number(count: int) -> str:
    return {2: "hai", 3: "ba", 4: "bốn"}.get(count, str(count))


def _having(figure: ReportedFigure) -> int:
    """Return how many units have it, by subtraction where the report gives how many have not."""
    return figure.of - (figure.without or 0) if figure.have is None else figure.have


def fraction(count: int, of: int) -> str:
    """Write a count as the reports do: "08/96"."""
    return f"{count:02d}/{of:02d}"


def month(on: str) -> str:
    """Write "2025-09" as "9/2025", "2025-09-15" as "15/9/2025"."""
    return "/".join(str(int(part)) for part in reversed(on.split("-")))


def sentence(item: ClassCoverage, *, of: int) -> str:
    """Say the count in the words of the reports; a number that is only a lower bound says so."""
    if not item.is_counted:
        return "chưa rõ báo cáo đếm gì nên không đếm"
    name = _in_sentence(item.reported.name)
    if len(item.unknown) == of:
        return f"chưa rõ cả {of} địa phương có hay không có {name}"
    at_least = "ít nhất " if item.unknown else ""
    parts = [f"{at_least}{fraction(len(item.have), of)} địa phương có {name}"]
    if item.without:
        parts.append(f"{fraction(len(item.without), of)} chưa có")
    if item.unknown:
        parts.append(f"{fraction(len(item.unknown), of)} chưa rõ")
    return ", ".join(parts)


def _in_sentence(name: str) -> str:
    """Write a name as within a sentence; one that begins with an abbreviation stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def named(codes: Sequence[str], inventory: Inventory) -> list[tuple[str, str]]:
    """Return (name of the area, names of the communes in one line) for codes in the order of `Coverage`.

    As in the reports, a xã is named without its kind. An area of which all communes are meant is not spelt out.
    """
    sizes: dict[str, int] = {}
    for unit in inventory.units.values():
        if _is_counted(unit):
            sizes[unit.area] = sizes.get(unit.area, 0) + 1
    lines = []
    for area_id, group in groupby((inventory.units[code] for code in codes), key=lambda unit: unit.area):
        own = list(group)
        area = inventory.areas.get(area_id)
        is_all = len(own) == sizes[area_id] > _FEWEST_AS_ALL
        names = f"cả {len(own)} địa phương" if is_all else ", ".join(map(_short_name, own))
        lines.append((area_id if area is None else area.name, names))
    return lines


_FEWEST_AS_ALL: Final = 5
"""Up to here the names themselves are no longer than the words for all of them."""


def _short_name(unit: Unit) -> str:
    return short_unit_name(unit.name) if unit.kind.casefold() == "xã" else unit.name
