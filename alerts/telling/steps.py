"""Who is told of open incidents, and when: worked out afresh after every event; nothing is planned ahead. No I/O.

The steps of a policy follow each other from the moment the first was told. What is held is not told; when the hold
ends the next step is told at once, and the others keep their distances from it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from alerts.incidents.flapping import is_settling
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import Dimension, Incident, IncidentEvent, LogKind, Told
from alerts.model.notification import Notification, NotificationKind
from alerts.oncall.model import Policy, Recipient
from alerts.oncall.routing import applies, recipients_of
from alerts.telling.holding import hold_of_open
from alerts.telling.suppression import Openings
from alerts.telling.urgency import severity_of
from alerts.world import Changes, World, keep

TOGETHER_S: Final = 300.0
"""What is only degraded is told at full five minutes: whatever else is by then goes into the same message."""

NOBODY: Final = Policy("")


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell now: of which kind, to whom, at which step."""

    kind: NotificationKind
    step: int
    recipients: tuple[Recipient, ...]


def tell_due(world: World, changes: Changes, now: float, only: Collection[str] | None = None) -> None:
    """Tell of open incidents (`only`: of these) whatever is due and not held back."""
    openings: Openings = {}
    for incident in list(world.incidents.values()):
        if (only is None or incident.id in only) and incident.part_of is None:
            _look_at(world, changes, incident, now, openings)


def policy_of(world: World, incident: Incident) -> Policy:
    """Return the policy of the incident's root; of a group the one most of its members have, of those with steps."""
    if not incident.is_group:
        return _policy_of_check(world, incident.root_check_id)
    found = Counter(
        policy.id
        for member in world.members_of(incident.id)
        if (policy := _policy_of_check(world, member.root_check_id)).steps
    )
    best = max(sorted(found), key=lambda each: found[each], default=None)
    return NOBODY if best is None else world.settings.policies[best]


def size_of(world: World, incident: Incident) -> int:
    """Return how much there is to tell of: the open members of a group, else what hangs on the incident now."""
    if incident.is_group:
        return sum(member.is_open for member in world.members_of(incident.id))
    return len(world.attached_to(incident.id))


def _policy_of_check(world: World, check_id: str) -> Policy:
    check = world.inventory.checks.get(check_id)
    return NOBODY if check is None else world.settings.policies.get(check.policy, NOBODY)


def _look_at(world: World, changes: Changes, incident: Incident, now: float, openings: Openings) -> None:
    hold = hold_of_open(world, incident, now, openings)
    policy = policy_of(world, incident)
    if hold is not None:
        _note_held(world, changes, incident, hold, now, is_logged=bool(policy.steps))
        return
    world.holds.pop(incident.id, None)
    if not policy.steps or _must_last_longer(world, incident, now):
        return
    told = incident.told
    if told.step >= 0 and _is_said_once(incident):
        return
    if told.begun_at is None:
        told = replace(told, begun_at=now)
    found, told = _steps_due(world, incident, policy, told, now)
    if not found and told.step >= 0:
        found, told = _repeated(world, incident, policy, told, now)
    if told != incident.told:
        _tell(world, changes, incident, found, told, now)


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
    world: World, incident: Incident, policy: Policy, told: Told, now: float
) -> tuple[list[Telling], Told]:
    """Return what the policy's next steps say now: those that are due together, for the hours it is."""
    begun_at = told.begun_at
    if begun_at is None or (incident.acknowledged_at is not None and told.step >= 0):
        return [], told
    found: list[Telling] = []
    last, level_s, nobody = told.step, None, False
    for number, step in enumerate(policy.steps):
        if number <= told.step or (level_s is not None and step.after_s > level_s):
            continue
        # Clocks that were set back do not stop the ladder. Where nobody can be told, the next step is.
        if not nobody and 0 <= now - begun_at < step.after_s:
            break
        if not applies(step, policy, world.inventory, now):
            continue
        recipients = recipients_of(world.settings.directory, step, now)
        nobody = not recipients
        if recipients:
            kind = NotificationKind.ESCALATED if told.step >= 0 else _first_kind(incident)
            found.append(Telling(kind, number, recipients))
            last, level_s = number, step.after_s
    if level_s is None:
        return [], told
    return found, replace(told, step=last, begun_at=now - level_s)


def _first_kind(incident: Incident) -> NotificationKind:
    return NotificationKind.OPENED if incident.flapping_at is None else NotificationKind.FLAPPING


def _repeated(
    world: World, incident: Incident, policy: Policy, told: Told, now: float
) -> tuple[list[Telling], Told]:
    """Return what is told again of what goes on: a group that changed, an incident that nobody took."""
    passed_s = float("inf") if told.at is None else now - told.at
    kind = None
    if incident.is_group and _has_changed(world, incident, passed_s):
        kind = NotificationKind.UPDATED
    elif incident.acknowledged_at is None and 0 < policy.repeat_s <= passed_s:
        kind = NotificationKind.REMINDED
    if kind is None:
        return [], told
    numbers = range(told.step + 1) if kind is NotificationKind.UPDATED else (told.step,)
    found = [
        Telling(kind, number, recipients_of(world.settings.directory, policy.steps[number], now))
        for number in numbers
        if number < len(policy.steps) and applies(policy.steps[number], policy, world.inventory, now)
    ]
    found = [each for each in found if each.recipients]
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
