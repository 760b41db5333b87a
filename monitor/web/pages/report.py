"""The report of one period: left the document as it will print, right what writers make of it."""

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

from inventory.problem import ProblemsError
from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError
from monitor.people.rights import Right
from monitor.report.editions.codec import CodecError
from monitor.report.editions.edition_rows import DamagedEditionError, StoredEdition
from monitor.report.editions.model import FIELDS, ReportKind
from monitor.report.editions.workshop import Looked
from monitor.report.making import FORMATS
from monitor.report.sentences.model import Section
from monitor.storage.errors import DamagedError
from monitor.web.figure_words import period_name
from monitor.web.paging import Cell, Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.reporting import Say, blanks, parts, stage, summary_table
from monitor.web.translating import translator
from monitor.web.visiting import Visit

log = logging.getLogger(__name__)

TABS: Final = ("cau", "so-lieu", "thieu", "tep")
UNREADABLE: Final = (
    sqlite3.Error,
    DamagedError,
    DamagedEditionError,
    CodecError,
    ProblemsError,
    PeriodError,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report somebody looks at."""

    of: Period
    kind: ReportKind
    name: str
    path: str


def asked(daemon: DaemonPort, visit: Visit) -> Asked:
    """Return which report is asked for. Raises RefusedError."""
    _, text = translator(visit.language), visit.params["period"]
    try:
        of = daemon.reports.period(text)
    except PeriodError:
        what = _("không có kỳ '%(period)s'") % {"period": text}
        raise RefusedError(404, what, _("ghi kỳ như 2026-11, 2026-q4, 2026-w47")) from None
    try:
        kind = ReportKind(visit.query.get("loai", "report"))
    except ValueError:
        raise RefusedError(404, "không có loại báo cáo này", "chọn ở trang Báo cáo") from None
    name = period_name(of, daemon.settings.timezone, visit.language)
    return Asked(of, kind, name, f"/bao-cao/{of.id}")


async def looked_at(daemon: DaemonPort, wanted: Asked) -> Looked | None:
    """Return the draft; None: nothing is known of that time. Raises RefusedError of one that cannot be written."""
    of, kind = wanted.of, wanted.kind
    url = f"/api/v1/reports/{of.id}/charts/{{}}?kind={kind}"
    try:
        return await daemon.reports.workshop.draft(of, kind, version=daemon.changes.version, picture_url=url)
    except UNREADABLE as error:
        words = str(error.problems[0]) if isinstance(error, ProblemsError) else str(error)
        log.warning("report_unwritten period=%s kind=%s because=%s", of.id, kind, words)
        raise RefusedError(
            503, "chưa viết được báo cáo này", "xem nhật ký của dịch vụ; sửa xong tải lại trang"
        ) from error


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Draft beside the event loop; what changed in words is there at once."""
    wanted = asked(daemon, visit)
    _ = translator(visit.language)
    looked = await looked_at(daemon, wanted)
    editions = await editions_of(daemon, wanted)
    workshop, is_writer = daemon.reports.workshop, visit.principal.may(Right.REPORT)
    if looked is not None:
        workshop.begin_pictures(wanted.of, wanted.kind, daemon.changes.note)
    tab = visit.query.get("xem", "")
    return {
        "wanted": wanted,
        "is_report": wanted.kind is ReportKind.REPORT,
        "tab": tab if tab in TABS else TABS[0],
        "is_writer": is_writer,
        "stage": stage(wanted.of, editions, visit.now),
        "editions": editions,
        "files": workshop.work("files", wanted.of, wanted.kind),
        "freezing": workshop.work("freeze", wanted.of, wanted.kind),
        "pictures": workshop.work("pictures", wanted.of, wanted.kind),
        "formats": FORMATS,
        "draft": None if looked is None else looked.draft,
        "sheets": "" if looked is None else Markup(looked.sheets),  # noqa: S704 (escaped where it was written)
        "second_person": daemon.settings.accounting.second_person,
        "inventory_version": daemon.snapshot().health.inventory.version,
        **(_nothing() if looked is None else _panel(looked, daemon, wanted, _)),
        "titles": section_titles(_),
        "labels": field_labels(_),
    }


def _nothing() -> dict[str, Any]:
    return {"sections": (), "blanks": {}, "wrong": {}, "summary": None, "names": {}, "missing": 0}


def _panel(looked: Looked, daemon: DaemonPort, wanted: Asked, _: Say) -> dict[str, Any]:
    inventory, draft = daemon.snapshot().inventory, looked.draft
    missing = draft.gaps
    return {
        "sections": parts(draft, inventory, _),
        "blanks": blanks(draft.fields, tuple(FIELDS), wanted.of),
        "wrong": looked.wrong,
        "summary": summary_table(draft.document),
        "names": {each.id: each.name for each in draft.figures.incidents},
        "missing": len(missing.without_cause)
        + len(missing.stale)
        + len(missing.remembered)
        + len(missing.unfilled),
    }


async def editions_of(daemon: DaemonPort, wanted: Asked) -> list[StoredEdition]:
    """Return the frozen editions of a report, the first first."""
    found = await daemon.reports.editions()
    return [each for each in found if (each.period_id, each.kind) == (wanted.of.id, wanted.kind.value)]


def section_titles(_: Say) -> Mapping[Section, str]:
    """Return what the sections of a report are called."""
    return {
        Section.RESULTS: _("1. Kết quả thực hiện"),
        Section.DIFFICULTIES: _("2.1. Khó khăn, hạn chế"),
        Section.CAUSES: _("2.2. Nguyên nhân"),
        Section.MEASURES: _("3. Một số giải pháp triển khai trong thời gian tới"),
        Section.PROPOSALS: _("4. Kiến nghị, đề xuất"),
    }


def field_labels(_: Say) -> Mapping[str, tuple[str, str]]:
    """Return label and hint of every part that people fill in."""
    return {
        "legal_basis": (_("Căn cứ"), _("viết trong câu mở đầu")),
        "addressees": (_("Kính gửi"), _("nhiều nơi cách nhau bằng dấu ;")),
        "recipients": (_("Nơi nhận"), _("cách nhau bằng dấu ;")),
        "signature": (_("Quyền hạn và chức vụ người ký"), _("cách nhau bằng dấu ;")),
        "signer": (_("Họ tên người ký"), ""),
        "storm_days": (
            _("Các ngày có mưa bão, giông sét"),
            _("ghi như trong câu, ví dụ: các ngày 12, 13/11"),
        ),
        "backup_power_missing": (_("Số xã chưa có nguồn điện dự phòng"), _("ghi một số")),
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the summary of the layers, as it is printed."""
    found, wanted = values["summary"], values["wanted"]
    if found is None:
        _ = translator(visit.language)
        return Table(f"bao-cao-{wanted.of.id}", (_("Chưa có số liệu"),), ())
    rows: list[tuple[Cell, ...]] = [
        tuple(cell.text if cell.value is None else cell.value for cell in row.cells) for row in found.rows
    ]
    return Table(f"bao-cao-{wanted.of.id}", tuple(column.title for column in found.columns), tuple(rows))


REPORT: Final = Page(
    path="/bao-cao/{period}", needs=Right.OVERVIEW, template="report.html", read=read, table=table
)


async def read_work(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Only say how far files and freezing are: what the page of a report asks for while something is built."""
    wanted = asked(daemon, visit)
    workshop = daemon.reports.workshop
    return {
        "wanted": wanted,
        "formats": FORMATS,
        "files": workshop.work("files", wanted.of, wanted.kind),
        "freezing": workshop.work("freeze", wanted.of, wanted.kind),
    }


def _files_of_report(visit: Visit) -> str:
    asked_for = urlencode({"xem": "tep", "loai": visit.query.get("loai", ReportKind.REPORT.value)})
    return f"/bao-cao/{quote(visit.params['period'], safe='')}?{asked_for}"


WORK: Final = Page(
    path="/bao-cao/{period}/viec",
    needs=Right.OVERVIEW,
    template="report_work.html",
    read=read_work,
    whole=_files_of_report,
)
PAGES: Final = (REPORT, WORK)
