"""Accounts of a period: rows of one grouping or of several, and a check day by day. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from alerts.model.hold import Muting
from inventory.model import Inventory, Selector
from monitor.accounting.model import Account, Books, GroupBy, Parts, Period


def account(
    books: Books,
    period: Period,
    group_by: GroupBy,
    *,
    least_coverage_ratio: float,
    select: Selector | None = None,
) -> Account:
    """Return the rows of one grouping, over the targets that `select` means; None: all of them."""
    return accounts(books, period, (group_by,), least_coverage_ratio=least_coverage_ratio, select=select)[
        group_by
    ]


def accounts(
    books: Books,
    period: Period,
    groupings: Iterable[GroupBy],
    *,
    least_coverage_ratio: float,
    select: Selector | None = None,
) -> Mapping[GroupBy, Account]:
    """Return the account of each grouping; what the checks went through is worked out once for all of them."""
    raise NotImplementedError


def by_day(books: Books, check_id: str, period: Period, *, zone: str) -> tuple[tuple[date, Parts], ...]:
    """Return the local days of the period with what they were made of for one check, in order."""
    raise NotImplementedError


def known_from(inventory: Inventory, mutings: Iterable[Muting], period: Period) -> float:
    """Return from when on histories have to be known for exact accounts of `period`: at its beginning, or before.

    The status of a history is the one at this moment, its transitions those from then on.
    """
    raise NotImplementedError
