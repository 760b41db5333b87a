"""What is down, as people know it: place and label, each also short for a lock screen. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from alerts.messages.own import part_of
from alerts.messages.plain import clean
from alerts.messages.reach import NAME_LIMIT, primary_checks
from alerts.messages.vocabulary import Language
from alerts.messages.words import VOCABULARIES, layer_name, layer_short_name, phrase
from alerts.model.checks import Status
from alerts.model.incident import Incident
from inventory.model import Check, Inventory, Layer, Target, Unit
from inventory.names import short_unit_name

_NAMED_BY_TARGET: Final = frozenset({Layer.SHARED, Layer.CENTRAL, Layer.INFRA, Layer.SELF})
"""Layers whose targets people know by their own name, not by the unit that owns them."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an incident is about; `service` is "" unless only that failed."""

    place: str
    short_place: str
    label: str
    short_label: str
    target: str = ""
    service: str = ""


def names_of(incident: Incident, inventory: Inventory, behind: Collection[str], language: Language) -> Names:
    """Name what is down so that a person knows it from everything else that may be down.

    A target that left the inventory is called what it was called when the incident began. Where that was not written
    down, its unit (whose code its id begins with) and id are all that is known.
    """
    target_id = incident.root_check_id.partition("/")[0]
    target = inventory.targets.get(target_id)
    unit = inventory.units.get(target.unit_code if target else target_id.partition(".")[0])
    if target is None:
        name, _, where = incident.name.rpartition(" – ")
        place = clean(where or (unit.name if unit else phrase("removed_target", language)), NAME_LIMIT)
        label = clean(name or target_id, NAME_LIMIT)
        return Names(place, short_unit_name(place), label, label)
    names = _names(target, unit, language, whole=_stands_for_layer(target, inventory, behind))
    return _with_service(names, inventory.checks.get(incident.root_check_id), inventory, language)


def answers(incident: Incident, inventory: Inventory, statuses: Mapping[str, Status]) -> bool:
    """Whether the target itself answers though the incident's check, another than its primary one, failed."""
    check = inventory.checks.get(incident.root_check_id)
    primary = "" if check is None else primary_checks(inventory).get(check.target_id, "")
    is_secondary = check is not None and primary != check.id
    return is_secondary and statuses.get(primary) in {Status.UP, Status.DEGRADED}


def _names(target: Target, unit: Unit | None, language: Language, *, whole: bool) -> Names:
    place = clean(unit.name, NAME_LIMIT) if unit else ""
    name = clean(target.name, NAME_LIMIT) or target.id
    layer, short_layer = layer_name(target.layer, language), layer_short_name(target.layer, language)
    if target.layer in _NAMED_BY_TARGET or not place:
        return Names(name, name, layer, short_layer)
    if whole:
        return Names(place, short_unit_name(place), layer, short_layer, name)
    return Names(place, short_unit_name(place), name, name)


def _stands_for_layer(target: Target, inventory: Inventory, behind: Collection[str]) -> bool:
    """Whether without `target` nothing of its layer works in its unit: then the layer is what people know."""
    return all(
        other.id == target.id or other.id in behind
        for other in inventory.targets.values()
        if other.is_watched and other.unit_code == target.unit_code and other.layer is target.layer
    )


def _with_service(names: Names, check: Check | None, inventory: Inventory, language: Language) -> Names:
    part = part_of(check, language)
    if part is not None:
        label = f"{part.name}, {names.label}"
        return replace(names, label=label, short_label=part.name, service=part.name)
    if check is None or primary_checks(inventory)[check.target_id] == check.id:
        return names
    services = VOCABULARIES[language].services
    service, short_service = services.get(check.kind, services[""])
    return replace(
        names,
        label=f"{service}, {names.label}",
        short_label=f"{short_service} {names.short_label}",
        service=service,
    )
