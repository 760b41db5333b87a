"""`report list`: all frozen editions."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Final

from monitor import official
from monitor.cli.accounts.reading import open_place
from monitor.cli.exits import Exit
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as OutputRow
from monitor.report.editions.edition_rows import select_editions
from monitor.report.editions.model import ReportKind
from monitor.web.api.report_shapes import edition_item

KINDS: Final[Mapping[ReportKind, str]] = {
    ReportKind.REPORT: "báo cáo",
    ReportKind.WEEK: "trang tuần",
    ReportKind.LEADER: "trang lãnh đạo",
}


def run(arguments: Namespace, out: Output) -> int:
    """Print them."""
    place = open_place(arguments)
    found = place.read(select_editions)
    if out.is_json:
        out.json({"schema": "reports/1", "items": [edition_item(each, place.zone) for each in found]})
        return Exit.OK
    rows: list[OutputRow] = [
        [
            each.period_id,
            KINDS[ReportKind(each.kind)],
            str(each.revision),
            Cell(official.moment(each.frozen_at, place.zone), below=each.who),
            Cell(each.reason or official.NOTHING, below=f"{each.approver} duyệt" if each.approver else ""),
            each.digest[:16],
        ]
        for each in found
    ]
    out.table(("KỲ", "LOẠI", "BẢN", "CHỐT LÚC / AI", "VÌ SAO / DUYỆT", "SHA-256"), rows)
    if not found:
        out.note("Chưa chốt kỳ nào.")
    return Exit.OK
