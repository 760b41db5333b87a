"""What the API of targets takes and answers with."""

from typing import Annotated, Any, Final

from pydantic import Field

from inventory.model import Layer
from monitor.accounting.calendar import FIRST_YEAR, LAST_YEAR
from monitor.web.api.lists import ListAnswer, PagedQuery
from monitor.web.routing import Answer, Model
from monitor.web.view import Shown

ID_LIMIT: Final = 120
RESULTS_MOST: Final = 500
Text = Annotated[str, Field(max_length=ID_LIMIT)]


class TargetsQuery(PagedQuery):
    """Which targets: all of the given conditions."""

    layer: Layer | None = None
    area: Text = ""
    unit: Text = ""
    state: Shown | None = None
    provider: Text = ""
    q: Text = ""
    """Words of its id, name or place, with or without marks."""


class UnitBrief(Answer):
    """Where something is."""

    id: str
    name: str
    area: str
    district: str


class TargetBrief(Answer):
    """One target."""

    id: str
    name: str
    unit: UnitBrief
    layer: Layer
    layerName: str
    profile: str
    state: Shown
    stateText: str
    since: str | None
    cause: str
    causeText: str
    incident: str | None
    watched: bool
    equipped: str
    owner: str
    tags: list[str]
    provider: str | None


class TargetsAnswer(ListAnswer):
    """Targets in the order of their ids."""

    items: list[TargetBrief]


class Neighbour(Answer):
    """A target beside another one."""

    id: str
    name: str
    layer: Layer | None
    state: Shown


class CheckShape(Answer):
    """One check of a target; address and options are null for who may not see addresses."""

    id: str
    kind: str
    state: Shown
    stateText: str
    since: str | None
    cause: str
    causeText: str
    intervalS: float
    retryIntervalS: float
    timeoutS: float
    failuresToDown: int
    successesToUp: int
    thresholds: list[dict[str, Any]]
    policy: str
    calendar: str
    address: str | None
    options: dict[str, Any] | None


class TargetShape(TargetBrief):
    """Everything of a target."""

    address: str | None
    enabled: bool
    anchor: bool
    impact: str
    firstAction: str
    dependsOn: list[Neighbour]
    behind: list[Neighbour]
    behindCount: int
    poweredBy: list[Neighbour]
    circuit: dict[str, Any] | None
    windows: list[str]
    checks: list[CheckShape]
    contacts: list[dict[str, str]] | None


class TargetAnswer(Answer):
    """One target; `contacts` is null for who may not see addresses."""

    asOf: str | None
    item: TargetShape


class OptionsAnswer(Answer):
    """Where each value comes from; `known` is false when the files say something else than what is in force."""

    asOf: str | None
    target: str
    known: bool
    items: list[dict[str, Any]]


class CalendarQuery(Model):
    """Which year."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None
    """Absent: the current one."""


class CalendarDayShape(Answer):
    """One watched day; ratios are null when too little is known, or nothing of the day counts."""

    day: str
    availabilityRatio: float | None
    coverageRatio: float | None
    downS: float
    maintenanceS: float
    incidents: list[str]


class CalendarAnswer(Answer):
    """The watched days of a year, by the target's primary check."""

    asOf: str | None
    target: str
    check: str | None
    year: int
    leastCoverageRatio: float
    items: list[CalendarDayShape]


class ResultsQuery(Model):
    """How many, and of which check."""

    limit: Annotated[int, Field(ge=1, le=RESULTS_MOST)] = 50
    check: Text = ""
    """Absent: all checks of the target."""


class ResultShape(Answer):
    """One run of one check; `metrics` has its phases."""

    check: str
    at: str
    durationS: float
    ok: bool
    reason: str | None
    reasonText: str
    detail: str
    metrics: dict[str, float]
    roundTripsS: list[float | None]
    vantage: str


class ResultsAnswer(Answer):
    """The latest results, the newest first."""

    asOf: str | None
    target: str
    items: list[ResultShape]


class LookAnswer(Answer):
    """The checks will run soon."""

    asOf: str | None
    target: str
    checks: list[str]
