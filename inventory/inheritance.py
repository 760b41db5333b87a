"""What the levels of the inventory say of a check, laid over each other. Pure; validates nothing.

Weakest first: defaults, profile, the unit's defaults, the unit's own version of the profile, target. Within a level its
own calendar and policy come first, then its checks.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from inventory.files.source import YamlList, YamlMap, place_of
from inventory.model import Owner
from inventory.problem import Problem, dotted

RECORD_ONLY = "record-only"
"""Policy of what a ministry answers for, unless its profile, unit or target names one."""
_OF_A_LEVEL = ("calendar", "policy")
_JOINED = ("options", "thresholds")


class Level(StrEnum):
    """Who said a value, in the words of the files."""

    PROGRAM = "mặc định chương trình"
    DEFAULTS = "defaults"
    PROFILE = "profile"
    UNIT = "unit"
    TEMPLATE = "each_unit"
    TARGET = "target"
    CIRCUIT = "circuit"
    LAYERS = "layers"
    ADDRESS_PLAN = "address_plan"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one level says of a check; `under` is the dotted path of `data`."""

    level: Level
    under: str
    data: YamlMap
    is_check: bool = False
    """Whether it is an entry of `checks`, rather than something said of all checks."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A check as all levels say it together, and the sheets it is made of, weakest first."""

    data: YamlMap
    sheets: tuple[Sheet, ...]

    @property
    def own(self) -> Sheet:
        """The strongest entry of `checks`."""
        return next(sheet for sheet in reversed(self.sheets) if sheet.is_check)

    def origin(self, path: Sequence[str | int]) -> Sheet | None:
        """Return the sheet that decides the value at `path`; None when nobody says it."""
        return next((sheet for sheet in reversed(self.sheets) if _says(sheet.data, path)), None)

    def problem(self, path: Sequence[str | int], message: str, *, hint: str = "") -> Problem:
        """Build the problem of `path` at the line that said it, else at that of its nearest ancestor."""
        parts = tuple(path)
        sheet = next(
            (found for end in range(len(parts), 0, -1) if (found := self.origin(parts[:end]))), self.own
        )
        return Problem(*place_of(sheet.data, parts), dotted((sheet.under, *parts)), message, hint)


def lay(sheets: Sequence[Sheet]) -> Laid:
    """Lay sheets over each other, options and limits one by one; a check of another kind takes nothing over."""
    kept: list[Sheet] = []
    kind: object = None
    for sheet in sheets:
        own = sheet.data.get("kind") if sheet.is_check else None
        if own is not None and kind is not None and own != kind:
            kept = [below for below in kept if not below.is_check]
        kind = kind if own is None else own
        kept.append(sheet)
    merged = YamlMap(kept[0].data.place)
    for sheet in kept:
        merged = _over(sheet.data, merged)
    laid = Laid(merged, tuple(kept))
    merged.place = laid.own.data.place
    return laid


def over_target(target: YamlMap, below: YamlMap) -> YamlMap:
    """Put what is said of a target over what a template says of it: field by field, checks like those of profiles."""
    merged = target.over(below)
    own, inherited = target.get("checks"), below.get("checks")
    if isinstance(own, YamlMap) and isinstance(inherited, YamlMap):
        checks = own.over(inherited)
        for label, check in own.items():
            base = inherited.get(label)
            if not isinstance(check, YamlMap) or not isinstance(base, YamlMap):
                continue
            if check.get("kind", base.get("kind")) == base.get("kind"):
                checks[label] = _over(check, base)
        merged["checks"] = checks
    return merged


class Inheritance:
    """Knows what the levels above the targets say; all of it is right in itself."""

    def __init__(
        self, defaults: YamlMap, profiles: Mapping[str, YamlMap], units: Mapping[str, "UnitSays"]
    ) -> None:
        self._defaults = defaults
        self._profiles = profiles
        self._units = units

    def key(self, profile: str, unit: str, target: YamlMap) -> tuple[str, str, str]:
        """Return what decides the checks of a target: two with the same key have the same."""
        says = self._units.get(unit)
        is_special = says is not None and (says.defaults is not None or profile in says.profiles)
        own = {key: target[key] for key in ("checks", "owner", *_OF_A_LEVEL) if key in target}
        return profile, unit if is_special else "", json.dumps(own) if own else ""

    def checks(
        self, profile: str, unit: str = "", target: tuple[str, YamlMap] | None = None
    ) -> dict[str, Laid]:
        """Return the checks by label, the profile's first; `target` is its dotted path and what is said of it."""
        levels = list(self._levels(profile, unit, target))
        base = self._base(levels)
        labels = dict.fromkeys(
            label for level in levels if not level.is_flat for label in _checks(level.data)
        )
        return {label: lay([*base, *_sheets(levels, label)]) for label in labels}

    def of_all_checks(
        self, key: str, profile: str, unit: str, target: tuple[str, YamlMap] | None = None
    ) -> str | None:
        """Return the calendar or policy that is said of all checks together; None when nobody says it."""
        levels = list(self._levels(profile, unit, target))
        sheets = (*self._base(levels), *_sheets(levels, ""))
        return next((sheet.data[key] for sheet in reversed(sheets) if sheet.data.get(key) is not None), None)

    def owner(
        self, profile: str, unit: str, target: tuple[str, YamlMap] | None = None
    ) -> tuple[Owner, Sheet | None]:
        """Return who answers for a target, and who said so (None: nobody)."""
        owner, entry = _owner(list(self._levels(profile, unit, target)))
        return owner, None if entry is None else Sheet(entry.level, entry.under, entry.data)

    def _levels(self, profile: str, unit: str, target: tuple[str, YamlMap] | None) -> "Iterator[_Entry]":
        yield _Entry(Level.PROFILE, f"profiles.{profile}", self._profiles[profile])
        says = self._units.get(unit)
        if says is not None and says.defaults is not None:
            yield _Entry(Level.UNIT, f"units.{unit}.defaults", says.defaults, is_flat=True)
        if says is not None and profile in says.profiles:
            yield _Entry(Level.UNIT, f"units.{unit}.profiles.{profile}", says.profiles[profile])
        if target is not None:
            yield _Entry(Level.TARGET, *target)

    def _base(self, levels: "Sequence[_Entry]") -> list[Sheet]:
        return [Sheet(Level.DEFAULTS, "defaults", self._defaults), *self._central(levels)]

    @staticmethod
    def _central(levels: "Sequence[_Entry]") -> list[Sheet]:
        """Return what being a ministry's says: stronger than `defaults`, which speak of everything."""
        owner, entry = _owner(levels)
        if entry is None or owner is not Owner.CENTRAL:
            return []
        data = YamlMap(entry.data.places["owner"])
        data.put("policy", RECORD_ONLY, data.place)
        return [Sheet(entry.level, entry.under, data)]


@dataclass(frozen=True, slots=True)
class UnitSays:
    """What a unit says of the checks of its targets, as far as it is right in itself."""

    defaults: YamlMap | None
    profiles: Mapping[str, YamlMap]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A profile, a target or the like; `is_flat`: what it says is said of all its checks, as in `defaults`."""

    level: Level
    under: str
    data: YamlMap
    is_flat: bool = False


def _owner(levels: Sequence[_Entry]) -> tuple[Owner, _Entry | None]:
    for entry in reversed(levels):
        if not entry.is_flat and entry.data.get("owner") is not None:
            return Owner(entry.data["owner"]), entry
    return Owner.LOCAL, None


def _sheets(levels: Sequence[_Entry], label: str) -> Iterator[Sheet]:
    for level in levels:
        if level.is_flat:
            yield Sheet(level.level, level.under, level.data)
            continue
        above = YamlMap(level.data.place)
        for key in _OF_A_LEVEL:
            if level.data.get(key) is not None:
                above.put(key, level.data[key], level.data.places[key])
        if above:
            yield Sheet(level.level, level.under, above)
        check = _checks(level.data).get(label)
        if check is not None:
            yield Sheet(level.level, f"{level.under}.checks.{label}", check, is_check=True)


def _checks(data: YamlMap) -> dict[str, YamlMap]:
    checks = data.get("checks")
    if not isinstance(checks, YamlMap):
        return {}
    return {label: check for label, check in checks.items() if isinstance(check, YamlMap)}


def _over(above: YamlMap, below: YamlMap) -> YamlMap:
    merged = above.over(below)
    for key in _JOINED:
        own, inherited = above.get(key), below.get(key)
        if isinstance(own, YamlMap) and isinstance(inherited, YamlMap):
            merged[key] = _with_limits(own, inherited) if key == "thresholds" else own.over(inherited)
    return merged


def _with_limits(above: YamlMap, below: YamlMap) -> YamlMap:
    """Join thresholds metric by metric, limit by limit: one that is moved still looks the way it looked."""
    merged = above.over(below)
    for metric, own in above.items():
        inherited = below.get(metric)
        if isinstance(own, YamlMap) and isinstance(inherited, YamlMap):
            merged[metric] = own.over(inherited)
    return merged


def _says(data: YamlMap, path: Sequence[str | int]) -> bool:
    node: Any = data
    for part in path:
        match node, part:
            case YamlMap(), str() if part in node:
                node = node[part]
            case YamlList(), int() if part < len(node):
                node = node[part]
            case _:
                return False
    return True
