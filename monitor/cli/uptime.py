"""`uptime show | days | correct | withdraw | corrections`."""

from argparse import Namespace
from functools import partial

from inventory.choosing import choose
from inventory.model import Selector
from monitor.accounting.account import account, by_day
from monitor.accounting.model import Account, GroupBy, Period, Row
from monitor.cli.accounts import account_json, correcting, showing
from monitor.cli.accounts.reading import open_place
from monitor.cli.exits import CommandError, Exit
from monitor.cli.muting.doing import selector_of
from monitor.cli.one_check import one_check
from monitor.cli.output import Output
from monitor.storage import corrections
from monitor.web.api.entered_shapes import correction_items


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    match arguments.action:
        case "show":
            return _show(arguments, out)
        case "days":
            return _days(arguments, out)
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
    group_by = default if arguments.by is None else GroupBy(arguments.by)

    def made_of(of: Period) -> Account:
        least_coverage_ratio = place.settings.accounting.least_coverage_ratio
        return account(
            place.books(of), of, group_by, least_coverage_ratio=least_coverage_ratio, select=chosen
        )

    of = place.period(arguments.period)
    made = made_of(of)
    before = made_of(place.previous(of)) if arguments.compare else None
    rows = wanted_rows(made.rows, lowest=arguments.lowest, below=arguments.below)
    if out.is_json:
        out.json(account_json.as_json(made, rows, place.zone, before=before))
        return Exit.OK
    showing.table(made, rows, out, now=place.now, outages=arguments.outages, before=before)
    showing.notes(made, rows, out, place.zone, now=place.now)
    return Exit.OK


def _days(arguments: Namespace, out: Output) -> int:
    place = open_place(arguments)
    check = one_check(arguments.name, place.inventory, out)
    of = place.period(arguments.period)
    days = [
        (day, parts)
        for day, parts in by_day(place.books(of), check.id, of, zone=place.settings.timezone)
        if parts.unwatched_s < parts.total_s
    ]
    least_coverage_ratio = place.settings.accounting.least_coverage_ratio
    if out.is_json:
        out.json(account_json.days_json(check.id, of, days, least_coverage_ratio, place.zone))
        return Exit.OK
    showing.days_table(days, least_coverage_ratio, out)
    target = place.inventory.targets[check.target_id]
    out.note(
        f"{check.id} ({target.name}), kỳ {of.id}; ngày chưa giám sát không có dòng. Thời gian ghi giờ:phút:giây."
    )
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
