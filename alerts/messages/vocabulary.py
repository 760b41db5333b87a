"""What differs from language to language: tables of words, one of each for every language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CauseKind, Dimension, Side
from inventory.model import Layer
from probes.own import Sign


class Language(StrEnum):
    """A language that people can be told in."""

    VI = "vi"
    EN = "en"


class State(StrEnum):
    """What a headline says first."""

    DOWN = "down"
    AGAIN = "again"
    """It had come back, and is down again."""
    SERVICE = "service"
    """The target answers, one of its services does not."""
    NO_ACCESS = "no_access"
    """A central system, seen from here only."""
    DEGRADED = "degraded"
    STILL = "still"
    """Down, and nobody took it."""
    UP = "up"
    CLOSED = "closed"
    REMOVED = "removed"
    REMOVED_CHECK = "removed_check"
    FLAPPING = "flapping"
    LATE = "late"
    """It began and was over before anybody could be told."""
    MASS = "mass"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A part of the monitor itself: its name, what its trouble leads to, what to do first."""

    name: str
    effect: str
    action: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language. Mappings hold every member of their enumeration; `phrases` the same names in every language.

    `layers` and `services`: the full name and the one for a lock screen. `held`: why nobody is told now, and the same
    of a message that waited until {}. `time_units`: day, hour, minute, second. `two_digits`: counts below
    ten are written 05.
    """

    affected: str
    statuses: Mapping[Status, str]
    states: Mapping[State, str]
    layers: Mapping[Layer, tuple[str, str]]
    services: Mapping[str, tuple[str, str]]
    own: Mapping[Sign, OwnPart]
    causes: Mapping[str, str]
    held: Mapping[SuppressionReason, tuple[str, str]]
    cause_kinds: Mapping[CauseKind, str]
    sides: Mapping[Side, str]
    commons: Mapping[Dimension, str]
    common_actions: Mapping[Dimension, str]
    former_kinds: Mapping[str, str]
    time_units: tuple[str, ...]
    phrases: Mapping[str, str]
    date_time: str
    decimal_comma: bool
    two_digits: bool
