"""`report diff`: what a frozen edition says otherwise than the figures of now."""

from argparse import Namespace

from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.output import Row as OutputRow
from monitor.cli.reports.reading import asked
from monitor.report.editions.codec import as_data
from monitor.report.editions.drafting import compared
from monitor.report.editions.model import ReportKind


def run(arguments: Namespace, out: Output) -> int:
    """Print the differences and the decisions behind them; with --exit-code 1 when there are any."""
    with asked(arguments) as found:
        edition = found.edition(ReportKind(arguments.kind), None)
        if edition is None:
            raise CommandError(
                Exit.FINDINGS,
                f"kỳ {found.period.id} chưa chốt",
                "xem các bản đã chốt: tslcd-monitor report list",
            )
        errata = compared(found.sources, found.period, found.rules, edition)
    is_other = bool(errata.differences)
    code = Exit.FINDINGS if is_other and arguments.exit_code else Exit.OK
    if out.is_json:
        out.json({"schema": "report-diff/1", **as_data(errata)})
        return code
    rows: list[OutputRow] = [[each.what, each.was, each.now] for each in errata.differences]
    out.table(("Ở ĐÂU", f"BẢN CHỐT {edition.revision}", "LÚC NÀY"), rows)
    for text in errata.decisions:
        out.note(f"Từ lúc chốt: {text}")
    if not is_other:
        out.note(f"Bản chốt {edition.revision} của kỳ {found.period.id} không khác số liệu lúc này.")
    return code
