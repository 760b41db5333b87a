"""The API of reports' files and charts: of drafts as they were built last, of frozen editions as they were frozen."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError
from monitor.people.rights import Right
from monitor.report.editions.edition_rows import StoredEdition
from monitor.report.editions.keeping import edition_folder, kept_file, reports_folder
from monitor.report.editions.model import ReportKind
from monitor.report.making import SUFFIXES
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Model, Reply

MEDIA: Final[Mapping[str, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "csv": "application/zip",
    "html": "text/html",
}


class FileQuery(Model):
    """Of which edition; absent: the draft."""

    kind: ReportKind = ReportKind.REPORT
    revision: int | None = None


class ChartQuery(Model):
    """Of which report."""

    kind: ReportKind = ReportKind.REPORT


async def read_file(daemon: DaemonPort, call: Call) -> Reply:
    """Hand out a file: it is never built on this path."""
    of, asked, made_format = (
        period_of(daemon, call.params["period"]),
        call.asked(FileQuery),
        call.params["format"],
    )
    if made_format not in MEDIA:
        raise RefusedError(404, "không có dạng tệp này", f"chọn một trong: {', '.join(MEDIA)}")
    if asked.revision is None:
        found = await daemon.reports.workshop.file(of, asked.kind, made_format)
        if found is None:
            raise RefusedError(404, "chưa dựng tệp này của bản nháp", "mở trang báo cáo và bấm Dựng tệp")
    else:
        found = await _frozen_file(daemon, of, asked, made_format)
    name, data = found
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(body=data, headers=headers, media=MEDIA[made_format])


async def _frozen_file(
    daemon: DaemonPort, of: Period, asked: FileQuery, made_format: str
) -> tuple[str, bytes]:
    editions = await daemon.reports.editions()
    wanted = (of.id, asked.kind.value, asked.revision)
    stored = next((each for each in editions if (each.period_id, each.kind, each.revision) == wanted), None)
    if stored is None:
        raise RefusedError(
            404, f"kỳ {of.id} chưa có bản chốt {asked.revision}", "xem các bản ở trang báo cáo"
        )
    found = await asyncio.to_thread(_kept, daemon.settings.state_dir, stored, made_format)
    if found is None:
        raise RefusedError(
            410,
            "tệp lưu lúc chốt không còn nguyên trên máy giám sát",
            f"dựng lại từ bản chốt: tslcd-monitor report build --period {of.id} --revision {stored.revision} --to THƯ_MỤC",
        )
    return found


def _kept(state_dir: Path, stored: StoredEdition, made_format: str) -> tuple[str, bytes] | None:
    """Runs in another thread."""
    digest = json.loads(stored.files)["files"].get(made_format, "")
    kind = ReportKind(stored.kind)
    folder = edition_folder(reports_folder(state_dir), kind, stored.period_id, stored.revision)
    for path in sorted(folder.glob(f"*{SUFFIXES[made_format]}")):
        data = kept_file(path, digest)
        if data is not None:
            return path.name, data
    return None


async def read_chart(daemon: DaemonPort, call: Call) -> Reply:
    """Hand out a chart of the draft as it was drawn last."""
    of = period_of(daemon, call.params["period"])
    found = await daemon.reports.workshop.picture(of, call.asked(ChartQuery).kind, call.params["id"])
    if found is None:
        raise RefusedError(404, "chưa dựng biểu đồ này", "mở trang báo cáo của kỳ")
    return Reply(body=found, media="image/png")


def period_of(daemon: DaemonPort, text: str) -> Period:
    """Return the period that a path names. Raises RefusedError."""
    try:
        return daemon.reports.period(text)
    except PeriodError as error:
        raise RefusedError(404, str(error), "ghi kỳ như 2026-11, 2026-q4, 2026-w47") from None


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/reports/{period}/files/{format}",
        needs=Right.OVERVIEW,
        summary="A file of the draft as it was built last, or of a frozen edition (?revision=1)",
        handler=read_file,
        query=FileQuery,
        media="application/octet-stream",
        refuses={
            404: "no such period, format, edition or file",
            410: "the frozen file is not whole any more",
        },
    ),
    Endpoint(
        method="GET",
        path="/reports/{period}/charts/{id}",
        needs=Right.OVERVIEW,
        summary="A chart of the draft as it was drawn last",
        handler=read_chart,
        query=ChartQuery,
        media="image/png",
        refuses={404: "no such period or chart"},
    ),
)
