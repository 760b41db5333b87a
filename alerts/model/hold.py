"""Why and until when nobody is told: holds, and what people muted."""

from dataclasses import dataclass
from enum import StrEnum

from inventory.model import Selector


class SuppressionReason(StrEnum):
    """Why nobody is told now."""

    MAINTENANCE = "maintenance"
    """A maintenance window is in force for the target."""
    SILENCE = "silence"
    """A person silenced it."""
    OFF_HOURS = "off_hours"
    """The service is not offered now, or has only just opened."""
    NEW = "new"
    """The target came with a change of the inventory a short time ago."""
    NIGHT = "night"
    """It is not urgent enough to wake anybody."""
    GATHERING = "gathering"
    """Others are failing too and are being looked at: one message will tell of all."""
    BUDGET = "budget"
    """What the channel may still send this month is kept for what is urgent."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is told of a check's failures before `until_at`.

    `source_id` names the window, the silence, the calendar or the target that is the reason now; what follows it
    without a gap counts as well, so `until_at` may be the end of something else.
    """

    reason: SuppressionReason
    source_id: str
    until_at: float


class MutingKind(StrEnum):
    """What a person declared."""

    SILENCE = "silence"
    """Messages are not wanted; the time counts as it is measured."""
    MAINTENANCE = "maintenance"
    """Work is being done; the time counts as maintenance."""


@dataclass(frozen=True, slots=True)
class Muting:
    """Nobody is told of what `selector` means from `from_at` to `until_at`, or until somebody ends it sooner.

    `id` is `IM-<year>-<number>` of a silence, `BT-<year>-<number>` of maintenance. `title`, `worker` (who does the
    work) and `until_up` are maintenance's; `comment` says why and is never empty.
    """

    id: str
    kind: MutingKind
    selector: Selector
    from_at: float
    until_at: float
    who: str
    comment: str
    created_at: float
    title: str = ""
    worker: str = ""
    until_up: bool = False
    ended_at: float | None = None
    ended_by: str = ""

    def is_in_force(self, at: float) -> bool:
        """Whether nobody is told at this moment."""
        end = self.until_at if self.ended_at is None else min(self.until_at, self.ended_at)
        return self.from_at <= at < end
