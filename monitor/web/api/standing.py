"""The API of how things stand: the monitor's own health, the latest weeks, what everybody may know, search."""

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from alerts.muting.works import works
from monitor.people.principal import Principal
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.api.shapes import health_json, iso
from monitor.web.api.target_shapes import found_json
from monitor.web.port import DaemonPort
from monitor.web.public_status import AHEAD_S, PublicStatus, public_status
from monitor.web.routing import Answer, Call, Endpoint, Json, Model
from monitor.web.search import QUERY_LIMIT, Found, FoundKind, search
from monitor.web.summary import MOST_DAYS, SummaryFigures
from monitor.web.view import Shown

MOST_FOUND: Final = 50
SEARCHED_INCIDENTS: Final = 500


class HealthAnswer(Answer):
    """How well the monitor is: ok, degraded or failing, and why."""

    status: str
    reasons: list[dict[str, Any]]
    asOf: str | None
    startedAt: str | None
    lastResultAt: str | None
    checks: int
    inventory: str
    figures: dict[str, Any]
    version: str


class SummaryQuery(Model):
    """How many days; the figures before are of as many."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30


class FiguresShape(Answer):
    """The lines to communes in one stretch of time; the ratio is null when too little is known."""

    since: Annotated[str, Field(alias="from")]
    until: str
    availabilityRatio: float | None
    outages: int
    communesHit: int
    downS: float


class SummaryAnswer(Answer):
    """The latest days, and as many before."""

    asOf: str | None
    days: int
    figures: FiguresShape
    before: FiguresShape
    mostCut: list[dict[str, Any]]


class SearchQuery(Model):
    """What is sought; marks may be left out."""

    q: Annotated[str, Field(max_length=QUERY_LIMIT)] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 20


class FoundShape(Answer):
    """One answer; `path` is its page, `alias` the former name by which it was found."""

    kind: FoundKind
    id: str
    name: str
    beside: str
    alias: str | None
    path: str


class SearchAnswer(Answer):
    """What was found, the likeliest first."""

    asOf: str | None
    items: list[FoundShape]


class NoticeShape(Answer):
    """One open matter; `eta` and `nextUpdate` are null while nobody said."""

    id: str
    title: str
    body: str
    state: Shown
    since: str | None
    taken: bool
    affects: list[str]
    eta: str | None
    nextUpdate: str | None


class WorkShape(Answer):
    """Maintenance, going on or announced."""

    id: str
    title: str
    since: Annotated[str, Field(alias="from")]
    until: str
    running: bool
    affects: list[str]


class PublicSystemShape(Answer):
    """A shared or central system; `days90` has a ratio for each of the latest days, null when it is not known."""

    id: str
    name: str
    state: Shown
    stateText: str
    since: str | None
    days90: list[float | None]


class PublicCommuneShape(Answer):
    """A commune."""

    id: str
    name: str
    area: str
    district: str
    state: Shown
    stateText: str
    since: str | None
    maintenance: bool


class VerdictShape(Answer):
    """One sentence."""

    level: Shown
    text: str


class PublicStatusAnswer(Answer):
    """What everybody may know."""

    asOf: str | None
    dataAt: str | None
    stale: bool
    verdict: VerdictShape
    notices: list[NoticeShape]
    maintenances: list[WorkShape]
    systems: list[PublicSystemShape]
    communes: list[PublicCommuneShape]


async def read_health(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory."""
    return {"schema": "health/1", **health_json(daemon.snapshot(), call.zone)[1]}


async def read_latest(daemon: DaemonPort, call: Call) -> Json:
    """Return figures that are at most a quarter of an hour old."""
    snapshot, days = daemon.snapshot(), call.asked(SummaryQuery).days
    found = await daemon.web.summaries.read(
        daemon.state.database, snapshot.inventory, daemon.settings, days, now=snapshot.now
    )
    return {
        "schema": "summary/1",
        "asOf": iso(snapshot.now, call.zone),
        "days": found.days,
        "figures": _figures(found.figures, call.zone),
        "before": _figures(found.before, call.zone),
        "mostCut": [
            {
                "id": each.unit_code,
                "name": each.name,
                "outages": each.outages,
                "downS": each.down_s,
                "availabilityRatio": each.availability_ratio,
            }
            for each in found.most_cut
        ],
    }


async def read_found(daemon: DaemonPort, call: Call) -> Json:
    """Search beside the event loop."""
    asked = call.asked(SearchQuery)
    found = await find(daemon, call.principal, asked.q, limit=asked.limit)
    return {
        "schema": "search/1",
        "asOf": iso(call.now, call.zone),
        "items": [found_json(each) for each in found],
    }


async def find(daemon: DaemonPort, principal: Principal, asked: str, *, limit: int) -> tuple[Found, ...]:
    """Return what somebody may open of what was sought: without the right to see everything only communes.

    Incidents are the latest ones; those in memory while the disk does not answer.
    """
    snapshot = daemon.snapshot()
    sees = principal.may(Right.SEE)
    kinds = tuple(FoundKind) if sees else (FoundKind.COMMUNE,)
    incidents: tuple[Incident, ...] = ()
    if sees:
        incidents = tuple(snapshot.incidents.values())
        try:
            incidents = tuple(await daemon.state.incidents(open_only=False, limit=SEARCHED_INCIDENTS))
        except StorageError:
            incidents = tuple(snapshot.incidents.values())
    return await daemon.state.database.read(
        lambda _connection: search(
            snapshot.inventory, incidents, clean(asked, QUERY_LIMIT), limit=limit, kinds=kinds
        )
    )


async def read_public(daemon: DaemonPort, call: Call) -> Json:
    """Return what everybody may know."""
    return public_json(await public_now(daemon), call.zone)


async def public_now(daemon: DaemonPort, language: Language = Language.VI) -> PublicStatus:
    """Return what everybody may know now; without the latest days while the disk does not answer."""
    snapshot = daemon.snapshot()
    planned = tuple(works(daemon.world, snapshot.now, snapshot.now + AHEAD_S))
    try:
        days = await daemon.web.public_days.read(
            daemon.state.database, snapshot.inventory, daemon.settings, snapshot.now
        )
    except StorageError:
        days = {}
    return public_status(snapshot, planned, days, language)


def public_json(status: PublicStatus, zone: ZoneInfo) -> Json:
    """Return it as JSON: the same for the API and for the file beside the status page."""
    return {
        "schema": "public-status/1",
        "asOf": iso(status.at, zone),
        "dataAt": iso(status.data_at, zone),
        "stale": status.is_stale,
        "verdict": {"level": status.verdict.shown.value, "text": status.verdict.text},
        "notices": [
            {
                "id": each.id,
                "title": each.title,
                "body": each.body,
                "state": each.shown.value,
                "since": iso(each.since_at, zone),
                "taken": each.is_taken,
                "affects": list(each.affects),
                "eta": None,
                "nextUpdate": None,
            }
            for each in status.notices
        ],
        "maintenances": [
            {
                "id": each.id,
                "title": each.title,
                "from": iso(each.from_at, zone),
                "until": iso(each.until_at, zone),
                "running": each.is_running,
                "affects": list(each.affects),
            }
            for each in status.works
        ],
        "systems": [
            {
                "id": each.id,
                "name": each.name,
                "state": each.shown.value,
                "stateText": each.shown.word,
                "since": iso(each.since_at, zone),
                "days90": [day.availability_ratio for day in each.days],
            }
            for each in status.systems
        ],
        "communes": [
            {
                "id": each.id,
                "name": each.name,
                "area": each.area,
                "district": each.former_district,
                "state": each.shown.value,
                "stateText": each.shown.word,
                "since": iso(each.since_at, zone),
                "maintenance": each.is_in_maintenance,
            }
            for each in status.communes
        ],
    }


def _figures(figures: SummaryFigures, zone: ZoneInfo) -> Json:
    return {
        "from": iso(figures.from_at, zone),
        "until": iso(figures.until_at, zone),
        "availabilityRatio": figures.availability_ratio,
        "outages": figures.outages,
        "communesHit": figures.communes_hit,
        "downS": figures.down_s,
    }


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/health",
        needs=Right.OPERATE,
        summary="How well the monitor itself is, and why",
        handler=read_health,
        answer=HealthAnswer,
    ),
    Endpoint(
        method="GET",
        path="/summary",
        needs=Right.OVERVIEW,
        summary="The latest days of the lines to communes, beside as many before",
        handler=read_latest,
        query=SummaryQuery,
        answer=SummaryAnswer,
    ),
    Endpoint(
        method="GET",
        path="/search",
        needs=Right.OVERVIEW,
        summary="Communes, targets and incidents by what people type",
        handler=read_found,
        query=SearchQuery,
        answer=SearchAnswer,
    ),
    Endpoint(
        method="GET",
        path="/public/status",
        needs=Right.STATUS,
        summary="What everybody may know: verdict, notices, planned work, systems, communes",
        handler=read_public,
        answer=PublicStatusAnswer,
    ),
)
