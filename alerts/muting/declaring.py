"""What people declare: silences and ad-hoc maintenance. Pure; the moment is an argument.

A muting has an end and a comment, always. Measuring, incidents and recoveries go on; at its end, sooner or later,
whatever is still down is told by the next tick. The targets it means are worked out when it is declared and when the
inventory changes, not at every look.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from alerts.model.decision import Decision
from alerts.model.hold import Muting, MutingKind
from alerts.muting.muted import Reach, hit_by, is_over, mutings_by_target, over_at, reach_of
from alerts.world import World
from inventory.model import Inventory, Selector

LONGEST_S: Final = 30 * 86_400.0
"""A muting lasts at most so long, and ends at most so long after somebody last looked at it."""

FARTHEST_AHEAD_S: Final = 400 * 86_400.0
"""Work is planned at most so long ahead."""

WHILE_DECIDING_S: Final = 60.0
"""What was to begin so short a time ago begins when it was to: somebody was typing."""

REMEMBERED_S: Final = 86_400.0
"""Maintenance is remembered so long after its end: somebody may have to be told how it went."""

PREFIXES: Final[Mapping[MutingKind, str]] = {MutingKind.SILENCE: "IM", MutingKind.MAINTENANCE: "BT"}


class MutingRefusal(StrEnum):
    """Why a muting was not declared, ended or extended."""

    NO_COMMENT = "no_comment"
    NOBODY = "nobody"
    """It is not said who wants it."""
    OVER = "over"
    """Its end has passed, or is not a time."""
    ENDS_BEFORE_START = "ends_before_start"
    TOO_LONG = "too_long"
    TOO_FAR_AHEAD = "too_far_ahead"
    NO_CONDITION = "no_condition"
    """The selector is empty: it would mute the whole province."""
    NOTHING_HIT = "nothing_hit"
    UNKNOWN_ID = "unknown_id"
    ALREADY_OVER = "already_over"
    """It is over or was ended: declare another."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants muted, from when to when, and why; `title`, `worker` and `until_up` of maintenance."""

    kind: MutingKind
    selector: Selector
    from_at: float
    until_at: float
    who: str
    comment: str
    title: str = ""
    worker: str = ""
    until_up: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a selector would hit.

    `communes` are its units without bodies of the whole province; `incidents` the open ones that nobody would be told
    of.
    """

    reach: Reach
    communes: tuple[str, ...]
    incidents: tuple[str, ...]


def declare(world: World, wish: Wish, now: float) -> Decision | MutingRefusal:
    """Mute what was wished; what would have begun in the past begins now, since nobody can be untold."""
    muting = planned(world, wish, now)
    if isinstance(muting, MutingRefusal):
        return muting
    numbered = replace(muting, id=world.next_id(PREFIXES[wish.kind], now))
    return _taken(world, numbered)


def planned(world: World, wish: Wish, now: float) -> Muting | MutingRefusal:
    """Return the muting as it would be declared, without a number yet; it changes nothing."""
    from_at = wish.from_at if now - WHILE_DECIDING_S <= wish.from_at else now
    refusal = (
        _refusal_of_words(wish.who, wish.comment)
        or _refusal_of_times(from_at, wish.until_at, now)
        or _refusal_of_selector(wish.selector, world.inventory)
    )
    if refusal is not None:
        return refusal
    return Muting(
        id="",
        kind=wish.kind,
        selector=wish.selector,
        from_at=from_at,
        until_at=wish.until_at,
        who=wish.who.strip(),
        comment=wish.comment.strip(),
        created_at=now,
        title=wish.title.strip(),
        worker=wish.worker.strip(),
        until_up=wish.until_up,
    )


def end_now(world: World, muting_id: str, who: str, now: float) -> Decision | MutingRefusal:
    """End it before its time; one that has not begun never will."""
    muting = world.mutings.get(muting_id)
    if muting is None:
        return MutingRefusal.UNKNOWN_ID
    if is_over(muting, now):
        return MutingRefusal.ALREADY_OVER
    if not who.strip():
        return MutingRefusal.NOBODY
    return _taken(world, replace(muting, ended_at=now, ended_by=who.strip()))


def extend(
    world: World, muting_id: str, until_at: float, who: str, comment: str, now: float
) -> Decision | MutingRefusal:
    """Let it end at another time, later or sooner; the comment says why, after what was said before."""
    muting = world.mutings.get(muting_id)
    if muting is None:
        return MutingRefusal.UNKNOWN_ID
    if is_over(muting, now):
        return MutingRefusal.ALREADY_OVER
    starts_at = max(muting.from_at, now)
    refusal = _refusal_of_words(who, comment) or _refusal_of_times(starts_at, until_at, now)
    if refusal is not None:
        return refusal
    said = f"{muting.comment}; {who.strip()}: {comment.strip()}"
    return _taken(world, replace(muting, until_at=until_at, comment=said))


def forget_over(world: World, now: float) -> None:
    """Drop what is over from memory; the store keeps it."""
    gone = [muting.id for muting in world.mutings.values() if now >= _remembered_until(muting)]
    for muting_id in gone:
        del world.mutings[muting_id]
    if gone:
        world.muted = mutings_by_target(world.mutings.values(), world.inventory)


def recall(world: World, mutings: Iterable[Muting], now: float) -> None:
    """Take back into memory what a clock that was set too far ahead made look over; `mutings` as the store has them."""
    back = [each for each in mutings if each.id not in world.mutings and now < _remembered_until(each)]
    if back:
        world.mutings |= {muting.id: muting for muting in back}
        world.muted = mutings_by_target(world.mutings.values(), world.inventory)


def preview(world: World, selector: Selector) -> Preview:
    """Return what a selector would hit now."""
    reach = reach_of(selector, world.inventory)
    known = (world.inventory.units[code] for code in reach.units if code in world.inventory.units)
    return Preview(
        reach=reach,
        communes=tuple(unit.code for unit in known if unit.is_commune),
        incidents=_quieted(world, frozenset(reach.own)),
    )


def _quieted(world: World, own: frozenset[str]) -> tuple[str, ...]:
    """Return the open incidents whose root is hit; a group when all of its members' roots are."""
    checks = world.inventory.checks

    def is_hit(check_id: str) -> bool:
        return check_id in checks and checks[check_id].target_id in own

    members: dict[str, list[str]] = {}
    for incident in world.incidents.values():
        if incident.part_of is not None and incident.is_open:
            members.setdefault(incident.part_of, []).append(incident.root_check_id)
    return tuple(
        incident.id
        for incident in world.incidents.values()
        if incident.is_open
        and incident.part_of is None
        and (
            all(map(is_hit, members.get(incident.id, [""])))
            if incident.is_group
            else is_hit(incident.root_check_id)
        )
    )


def _taken(world: World, muting: Muting) -> Decision:
    world.mutings[muting.id] = muting
    world.muted = mutings_by_target(world.mutings.values(), world.inventory)
    return Decision(mutings=(muting,))


def _remembered_until(muting: Muting) -> float:
    return over_at(muting) + (REMEMBERED_S if muting.kind is MutingKind.MAINTENANCE else 0.0)


def _refusal_of_words(who: str, comment: str) -> MutingRefusal | None:
    if not who.strip():
        return MutingRefusal.NOBODY
    return None if comment.strip() else MutingRefusal.NO_COMMENT


def _refusal_of_times(from_at: float, until_at: float, now: float) -> MutingRefusal | None:
    """Return what is wrong with a time that begins at `from_at`, now or later."""
    if math.isnan(from_at) or math.isnan(until_at) or until_at <= now:
        return MutingRefusal.OVER
    if until_at <= from_at:
        return MutingRefusal.ENDS_BEFORE_START
    if until_at - from_at > LONGEST_S:
        return MutingRefusal.TOO_LONG
    return MutingRefusal.TOO_FAR_AHEAD if from_at - now > FARTHEST_AHEAD_S else None


def _refusal_of_selector(selector: Selector, inventory: Inventory) -> MutingRefusal | None:
    if selector == Selector():
        return MutingRefusal.NO_CONDITION
    return None if hit_by(selector, inventory) else MutingRefusal.NOTHING_HIT
