"""A target's page: its checks, the graph of one of them, the year's days, incidents, latest results, options."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from inventory.model import Check
from monitor import official
from monitor.accounting.calendar import CalendarDay, read_calendar
from monitor.people.rights import Right
from monitor.series.asking import DEFAULT_RANGE, RANGES, Asked, AskedWrongError, read_asked
from monitor.series.graph import read_graph, select_marks
from monitor.series.smoke import Smoke, summary
from monitor.web.pages.commune import may_look
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.pictures.year import bad_days, day_class, month_svgs, year_svg
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.target import (
    TargetView,
    options_of,
    phase_words,
    read_incidents_of,
    read_was_seen,
    result_line,
    target_view,
)
from monitor.web.translating import translated, translator
from monitor.web.visiting import Visit

POINTS: Final = 240
"""Rows of the table beside the graph."""
INCIDENTS_SHOWN: Final = 10
RESULTS_SHOWN: Final = 20
EVENTS_SHOWN: Final = 20
EVENTS_S: Final = 30 * 86_400.0
ID_LIMIT: Final = 120
_DAY: Final = timedelta(days=1)


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read all that the page shows of one target."""
    snapshot = daemon.snapshot()
    seen = await _seen(daemon, visit)
    base = {
        "snapshot": snapshot,
        "seen": seen,
        "ranges": tuple(RANGES),
        "phase_words": phase_words(visit.language),
        "days": (),
        "check": None,
    }
    if not seen.checks:
        return base
    check = _check(seen, visit)
    check_ids = [each.check.id for each in seen.checks]
    graph, span = await _graph(daemon, visit, check)
    days, year = await _days(daemon, visit, check)
    state = daemon.state.database
    return base | {
        "check": check,
        "asked": span,
        "graph": graph,
        "sentence": None if graph is None else _sentence(graph, visit),
        "days": days,
        "year": year,
        "calendar": year_svg(days, visit.path, visit.language),
        "months": month_svgs(days, visit.path, visit.language),
        "bad_days": [(day, day_class(day)) for day in bad_days(days)],
        "incidents": await state.read(partial(read_incidents_of, check_ids=check_ids, limit=INCIDENTS_SHOWN)),
        "results": [
            result_line(each, check.kind, visit.language)
            for each in await daemon.results.last_results(check.id, RESULTS_SHOWN)
        ],
        "events": await _events(daemon, check_ids, snapshot.now),
        "options": options_of(check) if visit.principal.may(Right.ADDRESSES) else (),
    }


async def _seen(daemon: DaemonPort, visit: Visit) -> TargetView:
    """Return the target that the path names. Raises RefusedError: 410 when it left the inventory."""
    _ = translator(visit.language)
    snapshot = daemon.snapshot()
    target_id = clean(visit.params["id"], ID_LIMIT)
    target = snapshot.inventory.targets.get(target_id)
    if target is not None and visit.principal.may_see_unit(target.unit_code):
        return target_view(snapshot, target_id)
    if target is None and visit.principal.may(Right.SEE):
        was = await daemon.state.database.read(partial(read_was_seen, target_id=target_id))
        if was:
            raise RefusedError(
                410,
                _("đối tượng này đã rời danh mục"),
                _("số liệu cũ vẫn còn trong báo cáo và trong danh sách sự cố"),
            )
    raise RefusedError(
        404, _("không có đối tượng này, hoặc tài khoản này không xem được"), _("tìm theo tên ở ô tìm kiếm")
    )


def _sentence(graph: Smoke, visit: Visit) -> str:
    return summary(graph, visit.zone, visit.language, translator(visit.language))


def _check(seen: TargetView, visit: Visit) -> Check:
    """Return the check that the parameter names, the primary one when there is none such."""
    wanted = f"{seen.target.id}/{visit.query.get('phep', '')}"
    return next((each.check for each in seen.checks if each.check.id == wanted), seen.checks[0].check)


async def _graph(daemon: DaemonPort, visit: Visit, check: Check) -> tuple[Smoke | None, dict[str, str]]:
    """Return the graph (None: nothing can be shown for what was asked), and the parameters that mean it in the API."""
    span = _span(visit)
    now = daemon.snapshot().now
    try:
        asked = read_asked(
            span=span.get("range", ""),
            since=span.get("from", ""),
            until=span.get("to", ""),
            points=str(POINTS),
            metric="",
            now=now,
            zone=visit.zone,
        )
    except AskedWrongError:
        return None, {"range": DEFAULT_RANGE}
    return await _smoke(daemon, visit, check, asked), span


async def _smoke(daemon: DaemonPort, visit: Visit, check: Check, asked: Asked) -> Smoke | None:
    snapshot = daemon.snapshot()
    marks = await daemon.state.database.read(
        partial(select_marks, check=check, inventory=snapshot.inventory, asked=asked)
    )
    try:
        return await daemon.results.database.read(
            partial(read_graph, check=check, asked=asked, marks=marks, zone=visit.zone, now=snapshot.now)
        )
    except AskedWrongError:
        return None


def _span(visit: Visit) -> dict[str, str]:
    """Return what is asked of the graph, in the words of the API."""
    try:
        day = date.fromisoformat(visit.query.get("ngay", ""))
        return {"from": day.isoformat(), "to": (day + _DAY).isoformat()}
    except (ValueError, OverflowError):
        pass
    since, until = visit.query.get("from", ""), visit.query.get("to", "")
    if since:
        return {"from": since, **({"to": until} if until else {})}
    asked = visit.query.get("khoang", DEFAULT_RANGE)
    return {"range": asked if asked in RANGES else DEFAULT_RANGE}


async def _days(daemon: DaemonPort, visit: Visit, check: Check) -> tuple[tuple[CalendarDay, ...], int]:
    snapshot, settings = daemon.snapshot(), daemon.settings
    this_year = datetime.fromtimestamp(snapshot.now, visit.zone).year
    asked = visit.query.get("nam", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this_year  # noqa: PLR2004 (digits of a year)
    try:
        days = await daemon.state.database.read(
            partial(
                read_calendar,
                inventory=snapshot.inventory,
                check_id=check.id,
                year=year,
                zone=settings.timezone,
                least_coverage_ratio=settings.accounting.least_coverage_ratio,
                now=snapshot.now,
            )
        )
    except ValueError:
        return (), this_year
    return days, year


async def _events(daemon: DaemonPort, check_ids: list[str], now: float) -> list[Any]:
    """Return the latest changes of status of all its checks, the newest first."""
    found = [
        each
        for check_id in check_ids
        for each in await daemon.state.transitions(check_id, now - EVENTS_S, now + 1)
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)[:EVENTS_SHOWN]


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the graph's buckets."""
    _ = translator(visit.language)
    graph: Smoke | None = values.get("graph")
    seen: TargetView = values["seen"]
    columns = (_("Thời điểm"), "min", "p10", "p25", _("trung vị"), "p75", "p90", "max", _("đã gửi"), _("mất"))
    rows = []
    if graph is not None:
        for start, bucket in zip(graph.slice.edges[:-1], graph.slice.buckets, strict=True):
            if bucket is None:
                continue
            spread = bucket.spread
            figures = (
                (None,) * 7
                if spread is None
                else (spread.least, spread.p10, spread.p25, spread.p50, spread.p75, spread.p90, spread.most)
            )
            rows.append((official.moment(start, visit.zone), *figures, bucket.sent, bucket.lost))
    return Table(name=f"do-thi-{seen.target.id}", columns=columns, rows=tuple(rows))


async def look_again(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Ask for a measurement of all its checks."""
    _ = translator(visit.language)
    seen = await _seen(daemon, visit)
    may_look(daemon, visit, seen.target.id, tuple(each.check.id for each in seen.checks))
    label = form.get("phep", "")
    where = f"/doi-tuong/{seen.target.id}" + (f"?{urlencode({'phep': label})}" if label else "")
    return Done(where, _("Đang đo lại; kết quả hiện sau vài giây."))


async def read_declared(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read each value that holds for the target, and who said it where."""
    seen = await _seen(daemon, visit)
    return {
        "seen": seen,
        "values": await daemon.reloading.resolved(seen.target.id),
        "written": partial(_written, language=visit.language),
    }


def _written(value: object, language: Language) -> str:
    """Write a value of the inventory for people."""
    _ = translator(language)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list | tuple):
        return ", ".join(_written(each, language) for each in value) or "–"
    return str(value)


def declared_table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the values that hold."""
    _ = translator(visit.language)
    return Table(
        name=f"khai-bao-{values['seen'].target.id}",
        columns=(_("Khóa"), _("Giá trị"), _("Do mức"), _("Tệp"), _("Dòng")),
        rows=tuple(
            (
                each.path,
                _written(each.value, visit.language),
                translated(each.level.value, visit.language),
                "" if each.place is None else each.place.file,
                None if each.place is None else each.place.line,
            )
            for each in values["values"]
        ),
    )


TARGET: Final = Page(
    path="/doi-tuong/{id}",
    needs=Right.SEE,
    or_needs=Right.OWN,
    template="target.html",
    read=read,
    pieces=("target_state",),
    table=table,
)
DECLARED: Final = Page(
    path="/doi-tuong/{id}/khai-bao",
    needs=Right.ADDRESSES,
    template="target_declared.html",
    read=read_declared,
    table=declared_table,
)
PAGES: Final = (TARGET, DECLARED)
DEEDS: Final = (
    Deed(path="/doi-tuong/{id}/kiem-tra", needs=Right.ACT, or_needs=Right.OWN, act=look_again, page=TARGET),
)
