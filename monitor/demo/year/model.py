"""What a made-up year is told by: faults, works, meetings. Values only. Times are Unix seconds UTC, whole ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from alerts.model.checks import Status
from alerts.model.hold import Muting
from alerts.model.incident import CauseKind, Common, Guess, Side, Ticket
from monitor.accounting.model import Correction
from monitor.conference.model import Meeting

Span = tuple[float, float]

LAST: Final = date(2026, 11, 1)
"""The first day of the month that samples and tests end with."""
END_AT: Final = 1_796_079_600.0
"""1 December 2026, 06:00 in Việt Nam: the monitor's last sign of life then."""
ZONE: Final = "Asia/Ho_Chi_Minh"
MINUTE_S: Final = 60.0
HOUR_S: Final = 3_600.0
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Strike:
    """One target that was hit: when its primary check was bad, in stretches apart from each other."""

    target_id: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong at once. Several strikes were told as one group, which has `common`.

    `cause` is what the check showed. `choice`: what a person confirmed, `said` the words with it. `is_planned`: within
    maintenance, nobody was told.
    """

    strikes: tuple[Strike, ...]
    cause: str
    level: Status = Status.DOWN
    common: Common | None = None
    choice: tuple[CauseKind, Side] | None = None
    said: str = ""
    guess: Guess | None = None
    ticket: Ticket | None = None
    acknowledged_after_s: float | None = None
    is_planned: bool = False

    @property
    def from_at(self) -> float:
        """When it began."""
        return min(strike.spans[0][0] for strike in self.strikes)

    @property
    def until_at(self) -> float:
        """When all of it was over."""
        return max(strike.spans[-1][1] for strike in self.strikes)


@dataclass(frozen=True, slots=True)
class Script:
    """A made-up stretch of time: [begin_at, end_at), and what happened in it. `off`: the monitor did not run."""

    begin_at: float
    end_at: float
    faults: tuple[Fault, ...]
    off: tuple[Span, ...] = ()
    works: tuple[Muting, ...] = ()
    corrections: tuple[Correction, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    loss_ratios: Mapping[str, float] = field(default_factory=dict)
    """Target id of a line -> its usual packet loss."""
