"""The inventory: what is in force, what would change, apply, history, go back, coverage of equipment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from alerts.messages.plain import clean
from inventory.diff import Change, Op, summary
from inventory.equipment.coverage import coverage, fraction, month, named, sentence
from inventory.model import Inventory
from inventory.problem import Problem
from monitor.brake import ended
from monitor.in_force import Denial, Outcome
from monitor.people.rights import Right
from monitor.plan_reader import Candidate, Refused
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.reporting import Say
from monitor.web.translating import translator
from monitor.web.visiting import Visit

MOST_SHOWN: Final = 400
COMMENT_LIMIT: Final = 500
_PUBLIC_FIELDS: Final = frozenset(
    {"name", "unit", "unit_code", "layer", "area", "kind", "former_district", "title", "provider"}
)
"""Fields whose values are no address and no option of a check: shown to who may not see those."""


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read what is in force from memory, versions from the disk; the folders only when there is something to compare."""
    life, _ = daemon.reloading, translator(visit.language)
    facts = life.facts
    asked = visit.query.get("so-sanh", "")
    is_compared = bool(asked or visit.refused or life.pending or facts.reload_error or facts.started_from)
    found = await life.examine() if is_compared else None
    is_told = visit.principal.may(Right.ADDRESSES)
    values = _candidate(daemon, found) if isinstance(found, Candidate) else _none(found)
    changes: Sequence[Change] = values["changes"]
    return {
        "force": life.in_force,
        "facts": facts,
        "pin": life.pin,
        "pending": life.pending,
        "versions": await life.versions(),
        "is_compared": is_compared,
        "is_keeper": visit.principal.may(Right.INVENTORY),
        **values,
        "changes": tuple(each if is_told else without_values(each) for each in changes[:MOST_SHOWN]),
        "more": max(0, len(changes) - MOST_SHOWN),
        "many": len(changes),
        "op_words": {Op.ADDED: _("thêm"), Op.CHANGED: _("sửa"), Op.REMOVED: _("xóa")},
        "count_words": count_words(_),
        "most_shown": MOST_SHOWN,
    }


def _candidate(daemon: DaemonPort, found: Candidate) -> dict[str, Any]:
    checks = found.plan.inventory.checks
    open_incidents = daemon.snapshot().incidents.values()
    return {
        "digest": found.digest,
        "is_same": found.has_same_meaning,
        "summary": summary(found.changes),
        "changes": found.changes.changes,
        "renames": found.changes.renames,
        "ends": ended(found.changes),
        "closes": sorted(each.id for each in open_incidents if each.root_check_id not in checks),
        "removed": sum(each.op is Op.REMOVED for each in found.changes.changes),
        "problems": (),
        "warnings": tuple(found.loaded.warnings),
    }


def _none(found: Refused | Denial | None) -> dict[str, Any]:
    problems: tuple[Problem, ...] = found.problems if isinstance(found, Refused) else ()
    return {
        "digest": "",
        "is_same": True,
        "summary": "",
        "changes": (),
        "renames": (),
        "ends": "",
        "closes": [],
        "removed": 0,
        "problems": problems,
        "warnings": (),
    }


def without_values(change: Change) -> Change:
    """Return a change as who may not see addresses and options of checks sees it."""
    if change.field in _PUBLIC_FIELDS or not change.field:
        return change
    return replace(change, old="•••" if change.old else "", new="•••" if change.new else "")


def count_words(_: Say) -> Mapping[str, str]:
    """Return what the counts of a version are of."""
    return {
        "units": _("đơn vị"),
        "targets": _("đối tượng"),
        "watched": _("đối tượng đang giám sát"),
        "checks": _("phép đo"),
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return what would change."""
    _ = translator(visit.language)
    rows = tuple(
        (values["op_words"][each.op], each.id, each.name, each.unit, each.field, each.old, each.new)
        for each in values["changes"]
    )
    columns = (_("Thay đổi"), _("Mã"), _("Tên"), _("Đơn vị"), _("Mục"), _("Cũ"), _("Mới"))
    return Table("danh-muc-thay-doi", columns, rows)


async def apply(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Put what was looked at into force: nothing else, and no deletion that was not ticked."""
    _ = translator(visit.language)
    digest = form.get("ban", "")
    found = await daemon.reloading.examine()
    if isinstance(found, Candidate):
        if found.digest != digest:
            raise _overtaken(_)
        if any(each.op is Op.REMOVED for each in found.changes.changes) and not form.get("dong-y-xoa"):
            raise RefusedError(
                422,
                _("chưa đánh dấu đồng ý xóa"),
                _("xem các dòng xóa rồi đánh dấu vào ô"),
                field="dong-y-xoa",
            )
    comment = clean(form.get("ghi-chu", ""), COMMENT_LIMIT)
    outcome = await daemon.reloading.apply(digest, who=visit.principal.signs(), comment=comment)
    return _done(outcome, _)


async def roll_back(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Put a stored version into force and stay on it."""
    _ = translator(visit.language)
    number = form.get("ban", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 (numbers of versions are short)
        raise RefusedError(422, _("chưa chọn bản"), _("chọn một bản trong lịch sử"), field="ban")
    if not form.get("dong-y"):
        raise RefusedError(
            422, _("chưa đánh dấu xác nhận"), _("đánh dấu vào ô của bản cần hoàn tác"), field="ban"
        )
    return _done(await daemon.reloading.roll_back(int(number), who=visit.principal.signs()), _)


def _done(outcome: Outcome | Refused | Denial, _: Say) -> Done:
    if outcome is Denial.FILES_CHANGED:
        raise _overtaken(_)
    if isinstance(outcome, Denial):
        raise RefusedError(404, _("không có bản danh mục này"), _("chọn một bản trong lịch sử"))
    if isinstance(outcome, Refused):
        raise RefusedError(
            422, _("danh mục có lỗi; vẫn dùng bản cũ"), _("sửa các lỗi bên dưới rồi thử lại"), field="ban"
        )
    said = _("Danh mục không đổi.") if outcome is Outcome.UNCHANGED else _("Đã áp dụng danh mục.")
    return Done("/danh-muc", said)


def _overtaken(_: Say) -> RefusedError:
    return RefusedError(
        409, _("tệp danh mục đã đổi sau khi xem"), _("xem lại các thay đổi bên dưới rồi áp dụng"), field="ban"
    )


async def read_coverage(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Count equipment; what nobody knows is never guessed."""
    inventory = daemon.snapshot().inventory
    today = datetime.fromtimestamp(visit.now, visit.zone).date()
    counted = coverage(inventory, on=today)
    classes = [
        {
            "id": item.reported.id,
            "name": item.reported.name,
            "sentence": sentence(item, of=len(counted.units)),
            "is_counted": item.is_counted,
            "figures": tuple(len(codes) for codes in (item.have, item.without, item.unknown)),
            "without": named(item.without, inventory),
            "unknown": named(item.unknown, inventory) if len(item.unknown) < len(counted.units) else [],
            "latest": [(month(each.on), each.printed, each.source) for each in item.latest],
            "contradictions": item.contradictions,
        }
        for item in counted.classes
    ]
    return {
        "classes": classes,
        "of": len(counted.units),
        "on": counted.on,
        "lines": _lines(inventory, counted.units),
    }


def _lines(inventory: Inventory, communes: Sequence[str]) -> str:
    """Say how many communes have a line that is watched: "96/96"."""
    watched = {check.target_id for check in inventory.checks.values()}
    with_line = {
        target.unit_code
        for target in inventory.targets.values()
        if target.id in watched and target.layer == "tslcd"
    }
    return fraction(sum(code in with_line for code in communes), len(communes))


def coverage_table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the counts."""
    _ = translator(visit.language)
    columns = (_("Loại"), _("Có"), _("Chưa có"), _("Chưa rõ"), _("Báo cáo gần nhất"))
    rows = tuple(
        (
            each["name"],
            *(each["figures"] if each["is_counted"] else (None, None, None)),
            "; ".join(f"{printed} ({when})" for when, printed, _source in each["latest"]),
        )
        for each in values["classes"]
    )
    return Table("do-phu-thiet-bi", columns, rows)


INVENTORY: Final = Page(
    path="/danh-muc",
    needs=Right.SEE,
    template="inventory.html",
    read=read,
    title="Danh mục",
    table=table,
)
PAGES: Final = (
    INVENTORY,
    Page(
        path="/danh-muc/do-phu",
        needs=Right.SEE,
        template="inventory_coverage.html",
        read=read_coverage,
        table=coverage_table,
    ),
)
DEEDS: Final = (
    Deed(path="/danh-muc/ap-dung", needs=Right.INVENTORY, act=apply, page=INVENTORY),
    Deed(path="/danh-muc/hoan-tac", needs=Right.INVENTORY, act=roll_back, page=INVENTORY),
)
