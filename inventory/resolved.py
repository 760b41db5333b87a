"""Where each value of a target and of its checks comes from: which level of the inventory, which line. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inventory.bandwidth import with_contract
from inventory.builder import inheritance_of
from inventory.checks import CheckPlan, CheckPlanner
from inventory.files.source import Place, YamlList, YamlMap, place_of
from inventory.inheritance import Laid, Level, Sheet
from inventory.loader import Assembled
from inventory.model import Target
from probes.kinds import KINDS

_TARGET_FIELDS = (
    *(
        "name",
        "unit",
        "profile",
        "layer",
        "address",
        "depends_on",
        "circuit",
        "anchor",
        "equipped",
        "enabled",
    ),
    *("impact", "first_action", "tags", "owner", "powered_by"),
)
_OF_PROFILE = ("layer", "impact", "first_action")
_CHECK_FIELDS = (
    *("kind", "enabled", "interval_s", "retry_interval_s", "timeout_s", "failures_to_down"),
    *("successes_to_up", "policy", "calendar", "address"),
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """One value that holds: its dotted path within the target, who said it, and where (None: the program)."""

    path: str
    value: object
    level: Level
    place: Place | None


def resolve(assembled: Assembled, target_id: str) -> tuple[Resolved, ...]:
    """Return every value of a target of this inventory, then of its checks, disabled ones too."""
    explainer = _Explainer(assembled, target_id)
    return (*explainer.target(), *explainer.checks())


class _Explainer:
    def __init__(self, assembled: Assembled, target_id: str) -> None:
        self._sections = assembled.sections
        self._entries = assembled.entries
        self._target = assembled.loaded.inventory.targets[target_id]
        self._data = assembled.entries.raw_targets[target_id]
        self._form = assembled.entries.targets[target_id]
        explicit = self._sections.maps["targets"].get(target_id)
        self._explicit = set() if explicit is None else {explicit.place, *_places(explicit)}
        self._inheritance = inheritance_of(self._sections, self._entries)

    def target(self) -> Iterator[Resolved]:
        values = _values(self._target)
        for key in _TARGET_FIELDS:
            yield Resolved(key, values[key], *self._of_target(key))

    def checks(self) -> Iterator[Resolved]:
        planner = CheckPlanner(self._inheritance, KINDS, [])
        form = self._form
        for laid, plan in planner.explained(self._target.id, form.profile, form.unit, self._data):
            yield from self._of_check(laid, plan)

    def _of_target(self, key: str) -> tuple[Level, Place | None]:
        maps, target = self._sections.maps, self._target
        switch = maps["layers"].get(target.layer.value, {})
        if key == "enabled" and self._form.enabled and not target.enabled:
            return Level.LAYERS, place_of(switch, ("enabled",))
        if key == "owner":
            where = (f"targets.{target.id}", self._data)
            sheet = self._inheritance.owner(target.profile, target.unit_code, where)[1]
            return self._of_sheet(sheet, ("owner",))
        if key == "address":
            return self._of_address()
        if self._data.get(key) is not None:
            return self._at(self._data.places[key])
        profile: YamlMap = maps["profiles"][target.profile]
        if key in _OF_PROFILE and key in profile:
            return Level.PROFILE, profile.places[key]
        return Level.PROGRAM, None

    def _of_address(self) -> tuple[Level, Place | None]:
        plan, target = self._sections.maps["address_plan"], self._target
        if target.id in plan.get("exact", {}):
            return Level.ADDRESS_PLAN, place_of(plan, ("exact", target.id))
        if self._form.address:
            return self._at(self._data.places["address"])
        if target.address:
            return Level.ADDRESS_PLAN, place_of(
                plan, ("hosts", target.id.removeprefix(f"{target.unit_code}."))
            )
        return Level.PROGRAM, None

    def _of_check(self, laid: Laid, plan: CheckPlan) -> Iterator[Resolved]:
        under = f"checks.{plan.label}"
        held = {"retry_interval_s": plan.retry_interval_s, "timeout_s": plan.timeout_s}
        for key in _CHECK_FIELDS:
            value = held.get(key, getattr(plan.form, key))
            yield from self._said(under, laid, (key,), value)
        stated = plan.options.model_dump(mode="json")
        contracted = with_contract(plan, self._entries.circuits.get(self._target.circuit_id or ""))
        for key, value in contracted.options.model_dump(mode="json").items():
            if value == stated[key]:
                yield from self._said(under, laid, ("options", key), value)
            else:
                circuit: YamlMap = self._sections.maps["circuits"][self._target.circuit_id or ""]
                said = "bandwidth_up_bps" if key == "contracted_out_bps" else "bandwidth_bps"
                place = circuit.places.get(said) or circuit.places["bandwidth_bps"]
                yield Resolved(f"{under}.options.{key}", value, Level.CIRCUIT, place)
        for metric, limit in plan.form.thresholds.items():
            for key, value in limit.model_dump(exclude_none=True).items():
                yield from self._said(under, laid, ("thresholds", metric, key), value)

    def _said(self, under: str, laid: Laid, path: tuple[str, ...], value: object) -> Iterator[Resolved]:
        level, place = self._of_sheet(laid.origin(path), path)
        if value is not None or place is not None:
            yield Resolved(".".join((under, *path)), value, level, place)

    def _of_sheet(self, sheet: Sheet | None, path: tuple[str, ...]) -> tuple[Level, Place | None]:
        if sheet is None:
            return Level.PROGRAM, None
        place = place_of(sheet.data, path)
        return self._at(place) if sheet.level is Level.TARGET else (sheet.level, place)

    def _at(self, place: Place) -> tuple[Level, Place]:
        """Tell what is said of the target itself from what a template says of it."""
        return (Level.TARGET if place in self._explicit else Level.TEMPLATE), place


def _values(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "unit": target.unit_code,
        "profile": target.profile,
        "layer": target.layer.value,
        "address": target.address,
        "depends_on": list(target.depends_on),
        "circuit": target.circuit_id,
        "anchor": target.anchor,
        "equipped": target.equipped.value,
        "enabled": target.enabled,
        "impact": target.impact,
        "first_action": target.first_action,
        "tags": list(target.tags),
        "owner": target.owner.value,
        "powered_by": list(target.powered_by),
    }


def _places(node: YamlMap | YamlList) -> Iterator[Place]:
    """Yield the places of all that is in `node`."""
    yield from node.places.values() if isinstance(node, YamlMap) else node.places
    for item in node.values() if isinstance(node, YamlMap) else node:
        if isinstance(item, (YamlMap, YamlList)):
            yield from _places(item)
