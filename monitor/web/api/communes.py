"""The API of communes: how each is, what hangs on what there, its open incidents, its latest months."""

from functools import partial
from typing import Annotated, Any, Final

from pydantic import Field

from alerts.messages.plain import clean
from inventory.model import Unit
from inventory.names import fold, unit_hint
from monitor.accounting.calendar import read_months
from monitor.people.rights import Right
from monitor.web.api.commune_shapes import commune_json
from monitor.web.api.lists import ListAnswer, PagedQuery, page_of
from monitor.web.api.shapes import iso
from monitor.web.api.target_shapes import months_json, person_json, unit_json
from monitor.web.commune import code_of, commune
from monitor.web.overview import Tile, overview
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json
from monitor.web.view import Shown, Snapshot

ID_LIMIT: Final = 120
Text = Annotated[str, Field(max_length=ID_LIMIT)]


class CommunesQuery(PagedQuery):
    """Which communes."""

    area: Text = ""
    state: Shown | None = None
    q: Text = ""
    """Words of its name, code, former names or former district, with or without marks."""


class CommuneBrief(Answer):
    """One commune; `state` leaves out what nobody is called for (office computers)."""

    id: str
    name: str
    kind: str
    area: str
    district: str
    formerNames: list[str]
    state: Shown
    stateText: str
    since: str | None
    layers: dict[str, Shown]
    incident: str | None
    ackedBy: str | None


class CommunesAnswer(ListAnswer):
    """Communes in the order of their codes."""

    items: list[CommuneBrief]


class MonthShape(Answer):
    """One month of a unit; ratios are null when too little is known."""

    month: str
    availabilityRatio: float | None
    coverageRatio: float | None
    downS: float
    maintenanceS: float


class LayerShape(Answer):
    """One layer of a commune."""

    layer: str
    name: str
    state: Shown
    stateText: str
    since: str | None
    good: int
    total: int
    causeText: str


class DeviceShape(Answer):
    """One device; `depth` says below how many others it hangs, `outside` on what elsewhere."""

    id: str
    name: str
    layer: str
    state: Shown
    since: str | None
    causeText: str
    depth: int
    outside: list[str]


class CommuneShape(Answer):
    """Everything of a commune."""

    id: str
    name: str
    kind: str
    area: str
    district: str
    formerNames: list[str]
    state: Shown
    stateText: str
    since: str | None
    layers: list[LayerShape]
    devices: list[DeviceShape]
    incidents: list[dict[str, Any]]
    circuits: list[dict[str, Any]]
    months: list[MonthShape]
    contacts: list[dict[str, str]] | None


class CommuneAnswer(Answer):
    """One commune; `contacts` is null for who may not see addresses."""

    asOf: str | None
    leastCoverageRatio: float
    item: CommuneShape


async def list_communes(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory."""
    snapshot, asked = daemon.snapshot(), call.asked(CommunesQuery)
    wanted = fold(asked.q).split()
    tiles = (tile for tile in overview(snapshot).tiles if _is_wanted(tile, asked, wanted))
    page, following = page_of(tiles, lambda tile: tile.unit.code, asked)
    return {
        "schema": "communes/1",
        "asOf": iso(snapshot.now, call.zone),
        "items": [_brief(tile, call) for tile in page],
        "next": following,
    }


async def read_commune(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory, but for the months."""
    snapshot, settings = daemon.snapshot(), daemon.settings
    unit = chosen_unit(snapshot, call)
    least = settings.accounting.least_coverage_ratio
    months = await daemon.state.database.read(
        partial(
            read_months,
            inventory=snapshot.inventory,
            unit_code=unit.code,
            zone=settings.timezone,
            least_coverage_ratio=least,
            now=snapshot.now,
        )
    )
    addressed = call.principal.may(Right.ADDRESSES)
    people = daemon.composer.contacts.contacts_of(unit.code) if addressed else ()
    item = {
        **commune_json(commune(snapshot, unit.code), snapshot, call.zone),
        "months": months_json(months),
        "contacts": [person_json(each) for each in people] if addressed else None,
    }
    return {
        "schema": "commune/1",
        "asOf": iso(snapshot.now, call.zone),
        "leastCoverageRatio": least,
        "item": item,
    }


def chosen_unit(snapshot: Snapshot, call: Call) -> Unit:
    """Return the unit that the path names ("21484", "21484-ba-to"), if the caller may see it. Raises RefusedError."""
    code = code_of(clean(call.params["id"], ID_LIMIT))
    unit = snapshot.inventory.units.get(code)
    if unit is not None and call.principal.may_see_unit(code):
        return unit
    names = {each.code: each.name for each in snapshot.inventory.units.values()}
    hint = unit_hint(code, names) if call.principal.may(Right.SEE) else ""
    raise RefusedError(404, f"không có đơn vị này: '{code}'", hint)


def _brief(tile: Tile, call: Call) -> Json:
    unit = tile.unit
    return {
        **unit_json(unit, unit.code),
        "kind": unit.kind,
        "formerNames": list(unit.former_names),
        "state": tile.shown.value,
        "stateText": tile.shown.word,
        "since": iso(tile.since_at, call.zone),
        "layers": {layer.value: shown.value for layer, shown in tile.layers.items()},
        "incident": tile.incident_id,
        "ackedBy": tile.acknowledged_by or None,
    }


def _is_wanted(tile: Tile, asked: CommunesQuery, wanted: list[str]) -> bool:
    unit = tile.unit
    if asked.area not in {"", unit.area} or asked.state not in {None, tile.shown}:
        return False
    text = f" {fold(' '.join((unit.code, unit.name, unit.former_district, *unit.former_names)))}"
    return all(word in text for word in wanted)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/communes",
        needs=Right.OVERVIEW,
        summary="Communes with their states, filtered, in pages",
        handler=list_communes,
        query=CommunesQuery,
        answer=CommunesAnswer,
    ),
    Endpoint(
        method="GET",
        path="/communes/{id}",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="One commune: layers, what hangs on what, open incidents, availability of twelve months",
        handler=read_commune,
        answer=CommuneAnswer,
        refuses={404: "không có đơn vị này"},
    ),
)
