"""What a group says: how many of how many, where, over which carrier, what they have in common. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.facts import GroupFacts, NamedUnits
from alerts.messages.plain import clean
from alerts.messages.reach import AREA_LIMIT, NAME_LIMIT, primary_checks
from alerts.messages.vocabulary import Language
from alerts.messages.words import (
    VOCABULARIES,
    count,
    duration,
    former_area,
    former_short,
    layer_name,
    phrase,
    short_date_time,
)
from alerts.model.checks import Status
from alerts.model.incident import Common, Dimension, Incident
from inventory.model import PROVINCE, Inventory, Layer, Target
from inventory.names import short_unit_name, sort_key

_BY_TARGET: Final = frozenset({Layer.SHARED, Layer.CENTRAL, Layer.INFRA})
"""Layers whose targets are counted, not the units that own them."""
_WORKING_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is counted: `of` maps a target to its key, `names` a key to its short name, `order` to its place in a list."""

    inventory: Inventory
    of: Mapping[str, str]
    names: Mapping[str, str]
    order: Mapping[str, int]


def group_facts(
    members: Sequence[Incident],
    common: Common,
    inventory: Inventory,
    statuses: Mapping[str, Status],
    *,
    zone: ZoneInfo,
    language: Language,
) -> GroupFacts:
    """Say what the members of a group have in common and how many of how many they are; closed members are back."""
    scope = _scope(common, members, inventory)
    keyed = [(_key(member, scope), member) for member in members]
    down = {key: member for key, member in keyed if member.is_open}
    everyone = dict(keyed)
    primaries = primary_checks(inventory)
    working = {
        key
        for target_id, key in scope.of.items()
        if statuses.get(primaries.get(target_id, "")) in {Status.UP, Status.DEGRADED}
    } - down.keys()
    shown = down or everyone
    noun = _noun(common, shown, scope, language)
    opened = [member.opened_at for _, member in keyed] or [0.0]

    working_by_provider = _parts(_provider, working, scope, language)
    return GroupFacts(
        common=common_text(common, inventory, language),
        basis=phrase(
            "group_basis",
            language,
            count=count(len(everyone), language),
            noun=noun,
            span=duration(max(opened) - min(opened), language),
        ),
        noun=noun,
        down=len(down),
        total=max(len(set(scope.of.values())), len(everyone)),
        size=len(everyone),
        devices=len({member.root_check_id for member in members}),
        back=len(everyone) - len(down),
        not_back=_sorted_names(down, scope) if len(down) < len(everyone) else (),
        first_at=min(opened),
        last_at=max(opened),
        storm=common.dimension is Dimension.LAYER,
        by_district=_parts(_district, shown, scope, language),
        by_area=_parts(_area, shown, scope, language),
        by_provider=_parts(_provider, shown, scope, language),
        working=(
            working_by_provider if len(working_by_provider) > 1 else _parts(_area, working, scope, language)
        )[:_WORKING_NAMED],
        members=tuple(_line(key, shown[key], scope, zone, language) for key in _sorted(shown, scope)),
    )


def common_text(common: Common, inventory: Inventory, language: Language) -> str:
    """Say what they have in common; it was found by a rule, so it is a suspicion."""
    return _with_names(VOCABULARIES[language].commons[common.dimension], common, inventory, language)


def first_action(common: Common, inventory: Inventory, language: Language) -> str:
    """Say what to do first about what they have in common."""
    return _with_names(VOCABULARIES[language].common_actions[common.dimension], common, inventory, language)


def _with_names(frame: str, common: Common, inventory: Inventory, language: Language) -> str:
    values = common.value.split("|")
    said = []
    for kind, value in zip(_kinds(common.dimension), values, strict=False):
        said.append(clean(_named(kind, value, inventory, language), NAME_LIMIT))
    said += ["", ""]
    return frame.format(first=said[0], second=said[1])


def _kinds(dimension: Dimension) -> tuple[str, ...]:
    match dimension:
        case Dimension.PROVIDER_DISTRICT:
            return ("provider", "district")
        case Dimension.PROVIDER_AREA:
            return ("provider", "area")
        case _:
            return (dimension.value,)


def _named(kind: str, value: str, inventory: Inventory, language: Language) -> str:
    """Return what people call an id."""
    if kind in {"power", "parent"} and value in inventory.targets:
        return inventory.targets[value].name
    if kind == "circuit" and value in inventory.circuits:
        circuit = inventory.circuits[value]
        return f"{circuit.provider} {circuit.contract_code}".strip()
    if kind == "area" and value in inventory.areas:
        return inventory.areas[value].name
    if kind == "layer":
        return layer_name(Layer(value), language) if value in set(Layer) else value
    return former_short(value, language) if kind == "district" else value


def _scope(common: Common, members: Sequence[Incident], inventory: Inventory) -> _Scope:
    """Return what the group is counted over: the watched targets of its layer, by unit or each for itself."""
    roots = {member.root_check_id.partition("/")[0] for member in members}
    layers = {inventory.targets[root].layer for root in roots if root in inventory.targets}
    layers |= {Layer(common.layer)} if common.layer in set(Layer) else set()
    by_target = layers <= _BY_TARGET
    # Nodes and bodies of the province are no communes: they are counted where one of them is among those that failed.
    only_communes = all(
        _is_commune(inventory.targets[root], inventory) for root in roots if root in inventory.targets
    )
    of: dict[str, str] = {}
    names: dict[str, str] = {}
    for target in inventory.targets.values():
        if not target.is_watched or target.layer not in layers:
            continue
        if only_communes and not _is_commune(target, inventory):
            continue
        unit = inventory.units.get(target.unit_code)
        key = target.id if by_target or unit is None else unit.code
        of[target.id] = key
        names[key] = short_unit_name(
            clean(target.name if key == target.id or unit is None else unit.name, NAME_LIMIT)
        )
    in_order = sorted(names, key=lambda key: sort_key(names[key]))
    return _Scope(inventory, of, names, {key: place for place, key in enumerate(in_order)})


def _is_commune(target: Target, inventory: Inventory) -> bool:
    unit = inventory.units.get(target.unit_code)
    return unit is not None and unit.is_commune


def _key(member: Incident, scope: _Scope) -> str:
    target_id = member.root_check_id.partition("/")[0]
    return scope.of.get(target_id, target_id)


def _noun(common: Common, keys: Iterable[str], scope: _Scope, language: Language) -> str:
    """Return the word for what is counted: "xã" only where all of them are."""
    if common.layer in {Layer.SHARED, Layer.CENTRAL}:
        return phrase("noun_system", language)
    units = [scope.inventory.units.get(key) for key in keys]
    if common.layer == Layer.INFRA or not any(units):
        return phrase("noun_device", language)
    if all(unit is not None and unit.is_commune for unit in units):
        kinds = {unit.kind for unit in units if unit is not None}
        return phrase("noun_commune" if kinds == {"xã"} else "noun_communes", language)
    return phrase("noun_unit", language)


def _district(target: Target, inventory: Inventory, language: Language) -> str:
    unit = inventory.units.get(target.unit_code)
    return "" if unit is None else clean(former_short(unit.former_district, language), AREA_LIMIT)


def _area(target: Target, inventory: Inventory, _language: Language) -> str:
    unit = inventory.units.get(target.unit_code)
    found = None if unit is None or unit.area == PROVINCE else inventory.areas.get(unit.area)
    return "" if found is None else clean(found.name, AREA_LIMIT)


def _provider(target: Target, inventory: Inventory, _language: Language) -> str:
    circuit = inventory.circuits.get(target.circuit_id or "")
    return "" if circuit is None else clean(circuit.provider, AREA_LIMIT)


def _parts(
    of: Callable[[Target, Inventory, Language], str], these: Iterable[str], scope: _Scope, language: Language
) -> tuple[NamedUnits, ...]:
    """Divide keys by an attribute of their targets, the largest part first."""
    keys = set(these)
    totals: dict[str, set[str]] = {}
    for target_id, key in scope.of.items():
        name = of(scope.inventory.targets[target_id], scope.inventory, language)
        totals.setdefault(name, set()).add(key)
    found = [
        NamedUnits(name, len(keys & each), len(each), _sorted_names(keys & each, scope))
        for name, each in totals.items()
        if name and keys & each
    ]
    return tuple(sorted(found, key=lambda part: (-part.count, sort_key(part.name))))


def _sorted(keys: Iterable[str], scope: _Scope) -> list[str]:
    return sorted(keys, key=lambda key: (scope.order.get(key, len(scope.order)), key))


def _sorted_names(keys: Iterable[str], scope: _Scope) -> tuple[str, ...]:
    return tuple(scope.names.get(key, clean(key, NAME_LIMIT)) for key in _sorted(keys, scope))


def _line(key: str, member: Incident, scope: _Scope, zone: ZoneInfo, language: Language) -> str:
    unit = scope.inventory.units.get(key)
    area = clean(former_area(unit.former_district, language), AREA_LIMIT) if unit else ""
    place = clean(unit.name, NAME_LIMIT) if unit else scope.names.get(key, clean(key, NAME_LIMIT))
    place = f"{place} ({area})" if area else place
    return phrase("member", language, place=place, time=short_date_time(member.opened_at, zone))


def most_said(texts: Iterable[str]) -> str:
    """Return the text that most of them are, "" of none."""
    counted = Counter(text for text in texts if text)
    return max(counted, key=lambda text: counted[text], default="")
