"""Which targets a figure is about: the lines of communes, the devices of one-stop offices, systems. Pure."""

from collections.abc import Collection, Iterable
from typing import Final

from inventory.equipment.coverage import COMMUNE_KINDS
from inventory.model import Inventory, Layer, Unit
from inventory.names import SortKey, sort_key

ONE_STOP: Final = (Layer.KIOSK, Layer.PC)
"""Layers of the devices at the one-stop offices of communes."""


def is_commune(unit: Unit) -> bool:
    """Whether it is a xã, phường or đặc khu. Not by its area: a body of the province may have its seat in one."""
    return unit.kind.casefold() in COMMUNE_KINDS


def communes(inventory: Inventory) -> tuple[Unit, ...]:
    """Return all communes in the official order: by area, former district, name."""
    areas = {area_id: number for number, area_id in enumerate(inventory.areas)}

    def order(unit: Unit) -> tuple[int, SortKey, SortKey, str]:
        area = areas.get(unit.area, len(areas))
        return area, sort_key(unit.former_district), sort_key(unit.name), unit.code

    return tuple(sorted(filter(is_commune, inventory.units.values()), key=order))


def lines(inventory: Inventory) -> tuple[str, ...]:
    """Return the watched TSLCD targets of communes, in the inventory's order."""
    codes = {unit.code for unit in inventory.units.values() if is_commune(unit)}
    return tuple(
        target.id
        for target in inventory.targets.values()
        if target.is_watched and target.layer is Layer.TSLCD and target.unit_code in codes
    )


def of_layers(inventory: Inventory, ids: Iterable[str], layers: Collection[Layer]) -> tuple[str, ...]:
    """Return those of these targets that belong to one of the layers."""
    return tuple(id_ for id_ in ids if inventory.targets[id_].layer in layers)
