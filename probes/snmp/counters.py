"""Rates from SNMP counters: wraps, resets, restarts. Pure: no clock, no I/O.

Counter32 wraps to 0 after 2**32 - 1, at 1 Gbit/s every 34 seconds; Counter64 does not wrap in a lifetime; sysUpTime
counts hundredths of a second and wraps every 497.1 days (RFC 2578 7.1.6 to 7.1.10, RFC 2863 3.1.6). A counter says
nothing where it began anew, so most of this is about saying no, each time with its reason.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

TICKS_A_SECOND = 100
WRAP = 2**32
"""Where Counter32 and sysUpTime begin anew."""
PLAUSIBLE = 1.1
"""A rate beyond this many times the line's speed is no rate: counters are not read at one instant."""
_NARROW = 32
TOLERANCE_S = 60.0
TOLERANCE_RATIO = 0.01
"""How far the agent's clock and ours may differ over an interval: the longer it is, the more."""


class NoRate(StrEnum):
    """Why two samples give no rate."""

    FIRST = "first"
    """There is no earlier sample."""
    NO_COUNTER = "no_counter"
    """The agent has no such counter."""
    NO_TIME = "no_time"
    """No time passed between the samples, or it went back."""
    TOO_SOON = "too_soon"
    """So little time passed that an agent may not have counted anew."""
    RESTARTED = "restarted"
    """The device, or only its SNMP agent, began anew."""
    ANOTHER_CLOCK = "another_clock"
    """The agent's time went much further than ours: another device answers, or its clock was set."""
    DISCONTINUITY = "discontinuity"
    """ifCounterDiscontinuityTime changed: the counters of this interface began anew."""
    ANOTHER_COUNTER = "another_counter"
    """One sample is of the 32-bit counter, the other of the 64-bit one."""
    RESET = "reset"
    """The counter went back, and a wrap does not explain it."""
    IMPLAUSIBLE = "implausible"
    """The rate is more than the line can carry."""
    TOO_SLOW = "too_slow"
    """A 32-bit counter may have wrapped more than once: asked too seldom for the line's speed."""
    NO_SPEED = "no_speed"
    """A 32-bit counter of a line of unknown speed: nobody knows how often it wrapped."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sample was taken. None: the agent does not tell."""

    mono_s: float
    """Our monotonic clock."""
    uptime_ticks: int | None = None
    """sysUpTime from the same answer as the counters."""
    boots: int | None = None
    """snmpEngineBoots (RFC 3411): how often the SNMP engine began anew."""
    discontinuity_ticks: int | None = None
    """ifCounterDiscontinuityTime of the interface."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a counter showed."""

    value: int
    bits: Literal[32, 64]


def elapsed_s(old: Moment, new: Moment) -> float | NoRate:
    """Return the seconds between two samples of the same counters, by the agent's clock where it has one."""
    ours_s = new.mono_s - old.mono_s
    if ours_s <= 0:
        return NoRate.NO_TIME
    if old.boots is not None and new.boots is not None and old.boots != new.boots:
        return NoRate.RESTARTED
    agents_s = _agents_s(old.uptime_ticks, new.uptime_ticks, ours_s)
    if isinstance(agents_s, NoRate):
        return agents_s
    if (
        old.discontinuity_ticks is not None
        and new.discontinuity_ticks is not None
        and old.discontinuity_ticks != new.discontinuity_ticks
    ):
        return NoRate.DISCONTINUITY
    return ours_s if agents_s is None else agents_s


def _agents_s(old_ticks: int | None, new_ticks: int | None, ours_s: float) -> float | NoRate | None:
    """Return how long the agent says it was; None when it does not tell.

    A clock that went back wrapped if it was so near the end that our clock explains it. Comparing modulo 2**32 instead
    would take a restart of a device that had just started for a wrap.
    """
    if old_ticks is None or new_ticks is None:
        return None
    tolerance_s = max(TOLERANCE_S, TOLERANCE_RATIO * ours_s)
    passed = new_ticks - old_ticks
    if passed < 0:
        passed += WRAP
        if abs(passed / TICKS_A_SECOND - ours_s) > tolerance_s:
            return NoRate.RESTARTED
    if passed == 0:
        return NoRate.NO_TIME
    agents_s = passed / TICKS_A_SECOND
    if ours_s - agents_s > tolerance_s:
        return NoRate.RESTARTED  # it began anew and has already run longer than before
    if agents_s - ours_s > tolerance_s:
        return NoRate.ANOTHER_CLOCK
    return agents_s


def rate_per_s(old: Count, new: Count, *, elapsed_s: float, top_per_s: float | None) -> float | NoRate:
    """Return how fast a counter grew, at most PLAUSIBLE times `top_per_s`.

    `top_per_s` is what the line can carry at most, in the counter's unit; None when unknown. A 32-bit counter counts
    only when it cannot have run through half of its range since.
    """
    refusal = _refusal(old, new, elapsed_s, top_per_s)
    if refusal is not None:
        return refusal
    increase = new.value - old.value
    went_back = increase < 0
    if went_back and new.bits == _NARROW:
        increase += WRAP
    rate = increase / elapsed_s
    if increase < 0 or (top_per_s is not None and rate > PLAUSIBLE * top_per_s):
        return NoRate.RESET if went_back else NoRate.IMPLAUSIBLE
    return rate


def _refusal(old: Count, new: Count, elapsed_s: float, top_per_s: float | None) -> NoRate | None:
    """Say why these two samples can give no rate, whatever they show."""
    if elapsed_s <= 0:
        return NoRate.NO_TIME
    if old.bits != new.bits:
        return NoRate.ANOTHER_COUNTER
    if new.bits != _NARROW:
        return None
    if top_per_s is None:
        return NoRate.NO_SPEED
    return NoRate.TOO_SLOW if top_per_s * elapsed_s >= WRAP / 2 else None
