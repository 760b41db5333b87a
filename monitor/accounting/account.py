"""Accounts of a period: rows of one grouping or of several, and a check day by day. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from alerts.model.hold import Muting
from inventory.model import Inventory, Layer, Selector
from inventory.times.windows import selected
from monitor.accounting.aggregation import check_rows, group_rows
from monitor.accounting.basis import Basis, basis
from monitor.accounting.corrected import in_force
from monitor.accounting.maintenance import begun_at
from monitor.accounting.model import Account, Books, Correction, GroupBy, Part, Parts, Period
from monitor.accounting.outages import LOOK_BACK_S
from monitor.accounting.parts import Course
from monitor.accounting.periods import days_of
from monitor.accounting.stretches import sums
from monitor.accounting.timeline import timeline

_EVERYTHING = Selector()


def account(
    books: Books,
    period: Period,
    group_by: GroupBy,
    *,
    least_coverage_ratio: float,
    select: Selector = _EVERYTHING,
) -> Account:
    """Return the rows of one grouping, over the targets that `select` means: all of them, if nothing is said."""
    found = accounts(books, period, (group_by,), least_coverage_ratio=least_coverage_ratio, select=select)
    return found[group_by]


def accounts(
    books: Books,
    period: Period,
    groupings: Iterable[GroupBy],
    *,
    least_coverage_ratio: float,
    select: Selector = _EVERYTHING,
) -> Mapping[GroupBy, Account]:
    """Return the account of each grouping; what the checks went through is worked out once for all of them.

    The books have to reach back to `known_from`. The aggregation's rule is that of `aggregation`.
    """
    groupings = tuple(dict.fromkeys(groupings))
    meant = None if select == _EVERYTHING else frozenset(_meant(select, books.inventory))
    return accounts_of(
        basis(books, period, targets=meant, every_check=GroupBy.CHECK in groupings),
        groupings,
        least_coverage_ratio=least_coverage_ratio,
    )


def _meant(select: Selector, inventory: Inventory) -> Iterator[str]:
    """Yield the targets that `select` means; the monitor itself is nobody's service, and meant only by its name."""
    for target_id in selected(select, inventory):
        if inventory.targets[target_id].layer is not Layer.SELF or target_id in select.targets:
            yield target_id


def accounts_of(
    of: Basis, groupings: Iterable[GroupBy], *, least_coverage_ratio: float
) -> Mapping[GroupBy, Account]:
    """Return the account of each grouping, from what was worked out. CHECK has rows of the basis' checks."""
    books, period = of.books, of.period
    members = list(of.members.values())
    touching = _touching(books, period, of.figures)
    left = tuple(_left(books, period))
    return {
        group_by: Account(
            period=period,
            group_by=group_by,
            rows=tuple(
                check_rows(of.figures, books.inventory, least_coverage_ratio)
                if group_by is GroupBy.CHECK
                else group_rows(members, group_by, books.inventory, least_coverage_ratio)
            ),
            until_at=min(period.until_at, books.known_until_at, books.now),
            least_coverage_ratio=least_coverage_ratio,
            corrections=touching,
            left=left,
        )
        for group_by in groupings
    }


def by_day(books: Books, check_id: str, period: Period, *, zone: str) -> tuple[tuple[date, Parts], ...]:
    """Return the local days of the period with what they were made of for one check, in order.

    KeyError: the inventory has no such check.
    """
    stretches = Course(books, period.from_at, period.until_at).stretches(check_id)
    found: list[tuple[date, Parts]] = []
    passed = 0
    for day, from_at, until_at in days_of(period, zone=zone):
        while stretches[passed][1] <= from_at:
            passed += 1
        last = passed
        while stretches[last][1] < until_at:
            last += 1
        within = stretches[passed : last + 1]
        found.append(
            (day, sums((max(start, from_at), min(end, until_at), part) for start, end, part in within))
        )
        passed = last
    return tuple(found)


def known_from(inventory: Inventory, mutings: Iterable[Muting], period: Period) -> float:
    """Return from when on histories have to be known for exact accounts of `period`.

    That is LOOK_BACK_S before it, so that an outage is told from one that went on, or the beginning of maintenance
    that was on then and is over with the first return. `mutings` and the corrections of the books have to be those of
    the time from LOOK_BACK_S before the period on.
    """
    return begun_at(inventory, mutings, period.from_at - LOOK_BACK_S)


def _left(books: Books, period: Period) -> Iterator[str]:
    """Yield the checks that were watched in the period and are no longer in the inventory, whatever was selected."""
    for check_id in sorted(books.histories.keys() - books.inventory.checks.keys()):
        found = timeline(
            books.histories[check_id],
            period.from_at,
            period.until_at,
            known_until_at=books.known_until_at,
            now=books.now,
        )
        if any(part is not Part.UNWATCHED for _, _, part in found):
            yield check_id


def _touching(books: Books, period: Period, check_ids: Iterable[str]) -> tuple[Correction, ...]:
    """Return the corrections in force that are about these checks and the period."""
    counted = frozenset(check_ids)
    return tuple(
        each
        for each in in_force(books.corrections)
        if each.from_at < period.until_at
        and period.from_at < each.until_at
        and not counted.isdisjoint(each.check_ids)
    )
