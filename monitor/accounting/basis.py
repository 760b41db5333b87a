"""What the accounts of a period rest on, worked out once: the stretches, outages and figures of each check. Pure.

Rows, lists of outages and pictures that are drawn from one basis always agree.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from inventory.model import Check, Inventory
from monitor.accounting.aggregation import Figures, Member
from monitor.accounting.model import Books, Period
from monitor.accounting.outages import (
    LOOK_BACK_S,
    NO_OUTAGES,
    Outage,
    Reaction,
    found_in,
    going_on,
    reactions,
    tally,
)
from monitor.accounting.parts import Course
from monitor.accounting.stretches import Stretches, sums


@dataclass(frozen=True, slots=True)
class Basis:
    """One period of some targets. All mappings have what was asked for; `outages` only checks that have any."""

    books: Books
    period: Period
    stretches: Mapping[str, Stretches]
    """Check -> what each moment of the period counts as."""
    outages: Mapping[str, tuple[Outage, ...]]
    """Check -> its outages by time; also one that only was seen to be over in the period (`within_s` is 0)."""
    figures: Mapping[str, Figures]
    """Check -> its sums, its tally, the incidents of which it is the root."""
    members: Mapping[str, Member]
    """Target -> the figures of its primary check and the reactions to any of its checks."""
    primaries: Mapping[str, str]
    """Target -> its primary check."""


def basis(
    books: Books, period: Period, *, targets: Collection[str] | None = None, every_check: bool = False
) -> Basis:
    """Return what accounts of the period rest on, for these targets as far as they are watched (None: all of them).

    The monitor itself is nobody's service: it counts only when it is asked for by name.
    `every_check`: of all their checks, not only of the primary ones. The books have to reach back to `known_from` of the
    period; they may be those of a longer time.
    """
    checks = _checks_of(books.inventory, targets)
    counted = [
        each.id for of_target in checks.values() for each in (of_target if every_check else of_target[:1])
    ]
    reactions_to = reactions(books.incidents, period)
    course = Course(books, period.from_at, period.until_at)
    before = Course(books, period.from_at - LOOK_BACK_S, period.from_at)
    stretches: dict[str, Stretches] = {}
    outages: dict[str, tuple[Outage, ...]] = {}
    figures: dict[str, Figures] = {}
    for check_id in counted:
        stretches[check_id] = course.stretches(check_id)
        found = _outages(stretches[check_id], before, check_id)
        if found:
            outages[check_id] = tuple(found)
        figures[check_id] = Figures(
            sums(stretches[check_id]),
            tally(found) if found else NO_OUTAGES,
            reactions_to.get(check_id, ()),
        )
    return Basis(
        books=books,
        period=period,
        stretches=stretches,
        outages=outages,
        figures=figures,
        members=_members(books.inventory, checks, figures, reactions_to),
        primaries={target_id: of_target[0].id for target_id, of_target in checks.items()},
    )


def _outages(stretches: Stretches, before: Course, check_id: str) -> list[Outage]:
    # Also of one that was up all the time: an outage may have been seen to be over with the first moment.
    earlier = going_on(before.stretches(check_id)) if before.may_end_down(check_id) else None
    return found_in(stretches, earlier)


def _checks_of(inventory: Inventory, targets: Collection[str] | None) -> Mapping[str, Sequence[Check]]:
    """Return target id -> its checks, the primary one first; of targets that have some and are meant."""
    found: defaultdict[str, list[Check]] = defaultdict(list)
    for check in inventory.checks.values():
        if not check.is_own if targets is None else check.target_id in targets:
            found[check.target_id].append(check)
    return found


def _members(
    inventory: Inventory,
    checks: Mapping[str, Sequence[Check]],
    figures: Mapping[str, Figures],
    reactions_to: Mapping[str, tuple[Reaction, ...]],
) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for target_id, of_target in checks.items():
        primary = figures[of_target[0].id]
        answered: tuple[Reaction, ...] = tuple(
            reaction for check in of_target for reaction in reactions_to.get(check.id, ())
        )
        member = Figures(primary.parts, primary.tally, answered)
        found[target_id] = Member(inventory.targets[target_id], member)
    return found
