"""Power or line? What the measurements say of an outage's cause, once it is over. Pure; never counted as confirmed.

A device that started anew during the outage had no power (or was restarted); one that ran all the time was only cut
off. Its own word counts most, then that of its power supply, then that of what stands behind it, then whether others
in the same unit on other lines went on. What contradicts itself says nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.model.incident import CauseKind, Guess

UPTIME_METRICS: Final = ("host_uptime_s", "sys_uptime_s", "uptime_s")
"""Since when a device runs, the best first: sysUpTime begins anew also when only the SNMP agent restarts."""

BATTERY_METRIC: Final = "ups_on_battery"
"""1 while a UPS feeds its load from the battery."""

CLOCK_SLACK_S: Final = 5.0
"""How far a device's own count of seconds and our clock may differ within an outage."""

AGENT_START_S: Final = 120.0
"""How much later than the device its SNMP agent may start."""


class Basis(StrEnum):
    """What a guess rests on."""

    RESTARTED = "restarted"
    """The device itself started anew during the outage."""
    RAN_ON = "ran_on"
    """The device itself ran all the time."""
    ON_BATTERY = "on_battery"
    """Its UPS was on battery during the outage."""
    BEHIND_RESTARTED = "behind_restarted"
    """All that stands behind it, as far as it says, started anew."""
    BEHIND_RAN_ON = "behind_ran_on"
    """All that stands behind it, as far as it says, ran all the time."""
    NEIGHBOURS_ANSWERED = "neighbours_answered"
    """Others in the same unit, on other lines, answered during the outage."""
    MEMBERS = "members"
    """Nearly all members of the group of which something is known."""


@dataclass(frozen=True, slots=True)
class Outage:
    """From the last answer before it (or the best known bound) to the first after it, Unix seconds."""

    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Boot:
    """What a device said of itself: when it was asked, and since when it had been running then. Unix seconds."""

    asked_at: float
    booted_at: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an outage. `battery_at`: when a UPS of the root's was seen on battery, the latest of them."""

    own: Boot | None = None
    behind: tuple[Boot, ...] = ()
    battery_at: float | None = None
    neighbours_answered: bool = False


_BY_BOOTS: Final = {
    True: (CauseKind.POWER, Basis.RESTARTED, Basis.BEHIND_RESTARTED),
    False: (CauseKind.LINE, Basis.RAN_ON, Basis.BEHIND_RAN_ON),
}


def guess(outage: Outage, evidence: Evidence) -> Guess | None:
    """Return what the cause probably was, None when nothing speaks for either."""
    own = None if evidence.own is None else _restarted(outage, evidence.own)
    if own is not None:
        kind, basis, _ = _BY_BOOTS[own]
        return Guess(kind, basis.value)
    if evidence.battery_at is not None and outage.began_at <= evidence.battery_at <= outage.ended_at:
        return Guess(CauseKind.POWER, Basis.ON_BATTERY.value)
    behind = {_restarted(outage, boot) for boot in evidence.behind} - {None}
    if len(behind) == 1:
        kind, _, basis = _BY_BOOTS[behind.pop() is True]
        return Guess(kind, basis.value)
    if not behind and evidence.neighbours_answered:
        return Guess(CauseKind.LINE, Basis.NEIGHBOURS_ANSWERED.value)
    return None


def guess_of_members(guesses: Collection[Guess]) -> Guess | None:
    """Return what nearly all members of a group point to (9 of 10 of those that say something, at least 2)."""
    for kind in (CauseKind.POWER, CauseKind.LINE):
        agreeing = sum(each.kind is kind for each in guesses)
        if agreeing >= max(2, 0.9 * len(guesses)):
            return Guess(kind, Basis.MEMBERS.value)
    return None


def _restarted(outage: Outage, boot: Boot) -> bool | None:
    """Whether the device started anew during the outage; None when what it said was asked before the end."""
    if boot.asked_at < outage.ended_at or boot.booted_at > outage.ended_at + AGENT_START_S:
        return None  # a restart after the recovery has swept away what was before it
    return boot.booted_at >= outage.began_at - CLOCK_SLACK_S
