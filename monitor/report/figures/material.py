"""What the figures of a period are made from: everything that is read, in one value. No I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.model import Inventory, Layer
from monitor.accounting.model import Books, Period
from monitor.conference.model import Meeting


@dataclass(frozen=True, slots=True)
class Aims:
    """What the settings say that figures depend on. `slow_least_s`: what is degraded for less is not spoken of."""

    zone: str
    province: str
    least_coverage_ratio: float
    target_ratios: Mapping[Layer, float] = field(default_factory=dict)
    slow_least_s: float = 600.0
    ports: int | None = None
    """What the MCU carries at once."""


@dataclass(frozen=True, slots=True)
class Material:
    """The books of a period and of the one before it, and what else is known. One moment, one inventory.

    `earlier`: up to 12 periods of the same kind, the oldest first, `period` the last; `line_books` has the lines'
    histories of all of them, and no incidents. `loss_ratios`: target id of a line -> share of its pings that was lost in
    hours of the period in which it answered any, where it is known.
    """

    period: Period
    before: Period
    aims: Aims
    books: Books
    books_before: Books
    earlier: tuple[Period, ...]
    line_books: Books
    meetings: tuple[Meeting, ...] = ()
    """Those that begin in the period, withdrawn ones too."""
    loss_ratios: Mapping[str, float] = field(default_factory=dict)

    @property
    def inventory(self) -> Inventory:
        """The one all books are of."""
        return self.books.inventory
