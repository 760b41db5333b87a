"""The figures of one period, from which everything in a report is said, drawn and listed. Values only: no I/O, no clock.

Ratios are 0..1, lengths seconds, moments Unix seconds UTC. None: not known, or nothing to be measured; never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.equipment.coverage import ClassCoverage
from inventory.model import Layer, Unit
from monitor.accounting.model import Correction, Parts, Period, Row
from monitor.conference.model import Attendance


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of this period and the same row of the period before; `target_ratio`: what it should have reached."""

    row: Row
    before: Row | None = None
    target_ratio: float | None = None

    @property
    def change(self) -> float | None:
        """Availability now minus before, as a ratio; None when either is not known."""
        now = self.row.availability_ratio
        then = None if self.before is None else self.before.availability_ratio
        return None if now is None or then is None else now - then

    @property
    def meets(self) -> bool | None:
        """Whether it reached its target; None when there is none, or no figure."""
        now = self.row.availability_ratio
        return None if now is None or self.target_ratio is None else now >= self.target_ratio


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as a report names it."""

    code: str
    name: str
    """As in the inventory, "Xã Ba Tơ"."""
    kind: str
    area: str
    """Its id; the names are in `Figures.areas`."""
    former_district: str
    former_province: str
    tile: tuple[int, int] | None = None

    @classmethod
    def of(cls, unit: Unit) -> "Place":
        """Return what a report needs of a unit."""
        return cls(
            unit.code, unit.name, unit.kind, unit.area, unit.former_district, unit.former_province, unit.tile
        )


@dataclass(frozen=True, slots=True)
class OutageRecord:
    """One outage of a target's primary check that has DOWN time in the period; the accounting's rule.

    `from_at`: when it began, perhaps before the period (as far as is looked back). `until_at`: when it was seen to be
    over; None: it goes on at the end of the period. `down_s`: its DOWN time in the period, `length_s` with what lies before.
    `is_carried`: it began before the period, and is not counted in it. `is_behind`: another target's incident took it
    away (a kiosk behind a dead line); it is no fault of its own.
    """

    id: str
    """<check id>@<from_at in whole seconds>"""
    check_id: str
    target_id: str
    unit_code: str
    layer: Layer
    from_at: float
    until_at: float | None
    down_s: float
    length_s: float
    is_carried: bool = False
    is_behind: bool = False
    incident_id: str | None = None
    """The incident that people were told of (of a member, its group); None: there was none."""
    cause: CauseKind | None = None
    """Confirmed by a person, for itself or for its group."""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident as people were told of it (never a member of a group) that was declared in the period.

    Not one of which every moment counts as maintenance: it is excluded, as its outages are.

    `cause`, `side`, `confirmed_by` only of what a person confirmed; `guess` is what the measurements say, and never counts.
    `source`: who says so, "VNPT (phiếu 12345)", or "". `length_s`: from its first failure to its end or the end of the
    period. `down_s`: DOWN time in the period of the outages that belong to it.
    """

    id: str
    name: str
    """What failed, for people: "Đường truyền TSLCD – Xã Ba Tơ", "07 xã thuộc địa bàn Ba Tơ (cũ)"."""
    layer: Layer
    level: Status
    """DOWN or DEGRADED."""
    opened_at: float
    declared_at: float
    resolved_at: float | None
    length_s: float
    down_s: float
    unit_codes: tuple[str, ...]
    target_ids: tuple[str, ...]
    """Those of its own failures: of a group all members' roots; not what was behind them."""
    is_group: bool = False
    acknowledged_at: float | None = None
    acknowledged_by: str = ""
    cause: CauseKind | None = None
    side: Side | None = None
    confirmed_by: str = ""
    guess: CauseKind | None = None
    source: str = ""
    ticket_number: str = ""
    ticket_reported_at: float | None = None
    ticket_closed_at: float | None = None
    episodes: int = 1
    is_in_time: bool | None = None
    """Whether it was restored within the contracted time of its line; None: none is contracted, or it goes on."""


@dataclass(frozen=True, slots=True)
class CommuneFigures:
    """One commune. None: it has no such equipment that is watched (`Row` of nothing does not exist)."""

    place: Place
    line: Compared | None = None
    """Its targets of the layer TSLCD."""
    conference: Compared | None = None
    one_stop: Compared | None = None
    """Its kiosks and PCs (layers KIOSK and PC) in their hours."""
    loss_ratio: float | None = None
    """Packet loss of its line in hours in which it answered, from the series; None: no series of that time is kept."""
    degraded_s: float = 0.0
    """DEGRADED time of its line."""


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """One shared or central system; `outages` are `Figures.outages` of its own."""

    target_id: str
    name: str
    compared: Compared
    down_s: float
    degraded_s: float
    """Slow: it answered beyond its limits."""
    slow_count: int = 0
    """How many stretches of DEGRADED of at least the settings' least length."""


@dataclass(frozen=True, slots=True)
class CauseFigures:
    """Incidents of one confirmed cause on one side; `kind` and `side` None: nobody confirmed any."""

    side: Side | None
    kind: CauseKind | None
    count: int
    length_s: float
    incident_ids: tuple[str, ...]
    unit_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """Availability of one earlier period of the same kind, for the line chart; the last one is this period."""

    period_id: str
    availability_ratio: float | None
    coverage_ratio: float | None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One local day: outages of lines that began on it, and the DOWN seconds of all of them."""

    day: date
    outages: int
    down_s: float
    is_free: bool
    """Weekend or holiday, by the calendar of the province."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one period. Rows of the accounting are as they are: nothing is rounded here."""

    period: Period
    before: Period
    zone: str
    province: str
    made_at: float
    known_until_at: float
    """Up to where the monitor vouches for what is said: the end of the period, or where it stands now."""
    inventory_digest: str
    least_coverage_ratio: float
    layers: Mapping[Layer, Compared] = field(default_factory=dict)
    """Only layers with watched targets."""
    communes: tuple[CommuneFigures, ...] = ()
    """All communes, in the official order: by area, former district, name."""
    areas: Mapping[str, str] = field(default_factory=dict)
    """Area id -> name, without that of the province's bodies."""
    line_areas: tuple[Compared, ...] = ()
    """Lines (TSLCD targets of communes) by area; `row.key` is the area's id."""
    line_former_districts: tuple[Compared, ...] = ()
    line_former_provinces: tuple[Compared, ...] = ()
    lines: Compared | None = None
    """All lines of communes together."""
    department_lines: int = 0
    """How many bodies of the province have a watched TSLCD target."""
    circuits: tuple[Compared, ...] = ()
    providers: tuple[Compared, ...] = ()
    shared: tuple[SystemFigures, ...] = ()
    """Those of the province, in the inventory's order."""
    sites: Compared | None = None
    """What communes have of the layer SHARED, their web sites, together."""
    central: tuple[SystemFigures, ...] = ()
    outages: tuple[OutageRecord, ...] = ()
    """By time; of every target's primary check, carried ones too."""
    incidents: tuple[IncidentRecord, ...] = ()
    """By time of declaration."""
    causes: tuple[CauseFigures, ...] = ()
    """Of incidents with level DOWN; most first within each side; those without a confirmed cause last."""
    months: tuple[MonthPoint, ...] = ()
    """Lines of communes, up to 12 periods, the oldest first; only as far back as anything is known."""
    days: tuple[DayFigures, ...] = ()
    hours: tuple[tuple[float, ...], ...] = ()
    """7 rows (Monday first) of 24: DOWN seconds of lines in that hour of the week."""
    degraded_hours: tuple[float, ...] = ()
    """24: DEGRADED seconds of lines in that hour of the day."""
    meetings: tuple[Attendance, ...] = ()
    equipment: tuple[ClassCoverage, ...] = ()
    province_parts: Parts = field(default_factory=Parts)
    """All targets together: how much was known, in maintenance, and so on."""
    acknowledgement_s: float | None = None
    """Mean time from declaration to acknowledgement, of incidents declared in the period that were taken (MTTA)."""
    restore_s: float | None = None
    """Mean length of outages of lines that were seen to be over in the period (MTTR)."""
    restore_before_s: float | None = None
    """The same of the period before."""
    corrections: tuple[Correction, ...] = ()
    corrected_units: frozenset[str] = frozenset()
    """Codes of the units whose targets they are about."""
    left: tuple[str, ...] = ()
    """Checks that were watched in the period and have left the inventory since."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Unit code -> every unit of the inventory."""
    target_names: Mapping[str, str] = field(default_factory=dict)
    """Target id -> name, of the targets that outages, incidents and corrections name."""
