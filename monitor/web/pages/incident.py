"""One incident: its timeline, its facts, and what can be done about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from alerts.messages import words
from alerts.messages.plain import clean
from alerts.messages.words import VOCABULARIES
from alerts.model.checks import Status
from alerts.model.incident import CauseKind, CloseReason, Incident, Side
from inventory.model import Inventory, Target, Unit
from monitor.people.rights import Right
from monitor.storage.state import IncidentRecord
from monitor.web.incident_sight import may_see, name_in_words, root_of, units_of
from monitor.web.paging import Page
from monitor.web.port import DaemonPort
from monitor.web.reach import reach
from monitor.web.refusing import RefusedError
from monitor.web.timeline import timeline
from monitor.web.translating import translator
from monitor.web.view import Shown, Snapshot
from monitor.web.visiting import Visit

NUMBER_LIMIT: Final = 40
TAKEN_FOR_H: Final = 8
"""Whoever takes an incident without saying for how long is asked again after so many hours."""
FOR_HOURS: Final = (2, TAKEN_FOR_H, 24)
"""What can be chosen; besides them 0: until it is over."""
REPEATS_SHOWN: Final = 5
PARTS_SHOWN: Final = 60
UNITS_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Related:
    """Another incident that has to do with this one. `path` is "" for who may not open it."""

    incident: Incident
    where: str
    what: str
    path: str


async def found(daemon: DaemonPort, visit: Visit) -> IncidentRecord:
    """Return the incident that a path names, as it is known now.

    Raises RefusedError (404) when there is none, or none that is this visitor's business.
    """
    incident_id = clean(visit.params["ma"], NUMBER_LIMIT).upper()
    record = await daemon.state.incident(incident_id)
    world = daemon.world
    latest = world.incidents.get(incident_id) or world.closed.get(incident_id)
    latest = latest or (None if record is None else record.incident)
    if record is None or latest is None or not may_see(visit.principal, latest, world.inventory):
        _ = translator(visit.language)
        raise RefusedError(
            404, _("không có sự cố %(id)s") % {"id": incident_id}, _("tìm trong danh sách sự cố")
        )
    return replace(record, incident=latest)


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read it with what has to do with it."""
    record = await found(daemon, visit)
    incident, snapshot = record.incident, daemon.snapshot()
    members = await daemon.state.members(incident.id)
    repeats = (
        await daemon.state.earlier_incidents(incident, limit=REPEATS_SHOWN) if incident.root_check_id else []
    )
    whole = None if incident.part_of is None else await daemon.state.incident(incident.part_of)
    target, unit = root_of(incident, snapshot.inventory)
    where, what = name_in_words(incident, snapshot.inventory, visit.language)
    addressed = visit.principal.may(Right.ADDRESSES)
    return {
        "incident": incident,
        "where": where,
        "what": what,
        "target": target,
        "unit": unit,
        "shown": _shown(incident),
        "state_word": state_word(incident, visit),
        "hold": snapshot.hold(incident.id),
        "lines": timeline(record, snapshot.directory.contacts, visit.language, with_addresses=addressed),
        "facts": _facts(incident, snapshot, visit, target, unit),
        "units": _units(incident, snapshot.inventory, unit, visit),
        "whole": None if whole is None else _related([whole.incident], snapshot, visit)[0],
        "members": _related(members[:PARTS_SHOWN], snapshot, visit),
        "more_members": max(0, len(members) - PARTS_SHOWN),
        "repeats": _related(repeats, snapshot, visit),
        "kinds": [(kind.value, VOCABULARIES[visit.language].cause_kinds[kind]) for kind in CauseKind],
        "sides": [(side.value, VOCABULARIES[visit.language].sides[side]) for side in Side],
        "guess_word": "" if incident.guess is None else guess_word(incident, visit),
        "choice_word": choice_word(incident, visit),
        "cause_mark": cause_mark(incident),
        "ticket_mark": ticket_mark(incident),
        "for_hours": FOR_HOURS,
        "taken_for_h": TAKEN_FOR_H,
        "snapshot": snapshot,
        "mergeable": _mergeable(incident, snapshot, visit) if visit.principal.may(Right.ACT) else (),
    }


def cause_mark(incident: Incident) -> str:
    """Return what tells one chosen cause from the next, "" while there is none."""
    return "" if incident.choice is None else f"{incident.choice.at:.3f}"


def ticket_mark(incident: Incident) -> str:
    """Return what tells one ticket from the next, "" while there is none."""
    ticket = incident.ticket
    return "" if ticket is None else f"{ticket.number}|{ticket.reported_at:.0f}|{ticket.closed_at or 0:.0f}"


def state_word(incident: Incident, visit: Visit) -> str:
    """Say how far it is: open, taken, over, and for what reason."""
    _ = translator(visit.language)
    if incident.is_open:
        return _("Đã có người nhận") if incident.acknowledged_at is not None else _("Đang mở, chưa ai nhận")
    return {
        CloseReason.RECOVERED: _("Đã khôi phục"),
        CloseReason.REMOVED: _("Đã đóng: rời danh mục"),
        CloseReason.ABSORBED: _("Đã gộp vào sự cố khác"),
        CloseReason.BY_HAND: _("Đã đóng bằng tay"),
    }[incident.close_reason or CloseReason.RECOVERED]


def choice_word(incident: Incident, visit: Visit) -> str:
    """Say the cause that a person confirmed, "" when nobody did."""
    vocabulary, choice = VOCABULARIES[visit.language], incident.choice
    if choice is None:
        return ""
    return f"{vocabulary.cause_kinds[choice.kind]} ({vocabulary.sides[choice.side]})"


def guess_word(incident: Incident, visit: Visit) -> str:
    """Say what the monitor guesses, and why."""
    if incident.guess is None:
        return ""
    return f"{VOCABULARIES[visit.language].cause_kinds[incident.guess.kind]}: {incident.guess.basis}"


def _shown(incident: Incident) -> Shown:
    if not incident.is_open:
        return Shown.UP if incident.close_reason is CloseReason.RECOVERED else Shown.UNWATCHED
    return Shown.DEGRADED if incident.level is Status.DEGRADED else Shown.DOWN


def _facts(
    incident: Incident, snapshot: Snapshot, visit: Visit, target: Target | None, unit: Unit | None
) -> list[tuple[str, str]]:
    """Return (name, words) of what does not change often. Nothing about who looks."""
    _, language = translator(visit.language), visit.language
    hit = reach(incident, snapshot.inventory)
    facts: list[tuple[str, str]] = []
    if target is not None:
        facts.append((_("Lớp"), words.layer_name(target.layer, language)))
    if unit is not None and unit.former_district:
        facts.append((_("Địa bàn cũ"), words.former_area(unit.former_district, language)))
    circuit = None if target is None else snapshot.inventory.circuits.get(target.circuit_id or "")
    if circuit is not None:
        facts.append((_("Nhà mạng"), circuit.provider))
    if target is not None and target.circuit_id and visit.principal.may(Right.ADDRESSES):
        facts.append((_("Mã kênh"), target.circuit_id))
    facts.append((_("Bắt đầu"), words.short_date_time(incident.opened_at, visit.zone)))
    if incident.resolved_at is not None:
        facts.append((_("Kết thúc"), words.short_date_time(incident.resolved_at, visit.zone)))
    if incident.episodes > 1:
        facts.append((_("Số lần mất"), words.count(incident.episodes, language)))
    if hit.targets:
        behind = _("%(n)s thiết bị phía sau") % {"n": words.count(hit.targets, language)}
        if hit.units:
            behind += " " + _("ở %(n)s đơn vị khác") % {"n": words.count(hit.units, language)}
        facts.append((_("Kéo theo"), behind))
    if incident.ticket is not None:
        facts.append((_("Phiếu nhà mạng"), _ticket(incident, visit)))
    return facts


def _ticket(incident: Incident, visit: Visit) -> str:
    _, ticket = translator(visit.language), incident.ticket
    if ticket is None:
        return ""
    said = _("%(number)s, báo lúc %(at)s") % {
        "number": ticket.number,
        "at": words.short_date_time(ticket.reported_at, visit.zone),
    }
    if ticket.closed_at is None:
        return said
    return said + "; " + _("xong lúc %(at)s") % {"at": words.short_date_time(ticket.closed_at, visit.zone)}


def _units(incident: Incident, inventory: Inventory, own: Unit | None, visit: Visit) -> Mapping[str, Any]:
    """Return the other places that it took down, by name, as far as the visitor may know them."""
    codes = units_of(incident, inventory) - {"" if own is None else own.code}
    seen = (inventory.units[code] for code in codes if code in inventory.units)
    names = sorted((unit.name, unit.code) for unit in seen if visit.principal.may_see_unit(unit.code))
    return {"named": names[:UNITS_SHOWN], "more": max(0, len(codes) - min(len(names), UNITS_SHOWN))}


def _related(incidents: Iterable[Incident], snapshot: Snapshot, visit: Visit) -> list[Related]:
    found_here = []
    for each in incidents:
        where, what = name_in_words(each, snapshot.inventory, visit.language)
        is_open = may_see(visit.principal, each, snapshot.inventory)
        if is_open:
            found_here.append(Related(each, where, what, f"/su-co/{each.id}"))
        else:  # a commune knows that there is more, not where
            found_here.append(Related(each, "", "", ""))
    return found_here


def _mergeable(incident: Incident, snapshot: Snapshot, visit: Visit) -> tuple[tuple[str, str], ...]:
    """Return (id, name) of the open incidents that this one could become a part of, the latest first."""
    if not incident.is_open:
        return ()
    others = (
        each
        for each in snapshot.incidents.values()
        if each.id not in {incident.id, incident.part_of} and each.part_of is None
    )
    latest = sorted(others, key=lambda each: -each.opened_at)[:PARTS_SHOWN]
    return tuple(
        (each.id, " – ".join(name_in_words(each, snapshot.inventory, visit.language))) for each in latest
    )


INCIDENT: Final = Page(
    path="/su-co/{ma}",
    needs=Right.SEE,
    or_needs=Right.OWN,
    template="incident.html",
    read=read,
    pieces=("incident_state", "incident_facts", "incident_log", "incident_take"),
)
PAGES: Final = (INCIDENT,)
