"""Gather what the messages of one incident say: plain words and numbers, cleaned of anything unsafe. Pure.

Every text of an IncidentFacts is one safe line or "" when nothing is known: a line of a message vanishes rather than
saying that something is not known. Addresses, host names and raw errors never enter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.plain import clause, clean
from alerts.messages.reach import NAME_LIMIT, UnitTargets, primary_checks, reach_of, stands_for_layer
from alerts.messages.words import (
    cause_phrase,
    count,
    duration,
    former_area,
    held_clause,
    layer_name,
    layer_short_name,
)
from alerts.model.checks import Status
from alerts.model.hold import Hold
from alerts.model.incident import CloseReason, Incident
from inventory.model import Check, Circuit, Inventory, Layer, Target, Unit
from inventory.names import short_unit_name

HISTORY_S: Final = 30 * 86_400
"""How far back "gần đây" looks."""

_CLAUSE: Final = 240
_SHORT: Final = 60
_URL: Final = 200
_NAMED_BY_TARGET: Final = frozenset({Layer.SHARED, Layer.CENTRAL, Layer.INFRA})
"""Layers whose targets people know by their own name, not by the unit that owns them."""
_SERVICES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "http": ("dịch vụ web", "web"),
        "tcp": ("cổng dịch vụ", "cổng dịch vụ"),
        "snmp": ("quản trị SNMP", "SNMP"),
        "icmp": ("đường truyền", "đường truyền"),
        "sip": ("báo hiệu SIP", "SIP"),
        "h323": ("báo hiệu H.323", "H.323"),
        "videoos": ("trạng thái thiết bị họp", "thiết bị họp"),
    }
)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What a message may say. Times are Unix seconds; `failed_tests` is the least number of failures in a row.

    `place` and `label` (each also short) name what is down: a unit and its layer or target, or a system and its
    layer; a check that is not the target's reachability is named too, so that nobody takes one service for the whole
    link. `target` is "" when `place` or `label` says it already. `behind`: what cannot be reached because of it; `remaining`: what was explained by
    the incident and has not answered since its end; `all_back`: something was, and everything has.
    """

    code: str
    composed_at: float
    zone: ZoneInfo
    system: str
    place: str
    short_place: str
    label: str
    short_label: str
    unit: str
    area: str
    target: str
    opened_at: float
    resolved_at: float | None
    was_removed: bool
    removed_check: str
    failed_tests: int | None
    cause: str
    impact: str
    first_action: str
    provider: str
    acknowledged_by: str
    history: str
    url: str
    held: str
    behind: tuple[UnitTargets, ...]
    remaining: tuple[UnitTargets, ...]
    all_back: bool

    @property
    def lasted_s(self) -> float:
        """How long it lasted, or has lasted so far."""
        return (self.composed_at if self.resolved_at is None else self.resolved_at) - self.opened_at


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and how: the province, its time zone, the base of links (None: no links)."""

    province: str
    zone: ZoneInfo
    public_url: str | None = None


def gather_facts(
    incident: Incident,
    inventory: Inventory,
    statuses: Mapping[str, Status],
    *,
    now: float,
    letterhead: Letterhead,
    history: Sequence[Incident] = (),
    answered_at: Mapping[str, float] | None = None,
    hold: Hold | None = None,
) -> IncidentFacts:
    """Say what is known of `incident` at `now`.

    `statuses` and `answered_at` (start of the last good result) are per check. A status lags behind by some failures
    in a row, so a check counts as answering only if it is up *and* has answered since the incident began. `history`:
    other incidents of the same check, any order. `hold`: what kept the news until now. The incident's check may have left the inventory.
    """
    target_id = incident.root_check_id.partition("/")[0]
    check = inventory.checks.get(incident.root_check_id)
    target = inventory.targets.get(check.target_id if check else target_id)
    unit = inventory.units.get(target.unit_code if target else target_id.partition(".")[0])
    reach = reach_of(incident, inventory, statuses, answered_at or {}, now=now)
    whole = stands_for_layer(target, inventory, reach.ids)
    names = _with_service(_names(target, unit, target_id, stands_for_layer=whole), check, inventory)
    return IncidentFacts(
        code=clean(incident.id, _SHORT),
        composed_at=now,
        zone=letterhead.zone,
        system=clean(f"Hệ thống giám sát hạ tầng số – {letterhead.province}", 2 * NAME_LIMIT),
        place=names.place,
        short_place=names.short_place,
        label=names.label,
        short_label=names.short_label,
        unit=clean(unit.name, NAME_LIMIT) if unit else "",
        area=clean(former_area(unit.former_district), _SHORT) if unit else "",
        target=names.target,
        opened_at=incident.opened_at,
        resolved_at=incident.resolved_at,
        was_removed=incident.close_reason is CloseReason.REMOVED,
        removed_check=_removed_check(incident, inventory),
        failed_tests=check.failures_to_down if check else None,
        cause=cause_phrase(incident.cause),
        impact=clause(target.impact, _CLAUSE) if target else "",
        first_action=clause(target.first_action, _CLAUSE) if target else "",
        provider=_provider(inventory.circuits.get(target.circuit_id or "") if target else None),
        acknowledged_by=clean(incident.acknowledged_by, _SHORT),
        history=_history(incident, history),
        url=_url(letterhead.public_url, incident.id),
        held=held_clause(hold.reason, hold.until_at, letterhead.zone) if hold else "",
        behind=reach.behind,
        remaining=reach.remaining,
        all_back=reach.all_back,
    )


def _removed_check(incident: Incident, inventory: Inventory) -> str:
    """Return the label of the check that left the inventory while its target is still measured, "" otherwise."""
    target_id, _, label = incident.root_check_id.partition("/")
    is_gone = incident.root_check_id not in inventory.checks
    is_measured = (
        any(check.target_id == target_id for check in inventory.checks.values()) if is_gone else False
    )
    return clean(label, _SHORT) if is_measured else ""


@dataclass(frozen=True, slots=True)
class _Names:
    place: str
    short_place: str
    label: str
    short_label: str
    target: str


def _names(target: Target | None, unit: Unit | None, target_id: str, *, stands_for_layer: bool) -> _Names:
    """Name what is down so that a person knows it from everything else that may be down."""
    place = clean(unit.name, NAME_LIMIT) if unit else ""
    if target is None:
        place = place or clean(target_id, NAME_LIMIT)
        return _Names(place, short_unit_name(place), target_id, target_id, "")
    name = clean(target.name, NAME_LIMIT) or target.id
    layer, short_layer = layer_name(target.layer), layer_short_name(target.layer)
    if target.layer in _NAMED_BY_TARGET or not place:
        return _Names(name, name, layer, short_layer, "")
    if stands_for_layer:
        return _Names(place, short_unit_name(place), layer, short_layer, name)
    return _Names(place, short_unit_name(place), name, name, "")


def _with_service(names: _Names, check: Check | None, inventory: Inventory) -> _Names:
    """Add the name of the service, if it is not the target's reachability that failed."""
    if check is None or primary_checks(inventory)[check.target_id] == check.id:
        return names
    service, short_service = _SERVICES.get(check.kind, ("dịch vụ", "dịch vụ"))
    return replace(
        names, label=f"{service}, {names.label}", short_label=f"{short_service} {names.short_label}"
    )


def _provider(circuit: Circuit | None) -> str:
    if circuit is None:
        return ""
    parts = (
        clause(circuit.provider, _SHORT),
        circuit.hotline and f"trực {clause(circuit.hotline, _SHORT)}",
        circuit.contract_code and f"mã kênh {clause(circuit.contract_code, _SHORT)}",
    )
    return ", ".join(part for part in parts if part)


def _history(incident: Incident, others: Sequence[Incident]) -> str:
    """Say how often the same happened in the thirty days before, and how long at most."""
    lasted = [
        other.resolved_at - other.opened_at
        for other in others
        if other.id != incident.id
        and other.root_check_id == incident.root_check_id
        and other.close_reason is CloseReason.RECOVERED
        and other.resolved_at is not None
        and incident.opened_at - HISTORY_S <= other.opened_at < incident.opened_at
    ]
    if not lasted:
        return ""
    longest = f"{'dài nhất' if len(lasted) > 1 else 'kéo dài'} {duration(max(lasted))}"
    return f"{count(len(lasted))} lần trong 30 ngày trước, {longest}"


def _url(public_url: str | None, code: str) -> str:
    """Link to the incident on the overview page; a link that is not safe or does not fit is left out, never cut."""
    url = f"{public_url.rstrip('/')}/#{code}" if public_url else ""
    is_safe = url.isascii() and url.isprintable() and " " not in url
    return url if is_safe and len(url) <= _URL else ""
