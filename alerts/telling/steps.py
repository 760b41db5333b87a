"""Who is told of open incidents, and when: worked out afresh after every event; nothing is planned ahead. No I/O.

The steps of a policy follow each other from the moment the first was told. What is held is not told; when the hold
ends the next step is told at once, and the others keep their distances from it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from alerts.incidents.flapping import is_settling
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import Dimension, Incident, IncidentEvent, LogKind, Told
from alerts.model.notification import Notification, NotificationKind
from alerts.oncall.model import Policy, Recipient
from alerts.telling.holding import hold_of_open
from alerts.telling.ladder import ladder_of, policies_of, reached_s, repeat_s
from alerts.telling.suppression import Openings
from alerts.telling.urgency import severity_of
from alerts.world import Changes, World, keep

TOGETHER_S: Final = 300.0
"""What is only degraded is told at full five minutes: whatever else is by then goes into the same message."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell now: of which kind, to whom, at which step; `to_some`: others were told of it before."""

    kind: NotificationKind
    step: int
    recipients: tuple[Recipient, ...]
    to_some: bool = False


def tell_due(world: World, changes: Changes, now: float, only: Collection[str] | None = None) -> None:
    """Tell of open incidents (`only`: of these) whatever is due and not held back."""
    openings: Openings = {}
    for incident in list(world.incidents.values()):
        if (only is None or incident.id in only) and incident.part_of is None:
            _look_at(world, changes, incident, now, openings)


def size_of(world: World, incident: Incident) -> int:
    """Return how much there is to tell of: the open members of a group, else what hangs on the incident now."""
    if incident.is_group:
        return sum(member.is_open for member in world.members_of(incident.id))
    return len(world.attached_to(incident.id))


def _look_at(world: World, changes: Changes, incident: Incident, now: float, openings: Openings) -> None:
    hold = hold_of_open(world, incident, now, openings)
    policies = policies_of(world, incident)
    if hold is not None:
        _note_held(world, changes, incident, hold, now, is_logged=bool(policies))
        return
    world.holds.pop(incident.id, None)
    if not policies or _must_last_longer(world, incident, now):
        return
    found, told = _joined_late(world, incident, policies, _clock_kept(world, incident.told, now), now)
    if told.step < 0 or not _is_said_once(incident):
        if told.begun_at is None:
            told = replace(told, begun_at=now)
        if not found:
            found, told = _steps_due(world, incident, policies, told, now)
        if not found and told.step >= 0:
            found, told = _repeated(world, incident, policies, told, now)
    if told != incident.told:
        _tell(world, changes, incident, found, told, now)


def _clock_kept(world: World, told: Told, now: float) -> Told:
    """After the clock was set back the last step counts as told now: neither is the next one early, nor far off."""
    if told.begun_at is not None and told.begun_at > now:
        told = replace(told, begun_at=now - reached_s(world, told))
    if told.at is not None and told.at > now + TOGETHER_S:
        told = replace(told, at=now)
    return told


def _joined_late(
    world: World, incident: Incident, policies: tuple[Policy, ...], told: Told, now: float
) -> tuple[list[Telling], Told]:
    """Return whom of a group the policies tell that came with members after it was told: as far as the others were."""
    ids = tuple(policy.id for policy in policies)
    if told.step < 0 or told.policies == ids:
        return [], told
    before, level_s, ladder = told.policies, reached_s(world, told), ladder_of(policies)
    if before and world.settings.policies.keys() >= set(before):
        step = max((n for n, rung in enumerate(ladder) if rung.step.after_s <= level_s), default=0)
        told = replace(told, step=step)
    told = replace(told, policies=ids)
    if not before or not incident.is_group:
        return [], told
    if incident.acknowledged_at is not None:
        level_s = 0.0  # nobody else is called in
    knows: set[Recipient] = set()
    found: list[Telling] = []
    for number, rung in sorted(enumerate(ladder), key=lambda each: each[1].policy.id not in before):
        recipients = rung.recipients(world, now) if rung.step.after_s <= level_s else None
        new = tuple(each for each in recipients or () if each not in knows)
        knows.update(new)
        if new and rung.policy.id not in before:
            found.append(Telling(_first_kind(incident), number, new, to_some=True))
    return found, told


def _note_held(
    world: World, changes: Changes, incident: Incident, hold: Hold, now: float, *, is_logged: bool
) -> None:
    before = world.holds.get(incident.id)
    world.holds[incident.id] = hold
    is_new = before is None or before.reason is not hold.reason
    if is_new and is_logged and hold.reason is not SuppressionReason.GATHERING:
        text = f"{hold.reason} {hold.until_at:.0f}"
        changes.log.append(IncidentEvent(incident.id, now, LogKind.HELD, text=text))


def _must_last_longer(world: World, incident: Incident, now: float) -> bool:
    """Whether it went down again too short a time ago to be told anew."""
    if incident.episodes == 1 or incident.told.step >= 0 or incident.is_group:
        return False
    state = world.states.get(incident.root_check_id)
    is_unknown = state is None or state.status is Status.UNKNOWN
    return is_unknown or is_settling(incident, now=now, flaps=world.settings.flaps)


def _is_said_once(incident: Incident) -> bool:
    """Whether nobody else is called in and nothing is repeated: it comes and goes, or is only degraded."""
    return incident.flapping_at is not None or incident.level is Status.DEGRADED


def _steps_due(
    world: World, incident: Incident, policies: tuple[Policy, ...], told: Told, now: float
) -> tuple[list[Telling], Told]:
    """Return what the policies' next steps say now: those that are due together, for the hours it is."""
    begun_at = told.begun_at
    if begun_at is None or (incident.acknowledged_at is not None and told.step >= 0):
        return [], told
    found: list[Telling] = []
    knows: set[Recipient] = set()
    last, level_s, nobody = told.step, None, False
    for number, rung in enumerate(ladder_of(policies)):
        after_s = rung.step.after_s
        if number <= told.step or (level_s is not None and after_s > level_s):
            continue
        if not nobody and now - begun_at < after_s:  # where nobody can be told, the next step is
            break
        recipients = rung.recipients(world, now)
        if recipients is None:
            continue
        nobody = not recipients
        if recipients:
            kind = NotificationKind.ESCALATED if told.step >= 0 else _first_kind(incident)
            found.append(Telling(kind, number, tuple(each for each in recipients if each not in knows)))
            knows.update(recipients)
            last, level_s = number, after_s
    if level_s is None:
        return [], told
    ids = tuple(policy.id for policy in policies)
    return found, replace(told, step=last, begun_at=now - level_s, policies=ids)


def _first_kind(incident: Incident) -> NotificationKind:
    return NotificationKind.OPENED if incident.flapping_at is None else NotificationKind.FLAPPING


def _repeated(
    world: World, incident: Incident, policies: tuple[Policy, ...], told: Told, now: float
) -> tuple[list[Telling], Told]:
    """Return what is told again of what goes on: a group that changed, an incident that nobody took."""
    passed_s = float("inf") if told.at is None else now - told.at
    kind = None
    if incident.is_group and _has_changed(world, incident, passed_s):
        kind = NotificationKind.UPDATED
    elif incident.acknowledged_at is None and 0 < repeat_s(policies) <= passed_s:
        kind = NotificationKind.REMINDED
    if kind is None:
        return [], told
    level_s = reached_s(world, told)
    knows: set[Recipient] = set()
    found: list[Telling] = []
    for number, rung in enumerate(ladder_of(policies)[: told.step + 1]):
        if kind is NotificationKind.REMINDED and rung.step.after_s < level_s:
            continue
        new = tuple(each for each in rung.recipients(world, now) or () if each not in knows)
        knows.update(new)
        if new:
            found.append(Telling(kind, number, new))
    return (found, replace(told, round=told.round + 1)) if found else ([], told)


def _has_changed(world: World, group: Incident, passed_s: float) -> bool:
    settings = world.settings.groups
    is_storm = group.common is not None and group.common.dimension is Dimension.LAYER
    change = abs(size_of(world, group) - group.told.size)
    is_large = change > 0 and change >= settings.change_ratio * group.told.size
    return is_large and passed_s >= (settings.digest_s if is_storm else settings.update_s)


def _tell(
    world: World, changes: Changes, incident: Incident, found: Iterable[Telling], told: Told, now: float
) -> None:
    severity = severity_of(world.inventory, world.settings, incident)
    due_at = now
    if incident.level is Status.DEGRADED:
        due_at = -(-now // TOGETHER_S) * TOGETHER_S
    elif incident.told.step < 0 and incident.episodes == 1 and not incident.is_group:
        # Declared after `now`: by a clock that was wrong. Its messages must not wait for that moment.
        due_at = max(now, min(incident.declared_at, now) + world.settings.group_wait_s)
    for telling in found:
        if not telling.to_some:
            told = replace(told, at=due_at, size=size_of(world, incident))
        if telling.kind is not NotificationKind.UPDATED:
            changes.log.append(IncidentEvent(incident.id, now, LogKind.STEP, text=str(telling.step)))
        for recipient in telling.recipients:
            changes.notifications.append(
                Notification(
                    about_id=incident.id,
                    kind=telling.kind,
                    channel=recipient.channel,
                    recipient=recipient.address,
                    due_at=due_at,
                    round=told.round,
                    step=telling.step,
                    severity=severity,
                    person=recipient.contact_id,
                )
            )
    keep(world, changes, replace(world.incidents[incident.id], told=told))
