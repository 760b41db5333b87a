"""What accounts are made of: periods, parts of time, histories, corrections, rows. Values only: no I/O, no clock.

All intervals are half-open [from_at, until_at), Unix seconds UTC. Sums are never subtracted: intervals are intersected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.model.checks import Status, Transition
from alerts.model.hold import Muting
from alerts.model.incident import Incident
from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that is accounted for. `id` is how people ask for it ("2026-11", "hc-2026-11", "2026-q4")."""

    id: str
    from_at: float
    until_at: float

    @property
    def length_s(self) -> float:
        """Its whole length."""
        return self.until_at - self.from_at


class Part(StrEnum):
    """What a moment counts as for one check. Every moment of a period counts as exactly one of these.

    In the order of precedence, the strongest first; the last four are the check's status.
    """

    UNWATCHED = "unwatched"
    """Before it was first watched, after it left the inventory, and what has not happened yet."""
    OFF_HOURS = "off_hours"
    """Outside the hours of its calendar."""
    MAINTENANCE = "maintenance"
    """Planned work, announced or declared; what lies behind it counts so only while it is not up."""
    UNKNOWN = "unknown"
    """Watched, but nobody knows: we were off, blind or at fault."""
    DOWN = "down"
    DEGRADED = "degraded"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Parts:
    """Seconds of each part. They add up to the length of the period, whatever happened in it."""

    up_s: float = 0.0
    degraded_s: float = 0.0
    down_s: float = 0.0
    unknown_s: float = 0.0
    maintenance_s: float = 0.0
    off_hours_s: float = 0.0
    unwatched_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All of them."""
        return self.counted_s + self.unknown_s + self.maintenance_s + self.off_hours_s + self.unwatched_s

    @property
    def counted_s(self) -> float:
        """The denominator: time in service hours, outside of maintenance, of which we know."""
        return self.up_s + self.degraded_s + self.down_s

    @property
    def coverage_ratio(self) -> float | None:
        """How much is known of the time that counts; None when no time counts.

        Not of the whole period: a night nobody asks for would hide an unknown working day.
        """
        due_s = self.counted_s + self.unknown_s
        return self.counted_s / due_s if due_s > 0 else None

    def availability_ratio(self, least_coverage_ratio: float) -> float | None:
        """Return (up + degraded) / (up + degraded + down); None when less than that is covered, or nothing counts."""
        covered = self.coverage_ratio
        if covered is None or covered < least_coverage_ratio or self.counted_s <= 0:
            return None
        return (self.up_s + self.degraded_s) / self.counted_s


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one check from some moment on: its status then, and the transitions since, in order.

    The moment is the beginning of the period or before (`account.known_from`). `status` None: it was not watched then.
    `watched_from_at`: when it was first watched; None: always, and of a check without a status since its first
    transition. A transition with cause Blindness.REMOVED ends the watch until the next transition.
    """

    check_id: str
    status: Status | None
    transitions: tuple[Transition, ...] = ()
    watched_from_at: float | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's later decision that a stretch counts as something else. Append-only; of two, the later one counts.

    It changes what the status says of [from_at, until_at) for `check_ids`; calendars still come first. `was`: only
    time that counted as this (after earlier corrections); None: all of it. `withdraws`: the id of an earlier
    correction that is taken back by this entry, which then corrects nothing itself (`counts_as` is None).
    """

    id: int
    check_ids: tuple[str, ...]
    from_at: float
    until_at: float
    counts_as: Part | None
    """UP, DEGRADED, DOWN, UNKNOWN or MAINTENANCE."""
    was: Part | None
    reason: str
    who: str
    approver: str
    at: float
    document: str = ""
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """Everything a period's accounts are made from, read once. `known_until_at`: the last moment the daemon vouches for.

    What lies between it and `now` is unknown; what lies after `now` is not part of anything yet.
    """

    inventory: Inventory
    histories: Mapping[str, History]
    mutings: tuple[Muting, ...] = ()
    corrections: tuple[Correction, ...] = ()
    incidents: tuple[Incident, ...] = ()
    known_until_at: float = float("inf")
    now: float = float("inf")


class GroupBy(StrEnum):
    """What rows stand for."""

    CHECK = "check"
    TARGET = "target"
    UNIT = "unit"
    LAYER = "layer"
    CIRCUIT = "circuit"
    PROVIDER = "provider"
    AREA = "area"
    """The map of today."""
    FORMER_DISTRICT = "former_district"
    """The map before 1/7/2025."""
    FORMER_PROVINCE = "former_province"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Outages:
    """Outages of the period: stretches of DOWN, told apart by UP, DEGRADED, MAINTENANCE or UNWATCHED.

    What is OFF_HOURS or UNKNOWN between two stretches of DOWN does not make two outages of one. Lengths are of DOWN
    time, up to the end of the period, also of what lies before it (as far as it is looked back: `LOOK_BACK_S`). Summed
    over periods that follow each other `count`, `over_...` and what was restored count every outage once.
    """

    count: int = 0
    """Those that began in the period."""
    carried: int = 0
    """Those that went on from before the period (0 or 1 for a check)."""
    longest_s: float = 0.0
    over_1h: int = 0
    """Those that became longer than this in the period, whenever they began."""
    over_4h: int = 0
    over_24h: int = 0
    mttr_s: float | None = None
    """Mean length of those that ended in UP or DEGRADED within the period, whenever they began (MTTR)."""
    restored: int = 0
    """How many these are."""
    mtbf_s: float | None = None
    """Time in service between failures: (up + degraded) / count (MTBF)."""
    mtta_s: float | None = None
    """Mean time from the declaration of an incident to its acknowledgement (MTTA), of those that were acknowledged."""
    acknowledged: int = 0
    incidents: int = 0
    """Incidents declared in the period; what people were told of as one group is one of a row."""


@dataclass(frozen=True, slots=True)
class Row:
    """The account of one check, or of a group: the sum over its members' primary checks.

    `key` is an id (check, target, unit code, ...), `name` is for people. `members`: how many targets were added up.
    `lowest`: id of the member with the least availability, "" for a check or when none has a figure.
    """

    key: str
    name: str
    parts: Parts
    outages: Outages
    members: int = 1
    lowest: str = ""
    availability_ratio: float | None = None
    """None: not enough data, or nothing counts."""
    coverage_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The rows of one grouping of one period; `until_at` is where knowledge ends when the period is still running."""

    period: Period
    group_by: GroupBy
    rows: tuple[Row, ...]
    until_at: float
    least_coverage_ratio: float
    corrections: tuple[Correction, ...] = field(default=())
    """Those that touch the period, withdrawn ones left out."""
    left: tuple[str, ...] = ()
    """Checks that were watched in the period, but have left the inventory since: they are in no row."""
