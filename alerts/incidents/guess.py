"""Power or line? What the measurements say of an outage's cause, once it is over. Pure; never counted as confirmed.

A device that started anew during the outage had no power (or was restarted); one that ran all the time was only cut
off. Its own word counts most, then that of its power supply, then that of what stands behind it, then how others in
the same unit on other lines fared. What contradicts itself says nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.model.incident import CauseKind, Guess

CLOCK_SLACK_S: Final = 5.0
"""How far a device's own count of seconds and our clock may differ within an outage."""

AGENT_START_S: Final = 120.0
"""How much later than the device its SNMP agent may start."""

MEMBERS_AGREE_RATIO: Final = 0.9
"""Of the members of a group that say something, so many must say the same."""


class Basis(StrEnum):
    """What a guess rests on: a clause that stands in messages as it is."""

    RESTARTED = "thiết bị khởi động lại trong lúc mất liên lạc"
    RAN_ON = "thiết bị vẫn chạy suốt lúc mất liên lạc"
    ON_BATTERY = "bộ lưu điện báo mất điện lưới"
    BEHIND_RESTARTED = "các thiết bị phía sau khởi động lại trong lúc mất liên lạc"
    BEHIND_RAN_ON = "các thiết bị phía sau vẫn chạy suốt lúc mất liên lạc"
    NEIGHBOURS_FELL = "các đường truyền khác của đơn vị mất cùng lúc"
    NEIGHBOURS_ANSWERED = "các đường truyền khác của đơn vị vẫn thông"
    MEMBERS = "gần hết các đơn vị trong nhóm cho thấy như vậy"


WEAK: Final = frozenset({Basis.NEIGHBOURS_FELL.value, Basis.NEIGHBOURS_ANSWERED.value, Basis.MEMBERS.value})
"""What a device's own word may still overrule."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, Unix seconds. Of an outage: its last answer before and its first after it."""

    from_at: float
    to_at: float


@dataclass(frozen=True, slots=True)
class Boot:
    """What a device said of itself: when it was asked, and since when it had been running then. Unix seconds."""

    asked_at: float
    booted_at: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an outage. `batteries`: when UPS that feed the root were seen on battery last.

    `neighbours`: whether each line of the same unit that is not the root's went on answering.
    """

    own: Boot | None = None
    batteries: tuple[Span, ...] = ()
    behind: tuple[Boot, ...] = ()
    neighbours: tuple[bool, ...] = ()


def guess(outage: Span, evidence: Evidence) -> Guess | None:
    """Return what the cause probably was, None when nothing speaks for either."""
    own = None if evidence.own is None else _restarted(outage, evidence.own)
    if own is not None:
        return _power(Basis.RESTARTED) if own else _line(Basis.RAN_ON)
    if any(each.from_at <= outage.to_at and each.to_at >= outage.from_at for each in evidence.batteries):
        return _power(Basis.ON_BATTERY)
    behind = {_restarted(outage, boot) for boot in evidence.behind} - {None}
    if behind:
        return _of_behind(behind)
    answered = set(evidence.neighbours)
    if len(answered) != 1:
        return None
    return _line(Basis.NEIGHBOURS_ANSWERED) if True in answered else _power(Basis.NEIGHBOURS_FELL)


def guess_of_members(guesses: Collection[Guess]) -> Guess | None:
    """Return what nearly all members of a group point to, of those that say something, if these are two or more."""
    for kind in (CauseKind.POWER, CauseKind.LINE):
        agreeing = sum(each.kind is kind for each in guesses)
        if agreeing > 1 and agreeing >= MEMBERS_AGREE_RATIO * len(guesses):
            return Guess(kind, Basis.MEMBERS.value)
    return None


def _of_behind(restarted: Collection[bool | None]) -> Guess | None:
    if len(restarted) > 1:
        return None
    return _power(Basis.BEHIND_RESTARTED) if True in restarted else _line(Basis.BEHIND_RAN_ON)


def _power(basis: Basis) -> Guess:
    return Guess(CauseKind.POWER, basis.value)


def _line(basis: Basis) -> Guess:
    return Guess(CauseKind.LINE, basis.value)


def _restarted(outage: Span, boot: Boot) -> bool | None:
    """Whether the device started anew during the outage; None when what it said does not tell."""
    if boot.asked_at < outage.to_at or boot.booted_at > outage.to_at + AGENT_START_S:
        return None  # asked too early, or a later restart has swept away what was before it
    return boot.booted_at >= outage.from_at - CLOCK_SLACK_S
