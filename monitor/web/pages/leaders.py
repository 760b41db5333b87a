"""The leaders' page: one phone screen, one sheet of paper. How things stand, against last month, and what is to be decided."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from inventory.model import Layer
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.cut_days import CutDay
from monitor.web.overview import overview
from monitor.web.paging import Page
from monitor.web.port import DaemonPort
from monitor.web.summary import Summary
from monitor.web.view import Shown
from monitor.web.visiting import Visit

log = logging.getLogger(__name__)

DAYS: Final = 30
OFTEN: Final = 3
"""A commune cut more often than this within DAYS is a matter to decide about."""
_READY: Final = frozenset({Shown.UP, Shown.DEGRADED})


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """How things stand is from memory; figures that cannot be read are left out, and the page says so."""
    snapshot = daemon.snapshot()
    found = overview(snapshot, None, visit.language)
    conference = next((of for of in found.layers if of.layer is Layer.CONFERENCE), None)
    ready = (
        None if conference is None else sum(n for shown, n in conference.counts.items() if shown in _READY)
    )
    summary: Summary | None = None
    cut_days: tuple[CutDay, ...] = ()
    if snapshot.inventory.checks:
        asked = (daemon.state.database, snapshot.inventory, daemon.settings)
        try:
            summary = await daemon.web.summaries.read(*asked, DAYS, now=snapshot.now)
            cut_days = await daemon.web.cut_days.read(*asked, now=snapshot.now)
        except StorageError as error:
            log.warning("leaders_unreadable fault=%s", error.fault)
    often = () if summary is None else [each for each in summary.most_cut if each.outages > OFTEN]
    return {
        "overview": found,
        "snapshot": snapshot,
        "summary": summary,
        "cut_days": cut_days,
        "most_cut_in_a_day": max((each.communes for each in cut_days), default=0),
        "often": often,
        "often_limit": OFTEN,
        "days": DAYS,
        "endpoints": 0 if conference is None else conference.total,
        "endpoints_ready": ready,
    }


LEADERS: Final = Page(
    path="/lanh-dao",
    needs=Right.OVERVIEW,
    template="leaders.html",
    read=read,
    reloads=True,
    pieces=("headline", "map", "figures"),
    title="Lãnh đạo",
    key="l",
)
PAGES: Final = (LEADERS,)
