"""The API of what is watched: targets with states, options, calendars, last results, and asking for a measurement."""

import math
import sqlite3
from functools import partial
from typing import Final

from alerts.messages.plain import clean
from inventory.model import Check, Target
from inventory.names import fold, near_id
from monitor.accounting.calendar import read_calendar
from monitor.people.rights import Right
from monitor.series.reading import last_results
from monitor.web.api.lists import page_of
from monitor.web.api.shapes import iso
from monitor.web.api.target_answers import (
    ID_LIMIT,
    CalendarAnswer,
    CalendarQuery,
    LookAnswer,
    OptionsAnswer,
    ResultsAnswer,
    ResultsQuery,
    TargetAnswer,
    TargetsAnswer,
    TargetsQuery,
)
from monitor.web.api.target_shapes import (
    calendar_json,
    names_of,
    person_json,
    resolved_json,
    result_json,
    target_detail,
    target_json,
)
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json
from monitor.web.view import Shown, Snapshot

_UNKNOWN: Final = "không có đối tượng này"
_SEEN: Final = {404: _UNKNOWN}


async def list_targets(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory."""
    snapshot, asked = daemon.snapshot(), call.asked(TargetsQuery)
    words = fold(asked.q).split()
    found = (each for each in snapshot.inventory.targets.values() if _is_wanted(each, asked, words, snapshot))
    page, following = page_of(found, lambda each: each.id, asked)
    return {
        "schema": "targets/1",
        "asOf": iso(snapshot.now, call.zone),
        "items": [target_json(each, snapshot, call.zone) for each in page],
        "next": following,
    }


async def read_target(daemon: DaemonPort, call: Call) -> Json:
    """Answer from memory."""
    snapshot = daemon.snapshot()
    target = chosen(snapshot, call)
    addressed = call.principal.may(Right.ADDRESSES)
    people = daemon.composer.contacts.contacts_of(target.unit_code) if addressed else ()
    item = {
        **target_detail(target, snapshot, call.zone, with_addresses=addressed),
        "contacts": [person_json(each) for each in people] if addressed else None,
    }
    return {"schema": "target/1", "asOf": iso(snapshot.now, call.zone), "item": item}


async def read_options(daemon: DaemonPort, call: Call) -> Json:
    """Read the folders again, in the reader's thread: the inventory in force does not know its lines any more."""
    snapshot = daemon.snapshot()
    target = chosen(snapshot, call)
    values = resolved_json(await daemon.reloading.resolved(target.id))
    return {
        "schema": "target-options/1",
        "asOf": iso(snapshot.now, call.zone),
        "target": target.id,
        "known": bool(values),
        "items": values,
    }


async def read_days(daemon: DaemonPort, call: Call) -> Json:
    """Answer from the accounts, worked out on the reader's thread."""
    snapshot, settings = daemon.snapshot(), daemon.settings
    target = chosen(snapshot, call)
    now_text = iso(snapshot.now, call.zone) or ""
    year = call.asked(CalendarQuery).year or int(now_text[:4])
    least = settings.accounting.least_coverage_ratio
    primary = next(iter(snapshot.checks_of.get(target.id, ())), None)
    days = (
        ()
        if primary is None
        else await daemon.state.database.read(
            partial(
                read_calendar,
                inventory=snapshot.inventory,
                check_id=primary,
                year=year,
                zone=settings.timezone,
                least_coverage_ratio=least,
                now=snapshot.now,
            )
        )
    )
    return {
        "schema": "target-calendar/1",
        "asOf": now_text,
        "target": target.id,
        "check": primary,
        "year": year,
        "leastCoverageRatio": least,
        "items": calendar_json(days),
    }


async def read_results(daemon: DaemonPort, call: Call) -> Json:
    """Return the latest raw results."""
    snapshot, asked = daemon.snapshot(), call.asked(ResultsQuery)
    target = chosen(snapshot, call)
    check_ids = snapshot.checks_of.get(target.id, ())
    if asked.check:
        check = clean(asked.check, ID_LIMIT)
        if check not in check_ids:
            raise RefusedError(404, f"đối tượng này không có phép đo '{check}'", field="check")
        check_ids = (check,)
    addressed = call.principal.may(Right.ADDRESSES)

    def read(connection: sqlite3.Connection) -> list[Json]:
        stored = [each for id_ in check_ids for each in last_results(connection, id_, asked.limit)]
        stored.sort(key=lambda each: each.result.started_at, reverse=True)
        return [result_json(each.result, call.zone, with_details=addressed) for each in stored[: asked.limit]]

    return {
        "schema": "target-results/1",
        "asOf": iso(snapshot.now, call.zone),
        "target": target.id,
        "items": await daemon.results.database.read(read),
    }


async def look(daemon: DaemonPort, call: Call) -> Json:
    """Ask for a measurement soon."""
    snapshot = daemon.snapshot()
    target = chosen(snapshot, call)
    check_ids = snapshot.checks_of.get(target.id, ())
    if not check_ids:
        raise RefusedError(
            422, f"{target.name} không được giám sát", "chỉ đo lại được đối tượng đang giám sát"
        )
    wait_s = daemon.web.rechecks.wait_s(
        target.id, f"{call.principal.way}:{call.principal.name}", snapshot.now
    )
    if wait_s > 0:
        whole = math.ceil(wait_s)
        raise RefusedError(429, "vừa đo lại xong", f"thử lại sau {whole} giây", wait_s=whole)
    daemon.look(frozenset(check_ids))
    return {
        "schema": "target-check/1",
        "asOf": iso(snapshot.now, call.zone),
        "target": target.id,
        "checks": list(check_ids),
    }


def chosen(snapshot: Snapshot, call: Call) -> Target:
    """Return the target that the path names, if the caller may see it. Raises RefusedError."""
    target_id = clean(call.params["id"], ID_LIMIT)
    target = snapshot.inventory.targets.get(target_id)
    if target is not None and call.principal.may_see_unit(target.unit_code):
        return target
    is_open = call.principal.may(Right.SEE)
    raise RefusedError(
        404,
        f"{_UNKNOWN}: '{target_id}'",
        near_id(target_id, snapshot.inventory.targets) if is_open else "",
    )


def primary_of(snapshot: Snapshot, target: Target) -> Check:
    """Return the check that tells whether it can be reached. Raises RefusedError."""
    for check_id in snapshot.checks_of.get(target.id, ()):
        return snapshot.inventory.checks[check_id]
    raise RefusedError(404, f"{target.name} không được giám sát nên chưa có số đo")


def _is_wanted(target: Target, asked: TargetsQuery, words: list[str], snapshot: Snapshot) -> bool:
    inventory = snapshot.inventory
    unit = inventory.units.get(target.unit_code)
    circuit = inventory.circuits.get(target.circuit_id or "")
    conditions = (
        asked.layer in {None, target.layer},
        asked.unit in {"", target.unit_code},
        not asked.area or (unit is not None and unit.area == asked.area),
        not asked.provider or (circuit is not None and circuit.provider == asked.provider),
        asked.state in {None, snapshot.shown_targets.get(target.id, Shown.UNWATCHED)},
    )
    if not all(conditions):
        return False
    if not words:
        return True
    text = f" {fold(names_of(inventory, target))}"
    return all(word in text for word in words)


_LIMITED: Final = {**_SEEN, 422: "không được giám sát", 429: "vừa đo lại xong"}

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/targets",
        needs=Right.SEE,
        summary="Targets with their states, filtered, in pages",
        handler=list_targets,
        query=TargetsQuery,
        answer=TargetsAnswer,
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="One target: states, rules, neighbours, circuit; addresses and contacts where allowed",
        handler=read_target,
        answer=TargetAnswer,
        refuses=_SEEN,
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}/options",
        needs=Right.ADDRESSES,
        summary="Every value that holds for a target, and which level, file and line of the inventory says it",
        handler=read_options,
        answer=OptionsAnswer,
        refuses=_SEEN,
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}/calendar",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="The days of a year: availability, time down and in maintenance, coverage, incidents",
        handler=read_days,
        query=CalendarQuery,
        answer=CalendarAnswer,
        refuses=_SEEN,
    ),
    Endpoint(
        method="GET",
        path="/targets/{id}/results",
        needs=Right.SEE,
        or_needs=Right.OWN,
        summary="The latest results with their phases and reasons",
        handler=read_results,
        query=ResultsQuery,
        answer=ResultsAnswer,
        refuses=_SEEN,
    ),
    Endpoint(
        method="POST",
        path="/targets/{id}/check",
        needs=Right.ACT,
        or_needs=Right.OWN,
        summary="Measure a target soon",
        handler=look,
        answer=LookAnswer,
        status=202,
        refuses=_LIMITED,
    ),
)
