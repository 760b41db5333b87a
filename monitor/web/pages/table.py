"""Every page, every deed, and what menus offer, in their order."""

from typing import Final

from monitor.web.pages import (
    accounts,
    audit,
    choices,
    commune,
    duty,
    duty_deeds,
    finding,
    health,
    incident,
    incident_deeds,
    incidents,
    incidents_deeds,
    inventory,
    leaders,
    meetings,
    muting_deeds,
    muting_new,
    mutings,
    overview,
    own_account,
    reports,
    status,
    target,
)
from monitor.web.paging import Deed, Page

PAGES: Final[tuple[Page, ...]] = (
    *overview.PAGES,
    *finding.PAGES,
    *incidents.PAGES,
    *incident.PAGES,
    *mutings.PAGES,
    *muting_new.PAGES,
    *duty.PAGES,
    *commune.PAGES,
    *target.PAGES,
    *status.PAGES,
    *reports.PAGES,
    *leaders.PAGES,
    *accounts.PAGES,
    *audit.PAGES,
    *own_account.PAGES,
    *meetings.PAGES,
    *inventory.PAGES,
    *health.PAGES,
)
DEEDS: Final[tuple[Deed, ...]] = (
    *choices.DEEDS,
    *incident_deeds.DEEDS,
    *commune.DEEDS,
    *target.DEEDS,
    *status.DEEDS,
    *incidents_deeds.DEEDS,
    *muting_new.DEEDS,
    *muting_deeds.DEEDS,
    *duty_deeds.DEEDS,
    *reports.DEEDS,
    *accounts.DEEDS,
    *own_account.DEEDS,
    *meetings.DEEDS,
    *inventory.DEEDS,
    *health.DEEDS,
)
NAV: Final[tuple[Page, ...]] = tuple(page for page in PAGES if page.title)
