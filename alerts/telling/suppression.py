"""Who is not told now, and until when: maintenance, silences, closing time, what is new. Incidents go on. Pure.

A hold is worked out afresh whenever it matters: whenever an incident may be told, and at the moment of sending.
Nothing of it is remembered.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from alerts.model.hold import Hold, Muting, MutingKind, SuppressionReason
from alerts.muting.muted import over_at
from alerts.world import Changes, World
from inventory.model import ALWAYS, Check, Inventory
from inventory.times.calendars import told_from
from inventory.times.windows import occurrences

NEVER_TOLD_AT: Final = 4_102_444_800.0
"""The year 2100: until then nobody is told of what has a calendar without any hours."""

NOTHING_MUTED: Final[Mapping[str, tuple[Muting, ...]]] = MappingProxyType({})

_REASONS: Final[Mapping[MutingKind, SuppressionReason]] = MappingProxyType(
    {
        MutingKind.SILENCE: SuppressionReason.SILENCE,
        MutingKind.MAINTENANCE: SuppressionReason.MAINTENANCE,
    }
)

Openings = dict[tuple[str, float], float | None]
"""What was found out: (calendar id, moment) -> from when on somebody may be told. For one inventory."""

_LONGEST_CHAIN: Final = 16
"""Holds that follow each other without a gap; if there are more, the hold is worked out again at the end of these."""


def held(
    inventory: Inventory,
    check_id: str,
    now: float,
    *,
    first_seen_at: Mapping[str, float],
    back_at: Mapping[str, float],
    quiet_s: float,
    muted: Mapping[str, tuple[Muting, ...]] = NOTHING_MUTED,
    openings: Openings | None = None,
) -> Hold | None:
    """Return why nobody is told now of a failure of this check, and until when; None when they are told.

    `first_seen_at`: target id -> when it came into the inventory; `back_at`: target id -> when it was last up again;
    `muted`: target id -> what people declared for it. A window or maintenance `until_up` is over for a target once it
    came back within: all of its checks that were down are up. `openings` is filled, to be handed in again: many checks
    have one calendar. Of several holds the one that ends last is named; one that begins before it ends goes on from
    there.
    """
    check = inventory.checks.get(check_id)
    if check is None:
        return None
    openings = {} if openings is None else openings
    reason: Hold | None = None
    until_at = now
    for _ in range(_LONGEST_CHAIN):
        link = max(
            (
                *_windows(inventory, check.target_id, until_at, back_at=back_at),
                *_mutings(muted.get(check.target_id, ()), check.target_id, until_at, back_at=back_at),
                *_closing_time(inventory, check, until_at, openings),
                *_newness(check.target_id, until_at, first_seen_at=first_seen_at, quiet_s=quiet_s),
            ),
            key=lambda hold: hold.until_at,
            default=None,
        )
        if link is None:
            break
        reason, until_at = reason or link, link.until_at
    return None if reason is None else replace(reason, until_at=until_at)


def hold_of(world: World, check_id: str, now: float, openings: Openings | None = None) -> Hold | None:
    """Return what holds back messages about `check_id` now, None when nothing does."""
    return held(
        world.inventory,
        check_id,
        now,
        first_seen_at=world.first_seen_at,
        back_at=world.back_at,
        quiet_s=world.settings.new_target_quiet_s,
        muted=world.muted,
        openings=openings,
    )


def is_muted(world: World, check_id: str, now: float) -> bool:
    """Whether somebody said that nothing be told of the check's own target now: a window, maintenance, a silence."""
    check = world.inventory.checks.get(check_id)
    if check is None:
        return False
    target_id = check.target_id
    return any(_windows(world.inventory, target_id, now, back_at=world.back_at)) or any(
        _mutings(world.muted.get(target_id, ()), target_id, now, back_at=world.back_at)
    )


def note_seen(world: World, changes: Changes, at: float, *, former: Inventory | None = None) -> None:
    """Note that the targets nobody has seen before are there since `at`.

    One that left and came back is not new, nor is one that only has another id: at the address of one that left the
    `former` inventory.
    """
    watched = dict.fromkeys(check.target_id for check in world.inventory.checks.values())
    new = [target_id for target_id in watched if target_id not in world.first_seen_at]
    left_at = _left(world, former) if new and former is not None else {}
    for target_id in new:
        target = world.inventory.targets.get(target_id)
        seen_at = left_at.get(target.address, at) if target is not None else at
        world.first_seen_at[target_id] = seen_at
        changes.seen.append((target_id, seen_at))


def _left(world: World, former: Inventory) -> dict[str, float]:
    """Return address -> when the target that left with it was first seen."""
    return {
        target.address: world.first_seen_at[target_id]
        for target_id, target in former.targets.items()
        if target.address and target_id not in world.inventory.targets and target_id in world.first_seen_at
    }


def note_back(world: World, changes: Changes, check_id: str, at: float) -> None:
    """Note that a check is no longer down since `at`: if none of its target is, the target is up again."""
    target_id = world.inventory.checks[check_id].target_id
    family = _same_target(world.inventory, check_id, world.inventory.parents) or [check_id]
    family += _same_target(world.inventory, family[0], world.inventory.children)
    if not any(world.is_down(each) for each in family):
        world.back_at[target_id] = at
        changes.back.append((target_id, at))


def _same_target(inventory: Inventory, check_id: str, related: Mapping[str, tuple[str, ...]]) -> list[str]:
    target_id = inventory.checks[check_id].target_id
    return [each for each in related.get(check_id, ()) if inventory.checks[each].target_id == target_id]


def _windows(
    inventory: Inventory, target_id: str, at: float, *, back_at: Mapping[str, float]
) -> Iterator[Hold]:
    for window_id in inventory.windows_of.get(target_id, ()):
        window = inventory.windows[window_id]
        for start, end in occurrences(window, at, at + 1):
            # A return beyond the end was noted by a clock that was ahead.
            is_over = window.until_up and start <= back_at.get(target_id, float("-inf")) < end
            if start <= at < end and not is_over:
                yield Hold(SuppressionReason.MAINTENANCE, window_id, end)


def _mutings(
    mutings: Iterable[Muting], target_id: str, at: float, *, back_at: Mapping[str, float]
) -> Iterator[Hold]:
    for muting in mutings:
        if not muting.is_in_force(at):
            continue
        is_over = (
            muting.until_up and muting.from_at <= back_at.get(target_id, float("-inf")) < muting.until_at
        )
        if not is_over:
            yield Hold(_REASONS[muting.kind], muting.id, over_at(muting))


def _closing_time(inventory: Inventory, check: Check, at: float, openings: Openings) -> Iterator[Hold]:
    calendar = None if check.calendar == ALWAYS else inventory.calendars.get(check.calendar)
    if calendar is None:
        return
    key = (calendar.id, at)
    if key not in openings:
        openings[key] = told_from(calendar, at)
    told_at = openings[key]
    until_at = NEVER_TOLD_AT if told_at is None else told_at
    if until_at > at:
        yield Hold(SuppressionReason.OFF_HOURS, calendar.id, until_at)


def _newness(
    target_id: str, at: float, *, first_seen_at: Mapping[str, float], quiet_s: float
) -> Iterator[Hold]:
    seen_at = first_seen_at.get(target_id)
    if seen_at is not None and seen_at <= at < seen_at + quiet_s:
        yield Hold(SuppressionReason.NEW, target_id, seen_at + quiet_s)
