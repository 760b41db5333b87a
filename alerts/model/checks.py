"""What is known of a check: results, verdicts, states, transitions."""

from dataclasses import dataclass
from enum import StrEnum

from probes.reading import Reading


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One run of one check. `duration_s` is monotonic; `vantage` says which poller measured.

    `started_mono` (monotonic seconds, not stored) orders runs whatever the wall clock does.
    """

    check_id: str
    started_at: float
    duration_s: float
    reading: Reading
    vantage: str = "main"
    started_mono: float = 0.0


class Level(StrEnum):
    """Judgement of one result."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Level, and why: `cause` is a FailureReason value or `<metric> <value> / <limit>`."""

    level: Level
    cause: str = ""


class Status(StrEnum):
    """A check's lasting status."""

    UNKNOWN = "unknown"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class Blindness(StrEnum):
    """Why a status is unknown: the cause of a transition to unknown."""

    ISOLATED = "isolated"
    """The quorum of anchors failed: we are cut off, not they."""
    STOPPED = "stopped"
    """The daemon was not running."""
    OVERDUE = "overdue"
    """No result came."""
    OUR_FAULT = "our_fault"
    """Results came, but all of them failed on our side or were turned away (`FailureReason.says_nothing`)."""
    CLOCK = "clock"
    """The wall clock went forward at once, or this machine was asleep: nobody measured in between."""
    REMOVED = "removed"
    """It left the inventory; a later return begins anew."""


@dataclass(frozen=True, slots=True)
class CheckState:
    """A check's lasting status, stored. `resume` is the status before it became unknown.

    `cause` is that of the last transition.
    """

    check_id: str
    status: Status = Status.UNKNOWN
    since_at: float = 0.0
    resume: Status | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """A hard status change, append-only. `at` is when it really changed (first result of the streak).

    For one check `at` never decreases. `declared_at` is when we knew.
    """

    check_id: str
    at: float
    declared_at: float
    old: Status
    new: Status
    cause: str
