"""The incidents that a monitor would have opened in a made-up stretch of time, with their logs and messages. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import Status
from alerts.model.incident import (
    Choice,
    CloseReason,
    Incident,
    IncidentEvent,
    LogKind,
    Told,
)
from alerts.model.notification import Notification, NotificationKind
from alerts.model.settings import SEVERITIES, FlapSettings
from inventory.model import Check, Inventory
from monitor.demo.year.course import declared_after_s
from monitor.demo.year.land import GROUP, PEOPLE
from monitor.demo.year.model import DAY_S, HOUR_S, ZONE, Fault, Script, Strike

DEGRADED_WAIT_S: Final = 600.0
GROUP_WAIT_S: Final = 3.0
RECOVERY_WAIT_S: Final = 10.0
ESCALATED_AFTER_S: Final = 1_800.0
_CALM: Final = FlapSettings()
_GATHERED: Final = 3
"""So many that fail together are told as one."""
_ADDRESSES: Final = (("email", "totruc@example.gov.vn", GROUP),)
_Event = tuple[float, LogKind, str, str]
"""When, what, who, and as said."""
_OTHERS: Final = tuple(("email", f"{person}@example.gov.vn", person) for person in PEOPLE)


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident with everything that belongs to it."""

    incident: Incident
    affected: tuple[str, ...]
    log: tuple[IncidentEvent, ...]
    told: tuple[Notification, ...] = ()


def incidents_of(
    script: Script, inventory: Inventory, affected: Sequence[Sequence[Sequence[str]]]
) -> list[Happened]:
    """Return the incidents by time of declaration, numbered in that order within the year."""
    primaries: dict[str, Check] = {}
    for check in inventory.checks.values():
        primaries.setdefault(check.target_id, check)
    drafts: list[tuple[Incident, tuple[str, ...], Fault, str]] = []
    for number, fault in enumerate(script.faults):
        singles = [
            _single(fault, strike, primaries[strike.target_id], inventory, script, f"{number}.{place}")
            for place, strike in enumerate(fault.strikes)
        ]
        for single, below in zip(singles, affected[number], strict=True):
            drafts.append((single, tuple(sorted(below)), fault, single.part_of or ""))
        if fault.common is not None:
            whole = _group(fault, singles, f"{number}", script)
            roots = (single.root_check_id for single in singles)
            everything = {*roots, *(each for below in affected[number] for each in below)}
            drafts.append((whole, tuple(sorted(everything)), fault, ""))
    drafts = [draft for draft in drafts if draft[0].declared_at < script.end_at]
    drafts.sort(key=lambda draft: (draft[0].declared_at, draft[0].id))
    names = dict(_numbered([incident for incident, *_ in drafts]))
    found = []
    for incident, below, fault, _ in drafts:
        named = replace(
            incident,
            id=names[incident.id],
            part_of=None if incident.part_of is None else names.get(incident.part_of),
        )
        parts = (
            [names[each.id] for each, *_ in drafts if each.part_of == incident.id]
            if incident.is_group
            else []
        )
        notifications = tuple(_told(named, fault, inventory)) if _is_told(named, fault, inventory) else ()
        if notifications:
            named = _as_told(named, notifications)
        found.append(Happened(named, below, tuple(_log(named, fault, parts)), notifications))
    return found


def _numbered(incidents: Sequence[Incident]) -> Iterator[tuple[str, str]]:
    zone = ZoneInfo(ZONE)
    last: dict[int, int] = {}
    for incident in incidents:
        year = datetime.fromtimestamp(incident.declared_at, zone).year
        last[year] = last.get(year, 0) + 1
        yield incident.id, f"SC-{year}-{last[year]:04d}"


def _single(
    fault: Fault, strike: Strike, check: Check, inventory: Inventory, script: Script, draft_id: str
) -> Incident:
    target = inventory.targets[strike.target_id]
    unit = inventory.units[target.unit_code]
    where = "" if target.name.endswith(f" – {unit.name}") else f" – {unit.name}"
    spans = [span for span in strike.spans if span[0] < script.end_at]
    opened_at = spans[0][0]
    wait_s = declared_after_s(check) + (DEGRADED_WAIT_S if fault.level is Status.DEGRADED else 0.0)
    is_over = spans[-1][1] < script.end_at
    downs = tuple(span[0] for span in spans)
    begin = _CALM.begin
    flapping = [
        downs[n] for n in range(begin - 1, len(downs)) if downs[n] - downs[n - begin + 1] <= _CALM.window_s
    ]
    made = Incident(
        id=draft_id,
        root_check_id=check.id,
        opened_at=opened_at,
        declared_at=opened_at + wait_s,
        cause=fault.cause,
        level=fault.level,
        part_of=None if fault.common is None else draft_id.partition(".")[0],
        episodes=len(spans),
        downs=downs[-begin:],
        longest_s=max((end - start for start, end in spans if end < script.end_at), default=0.0),
        flapping_at=flapping[0] + wait_s if flapping else None,
        guess=fault.guess if is_over else None,
        resolved_at=spans[-1][1] if is_over else None,
        close_reason=CloseReason.RECOVERED if is_over else None,
        name=f"{target.name}{where}",
    )
    return _answered(made, fault, script)


def _group(fault: Fault, members: Sequence[Incident], draft_id: str, script: Script) -> Incident:
    by_time = sorted(members, key=attrgetter("declared_at"))
    ends = [each.resolved_at for each in members if each.resolved_at is not None]
    is_over = len(ends) == len(members)
    whole = Incident(
        id=draft_id,
        root_check_id="",
        opened_at=min(each.opened_at for each in members),
        declared_at=by_time[min(_GATHERED, len(by_time)) - 1].declared_at + 1.0,
        cause=fault.cause,
        common=fault.common,
        guess=fault.guess if is_over else None,
        resolved_at=max(ends) if is_over else None,
        close_reason=CloseReason.RECOVERED if is_over else None,
    )
    return _answered(whole, fault, script)


def _answered(incident: Incident, fault: Fault, script: Script) -> Incident:
    """Add what people did to an incident; members of a group are answered for by the group."""
    if incident.part_of is None and fault.acknowledged_after_s is not None:
        taken_at = incident.declared_at + fault.acknowledged_after_s
        if taken_at < (incident.resolved_at or script.end_at):
            incident = replace(incident, acknowledged_at=taken_at, acknowledged_by=_who(incident))
    if incident.part_of is None and fault.ticket is not None:
        incident = replace(incident, ticket=fault.ticket)
    if fault.choice is not None and incident.resolved_at is not None:
        chosen_at = min(incident.resolved_at + 3 * HOUR_S, script.end_at - 1.0)
        incident = replace(incident, choice=Choice(*fault.choice, _who(incident), chosen_at))
    return incident


def _who(incident: Incident) -> str:
    return PEOPLE[int(incident.opened_at // DAY_S) % len(PEOPLE)]


def _log(incident: Incident, fault: Fault, parts: Sequence[str]) -> Iterator[IncidentEvent]:
    """Yield the log in order of time."""
    events = [*_of_the_monitor(incident, parts), *_of_people(incident, fault)]
    for at, kind, who, text in sorted(events, key=lambda event: event[0]):
        yield IncidentEvent(incident.id, at, kind, who, text)


def _of_the_monitor(incident: Incident, parts: Sequence[str]) -> Iterator[_Event]:
    yield incident.declared_at, LogKind.OPENED, "", incident.cause
    if incident.common is not None:
        yield (
            incident.declared_at,
            LogKind.COMMON,
            "",
            f"{incident.common.dimension}:{incident.common.value}",
        )
    for part in parts:
        yield incident.declared_at, LogKind.JOINED, "", part
    if incident.part_of is not None:
        yield incident.declared_at + 1.0, LogKind.PART_OF, "", incident.part_of
    if incident.flapping_at is not None:
        yield incident.flapping_at, LogKind.FLAPPING, "", str(_CALM.begin)
    if incident.told.at is not None:
        for step in range(incident.told.step + 1):
            yield incident.told.at, LogKind.STEP, "", str(step)
    if incident.resolved_at is not None:
        if incident.guess is not None:
            yield (
                incident.resolved_at + 5.0,
                LogKind.GUESSED,
                "",
                f"{incident.guess.kind} {incident.guess.basis}",
            )
        yield incident.resolved_at + 5.0, LogKind.CLOSED, "", CloseReason.RECOVERED.value


def _of_people(incident: Incident, fault: Fault) -> Iterator[_Event]:
    if incident.acknowledged_at is not None:
        yield incident.acknowledged_at, LogKind.ACKNOWLEDGED, incident.acknowledged_by, ""
    if incident.ticket is not None:
        ticket, who = incident.ticket, _who(incident)
        yield ticket.reported_at, LogKind.TICKET, who, ticket.number
        if ticket.closed_at is not None:
            yield ticket.closed_at, LogKind.TICKET, who, f"{ticket.number} closed"
    if incident.choice is not None:
        choice = incident.choice
        yield choice.at, LogKind.CAUSE, choice.who, f"{choice.kind} {choice.side} {fault.said}".rstrip()


def _is_told(incident: Incident, fault: Fault, inventory: Inventory) -> bool:
    if incident.part_of is not None or fault.is_planned:
        return False
    if incident.is_group:
        return True
    return inventory.checks[incident.root_check_id].policy == "default"


def _told(incident: Incident, fault: Fault, inventory: Inventory) -> Iterator[Notification]:
    """Yield what people were told: the beginning, that nobody took it, the end."""
    severity = 1
    if not incident.is_group:
        target = inventory.targets[inventory.checks[incident.root_check_id].target_id]
        severity = SEVERITIES[target.layer]
    begun_at = incident.declared_at + GROUP_WAIT_S
    taken_after_s = fault.acknowledged_after_s or ESCALATED_AFTER_S + 1.0
    lasted_s = (incident.resolved_at or incident.declared_at + DAY_S) - begun_at
    is_escalated = min(lasted_s, taken_after_s) > ESCALATED_AFTER_S
    steps: Mapping[NotificationKind, tuple[float, int]] = {
        NotificationKind.OPENED: (begun_at, 0),
        **({NotificationKind.ESCALATED: (begun_at + ESCALATED_AFTER_S, 1)} if is_escalated else {}),
    }
    reached = list(_ADDRESSES)
    for kind, (due_at, step) in steps.items():
        for channel, recipient, person in _OTHERS if step else _ADDRESSES:
            yield Notification(
                incident.id, kind, channel, recipient, due_at, step=step, severity=severity, person=person
            )
        reached += _OTHERS if step else ()
    if incident.resolved_at is not None:
        due_at = max(incident.resolved_at + RECOVERY_WAIT_S, begun_at + 1.0)
        for channel, recipient, person in reached:
            yield Notification(
                incident.id,
                NotificationKind.RESOLVED,
                channel,
                recipient,
                due_at,
                severity=severity,
                person=person,
            )


def _as_told(incident: Incident, told: Sequence[Notification]) -> Incident:
    opening = [each for each in told if each.kind is not NotificationKind.RESOLVED]
    last = opening[-1]
    return replace(
        incident,
        told=Told(last.step, last.due_at, 0, 1, opening[0].due_at, ("default",)),
    )
