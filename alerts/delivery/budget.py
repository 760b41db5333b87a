"""What a channel may still send this month: the last part is kept for what is urgent. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

DIGEST_HOUR: Final = 7
"""When what was kept goes out together."""

URGENT: Final = 1
"""The severity that may use the last part."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Messages that a channel may send in a calendar month; beyond `share_for_urgent` of them only what is urgent."""

    monthly: int
    share_for_urgent: float = 0.8


class Allowance(StrEnum):
    """What the budget says of one letter."""

    SEND = "send"
    KEEP = "keep"
    """Until the morning, to go with others."""
    ELSEWHERE = "elsewhere"
    """Nothing is left: on another channel."""


def allowance(budget: Budget, sent: int, severity: int, *, was_kept: bool) -> Allowance:
    """Return what to do with a letter when `sent` went out this month. `was_kept`: it waited for the morning already."""
    if sent >= budget.monthly:
        return Allowance.ELSEWHERE
    if severity <= URGENT or was_kept or sent < budget.monthly * budget.share_for_urgent:
        return Allowance.SEND
    return Allowance.KEEP


def month_began_at(now: float, zone: ZoneInfo) -> float:
    """Return when the calendar month of `now` began."""
    local = datetime.fromtimestamp(now, zone)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()


def next_digest_at(now: float, zone: ZoneInfo) -> float:
    """Return the next morning's time of the digest."""
    local = datetime.fromtimestamp(now, zone)
    digest = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return (digest if digest > local else digest + timedelta(days=1)).timestamp()
