"""Every operation of the API."""

from typing import Final

from monitor.web.api import (
    accounts_table,
    audit,
    communes,
    corrections,
    incident_acts,
    incidents,
    inventory,
    inventory_sheets,
    meetings,
    mutings,
    notify,
    oncall,
    openapi,
    overview,
    passwords,
    pictures,
    render,
    report_files,
    reports,
    series,
    standing,
    targets,
    zalo,
)
from monitor.web.routing import Endpoint

_OPERATIONS: Final[tuple[Endpoint, ...]] = (
    *overview.ENDPOINTS,
    *accounts_table.ENDPOINTS,
    *passwords.ENDPOINTS,
    *audit.ENDPOINTS,
    *pictures.ENDPOINTS,
    *report_files.ENDPOINTS,
    *targets.ENDPOINTS,
    *communes.ENDPOINTS,
    *series.ENDPOINTS,
    *reports.ENDPOINTS,
    *incidents.ENDPOINTS,
    *incident_acts.ENDPOINTS,
    *mutings.ENDPOINTS,
    *zalo.ENDPOINTS,
    *render.ENDPOINTS,
    *oncall.ENDPOINTS,
    *notify.ENDPOINTS,
    *meetings.ENDPOINTS,
    *corrections.ENDPOINTS,
    *inventory.ENDPOINTS,
    *inventory_sheets.ENDPOINTS,
    *standing.ENDPOINTS,
)
ENDPOINTS: Final[tuple[Endpoint, ...]] = (*_OPERATIONS, openapi.endpoint_for(_OPERATIONS))
