"""Silences and maintenance as pages show them: one kind of value for what people declared and what the inventory plans. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.model.hold import Muting, MutingKind
from alerts.muting.muted import over_at, reach_of
from alerts.muting.works import Work
from inventory.model import Inventory
from monitor.muting.texts import scope_text


class Stage(StrEnum):
    """How far it is."""

    PENDING = "pending"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A time in which nobody is told. `is_declared`: a person may change it; else it stands in the inventory.

    `until_at` as planned, `over_at` when it ends or ended; `units`: where its targets are, `targets` how many.
    """

    id: str
    kind: MutingKind
    title: str
    why: str
    who: str
    worker: str
    scope: str
    from_at: float
    until_at: float
    over_at: float
    ended_by: str = ""
    until_up: bool = False
    is_declared: bool = True
    units: tuple[str, ...] = ()
    targets: int = 0

    def stage(self, now: float) -> Stage:
        """Return how far it is at `now`."""
        if now >= self.over_at:
            return Stage.OVER
        return Stage.RUNNING if now >= self.from_at else Stage.PENDING


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week view: its beginning, and what has a part in it."""

    at: float
    is_today: bool
    quiets: tuple[Quiet, ...]


def of_muting(muting: Muting, inventory: Inventory) -> Quiet:
    """Return what a person declared."""
    reach = reach_of(muting.selector, inventory)
    return Quiet(
        id=muting.id,
        kind=muting.kind,
        title=muting.title or muting.comment,
        why=muting.comment,
        who=muting.who,
        worker=muting.worker,
        scope=scope_text(muting.selector, inventory),
        from_at=muting.from_at,
        until_at=muting.until_at,
        over_at=over_at(muting),
        ended_by=muting.ended_by,
        until_up=muting.until_up,
        units=reach.units,
        targets=len(reach.own),
    )


def of_work(work: Work, inventory: Inventory) -> Quiet:
    """Return one time of a window of the inventory."""
    reach = reach_of(work.selector, inventory)
    return Quiet(
        id=work.id,
        kind=MutingKind.MAINTENANCE,
        title=work.title,
        why=work.reason,
        who="",
        worker=work.worker,
        scope=scope_text(work.selector, inventory),
        from_at=work.from_at,
        until_at=work.until_at,
        over_at=work.over_at,
        until_up=work.until_up,
        is_declared=False,
        units=reach.units,
        targets=len(reach.own),
    )


def week_of(quiets: Iterable[Quiet], monday_at: float, now: float, zone: ZoneInfo) -> tuple[Day, ...]:
    """Return seven days with what has a part in each; what never took place is in none."""
    monday = datetime.fromtimestamp(monday_at, zone)
    every = [each for each in quiets if each.over_at > each.from_at]
    days = []
    for number in range(7):
        from_at = (monday + timedelta(days=number)).timestamp()
        to_at = (monday + timedelta(days=number + 1)).timestamp()
        within = tuple(each for each in every if each.from_at < to_at and from_at < each.over_at)
        days.append(Day(from_at, from_at <= now < to_at, within))
    return tuple(days)


def monday_before(at: float, zone: ZoneInfo) -> float:
    """Return the beginning of the week of a moment."""
    day = datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day - timedelta(days=day.weekday())).timestamp()
