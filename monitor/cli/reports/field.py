"""`report field`: manual parts of a report; shown from the disk, kept by the daemon."""

from argparse import Namespace
from functools import partial

from monitor.cli.accounts.reading import Place, open_place
from monitor.cli.client import open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as OutputRow
from monitor.cli.person import person
from monitor.cli.reports.reading import period_asked
from monitor.report.editions import store
from monitor.report.editions.model import FIELDS


def run(arguments: Namespace, out: Output) -> int:
    """Show all parts, or set one."""
    place = open_place(arguments)
    of = period_asked(arguments.period, place)
    if arguments.key is None:
        return _show(place, of.id, out)
    if (arguments.value is None) != arguments.clear:
        raise CommandError(
            Exit.USAGE, "cần giá trị mới, hoặc --clear", "ví dụ: report field signer 'Nguyễn Văn An'"
        )
    body = {
        "key": arguments.key,
        "value": arguments.value,
        "who": person(arguments.who, doing="ghi"),
    }
    answer = open_client(arguments).post("reports", of.id, "fields", body=body)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    out.line(f"{of.id}: {arguments.key} = {answer['fields'].get(arguments.key, '(theo cấu hình)')}")
    return Exit.OK


def _show(place: Place, period_id: str, out: Output) -> int:
    found = {field.key: field for field in place.read(partial(store.select_fields, period_id=period_id))}
    if out.is_json:
        items = [
            {"key": field.key, "value": field.value, "period": field.period_id, "who": field.who}
            for field in found.values()
        ]
        out.json({"schema": "report-fields/1", "period": period_id, "items": items})
        return Exit.OK
    rows: list[OutputRow] = []
    for key, what in FIELDS.items():
        field = found.get(key)
        origin = "" if field is None or field.period_id == period_id else f"của kỳ {field.period_id}"
        rows.append([key, Cell("–" if field is None else field.value, below=origin), what])
    out.table(("KHÓA", "GIÁ TRỊ", "LÀ GÌ"), rows)
    return Exit.OK
