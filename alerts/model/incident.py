"""An incident and everything that may be said of it."""

from dataclasses import dataclass
from enum import StrEnum

from alerts.model.checks import Status


class CloseReason(StrEnum):
    """Why an incident ended."""

    RECOVERED = "recovered"
    REMOVED = "removed"
    """The target left the inventory."""
    ABSORBED = "absorbed"
    """It turned out to be part of a larger one, which goes on telling of it (`part_of`)."""
    BY_HAND = "by_hand"
    """A person closed it; its check is not talked about until it came back."""


class CauseKind(StrEnum):
    """What an incident came from, as the report counts it."""

    LINE = "line"
    POWER = "power"
    DEVICE = "device"
    SOFTWARE = "software"
    CENTRAL = "central"
    MAINTENANCE = "maintenance"
    DISASTER = "disaster"
    OTHER = "other"


class Side(StrEnum):
    """Whose side the cause lies on, as the report divides it."""

    CENTRAL = "central"
    ENTERPRISE = "enterprise"
    LOCAL = "local"
    OBJECTIVE = "objective"


class Dimension(StrEnum):
    """What failures may have in common, the narrowest first."""

    POWER = "power"
    """One power supply (`Target.powered_by`)."""
    CIRCUIT = "circuit"
    PARENT = "parent"
    """One parent that itself answers (a node that forwards no more, an MCU)."""
    PROVIDER_DISTRICT = "provider_district"
    DISTRICT = "district"
    """The former district."""
    PROVIDER_AREA = "provider_area"
    PROVIDER = "provider"
    AREA = "area"
    LAYER = "layer"
    """Nothing but the layer and the time: a storm."""


@dataclass(frozen=True, slots=True)
class Common:
    """What the members of a group have in common. `value` is an id or name; of two, joined by "|"."""

    dimension: Dimension
    value: str
    layer: str


@dataclass(frozen=True, slots=True)
class Told:
    """How far the telling of an incident has come.

    `step` is the last step of its policy that was told, -1 none; `at` when something was last told (Unix seconds, when
    it was due); `begun_at`: the steps' `after_s` count from here; `policies` are those that `step` counts, by id; `round` counts what was told anew of the same
    incident (it came back, grew, got worse, is repeated); `size` is the scope told last.
    """

    step: int = -1
    at: float | None = None
    round: int = 0
    size: int = 0
    begun_at: float | None = None
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """What the measurements say the cause was. Never counted as confirmed; `basis` says what it rests on."""

    kind: CauseKind
    basis: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The cause that a person confirmed."""

    kind: CauseKind
    side: Side
    who: str
    at: float


@dataclass(frozen=True, slots=True)
class Ticket:
    """The carrier's number for it. `reported_at`: when the carrier was told; `closed_at`: when it said it was done."""

    number: str
    reported_at: float
    closed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """From hard down (or lasting degradation) to recovery, with the checks that are down because of it.

    `root_check_id` is blamed; "" for a group, which has `common` instead and whose members name it in `part_of`.
    `affected` are check ids (without the root) that were ever inhibited by it; of a group those of its members and
    their roots. `opened_at` is the first failure, `declared_at` when it was declared, `resolved_at` the first good
    result. `level` is DOWN or DEGRADED. `episodes` counts how often it went down within this incident, `downs`
    are the latest of these times (as many as make it flap), `longest_s` is the longest that ended. While `flapping_at`
    is set the single times are not told and the incident stays open between them: `up_at` is then the first good
    result of the latest good time, None while its root is down. `acknowledged_until`: when the acknowledgement
    expires, None never. `name` is what the root's target was called when it began, "device – unit": for when it has left
    the inventory.
    """

    id: str
    root_check_id: str
    opened_at: float
    declared_at: float
    cause: str
    affected: frozenset[str] = frozenset()
    level: Status = Status.DOWN
    common: Common | None = None
    part_of: str | None = None
    episodes: int = 1
    downs: tuple[float, ...] = ()
    longest_s: float = 0.0
    flapping_at: float | None = None
    up_at: float | None = None
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    acknowledged_until: float | None = None
    told: Told = Told()
    guess: Guess | None = None
    choice: Choice | None = None
    ticket: Ticket | None = None
    resolved_at: float | None = None
    close_reason: CloseReason | None = None
    name: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.close_reason is None

    @property
    def began_at(self) -> float:
        """Since when it is as it is told: what got worse, or is down again, since that; what flaps since the first time.

        The end of what went down several times speaks of all of them.
        """
        is_whole = self.flapping_at is not None or (self.episodes > 1 and not self.is_open)
        return self.opened_at if is_whole or not self.downs else self.downs[-1]

    @property
    def is_group(self) -> bool:
        """Whether it stands for others that have something in common."""
        return self.common is not None


class LogKind(StrEnum):
    """What happened to an incident. `text` of the event as said."""

    OPENED = "opened"
    """The cause."""
    REOPENED = "reopened"
    """The cause."""
    WORSENED = "worsened"
    """From degraded to down; the cause."""
    JOINED = "joined"
    """In the log of a group or a merged incident: the id of the one that joined."""
    PART_OF = "part_of"
    """In the log of the one that joined: the id of the other."""
    RELEASED = "released"
    """It stands for itself again; the id of the one it was part of."""
    COMMON = "common"
    """What the group has in common changed: `dimension:value`."""
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    """Taken back by `who`, or expired ("" as `who`)."""
    NOTE = "note"
    CAUSE = "cause"
    """A person chose: `kind side`, after a blank the comment."""
    GUESSED = "guessed"
    """`kind` and, after a blank, the basis."""
    TICKET = "ticket"
    FLAPPING = "flapping"
    """It goes down and comes back; how often so far."""
    CALMED = "calmed"
    """It no longer does; how often in all."""
    STEP = "step"
    """A step of the policy was told: its number."""
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
