"""`inventory coverage`: how many communes have which equipment by this inventory, beside what was last reported."""

import shutil
import textwrap
from argparse import Namespace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.equipment.coverage import ClassCoverage, Coverage, coverage, fraction, month, named, sentence
from inventory.model import Inventory, ReportedFigure
from inventory.problem import near_miss
from monitor.cli.config import read_inventory
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.web.api.inventory_shapes import coverage_json

_WIDEST: Final = 110


def run(arguments: Namespace, out: Output) -> int:
    """Count and print; the count of a commune nobody knows about is never guessed."""
    settings, inventory = read_inventory(arguments)
    class_id: str | None = arguments.class_id
    if class_id is not None and class_id not in inventory.reported:
        raise CommandError(
            Exit.USAGE,
            f"không có loại '{class_id}' trong phần reported của danh mục",
            near_miss(class_id, inventory.reported) or "các loại: " + ", ".join(inventory.reported),
        )
    today = datetime.fromtimestamp(SystemClock().now(), ZoneInfo(settings.timezone)).date()
    counted = coverage(inventory, on=today, class_id=class_id)
    if out.is_json:
        out.json(coverage_json(counted, inventory))
        return Exit.OK
    if not counted.classes:
        out.note("danh mục chưa có phần reported: chưa biết báo cáo đếm những loại thiết bị nào")
        return Exit.OK
    _print_table(counted, out)
    for item in counted.classes:
        _print_class(item, counted, inventory, out)
    return Exit.OK


def _print_table(counted: Coverage, out: Output) -> None:
    of = len(counted.units)
    headers = ("LOẠI", f"CÓ ({counted.on:%d/%m/%Y})", "CHƯA CÓ", "CHƯA RÕ", "BÁO CÁO GẦN NHẤT", "LÚC")
    rows = []
    for item in counted.classes:
        own = ["–"] * 3
        if item.is_counted:
            own = [fraction(len(codes), of) for codes in (item.have, item.without, item.unknown)]
            if len(item.unknown) == of:
                own[:2] = ["–", "–"]
        latest = item.latest
        when = month(latest[0].on) if latest else ""
        rows.append([item.reported.name, *own, "; ".join(map(_figure, latest)) or "–", when])
    out.table(headers, rows)


def _figure(figure: ReportedFigure) -> str:
    if not figure.derived:
        return figure.printed
    have = figure.of - (figure.without or 0) if figure.have is None else figure.have
    return f"{fraction(have, figure.of)} (suy ra)"


def _print_class(item: ClassCoverage, counted: Coverage, inventory: Inventory, out: Output) -> None:
    out.line()
    out.line(f"{item.reported.id}: {sentence(item, of=len(counted.units))}")
    is_known_of_any = len(item.unknown) < len(counted.units)
    for title, codes in (("Chưa có", item.without), ("Chưa rõ", item.unknown if is_known_of_any else ())):
        for area, names in named(codes, inventory):
            _wrapped(out, f"{title}, {area}: {names}")
    figures = item.reported.figures if out.is_extended else item.latest
    for figure in figures:
        derived = ", suy ra chứ không phải số in" if figure.derived else ""
        note = f"; {figure.note}" if figure.note else ""
        _wrapped(out, f"Báo cáo {month(figure.on)} ({figure.source}{derived}): {figure.printed}{note}")
    for wrong in item.contradictions:
        _wrapped(out, f"Mâu thuẫn: {wrong}")
    if item.reported.note:
        _wrapped(out, f"Lưu ý: {item.reported.note}")


def _wrapped(out: Output, text: str) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    ):
        out.line(line)
