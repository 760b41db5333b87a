"""What a check's history says of each moment: its status, or that it was not watched. Pure."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from alerts.model.checks import Blindness, Status
from monitor.accounting.model import History, Part
from monitor.accounting.stretches import Stretch, Stretches, paint, painted

_PART_OF: Final[Mapping[Status, Part]] = MappingProxyType(
    {
        Status.UP: Part.UP,
        Status.DEGRADED: Part.DEGRADED,
        Status.DOWN: Part.DOWN,
        Status.UNKNOWN: Part.UNKNOWN,
    }
)
_NOT_WATCHED: Final = paint(Part.UNWATCHED, *_PART_OF.values())
_NOT_KNOWN: Final = paint(Part.UNKNOWN, Part.UP, Part.DEGRADED, Part.DOWN)


def timeline(
    history: History, from_at: float, until_at: float, *, known_until_at: float, now: float
) -> Stretches:
    """Return [from_at, until_at) as the history has it: UP, DEGRADED, DOWN, UNKNOWN or UNWATCHED.

    From `known_until_at` on nobody knows; from `now` on nothing has happened. Transitions are in order; of those
    at the same moment the last one counts.
    """
    found: Stretches = _statuses(history, from_at, until_at)
    if history.watched_from_at is not None and history.watched_from_at > from_at:
        found = painted(found, ((from_at, history.watched_from_at),), _NOT_WATCHED)
    if known_until_at < until_at:
        found = painted(found, ((known_until_at, until_at),), _NOT_KNOWN)
    if now < until_at:
        found = painted(found, ((now, until_at),), _NOT_WATCHED)
    return found


def _statuses(history: History, from_at: float, until_at: float) -> list[Stretch]:
    transitions = history.transitions
    if history.status is not None:
        part = _PART_OF[history.status]
    else:
        # Not watched before it was first seen; where that is not said, before it was first spoken of.
        part = Part.UNWATCHED if history.watched_from_at is None else Part.UNKNOWN
    found: list[Stretch] = []
    start = from_at
    # The last transition before says how it begins.
    passed = max(bisect_right(transitions, from_at, key=attrgetter("at")) - 1, 0)
    for transition in islice(transitions, passed, None):
        at = transition.at
        if at >= until_at:
            break
        if at > start:
            found.append((start, at, part))
            start = at
        part = _PART_OF[transition.new]
        if part is Part.UNKNOWN and transition.cause == Blindness.REMOVED:
            part = Part.UNWATCHED
    if start < until_at:
        found.append((start, until_at, part))
    return found
