"""`report edit`: the sentence is looked up in the draft on the disk, the daemon keeps what is changed."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.cli.reports.reading import asked
from monitor.cli.reports.sentences import sentence_of


def run(arguments: Namespace, out: Output) -> int:
    """Change a sentence."""
    client = open_client(arguments)
    who = person(arguments.who, doing="sửa")
    with asked(arguments) as found:
        draft = found.draft()
    sentence = sentence_of(draft.sentences, arguments.id)
    body = {
        "text": arguments.text,
        "used": arguments.is_used,
        "position": arguments.position,
        "restore": arguments.restore,
        "autoText": sentence.auto_text,
        "who": who,
    }
    answer = client.post("reports", found.period.id, "sentences", sentence.id, body=body)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    is_gone = arguments.restore and not sentence.rule_id
    out.line(f"{found.period.id}: đã {'xóa' if is_gone else 'sửa'} câu {sentence.id}")
    out.note(f"Xem lại: tslcd-monitor report draft --period {found.period.id}")
    return Exit.OK
