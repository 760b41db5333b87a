"""What is told of maintenance: it is about to begin, began, is overdue, ended, was called off. Pure.

Decided afresh at every tick from what is planned and what was told already (`World.announced`), so that nothing is
missed over a restart and nothing is told twice. At night nothing is told that wakes nobody: it would be stale in the
morning. Whoever is concerned hears before the night what begins in it, and after it how it went.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from alerts.bulletins import MOST_NAMES
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.model.settings import MaintenanceNews
from alerts.muting.declaring import REMEMBERED_S
from alerts.muting.muted import Reach, reach_of
from alerts.muting.works import Work, works, works_of_windows
from alerts.oncall.model import Recipient
from alerts.oncall.routing import applies, recipients_of
from alerts.telling.urgency import LEAST_URGENT, night_hold
from alerts.world import Changes, World
from inventory.model import Inventory
from inventory.names import short_unit_name

DEFAULT_POLICY: Final = "default"
BEFORE_NIGHT_S: Final = 1_800.0
"""What begins in the night is told so long before the night does."""


class Stage(StrEnum):
    """What is told; the last part of a bulletin's id."""

    SOON = "soon"
    BEGUN = "begun"
    OVERDUE = "overdue"
    ENDED = "ended"
    CANCELLED = "cancelled"


SEVERITIES: Final[Mapping[Stage, int]] = {Stage.OVERDUE: 2}
"""The others are LEAST_URGENT."""


def tell_maintenance(world: World, changes: Changes, now: float) -> None:
    """Tell what is to be told of maintenance now."""
    settings = world.settings.maintenance
    if settings is None:
        return
    followed = list(works(world, now - REMEMBERED_S, now + _look_ahead_s(world, settings)))
    for work in followed:
        stage = _stage(world, settings, work, now)
        if stage is not None:
            _tell(world, changes, work, stage, now)
    keys = {work.key for work in followed}
    world.announced = {each for each in world.announced if each.rpartition(":")[0] in keys}


def tell_removed_windows(world: World, changes: Changes, former: Inventory, now: float) -> None:
    """Tell the end of what was announced of windows that the inventory does not have any more, or at other times."""
    settings = world.settings.maintenance
    if settings is None:
        return
    until_at = now + _look_ahead_s(world, settings)
    kept = {work.key for work in works_of_windows(world.inventory, now - REMEMBERED_S, until_at)}
    for work in works_of_windows(former, now, until_at):
        told = _told(world, work)
        if work.key not in kept and told & {Stage.SOON, Stage.BEGUN} and Stage.ENDED not in told:
            _tell(world, changes, work, Stage.CANCELLED if now < work.from_at else Stage.ENDED, now)


def _stage(world: World, settings: MaintenanceNews, work: Work, now: float) -> Stage | None:
    """Return what is to be told now; None when nothing is, or it was told."""
    told = _told(world, work)
    if told & {Stage.ENDED, Stage.CANCELLED}:
        return None
    if work.over_at <= work.from_at:
        stage = Stage.CANCELLED if told else None
    elif now < work.from_at:
        stage = Stage.SOON if now >= _soon_at(world, settings, work) else None
    elif now < work.over_at and not _is_all_back(world, work):
        stage = Stage.BEGUN
    elif not told:
        stage = None  # nobody heard of it
    else:
        # Whoever ended it before its time hears the result at once, whatever it is.
        is_late = work.over_at >= work.until_at and _down(world, reach_of(work.selector, world.inventory))
        stage = Stage.OVERDUE if is_late else Stage.ENDED
    if stage is None or stage in told:
        return None
    return None if night_hold(world.settings.quiet, _severity(stage), now) else stage


def _told(world: World, work: Work) -> set[Stage]:
    return {stage for stage in Stage if f"{work.key}:{stage}" in world.announced}


def _severity(stage: Stage) -> int:
    return SEVERITIES.get(stage, LEAST_URGENT)


def _look_ahead_s(world: World, settings: MaintenanceNews) -> float:
    """Return the longest time before its beginning at which something is told."""
    return settings.ahead_s + (0.0 if world.settings.quiet is None else 86_400.0) + 1.0


def _soon_at(world: World, settings: MaintenanceNews, work: Work) -> float:
    """Return when to tell that it is about to begin: not in the night, but before it."""
    soon_at = work.from_at - settings.ahead_s
    quiet = world.settings.quiet
    night = night_hold(quiet, _severity(Stage.SOON), soon_at)
    if quiet is None or night is None:
        return soon_at
    night_s = (quiet.to_minute - quiet.from_minute) % (24 * 60) * 60.0
    return night.until_at - night_s - BEFORE_NIGHT_S


def _down(world: World, reach: Reach) -> list[str]:
    """Return the ids of the targets in reach that are down, or were when last known."""
    hit = frozenset(reach.targets)
    checks = (check for check in world.inventory.checks.values() if check.target_id in hit)
    return list(dict.fromkeys(check.target_id for check in checks if world.is_down(check.id)))


def _back(world: World, work: Work, reach: Reach, now: float) -> list[str]:
    """Return the ids of the targets in reach that were down and came back since it began."""
    return [
        target_id
        for target_id in reach.targets
        if work.from_at <= world.back_at.get(target_id, float("-inf")) <= now
    ]


def _is_all_back(world: World, work: Work) -> bool:
    """Whether it is over because all that it is for was down and came back."""
    if not work.until_up:
        return False
    reach = reach_of(work.selector, world.inventory)
    watched = {check.target_id for check in world.inventory.checks.values()}.intersection(reach.own)
    came_back = set(_back(world, work, reach, work.until_at))
    return bool(watched) and watched <= came_back and not watched & set(_down(world, reach))


def _tell(world: World, changes: Changes, work: Work, stage: Stage, now: float) -> None:
    reach = reach_of(work.selector, world.inventory)
    bulletin_id = f"{work.key}:{stage}"
    world.announced.add(bulletin_id)
    recipients = _recipients(world, reach, now)
    if not recipients:
        return
    facts = _facts(world, work, reach, stage, now)
    changes.bulletins.append(Bulletin(bulletin_id, BulletinKind.MAINTENANCE, now, facts))
    changes.notifications += (
        Notification(
            about_id=bulletin_id,
            kind=NotificationKind.BULLETIN,
            channel=each.channel,
            recipient=each.address,
            due_at=now,
            severity=_severity(stage),
            person=each.contact_id,
        )
        for each in recipients
    )


def _recipients(world: World, reach: Reach, now: float) -> tuple[Recipient, ...]:
    """Return whom the first step of the targets' policies means now; of the default one if they have no steps."""
    hit = frozenset(reach.own)
    names = {check.policy for check in world.inventory.checks.values() if check.target_id in hit}
    known = world.settings.policies
    policies = [known[name] for name in sorted(names) if name in known and known[name].steps]
    if not policies and DEFAULT_POLICY in known:
        policies = [known[DEFAULT_POLICY]]
    found: dict[tuple[str, str], Recipient] = {}
    for policy in policies:
        for step in policy.steps:
            if step.after_s <= 0 and applies(step, policy, world.inventory, now):
                for each in recipients_of(world.settings.directory, step, now):
                    found.setdefault((each.channel, each.address), each)
    return tuple(found.values())


def _facts(world: World, work: Work, reach: Reach, stage: Stage, now: float) -> dict[str, Any]:
    """Return what `alerts.bulletins` promises."""
    units = [world.inventory.units[code] for code in reach.units if code in world.inventory.units]
    is_result = stage in {Stage.OVERDUE, Stage.ENDED}
    down = _down(world, reach) if is_result else []
    back = [each for each in _back(world, work, reach, now) if each not in set(down)] if is_result else []
    over_at = min(work.over_at, now) if stage is Stage.ENDED else work.until_at
    return {
        "stage": stage.value,
        "id": work.id,
        "title": work.title,
        "reason": work.reason,
        "worker": work.worker,
        "document": work.document,
        "contact": work.contact,
        "from_at": work.from_at,
        "until_at": work.until_at,
        "ended_at": over_at if over_at < work.until_at else None,
        "until_up": work.until_up,
        "targets": len(reach.targets),
        "units": len(units),
        "communes": sum(unit.is_commune for unit in units),
        "unit_names": [unit.name for unit in units[:MOST_NAMES]],
        "unit_more": max(0, len(units) - MOST_NAMES),
        "overdue_s": max(0.0, now - work.over_at) if is_result else 0.0,
        "down": len(back) + len(down),
        "back": len(back),
        "still_down": len(down),
        "still_down_names": [_place(world.inventory, target_id) for target_id in down[:MOST_NAMES]],
        "still_down_more": max(0, len(down) - MOST_NAMES),
    }


def _place(inventory: Inventory, target_id: str) -> str:
    target = inventory.targets[target_id]
    unit = inventory.units.get(target.unit_code)
    return target.name if unit is None else f"{short_unit_name(unit.name)}: {target.name}"
