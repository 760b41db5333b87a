"""Who would be told if a target failed at a given moment: nothing fails, nobody is told. Pure."""

from dataclasses import dataclass

from alerts.messages.reach import primary_checks
from alerts.model.hold import Hold
from alerts.oncall.model import Policy, Recipient
from alerts.oncall.routing import applies, recipients_of
from alerts.telling.ladder import NOBODY
from alerts.telling.suppression import hold_of
from alerts.telling.urgency import night_hold
from alerts.world import World


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """One step of the policy. `at`: when it is told; `applies`: whether it is for that hour; `held` what delays it."""

    number: int
    at: float
    applies: bool
    recipients: tuple[Recipient, ...]
    held: Hold | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would happen after the failure of `check_id`: with this severity, by this policy, at these steps."""

    check_id: str
    severity: int
    policy: Policy
    steps: tuple[RehearsedStep, ...]


def rehearse(world: World, target_id: str, at: float, severity: int | None = None) -> Rehearsal | None:
    """Say who is told of a target that is declared down at `at` and stays so while nobody takes it.

    `severity`: None, that of the target. None is returned for a target that is not watched.
    """
    check = world.inventory.checks.get(primary_checks(world.inventory).get(target_id, ""))
    target = world.inventory.targets.get(target_id)
    if check is None or target is None:
        return None
    severity = world.settings.severities.get(target.layer, 1) if severity is None else severity
    policy = world.settings.policies.get(check.policy, NOBODY)
    begun_at, first_hold = _free_at(world, check.id, severity, at)
    steps: list[RehearsedStep] = []
    for number, step in enumerate(policy.steps):
        planned_at = begun_at + (world.settings.group_wait_s if number == 0 else step.after_s)
        if steps and steps[-1].applies and not steps[-1].recipients:
            # Where nobody can be told, the next step is, and the others keep their distances from it.
            planned_at, begun_at = steps[-1].at, steps[-1].at - step.after_s
        told_at, hold = _free_at(world, check.id, severity, planned_at)
        steps.append(
            RehearsedStep(
                number=number,
                at=told_at,
                applies=applies(step, policy, world.inventory, told_at),
                recipients=recipients_of(world.settings.directory, step, told_at),
                held=hold or (first_hold if number == 0 else None),
            )
        )
    return Rehearsal(check.id, severity, policy, tuple(steps))


def _free_at(world: World, check_id: str, severity: int, at: float) -> tuple[float, Hold | None]:
    """Return when nothing holds the news any more, and what held it first."""
    first: Hold | None = None
    for _ in range(16):  # holds that follow each other
        holds = (hold_of(world, check_id, at), night_hold(world.settings.quiet, severity, at))
        hold = max((each for each in holds if each is not None), key=lambda each: each.until_at, default=None)
        if hold is None or hold.until_at <= at:
            break
        first, at = first or hold, hold.until_at
    return at, first
