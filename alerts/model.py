"""The values of alerting: verdicts, states, transitions, incidents, notifications, decisions. No clock, no I/O.

Times ending in `_at` are Unix seconds UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


class CloseReason(StrEnum):
    """Why an incident ended."""

    RECOVERED = "recovered"
    REMOVED = "removed"
    """The target left the inventory."""
    ABSORBED = "absorbed"
    """It turned out to be part of a larger incident before anybody was told."""


@dataclass(frozen=True, slots=True)
class Incident:
    """From hard down to recovery of `root_check_id`, with the checks that are down because of it.

    `affected` are check ids (without the root) that were ever inhibited by it; `opened_at` is the first failure,
    `declared_at` when it was declared, `resolved_at` the first good result.
    """

    id: str
    root_check_id: str
    opened_at: float
    declared_at: float
    cause: str
    affected: frozenset[str] = frozenset()
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    resolved_at: float | None = None
    close_reason: CloseReason | None = None
    absorbed_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.close_reason is None


class LogKind(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    ABSORBED = "absorbed"
    """It swallowed a smaller incident of the same cause; `text` is that one's id."""
    ACKNOWLEDGED = "acknowledged"
    NOTE = "note"
    PATH = "path"
    """The way to the root's address, as traced; evidence only."""
    HELD = "held"
    """Its messages wait; `text` is a SuppressionReason and, after a blank, until when (Unix seconds)."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One line of an incident's append-only log. `who` is a person or "" for the monitor itself."""

    incident_id: str
    at: float
    kind: LogKind
    who: str = ""
    text: str = ""


class SuppressionReason(StrEnum):
    """Why nobody is told now."""

    MAINTENANCE = "maintenance"
    """A maintenance window is in force for the target."""
    OFF_HOURS = "off_hours"
    """The service is not offered now, or has only just opened."""
    NEW = "new"
    """The target came with a change of the inventory a short time ago."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is told of a check's failures before `until_at`.

    `source_id` names the window, the calendar or the target that is the reason now; what follows it without a gap
    counts as well, so `until_at` may be the end of something else.
    """

    reason: SuppressionReason
    source_id: str
    until_at: float


class NotificationKind(StrEnum):
    """What a notification tells."""

    OPENED = "opened"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody must know: one row of the outbox. A resolved one goes out only after its opened one was sent.

    `held`: why it waited until `due_at`, None when nothing held it.
    """

    incident_id: str
    kind: NotificationKind
    channel: str
    recipient: str
    due_at: float
    step: int = 0
    held: SuppressionReason | None = None

    @property
    def dedup_key(self) -> str:
        """The unique key: the same thing is never told twice to the same person."""
        return f"{self.incident_id}:{self.kind}:{self.step}:{self.channel}:{self.recipient}"


class CancelReason(StrEnum):
    """Why a notification was not sent."""

    RESOLVED_BEFORE_DUE = "resolved_before_due"
    ABSORBED = "absorbed"
    NEVER_TOLD = "never_told"
    """A recovery of something this recipient was not told of."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Cancel the incident's opened notifications that nobody tried to send and that are due after `due_after`."""

    incident_id: str
    reason: CancelReason
    due_after: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """Tell the end of an incident at `due_at` to exactly those who got, or will get, its opened message."""

    incident_id: str
    due_at: float


@dataclass(frozen=True, slots=True)
class Replan:
    """When an incident's waiting opened messages are due: not before `due_at`, because they are `held`.

    With `held` None those that a hold makes wait longer than that wait no longer.
    """

    incident_id: str
    due_at: float
    held: SuppressionReason | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything one event changes, saved in one transaction.

    `states`, `incidents`: new values (upsert; of an incident's `affected` only the new ones are written, which are in
    `explained` as (incident id, check id)). `transitions`, `log`: appended. `notifications`: inserted unless the
    dedup_key exists. `cancellations` before `recoveries`: each uncancelled opened notification gets a resolved one.
    `forgotten`: check ids whose state is dropped (left the inventory). `seen`: (target id, when it was first seen).
    `back`: (target id, since when it is up again).
    Not saved: `recheck`, check ids to probe at once; `retry`, check ids whose streak is under way, to probe again
    after their retry interval.
    """

    states: tuple[CheckState, ...] = ()
    transitions: tuple[Transition, ...] = ()
    incidents: tuple[Incident, ...] = ()
    explained: tuple[tuple[str, str], ...] = ()
    log: tuple[IncidentEvent, ...] = ()
    notifications: tuple[Notification, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    forgotten: tuple[str, ...] = ()
    replanned: tuple[Replan, ...] = ()
    seen: tuple[tuple[str, float], ...] = ()
    back: tuple[tuple[str, float], ...] = ()
    recheck: frozenset[str] = frozenset()
    retry: frozenset[str] = frozenset()

    @property
    def is_worth_saving(self) -> bool:
        """Whether anything must be stored."""
        return bool(
            self.states
            or self.transitions
            or self.incidents
            or self.explained
            or self.log
            or self.notifications
            or self.cancellations
            or self.recoveries
            or self.forgotten
            or self.replanned
            or self.seen
            or self.back
        )


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person's address on a channel."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How alerting behaves. All in seconds.

    `group_wait_s`: a problem message waits this long, so that its cause may swallow it. `recovery_wait_s`: a recovery
    message waits, so that it can say what has not come back. `parent_wait_s`: how long a child waits for a parent
    that gives no verdict. `new_target_quiet_s`: nobody is told of a target that is new for so long. `routes`: policy
    name -> who is told.
    """

    group_wait_s: float = 5.0
    recovery_wait_s: float = 10.0
    parent_wait_s: float = 180.0
    new_target_quiet_s: float = 1800.0
    routes: Mapping[str, tuple[Recipient, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedState:
    """What the store gives back at start. `alive_at`: last time the daemon was known to run, None on the first start.

    `incidents` holds the open ones only. `last_incident_number` maps a year to the highest number used. `seen`:
    target id -> when it was first seen, targets that left included; `back`: target id -> when it was last up again.
    """

    states: tuple[CheckState, ...] = ()
    incidents: tuple[Incident, ...] = ()
    alive_at: float | None = None
    last_incident_number: Mapping[int, int] = field(default_factory=dict)
    seen: Mapping[str, float] = field(default_factory=dict)
    back: Mapping[str, float] = field(default_factory=dict)
