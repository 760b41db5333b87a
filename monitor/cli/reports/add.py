"""`report add`: a sentence of the writer's own."""

from argparse import Namespace

from monitor.cli.accounts.reading import open_place
from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.cli.reports.reading import period_asked


def run(arguments: Namespace, out: Output) -> int:
    """Add it."""
    place, client = open_place(arguments), open_client(arguments)
    of = period_asked(arguments.period, place)
    body = {
        "section": arguments.section,
        "group": arguments.group,
        "text": arguments.text,
        "who": person(arguments.who, doing="thêm"),
    }
    answer = client.post("reports", of.id, "sentences", body=body)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    out.line(f"{of.id}: đã thêm câu {answer['item']['id']}")
    out.note(f"Xóa: tslcd-monitor report edit {answer['item']['id']} --restore --period {of.id}")
    return Exit.OK
