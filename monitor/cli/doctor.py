"""`doctor`: say in plain words what this machine lacks."""

import asyncio
from argparse import Namespace

from inventory.model import Inventory
from inventory.problem import ProblemsError
from monitor.cli.config import config_path, read_settings
from monitor.cli.exits import Exit
from monitor.cli.output import Cell, Output, Row
from monitor.doctor import Finding, Grade, examine
from monitor.plan import Plan


def run(arguments: Namespace, out: Output) -> int:
    """Examine; 0 all is well, 1 something is missing, 3 only warnings."""
    settings = read_settings(arguments)
    inventory: Inventory | None = None
    found: list[Finding] = []
    try:
        inventory = Plan.read(config_path(arguments)).inventory
        found.append(Finding("Cấu hình", Grade.GOOD, f"{len(inventory.checks)} phép đo"))
    except ProblemsError as error:
        found.append(
            Finding("Cấu hình", Grade.BAD, f"{len(error.problems)} lỗi", "xem: tslcd-monitor check-config")
        )
    found += asyncio.run(examine(settings, inventory))
    bad = sum(finding.grade is Grade.BAD for finding in found)
    warned = sum(finding.grade is Grade.WARNING for finding in found)
    if out.is_json:
        items = [
            {"subject": f.subject, "grade": f.grade.name.lower(), "text": f.text, "remedy": f.remedy}
            for f in found
        ]
        out.json({"schema": "doctor/1", "ok": not bad, "items": items})
    else:
        rows: list[Row] = [
            [
                Cell(finding.grade.value, finding.grade.value),
                finding.subject,
                Cell(finding.text, below=finding.remedy and f"cách sửa: {finding.remedy}"),
            ]
            for finding in found
        ]
        out.table(("KẾT QUẢ", "MỤC", ""), rows)
        out.note(f"Kết quả: {bad} lỗi, {warned} cảnh báo")
    return Exit.FINDINGS if bad else Exit.WARNINGS if warned else Exit.OK
