"""The API of the overview: what the first page shows."""

from typing import Any, Final

from inventory.model import Layer
from monitor.people.rights import Right
from monitor.web.api.shapes import overview_json
from monitor.web.overview import overview
from monitor.web.port import DaemonPort
from monitor.web.routing import Answer, Call, Endpoint, Json, Model


class OverviewQuery(Model):
    """Which layer colours the communes."""

    layer: Layer | None = None


class Headline(Answer):
    """The first sentence."""

    level: str
    text: str


class OverviewAnswer(Answer):
    """What the overview shows."""

    asOf: str
    headline: Headline
    layers: list[dict[str, Any]]
    communes: list[dict[str, Any]]
    todo: list[dict[str, Any]]


async def read_overview(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory: no database on this path."""
    return overview_json(overview(daemon.snapshot(), call.asked(OverviewQuery).layer), call.zone)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/overview",
        needs=Right.OVERVIEW,
        summary="Headline, layers, communes, open incidents, systems",
        handler=read_overview,
        query=OverviewQuery,
        answer=OverviewAnswer,
    ),
)
