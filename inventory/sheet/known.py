"""What an inventory says already, in the terms of the columns. Reads YAML folders that need not be complete yet."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inventory.address import Network, needs_address, network
from inventory.addressing import AddressPlan
from inventory.builder import inheritance_of
from inventory.entries import Entries, read_entries
from inventory.files.folders import Sections, read_sections
from inventory.files.source import Place, YamlMap
from inventory.inheritance import Inheritance
from inventory.loader import SHIPPED_PROFILES
from inventory.model import ALWAYS, Owner
from inventory.problem import InventoryError, Problem
from inventory.schema import CircuitForm, ProfileForm, TargetForm, UnitForm
from inventory.sheet.columns import FACTORS

Value = str | float | tuple[str, ...]
Values = Mapping[str, Value]
"""Column key -> what the inventory has there; a column without anything is absent."""
_CIRCUIT_KEYS = ("provider", "contract_code", "hotline", *FACTORS)


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What a class of targets asks of its rows."""

    needs_address: bool
    owner: Owner


@dataclass(frozen=True, slots=True)
class Known:
    """Units, profiles, circuits, calendars, and the resolved simple fields of all targets."""

    areas: Mapping[str, str]
    """Id -> name, in the order written."""
    units: Mapping[str, UnitForm]
    profiles: Mapping[str, ProfileFacts]
    calendars: Mapping[str, str]
    """Id -> name."""
    circuits: Mapping[str, Values] = field(default_factory=dict)
    targets: Mapping[str, Values] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    """Targets whose address stands in the address plan's `exact`, which wins over their own."""
    sites: Mapping[str, Network] = field(default_factory=dict)
    planned_roles: frozenset[str] = frozenset()
    """What may follow "<unit code>." in the id of a target whose address comes from the plan."""
    ranges: tuple[Network, ...] = ()
    written: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    """(section, id) -> where the folder that is written into has it."""

    def has_planned_address(self, target_id: str, unit: str) -> bool:
        """Whether the address plan gives a new target of this id an address."""
        role = target_id.removeprefix(f"{unit}.")
        return role != target_id and unit in self.sites and role in self.planned_roles

    def is_outside(self, address: str) -> bool:
        """Whether this is an IP address outside of all declared ranges."""
        if not self.ranges:
            return False
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return not any(ip in own for own in self.ranges)


def read_known(paths: Sequence[Path], *, into: Path | None = None) -> Known:
    """Read folders and files; raise InventoryError when one cannot be read or no unit is declared.

    `into` is the folder whose own entries `written` tells of.
    """
    sections = read_sections([SHIPPED_PROFILES, *paths])
    problems = list(sections.problems)
    entries = read_entries(sections, problems, [])
    if not sections.complete:
        raise InventoryError(sections.problems)
    if not entries.units:
        message, hint = "không có đơn vị nào", "bắt đầu bằng: tslcd-monitor inventory init"
        raise InventoryError([*sections.problems, Problem(str(paths[-1]), 1, "units", message, hint)])
    plan_data = sections.maps["address_plan"]
    plan = AddressPlan(plan_data, [])
    inheritance = inheritance_of(sections, entries)
    return Known(
        areas={key: form.name for key, form in entries.areas.items()},
        units=entries.units,
        profiles={
            name: ProfileFacts(_needs_address(form), form.owner) for name, form in entries.profiles.items()
        },
        calendars=_calendars(sections),
        circuits={key: _circuit(form) for key, form in entries.circuits.items()},
        targets={
            target_id: _target(target_id, form, entries, plan, inheritance)
            for target_id, form in entries.targets.items()
        },
        exact=frozenset(_part(plan_data, "exact")),
        sites=plan.sites,
        planned_roles=frozenset(_part(plan_data, "hosts")),
        ranges=_ranges(plan_data),
        written=_written(into) if into else {},
    )


def _part(data: YamlMap, key: str) -> YamlMap:
    part = data.get(key)
    return part if isinstance(part, YamlMap) else YamlMap(data.place)


def _needs_address(form: ProfileForm) -> bool:
    checks = [check for check in form.checks.values() if check.get("enabled") is not False]
    return any(needs_address(str(check.get("kind")), check.get("address")) for check in checks)


def _calendars(sections: Sections) -> dict[str, str]:
    names = {ALWAYS: "Cả ngày đêm"}
    for key, data in sections.maps["calendars"].items():
        names[key] = str(data.get("name", key)) if isinstance(data, YamlMap) else key
    return names


def _circuit(form: CircuitForm) -> Values:
    return _present({key: getattr(form, key) for key in _CIRCUIT_KEYS})


def _target(
    target_id: str, form: TargetForm, entries: Entries, plan: AddressPlan, inheritance: Inheritance
) -> Values:
    data = entries.raw_targets[target_id]
    levels = (form.profile, form.unit, (f"targets.{target_id}", data))
    inherited: dict[str, str | None] = {}
    if form.profile in entries.profiles:
        # Of single checks more may be said.
        inherited = {key: inheritance.of_all_checks(key, *levels) for key in ("calendar", "policy")}
        inherited["owner"] = inheritance.owner(*levels)[0].value
    return _present(
        {
            "unit": form.unit,
            "profile": form.profile,
            "name": form.name,
            "address": plan.address_of(target_id, form, data, is_needed=False),
            "equipped": form.equipped.value,
            "circuit": form.circuit,
            "depends_on": tuple(dict.fromkeys(form.depends_on)),
            "powered_by": tuple(dict.fromkeys(form.powered_by)),
            "tags": tuple(dict.fromkeys(form.tags)),
            **inherited,
        }
    )


def _present(values: Mapping[str, Value | None]) -> Values:
    return {key: value for key, value in values.items() if value not in {None, "", ()}}


def _ranges(plan: YamlMap) -> tuple[Network, ...]:
    ranges = plan.get("ranges")
    found = [network(text) for text in ranges if isinstance(text, str)] if isinstance(ranges, list) else []
    return tuple(own for own in found if own is not None)


def _written(path: Path) -> dict[tuple[str, str], Place]:
    maps = read_sections([path]).maps
    places = {
        (name, key): place for name in ("targets", "circuits") for key, place in maps[name].places.items()
    }
    exact = _part(maps["address_plan"], "exact")
    return places | {("exact", key): place for key, place in exact.places.items()}
