"""The overview: is anything broken, where, is someone on it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alerts.oncall.rota import duties
from alerts.oncall.routing import people_on_duty
from inventory.model import Layer
from monitor.people.rights import Right
from monitor.web.health import Grade, grade, troubles
from monitor.web.overview import overview
from monitor.web.paging import Page
from monitor.web.port import DaemonPort
from monitor.web.view import Snapshot
from monitor.web.visiting import Visit

SYSTEMS_SHOWN: Final = 60
"""Provincial systems of a layer that are shown one by one even though they are well."""
MATTERS_SHOWN: Final = 40
"""Open incidents that are shown one by one; the page of incidents has them all."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is on duty in a rota now. `until_at`: when the shift ends, None when nobody knows."""

    rota: str
    names: tuple[str, ...]
    until_at: float | None


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Build it from memory: no database on this path."""
    snapshot = daemon.snapshot()
    found = troubles(snapshot, visit.zone, visit.language)
    return {
        "overview": overview(snapshot, _layer(visit), visit.language),
        "snapshot": snapshot,
        "health": snapshot.health,
        "troubles": found,
        "is_failing": grade(found) is Grade.FAILING,
        "systems_shown": SYSTEMS_SHOWN,
        "matters_shown": MATTERS_SHOWN,
        "on_duty": tuple(_on_duty(snapshot)) if visit.principal.may(Right.SEE) else (),
        "glance": daemon.web.glances.look(daemon, snapshot),
    }


def _on_duty(snapshot: Snapshot) -> Iterator[OnDuty]:
    directory = snapshot.directory
    for rota in directory.rotas.values():
        people = people_on_duty(directory, rota, snapshot.now)
        names = tuple(directory.contacts[each].name for each in people if each in directory.contacts)
        ends = (duty.until_at for duty in duties(rota, snapshot.now, snapshot.now + 1))
        yield OnDuty(rota.name, names, min(ends, default=None))


def _layer(visit: Visit) -> Layer | None:
    """Return the layer asked for; one that does not exist is no layer."""
    try:
        return Layer(visit.query.get("lop", ""))
    except ValueError:
        return None


OVERVIEW: Final = Page(
    path="/",
    needs=Right.OVERVIEW,
    template="overview.html",
    read=read,
    reloads=True,
    pieces=("headline", "matters", "layers", "map", "day", "lately", "systems", "monitor"),
    title="Tổng quan",
    key="t",
)
PAGES: Final = (OVERVIEW,)
