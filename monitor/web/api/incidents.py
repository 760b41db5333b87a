"""The API of incidents: lists, one with its log, the incidents of a time, the evidence of one. Reading only."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Incident
from inventory.choosing import choose
from monitor.incidents.listing import Order, Phase, Place, Wanted, narrowed
from monitor.incidents.packing import packed
from monitor.people.rights import Right
from monitor.web.api.incident_acts import UNKNOWN, found_incident, unknown
from monitor.web.api.incident_answers import ExportAnswer, IncidentAnswer, IncidentsAnswer
from monitor.web.api.lists import PagedQuery, read_cursor, write_cursor
from monitor.web.api.moments import moment_or_none
from monitor.web.api.shapes import brief_json, incidents_json, record_json
from monitor.web.incident_sight import may_see
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json, Model, Reply

EARLIER_SHOWN: Final = 20
Word = Annotated[str, Field(max_length=200)]
LEVELS: Final = (Status.DOWN, Status.DEGRADED)


class IncidentsQuery(PagedQuery):
    """Which incidents: all of the given conditions. Places are codes or names, with or without marks."""

    state: Phase = Phase.ALL
    layer: Word = ""
    area: Word = ""
    district: Word = ""
    provider: Word = ""
    unit: Word = ""
    """Of what is blamed or was taken down by it."""
    cause: CauseKind | None = None
    level: Status | None = None
    min_s: Annotated[float, Field(ge=0, le=1e9)] = 0
    from_: Annotated[str, Field(alias="from", max_length=40)] = ""
    to: Annotated[str, Field(max_length=40)] = ""
    """It lasted some time within [from, to)."""
    q: Word = ""
    sort: Order = Order.NEWEST


class PeriodQuery(Model):
    """A time: from the beginning, until now, unless it is said."""

    from_: Annotated[str, Field(alias="from", max_length=40)] = ""
    to: Annotated[str, Field(max_length=40)] = ""


async def list_incidents(daemon: DaemonPort, call: Call) -> Json:
    """List incidents; a commune sees those that hit it."""
    asked = call.asked(IncidentsQuery)
    found = await daemon.incident_desk.page(
        _wanted(daemon, call, asked), order=asked.sort, limit=asked.limit, after=_place(asked.cursor)
    )
    following = found.next and write_cursor(f"{found.next.key!r} {found.next.now!r} {found.next.id}")
    return {**incidents_json(found.items, daemon.snapshot(), call.zone), "next": following}


async def read_incident(daemon: DaemonPort, call: Call) -> Json:
    """Show one incident with its log, messages, and what has to do with it."""
    record = await found_incident(daemon, call)
    snapshot, principal = daemon.snapshot(), call.principal
    unit = None if principal.may(Right.SEE) else principal.unit_code
    shown = record_json(
        record, snapshot, call.zone, with_recipients=principal.may(Right.ADDRESSES), unit=unit
    )
    incident = record.incident
    parts = await daemon.state.members(incident.id)
    earlier = (
        await daemon.state.earlier_incidents(incident, limit=EARLIER_SHOWN) if incident.root_check_id else []
    )
    whole = None if incident.part_of is None else await daemon.state.incident(incident.part_of)

    def seen(related: Sequence[Incident]) -> list[Json]:
        return [
            brief_json(each, snapshot, call.zone)
            for each in related
            if may_see(principal, each, snapshot.inventory)
        ]

    of_whole = seen([] if whole is None else [whole.incident])
    related = {"whole": next(iter(of_whole), None), "parts": seen(parts), "earlier": seen(earlier)}
    return {**shown, "related": related}


async def export_incidents(daemon: DaemonPort, call: Call) -> Json:
    """Return all incidents of a time at once, the oldest first."""
    asked, desk = call.asked(PeriodQuery), daemon.incident_desk
    from_at = moment_or_none(asked.from_, call.zone, desk.now, field="from")
    to_at = moment_or_none(asked.to, call.zone, desk.now, field="to")
    found = await desk.within(from_at or 0.0, desk.now if to_at is None else to_at)
    return incidents_json(found, daemon.snapshot(), call.zone)


async def export_evidence(daemon: DaemonPort, call: Call) -> Reply:
    """Return the evidence of one incident as a ZIP: results, log, messages (recipients hidden), contract."""
    record = await found_incident(daemon, call)
    async with daemon.web.packing:
        content = await packed(
            daemon.state.database,
            daemon.results.database,
            daemon.world.inventory,
            daemon.settings,
            incident_id=record.incident.id,
            now=call.now,
        )
    if content is None:
        raise unknown(record.incident.id)
    name = f'attachment; filename="{record.incident.id}.zip"'
    return Reply(content, headers={"Content-Disposition": name}, media="application/zip")


def _wanted(daemon: DaemonPort, call: Call, asked: IncidentsQuery) -> Wanted:
    """Return the filter. Raises RefusedError for words that mean nothing, or several things."""
    if asked.level not in {None, *LEVELS}:
        raise RefusedError(
            400, "level: chỉ có down hoặc degraded", "bỏ điều kiện này, hoặc chọn một trong hai"
        )
    inventory, now = daemon.snapshot().inventory, daemon.incident_desk.now
    words = {
        "layers": [asked.layer],
        "areas": [asked.area],
        "former_districts": [asked.district],
        "providers": [asked.provider],
        "units": [asked.unit],
    }
    chosen = choose({field: said for field, said in words.items() if said != [""]}, inventory)
    if isinstance(chosen, tuple):
        raise RefusedError(400, "; ".join(e.what for e in chosen), "; ".join(e.remedy for e in chosen))
    condition = Wanted(
        phase=asked.state,
        cause=asked.cause,
        level=asked.level,
        min_s=asked.min_s,
        from_at=moment_or_none(asked.from_, call.zone, now, field="from"),
        to_at=moment_or_none(asked.to, call.zone, now, field="to"),
    )
    units = frozenset(chosen.units)
    if not call.principal.may(Right.OVERVIEW):
        own = frozenset({call.principal.unit_code})
        units = units & own if units else own
        if not units:
            raise RefusedError(403, "chỉ xem được sự cố của đơn vị mình", "bỏ điều kiện unit", field="unit")
    return narrowed(condition, inventory, replace(chosen, units=()), units, asked.q)


def _place(cursor: str) -> Place | None:
    """Read where a page ended. Raises RefusedError."""
    parts = read_cursor(cursor).split(" ")
    if parts == [""]:
        return None
    try:
        key, now, incident_id = parts
        place = Place(float(key), incident_id, float(now))
    except ValueError:
        place = None
    if place is None or not (math.isfinite(place.key) and math.isfinite(place.now)):
        raise RefusedError(
            400,
            "cursor: không phải chỗ nối tiếp của danh sách",
            "gửi lại đúng giá trị next của trang trước",
            field="cursor",
        )
    return place


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/incidents",
        needs=Right.OVERVIEW,
        or_needs=Right.OWN,
        summary="Incidents by phase, place, layer, carrier, cause, level, length, time and words",
        handler=list_incidents,
        query=IncidentsQuery,
        answer=IncidentsAnswer,
    ),
    Endpoint(
        method="GET",
        path="/incidents/{id}",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="One incident with its log, its messages and what has to do with it",
        handler=read_incident,
        answer=IncidentAnswer,
        refuses={404: UNKNOWN},
    ),
    Endpoint(
        method="GET",
        path="/incident-export",
        needs=Right.SEE,
        summary="All incidents of a time at once, the oldest first",
        handler=export_incidents,
        query=PeriodQuery,
        answer=ExportAnswer,
    ),
    Endpoint(
        method="GET",
        path="/incidents/{id}/export",
        needs=Right.ADDRESSES,
        summary="The evidence of one incident as a ZIP",
        handler=export_evidence,
        media="application/zip",
        refuses={404: UNKNOWN},
    ),
)
