"""`report freeze`: what is still missing is shown from the disk, the daemon builds and keeps the edition."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.cli.reports.draft import show_gaps
from monitor.cli.reports.reading import asked
from monitor.report.editions.freezing import REFUSALS, FreezeWish, refusal
from monitor.report.editions.model import ReportKind
from monitor.report.process import WITHIN_S


def run(arguments: Namespace, out: Output) -> int:
    """Show, ask, freeze."""
    client = open_client(arguments)
    who = person(arguments.who, doing="chốt")
    wish = FreezeWish(who, arguments.reason, arguments.approver)
    with asked(arguments) as found:
        latest = found.edition(ReportKind(arguments.kind), None)
        revision = 1 if latest is None else latest.revision + 1
        second_person = found.place.settings.accounting.second_person
        refused = refusal(
            wish, found.period, revision=revision, second_person=second_person, now=found.place.now
        )
        if refused is not None:
            out.error(*REFUSALS[refused])
            return Exit.FINDINGS
        draft = found.draft()
    show_gaps(draft, out)
    if arguments.dry_run:
        out.note(f"Sẽ là bản {revision} của kỳ {found.period.id}. Mới xem thử, chưa chốt.")
        return Exit.OK
    confirm(f"Chốt kỳ {found.period.id}, bản {revision}", is_sure=arguments.yes)
    out.note("đang làm các tệp và chốt ...")
    body = {"kind": arguments.kind, "who": who, "reason": arguments.reason, "approver": arguments.approver}
    answer = client.post("reports", found.period.id, "freeze", body=body, timeout_s=WITHIN_S + 30)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    item = answer["item"]
    out.line(f"Đã chốt kỳ {item['period']}, bản {item['revision']} (SHA-256 {item['digest'][:16]})")
    out.note(f"Lấy tệp: tslcd-monitor report build --period {item['period']} --to THƯ_MỤC")
    return Exit.OK
