"""What is watched, as frozen values: units, targets, checks. No YAML here (schema.py), no state (alerts)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from probes.kind import Options


class Layer(StrEnum):
    """Which part of the province's digital infrastructure a target belongs to."""

    TSLCD = "tslcd"
    CONFERENCE = "conference"
    KIOSK = "kiosk"
    PC = "pc"
    SHARED = "shared"
    CENTRAL = "central"
    INFRA = "infra"
    SELF = "self"
    """The monitor itself: nobody's service. What is wrong with it is no outage, and no report counts it."""


OWN_KIND = "self"
"""The kind of check by which the monitor watches itself."""


class Equipped(StrEnum):
    """Whether the thing exists. Only YES is probed; NO is shown as "chưa trang bị", never as a fault."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Owner(StrEnum):
    """Who answers for a target: the side that a report puts its outages on."""

    LOCAL = "local"
    """The province and its communes."""
    ENTERPRISE = "enterprise"
    """A carrier or another provider."""
    CENTRAL = "central"
    """A ministry: outages are recorded for the report, nobody is woken."""


PROVINCE = "province"
"""Id of the area of bodies of the whole province; it is always there."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the province that is shown and counted as one, usually a former province."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit or provincial body. `code` is the official 5-digit code or a slug; names are NFC."""

    code: str
    name: str
    kind: str
    area: str
    """Id of an area; PROVINCE for bodies of the whole province."""
    former_district: str = ""
    former_province: str = ""
    tile: tuple[int, int] | None = None
    """Column and row on the tile grid of the overview, from 0; None: placed by name."""
    former_names: tuple[str, ...] = ()
    """Units before the mergers that became this one: old lists still name them."""

    @property
    def is_commune(self) -> bool:
        """Whether it lies in an area, rather than being a body of the whole province."""
        return self.area != PROVINCE


@dataclass(frozen=True, slots=True)
class Circuit:
    """A leased line."""

    id: str
    provider: str
    contract_code: str = ""
    hotline: str = ""
    bandwidth_bps: float | None = None
    """Contracted bandwidth in bit/s, towards the unit, and both ways unless `bandwidth_up_bps` is given."""
    bandwidth_up_bps: float | None = None
    """Contracted bandwidth from the unit, where it differs."""
    availability_ratio: float | None = None
    """Contracted availability, 0..1."""
    restore_time_s: float | None = None
    """Contracted longest time to restore."""


Spans = tuple[tuple[int, int], ...]
"""Parts of a day in minutes from midnight, half-open, sorted, apart from each other; 1440 is the day's end."""

ALWAYS = "24x7"
"""Id of the calendar that has no closing time; it is always there."""


@dataclass(frozen=True, slots=True)
class DayTable:
    """Public holidays and swapped days. `country`: whose public holidays count besides those listed, "" for none.

    `off` and `working` override what is computed: extra days off, and days that are worked although they would be
    free, with the weekday (0 Monday) whose hours they have.
    """

    country: str = ""
    off: Mapping[date, str] = field(default_factory=dict)
    """Day -> its name."""
    working: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a service is offered: hours by weekday, Monday first, in the zone's wall time."""

    id: str
    name: str
    week: tuple[Spans, ...]
    closed_on_holidays: bool = False
    days: Mapping[date, Spans] = field(default_factory=dict)
    """Exceptions: the whole truth about these days."""
    opening_grace_s: float = 0.0
    """After each opening, this long nobody is told of what was not switched on yet."""
    zone: str = "Asia/Ho_Chi_Minh"
    day_table: DayTable = DayTable()


class Repeat(StrEnum):
    """How often a maintenance window comes."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which targets something is for: all of the given conditions, any of the values of each."""

    targets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    former_districts: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    circuits: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window. Measuring goes on; nobody is told of what fails within.

    ONCE: from `starts_at` to `ends_at`. WEEKLY and MONTHLY: on `weekday` (0 Monday; MONTHLY: the `nth` of the month,
    -1 the last) from `from_minute` of the day, `duration_s` long, on days from `first_day` to `last_day`.
    """

    id: str
    title: str
    reason: str
    owner: str
    """Who does the work."""
    selector: Selector
    repeat: Repeat = Repeat.ONCE
    starts_at: float = 0.0
    ends_at: float = 0.0
    weekday: int = 0
    nth: int = 0
    from_minute: int = 0
    duration_s: float = 0.0
    first_day: date | None = None
    last_day: date | None = None
    until_up: bool = False
    """It is over for a target as soon as that has been down and is up again."""
    announced_at: float | None = None
    """When the public was told (NĐ 224/2026 Điều 13: 7 working days before)."""
    urgent: bool = False
    """Force majeure: no notice is owed to the public."""
    document: str = ""
    zone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one metric: at or beyond `warning` / `critical` the verdict is at least that level.

    Beyond means above, or below when `below` is set. None: no limit of that level.
    """

    metric: str
    warning: float | None = None
    critical: float | None = None
    below: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A thing with an address. `depends_on` lists target ids, each of which it needs to be reachable."""

    id: str
    name: str
    unit_code: str
    layer: Layer
    profile: str
    address: str
    depends_on: tuple[str, ...] = ()
    circuit_id: str | None = None
    anchor: bool = False
    equipped: Equipped = Equipped.YES
    enabled: bool = True
    impact: str = ""
    """What people lose when it is down, one Vietnamese clause for messages."""
    first_action: str = ""
    """What to do first, one Vietnamese clause for messages."""
    tags: tuple[str, ...] = ()
    owner: Owner = Owner.LOCAL
    powered_by: tuple[str, ...] = ()
    """Ids of the UPS that feed it: evidence for a power cut, never a reason to be silent."""

    @property
    def is_watched(self) -> bool:
        """Whether its checks run."""
        return self.enabled and self.equipped is Equipped.YES


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of probe applied to one target. `id` is `<target id>/<kind>` or `<target id>/<label>`."""

    id: str
    target_id: str
    kind: str
    address: str
    options: Options
    interval_s: float
    retry_interval_s: float
    timeout_s: float
    failures_to_down: int
    successes_to_up: int
    thresholds: tuple[Threshold, ...] = ()
    policy: str = "default"
    calendar: str = ALWAYS
    min_gap_s: float = 0.0
    """Least time between the starts of two runs, whoever asks for them."""

    @property
    def is_own(self) -> bool:
        """Whether it is about the monitor itself: it needs no network, and hangs on nothing."""
        return self.kind == OWN_KIND


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """One count of a report, as it was printed. Exactly one of `have` and `without` is there."""

    printed: str
    """The report's own words: "57/96"."""
    of: int
    """How many units were counted over."""
    on: str
    """Month or day of the report, "2025-09" or "2025-09-15"."""
    source: str
    have: int | None = None
    without: int | None = None
    derived: bool = False
    """Nobody printed it: it was worked out from something else, which `note` names."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportedClass:
    """A class of equipment that reports count, and what was reported of it."""

    id: str
    name: str
    profiles: tuple[str, ...] = ()
    """Empty: nobody knows what the report meant, and nothing is counted."""
    figures: tuple[ReportedFigure, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything watched, validated: ids are unique, dependencies exist and have no cycle.

    `checks` holds only checks of watched targets, a target's primary (reachability) check first.
    `parents` and `children` are relations between checks: every check but a target's primary one depends on the
    primary; the primary depends on the primaries of the target's `depends_on` (through targets that are not
    watched). `ancestors_first` lists check ids so that parents come before children.
    """

    units: Mapping[str, Unit]
    targets: Mapping[str, Target]
    checks: Mapping[str, Check]
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Every calendar that is declared, and ALWAYS; they share one day table."""
    windows: Mapping[str, Window] = field(default_factory=dict)
    windows_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Target id -> ids of the windows that are for it; targets without any are absent."""
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ancestors_first: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    """Primary check ids of the watched anchor targets."""
    own_ranges: tuple[str, ...] = ()
    """Networks that are the province's own ("10.51.0.0/16"); nothing outside of them is ever searched."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """Unit code -> its own network in the address plan ("10.51.7.0/24")."""
    reported: Mapping[str, ReportedClass] = field(default_factory=dict)
    """Classes of equipment in the order of the report, with what was last reported of them."""
    digest: str = ""
    """SHA-256 of the source files: names the version."""
