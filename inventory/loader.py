"""YAML folders -> Inventory, or every problem there is. Reads files; keeps no state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inventory.addressing import AddressPlan, duplicates
from inventory.builder import Builder
from inventory.entries import Entries, read_entries
from inventory.equipment.reported import read_reported
from inventory.files.folders import Sections, SourceFile, read_sections
from inventory.files.source import problem_at
from inventory.model import Equipped, Inventory, Target
from inventory.problem import InventoryError, Problem, collapse
from inventory.times.reading import read_times
from inventory.times.references import empty_selections, unknown_names
from inventory.times.windows import windows_by_target
from probes.kind import Kind, Secrets
from probes.kinds import KINDS
from probes.snmp_ranges import ANY_ADDRESS, AccountRanges

SHIPPED_PROFILES = Path(__file__).parent / "profiles"
_FEWEST_ANCHORS = 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """A usable inventory and what should still be looked at."""

    inventory: Inventory
    warnings: tuple[Problem, ...] = ()
    files: tuple[SourceFile, ...] = ()
    """The bytes it was made of; root 0 are the shipped profiles, if any, then the paths in order."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """An inventory together with all it was made from, which knows its lines."""

    loaded: Loaded
    sections: Sections
    entries: Entries


def load(
    paths: Sequence[Path], *, kinds: Mapping[str, Kind] = KINDS, secrets: Secrets | None = None
) -> Inventory:
    """Return the inventory of these folders and files; see `load_with_warnings`."""
    return load_with_warnings(paths, kinds=kinds, secrets=secrets).inventory


def load_with_warnings(
    paths: Sequence[Path],
    *,
    kinds: Mapping[str, Kind] = KINDS,
    secrets: Secrets | None = None,
    profiles: Path | None = SHIPPED_PROFILES,
    policies: Collection[str] | None = None,
    ranges: AccountRanges = ANY_ADDRESS,
) -> Loaded:
    """Return a usable inventory and its warnings; see `assemble`."""
    return assemble(
        paths, kinds=kinds, secrets=secrets, profiles=profiles, policies=policies, ranges=ranges
    ).loaded


def assemble(
    paths: Sequence[Path],
    *,
    kinds: Mapping[str, Kind] = KINDS,
    secrets: Secrets | None = None,
    profiles: Path | None = SHIPPED_PROFILES,
    policies: Collection[str] | None = None,
    ranges: AccountRanges = ANY_ADDRESS,
) -> Assembled:
    """Read, validate and freeze an inventory; raise InventoryError with all problems.

    A later path changes what an earlier one says, field by field; the shipped `profiles` come before all of them.
    With `secrets`, a secret that a check needs (`ranges`: where it is) must be there; with `policies`, the policy of each check.
    """
    sections = read_sections([*([profiles] if profiles else []), *paths])
    sections.where = ", ".join(map(str, paths))
    problems = list(sections.problems)
    warnings = list(sections.warnings)
    entries = read_entries(sections, problems, warnings)
    plan = AddressPlan(sections.maps["address_plan"], problems)
    if sections.complete:
        targets = entries.raw_targets.keys() if entries.has_all_targets else None
        plan.refuse_strangers(sections.unit_names(), targets)
    builder = Builder(sections, entries, kinds, problems, policies=policies, shipped=profiles)
    for target_id, form in entries.targets.items():
        builder.add(target_id, form, plan)
    reported = read_reported(sections, problems)
    times = read_times(sections, problems, warnings)
    problems += unknown_names(sections, entries)
    builder.refuse_unwatched()
    if secrets is not None:
        builder.refuse_missing_secrets(secrets, ranges)
    if problems:
        raise InventoryError(collapse(problems))
    sites = {code: str(site) for code, site in plan.sites.items()}
    inventory = replace(builder.finish(plan.own_ranges), sites=sites, reported=reported)
    inventory = replace(inventory, calendars=times.calendars, windows=times.windows)
    inventory = replace(inventory, windows_of=windows_by_target(times.windows, inventory))
    problems += empty_selections(sections, inventory)
    if problems:
        raise InventoryError(collapse(problems))
    warnings += [
        *duplicates(inventory.checks, entries.raw_targets),
        *_few_anchors(inventory, entries, sections.where),
    ]
    return Assembled(Loaded(inventory, collapse(warnings), tuple(sections.files)), sections, entries)


def _few_anchors(inventory: Inventory, entries: Entries, where: str) -> list[Problem]:
    """Return which anchors wait for what, while too few are watched; where that does not do, that more are needed."""
    count = len(inventory.anchors)
    if count >= _FEWEST_ANCHORS:
        return []
    watched = {inventory.checks[check_id].target_id for check_id in inventory.anchors}
    waiting = [target for target in inventory.targets.values() if target.anchor and target.id not in watched]
    found = [_waiting_anchor(target, entries, count) for target in waiting]
    if count + len(waiting) >= _FEWEST_ANCHORS:
        return found
    message = f"chỉ có {count} mốc (anchor) được giám sát; cần ít nhất {_FEWEST_ANCHORS}"
    hint = "đặt anchor: true cho cổng mạng của tỉnh và biên của từng nhà mạng, nếu không sự cố phía ta thành lỗi của xã"
    return [*found, Problem(where, 1, "targets", message, hint)]


def _waiting_anchor(target: Target, entries: Entries, count: int) -> Problem:
    reasons = (
        (not target.address, "thiếu address", "điền address"),
        (
            target.equipped is not Equipped.YES,
            f"equipped đang là {target.equipped.value}",
            "ghi equipped: yes",
        ),
        (not target.enabled, "enabled đang là false", "bỏ enabled: false"),
    )
    lacks = ", ".join(lack for is_so, lack, _ in reasons if is_so) or "không có phép đo nào chạy"
    remedies = ", ".join(remedy for is_so, _, remedy in reasons if is_so) or "bật một phép đo"
    message = f"mốc {target.id} chưa được giám sát: {lacks}"
    hint = f"{remedies} (cần ít nhất {_FEWEST_ANCHORS} mốc, đang có {count})"
    data = entries.raw_targets[target.id]
    return problem_at(data, ("anchor",), message, hint=hint, under=f"targets.{target.id}")
