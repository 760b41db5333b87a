"""The search page: communes, watched things and incidents by what people type, with or without marks."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from alerts.messages.plain import clean
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.paging import Page
from monitor.web.port import DaemonPort
from monitor.web.search import QUERY_LIMIT, Found, FoundKind, search
from monitor.web.visiting import Visit

SHOWN: Final = 60
INCIDENTS_SEARCHED: Final = 500


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Search memory; incidents that ended besides, when the disk answers."""
    asked = clean(visit.query.get("q", ""), QUERY_LIMIT)
    return {"asked": asked, "found": await found(daemon, visit, asked)}


async def found(daemon: DaemonPort, visit: Visit, asked: str) -> tuple[Found, ...]:
    """Return what this visitor may see of what `asked` means."""
    snapshot, who = daemon.snapshot(), visit.principal
    if not asked:
        return ()
    incidents = tuple(snapshot.incidents.values())
    if who.may(Right.OVERVIEW):
        with suppress(StorageError):  # those that are open are in memory
            incidents = tuple(await daemon.state.incidents(open_only=False, limit=INCIDENTS_SEARCHED))
    kinds = tuple(FoundKind) if who.may(Right.SEE) else (FoundKind.INCIDENT, FoundKind.COMMUNE)
    every = search(snapshot.inventory, incidents, asked, limit=SHOWN, kinds=kinds)
    return tuple(each for each in every if _may_open(each, visit))


def _may_open(found: Found, visit: Visit) -> bool:
    who = visit.principal
    if found.kind is FoundKind.INCIDENT:
        return who.may(Right.OVERVIEW)
    if found.kind is FoundKind.COMMUNE:
        return who.may_see_unit(found.id)
    return who.may(Right.SEE)


FINDING: Final = Page(
    path="/tim", needs=Right.OVERVIEW, or_needs=Right.OWN, template="finding.html", read=read
)
PAGES: Final = (FINDING,)
