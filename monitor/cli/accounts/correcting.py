"""`uptime correct` and `uptime withdraw`: what would change is shown from the disk, the daemon keeps the entry."""

import sqlite3
from argparse import Namespace
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from inventory.choosing import choose
from inventory.model import Inventory, Selector
from monitor.accounting.account import account
from monitor.accounting.model import Books, Correction, GroupBy, Part, Period
from monitor.cli.accounts.reading import Place, open_place
from monitor.cli.accounts.showing import compared
from monitor.cli.client import Client, open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.muting.texts import read_time
from monitor.storage import corrections

CHECKS_AT_ONCE: Final = 200
"""More are kept as several entries: a request must not grow without bound."""
_TIME_OF_DAY: Final = 5


def correct(arguments: Namespace, out: Output) -> int:
    """Show what would change, ask, and let the daemon keep it."""
    place, client = open_place(arguments), open_client(arguments)
    check_ids = _check_ids(arguments.names, place)
    from_at, until_at = (
        _time(text, name, place.zone)
        for text, name in ((arguments.from_at, "from"), (arguments.until_at, "to"))
    )
    bodies: list[dict[str, Any]] = [
        {
            "checks": check_ids[start : start + CHECKS_AT_ONCE],
            "from": _iso(from_at, place.zone),
            "until": _iso(until_at, place.zone),
            "countsAs": arguments.counts_as,
            "was": arguments.was,
            "reason": arguments.reason,
            "who": person(arguments.who, doing="tính lại"),
            "approver": arguments.approver,
            "document": arguments.document,
        }
        for start in range(0, len(check_ids), CHECKS_AT_ONCE)
    ]
    for body in bodies:
        client.post("corrections", "preview", body=body)
    wanted = Correction(
        id=0,
        check_ids=tuple(check_ids),
        from_at=from_at,
        until_at=until_at,
        counts_as=Part(arguments.counts_as),
        was=None if arguments.was is None else Part(arguments.was),
        reason=arguments.reason,
        who="",
        approver=arguments.approver,
        at=place.now,
    )
    _preview(place, wanted, out)
    if arguments.dry_run:
        out.note("Mới xem thử, chưa ghi.")
        return Exit.OK
    confirm(f"Tính lại {len(check_ids)} phép đo", is_sure=arguments.yes)
    return _told([_posted(client, body) for body in bodies], out)


def withdraw(arguments: Namespace, out: Output) -> int:
    """Show what would change back, ask, and let the daemon keep the withdrawal."""
    place, client = open_place(arguments), open_client(arguments)

    def select(connection: sqlite3.Connection) -> tuple[Correction | None, bool]:
        return corrections.select_one(connection, arguments.id)

    earlier, is_withdrawn = place.read(select)
    if earlier is not None and not is_withdrawn and earlier.withdraws is None:
        _preview(place, replace(earlier, id=0, counts_as=None, was=None, withdraws=earlier.id), out)
        confirm(f"Hủy lần tính lại {earlier.id}", is_sure=arguments.yes)
    body = {
        "reason": arguments.reason,
        "who": person(arguments.who, doing="hủy"),
        "approver": arguments.approver,
    }
    return _told([client.post("corrections", str(arguments.id), "withdraw", body=body)["item"]], out)


def with_entry(books: Books, entry: Correction) -> Books:
    """Return the books as they would be with one more entry, made last."""
    latest = max((each.id for each in books.corrections), default=0)
    return replace(books, corrections=(*books.corrections, replace(entry, id=max(latest, entry.id) + 1)))


def _posted(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = client.post("corrections", body=body)["item"]
    return item


def _told(items: list[dict[str, Any]], out: Output) -> int:
    if out.is_json:
        out.json({"schema": "corrections/1", "items": items})
        return Exit.OK
    for item in items:
        if item["withdraws"] is not None:
            out.line(f"{item['id']}: đã hủy lần tính lại {item['withdraws']}")
            continue
        out.line(f"{item['id']}: đã tính lại {len(item['checks'])} phép đo")
        out.note(f"Hủy: tslcd-monitor uptime withdraw {item['id']} --reason ... --approver ...")
    return Exit.OK


def _preview(place: Place, entry: Correction, out: Output) -> None:
    """Print the figures of the month (of the days, when it touches two months) before and after."""
    known = [place.inventory.checks[each] for each in entry.check_ids if each in place.inventory.checks]
    if out.is_json or not known:
        return
    of = _period_of(entry, place)
    books = place.books(of)
    select = Selector(targets=tuple(dict.fromkeys(check.target_id for check in known)))
    primaries = _primaries(place.inventory)
    is_primary = any(check.id in primaries for check in known)
    group_by = GroupBy.TARGET if is_primary else GroupBy.CHECK
    before, after = (
        account(
            each,
            of,
            group_by,
            least_coverage_ratio=place.settings.accounting.least_coverage_ratio,
            select=select,
        )
        for each in (books, with_entry(books, entry))
    )
    out.note(f"Con số của kỳ {of.id}, trước → sau:")
    compared(before, after, out)


def _period_of(entry: Correction, place: Place) -> Period:
    first = datetime.fromtimestamp(entry.from_at, place.zone).date()
    last = (datetime.fromtimestamp(entry.until_at, place.zone) - timedelta(microseconds=1)).date()
    is_one_month = (first.year, first.month) == (last.year, last.month)
    return place.period(f"{first:%Y-%m}" if is_one_month else f"{first}..{last}")


def _primaries(inventory: Inventory) -> frozenset[str]:
    """Return the checks that stand for their targets: the first of each."""
    first: dict[str, str] = {}
    for check in inventory.checks.values():
        first.setdefault(check.target_id, check.id)
    return frozenset(first.values())


def _check_ids(names: list[str], place: Place) -> list[str]:
    """Return the checks that the names mean: checks, also former ones; all of a target; all of a unit's targets."""
    by_target: dict[str, list[str]] = {}
    for check in place.inventory.checks.values():
        by_target.setdefault(check.target_id, []).append(check.id)
    found: dict[str, None] = {}
    for name in names:
        if name in place.inventory.checks or place.read(
            lambda connection, name=name: corrections.checks_ever_known(connection, [name])  # type: ignore[misc]  # one argument is bound
        ):
            found[name] = None
            continue
        for target_id in _target_ids(name, place.inventory):
            found.update(dict.fromkeys(by_target.get(target_id, ())))
    if not found:
        raise CommandError(
            Exit.FINDINGS,
            "ở đó không có phép đo nào",
            "xem các mã: tslcd-monitor inventory show",
        )
    return list(found)


def _target_ids(name: str, inventory: Inventory) -> list[str]:
    as_target = choose({"targets": [name]}, inventory)
    if isinstance(as_target, Selector):
        return list(as_target.targets)
    as_unit = choose({"units": [name]}, inventory)
    if isinstance(as_unit, Selector):
        return [id_ for id_, target in inventory.targets.items() if target.unit_code in as_unit.units]
    unclear = as_target[0] if "." in name or "/" in name else as_unit[0]
    raise CommandError(Exit.USAGE, unclear.what, unclear.remedy)


def _time(text: str, name: str, zone: ZoneInfo) -> float:
    hint = "viết như '2026-11-20 22:00'"
    if len(text.strip()) <= _TIME_OF_DAY:
        raise CommandError(Exit.USAGE, f"--{name}: cần cả ngày, không chỉ giờ", hint)
    try:
        return read_time(text, zone, 0.0)
    except ValueError as error:
        raise CommandError(Exit.USAGE, f"--{name}: {error}", hint) from None


def _iso(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat()
