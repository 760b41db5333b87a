"""What one edition of a report says otherwise than another, or than the figures of now."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from monitor.people.rights import Right
from monitor.report.editions.codec import CodecError
from monitor.report.editions.drafting import document_of
from monitor.report.editions.edition_rows import DamagedEditionError, opened, select_edition
from monitor.report.editions.errata import Difference, differences
from monitor.report.editions.model import Edition
from monitor.web.pages.report import UNREADABLE, Asked, asked, editions_of
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.reporting import Say
from monitor.web.translating import translator
from monitor.web.visiting import Visit

log = logging.getLogger(__name__)


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Compare beside the event loop: the edition that is asked for, else the newest."""
    wanted = asked(daemon, visit)
    revision = visit.query.get("ban", "") or await _newest(daemon, wanted, translator(visit.language))
    first = await _edition(daemon, wanted, revision)
    second = None if "voi" not in visit.query else await _edition(daemon, wanted, visit.query["voi"])
    try:
        if second is None:
            errata = await daemon.reports.workshop.compared(wanted.of, first)
            found, decided = errata.differences, errata.decisions
        else:
            found, decided = await asyncio.to_thread(_between, first, second), ()
    except UNREADABLE as error:
        log.warning("report_not_compared period=%s because=%s", wanted.of.id, error)
        raise RefusedError(503, "chưa so sánh được", "xem nhật ký của dịch vụ") from error
    return {"wanted": wanted, "first": first, "second": second, "differences": found, "decisions": decided}


def _between(first: Edition, second: Edition) -> tuple[Difference, ...]:
    return differences(document_of(first), document_of(second))


async def _newest(daemon: DaemonPort, wanted: Asked, _: Say) -> str:
    revisions = [each.revision for each in await editions_of(daemon, wanted)]
    if not revisions:
        what = _("%(name)s chưa chốt bản nào để so sánh") % {"name": wanted.name}
        raise RefusedError(404, what, _("chốt số liệu ở trang báo cáo, mục Tệp"))
    return str(max(revisions))


async def _edition(daemon: DaemonPort, wanted: Asked, revision: str) -> Edition:
    number = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 6 else 0  # noqa: PLR2004 (no report has more)
    stored = await daemon.state.database.read(
        lambda connection: select_edition(connection, wanted.kind, wanted.of.id, number)
    )
    if stored is None:
        raise RefusedError(404, "kỳ này chưa có bản chốt ấy", "xem các bản ở trang báo cáo")
    try:
        return await asyncio.to_thread(opened, stored)
    except (DamagedEditionError, CodecError) as error:
        log.warning("edition_damaged period=%s revision=%d because=%s", wanted.of.id, number, error)
        raise RefusedError(
            410,
            "bản chốt này hỏng, không mở được",
            "các tệp của nó vẫn ở thư mục báo cáo; xem nhật ký của dịch vụ",
        ) from None


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the differences."""
    _ = translator(visit.language)
    name = f"so-sanh-{values['wanted'].of.id}-ban{values['first'].revision}"
    rows = tuple((each.what, each.was, each.now) for each in values["differences"])
    return Table(name, (_("Ở đâu"), _("Trước"), _("Sau")), rows)


PAGES: Final = (
    Page(
        path="/bao-cao/{period}/so-sanh",
        needs=Right.OVERVIEW,
        template="report_compare.html",
        read=read,
        table=table,
    ),
)
