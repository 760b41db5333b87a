"""`uptime show | correct | withdraw | corrections`."""

from argparse import Namespace
from functools import partial

from inventory.choosing import choose
from inventory.model import Selector
from monitor.accounting.account import account
from monitor.accounting.model import GroupBy, Row
from monitor.cli.accounts import correcting, showing
from monitor.cli.accounts.reading import open_place
from monitor.cli.exits import CommandError, Exit
from monitor.cli.muting.doing import selector_of
from monitor.cli.output import Output
from monitor.storage import corrections
from monitor.web.corrections_api import correction_items


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    match arguments.action:
        case "show":
            return _show(arguments, out)
        case "correct":
            return correcting.correct(arguments, out)
        case "withdraw":
            return correcting.withdraw(arguments, out)
        case _:
            return _corrections(arguments, out)


def _show(arguments: Namespace, out: Output) -> int:
    place = open_place(arguments)
    chosen = choose(selector_of(arguments), place.inventory)
    if not isinstance(chosen, Selector):
        raise CommandError(
            Exit.USAGE, "; ".join(each.what for each in chosen), "; ".join(each.remedy for each in chosen)
        )
    default = GroupBy.TARGET if arguments.units or arguments.targets else GroupBy.UNIT
    of = place.period(arguments.period)
    books = place.books(of)
    made = account(
        books,
        of,
        default if arguments.by is None else GroupBy(arguments.by),
        least_coverage_ratio=place.settings.accounting.least_coverage_ratio,
        select=chosen,
    )
    rows = wanted_rows(made.rows, lowest=arguments.lowest, below=arguments.below)
    if out.is_json:
        out.json(showing.as_json(made, rows, place.zone))
        return Exit.OK
    showing.table(made, rows, out, now=books.now, outages=arguments.outages)
    showing.notes(made, rows, out, place.zone, now=books.now)
    return Exit.OK


def wanted_rows(rows: tuple[Row, ...], *, lowest: int | None, below: float | None) -> tuple[Row, ...]:
    """Return the rows below a ratio, and of these the lowest, the very lowest first; who has no figure is neither."""
    found = rows
    if below is not None:
        found = tuple(
            row for row in found if row.availability_ratio is not None and row.availability_ratio < below
        )
    if lowest is not None:
        known = (row for row in found if row.availability_ratio is not None)
        found = tuple(sorted(known, key=lambda row: (row.availability_ratio, row.key)))[:lowest]
    return found


def _corrections(arguments: Namespace, out: Output) -> int:
    place = open_place(arguments)
    of = place.period(arguments.period)
    entries = place.read(partial(corrections.select_touching, from_at=of.from_at, until_at=of.until_at))
    if out.is_json:
        out.json({"schema": "corrections/1", "period": of.id, "items": correction_items(entries, place.zone)})
        return Exit.OK
    showing.corrections_table(entries, out, place.zone)
    if not entries:
        out.note(f"Kỳ {of.id} chưa có lần tính lại nào.")
    return Exit.OK
