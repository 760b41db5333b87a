"""Reports: the periods, which of them are frozen, and where to go on writing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError, previous
from monitor.people.rights import Right
from monitor.report import periods
from monitor.report.editions import store
from monitor.report.editions.edition_rows import StoredEdition
from monitor.report.editions.model import ReportKind
from monitor.report.months import last_week, this_month
from monitor.settings.settings import Settings
from monitor.web.pages import report, report_compare, report_deeds
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.reporting import Stage, stage
from monitor.web.translating import translator
from monitor.web.visiting import Visit

MONTHS: Final = 13


@dataclass(frozen=True, slots=True)
class Listed:
    """One period as the list shows it. `missing`: causes that are not confirmed, as far as somebody looked lately."""

    of: Period
    name: str
    stage: Stage
    latest: StoredEdition | None
    missing: int | None = None


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read which editions there are; nothing is drafted for a list."""
    settings = daemon.settings
    editions = await daemon.reports.editions()
    of_reports = [each for each in editions if each.kind == ReportKind.REPORT]
    listed = []
    for of in _months(settings, visit.now):
        if not await daemon.state.database.read(partial(store.is_anything_known, until_at=of.until_at)):
            break
        own = [each for each in of_reports if each.period_id == of.id]
        listed.append(
            Listed(
                of=of,
                name=periods.name(of, zone=settings.timezone),
                stage=stage(of, own, visit.now),
                latest=own[-1] if own else None,
                missing=daemon.reports.workshop.missing_causes(of, ReportKind.REPORT),
            )
        )
    return {
        "listed": listed,
        "editions": editions,
        "is_writer": visit.principal.may(Right.REPORT),
        "kinds": _kinds(visit),
        "week": last_week(settings, now=visit.now).id,
        **_chosen(daemon, visit),
    }


def _months(settings: Settings, now: float) -> Iterator[Period]:
    of = this_month(settings, now=now)
    for _number in range(MONTHS):
        yield of
        try:
            of = previous(of, zone=settings.timezone, month_begins_on=settings.accounting.month_begins_on)
        except PeriodError:
            return


def _chosen(daemon: DaemonPort, visit: Visit) -> dict[str, Any]:
    """Return the period that was typed, or why it is none."""
    typed = visit.query.get("ky", "").strip()
    if not typed:
        return {"typed": "", "chosen": None, "why_not": ""}
    try:
        of = daemon.reports.period(typed)
    except PeriodError as error:
        return {"typed": typed, "chosen": None, "why_not": str(error)}
    return {"typed": typed, "chosen": (of.id, periods.name(of, zone=daemon.settings.timezone)), "why_not": ""}


def _kinds(visit: Visit) -> Mapping[str, str]:
    _ = translator(visit.language)
    return {
        ReportKind.REPORT.value: _("báo cáo"),
        ReportKind.WEEK.value: _("trang tuần"),
        ReportKind.LEADER.value: _("trang lãnh đạo"),
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return every frozen edition."""
    _ = translator(visit.language)
    columns = (_("Kỳ"), _("Loại"), _("Bản"), _("Người chốt"), _("Người duyệt"), _("Lý do"), "SHA-256")
    rows = tuple(
        (each.period_id, each.kind, each.revision, each.who, each.approver, each.reason, each.digest)
        for each in values["editions"]
    )
    return Table("bao-cao-da-chot", columns, rows)


REPORTS: Final = Page(
    path="/bao-cao",
    needs=Right.OVERVIEW,
    template="reports.html",
    read=read,
    title="Báo cáo",
    table=table,
    key="b",
)
PAGES: Final = (REPORTS, *report.PAGES, *report_compare.PAGES)
DEEDS: Final = report_deeds.DEEDS
